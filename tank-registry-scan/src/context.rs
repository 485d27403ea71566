//! Whether a text speaks about attacks or makes one.
//!
//! A guide that shows what to look for, a rule that detects it, a test's fixture: the words are those
//! of an attack, the meaning is the opposite. Only what a person reads counts, never a remark that
//! is addressed to a scanner.

use std::sync::LazyLock;

use regex::Regex;

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static ABOUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?x)\b(?:
            detect(?:s|ed|ing|ion|or)? | red\s+flags? | vulnerab(?:le|ility|ilities) | attack(?:s|er|ers|ing)?
          | exploit(?:s|ed|ing|ation)? | malicious | malware | payloads? | inject(?:ion|ions|ed)
          | threat(?:s)?(?:\s+model\w*)? | unsafe | insecure | dangerous | anti-?patterns? | suspicious
          | pentest\w* | ctf | yara | semgrep | social\s+engineering | forensic\w* | reverse\s+shells?
          | (?:never|don['’]t|do\s+not|must\s+not)\s+(?:ever\s+)?(?:run|do|use|execute|paste|follow|write)
          | bad\s+(?:example|practice)s?
        )\b | ❌",
    )
    .expect("a valid pattern")
});

/// Whether a heading or the sentence before a specimen says that one follows.
pub(crate) fn speaks_about_attacks(text: &str) -> bool {
    ABOUT.is_match(text)
}

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static ORDERS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:run|execute|paste|start|install|do) (?:this|it|them|the following|these|now|first)\b|\bbefore (?:any|every|each)\b|\bafter (?:any|every|each)\b",
    )
    .expect("a valid pattern")
});

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static FORBIDS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(?:never|not|don['’]t|if|when|would|could|that|to)\s+(?:\w+\s+)?(?:run|execute|paste|start|install|do)\b")
        .expect("a valid pattern")
});

/// Whether the sentence before a specimen orders to run it: then it is none.
pub(crate) fn orders_to_run(text: &str) -> bool {
    ORDERS.is_match(text) && !FORBIDS.is_match(text)
}

/// Whether a path is that of a test, a fixture or a rule of detection.
pub(crate) fn is_test_path(path: &str) -> bool {
    path.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        matches!(
            part.as_str(),
            "test" | "tests" | "__tests__" | "fixtures" | "fixture" | "testdata" | "spec" | "specs"
        ) || part.starts_with("test_")
            || part.contains(".test.")
            || part.contains(".spec.")
            || part.ends_with("_test.py")
            || part.ends_with("_test.go")
    })
}
