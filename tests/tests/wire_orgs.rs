//! Organizations and their members over HTTP: section 4.14 of the API.

use futures_util::future::join_all;
use http::Method;
use serde_json::json;
use tank_registry_core::Scope;
use tank_registry_core::model::OrgRole;
use tank_registry_tests::wire::{Acme, Frail, TestRegistry, manifest};

const MISSING_SCOPE: &str =
    "Forbidden. Token lacks required scope: skills:publish (or skills:admin).";
const NO_ORG: (u16, &str) = (404, "Organization not found");

#[tokio::test]
async fn who_creates_an_organization_owns_it_and_publishes_in_it() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, &acme.ada);
    let created = acme.create(ada, "other").await;
    let id = created.text("id").to_owned();
    assert_eq!(
        created.json,
        json!({ "id": id, "slug": "other", "name": "Acme, Inc.", "createdAt": test.now() })
    );
    test.published(ada, &manifest("@other/tools", "1.0.0"))
        .await;
    let org = test.get(Some(ada), "/api/v1/orgs/other").await;
    let whoami = test.get(Some(ada), "/api/v1/auth/whoami").await;
    let user = whoami.text("userId");
    assert_eq!(
        org.json,
        json!({
            "id": id, "slug": "other", "name": "Acme, Inc.", "createdAt": test.now(),
            "members": [{ "id": user, "userId": user, "name": "ada", "role": "owner" }],
            "page": 1, "limit": 20, "total": 1,
        })
    );
}

#[tokio::test]
async fn a_slug_is_taken_once_whoever_asks() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, &acme.ada);
    let bob = test.user("bob").await;
    for key in [ada, &bob, &test.admin] {
        let refused = acme.create(key, "acme").await;
        assert_eq!(
            refused.refusal(),
            (409, "Organization 'acme' already exists")
        );
    }
    let keys = [ada, &bob, &test.admin].into_iter().cycle().take(12);
    let answers = join_all(keys.map(|key| acme.create(key, "race"))).await;
    let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 11][..]));
}

#[tokio::test]
async fn a_wrong_field_of_an_organization_is_named() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, &acme.ada);
    let form =
        "Slug must be lowercase alphanumeric with hyphens, cannot start or end with a hyphen";
    let name = "expected 1 to 100 characters, none of them a control character";
    for (body, error, field, reason) in [
        (
            json!({ "name": "A" }),
            "Slug is required",
            "slug",
            "Slug is required",
        ),
        (
            json!({ "name": "A", "slug": "" }),
            "Slug is required",
            "slug",
            "Slug is required",
        ),
        (json!({ "name": "A", "slug": "Acme" }), form, "slug", form),
        (
            json!({ "name": "A", "slug": "a".repeat(40) }),
            "Slug must be 39 characters or fewer",
            "slug",
            "Slug must be 39 characters or fewer",
        ),
        (
            json!({ "name": "A", "slug": 7 }),
            "Invalid request body",
            "slug",
            "Invalid input: expected string, received number",
        ),
        (
            json!({ "slug": "a" }),
            "Invalid request body",
            "name",
            "Invalid input: expected string, received undefined",
        ),
        (
            json!({ "name": " ", "slug": "a" }),
            "Invalid request body",
            "name",
            name,
        ),
        (
            json!({ "name": "a\u{7}", "slug": "a" }),
            "Invalid request body",
            "name",
            name,
        ),
        (
            json!({ "name": "a".repeat(101), "slug": "a" }),
            "Invalid request body",
            "name",
            name,
        ),
    ] {
        let refused = test.post(Some(ada), "/api/v1/orgs", &body).await;
        assert_eq!(refused.refusal(), (400, error), "{body}");
        assert_eq!(
            refused.json["details"],
            json!({ field: [reason] }),
            "{body}"
        );
    }
    let call = async |body: &'static str| {
        test.call(Method::POST, "/api/v1/orgs", Some(ada), Some(body.into()))
            .await
    };
    for body in ["", "[]", "{", "null"] {
        assert_eq!(
            call(body).await.refusal(),
            (400, "Invalid JSON body"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn organizations_need_the_scope_to_publish() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, &acme.ada);
    let reads = test.key("ada", &[Scope::Read]).await.secret;
    for (method, path) in [
        (Method::GET, "/api/v1/orgs"),
        (Method::POST, "/api/v1/orgs"),
        (Method::GET, "/api/v1/orgs/acme"),
        (Method::POST, "/api/v1/orgs/acme/members"),
        (Method::DELETE, "/api/v1/orgs/acme/members/x"),
    ] {
        let call = async |key| test.call(method.clone(), path, key, None).await;
        let refused = call(Some(&*reads)).await;
        assert_eq!(refused.refusal(), (403, MISSING_SCOPE), "{method} {path}");
        for key in [None, Some("tank_x")] {
            let refused = call(key).await;
            assert_eq!(
                refused.refusal(),
                (401, "Unauthorized. Valid API key required.")
            );
        }
        let own = call(Some(ada)).await;
        assert!(own.status != 403 && own.status != 401, "{own:?}");
    }
}

#[tokio::test]
async fn a_list_of_organizations_is_of_ones_own_and_comes_in_pages() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, &acme.ada);
    let bob = test.user("bob").await;
    for at in 0..3 {
        acme.create(ada, &format!("org-{at}")).await;
    }
    test.member("org-1", "bob", OrgRole::Member).await;
    let list = async |key: &str, query: &str| {
        let answer = test.get(Some(key), &format!("/api/v1/orgs{query}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let orgs = answer.list("orgs").iter();
        let slugs = orgs.map(|org| org["slug"].as_str().unwrap().to_owned());
        let echo = ["page", "limit", "total"].map(|field| answer.number(field));
        (slugs.collect::<Vec<_>>(), echo)
    };
    let all = ["acme", "org-0", "org-1", "org-2"].map(str::to_owned);
    for (query, slugs, echo) in [
        ("", &all[..], [1, 20, 4]),
        ("?limit=3", &all[..3], [1, 3, 4]),
        ("?limit=3&page=2", &all[3..], [2, 3, 4]),
        ("?limit=3&page=3", &[], [3, 3, 4]),
        ("?limit=99&page=0", &all[..], [1, 50, 4]),
    ] {
        assert_eq!(list(ada, query).await, (slugs.to_vec(), echo), "{query}");
    }
    assert_eq!(list(&bob, "").await, (vec!["org-1".to_owned()], [1, 20, 1]));
    assert_eq!(list(&test.admin, "").await, (vec![], [1, 20, 0]));
    for path in [
        "/api/v1/orgs?page=x&limit=1.5",
        "/api/v1/orgs/acme?page=x&limit=1.5",
    ] {
        let refused = test.get(Some(ada), path).await;
        assert_eq!(refused.refusal(), (400, "Invalid query parameters"));
        let reason = json!(["Invalid input: expected integer"]);
        assert_eq!(
            refused.json["details"],
            json!({ "limit": reason, "page": reason })
        );
    }
}

#[tokio::test]
async fn an_organization_exists_for_its_members_and_administrators() {
    let acme = Acme::new().await;
    let (bob, eve) = (acme.test.user("bob").await, acme.test.user("eve").await);
    acme.test.member("acme", "bob", OrgRole::Member).await;
    for key in [&acme.ada, &bob, &acme.test.admin] {
        assert_eq!(acme.org(key).await.text("slug"), "acme");
    }
    for path in ["acme", "absent", "A_b", "%00"] {
        let path = format!("/api/v1/orgs/{path}");
        let absent = acme.test.get(Some(&eve), &path).await;
        assert_eq!(absent.refusal(), NO_ORG);
        let other = acme.test.get(Some(&eve), "/api/v1/orgs/other").await;
        assert_eq!(absent.shown(), other.shown(), "{path}");
    }
}

#[tokio::test]
async fn every_change_of_members_is_audited() {
    let frail = Frail::new().await;
    let acme = Acme {
        test: frail.test.clone(),
        ada: frail.ada.clone(),
    };
    let before = frail.audited("org.create");
    assert_eq!(acme.create(&acme.ada, "other").await.status, 200);
    assert_eq!(acme.create(&acme.ada, "other").await.status, 409);
    assert_eq!(frail.audited("org.create"), before + 1);
    acme.test.create_user("bob").await;
    let id = acme.id("bob").await;
    let body = json!({ "userId": id, "role": "member" });
    for _ in 0..2 {
        assert_eq!(acme.add(&acme.ada, &body).await.status, 200);
    }
    assert_eq!(
        frail.audited("org.member.set"),
        1,
        "nothing changed the second time"
    );
    assert_eq!(acme.remove(&acme.ada, &id).await.status, 200);
    assert_eq!(acme.remove(&acme.ada, &id).await.status, 404);
    assert_eq!(frail.audited("org.member.remove"), 1);
}

#[tokio::test]
async fn a_member_may_leave_and_the_last_owner_stays() {
    let acme = Acme::new().await;
    let (test, ada) = (&acme.test, acme.ada.as_str());
    let bob = test.user("bob").await;
    test.member("acme", "bob", OrgRole::Member).await;
    let member = async |key: &str| {
        let me = test.get(Some(key), "/api/v1/auth/whoami").await;
        format!("/api/v1/orgs/acme/members/{}", me.text("userId"))
    };
    let (of_ada, of_bob) = (member(ada).await, member(&bob).await);
    let remove = async |key: &str, path: &str| {
        let answer = test.call(Method::DELETE, path, Some(key), None).await;
        answer.status
    };
    assert_eq!(remove(&bob, &of_ada).await, 403);
    assert_eq!(remove(&bob, &of_bob).await, 200);
    assert_eq!(remove(&bob, &of_bob).await, 404);
    assert_eq!(remove(ada, &of_ada).await, 400);
}

#[tokio::test]
async fn nobody_is_made_a_member_of_more_organizations_than_anyone_may_be() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let bob = test.user("bob").await;
    let found = async |key: &str, number: usize| {
        let body = json!({ "name": "One of many", "slug": format!("org-{number}") });
        test.post(Some(key), "/api/v1/orgs", &body).await
    };
    for number in 0..200 {
        assert_eq!(found(&ada, number).await.status, 200);
    }
    let refusal = (400, "a user may be a member of at most 200 organizations");
    assert_eq!(found(&ada, 200).await.refusal(), refusal);
    assert_eq!(found(&bob, 200).await.status, 200);
    let member = json!({ "email": "ada@example.org", "role": "member" });
    let added = test
        .post(Some(&bob), "/api/v1/orgs/org-200/members", &member)
        .await;
    assert_eq!(added.refusal(), refusal);
}
