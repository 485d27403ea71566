//! Members of organizations over HTTP: section 4.14 of the API.

use serde_json::json;
use tank_registry_core::model::OrgRole;
use tank_registry_core::ops::CreateUser;
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{Acme, handle};

const NO_ORG: (u16, &str) = (404, "Organization not found");

#[tokio::test]
async fn members_come_in_pages_in_order_of_joining() {
    let acme = Acme::new().await;
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
async fn owners_and_admins_change_members_and_nobody_else() {
    let acme = Acme::new().await;
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
    let acme = Acme::new().await;
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
    let acme = Acme::new().await;
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
        let acme = Acme::new().await;
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
