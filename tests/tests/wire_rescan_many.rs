//! Many versions scanned again: by an administrator (4.15), and by maintenance after the rules changed.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::time::Duration;

use serde_json::{Value, json};
use tank_registry_core::model::VersionState::{Held, Live, Removed};
use tank_registry_core::scan::Verdict;
use tank_registry_core::store::{Reads as _, StoreErrorKind};
use tank_registry_core::{Viewer, maintenance};
use tank_registry_tests::wire::{
    Answer, Fault, Gated, QUARANTINE, TestRegistry, TestScanner, bad, clean, manifest, skill_name,
};

async fn many(gated: &Gated, body: Value) -> Answer {
    gated.moderate("rescan-many", &body).await
}

/// The versions among some results.
fn versions(answer: &Answer) -> Vec<&str> {
    let results = answer.list("results").iter();
    results
        .map(|result| result["version"].as_str().unwrap())
        .collect()
}

/// Versions 1.0.0, 1.0.1 and so on, published a minute apart.
async fn published(gated: &Gated, count: u32) {
    for number in 0..count {
        gated
            .published(&format!("1.0.{number}"), Some(clean()))
            .await;
        gated.test.clock.advance(Duration::from_mins(1));
    }
}

#[tokio::test]
async fn the_longest_unscanned_come_first_and_each_call_goes_on() {
    let gated = Gated::new().await;
    published(&gated, 5).await;
    let start = gated.test.now();
    let body = json!({ "limit": 2, "beforeScannedAt": start });
    for (matched, found) in [
        (5, &["1.0.0", "1.0.1"][..]),
        (3, &["1.0.2", "1.0.3"]),
        (1, &["1.0.4"]),
        (0, &[]),
    ] {
        let answer = many(&gated, body.clone()).await;
        let rescanned = found.len() as u64;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(versions(&answer), found);
        assert_eq!(
            ["matched", "rescanned", "remaining"].map(|field| answer.number(field)),
            [matched, rescanned, matched - rescanned]
        );
        assert_eq!(answer.json["dryRun"], false);
        for result in answer.list("results") {
            let version = &result["version"];
            let expected = json!({
                "name": "@acme/tools", "version": version, "success": true, "verdict": "pass",
                "findingsCount": 0, "error": null,
            });
            assert_eq!(*result, expected);
        }
    }
}

#[tokio::test]
async fn a_dry_run_says_which_and_changes_nothing() {
    let gated = Gated::new().await;
    published(&gated, 2).await;
    let before = gated.record("1.0.0").await;
    gated.scanner.set(Some(bad(&["a"])));
    let scans = gated.scanner.contexts().len();
    for _ in 0..2 {
        let answer = many(&gated, json!({ "dryRun": true })).await;
        assert_eq!(versions(&answer), ["1.0.0", "1.0.1"]);
        assert_eq!(
            [
                &answer.json["matched"],
                &answer.json["rescanned"],
                &answer.json["remaining"]
            ],
            [2, 0, 2]
        );
        let result = &answer.json["results"][0];
        assert_eq!(
            (&result["success"], &result["verdict"]),
            (&json!(false), &json!("pass"))
        );
        assert_eq!(
            (&answer.json["dryRun"], &result["error"]),
            (&json!(true), &Value::Null)
        );
    }
    assert_eq!(gated.scanner.contexts().len(), scans);
    let after = gated.record("1.0.0").await;
    assert_eq!((after.brief, after.scan), (before.brief, before.scan));
}

#[tokio::test]
async fn those_of_one_audit_status_are_found_and_removed_ones_never() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.0.1", None).await;
    gated.published("1.0.2", Some(bad(&["a"]))).await;
    gated.published("1.0.3", None).await;
    gated.test.set_state("@acme/tools", "1.0.3", Removed).await;
    for (status, found) in [
        ("scan-failed", &["1.0.1"][..]),
        ("failed", &["1.0.2"]),
        ("completed", &["1.0.0"]),
        ("flagged", &[]),
        ("scanning", &[]),
    ] {
        let answer = many(&gated, json!({ "status": status, "dryRun": true })).await;
        assert_eq!(versions(&answer), found, "{status}");
    }
    gated.scanner.set(Some(clean()));
    many(&gated, json!({ "status": "scan-failed" })).await;
    assert_eq!(gated.state("1.0.1").await, Live);
    assert_eq!(gated.state("1.0.2").await, Held, "nobody asked for it");
}

#[tokio::test]
async fn one_that_fails_does_not_keep_the_others() {
    let gated = Gated::new().await;
    published(&gated, 3).await;
    gated.blobs.plan.after("get", 1, Fault::Lost);
    let answer = many(&gated, json!({ "concurrency": 1 })).await;
    assert!(gated.blobs.plan.is_done());
    let results = answer.list("results");
    let done: Vec<_> = results
        .iter()
        .map(|result| result["success"] == true)
        .collect();
    assert_eq!(done, [true, false, true]);
    assert_eq!(results[1]["error"], "Service unavailable, try again later");
    assert_eq!(
        (answer.number("rescanned"), answer.number("remaining")),
        (2, 1)
    );
}

#[tokio::test]
async fn no_more_are_scanned_at_a_time_than_is_asked_for() {
    let scanner = TestScanner::paused(clean());
    let gated = Gated::with(QUARANTINE, scanner.clone()).await;
    for number in 0..5 {
        scanner.resume();
        gated
            .published(&format!("1.0.{number}"), Some(clean()))
            .await;
    }
    for (body, at_once) in [
        (json!({ "concurrency": 2 }), 2),
        (json!({}), 3),
        (json!({ "concurrency": 5 }), 5),
    ] {
        let running = many(&gated, body);
        let watched = async {
            for left in (1..=5_u32).rev() {
                // Everything that can run has run.
                for _ in 0..500 {
                    tokio::task::yield_now().await;
                }
                assert_eq!(scanner.waiting(), left.min(at_once));
                scanner.resume();
            }
        };
        let (answer, ()) = tokio::join!(Box::pin(running), watched);
        assert_eq!(answer.number("rescanned"), 5);
    }
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_refused_by_name() {
    let gated = Gated::new().await;
    for (field, wrong) in [
        ("status", json!("active")),
        ("status", json!(7)),
        ("beforeScannedAt", json!("yesterday")),
        ("limit", json!(0)),
        ("limit", json!(51)),
        ("limit", json!(1.5)),
        ("limit", json!("7")),
        ("concurrency", json!(6)),
        ("concurrency", json!(-1)),
        ("dryRun", json!("yes")),
    ] {
        let answer = many(&gated, json!({ field: wrong })).await;
        assert_eq!(
            answer.refusal(),
            (400, "Invalid request body"),
            "{field} {wrong}"
        );
        assert!(answer.json["details"][field][0].is_string(), "{answer:?}");
    }
    let nulls = json!({
        "status": null, "beforeScannedAt": null, "limit": null, "concurrency": null,
        "dryRun": null, "other": 1,
    });
    assert_eq!(many(&gated, nulls).await.status, 200);
    for (field, most) in [("limit", 50), ("concurrency", 5)] {
        assert_eq!(many(&gated, json!({ field: most })).await.status, 200);
    }
}

async fn outdated(test: &TestRegistry) -> u64 {
    maintenance::rescan_outdated(&test.registry).await.unwrap()
}

#[tokio::test]
async fn new_rules_judge_every_version_once() {
    let gated = Gated::new().await;
    published(&gated, 3).await;
    assert_eq!(outdated(&gated.test).await, 0, "all are up to date");
    gated.scanner.set_rules("newer");
    gated.scanner.set(Some(bad(&["a"])));
    assert_eq!(outdated(&gated.test).await, 3);
    for version in ["1.0.0", "1.0.1", "1.0.2"] {
        let brief = gated.brief(version).await;
        assert_eq!((brief.state, brief.verdict), (Held, Some(Verdict::Fail)));
        assert_eq!(brief.rules_version.as_deref(), Some("newer"));
    }
    let scans = gated.scanner.contexts().len();
    assert_eq!(outdated(&gated.test).await, 0);
    assert_eq!(gated.scanner.contexts().len(), scans);
    let log = gated.store.inner.audit_log();
    let by = log
        .iter()
        .filter(|line| line.event.action == "skill.rescan");
    let by: Vec<_> = by.map(|line| line.actor).collect();
    assert_eq!(by, [tank_registry_core::store::Actor::System; 3]);
}

#[tokio::test]
async fn a_scan_that_failed_is_made_again_and_a_removed_version_is_left_alone() {
    let gated = Gated::new().await;
    gated.published("1.0.0", None).await;
    gated.published("1.0.1", None).await;
    gated.test.set_state("@acme/tools", "1.0.1", Removed).await;
    gated.scanner.set(Some(clean()));
    assert_eq!(outdated(&gated.test).await, 1);
    assert_eq!(gated.state("1.0.0").await, Live);
    assert_eq!(gated.state("1.0.1").await, Removed);
}

#[tokio::test]
async fn without_a_scanner_maintenance_has_nothing_to_scan() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    assert_eq!(outdated(&test).await, 0);
}

#[tokio::test]
async fn a_scanner_that_is_down_is_not_asked_for_ever_and_the_next_run_goes_on_behind() {
    let gated = Gated::new().await;
    published(&gated, 15).await;
    gated.scanner.set_rules("newer");
    gated.scanner.set(None);
    let asked = gated.scanner.contexts().len();
    assert!(
        maintenance::rescan_outdated(&gated.test.registry)
            .await
            .is_err()
    );
    assert_eq!(gated.scanner.contexts().len(), asked + 10);
    gated.scanner.set(Some(clean()));
    assert_eq!(outdated(&gated.test).await, 5, "those that were not tried");
    assert_eq!(outdated(&gated.test).await, 10, "then the others");
    assert_eq!(outdated(&gated.test).await, 0);
}

#[tokio::test]
async fn a_version_that_cannot_be_read_does_not_keep_the_others_from_new_rules() {
    let gated = Gated::new().await;
    published(&gated, 3).await;
    gated.scanner.set_rules("newer");
    gated.blobs.plan.once("get", Fault::Lost);
    assert_eq!(outdated(&gated.test).await, 2);
    assert_eq!(outdated(&gated.test).await, 1);
    gated.scanner.set_rules("newest");
    let fails = Fault::Fails(StoreErrorKind::Corrupt);
    gated.store.plan.once("versions", fails);
    assert!(
        maintenance::rescan_outdated(&gated.test.registry)
            .await
            .is_err()
    );
    assert_eq!(outdated(&gated.test).await, 3);
}

#[tokio::test]
async fn failures_that_are_not_in_a_row_are_no_sign_of_a_scanner_that_is_down() {
    let gated = Gated::new().await;
    published(&gated, 24).await;
    gated.scanner.set_rules("newer");
    for _ in 0..12 {
        // One that is read, one that is not.
        gated.blobs.plan.after("get", 1, Fault::Lost);
    }
    assert_eq!(outdated(&gated.test).await, 12);
    assert!(gated.blobs.plan.is_done());
    assert_eq!(outdated(&gated.test).await, 12);
}

#[tokio::test]
async fn what_another_node_has_scanned_meanwhile_is_passed_over() {
    let scanner = TestScanner::paused(clean());
    let gated = Gated::with(QUARANTINE, scanner.clone()).await;
    scanner.resume();
    gated.published("1.0.0", Some(clean())).await;
    scanner.set_rules("newer");
    let node = gated.another_node().await;
    let both = async { tokio::join!(outdated(&gated.test), outdated(&node)) };
    let watched = async {
        while scanner.waiting() < 2 {
            tokio::task::yield_now().await;
        }
        scanner.resume();
        scanner.resume();
    };
    let (done, ()) = tokio::join!(Box::pin(both), watched);
    assert_eq!(done.0 + done.1, 1, "one of them");
    let id = gated.brief("1.0.0").await.id;
    let history = gated.store.inner.scans(id, 0, 9).await.unwrap();
    assert_eq!(history.total, 2, "that of the publish, and one");
}

#[tokio::test]
async fn the_operator_has_all_versions_scanned_of_a_skill_or_of_all() {
    let gated = Gated::new().await;
    published(&gated, 2).await;
    gated
        .published_as(&manifest("other", "1.0.0"), Some(clean()))
        .await;
    gated.test.clock.advance(Duration::from_mins(1));
    gated.scanner.set(Some(bad(&["a"])));
    let registry = &gated.test.registry;
    let name = skill_name("@acme/tools");
    let one = registry
        .rescan_all(&Viewer::Operator, Some(&name))
        .await
        .unwrap();
    assert_eq!(
        (one.rescanned, one.changed.len(), one.failed.len()),
        (2, 2, 0)
    );
    gated.test.clock.advance(Duration::from_mins(1));
    let all = registry.rescan_all(&Viewer::Operator, None).await.unwrap();
    assert_eq!(
        (all.rescanned, all.changed.len()),
        (3, 1),
        "only the other is news"
    );
    gated.test.clock.advance(Duration::from_mins(1));
    gated.scanner.set(None);
    let none = registry.rescan_all(&Viewer::Operator, None).await.unwrap();
    assert_eq!((none.rescanned, none.failed.len()), (0, 3));
}
