//! Scans of what is uploaded: section 4.12 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use tank_registry_core::Scanner;
use tank_registry_core::package::Package;
use tank_registry_core::scan::{
    Confidence, Finding, ScanContext, ScanError, ScanReport, Severity, Stage, StageRun,
};
use tank_registry_tests::wire::{
    Form, SECRET, TestRegistry, TestScanner, counted, finding, manifest, pack, pack_entries,
    report, skill_files,
};

async fn registry(scanner: Arc<dyn Scanner>) -> (TestRegistry, String) {
    let test = TestRegistry::with(|builder| builder.scanner(scanner)).await;
    let ada = test.user("ada").await;
    (test, ada)
}

/// A skill with everything that scores.
fn good() -> (Vec<u8>, Value) {
    let manifest = json!({
        "name": "@acme/tools", "version": "1.0.0", "description": "Tools", "permissions": {},
    });
    let mut files = skill_files(&manifest);
    files.push(("README.md".to_owned(), b"# Tools\n".to_vec()));
    (pack(&files), manifest)
}

#[tokio::test]
async fn what_the_command_line_sends_is_answered_in_full() {
    let mut full = finding(Severity::High);
    full.location = Some("SKILL.md:3".to_owned());
    full.confidence = Some(Confidence::percent(90));
    full.tool = Some("tank-scan/test".to_owned());
    full.evidence = Some("ignore".to_owned());
    full.remediation = Some("Remove it.".to_owned());
    full.cwe_id = Some("CWE-506".to_owned());
    let mut found = report(vec![full]);
    found.duration = Duration::from_micros(12_999);
    found.stages = vec![
        StageRun::new(Stage::Code, Duration::from_millis(3)),
        StageRun::new(Stage::Injection, Duration::from_millis(9)),
    ];
    found.stages[0].error = Some("The code cannot be parsed.".to_owned());
    found.configuration = vec!["rule x is off".to_owned()];
    let (test, ada) = registry(TestScanner::new(found)).await;
    let (archive, manifest) = good();
    let answer = Form::of_archive(&archive, &manifest)
        .scan(&test, &ada)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let finding = json!({
        "stage": "stage3", "severity": "high", "type": "test_rule", "description": "Found by a test",
        "location": "SKILL.md:3", "confidence": 0.9, "tool": "tank-scan/test", "evidence": "ignore",
        "llm_verdict": null, "llm_reviewed": false, "remediation": "Remove it.", "cwe_id": "CWE-506",
    });
    let skipped = |stage: &str| {
        json!({
            "stage": stage, "status": "skipped", "findings": [], "duration_ms": 0, "error": null,
        })
    };
    let hashes = &answer.json["file_hashes"];
    let paths: Vec<_> = hashes.as_object().unwrap().keys().collect();
    assert_eq!(paths, ["README.md", "SKILL.md", "tank.json"]);
    assert_eq!(hashes["SKILL.md"].as_str().unwrap().len(), 64);
    let expected = json!({
        "scan_id": null, "verdict": "flagged", "audit_score": 8, "findings": [finding],
        "stage_results": [
            skipped("stage0"), skipped("stage1"),
            { "stage": "stage2", "status": "errored", "findings": [], "duration_ms": 3,
              "error": "The code cannot be parsed." },
            { "stage": "stage3", "status": "passed", "findings": [finding], "duration_ms": 9,
              "error": null },
            skipped("stage4"), skipped("stage5"),
        ],
        "duration_ms": 12, "file_hashes": hashes,
        "llm_analysis": {
            "enabled": false, "mode": "disabled", "provider_used": null, "findings_reviewed": 0,
            "findings_dismissed": 0, "findings_confirmed": 0, "findings_uncertain": 0,
            "latency_ms": null, "cache_hit": false, "error": null, "reason": "no_api_keys_configured",
        },
        "rules_version": "test", "configuration": ["rule x is off"],
    });
    assert_eq!(answer.json, expected);
    assert_eq!(counted(&answer), Some((20, 19)));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn a_field_without_a_value_is_null_and_fields_come_in_any_order() {
    let (test, ada) = registry(TestScanner::new(report(vec![finding(Severity::Low)]))).await;
    let (archive, manifest) = good();
    let form = Form::default()
        .text("manifest", &manifest.to_string())
        .file("tarball", &archive);
    let answer = form.scan(&test, &ada).await;
    assert_eq!(answer.text("verdict"), "pass_with_notes");
    assert_eq!(answer.number("audit_score"), 10);
    let finding = answer.list("findings")[0].as_object().unwrap();
    for key in [
        "location",
        "confidence",
        "tool",
        "evidence",
        "llm_verdict",
        "remediation",
        "cwe_id",
    ] {
        assert_eq!(finding.get(key), Some(&Value::Null), "{key}");
    }
}

#[tokio::test]
async fn what_is_only_worth_knowing_stands_with_its_stage_alone() {
    let found = vec![finding(Severity::Info), finding(Severity::Critical)];
    let (test, ada) = registry(TestScanner::new(report(found))).await;
    let answer = Form::of_skill(&manifest("tools", "1.0.0"))
        .scan(&test, &ada)
        .await;
    assert_eq!(
        (answer.status, answer.text("verdict")),
        (200, "fail"),
        "a bad verdict is an answer like others"
    );
    let severities = |findings: &Value| -> Vec<String> {
        let findings = findings.as_array().unwrap().iter();
        findings
            .map(|finding| finding["severity"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(severities(&answer.json["findings"]), ["critical"]);
    let stage = &answer.json["stage_results"][3];
    assert_eq!(severities(&stage["findings"]), ["info", "critical"]);
}

#[tokio::test]
async fn a_scan_on_request_keeps_nothing() {
    let (test, ada) = registry(TestScanner::new(report(vec![]))).await;
    let before = test.store.position().await.unwrap();
    let scanned = Form::of_skill(&manifest("tools", "1.0.0"))
        .scan(&test, &ada)
        .await;
    assert_eq!(
        (scanned.status, &scanned.json["scan_id"]),
        (200, &Value::Null)
    );
    assert_eq!(test.store.position().await.unwrap(), before);
    let absent = test.get(Some(&ada), "/api/v1/skills/tools").await;
    assert_eq!(absent.status, 404);
}

#[tokio::test]
async fn an_archive_that_is_no_package_has_a_report_that_says_why() {
    let (test, ada) = registry(TestScanner::new(report(vec![]))).await;
    let file = tar::EntryType::Regular;
    for (archive, kind) in [
        (b"no gzip at all".to_vec(), "archive_error"),
        (pack_entries(&[("../evil", file, b"x")]), "path_traversal"),
        (
            pack_entries(&[("link", tar::EntryType::Symlink, b"/etc/passwd")]),
            "archive_link",
        ),
        (Vec::new(), "archive_error"),
    ] {
        let form = Form::of_archive(&archive, &manifest("tools", "1.0.0"));
        let answer = form.scan(&test, &ada).await;
        assert_eq!((answer.status, answer.text("verdict")), (200, "fail"));
        assert_eq!(answer.number("audit_score"), 0);
        assert_eq!(answer.json["file_hashes"], json!({}));
        let kinds: Vec<_> = answer.list("findings").iter().map(|f| &f["type"]).collect();
        assert_eq!(kinds, [kind, "stage_incomplete"]);
        let status = |stage: usize| &answer.json["stage_results"][stage]["status"];
        assert_eq!([status(0), status(1)], ["failed", "skipped"]);
    }
}

/// Tells which manifest it was given.
#[derive(Debug)]
struct Reader;

#[async_trait]
impl Scanner for Reader {
    async fn scan(
        &self,
        _package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanError> {
        let version = context
            .manifest
            .map_or("none".to_owned(), |manifest| manifest.version().to_string());
        let stage = Stage::Dependencies;
        Ok(report(vec![Finding::new(
            stage,
            Severity::Low,
            "seen",
            version,
        )]))
    }

    fn rules_version(&self) -> String {
        "reader".to_owned()
    }
}

#[tokio::test]
async fn the_manifest_that_is_sent_counts_else_the_one_inside() {
    let (test, ada) = registry(Arc::new(Reader)).await;
    let archive = pack(&skill_files(&manifest("tools", "1.0.0")));
    let sent = Form::of_archive(&archive, &manifest("tools", "2.0.0"));
    let alone = Form::default().file("tarball", &archive);
    let neither = Form::default().file("tarball", &pack(&[("a".to_owned(), vec![])]));
    for (form, expected) in [(sent, "2.0.0"), (alone, "1.0.0"), (neither, "none")] {
        let answer = form.scan(&test, &ada).await;
        assert_eq!(answer.json["findings"][0]["description"], expected);
    }
}

#[tokio::test]
async fn a_manifest_that_is_none_is_told_and_costs_no_verdict() {
    let (test, ada) = registry(Arc::new(Reader)).await;
    let (archive, _) = good();
    let form = Form::of_archive(&archive, &json!({ "name": "tools", "license": "MIT" }));
    let answer = form.scan(&test, &ada).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json["findings"][0]["description"], "none");
    assert_eq!(answer.text("verdict"), "pass_with_notes");
    let told = &answer.json["stage_results"][1]["findings"][0];
    assert_eq!(
        (&told["type"], &told["severity"]),
        (&json!("invalid_manifest"), &json!("info"))
    );
    let sentence = told["description"].as_str().unwrap();
    assert!(
        sentence.contains("license") && sentence.contains("version"),
        "{sentence}"
    );
}

#[tokio::test]
async fn a_manifest_that_is_no_json_object_is_refused() {
    let (test, ada) = registry(TestScanner::new(report(vec![]))).await;
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    for text in ["", "{", "[]", "1", "{\"a\":1,\"a\":2}", &deep, "{} {}"] {
        let form = Form::default()
            .file("tarball", &good().0)
            .text("manifest", text);
        let answer = form.scan(&test, &ada).await;
        assert_eq!(answer.refusal(), (400, "Invalid manifest JSON"), "{text}");
    }
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(1 << 20));
    let form = Form::default().text("manifest", &long);
    let answer = form.scan(&test, &ada).await;
    assert_eq!(answer.refusal(), (413, "Request body too large"));
}

/// Falls over.
#[derive(Debug)]
struct Panics;

#[async_trait]
impl Scanner for Panics {
    async fn scan(&self, _: Arc<Package>, _: ScanContext) -> Result<ScanReport, ScanError> {
        panic!("on purpose: {SECRET}")
    }

    fn rules_version(&self) -> String {
        "panics".to_owned()
    }
}

#[tokio::test]
async fn a_scanner_that_fails_or_panics_is_a_502_without_a_reason() {
    let failing = TestScanner::new(report(vec![]));
    failing.set(None);
    for scanner in [failing as Arc<dyn Scanner>, Arc::new(Panics)] {
        let (test, ada) = registry(scanner).await;
        let answer = Form::of_skill(&manifest("tools", "1.0.0"))
            .scan(&test, &ada)
            .await;
        assert_eq!(answer.status, 502);
        assert_eq!(answer.json, json!({ "error": "Scanner error" }));
    }
}

#[tokio::test(start_paused = true)]
async fn a_scanner_that_takes_too_long_is_a_504() {
    let (test, ada) = registry(TestScanner::paused(report(vec![]))).await;
    let answer = Form::of_skill(&manifest("tools", "1.0.0"))
        .scan(&test, &ada)
        .await;
    assert_eq!(answer.refusal(), (504, "Scan timed out (55s limit)"));
}

#[tokio::test]
async fn only_post_scans() {
    let failing = TestScanner::new(report(vec![]));
    failing.set(None);
    for test in [registry(failing).await.0, TestRegistry::new().await] {
        for method in [Method::GET, Method::HEAD, Method::PUT] {
            let answer = test.call(method.clone(), Form::SCAN, None, None).await;
            assert_eq!(answer.status, 405, "{method}");
            assert_eq!(answer.header("allow"), Some("POST, OPTIONS"));
        }
    }
}

#[tokio::test]
async fn a_key_without_scopes_to_publish_may_scan_and_nobody_else_may_upload() {
    let (test, ada) = registry(TestScanner::new(report(vec![]))).await;
    let reader = test.key("ada", &[tank_registry_core::Scope::Read]).await;
    let form = || Form::of_skill(&manifest("tools", "1.0.0"));
    assert_eq!(form().scan(&test, &reader.secret).await.status, 200);
    assert_eq!(form().scan(&test, "tank_unknown").await.status, 401);
    assert_eq!(form().scan(&test, &ada).await.status, 200);
}
