//! What a search finds, and in which order: section 4.11 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tank_registry_core::model::SkillStatus;
use tank_registry_core::scan::Severity;
use tank_registry_tests::wire::{
    Answer, TestRegistry, TestScanner, finding, integrity, manifest, pack, report, skill_files,
};

async fn search(test: &TestRegistry, key: Option<&str>, q: &str) -> Answer {
    let q = utf8_percent_encode(q, NON_ALPHANUMERIC);
    let answer = test.get(key, &format!("/api/v1/search?q={q}")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn described(name: &str, description: &str) -> Value {
    json!({ "name": name, "version": "1.0.0", "description": description })
}

#[tokio::test]
async fn an_answer_tells_what_a_list_needs_and_nothing_else() {
    let scanner = TestScanner::new(report(vec![finding(Severity::Low)]));
    let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    let mut tools = described("@acme/tools", "Checks invoices");
    tools["atoms"] = json!([{ "kind": "tool" }, { "kind": "hook" }]);
    test.published(&ada, &tools).await;
    let detail = test.get(None, "/api/v1/skills/@acme/tools").await;
    let expected = json!({
        "results": [{
            "name": "@acme/tools",
            "description": "Checks invoices",
            "visibility": "public",
            "latestVersion": "1.0.0",
            "auditScore": detail.json["auditScore"],
            "scanVerdict": "pass_with_notes",
            "publisher": "ada",
            "downloads": 0,
            "stars": 0,
            "updatedAt": test.now(),
            "atomKinds": ["tool", "hook"],
        }],
        "page": 1,
        "limit": 20,
        "total": 1,
        "totalIsLowerBound": false,
    });
    assert!(detail.json["auditScore"].is_number());
    assert_eq!(search(&test, None, "invoice").await.json, expected);
    assert_eq!(search(&test, None, "").await.json, expected);
    assert_eq!(test.get(None, "/api/v1/search").await.json, expected);
    let nothing = search(&test, None, "something else").await;
    let expected = json!({
        "results": [], "page": 1, "limit": 20, "total": 0, "totalIsLowerBound": false,
    });
    assert_eq!(nothing.json, expected);
}

#[tokio::test]
async fn what_has_no_value_is_null() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    let answer = search(&test, None, "tools").await;
    let result = &answer.json["results"][0];
    for field in ["description", "auditScore", "scanVerdict"] {
        assert_eq!(result.get(field), Some(&Value::Null), "{field}");
    }
    assert_eq!(result["atomKinds"], json!(["skill"]));
}

#[tokio::test]
async fn the_full_name_comes_first_whatever_is_popular() {
    let test = TestRegistry::new().await;
    for name in [
        "@acme/tools-extra",
        "@other/acme-tools",
        "@acme/tools",
        "tools",
    ] {
        let skill = test
            .seed("admin", &described(name, "@acme/tools"), "")
            .await;
        let count = if name == "@acme/tools" { 0 } else { 100_000 };
        test.downloaded(skill, count).await;
    }
    for q in ["@acme/tools", " @ACME/Tools "] {
        assert_eq!(
            search(&test, None, q).await.names()[0],
            "@acme/tools",
            "{q}"
        );
    }
    assert_eq!(search(&test, None, "tools").await.names()[0], "tools");
}

#[tokio::test]
async fn an_organization_lists_whole_however_it_is_written() {
    let test = TestRegistry::new().await;
    let all: Vec<String> = (0..30).map(|number| format!("@org/s{number:02}")).collect();
    for name in &all {
        test.seed("admin", &manifest(name, "1.0.0"), "").await;
    }
    test.seed("admin", &manifest("@other/thing", "1.0.0"), "")
        .await;
    for q in ["@org", "org", "ORG", "@org/", "%40Org"] {
        let mut found = Vec::new();
        for page in [1, 2] {
            let path = format!("/api/v1/search?q={q}&page={page}");
            let answer = test.get(None, &path).await;
            assert_eq!(answer.number("total"), 30, "{q}");
            found.extend(answer.names().into_iter().map(ToOwned::to_owned));
        }
        found.sort_unstable();
        assert_eq!(found, all, "{q}");
    }
}

#[tokio::test]
async fn a_word_is_found_in_any_inflection_and_unfinished() {
    let test = TestRegistry::new().await;
    test.seed("admin", &described("one", "Reads invoices"), "")
        .await;
    test.seed(
        "admin",
        &manifest("two", "1.0.0"),
        "# The happiness of management",
    )
    .await;
    test.seed("admin", &described("three", "日本語の入門書です"), "")
        .await;
    test.seed(
        "admin",
        &described("four", "Prüft Straßenkarten, ﬁle by ﬁle"),
        "",
    )
    .await;
    for (q, expected) in [
        ("invoice", "one"),
        ("invoices", "one"),
        ("invoic", "one"),
        ("Invoicing", "one"),
        ("inv", "one"),
        ("in", "one"),
        ("reading invoices", "one"),
        ("invoices one", "one"),
        ("happine", "two"),
        ("happy", "two"),
        ("managem", "two"),
        ("managing happiness", "two"),
        ("入門", "three"),
        ("入門書", "three"),
        ("門", "three"),
        ("PRUFT", "four"),
        ("strassenkarten", "four"),
        ("STRASSEN", "four"),
        ("file", "four"),
    ] {
        assert_eq!(search(&test, None, q).await.names(), [expected], "{q}");
    }
    for q in ["voice", "happiness invoice", "invoices2", "1"] {
        let answer = search(&test, None, q).await;
        assert!(!answer.names().contains(&"two"), "{q}");
        assert_eq!(
            answer.number("total"),
            answer.list("results").len() as u64,
            "{q}"
        );
    }
}

#[tokio::test]
async fn every_word_counts_and_any_may_stand_in_the_readme() {
    let test = TestRegistry::new().await;
    test.seed("admin", &described("one", "alpha"), "beta").await;
    test.seed("admin", &described("two", "alpha"), "gamma")
        .await;
    test.seed("admin", &described("three", "beta"), "gamma")
        .await;
    for (q, expected) in [
        ("alpha beta", &["one"][..]),
        ("beta alpha", &["one"]),
        ("gamma alpha", &["two"]),
        ("alpha, beta; gamma", &[]),
        ("beta", &["three", "one"]),
        ("gamma", &["two", "three"]),
    ] {
        assert_eq!(search(&test, None, q).await.names(), expected, "{q}");
    }
}

#[tokio::test]
async fn a_match_in_the_readme_alone_is_below_any_by_name() {
    let test = TestRegistry::new().await;
    let popular = test
        .seed("admin", &described("popular", "thing"), "about pdf")
        .await;
    test.downloaded(popular, 1 << 30).await;
    test.seed("admin", &manifest("@acme/xpdfx", "1.0.0"), "")
        .await;
    test.seed("admin", &described("described", "pdf"), "").await;
    test.seed("admin", &manifest("@acme/pdf-reader", "1.0.0"), "")
        .await;
    test.seed("admin", &manifest("pdf-tools", "1.0.0"), "")
        .await;
    let expected = [
        "pdf-tools",
        "@acme/pdf-reader",
        "@acme/xpdfx",
        "described",
        "popular",
    ];
    assert_eq!(search(&test, None, "pdf").await.names(), expected);
}

#[tokio::test]
async fn a_misspelt_word_finds_what_was_meant() {
    let test = TestRegistry::new().await;
    test.seed("admin", &described("@ui/react", "Components"), "")
        .await;
    test.seed(
        "admin",
        &described("@ui/other", "Reactive invoices in Kubernetes"),
        "",
    )
    .await;
    for (q, expected) in [
        ("recat", "@ui/react"),
        ("raect", "@ui/react"),
        ("reactt", "@ui/react"),
        ("reavt componenst", "@ui/react"),
        ("invioces", "@ui/other"),
        ("kuberentes invoice", "@ui/other"),
        ("kubrenets", "@ui/other"),
        // The first word is held, though not beside the second: it stays, the second is meant.
        ("invoice kubernetse", "@ui/other"),
    ] {
        assert_eq!(search(&test, None, q).await.names(), [expected], "{q}");
    }
    for q in [
        "rxxct", // two edits in five letters
        "kubxxxetes",
        "recat nonsense",
        "react kubernetes", // both are held, by different skills
    ] {
        assert_eq!(search(&test, None, q).await.number("total"), 0, "{q}");
    }
    // What is held, or begins what is held, is not corrected.
    test.seed("admin", &described("recats", "Cats again"), "")
        .await;
    assert_eq!(search(&test, None, "recat").await.names(), ["recats"]);
}

#[tokio::test]
async fn no_text_makes_a_search_fail() {
    let test = TestRegistry::new().await;
    test.seed("admin", &described("@acme/tools", "Fifty percent"), "")
        .await;
    let long = "\u{1f680}".repeat(128);
    for q in [
        "@",
        "/",
        "%",
        "_",
        "'",
        ";",
        "\u{1f680}",
        "@ / % _ ' ; \u{1f680}",
        "\"",
        "*",
        "\\",
        "\0",
        "(",
        ")",
        "-",
        "--",
        "^",
        ":",
        "AND",
        "OR NOT",
        "NEAR(a b)",
        "a*",
        "\"tools",
        "tools\"",
        "{a b}: c",
        "'; drop table skills; --",
        "\u{202e}",
        "\u{300}",
        "\u{feff}x",
        "a\u{300}",
        "\u{fffd}",
        "İ",
        "ﷺ",
        &long,
        "%%%",
        "___",
        "@@@",
        "///",
    ] {
        let answer = search(&test, None, q).await;
        assert!(answer.number("total") <= 1, "{q:?}");
    }
    for raw in ["q=%ff%fe", "q=%", "q=%zz", "q", "q=+", "=&&=", "q=a&q=b"] {
        let answer = test.get(None, &format!("/api/v1/search?{raw}")).await;
        assert_eq!(answer.status, 200, "{raw}");
    }
    // They stand for themselves, not for what they mean elsewhere.
    for q in ["t%s", "to_ls", "@a%e/tools", "@a*e", "%/%", "____"] {
        assert_eq!(search(&test, None, q).await.number("total"), 0, "{q}");
    }
    // Two letters and fewer are compared with whole names only.
    for q in ["@a", "/t", "ls"] {
        assert_eq!(search(&test, None, q).await.number("total"), 0, "{q}");
    }
}

#[tokio::test]
async fn a_deprecated_skill_comes_after_its_equals() {
    let test = TestRegistry::new().await;
    for name in ["@a/pdf", "@b/pdf", "@c/pdf"] {
        test.seed("admin", &manifest(name, "1.0.0"), "").await;
    }
    test.change_skill("@a/pdf", |commit| {
        commit.head.status = SkillStatus::Deprecated { message: None };
    })
    .await;
    let answer = search(&test, None, "pdf").await;
    assert_eq!(answer.names(), ["@b/pdf", "@c/pdf", "@a/pdf"]);
}

#[tokio::test]
async fn the_text_of_a_skill_is_that_of_its_latest_version() {
    let scanner = TestScanner::new(report(vec![]));
    let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
    let ada = test.user("ada").await;
    let publish = async |version: &str, word: &str| {
        let manifest = json!({ "name": "tools", "version": version, "description": word });
        let archive = pack(&skill_files(&manifest));
        let id = test.staged(&ada, &manifest, &archive).await;
        let body = json!({
            "versionId": id,
            "integrity": integrity(&archive),
            "readme": format!("readme-{word}"),
        });
        let answer = test.post(Some(&ada), "/api/v1/skills/confirm", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    let found = async |word: &str| search(&test, None, word).await.number("total");
    publish("1.0.0", "walrus").await;
    assert_eq!(
        (found("walrus").await, found("readme walrus").await),
        (1, 1)
    );
    publish("2.0.0", "ostrich").await;
    assert_eq!((found("walrus").await, found("ostrich").await), (0, 1));
    publish("1.0.1", "pelican").await;
    publish("3.0.0-rc.1", "gazelle").await;
    scanner.set(Some(report(vec![finding(Severity::Critical)])));
    publish("4.0.0", "buffalo").await;
    for (word, expected) in [
        ("ostrich", 1),
        ("pelican", 0),
        ("gazelle", 0),
        ("buffalo", 0),
    ] {
        assert_eq!(found(word).await, expected, "{word}");
    }
    let answer = search(&test, None, "ostrich").await;
    assert_eq!(answer.json["results"][0]["latestVersion"], "2.0.0");
}
