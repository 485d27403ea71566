//! Conditions that something is hidden behind: a date, a machine, a magic word.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::flow::Flow;
use super::ir::{Expression, Span, Statement};
use super::output::Noted;
use super::rules;
use super::value::{Source, Value};
use crate::finding::{Rule, raised};

/// A condition that what is looked at depends on.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) span: Span,
    /// What it depends on, for people.
    pub(super) on: &'static str,
}

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static PICKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[A-Z_]*(?:KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AWS|PRIVATE|AUTH)[A-Z_|]*")
        .expect("a valid pattern")
});

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"["'/][^"'\n]{2,200}["'/]"#).expect("a valid pattern"));

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static LEAVES_OUT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bnot\s+(?:in\b|any|re\.)|!\s*/|!\s*\w+\.(?:test|includes|match|has)|redact|mask|\*\*\*|continue|delete\s|\.pop\(")
        .expect("a valid pattern")
});

/// Whether code picks what is named like a secret, by words in quotes.
pub(super) fn picks_secrets(code: &str) -> bool {
    let code = code
        .get(..crate::text::floor(code, 2000))
        .unwrap_or_default();
    QUOTED
        .find_iter(code)
        .any(|quoted| PICKS.is_match(quoted.as_str()))
        && !LEAVES_OUT.is_match(code)
}

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static COMPARES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[<>]=?|[=!]==?|\bin\b|includes\(|startsWith\(|startswith\(|endswith\(")
        .expect("a valid pattern")
});

/// A moment that is written down, or a part of the date that is compared with a number.
#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static DATED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\d{4,}|(?:datetime|date|Date)\(|\b[A-Z][A-Z_]{3,}\b|(?i:month|day|hours?|weekday|year|date)(?:\(\))?\s*(?:[=<>!]=?=?|in)\s*[\d(\[]",
    )
    .expect("a valid pattern")
});

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static MAGIC: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"["'][A-Z0-9]+(?:[_\-][A-Z0-9]+)+["']|(?i)\b(?:magic|trigger|backdoor|activation|secret_?(?:word|phrase|code)|passphrase)\w*"#)
        .expect("a valid pattern")
});

#[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
static CI: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(?:CI|GITHUB_ACTIONS|GITLAB_CI|JENKINS_URL|TRAVIS|CIRCLECI|BUILDKITE)\b")
        .expect("a valid pattern")
});

impl Flow<'_> {
    /// What a condition hides something behind; `None` where it is an ordinary one.
    pub(super) fn guard(
        &self,
        test: &Expression,
        tested: &Value,
        then: &[Statement],
    ) -> Option<Guard> {
        if then.is_empty() {
            return None;
        }
        let code = self.source_of(test.span);
        let code = code.get(..crate::text::floor(code, 400))?;
        let on = if tested.has(Source::Clock) && COMPARES.is_match(code) && DATED.is_match(code) {
            "the date"
        } else if tested.has(Source::Identity) && COMPARES.is_match(code) {
            "the machine or its user"
        } else if MAGIC.is_match(code)
            && (tested.has(Source::Input)
                || tested.has(Source::Parameter)
                || tested.has(Source::Variable))
        {
            "a magic word"
        } else if CI.is_match(code) && (code.contains("env")) {
            "where it is built"
        } else {
            return None;
        };
        Some(Guard {
            span: test.span,
            on,
        })
    }

    /// Notes what was found, raised where it is hidden behind a condition.
    pub(super) fn note(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        span: Span,
        message: impl Into<String>,
        firm: bool,
    ) {
        let mut noted = Noted {
            rule,
            severity,
            span,
            message: message.into(),
            firm,
        };
        if severity >= Severity::Medium
            && let Some(guard) = self.guards.last().cloned()
        {
            noted.severity = raised(severity);
            let line = self.line(span);
            self.out.note(Noted {
                rule: &rules::TRIGGER,
                severity: noted.severity,
                span: guard.span,
                message: format!(
                    "Something hostile (line {line}) happens only under a condition on {}.",
                    guard.on
                ),
                firm,
            });
        }
        self.out.note(noted);
    }

    pub(super) fn line(&self, span: Span) -> u32 {
        (self.lines)(span.start)
    }
}
