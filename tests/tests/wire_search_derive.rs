//! What an earlier release derived by older rules is made again.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::future::{Future as _, poll_fn};
use std::task::Poll;

use tank_registry_core::store::{StoreErrorKind, Terms};
use tank_registry_core::{Viewer, maintenance};
use tank_registry_tests::wire::{Fault, Frail, TestRegistry, manifest, skill_name};

/// Leaves a skill as a release without searches would have.
async fn outdate(test: &TestRegistry, name: &str) {
    let known = test.store.skill(&skill_name(name)).await.unwrap().unwrap();
    let latest = test
        .store
        .version_by_id(known.head.latest.unwrap())
        .await
        .unwrap();
    let mut entry = tank_registry_core::search::entry(&latest.unwrap());
    entry.terms = Terms::default();
    entry.readme_terms = Terms::default();
    entry.derived_version = 0;
    test.change_skill(name, |commit| {
        commit.search = Some(Box::new(entry));
        commit.head.derived_version = 0;
        commit.head.readers.clear();
        commit.head.listed = false;
    })
    .await;
}

async fn total(test: &TestRegistry, q: &str) -> u64 {
    let path = format!("/api/v1/search?q={q}");
    test.get(None, &path).await.number("total")
}

#[tokio::test]
async fn terms_and_readers_of_an_older_rule_are_made_again() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    for number in 0..130 {
        let name = format!("s{number:03}");
        test.published(&ada, &manifest(&name, "1.0.0")).await;
        if number % 10 != 0 {
            outdate(&test, &name).await;
        }
    }
    assert_eq!(total(&test, "skill").await, 13);
    let before = test
        .store
        .skill(&skill_name("s000"))
        .await
        .unwrap()
        .unwrap();
    let made = maintenance::rederive(&test.registry).await.unwrap();
    assert_eq!(made, 117);
    assert_eq!(total(&test, "skill").await, 130);
    assert_eq!(total(&test, "s12").await, 10);
    let after = test
        .store
        .skill(&skill_name("s000"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(after.revision, before.revision, "what is up to date stays");
    assert_eq!(maintenance::rederive(&test.registry).await.unwrap(), 0);
}

#[tokio::test]
async fn a_publish_leaves_nothing_to_derive_again() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    for version in ["1.0.0", "1.1.0", "1.0.1"] {
        test.published(&ada, &manifest("tools", version)).await;
    }
    let name = skill_name("tools");
    let registry = &test.registry;
    let private = tank_registry_core::model::Visibility::Private;
    registry
        .set_visibility(&Viewer::Operator, &name, private)
        .await
        .unwrap();
    let before = test.store.skill(&name).await.unwrap().unwrap();
    assert_eq!(maintenance::rederive(registry).await.unwrap(), 0);
    let after = test.store.skill(&name).await.unwrap().unwrap();
    assert_eq!(after.revision, before.revision);
}

#[tokio::test]
async fn a_skill_that_fails_does_not_keep_the_others() {
    let frail = Frail::new().await;
    let test = &frail.test;
    for name in ["a", "b", "c"] {
        let name = format!("@acme/{name}");
        test.published(&frail.ada, &manifest(&name, "1.0.0")).await;
        outdate(test, &name).await;
    }
    let fails = Fault::Fails(StoreErrorKind::Corrupt);
    frail.store.plan.once("version_by_id", fails);
    assert!(maintenance::rederive(&test.registry).await.is_err());
    assert!(frail.store.plan.is_done());
    assert_eq!(total(test, "@acme").await, 2);
    assert_eq!(maintenance::rederive(&test.registry).await.unwrap(), 1);
    assert_eq!(total(test, "@acme").await, 3);
    frail.store.plan.once("derived_before", fails);
    assert!(maintenance::rederive(&test.registry).await.is_err());
}

#[tokio::test]
async fn a_commit_that_comes_first_wins() {
    let frail = Frail::new().await;
    let test = &frail.test;
    test.published(&frail.ada, &manifest("@acme/tools", "1.0.0"))
        .await;
    // However far the derivation has come when the publish is committed.
    let mut lost = 0;
    for steps in 0..12 {
        outdate(test, "@acme/tools").await;
        let mut deriving = Box::pin(maintenance::rederive(&test.registry));
        let mut made = None;
        for _ in 0..steps {
            let step = poll_fn(|context| Poll::Ready(deriving.as_mut().poll(context)));
            if let Poll::Ready(done) = step.await {
                made = Some(done);
                break;
            }
        }
        let version = format!("1.0.{}", steps + 1);
        test.published(&frail.ada, &manifest("@acme/tools", &version))
            .await;
        let made = match made {
            Some(made) => made,
            None => deriving.await,
        };
        lost += u64::from(made.unwrap() == 0);
        let answer = test.get(None, "/api/v1/search?q=@acme/tools").await;
        assert_eq!(answer.json["results"][0]["latestVersion"], version);
        assert_eq!(maintenance::rederive(&test.registry).await.unwrap(), 0);
    }
    assert!(lost > 0, "no commit came between");
}
