//! Versions that the scan gate holds back: section 5 of the API.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::OrgRole;
use tank_registry_core::ops::initialise;
use tank_registry_core::scan::{Gate, ScanReport, Severity};
use tank_registry_core::{ApiKey, PublicUrl, Registry, SystemClock};
use tank_registry_tests::wire::{
    PUBLIC_URL, SECRET, TestRegistry, TestScanner, finding, integrity, manifest, pack, report,
    skill_files,
};

const PATH: &str = "/api/v1/skills/@acme/tools";

fn bad() -> ScanReport {
    report(vec![finding(Severity::Critical)])
}

fn tools(version: &str) -> Value {
    manifest("@acme/tools", version)
}

/// Ada and bob are members of acme, eve is a stranger.
async fn registry(gate: Option<Gate>) -> (Arc<TestScanner>, TestRegistry, [String; 3]) {
    let scanner = TestScanner::new(report(vec![]));
    let test = TestRegistry::with(|builder| {
        let builder = builder.scanner(scanner.clone());
        match gate {
            Some(gate) => builder.gate(gate),
            None => builder,
        }
    })
    .await;
    let keys = [
        test.user("ada").await,
        test.user("bob").await,
        test.user("eve").await,
    ];
    test.org("acme", "ada").await;
    test.member("acme", "bob", OrgRole::Member).await;
    (scanner, test, keys)
}

#[tokio::test]
async fn a_held_version_says_so_and_changes_nothing_that_others_see() {
    let (scanner, test, [ada, bob, eve]) = registry(None).await;
    let mut first = tools("1.0.0");
    first["description"] = json!("The first");
    test.published(&ada, &first).await;
    let pages = async |key: Option<&str>| {
        let (skill, versions) = (
            test.get(key, PATH).await,
            test.get(key, &format!("{PATH}/versions")).await,
        );
        (skill.json, versions.json)
    };
    let before = pages(None).await;
    test.clock.advance(Duration::from_mins(1));
    scanner.set(Some(bad()));
    let held = json!({
        "name": "@acme/tools", "version": "2.0.0", "description": "The second",
        "repository": "git:second", "permissions": { "subprocess": true },
    });
    let answer = test.publish(&bob, &held).await;
    assert_eq!(
        (answer.status, &answer.json),
        (
            200,
            &json!({
                "success": true, "name": "@acme/tools", "version": "2.0.0", "auditScore": answer.json["auditScore"],
                "scanVerdict": "fail", "status": "quarantined",
            })
        )
    );
    assert!(answer.json["auditScore"].is_u64());
    // Lists and the skill are the same for everyone, who published it and administrators included.
    for key in [
        None,
        Some(&*eve),
        Some(&*ada),
        Some(&*bob),
        Some(&*test.admin),
    ] {
        assert_eq!(pages(key).await, before);
    }
    for (key, status) in [
        (None, 404),
        (Some(&*eve), 404),
        (Some(&*ada), 404),
        (Some(&*bob), 200),
        (Some(&*test.admin), 200),
    ] {
        let detail = test.get(key, &format!("{PATH}/2.0.0")).await;
        assert_eq!(detail.status, status);
        if status == 200 {
            assert_eq!(detail.text("status"), "quarantined");
            assert_eq!(
                (detail.text("scanVerdict"), detail.text("auditStatus")),
                ("fail", "failed")
            );
            assert_eq!(detail.json["scanFindings"][0]["severity"], "critical");
            let served = test.follow(detail.text("downloadUrl")).await;
            assert_eq!(
                (served.status, served.header("cache-control")),
                (200, Some("private, no-store"))
            );
        } else {
            assert_eq!(
                detail.refusal(),
                (404, "Version 2.0.0 not found for @acme/tools")
            );
        }
    }
}

#[tokio::test]
async fn a_held_version_takes_its_number_and_is_no_baseline() {
    let (scanner, test, [ada, bob, _]) = registry(None).await;
    test.published(&ada, &tools("1.0.0")).await;
    scanner.set(Some(bad()));
    let mut held = tools("2.0.0");
    held["permissions"] = json!({ "subprocess": true });
    let archive = pack(&skill_files(&held));
    let id = test.staged(&bob, &held, &archive).await;
    let first = test.confirm(&bob, &id, &integrity(&archive)).await;
    let again = test.confirm(&bob, &id, &integrity(&archive)).await;
    assert_eq!((again.status, again.json), (200, first.json));
    for key in [&ada, &bob] {
        let taken = test.start(key, &tools("2.0.0")).await;
        assert_eq!(
            taken.refusal(),
            (409, "Version 2.0.0 already exists for @acme/tools")
        );
    }
    scanner.set(Some(report(vec![])));
    let mut next = held;
    next["version"] = json!("2.0.1");
    assert_eq!(
        test.publish(&ada, &next).await.json["status"],
        "published",
        "a major bump from 1.0.0"
    );
}

#[tokio::test]
async fn a_held_version_may_narrow_the_visibility_and_never_widen_it() {
    for (first, held, after) in [
        (json!("public"), json!("private"), 404),
        (json!("private"), json!("public"), 404),
        (json!("public"), json!("public"), 200),
    ] {
        let (scanner, test, [ada, ..]) = registry(None).await;
        let publish = async |version: &str, visibility: &Value| {
            let mut manifest = tools(version);
            manifest["visibility"] = visibility.clone();
            test.published(&ada, &manifest).await;
        };
        publish("1.0.0", &first).await;
        scanner.set(Some(bad()));
        publish("1.0.1", &held).await;
        assert_eq!(
            test.get(None, PATH).await.status,
            after,
            "{first} then {held}"
        );
        scanner.set(Some(report(vec![])));
        publish("1.0.2", &json!("public")).await;
        assert_eq!(test.get(None, PATH).await.status, 200);
    }
}

#[tokio::test]
async fn a_skill_never_live_is_there_for_its_publishers_only_and_appears_with_its_first_live_version()
 {
    let (scanner, test, [ada, bob, eve]) = registry(None).await;
    scanner.set(Some(bad()));
    test.published(&ada, &tools("1.0.0")).await;
    let status = async |key: &str| test.get(Some(key), PATH).await.status;
    assert_eq!(
        [
            status(&ada).await,
            status(&bob).await,
            status(&test.admin).await
        ],
        [200, 404, 200]
    );
    let page = test.get(Some(&ada), PATH).await;
    assert_eq!(
        (&page.json["latestVersion"], &page.json["versions"]),
        (&Value::Null, &json!([]))
    );
    for field in ["auditScore", "scanVerdict", "description", "repository"] {
        assert_eq!(page.json.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(
        (&page.json["permissions"], &page.json["downloads"]),
        (&json!({}), &json!(0))
    );
    test.published(&bob, &tools("1.0.1")).await;
    assert_eq!([status(&bob).await, status(&eve).await], [200, 404]);
    scanner.set(Some(report(vec![])));
    test.published(&bob, &tools("1.0.2")).await;
    assert_eq!(status(&eve).await, 200);
    let page = test.get(None, PATH).await;
    assert_eq!(
        (
            page.text("latestVersion"),
            page.json["publisher"]["displayName"].as_str()
        ),
        ("1.0.2", Some("ada"))
    );
}

#[tokio::test]
async fn the_first_commit_sets_the_visibility_even_when_it_is_held() {
    let (scanner, test, [ada, bob, eve]) = registry(None).await;
    scanner.set(Some(bad()));
    let mut first = tools("1.0.0");
    first["visibility"] = json!("private");
    test.published(&ada, &first).await;
    scanner.set(Some(report(vec![])));
    test.published(&bob, &tools("1.0.1")).await;
    assert_eq!(test.get(Some(&eve), PATH).await.status, 404);
    assert_eq!(
        test.get(Some(&bob), PATH).await.json["visibility"],
        "private"
    );
}

#[tokio::test]
async fn the_gate_decides_by_verdict_failure_and_completeness() {
    let quarantine = |hold_flagged| Some(Gate::Quarantine { hold_flagged });
    let flagged = report(vec![finding(Severity::High)]);
    let notes = report(vec![finding(Severity::Low), finding(Severity::Info)]);
    let four = report(vec![finding(Severity::High); 4]);
    let mut incomplete = report(vec![]);
    incomplete.complete = false;
    let all = [
        Some(report(vec![])),
        Some(notes),
        Some(flagged),
        Some(four),
        Some(bad()),
        Some(incomplete),
        None,
    ];
    let verdicts =
        ["pass", "pass_with_notes", "flagged", "fail", "fail", "pass"].map(|word| json!(word));
    let audits = [
        "completed",
        "completed",
        "flagged",
        "failed",
        "failed",
        "completed",
        "scan-failed",
    ];
    for (gate, held) in [
        (None, [false, false, true, true, true, true, true]),
        (
            quarantine(true),
            [false, false, true, true, true, true, true],
        ),
        (
            quarantine(false),
            [false, false, false, true, true, true, true],
        ),
        (Some(Gate::Report), [false; 7]),
    ] {
        let (scanner, test, [ada, ..]) = registry(gate).await;
        for (at, scan) in all.iter().enumerate() {
            scanner.set(scan.clone());
            let version = format!("1.0.{at}");
            let answer = test.publish(&ada, &tools(&version)).await;
            let status = if held[at] { "quarantined" } else { "published" };
            assert_eq!(answer.text("status"), status, "{gate:?} {scan:?}");
            assert_eq!(
                &answer.json["scanVerdict"],
                verdicts.get(at).unwrap_or(&Value::Null)
            );
            assert_eq!(answer.json["auditScore"].is_null(), scan.is_none());
            let detail = test.get(Some(&ada), &format!("{PATH}/{version}")).await;
            assert_eq!(detail.text("auditStatus"), audits[at]);
            assert!(detail.json["scanFindings"].is_array());
            let shown = String::from_utf8_lossy(&answer.bytes).into_owned()
                + &String::from_utf8_lossy(&detail.bytes);
            assert!(
                !shown.contains(SECRET),
                "what the scanner died of stays inside"
            );
        }
    }
}

#[tokio::test]
async fn a_gate_without_a_scanner_is_refused_when_the_registry_is_built() {
    for (gate, builds) in [
        (Some(Gate::Report), false),
        (Some(Gate::Quarantine { hold_flagged: true }), false),
        (Some(Gate::Off), true),
        (None, true),
    ] {
        let store = Arc::new(MemoryStore::new());
        let key = ApiKey::generate().unwrap();
        initialise(&*store, &SystemClock, &key).await.unwrap();
        let url = PublicUrl::parse(PUBLIC_URL).unwrap();
        let builder = Registry::builder(store, Arc::new(MemoryBlobs::new()), url);
        let built = match gate {
            Some(gate) => builder.gate(gate),
            None => builder,
        };
        let built = built.build().await;
        assert_eq!(built.is_ok(), builds, "{gate:?}");
        if let Err(error) = built {
            assert!(error.to_string().contains("scanner"), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_does_not_end_has_failed_after_a_while() {
    let test =
        TestRegistry::with(|builder| builder.scanner(TestScanner::paused(report(vec![])))).await;
    let ada = test.user("ada").await;
    let answer = test.publish(&ada, &manifest("tools", "1.0.0")).await;
    assert_eq!(
        (answer.status, &answer.json["status"]),
        (200, &json!("quarantined"))
    );
    let held = test.get(Some(&ada), "/api/v1/skills/tools/1.0.0").await;
    assert_eq!(held.json["auditStatus"], "scan-failed");
}
