//! Scans of what lies elsewhere, through a fetcher: section 4.12 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::{Value, json};
use tank_registry_core::scan::{
    FetchError, Fetched, FetchedKind, ScanReport, Severity, Stage, StageRun,
};
use tank_registry_core::{Fetcher, RegistryBuilder};
use tank_registry_tests::wire::{
    Answer, Form, SECRET, TestRegistry, TestScanner, counted, finding, manifest, noise, pack,
    report, skill_files,
};
use tokio::sync::Notify;
use url::Url;

/// Answers once what a test gives it.
#[derive(Debug)]
struct Once(Mutex<Option<Result<Fetched, FetchError>>>);

#[async_trait]
impl Fetcher for Once {
    async fn fetch(&self, _: &Url, limit: u64) -> Result<Fetched, FetchError> {
        assert_eq!(limit, 50 << 20);
        self.0.lock().unwrap().take().unwrap()
    }
}

async fn registry(report: ScanReport, answer: Result<Fetched, FetchError>) -> TestRegistry {
    let scanner = TestScanner::new(report);
    let fetcher = Arc::new(Once(Mutex::new(Some(answer))));
    TestRegistry::with(|builder| builder.scanner(scanner).fetcher(fetcher)).await
}

fn fetched(bytes: impl Into<Bytes>, kind: FetchedKind) -> Fetched {
    let bytes = bytes.into();
    Fetched { bytes, kind }
}

async fn scan(test: &TestRegistry) -> Answer {
    let body = json!({ "url": "https://github.com/acme/tools" });
    test.post(None, Form::SCAN, &body).await
}

fn clean() -> ScanReport {
    report(vec![])
}

#[tokio::test]
async fn an_archive_elsewhere_is_scanned_for_anyone() {
    let archive = pack(&skill_files(&manifest("tools", "1.0.0")));
    let test = registry(
        report(vec![finding(Severity::High), finding(Severity::Info)]),
        Ok(fetched(archive, FetchedKind::Archive)),
    )
    .await;
    let answer = scan(&test).await;
    assert_eq!(
        (answer.status, answer.text("verdict")),
        (200, "flagged"),
        "{answer:?}"
    );
    assert_eq!(answer.list("findings").len(), 1);
    assert_eq!(answer.json["scan_id"], Value::Null);
    assert!(answer.json["file_hashes"]["SKILL.md"].is_string());
    assert_eq!(counted(&answer), Some((3, 2)));
    assert_eq!(answer.header("cache-control"), Some("private, no-store"));
}

#[tokio::test]
async fn a_skill_in_a_folder_is_scanned_without_what_lies_beside_it() {
    let files = [
        ("repo-1/README.md", "all"),
        ("repo-1/skills/a/SKILL.md", "# A"),
        ("repo-1/skills/b/SKILL.md", "# B"),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text.into()));
    let kind = |path: &str| FetchedKind::Folder {
        path: path.to_owned(),
    };
    let test = registry(clean(), Ok(fetched(pack(&files), kind("skills/a")))).await;
    let answer = scan(&test).await;
    let hashes = answer.json["file_hashes"].as_object().unwrap();
    assert_eq!(hashes.keys().collect::<Vec<_>>(), ["SKILL.md"]);
    for (path, found, verdict) in [
        ("skills/c", "sub_path_not_found", "flagged"),
        ("skills/../..", "invalid_sub_path", "fail"),
    ] {
        let test = registry(clean(), Ok(fetched(pack(&files), kind(path)))).await;
        let answer = scan(&test).await;
        assert_eq!((answer.status, answer.text("verdict")), (200, verdict));
        let kinds: Vec<_> = answer.list("findings").iter().map(|f| &f["type"]).collect();
        assert!(kinds.contains(&&json!(found)), "{kinds:?}");
        assert!(kinds.contains(&&json!("stage_incomplete")), "{kinds:?}");
    }
}

#[tokio::test]
async fn of_a_file_alone_only_its_own_contents_are_judged() {
    let mut found = report(
        Stage::ALL
            .map(|stage| {
                let mut finding = finding(Severity::Low);
                finding.stage = stage;
                finding
            })
            .to_vec(),
    );
    found.stages = Stage::ALL
        .map(|stage| StageRun::new(stage, std::time::Duration::ZERO))
        .to_vec();
    let name = "SKILL.md".to_owned();
    let test = registry(found, Ok(fetched("# A skill", FetchedKind::File { name }))).await;
    let answer = scan(&test).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let ran: Vec<_> = answer
        .list("stage_results")
        .iter()
        .filter(|result| result["status"] != "skipped")
        .map(|result| result["stage"].as_str().unwrap())
        .collect();
    assert_eq!(ran, ["stage2", "stage3", "stage4"]);
    assert_eq!(answer.list("findings").len(), 3);
    let hashes = answer.json["file_hashes"].as_object().unwrap();
    assert_eq!(hashes.keys().collect::<Vec<_>>(), ["SKILL.md"]);
}

#[tokio::test]
async fn every_way_to_fail_has_its_words() {
    let cause = || SECRET.into();
    let too_large = FetchError::TooLarge {
        size: 52_428_801,
        limit: 52_428_800,
    };
    for (error, expected) in [
        (FetchError::NotHttps, (400, "URL must use HTTPS")),
        (
            FetchError::UnknownHost,
            (
                400,
                "URL host must be a known registry (npmjs.org, github.com, ghcr.io, skills.sh, agentskills.co.il, clawhub.ai)",
            ),
        ),
        (
            FetchError::PrivateAddress,
            (400, "URL must not point to a private IP address"),
        ),
        (
            FetchError::Unresolved(cause()),
            (400, "Failed to resolve URL"),
        ),
        (
            FetchError::NotASkill,
            (400, "URL must lead to an archive or a file of a skill"),
        ),
        (
            too_large,
            (
                413,
                "Tarball too large: 52428801 bytes exceeds 52428800 bytes",
            ),
        ),
        (FetchError::Failed(cause()), (502, "Failed to fetch URL")),
        (FetchError::TimedOut, (504, "Scan timed out (55s limit)")),
    ] {
        let test = registry(clean(), Err(error)).await;
        let answer = scan(&test).await;
        assert_eq!(answer.refusal(), expected);
        assert_eq!(answer.json, json!({ "error": expected.1 }));
    }
}

#[tokio::test]
async fn a_fetcher_that_brings_too_much_is_not_believed() {
    let bytes = noise((50 << 20) + 1, 1);
    let test = registry(clean(), Ok(fetched(bytes, FetchedKind::Archive))).await;
    let expected = "Tarball too large: 52428801 bytes exceeds 52428800 bytes";
    assert_eq!(scan(&test).await.refusal(), (413, expected));
}

#[tokio::test]
async fn an_archive_elsewhere_that_is_no_package_has_a_report() {
    let kind = FetchedKind::Archive;
    let test = registry(clean(), Ok(fetched("<html>", kind))).await;
    let answer = scan(&test).await;
    assert_eq!((answer.status, answer.text("verdict")), (200, "fail"));
    assert_eq!(answer.json["findings"][0]["type"], "archive_error");
}

#[tokio::test]
async fn the_body_names_one_url() {
    let test = registry(clean(), Err(FetchError::NotHttps)).await;
    let ada = test.user("ada").await;
    let send = async |body: &str| {
        let body = Bytes::copy_from_slice(body.as_bytes());
        test.call(http::Method::POST, Form::SCAN, Some(&ada), Some(body))
            .await
    };
    for body in ["", "[]", "{", "{\"url\":\"a\",\"url\":\"b\"}"] {
        assert_eq!(send(body).await.refusal(), (400, "Invalid JSON body"));
    }
    for body in ["{}", "{\"url\":null}", "{\"url\":1}"] {
        assert_eq!(send(body).await.refusal(), (400, "url must be a string"));
    }
    let of = |url: &str| json!({ "url": url }).to_string();
    let long = |length: usize| format!("https://github.com/{}", "a".repeat(length - 19));
    let expected = "url must be an absolute URL of at most 2048 characters";
    for url in ["", "tools", "/a", "https://", &long(2049)] {
        assert_eq!(send(&of(url)).await.refusal(), (400, expected), "{url}");
    }
    let large = of(&"a".repeat(64 << 10));
    assert_eq!(send(&large).await.status, 413);
    // The longest that is allowed reaches the fetcher.
    let longest = send(&of(&long(2048))).await;
    assert_eq!(longest.refusal(), (400, "URL must use HTTPS"));
}

type Change = Box<dyn FnOnce(RegistryBuilder) -> RegistryBuilder>;

#[tokio::test]
async fn without_a_fetcher_or_a_scanner_nothing_is_scanned_by_its_url() {
    let scanner = TestScanner::new(clean());
    let fetcher = Arc::new(Once(Mutex::new(None)));
    let cases: [Change; 3] = [
        Box::new(|builder| builder),
        Box::new(move |builder| builder.scanner(scanner)),
        Box::new(move |builder| builder.fetcher(fetcher)),
    ];
    for change in cases {
        let test = TestRegistry::with(change).await;
        let expected = (503, "Scanner service not configured");
        assert_eq!(scan(&test).await.refusal(), expected);
    }
}

/// Never comes back.
#[derive(Debug, Default)]
struct Never(Notify);

#[async_trait]
impl Fetcher for Never {
    async fn fetch(&self, _: &Url, _: u64) -> Result<Fetched, FetchError> {
        self.0.notify_one();
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetcher_that_does_not_come_back_is_a_504_and_only_so_many_fetch_at_once() {
    let fetcher = Arc::new(Never::default());
    let test = TestRegistry::with(|builder| {
        let mut settings = tank_registry_core::Settings::default();
        settings.anonymous_scans_per_hour = None;
        builder
            .settings(settings)
            .scanner(TestScanner::new(clean()))
            .fetcher(fetcher.clone())
    })
    .await;
    let mut fetching = Vec::new();
    for _ in 0..4 {
        let test = test.clone();
        fetching.push(tokio::spawn(async move { scan(&test).await }));
        fetcher.0.notified().await;
    }
    let full = scan(&test).await;
    assert_eq!(full.refusal(), (503, "Service overloaded, try again later"));
    for fetch in fetching {
        let late = fetch.await.unwrap();
        assert_eq!(late.refusal(), (504, "Scan timed out (55s limit)"));
    }
    let waiting = tokio::spawn(async move { scan(&test).await });
    fetcher.0.notified().await;
    waiting.abort();
}
