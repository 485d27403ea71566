//! Secrets that people left in a skill, and their masking in everything that is reported.
//!
//! A secret is told by its form where it has one, else by its name and the look of its value. What a
//! guide shows instead of a secret is none. Values never leave this module: findings name the kind.

mod exposure;
mod formats;
mod masking;
mod named;
mod rules;
mod sample;
mod shapes;
#[cfg(test)]
mod tests;

use std::ops::Range;

use tank_registry_core::scan::Severity;

pub(crate) use self::masking::masked;
pub(crate) use self::rules::RULES;
use self::rules::{
    ENV_FILE, NAMED_SECRET, PRIVATE_KEY, PROVIDER_KEY, SEED_PHRASE, TOKEN, URL_PASSWORD,
    WEAK_SECRET,
};
use crate::budget::{Budget, OutOfTime};
use crate::document::Document;
use crate::finding::{Found, Hit, Place, Rule};
use crate::language::Language;
use crate::pattern::pattern;
use crate::skill::Skill;
use crate::text::{Role, Text};

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
        if exposure::is_said(text) {
            exposure::look(text, found);
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
    name.rsplit_once('.')
        .is_some_and(|(_, kind)| kind == "lock")
        || matches!(
            name.as_str(),
            "package-lock.json" | "pnpm-lock.yaml" | "npm-shrinkwrap.json" | "go.sum" | "bun.lockb"
        )
}

/// Settings of an environment that were left in the skill.
fn env_file(file: usize, document: &Document) -> Option<Hit> {
    pattern!(
        SECRET,
        r"(?i)key|token|secret|pass|pwd|credential|private|auth|dsn|database_url|webhook|mnemonic"
    );
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
