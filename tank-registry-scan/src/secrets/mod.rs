//! Secrets that people left in a skill, and their masking in everything that is reported.
//!
//! A secret is told by its form where it has one, else by its name and the look of its value. What a
//! guide shows instead of a secret is none. Values never leave this module: findings name the kind.

mod formats;
mod named;
mod sample;
mod shapes;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::{Severity, Stage};

use crate::budget::{Budget, OutOfTime};
use crate::document::Document;
use crate::finding::{Found, Hit, Place, Rule};
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

macro_rules! rule {
    ($name:ident, $id:literal, $kind:literal, $severity:ident, $cwe:literal, $fix:literal) => {
        static $name: Rule = Rule {
            id: $id,
            stage: Stage::Secrets,
            kind: $kind,
            severity: Severity::$severity,
            cwe: $cwe,
            fix: $fix,
        };
    };
}

rule!(
    PROVIDER_KEY,
    "provider-key",
    "hardcoded_secret",
    Critical,
    "CWE-798",
    "Revoke the key at its provider and read it from the environment instead."
);
rule!(
    PRIVATE_KEY,
    "private-key",
    "private_key",
    Critical,
    "CWE-798",
    "Replace the key, and keep the new one out of the skill."
);
rule!(
    SEED_PHRASE,
    "seed-phrase",
    "private_key",
    Critical,
    "CWE-798",
    "Move what the wallet holds, and keep the new phrase out of the skill."
);
rule!(
    TOKEN,
    "signed-token",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Let the token expire, and read it from the environment instead."
);
rule!(
    URL_PASSWORD,
    "password-in-address",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Change the password and read it from the environment instead."
);
rule!(
    NAMED_SECRET,
    "named-secret",
    "hardcoded_secret",
    High,
    "CWE-798",
    "Replace the secret and read it from the environment instead."
);
rule!(
    WEAK_SECRET,
    "fixed-password",
    "hardcoded_secret",
    Low,
    "CWE-259",
    "Read the value from the environment instead."
);
rule!(
    ENV_FILE,
    "env-file-with-values",
    "env_file_with_values",
    High,
    "CWE-538",
    "Ship an example without values, and replace those that were in the file."
);
rule!(
    EXPOSURE,
    "credential-exposure",
    "credential_exposure",
    Medium,
    "CWE-200",
    "Pass keys in a header, from the environment, and never let the agent show them."
);

pub(crate) static RULES: &[&Rule] = &[
    &PROVIDER_KEY,
    &PRIVATE_KEY,
    &SEED_PHRASE,
    &TOKEN,
    &URL_PASSWORD,
    &NAMED_SECRET,
    &WEAK_SECRET,
    &ENV_FILE,
    &EXPOSURE,
];

/// A secret in a text.
#[derive(Debug)]
struct Secret {
    range: Range<usize>,
    rule: &'static Rule,
    severity: Severity,
    /// What it is, in words.
    what: &'static str,
}

/// Secrets that are looked for in every text, and reported of one text.
const MOST: usize = 100;

pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    for text in &skill.texts {
        let Some(document) = skill.document(text.file) else {
            continue;
        };
        if is_source(text) {
            formed(text, found);
            named_values(text, document, found);
        }
        if is_said(text) {
            exposure(text, found);
        }
        budget.check_time()?;
    }
    for (file, document) in skill.documents.iter().enumerate() {
        found.hits.extend(env_file(file, document));
    }
    Ok(())
}

/// Each byte once: the blocks of Markdown rather than the file, the file rather than its literals.
fn is_source(text: &Text) -> bool {
    match text.role {
        Role::File => text.language != Language::Markdown,
        Role::Fence | Role::FrontMatter | Role::Paragraph | Role::Decoded | Role::Hidden => true,
        Role::InlineCode | Role::Comment | Role::Literal | Role::Command | Role::Name => false,
    }
}

fn formed(text: &Text, found: &mut Found) {
    let secrets = formats::find(&text.content)
        .into_iter()
        .chain(shapes::find(&text.content));
    for secret in secrets.take(MOST) {
        let message = format!("The skill holds a {}.", secret.what);
        let mut hit = Hit::new(secret.rule, text, secret.range, message).severity(secret.severity);
        // To be encoded makes no secret worse.
        hit.chain.clear();
        found.hits.push(hit);
    }
}

fn named_values(text: &Text, document: &Document, found: &mut Found) {
    if is_lock_file(document) {
        return;
    }
    let prose = document.language == Language::Markdown || text.language == Language::Prose;
    let assigns = matches!(
        text.language,
        Language::Shell | Language::Yaml | Language::Toml | Language::Other
    );
    for value in named::find(&text.content).into_iter().take(MOST) {
        if !value.quoted && !assigns && !value.branded && !prose {
            continue;
        }
        let (rule, severity) = if value.random && !value.sample {
            let severity = if prose {
                Severity::Medium
            } else {
                Severity::High
            };
            (&NAMED_SECRET, severity)
        } else if !prose
            && (value.branded && !is_dots(&text.content[value.range.clone()])
                || !value.sample && value.quoted)
        {
            (&WEAK_SECRET, Severity::Low)
        } else {
            continue;
        };
        let message = "A secret is written into the skill";
        let mut hit = Hit::new(rule, text, value.range, message)
            .severity(severity)
            .confidence(60);
        hit.chain.clear();
        found.hits.push(hit);
    }
}

/// `sk-…`, `sk-xxxx`: what stands in guides.
fn is_dots(value: &str) -> bool {
    let lower = value.to_lowercase();
    ["...", "…", "xxx", "your", "<", "***"]
        .iter()
        .any(|word| lower.contains(word))
}

fn is_lock_file(document: &Document) -> bool {
    let name = document.name().to_ascii_lowercase();
    name.ends_with(".lock")
        || matches!(
            name.as_str(),
            "package-lock.json" | "pnpm-lock.yaml" | "npm-shrinkwrap.json" | "go.sum" | "bun.lockb"
        )
}

/// Settings of an environment that were left in the skill.
fn env_file(file: usize, document: &Document) -> Option<Hit> {
    #[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
    static SECRET: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)key|token|secret|pass|pwd|credential|private|auth|dsn|database_url|webhook|mnemonic")
            .expect("a valid pattern")
    });
    let name = document.name().to_ascii_lowercase();
    let environment = name == ".env"
        || name.strip_prefix(".env.").is_some_and(|kind| {
            !["example", "sample", "template", "dist", "defaults", "test"]
                .iter()
                .any(|word| kind.contains(word))
        });
    if !environment {
        return None;
    }
    let content = document.content.as_deref()?;
    let mut worst: Option<(Severity, u32)> = None;
    for (line, number) in content.lines().zip(1..) {
        let line = line.trim().trim_start_matches("export ");
        let Some((key, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) else {
            continue;
        };
        let value = value.trim().trim_matches(['"', '\'']);
        if value.is_empty() || value.starts_with(['$', '<', '{']) || sample::is_sample(value) {
            continue;
        }
        let severity = if SECRET.is_match(key) && value.len() >= 6 {
            Severity::High
        } else {
            Severity::Low
        };
        if worst.is_none_or(|(worst, _)| severity > worst) {
            worst = Some((severity, number));
        }
    }
    let (severity, line) = worst?;
    let message = "The skill holds the settings of somebody's environment, with their values.";
    Some(
        Hit::whole(&ENV_FILE, Some(file), message)
            .severity(severity)
            .at(Place { file, line }),
    )
}

fn is_said(text: &Text) -> bool {
    matches!(
        text.role,
        Role::Paragraph | Role::Hidden | Role::Decoded | Role::Comment | Role::FrontMatter
    ) || text.role == Role::File && text.language == Language::Prose
}

/// Sentences that make an agent show a key to whoever reads along.
fn exposure(text: &Text, found: &mut Found) {
    const KEY: &str = r"(?:authori[sz]ation header|api[ _-]?keys?|access[ _-]?tokens?|auth[ _-]?tokens?|bearer tokens?|credentials|passwords?|private keys?|secret keys?|environment variables?|seed phrase)";
    #[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
    static SHOWN: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?i)\b(?:echo|print|repeat|output|show|include|reveal|display|write|paste|return|append|mention)\b[^.\n]{{0,60}}\b(?:value|contents?|full|actual|complete|exact)?\b[^.\n]{{0,20}}{KEY}[^.\n]{{0,60}}\b(?:in|to|into|at the end of)\s+(?:your|the|this|every|each)\s+(?:next\s+|first\s+|final\s+)?(?:response|reply|answer|output|chat|conversation|message|summary|commit|comment)"
        ))
        .expect("a valid pattern")
    });
    #[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
    static ASKED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!(
            r"(?i)\b(?:ask|tell|instruct|request|prompt|have|get)\b[^.\n]{{0,20}}\b(?:the\s+)?users?\b[^.\n]{{0,30}}\b(?:paste|share|type|enter|send|provide)\b[^.\n]{{0,40}}{KEY}[^.\n]{{0,40}}\b(?:chat|here|conversation|message)"
        ))
        .expect("a valid pattern")
    });
    #[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
    static NEGATED: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:never|not|don['’]t|avoid|without|must not|refuse)\b")
            .expect("a valid pattern")
    });
    #[allow(clippy::expect_used)] // The pattern is constant and every test runs it.
    static VALUE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(?:value|contents?|full|actual|complete|exact|raw|plain)\b")
            .expect("a valid pattern")
    });
    for pattern in [&*SHOWN, &*ASKED] {
        for seen in pattern.find_iter(&text.content).take(MOST) {
            let before = crate::text::floor(&text.content, seen.start().saturating_sub(40));
            if NEGATED.is_match(&text.content[before..seen.end()]) {
                continue;
            }
            let message = "The agent is told to show a credential where others read it";
            let mut hit = Hit::new(&EXPOSURE, text, seen.range(), message);
            // What it is worth, not that there is one.
            if VALUE.is_match(seen.as_str()) {
                hit = hit.severity(Severity::High);
            }
            found.hits.push(hit);
        }
    }
}

/// A text with every secret in it masked: of each, the first four characters remain.
pub(crate) fn masked(text: &str) -> String {
    let mut ranges = formats::shadows(text);
    ranges.extend(shapes::find(text).into_iter().map(|secret| secret.range));
    ranges.extend(armour_from(text));
    ranges.extend(
        named::find(text)
            .into_iter()
            .filter(|value| value.random || value.branded || value.quoted && !value.sample)
            .map(|value| value.range),
    );
    ranges.extend(cut(text));
    if ranges.is_empty() {
        return text.to_owned();
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.end <= at {
            continue;
        }
        let start = range.start.max(at);
        result.push_str(text.get(at..start).unwrap_or_default());
        let hidden = text.get(start..range.end).unwrap_or_default();
        // Of a short secret, four characters would be most.
        let shown = (hidden.chars().count() / 4).min(4);
        // What overlaps a secret that was masked already shows nothing more.
        let shown = if range.start < at { 0 } else { shown };
        result.extend(hidden.chars().take(shown));
        result.push('…');
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

/// A private key whose end was cut away.
fn armour_from(text: &str) -> Option<Range<usize>> {
    let start = text.find("-----BEGIN")?;
    let title = text[start..]
        .split_inclusive("-----")
        .take(2)
        .map(str::len)
        .sum::<usize>();
    text[start..start + title]
        .contains("PRIVATE KEY")
        .then(|| start + title..text.len())
}

/// The end of a secret whose beginning was cut away: a row of letters and digits that the text
/// begins with.
fn cut(text: &str) -> Option<Range<usize>> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !"_-+/=.:".contains(c))
        .unwrap_or(text.len());
    let run = &text[..end];
    let digits = run.bytes().any(|byte| byte.is_ascii_digit());
    let upper = run.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = run.bytes().any(|byte| byte.is_ascii_lowercase());
    let random = digits && lower && (upper || end >= 24);
    (end >= 12 && random && !run.contains("://")).then_some(0..end)
}
