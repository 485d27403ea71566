//! What happens while a publish runs: sections 4.3 and 5 of the API.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tank_registry_core::Scope;
use tank_registry_core::model::{OrgRole, UserStatus};
use tank_registry_core::scan::Gate;
use tank_registry_tests::wire::{
    Answer, TestKey, TestRegistry, TestScanner, integrity, manifest, pack, report, skill_files,
};

/// A registry whose scans wait, an organization, and bob in it with an archive staged.
struct AboutToPublish {
    scanner: Arc<TestScanner>,
    test: TestRegistry,
    bob: TestKey,
    url: String,
    id: String,
    archive: Vec<u8>,
}

impl AboutToPublish {
    async fn new() -> Self {
        let scanner = TestScanner::paused(report(vec![]));
        let test =
            TestRegistry::with(|builder| builder.scanner(scanner.clone()).gate(Gate::Report)).await;
        test.create_user("ada").await;
        test.org("acme", "ada").await;
        test.create_user("bob").await;
        test.member("acme", "bob", OrgRole::Member).await;
        let bob = test.key("bob", &[Scope::Publish]).await;
        let manifest = manifest("@acme/tools", "1.0.0");
        let archive = pack(&skill_files(&manifest));
        let started = test.start(&bob.secret, &manifest).await;
        let (url, id) = (
            started.text("uploadUrl").to_owned(),
            started.text("versionId").to_owned(),
        );
        test.put(&url, archive.clone()).await;
        Self {
            scanner,
            test,
            bob,
            url,
            id,
            archive,
        }
    }

    /// Confirms, and does something else while the scan runs.
    async fn confirm_while(&self, meanwhile: impl Future<Output = ()>) -> Answer {
        let declared = integrity(&self.archive);
        let confirm = self.test.confirm(&self.bob.secret, &self.id, &declared);
        // Boxed, because futures in futures in futures grow beyond what a stack should hold.
        let meanwhile = Box::pin(meanwhile);
        let meanwhile = async {
            self.scanner.reached().await;
            meanwhile.await;
            self.scanner.resume();
        };
        tokio::join!(Box::pin(confirm), meanwhile).0
    }
}

#[tokio::test]
async fn who_loses_the_right_while_a_confirm_runs_does_not_publish() {
    for (loss, refusal) in [
        ("membership", (403, "You are not a member of org 'acme'")),
        ("key", (401, "Unauthorized. Valid API key required.")),
        ("account", (401, "Unauthorized. Valid API key required.")),
    ] {
        let about = AboutToPublish::new().await;
        let test = &about.test;
        let answer = about
            .confirm_while(async {
                match loss {
                    "membership" => test.remove_member("acme", "bob").await,
                    "key" => test.revoke(&about.bob).await,
                    _ => {
                        test.set_status("bob", UserStatus::Suspended { until: None })
                            .await;
                    }
                }
            })
            .await;
        assert_eq!(answer.refusal(), refusal, "{loss}");
        let absent = test
            .get(Some(&test.admin), "/api/v1/skills/@acme/tools")
            .await;
        assert_eq!(absent.status, 404, "{loss}");
        // With the right back the session is still there.
        test.set_status("bob", UserStatus::Active).await;
        test.member("acme", "bob", OrgRole::Member).await;
        let key = test.key("bob", &[Scope::Publish]).await.secret;
        about.scanner.resume();
        let answer = test
            .confirm(&key, &about.id, &integrity(&about.archive))
            .await;
        assert_eq!(answer.status, 200, "{loss}");
    }
}

#[tokio::test]
async fn a_put_while_a_confirm_runs_changes_nothing_of_what_is_published() {
    let about = AboutToPublish::new().await;
    let test = &about.test;
    let answer = about
        .confirm_while(async {
            assert_eq!(test.put(&about.url, "other bytes").await.status, 200);
        })
        .await;
    assert_eq!(answer.status, 200);
    let served = test
        .follow(&test.download_url(None, "@acme/tools", "1.0.0").await)
        .await;
    assert_eq!(served.bytes, about.archive);
}

#[tokio::test]
async fn a_session_replaced_or_expired_while_a_confirm_runs_publishes_nothing() {
    for end in ["replaced", "expired"] {
        let about = AboutToPublish::new().await;
        let test = &about.test;
        let answer = about
            .confirm_while(async {
                if end == "replaced" {
                    test.start(&about.bob.secret, &manifest("@acme/tools", "1.0.0"))
                        .await;
                } else {
                    test.clock.advance(Duration::from_hours(1));
                }
            })
            .await;
        assert_eq!(answer.refusal(), (404, "Skill version not found"), "{end}");
        let absent = test
            .get(Some(&test.admin), "/api/v1/skills/@acme/tools")
            .await;
        assert_eq!(absent.status, 404, "{end}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_fifty_publishes_of_one_skill_at_once_all_succeed() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let publishes = (0..150).map(|patch| {
        let (test, ada) = (test.clone(), ada.clone());
        tokio::spawn(async move {
            test.publish(&ada, &manifest("tools", &format!("1.0.{patch}")))
                .await
        })
    });
    for answer in join_all(publishes).await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.text("latestVersion"), "1.0.149");
    assert_eq!(skill.json["versions"].as_array().unwrap().len(), 150);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_upload_confirmed_many_times_at_once_has_one_answer() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    let id = test.staged(&ada, &manifest, &archive).await;
    let declared = integrity(&archive);
    let answers = join_all((0..20).map(|_| {
        let (test, ada, id, declared) = (test.clone(), ada.clone(), id.clone(), declared.clone());
        tokio::spawn(async move { test.confirm(&ada, &id, &declared).await })
    }))
    .await;
    for answer in answers {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.json["versions"].as_array().unwrap().len(), 1);
}
