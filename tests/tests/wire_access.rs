//! Who may see and do what: sections 3.1 and 5 of the API.

use std::time::Duration;

use serde_json::json;
use tank_registry_core::access::Scopes;
use tank_registry_core::model::UserStatus;
use tank_registry_core::ops::{CreateKey, PerDay};
use tank_registry_core::{ApiKey, Scope};
use tank_registry_tests::wire::{TestKey, TestRegistry, World, handle};

const MISSING_SCOPE: &str =
    "Forbidden. Token lacks required scope: skills:publish (or skills:admin).";

const ANONYMOUS: [u16; 6] = [200, 404, 404, 404, 401, 401];

#[tokio::test]
async fn every_kind_of_viewer_sees_what_the_table_says() {
    let world = World::new().await;
    let test = &world.test;
    let admin_without_scope = test.key("admin", &[Scope::Publish]).await.secret;
    let scope_without_role = test.key("eve", &[Scope::Admin]).await.secret;
    let read_only = test.key("hal", &[Scope::Read]).await.secret;
    for (who, key, row) in [
        (
            "a member's key that may only read",
            &read_only,
            [200, 200, 404, 404, 403, 200],
        ),
        ("a stranger", &world.eve, [200, 404, 404, 404, 403, 200]),
        ("a granted user", &world.gil, [200, 200, 404, 404, 403, 200]),
        (
            "a member of a granted organization",
            &world.meg,
            [200, 200, 404, 404, 403, 200],
        ),
        ("a member", &world.hal, [200, 200, 404, 404, 200, 200]),
        (
            "who published the held version",
            &world.mia,
            [200, 200, 200, 404, 200, 200],
        ),
        ("the publisher", &world.pat, [200, 200, 404, 200, 200, 200]),
        (
            "an administrator",
            &test.admin,
            [200, 200, 200, 200, 403, 200],
        ),
        (
            "an administrator without the scope",
            &admin_without_scope,
            [200, 404, 404, 404, 403, 200],
        ),
        (
            "the scope without an administrator",
            &scope_without_role,
            [200, 404, 404, 404, 403, 200],
        ),
    ] {
        assert_eq!(world.row(Some(key)).await, row, "{who}");
    }
    test.remove_member("acme", "pat").await;
    let row = world.row(Some(&world.pat)).await;
    assert_eq!(row, [200, 200, 404, 200, 403, 200], "no longer a member");
    test.set_status("pat", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(world.row(Some(&world.pat)).await, ANONYMOUS, "suspended");
}

#[tokio::test]
async fn without_a_good_key_a_caller_is_anonymous() {
    let world = World::new().await;
    let test = &world.test;
    assert_eq!(world.row(None).await, ANONYMOUS);
    let revoked = test.key("pat", &[Scope::Publish]).await;
    test.revoke(&revoked).await;
    let unknown = ApiKey::generate().unwrap().reveal().to_owned();
    let expired = test
        .create_key(CreateKey {
            user: handle("pat"),
            name: "short".to_owned(),
            scopes: Scopes::new([Scope::Publish]),
            expires_in_days: 1,
            per_day: PerDay::Unlimited,
        })
        .await
        .secret;
    assert_eq!(
        test.get(Some(&expired), "/api/v1/auth/whoami").await.status,
        200
    );
    test.clock.advance(Duration::from_hours(24));
    for key in [&revoked.secret, &unknown, &expired, "tank_x", "other", ""] {
        assert_eq!(world.row(Some(key)).await, ANONYMOUS, "{key}");
    }
    let refused = test.get(Some(&unknown), "/api/v1/auth/whoami").await;
    assert_eq!(
        refused.refusal(),
        (401, "Unauthorized. Valid API key required.")
    );
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn a_missing_scope_is_named_and_nothing_is_read_of_the_body() {
    let world = World::new().await;
    let TestKey { secret, .. } = world.test.key("hal", &[Scope::Read]).await;
    for path in ["/api/v1/skills", "/api/v1/skills/confirm"] {
        let answer = world.test.post(Some(&secret), path, &json!([])).await;
        assert_eq!(answer.refusal(), (403, MISSING_SCOPE));
    }
}

#[tokio::test]
async fn the_key_comes_in_one_header_and_in_no_other_way() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let status = async |name: &str, value: String, path: &str| {
        test.get_with(path, &[(name, &value)]).await.status
    };
    let whoami = "/api/v1/auth/whoami";
    for value in [
        format!("bearer {ada}"),
        format!("BEARER   {ada}"),
        format!("Bearer {ada} "),
    ] {
        assert_eq!(
            status("authorization", value.clone(), whoami).await,
            200,
            "{value}"
        );
    }
    for (name, value) in [
        ("authorization", ada.clone()),
        ("authorization", format!("Basic {ada}")),
        ("authorization", format!("Bearer{ada}")),
        ("x-api-key", ada.clone()),
        ("cookie", format!("token={ada}")),
    ] {
        assert_eq!(status(name, value, whoami).await, 401, "{name}");
    }
    let query = format!("{whoami}?key={ada}&token={ada}");
    assert_eq!(status("x-nothing", String::new(), &query).await, 401);
}
