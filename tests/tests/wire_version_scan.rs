//! The scan of a version: section 4.7 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::sync::Arc;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::model::{OrgRole, OrgSlug};
use tank_registry_core::scan::{ScanReport, Severity, Stage, StageRun};
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{
    Answer, TestRegistry, TestScanner, finding, handle, manifest, report, user_grant,
};

const SCAN: &str = "/api/v1/skills/@acme/tools/1.0.0/scan";
const SEEN: &str = "what only publishers see";

fn found(severity: Severity) -> ScanReport {
    let mut shown = finding(severity);
    shown.evidence = Some(SEEN.to_owned());
    let mut found = report(vec![shown, finding(Severity::Info)]);
    found.stages = vec![StageRun::new(Stage::Injection, Duration::from_millis(2))];
    found.duration = Duration::from_millis(3);
    found.configuration = vec!["rule x is off".to_owned()];
    found
}

/// Ada and bob are members of acme, eve is a stranger; ada has published a version.
async fn published(severity: Severity) -> (Arc<TestScanner>, TestRegistry, [String; 3]) {
    let scanner = TestScanner::new(found(severity));
    let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
    let keys = [
        test.user("ada").await,
        test.user("bob").await,
        test.user("eve").await,
    ];
    test.org("acme", "ada").await;
    test.member("acme", "bob", OrgRole::Member).await;
    test.published(&keys[0], &manifest("@acme/tools", "1.0.0"))
        .await;
    (scanner, test, keys)
}

fn shows_evidence(answer: &Answer) -> bool {
    assert_eq!(answer.status, 200, "{answer:?}");
    String::from_utf8_lossy(&answer.bytes).contains(SEEN)
}

#[tokio::test]
async fn the_scan_of_a_version_is_told_with_all_its_stages() {
    let (_, test, [ada, ..]) = published(Severity::Medium).await;
    let answer = test.get(Some(&ada), SCAN).await;
    let line = |severity: &str, evidence: Option<&str>| {
        json!({
            "stage": "stage3", "severity": severity, "type": "test_rule",
            "description": "Found by a test", "location": null, "confidence": null, "tool": null,
            "evidence": evidence, "llm_verdict": null, "llm_reviewed": false, "remediation": null,
            "cwe_id": null,
        })
    };
    let findings = json!([line("medium", Some(SEEN)), line("info", None)]);
    let stages: Vec<Value> = (0..6)
        .map(|stage| {
            let ran = stage == 3;
            json!({
                "stage": format!("stage{stage}"), "status": if ran { "passed" } else { "skipped" },
                "findings": if ran { findings.clone() } else { json!([]) },
                "duration_ms": if ran { 2 } else { 0 }, "error": null,
            })
        })
        .collect();
    let expected = json!({
        "verdict": "pass_with_notes", "audit_score": answer.json["audit_score"],
        "findings": findings, "stage_results": stages, "duration_ms": 3, "scanned_at": test.now(),
        "rules_version": "test", "configuration": ["rule x is off"],
        "release": null,
    });
    assert_eq!(answer.json, expected);
    let detail = test.get(None, "/api/v1/skills/@acme/tools/1.0.0").await;
    assert_eq!(answer.json["audit_score"], detail.json["auditScore"]);
    assert!(answer.json["audit_score"].is_u64());
}

#[tokio::test]
async fn evidence_is_for_whoever_may_publish_the_skill_or_judge_it() {
    let (_, test, [ada, bob, eve]) = published(Severity::Low).await;
    let reader = test.key("ada", &[Scope::Read]).await.secret;
    test.grant("@acme/tools", &user_grant("eve")).await;
    // Twice, in both orders: nothing that was made for one is served to another.
    for _ in 0..2 {
        for (key, sees) in [
            (None, false),
            (Some(&ada), true),
            (Some(&eve), false),
            (Some(&bob), true),
            (Some(&reader), false),
            (Some(&test.admin), true),
            (None, false),
        ] {
            let answer = test.get(key.map(String::as_str), SCAN).await;
            assert_eq!(shows_evidence(&answer), sees, "{key:?}");
            let is_shared = answer.header("cache-control") == Some("public, no-cache");
            assert_eq!(is_shared, key.is_none());
            assert!(answer.header("vary").unwrap().contains("Authorization"));
            if sees {
                assert_eq!(answer.header("etag"), None);
            }
        }
    }
    let acme = OrgSlug::parse("acme").unwrap();
    test.registry
        .remove_member(&Viewer::Operator, &acme, &handle("bob"))
        .await
        .unwrap();
    assert!(!shows_evidence(&test.get(Some(&bob), SCAN).await));
}

#[tokio::test]
async fn what_everyone_gets_is_made_once_and_tagged() {
    let (_, test, [ada, ..]) = published(Severity::Low).await;
    let first = test.get(None, SCAN).await;
    let etag = first.header("etag").unwrap();
    let known = test.get_with(SCAN, &[("if-none-match", etag)]).await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    // A tag of the answer without evidence is not that of the one with it.
    let bearer = format!("Bearer {ada}");
    let own = [("if-none-match", etag), ("authorization", &bearer)];
    assert!(shows_evidence(&test.get_with(SCAN, &own).await));
    let head = test.call(Method::HEAD, SCAN, None, None).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(
        head.header("content-length"),
        Some(&*first.bytes.len().to_string())
    );
}

#[tokio::test]
async fn a_held_version_has_a_scan_for_its_publisher_and_administrators() {
    let (_, test, [ada, bob, eve]) = published(Severity::Critical).await;
    assert!(shows_evidence(&test.get(Some(&ada), SCAN).await));
    assert!(shows_evidence(&test.get(Some(&test.admin), SCAN).await));
    for key in [None, Some(&*bob), Some(&*eve)] {
        let answer = test.get(key, SCAN).await;
        assert_eq!(answer.refusal(), (404, "Skill not found"));
    }
}

#[tokio::test]
async fn where_nothing_was_found_out_there_is_no_scan() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    test.published(&ada, &manifest("@acme/tools", "1.0.0"))
        .await;
    for key in [None, Some(&*ada)] {
        let answer = test.get(key, SCAN).await;
        assert_eq!(answer.refusal(), (404, "Scan not found"));
    }
    let other = SCAN.replace("1.0.0", "2.0.0");
    assert_eq!(
        test.get(None, &other).await.refusal(),
        (404, "Version 2.0.0 not found for @acme/tools")
    );
    let (scanner, test, [ada, ..]) = published(Severity::Low).await;
    scanner.set(None);
    test.published(&ada, &manifest("@acme/tools", "1.0.1"))
        .await;
    let failed = test.get(Some(&ada), &SCAN.replace("1.0.0", "1.0.1")).await;
    assert_eq!(failed.refusal(), (404, "Scan not found"));
}
