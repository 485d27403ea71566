//! Versions that are scanned again: section 5 of the API, and the rescan rows of 4.15.

use serde_json::{Value, json};
use tank_registry_core::model::VersionState::{Held, Live, Removed};
use tank_registry_core::scan::{Gate, Severity};
use tank_registry_core::store::Reads as _;
use tank_registry_core::{Clock as _, Scope};
use tank_registry_tests::wire::{
    Gated, QUARANTINE, SECRET, TestRegistry, TestScanner, bad, clean, finding, manifest, report,
};

#[tokio::test]
async fn a_rescan_answers_verdict_findings_and_version() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(clean())).await;
    gated.published("1.0.1", Some(clean())).await;
    let notes = report(vec![finding(Severity::Low), finding(Severity::Info)]);
    gated.scanner.set(Some(notes));
    for (tail, version) in [
        ("@acme/tools/versions/1.0.1/rescan", "1.0.1"),
        ("%40acme%2Ftools/versions/1.0.1/rescan", "1.0.1"),
        ("@acme/tools/rescan", "1.1.0"),
        ("%40ACME%2Ftools/rescan", "1.1.0"),
    ] {
        for _ in 0..2 {
            let answer = gated.moderate(tail, &json!({})).await;
            let expected = json!({
                "success": true, "scanId": null, "verdict": "pass_with_notes", "findingsCount": 2,
                "version": version,
            });
            assert_eq!((answer.status, answer.json), (200, expected), "{tail}");
        }
    }
}

#[tokio::test]
async fn where_no_version_is_live_the_newest_is_scanned_that_was_not_removed() {
    let gated = Gated::new().await;
    for version in ["2.0.0", "1.0.0", "3.0.0"] {
        gated.published(version, Some(bad(&["a"]))).await;
    }
    gated.test.set_state("@acme/tools", "3.0.0", Removed).await;
    let answer = gated.moderate("@acme/tools/rescan", &json!({})).await;
    assert_eq!((answer.status, answer.text("version")), (200, "1.0.0"));
    for version in ["1.0.0", "2.0.0"] {
        gated.test.set_state("@acme/tools", version, Removed).await;
    }
    let answer = gated.moderate("@acme/tools/rescan", &json!({})).await;
    assert_eq!(answer.refusal(), (404, "Version not found"));
}

#[tokio::test]
async fn only_administrators_with_the_scope_have_versions_scanned_and_released() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    let test = &gated.test;
    let weak = test.key("admin", &[Scope::Publish]).await.secret;
    let scope = test.key("bob", &[Scope::Admin]).await.secret;
    for path in [
        "/api/admin/packages/@acme/tools/rescan",
        "/api/admin/packages/@acme/tools/versions/1.0.0/rescan",
        "/api/admin/packages/@acme/tools/versions/1.0.0/release",
        "/api/admin/packages/rescan-many",
        "/api/admin/packages/@acme/absent/rescan",
    ] {
        // What is wrong with the body is nobody else's business.
        let anonymous = test.post(None, path, &json!(7)).await;
        assert_eq!(anonymous.refusal(), (401, "Unauthorized"), "{path}");
        assert_eq!(anonymous.header("www-authenticate"), Some("Bearer"));
        for key in [&gated.ada, &weak, &scope] {
            let answer = test.post(Some(key), path, &json!(7)).await;
            assert_eq!(answer.refusal(), (403, "Forbidden"), "{path}");
        }
    }
    for (key, expected) in [
        (None, (401, "Unauthorized")),
        (Some(&*weak), (403, "Forbidden")),
    ] {
        assert_eq!(test.get(key, "/api/admin/held").await.refusal(), expected);
    }
    assert_eq!(gated.state("1.0.0").await, Held);
}

#[tokio::test]
async fn what_is_not_there_is_told_in_the_words_of_administration() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(clean())).await;
    gated.test.set_state("@acme/tools", "1.1.0", Removed).await;
    let body = json!({ "reason": "Read it" });
    for verb in ["rescan", "release"] {
        for (name, version, refusal) in [
            ("@acme/absent", "1.0.0", "Package not found"),
            ("@acme/Ü", "1.0.0", "Package not found"),
            ("@acme/tools", "9.0.0", "Version not found"),
            ("@acme/tools", "1.1.0", "Version not found"),
            ("@acme/tools", "latest", "Version not found"),
        ] {
            let name = name.replace('Ü', "%C3%9C");
            let tail = format!("{name}/versions/{version}/{verb}");
            let answer = gated.moderate(&tail, &body).await;
            assert_eq!(answer.refusal(), (404, refusal), "{tail}");
        }
    }
}

#[tokio::test]
async fn without_a_scanner_nothing_is_scanned_again() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    for tail in ["tools/rescan", "tools/versions/1.0.0/rescan", "rescan-many"] {
        let path = format!("/api/admin/packages/{tail}");
        let answer = test.post(Some(&test.admin), &path, &json!({})).await;
        assert_eq!(answer.refusal(), (503, "Scanner service not configured"));
    }
}

#[tokio::test]
async fn a_score_of_now_is_shown_everywhere() {
    let gated = Gated::with(Gate::Report, TestScanner::new(clean())).await;
    gated.published("1.0.0", Some(clean())).await;
    let all = async || {
        let (skill, version) = gated.seen("1.0.0").await;
        let found = gated
            .test
            .get(None, "/api/v1/search?q=tools&sort=score")
            .await;
        let of = |value: &Value| value["auditScore"].as_u64().unwrap();
        let verdicts = [&skill.json, &version.json].map(|json| json["scanVerdict"].clone());
        let result = &found.json["results"][0];
        let scores = [
            &skill.json,
            &skill.json["versions"][0],
            &version.json,
            result,
        ]
        .map(of);
        (scores, verdicts)
    };
    let (before, _) = all().await;
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    let (after, verdicts) = all().await;
    assert_eq!(
        after,
        before.map(|score| score - 2),
        "no point for no security issues"
    );
    assert_eq!(verdicts, ["fail", "fail"]);
    let none = gated
        .test
        .get(None, "/api/v1/search?q=tools&security=pass")
        .await;
    assert!(none.names().is_empty());
}

#[tokio::test]
async fn a_scan_that_fails_changes_nothing_and_says_so() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(bad(&["a"]))).await;
    gated.published("1.2.0", None).await;
    for version in ["1.0.0", "1.1.0", "1.2.0"] {
        let before = gated.record(version).await;
        let answer = gated.rescan(version, None).await;
        assert_eq!(answer.refusal(), (502, "Scanner error"));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(SECRET));
        let after = gated.record(version).await;
        assert_eq!((after.brief, after.scan), (before.brief, before.scan));
    }
    assert!(gated.audited("skill.rescan").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_scan_that_does_not_end_has_timed_out() {
    let scanner = TestScanner::paused(clean());
    let gated = Gated::with(QUARANTINE, scanner).await;
    gated.scanner.resume();
    gated.published("1.0.0", Some(clean())).await;
    let answer = gated.rescan("1.0.0", Some(bad(&["a"]))).await;
    assert_eq!(answer.refusal(), (504, "Scan timed out (55s limit)"));
    assert_eq!(gated.state("1.0.0").await, Live);
}

#[tokio::test]
async fn what_the_version_before_could_do_is_told_to_the_scanner() {
    let gated = Gated::new().await;
    let able = |what: &str| {
        let mut report = clean();
        report.capabilities.insert(what.to_owned());
        report
    };
    gated.published("1.0.0", Some(able("exec"))).await;
    gated.published("1.2.0", Some(able("shell"))).await;
    gated.published("1.1.0", Some(bad(&["a"]))).await;
    gated.published("1.1.5", Some(clean())).await;
    gated.rescanned("1.0.0", Some(able("exec"))).await;
    gated.rescanned("1.1.0", Some(bad(&["a"]))).await;
    gated.rescanned("1.2.0", Some(able("shell"))).await;
    let told: Vec<Option<Vec<String>>> = gated
        .scanner
        .contexts()
        .into_iter()
        .map(|context| Some(context.capabilities_before?.into_iter().collect()))
        .collect();
    let exec = || Some(vec!["exec".to_owned()]);
    let nothing = || Some(vec![]);
    assert_eq!(
        told,
        [None, exec(), exec(), exec(), None, exec(), nothing()]
    );
    for context in gated.scanner.contexts() {
        assert_eq!(context.manifest.unwrap().name().as_str(), "@acme/tools");
    }
}

#[tokio::test]
async fn a_rescan_is_audited_when_verdict_or_state_changed() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.rescanned("1.0.0", Some(clean())).await;
    assert!(gated.audited("skill.rescan").is_empty());
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    gated.rescanned("1.0.0", Some(bad(&["a", "b"]))).await;
    gated.rescanned("1.0.0", Some(clean())).await;
    let events = gated.audited("skill.rescan");
    let told: Vec<_> = events
        .iter()
        .map(|event| {
            [
                "version",
                "verdictBefore",
                "verdict",
                "stateBefore",
                "state",
                "rulesVersion",
            ]
            .map(|key| event.metadata[key].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ["1.0.0", "pass", "fail", "live", "held", "test"],
            ["1.0.0", "fail", "pass", "held", "held", "test"],
        ]
    );
    assert_eq!(events[0].target, "@acme/tools");
}

#[tokio::test]
async fn every_report_is_kept_that_of_the_publish_first() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    let minute = std::time::Duration::from_mins(1);
    let mut expected = vec![("a".to_owned(), gated.test.clock.now())];
    for kind in ["b", "c"] {
        gated.test.clock.advance(minute);
        gated.rescanned("1.0.0", Some(bad(&[kind]))).await;
        expected.insert(0, (kind.to_owned(), gated.test.clock.now()));
        assert_eq!(
            gated.rescan("1.0.0", None).await.status,
            502,
            "which leaves no report"
        );
    }
    let id = gated.brief("1.0.0").await.id;
    let history = gated.store.inner.scans(id, 0, 9).await.unwrap();
    assert_eq!(history.total, 3);
    let kept = history.scans.iter().map(|scan| {
        let report = scan.report.as_ref().unwrap();
        (report.findings[0].kind.clone(), scan.scanned_at)
    });
    assert_eq!(kept.collect::<Vec<_>>(), expected);
    let brief = gated.brief("1.0.0").await;
    assert_eq!(brief.scanned_at, Some(expected[0].1));
}

#[tokio::test]
async fn an_archive_that_is_not_there_or_not_what_it_was_is_a_failure_and_changes_nothing() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    let fails = tank_registry_tests::wire::Fault::Lost;
    gated.blobs.plan.once("get", fails);
    let answer = gated.rescan("1.0.0", Some(bad(&["a"]))).await;
    assert!(answer.status >= 500, "{answer:?}");
    assert!(gated.blobs.plan.is_done());
    gated.blobs.rot(true);
    let answer = gated.rescan("1.0.0", Some(bad(&["a"]))).await;
    assert_eq!(answer.status, 500, "other bytes are not what was published");
    gated.blobs.rot(false);
    assert_eq!(gated.state("1.0.0").await, Live);
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert_eq!(gated.state("1.0.0").await, Held);
}
