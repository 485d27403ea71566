//! Access that ends, and links that end with it: section 5 of the API.

use std::time::Duration;

use serde_json::json;
use tank_registry_core::model::{OrgRole, Timestamp, UserStatus, Visibility};
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{TestRegistry, World, manifest, relative, skill_name, user_grant};

#[tokio::test]
async fn who_loses_access_loses_it_on_the_next_request_and_on_links() {
    let world = World::new().await;
    let test = &world.test;
    let path = "/api/v1/skills/@acme/secret";
    let mut links = Vec::new();
    for key in [&world.gil, &world.meg, &world.hal] {
        links.push(test.download_url(Some(key), "@acme/secret", "1.0.0").await);
    }
    test.take_back("@acme/secret", &user_grant("gil")).await;
    test.org("others", "eve").await;
    test.member("guests", "eve", OrgRole::Owner).await;
    test.remove_member("guests", "meg").await;
    test.remove_member("acme", "hal").await;
    for (key, link) in [&world.gil, &world.meg, &world.hal].into_iter().zip(&links) {
        assert_eq!(
            test.get(Some(key), path).await.refusal(),
            (404, "Skill not found")
        );
        assert_eq!(test.follow(link).await.refusal(), (404, "File not found"));
    }
    // Back in: the same link works again, it never held a right of its own.
    test.member("acme", "hal", OrgRole::Member).await;
    assert_eq!(test.follow(&links[2]).await.status, 200);
}

#[tokio::test]
async fn revoking_a_key_ends_no_link_and_a_suspension_does_until_it_is_over() {
    let world = World::new().await;
    let test = &world.test;
    let key = test.key("gil", &[Scope::Read]).await;
    let link = test
        .download_url(Some(&key.secret), "@acme/secret", "1.0.0")
        .await;
    test.revoke(&key).await;
    assert_eq!(test.follow(&link).await.status, 200);

    let until = test.now().parse::<Timestamp>().unwrap();
    let until = until.after(Duration::from_mins(10));
    test.set_status("gil", UserStatus::Suspended { until: Some(until) })
        .await;
    let whoami = "/api/v1/auth/whoami";
    assert_eq!(test.follow(&link).await.refusal(), (404, "File not found"));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 401);
    test.clock
        .advance(Duration::from_mins(10) - Duration::from_millis(1));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 401);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 200);
    assert_eq!(test.follow(&link).await.status, 200);
}

#[tokio::test]
async fn a_link_for_everyone_ends_when_the_skill_becomes_private() {
    let world = World::new().await;
    let test = &world.test;
    let anonymous = test.download_url(None, "@acme/open", "1.0.0").await;
    let members = test
        .download_url(Some(&world.hal), "@acme/open", "1.0.0")
        .await;
    assert_eq!(anonymous, members, "a public version has one link for all");
    let name = skill_name("@acme/open");
    test.registry
        .set_visibility(&Viewer::Operator, &name, Visibility::Private)
        .await
        .unwrap();
    assert_eq!(
        test.follow(&anonymous).await.refusal(),
        (404, "File not found")
    );
    let own = test
        .download_url(Some(&world.hal), "@acme/open", "1.0.0")
        .await;
    let served = test.follow(&own).await;
    assert_eq!(
        (served.status, served.header("cache-control")),
        (200, Some("private, no-store"))
    );
    assert!(!relative(&own).contains(&world.hal), "a link shows no key");
}

#[tokio::test]
async fn an_administrators_link_ends_with_the_role_it_was_made_for() {
    let world = World::new().await;
    let test = &world.test;
    let link = test
        .download_url(Some(&test.admin), "@acme/never", "1.0.0")
        .await;
    assert_eq!(test.follow(&link).await.status, 200);
    test.set_status("admin", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(test.follow(&link).await.refusal(), (404, "File not found"));
}

#[tokio::test]
async fn an_unscoped_name_belongs_to_its_first_publisher_alone() {
    let test = TestRegistry::new().await;
    let (ada, bob) = (test.user("ada").await, test.user("bob").await);
    let private = json!({ "name": "tools", "version": "1.0.0", "visibility": "private" });
    // A start takes nothing: the first commit does.
    test.start(&ada, &private).await;
    test.published(&bob, &private).await;
    let late = test.start(&ada, &manifest("tools", "1.0.1")).await;
    assert_eq!(late.refusal(), (403, "You do not own 'tools'"));
    let admin = test.start(&test.admin, &manifest("tools", "1.0.1")).await;
    assert_eq!(admin.refusal(), (403, "You do not own 'tools'"));
    test.published(&bob, &manifest("tools", "1.0.1")).await;
}
