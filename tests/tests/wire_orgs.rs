//! Organizations and their members over HTTP: section 4.14 of the API.

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::model::OrgRole;
use tank_registry_core::ops::CreateUser;
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{Answer, Frail, TestRegistry, handle, manifest};

const MISSING_SCOPE: &str =
    "Forbidden. Token lacks required scope: skills:publish (or skills:admin).";
const NO_ORG: (u16, &str) = (404, "Organization not found");

struct Acme {
    test: TestRegistry,
    ada: String,
}

/// Ada owns acme.
async fn acme() -> Acme {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let created = create(&test, &ada, "acme").await;
    assert_eq!(created.status, 200, "{created:?}");
    Acme { test, ada }
}

async fn create(test: &TestRegistry, key: &str, slug: &str) -> Answer {
    let body = json!({ "name": "Acme, Inc.", "slug": slug });
    test.post(Some(key), "/api/v1/orgs", &body).await
}

impl Acme {
    async fn org(&self, key: &str) -> Answer {
        self.test.get(Some(key), "/api/v1/orgs/acme").await
    }

    async fn add(&self, key: &str, body: &Value) -> Answer {
        self.test
            .post(Some(key), "/api/v1/orgs/acme/members", body)
            .await
    }

    async fn remove(&self, key: &str, member: &str) -> Answer {
        let path = format!("/api/v1/orgs/acme/members/{member}");
        self.test.call(Method::DELETE, &path, Some(key), None).await
    }

    async fn id(&self, name: &str) -> String {
        let user = self
            .test
            .registry
            .user(&Viewer::Operator, &handle(name))
            .await;
        user.unwrap().id.to_string()
    }

    /// Names and roles, as ada sees them.
    async fn members(&self) -> Vec<(String, String)> {
        let org = self.org(&self.ada).await;
        let text = |member: &Value, field: &str| member[field].as_str().unwrap().to_owned();
        let members = org.list("members").iter();
        members
            .map(|member| (text(member, "name"), text(member, "role")))
            .collect()
    }
}

#[tokio::test]
async fn who_creates_an_organization_owns_it_and_publishes_in_it() {
    let Acme { test, ada } = acme().await;
    let created = create(&test, &ada, "other").await;
    let id = created.text("id").to_owned();
    assert_eq!(
        created.json,
        json!({ "id": id, "slug": "other", "name": "Acme, Inc.", "createdAt": test.now() })
    );
    test.published(&ada, &manifest("@other/tools", "1.0.0"))
        .await;
    let org = test.get(Some(&ada), "/api/v1/orgs/other").await;
    let whoami = test.get(Some(&ada), "/api/v1/auth/whoami").await;
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
    let Acme { test, ada } = acme().await;
    let bob = test.user("bob").await;
    for key in [&ada, &bob, &test.admin] {
        let refused = create(&test, key, "acme").await;
        assert_eq!(
            refused.refusal(),
            (409, "Organization 'acme' already exists")
        );
    }
    let keys = vec![ada, bob, test.admin.clone()];
    let races = keys.iter().cycle().take(12).cloned().map(|key| {
        let test = test.clone();
        tokio::spawn(async move { create(&test, &key, "race").await.status })
    });
    let mut statuses = Vec::new();
    for race in races.collect::<Vec<_>>() {
        statuses.push(race.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!((statuses[0], &statuses[1..]), (200, &[409; 11][..]));
}

#[tokio::test]
async fn a_wrong_field_of_an_organization_is_named() {
    let Acme { test, ada } = acme().await;
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
        let refused = test.post(Some(&ada), "/api/v1/orgs", &body).await;
        assert_eq!(refused.refusal(), (400, error), "{body}");
        assert_eq!(
            refused.json["details"],
            json!({ field: [reason] }),
            "{body}"
        );
    }
    let call = async |body: &'static str| {
        test.call(Method::POST, "/api/v1/orgs", Some(&ada), Some(body.into()))
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
    let Acme { test, ada } = acme().await;
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
        let own = call(Some(&*ada)).await;
        assert!(own.status != 403 && own.status != 401, "{own:?}");
    }
}

#[tokio::test]
async fn a_list_of_organizations_is_of_ones_own_and_comes_in_pages() {
    let Acme { test, ada } = acme().await;
    let bob = test.user("bob").await;
    for at in 0..3 {
        create(&test, &ada, &format!("org-{at}")).await;
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
        assert_eq!(list(&ada, query).await, (slugs.to_vec(), echo), "{query}");
    }
    assert_eq!(list(&bob, "").await, (vec!["org-1".to_owned()], [1, 20, 1]));
    assert_eq!(list(&test.admin, "").await, (vec![], [1, 20, 0]));
    for path in [
        "/api/v1/orgs?page=x&limit=1.5",
        "/api/v1/orgs/acme?page=x&limit=1.5",
    ] {
        let refused = test.get(Some(&ada), path).await;
        assert_eq!(refused.refusal(), (400, "Invalid query parameters"));
        let reason = json!(["Expected an integer"]);
        assert_eq!(
            refused.json["details"],
            json!({ "limit": reason, "page": reason })
        );
    }
}

#[tokio::test]
async fn members_come_in_pages_in_order_of_joining() {
    let acme = acme().await;
    for name in ["zoe", "bob", "mia"] {
        acme.test.create_user(name).await;
        acme.test.member("acme", name, OrgRole::Member).await;
    }
    let path = "/api/v1/orgs/acme?limit=2&page=2";
    let page = acme.test.get(Some(&acme.ada), path).await;
    let names: Vec<_> = page
        .list("members")
        .iter()
        .map(|member| &member["name"])
        .collect();
    assert_eq!(names, ["bob", "mia"]);
    assert_eq!(
        ["page", "limit", "total"].map(|field| page.number(field)),
        [2, 2, 4]
    );
}

#[tokio::test]
async fn an_organization_exists_for_its_members_and_administrators() {
    let acme = acme().await;
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
async fn owners_and_admins_change_members_and_nobody_else() {
    let acme = acme().await;
    let bob = acme.test.user("bob").await;
    let (mia, eve) = (acme.test.user("mia").await, acme.test.user("eve").await);
    acme.test.member("acme", "bob", OrgRole::Admin).await;
    acme.test.member("acme", "mia", OrgRole::Member).await;
    let admin_without_scope = acme.test.key("admin", &[Scope::Publish]).await.secret;
    let id = acme.id("eve").await;
    let body = json!({ "userId": id, "role": "member" });
    for (key, refusal) in [
        (&eve, NO_ORG),
        (&admin_without_scope, NO_ORG),
        (&mia, (403, "Forbidden")),
    ] {
        // What they ask for makes no difference.
        for body in [
            body.clone(),
            json!({ "email": "ada@example.org", "role": "owner" }),
            json!({ "email": "nobody@example.org", "role": "owner" }),
        ] {
            assert_eq!(acme.add(key, &body).await.refusal(), refusal);
        }
        for member in [&id, &acme.id("bob").await] {
            assert_eq!(acme.remove(key, member).await.refusal(), refusal);
        }
    }
    for key in [&acme.ada, &bob, &acme.test.admin] {
        let added = acme.add(key, &body).await;
        assert_eq!(
            added.json,
            json!({ "id": id, "userId": id, "name": "eve", "role": "member" })
        );
        let removed = acme.remove(key, &id).await;
        assert_eq!(
            (removed.status, removed.json),
            (200, json!({ "success": true }))
        );
        let again = acme.remove(key, &id).await;
        assert_eq!(again.refusal(), (404, "Member not found"));
    }
}

#[tokio::test]
async fn a_member_is_named_by_id_or_address_and_must_be_one_user() {
    let acme = acme().await;
    for name in ["bob", "mia"] {
        acme.test.create_user(name).await;
    }
    let twin = CreateUser {
        handle: handle("zoe"),
        email: "mia@example.org".to_owned(),
        administrator: false,
    };
    let registry = &acme.test.registry;
    registry.create_user(&Viewer::Operator, twin).await.unwrap();
    let by_email = json!({ "email": "Bob@Example.ORG", "role": "admin" });
    assert_eq!(acme.add(&acme.ada, &by_email).await.text("role"), "admin");
    let by_id = json!({ "userId": acme.id("bob").await, "email": null, "role": "member" });
    assert_eq!(acme.add(&acme.ada, &by_id).await.text("role"), "member");
    for body in [
        json!({ "email": "mia@example.org", "role": "member" }),
        json!({ "email": "nobody@example.org", "role": "member" }),
        json!({ "email": "", "role": "member" }),
        json!({ "userId": "bob", "role": "member" }),
        json!({ "userId": "00000000-0000-7000-8000-000000000000", "role": "member" }),
    ] {
        let refused = acme.add(&acme.ada, &body).await;
        assert_eq!(refused.refusal(), (404, "User not found"), "{body}");
    }
    let one = "Expected either userId or email";
    let option = r#"Invalid option: expected one of "owner"|"admin"|"member""#;
    for (body, field, reason) in [
        (json!({ "role": "member" }), "userId", one),
        (
            json!({ "userId": "a", "email": "b", "role": "member" }),
            "userId",
            one,
        ),
        (json!({ "userId": "a", "role": "boss" }), "role", option),
        (
            json!({ "userId": "a" }),
            "role",
            "Invalid input: expected string, received undefined",
        ),
        (
            json!({ "userId": 7, "role": "member" }),
            "userId",
            "Invalid input: expected string, received number",
        ),
    ] {
        let refused = acme.add(&acme.ada, &body).await;
        assert_eq!(refused.refusal(), (400, "Invalid request body"), "{body}");
        assert_eq!(refused.json["details"], json!({ field: [reason] }));
    }
    let expected = [("ada", "owner"), ("bob", "member")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(acme.members().await, expected);
}

#[tokio::test]
async fn the_last_owner_stays() {
    let acme = acme().await;
    acme.test.create_user("bob").await;
    let (ada_id, bob_id) = (acme.id("ada").await, acme.id("bob").await);
    let last = (400, "Cannot remove the last owner/admin of an organization");
    let role = |id: &str, role: &str| json!({ "userId": id, "role": role });
    assert_eq!(acme.remove(&acme.ada, &ada_id).await.refusal(), last);
    assert_eq!(
        acme.add(&acme.ada, &role(&ada_id, "admin")).await.refusal(),
        last
    );
    assert_eq!(
        acme.add(&acme.ada, &role(&bob_id, "owner")).await.status,
        200
    );
    assert_eq!(
        acme.add(&acme.ada, &role(&ada_id, "member")).await.status,
        200
    );
    let refused = acme.remove(&acme.ada, &bob_id).await;
    assert_eq!(
        refused.refusal(),
        (403, "Forbidden"),
        "rights end with the role"
    );
    assert_eq!(acme.remove(&acme.test.admin, &bob_id).await.refusal(), last);
}

#[tokio::test]
async fn of_two_admins_who_remove_each_other_one_stays() {
    for _ in 0..8 {
        let acme = acme().await;
        let keys = [acme.test.user("bob").await, acme.test.user("mia").await];
        let ids = [acme.id("bob").await, acme.id("mia").await];
        for name in ["bob", "mia"] {
            acme.test.member("acme", name, OrgRole::Admin).await;
        }
        let (one, other) = tokio::join!(
            acme.remove(&keys[0], &ids[1]),
            acme.remove(&keys[1], &ids[0])
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 404], "who was removed removes nobody");
        assert_eq!(acme.members().await.len(), 2);
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
    assert_eq!(create(&acme.test, &acme.ada, "other").await.status, 200);
    assert_eq!(create(&acme.test, &acme.ada, "other").await.status, 409);
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
