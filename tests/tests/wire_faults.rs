//! Backends that fail and lose answers: a client gets the right answer exactly once, or an opaque
//! failure after which a retry succeeds.

use serde_json::{Value, json};
use tank_registry_core::auth::ExternalIdentity;
use tank_registry_core::model::{OrgRole, UserStatus};
use tank_registry_core::store::{ExternalId, StoreErrorKind};
use tank_registry_core::{Scope, Viewer, maintenance};
use tank_registry_tests::wire::{
    Answer, Fault, Frail, SECRET, handle, integrity, manifest, pack, relative, skill_files,
};

const OVERLOADED: Fault = Fault::Fails(StoreErrorKind::Overloaded);
const UNAVAILABLE: Fault = Fault::Fails(StoreErrorKind::Unavailable);
const CORRUPT: Fault = Fault::Fails(StoreErrorKind::Corrupt);

fn tools() -> (Value, Vec<u8>) {
    let manifest = manifest("@acme/tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    (manifest, archive)
}

fn assert_opaque(answer: &Answer, status: u16) {
    let error = match status {
        500 => "Internal server error",
        _ if answer.header("retry-after") == Some("1") => "Service overloaded, try again later",
        _ => "Service unavailable, try again later",
    };
    assert_eq!(
        (answer.status, &answer.json),
        (status, &json!({ "error": error }))
    );
    assert_eq!(answer.header("retry-after").is_some(), status == 503);
    assert!(answer.header("x-request-id").is_some());
    let shown = format!("{:?} {:?}", answer.headers, answer.bytes);
    assert!(!shown.contains(SECRET), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_publish_whose_answers_are_lost_succeeds_exactly_once() {
    for command in ["OpenUpload", "Staged", "Pin", "Skill"] {
        for losses in 1..=3 {
            let frail = Frail::new().await;
            let (manifest, archive) = tools();
            for _ in 0..losses {
                frail.store.plan.once(command, Fault::Lost);
            }
            let answer = frail
                .test
                .publish_archive(&frail.ada, &manifest, &archive)
                .await;
            assert_eq!(
                (answer.status, &answer.json["status"]),
                (200, &json!("published")),
                "{command}"
            );
            assert!(frail.store.plan.is_done(), "{command}");
            assert!(frail.is_published(&archive).await);
            assert_eq!(frail.audited("skill.publish"), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_publish_whose_every_answer_is_lost_is_told_and_its_retry_finds_it_done() {
    let frail = Frail::new().await;
    let (manifest, archive) = tools();
    let id = frail.test.staged(&frail.ada, &manifest, &archive).await;
    frail.store.plan.always("Skill", Fault::Lost);
    let lost = frail
        .test
        .confirm(&frail.ada, &id, &integrity(&archive))
        .await;
    assert_opaque(&lost, 503);
    frail.store.plan.clear();
    let retry = frail
        .test
        .confirm(&frail.ada, &id, &integrity(&archive))
        .await;
    assert_eq!(retry.status, 200, "{retry:?}");
    assert!(frail.is_published(&archive).await);
    assert_eq!(frail.audited("skill.publish"), 1);
}

#[tokio::test(start_paused = true)]
async fn people_and_keys_are_changed_exactly_once_when_answers_are_lost() {
    let frail = Frail::new().await;
    let test = &frail.test;
    let lose = |command| frail.store.plan.once(command, Fault::Lost);
    for command in [
        "CreateUser",
        "CreateKey",
        "CreateOrg",
        "SetMember",
        "SetUserStatus",
        "RevokeKey",
        "RefreshUser",
    ] {
        lose(command);
    }
    test.create_user("bob").await;
    let bob = test.key("bob", &[Scope::Publish]).await;
    assert_eq!(
        test.get(Some(&bob.secret), "/api/v1/auth/whoami")
            .await
            .text("name"),
        "bob"
    );
    test.org("bobs", "bob").await;
    test.member("bobs", "ada", OrgRole::Member).await;
    test.set_status("ada", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(
        test.get(Some(&frail.ada), "/api/v1/auth/whoami")
            .await
            .status,
        401
    );
    test.revoke(&bob).await;
    assert_eq!(
        test.get(Some(&bob.secret), "/api/v1/auth/whoami")
            .await
            .status,
        401
    );
    let mut identity = ExternalIdentity {
        id: ExternalId {
            issuer: "host".to_owned(),
            subject: "7".to_owned(),
        },
        display_name: Some("Cleo".to_owned()),
        email: String::new(),
        administrator: false,
    };
    lose("CreateUser");
    let first = test.registry.sign_in(&identity).await.unwrap();
    identity.email = "cleo@example.org".to_owned();
    let second = test.registry.sign_in(&identity).await.unwrap();
    assert_eq!(first.user_id(), second.user_id());
    assert_eq!(second.user().unwrap().email, "cleo@example.org");
    assert!(frail.store.plan.is_done());
    let keys = test
        .registry
        .keys(&Viewer::Operator, &handle("bob"))
        .await
        .unwrap();
    assert_eq!(keys.len(), 1);
    for (action, times) in [
        ("user.create", 3),
        ("api_key.create", 2),
        ("api_key.revoke", 1),
        ("org.member.set", 1),
        ("user.suspend", 1),
    ] {
        assert_eq!(frail.audited(action), times, "{action}");
    }
}

#[tokio::test(start_paused = true)]
async fn counters_and_sweeps_are_applied_exactly_once_when_answers_are_lost() {
    let frail = Frail::new().await;
    let test = &frail.test;
    let (manifest, archive) = tools();
    test.published(&frail.ada, &manifest).await;
    assert!(frail.is_published(&archive).await);
    let downloads =
        async || test.get(None, "/api/v1/skills/@acme/tools").await.json["downloads"].clone();
    frail.store.plan.once("Count", Fault::Lost);
    maintenance::flush_counters(&test.registry).await.unwrap();
    assert_eq!(downloads().await, 1);
    frail.store.plan.once("Count", UNAVAILABLE);
    assert!(frail.is_published(&archive).await);
    maintenance::flush_counters(&test.registry)
        .await
        .unwrap_err();
    assert_eq!(downloads().await, 2, "what could not be written is kept");
    maintenance::flush_counters(&test.registry).await.unwrap();
    assert_eq!(downloads().await, 2);

    test.start(&frail.ada, &json!({ "name": "other", "version": "1.0.0" }))
        .await;
    test.clock.advance(std::time::Duration::from_hours(50));
    frail.store.plan.once("ExpireUploads", Fault::Lost);
    frail.store.plan.once("PruneHistory", Fault::Lost);
    assert_eq!(
        maintenance::expire_uploads(&test.registry).await.unwrap(),
        1
    );
    assert!(
        maintenance::prune_history(&test.registry, std::time::Duration::ZERO)
            .await
            .unwrap()
            > 0
    );
    assert!(frail.store.plan.is_done());
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_full_says_when_to_come_back_and_has_done_nothing() {
    let frail = Frail::new().await;
    let test = &frail.test;
    let (manifest, archive) = tools();
    let once = |command| frail.store.plan.once(command, OVERLOADED);
    once("OpenUpload");
    assert_opaque(&test.start(&frail.ada, &manifest).await, 503);
    let started = test.start(&frail.ada, &manifest).await;
    let url = started.text("uploadUrl");
    once("Staged");
    assert_opaque(&test.put(url, archive.clone()).await, 503);
    assert_eq!(test.put(url, archive.clone()).await.status, 200);
    for command in ["Pin", "Skill"] {
        once(command);
        let refused = test
            .confirm(&frail.ada, started.text("versionId"), &integrity(&archive))
            .await;
        assert_opaque(&refused, 503);
        assert_eq!(refused.header("retry-after"), Some("1"));
        assert!(!frail.is_published(&archive).await);
    }
    let done = test
        .confirm(&frail.ada, started.text("versionId"), &integrity(&archive))
        .await;
    assert_eq!(done.status, 200);
    assert!(frail.is_published(&archive).await);
}

#[tokio::test(start_paused = true)]
async fn reads_that_fail_tell_a_client_nothing_of_the_inside() {
    let frail = Frail::without_cache().await;
    let test = &frail.test;
    let (manifest, _) = tools();
    test.published(&frail.ada, &manifest).await;
    let key = Some(&*frail.ada);
    let link = test.download_url(None, "@acme/tools", "1.0.0").await;
    let skill = "/api/v1/skills/@acme/tools";
    for (call, path) in [
        ("principal", "/api/v1/auth/whoami"),
        ("principal", skill),
        ("skill", skill),
        ("version_by_id", skill),
        ("user", skill),
        ("downloads", skill),
        ("stars", skill),
        ("changes_since", skill),
        ("skill", "/api/v1/skills/@acme/tools/versions"),
        ("skill", "/api/v1/skills/@acme/tools/1.0.0"),
        ("version_by_id", "/api/v1/skills/@acme/tools/1.0.0"),
        ("skill", relative(&link)),
    ] {
        for (fault, status) in [
            (OVERLOADED, 503),
            (UNAVAILABLE, 503),
            (Fault::Lost, 503),
            (CORRUPT, 500),
        ] {
            frail.store.plan.once(call, fault);
            assert_opaque(&test.get(key, path).await, status);
            assert!(frail.store.plan.is_done(), "{call} {path}");
            assert_eq!(test.get(key, path).await.status, 200);
        }
    }
    let next = json!({ "name": "@acme/tools", "version": "1.0.1" });
    for call in [
        "principal",
        "skill",
        "organization",
        "memberships",
        "version",
    ] {
        frail.store.plan.once(call, CORRUPT);
        assert_opaque(&test.start(&frail.ada, &next).await, 500);
        assert!(frail.store.plan.is_done(), "{call}");
    }
    frail.store.plan.always("registry", UNAVAILABLE);
    for (path, status) in [("/api/health", 503), ("/api/ready", 503)] {
        let answer = test.get(None, path).await;
        assert_eq!((answer.status, answer.text("status")), (status, "error"));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(SECRET));
    }
    frail.store.plan.clear();
    frail.blobs.plan.always("stat", UNAVAILABLE);
    for (path, status) in [("/api/health", 200), ("/api/ready", 503)] {
        let answer = test.get(None, path).await;
        assert_eq!((answer.status, answer.text("status")), (status, "degraded"));
    }
}

#[tokio::test(start_paused = true)]
async fn blobs_that_fail_at_any_step_leave_a_publish_that_can_be_tried_again() {
    for (step, skip, status) in [
        ("delegate", 0, 500),
        ("stage", 0, 503),
        ("stat", 0, 503),
        ("get", 0, 503),
        ("put_verified", 0, 503),
        ("put_verified", 1, 503),
        ("delete", 0, 200),
    ] {
        let frail = Frail::new().await;
        let test = &frail.test;
        let (manifest, archive) = tools();
        frail.blobs.plan.after(step, skip, UNAVAILABLE);
        let mut answers = Vec::new();
        let mut started = test.start(&frail.ada, &manifest).await;
        if started.status != 200 {
            assert_eq!(
                (started.status, &started.json),
                (500, &json!({ "error": "Failed to generate upload URL" }))
            );
            answers.push(started.status);
            started = test.start(&frail.ada, &manifest).await;
        }
        let mut put = test.put(started.text("uploadUrl"), archive.clone()).await;
        if put.status != 200 {
            assert_opaque(&put, 503);
            answers.push(put.status);
            put = test.put(started.text("uploadUrl"), archive.clone()).await;
        }
        assert_eq!(put.status, 200, "{step}");
        let confirm = async || {
            test.confirm(&frail.ada, started.text("versionId"), &integrity(&archive))
                .await
        };
        let mut confirmed = confirm().await;
        if confirmed.status != 200 {
            assert_opaque(&confirmed, 503);
            assert!(!frail.is_published(&archive).await, "{step}");
            answers.push(confirmed.status);
            confirmed = confirm().await;
        }
        assert_eq!(confirmed.status, 200, "{step}");
        assert!(frail.blobs.plan.is_done(), "{step}");
        assert_eq!(
            answers,
            if status == 200 { vec![] } else { vec![status] },
            "{step}"
        );
        assert!(frail.is_published(&archive).await, "{step}");
    }
}

#[tokio::test(start_paused = true)]
async fn counters_whose_fate_stays_open_are_not_counted_twice() {
    let frail = Frail::new().await;
    let (manifest, archive) = tools();
    frail.test.published(&frail.ada, &manifest).await;
    assert!(frail.is_published(&archive).await);
    frail.store.plan.always("Count", Fault::Lost);
    maintenance::flush_counters(&frail.test.registry)
        .await
        .unwrap_err();
    frail.store.plan.clear();
    assert!(frail.is_published(&archive).await);
    maintenance::flush_counters(&frail.test.registry)
        .await
        .unwrap();
    let skill = frail.test.get(None, "/api/v1/skills/@acme/tools").await;
    assert_eq!(skill.json["downloads"], 2);
}
