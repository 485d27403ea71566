//! A search knows what its viewer may know: sections 4.11 and 5 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use serde_json::json;
use tank_registry_core::model::{SkillStatus, VersionState};
use tank_registry_core::store::StoreErrorKind;
use tank_registry_tests::wire::{
    Answer, Fault, Frail, SECRET, TestRegistry, World, manifest, user_grant,
};

async fn search(test: &TestRegistry, key: Option<&str>, q: &str) -> Answer {
    let answer = test.get(key, &format!("/api/v1/search?q={q}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[tokio::test]
async fn a_correction_knows_only_what_the_viewer_may_read() {
    let test = TestRegistry::new().await;
    let (ada, eve) = (test.user("ada").await, test.user("eve").await);
    let secret = json!({
        "name": "secret", "version": "1.0.0", "description": "react", "visibility": "private",
    });
    test.published(&ada, &secret).await;
    assert_eq!(search(&test, Some(&ada), "recat").await.names(), ["secret"]);
    for key in [None, Some(&*eve)] {
        let private = search(&test, key, "recat").await.shown();
        let absent = search(&test, key, "absnt").await.shown();
        assert_eq!(private, absent);
    }
    test.grant("secret", &user_grant("eve")).await;
    assert_eq!(search(&test, Some(&eve), "recat").await.names(), ["secret"]);
    test.take_back("secret", &user_grant("eve")).await;
    assert_eq!(search(&test, Some(&eve), "recat").await.number("total"), 0);
}

#[tokio::test]
async fn a_search_shows_each_viewer_what_they_may_read() {
    let world = World::new().await;
    let test = &world.test;
    let row = async |key: Option<&str>| {
        let mut rows = Vec::new();
        for q in ["", "acme", "@acme/", "secret", "@acme/secret", "skill"] {
            let answer = search(test, key, q).await;
            let mut found: Vec<String> = answer.names().iter().map(ToString::to_string).collect();
            assert_eq!(answer.number("total"), found.len() as u64, "{q}");
            found.sort_unstable();
            rows.push(found);
        }
        rows
    };
    let stranger = [
        vec!["@acme/open"],
        vec!["@acme/open"],
        vec!["@acme/open"],
        vec![],
        vec![],
        vec!["@acme/open"],
    ];
    let reader = [
        vec!["@acme/open", "@acme/secret"],
        vec!["@acme/open", "@acme/secret"],
        vec!["@acme/open", "@acme/secret"],
        vec!["@acme/secret"],
        vec!["@acme/secret"],
        vec!["@acme/open", "@acme/secret"],
    ];
    for key in [None, Some(&world.eve), Some(&"tank_unknown".to_owned())] {
        assert_eq!(row(key.map(String::as_str)).await, stranger, "{key:?}");
    }
    for key in [
        &world.pat,
        &world.mia,
        &world.hal,
        &world.gil,
        &world.meg,
        &test.admin,
    ] {
        // `@acme/never` and the held version 2.0.0 are in nobody's list.
        assert_eq!(row(Some(key)).await, reader);
    }
    test.remove_member("acme", "hal").await;
    test.take_back("@acme/secret", &user_grant("gil")).await;
    for key in [&world.hal, &world.gil] {
        assert_eq!(row(Some(key)).await, stranger);
    }
    let open = search(test, None, "open").await;
    assert_eq!(open.json["results"][0]["latestVersion"], "1.0.0");
}

#[tokio::test]
async fn what_was_removed_or_quarantined_is_not_listed() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    for status in [SkillStatus::Removed, SkillStatus::Quarantined] {
        test.change_skill("tools", |commit| {
            commit.head.status = status;
            commit.head.listed = false;
        })
        .await;
        for key in [None, Some(&*ada), Some(&*test.admin)] {
            for q in ["tools", "", "tolos"] {
                assert_eq!(search(&test, key, q).await.number("total"), 0);
            }
        }
    }
    let state = VersionState::Yanked { reason: None };
    test.set_state("tools", "1.0.0", state).await;
    assert_eq!(search(&test, Some(&ada), "tools").await.number("total"), 0);
}

#[tokio::test]
async fn a_membership_that_cannot_be_asked_for_is_no_lie() {
    let frail = Frail::new().await;
    let test = &frail.test;
    test.published(&frail.ada, &manifest("@acme/tools", "1.0.0"))
        .await;
    for call in ["memberships", "find", "user"] {
        frail
            .store
            .plan
            .once(call, Fault::Fails(StoreErrorKind::Unavailable));
        let answer = test.get(Some(&frail.ada), "/api/v1/search?q=tools").await;
        assert_eq!(answer.status, 503, "{call}");
        assert!(!format!("{answer:?}").contains(SECRET));
        assert!(frail.store.plan.is_done());
    }
    frail
        .store
        .plan
        .once("near", Fault::Fails(StoreErrorKind::Unavailable));
    assert_eq!(test.get(None, "/api/v1/search?q=tolos").await.status, 503);
    // Nobody's answer depends on a membership.
    frail
        .store
        .plan
        .always("memberships", Fault::Fails(StoreErrorKind::Unavailable));
    assert_eq!(search(test, None, "tools").await.number("total"), 1);
    assert_eq!(
        search(test, Some(&test.admin), "tools")
            .await
            .number("total"),
        1
    );
}
