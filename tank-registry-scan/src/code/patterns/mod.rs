//! What is found by pattern: languages that have no reader of their own, commands in sentences, and
//! data that orders what happens.

mod data;
mod rules;
mod table;
#[cfg(test)]
mod tests;

use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};
use regex::Regex;
use tank_registry_core::scan::Severity;

pub(crate) use self::data::commands_of_data;
pub(crate) use self::rules::RULES;

use self::table::{PATTERNS, Pattern};
use super::shell;
use crate::budget::Budget;
use crate::finding::{Capability, Fact, Found, Hit};
use crate::hosts;
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Hits of one pattern in one text that are looked at.
const MOST: usize = 16;

/// Every word of every pattern, with the patterns that it stands for.
struct Words {
    search: AhoCorasick,
    patterns: Vec<usize>,
}

#[allow(clippy::expect_used)] // Constant words, run by tests.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut patterns = Vec::new();
    let mut words = Vec::new();
    for (at, pattern) in PATTERNS.iter().enumerate() {
        for word in pattern.words {
            words.push(*word);
            patterns.push(at);
        }
    }
    let search = AhoCorasickBuilder::new()
        .ascii_case_insensitive(true)
        .build(words)
        .expect("constant words");
    Words { search, patterns }
});

/// Patterns are made when a word of theirs is first seen: most never are.
static REGEXES: [OnceLock<Regex>; PATTERNS.len()] = [const { OnceLock::new() }; PATTERNS.len()];

#[allow(clippy::expect_used)] // Constant patterns, run by tests.
fn regex(at: usize) -> Option<&'static Regex> {
    let pattern = PATTERNS.get(at)?;
    let slot = REGEXES.get(at)?;
    Some(slot.get_or_init(|| Regex::new(pattern.regex).expect("a valid pattern")))
}

#[allow(clippy::expect_used)] // Constant pattern, run by tests.
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:https?|ftp)://([a-z0-9.\[\]:_-]+)[^\s'"`)>|;,]*"#)
        .expect("a valid pattern")
});

/// A host without its scheme, as what fetches may be told.
#[allow(clippy::expect_used)] // Constant pattern, run by tests.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:iwr|irm|curl|wget|invoke-\w+)\s+(?:-\w+\s+)*['"]?([a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[^\s'"|;)]*)?)"#)
        .expect("a valid pattern")
});

pub(crate) fn look(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
) {
    if text.role == Role::File && text.language == Language::Markdown {
        // What stands in it is looked at piece by piece.
        return;
    }
    let mut seen = vec![false; PATTERNS.len()];
    for word in WORDS.search.find_overlapping_iter(&*text.content) {
        if let Some(pattern) = WORDS.patterns.get(word.pattern().as_usize()) {
            seen[*pattern] = true;
        }
    }
    for (at, pattern) in PATTERNS.iter().enumerate() {
        if seen[at]
            && pattern.texts.takes(text.language)
            && let Some(regex) = regex(at)
        {
            matched(skill, text, pattern, regex, found);
        }
    }
    commands(skill, position, text, budget, found);
    destinations(skill, position, text, found);
}

fn matched(skill: &Skill<'_>, text: &Text, pattern: &Pattern, regex: &Regex, found: &mut Found) {
    for hit in regex.find_iter(&text.content).take(MOST) {
        let mut severity = pattern.severity;
        let mut message = format!("{}.", pattern.message);
        if pattern.by_origin {
            let Some((judged, why)) = shell::judged_origin(skill, text, origin(text, hit.range()))
            else {
                continue;
            };
            severity = judged;
            message = format!("{}, {why}.", pattern.message);
        }
        if in_sentence(text) {
            // Words that people read are no command by themselves.
            severity = severity.min(Severity::High);
        }
        let hit = Hit::new(pattern.rule, text, hit.range(), message).severity(severity);
        found.hits.push(hit);
    }
}

fn in_sentence(text: &Text) -> bool {
    matches!(text.role, Role::Paragraph | Role::Comment)
}

/// The URL that a match fetches from: in it, or a few lines before.
fn origin(text: &Text, range: std::ops::Range<usize>) -> &str {
    let content = &*text.content;
    let within = content.get(range.clone()).unwrap_or_default();
    if let Some(url) = URL.find(within) {
        return url.as_str();
    }
    if let Some(host) = BARE.captures(within).and_then(|captures| captures.get(1)) {
        return host.as_str();
    }
    let from = crate::text::floor(content, range.start.saturating_sub(600));
    let before = content.get(from..range.start).unwrap_or_default();
    URL.find_iter(before).last().map_or("", |url| url.as_str())
}

/// What begins a command that is worth reading where no reader of shell has been.
#[allow(clippy::expect_used)] // Constant pattern, run by tests.
static COMMAND: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?m)\b(?:curl|wget|bash|sh|zsh|echo|printf|base64|nc|ncat|openssl|xattr|sudo|eval|cat|tar|env|crontab|launchctl|spctl)\b[^\n]*",
    )
    .expect("a valid pattern")
});

/// Words without which a line is no such command.
static MARKS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    #[allow(clippy::expect_used)] // Constant words, run by tests.
    AhoCorasick::new([
        "| bash",
        "|bash",
        "| sh",
        "|sh",
        "| zsh",
        "|zsh",
        "| sudo",
        "| python",
        "|python",
        "| node",
        "| perl",
        "base64 -",
        "<(curl",
        "<(wget",
        "$(curl",
        "$(wget",
        "/dev/tcp/",
        "com.apple.quarantine",
        "| nc ",
        "| curl",
        "-d @",
        "=@",
        ".ssh/id_",
        ".aws/credentials",
        "crontab -",
        "--master-disable",
    ])
    .expect("constant words")
});

/// A string that another language hands to a shell.
#[allow(clippy::expect_used)] // Constant pattern, run by tests.
static HANDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?: \b(?:system|exec|shell_exec|passthru|popen|proc_open|spawn|capture2e?|capture3|do\ shell\ script|doShellScript|WScript\.Shell)\b
            \s*[\(\s]\s* )
        (?: "((?:[^"\\\n]|\\.)+)" | '((?:[^'\\\n]|\\.)+)' )
        | (?: %x | \bqx )\s*(?: \{([^\n\}]+) | \(([^\n\)]+) | \[([^\n\]]+) )
        | (?: ^ | [=\s(] )`([^`\n]+)`
        "#,
    )
    .expect("a valid pattern")
});

/// Commands of a shell in texts of other kinds.
fn commands(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
) {
    match text.language {
        Language::Ruby | Language::Php | Language::Perl | Language::AppleScript => {
            for captures in HANDED.captures_iter(&text.content).take(200) {
                let inner = (1..=6).find_map(|at| captures.get(at).map(|group| (at, group)));
                let Some((at, inner)) = inner else { continue };
                let command = match at {
                    1 | 2 => inner.as_str().replace("\\\"", "\"").replace("\\\\", "\\"),
                    _ => inner.as_str().to_owned(),
                };
                shell::look_at_command(
                    skill,
                    position,
                    text,
                    inner.range(),
                    &command,
                    budget,
                    found,
                );
            }
        }
        Language::Prose
        | Language::Other
        | Language::Html
        | Language::Batch
        | Language::PowerShell => {
            if text.role == Role::InlineCode || !MARKS.is_match(&*text.content) {
                return;
            }
            for line in COMMAND.find_iter(&text.content).take(200) {
                if MARKS.is_match(line.as_str()) {
                    let command = without_sentence(line.as_str());
                    shell::look_at_command(
                        skill,
                        position,
                        text,
                        line.range(),
                        command,
                        budget,
                        found,
                    );
                }
            }
        }
        _ => {}
    }
}

/// A command without the words of the sentence that goes on behind it.
fn without_sentence(line: &str) -> &str {
    #[allow(clippy::expect_used)] // Constant pattern, run by tests.
    static SHELL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\|\s*(?:sudo\s+(?:-E\s+)?)?(?:(?:ba|z|da)?sh|python3?|node)\b")
            .expect("a valid pattern")
    });
    let line = line.trim_end_matches(['`', '*', '_', '.', ')']);
    match SHELL.find_iter(line).last() {
        Some(shell)
            if !line
                .get(shell.end()..)
                .is_some_and(|rest| rest.trim_start().starts_with('-')) =>
        {
            line.get(..shell.end()).unwrap_or(line)
        }
        _ => line,
    }
}

/// Hosts that code of these languages names, and those that collect what others send.
fn destinations(skill: &Skill<'_>, position: usize, text: &Text, found: &mut Found) {
    /// Beyond so many URLs a text is a list of them.
    const MOST: usize = 500;
    let own = matches!(
        text.language,
        Language::PowerShell
            | Language::Batch
            | Language::AppleScript
            | Language::Ruby
            | Language::Php
            | Language::Perl
    );
    let runs = own
        || text.language.is_code()
        || matches!(
            text.language,
            Language::Json | Language::Yaml | Language::Toml
        );
    if !runs || memchr::memmem::find(text.content.as_bytes(), b"://").is_none() {
        return;
    }
    for captures in URL.captures_iter(&text.content).take(MOST) {
        let Some(url) = captures.get(0) else {
            continue;
        };
        let host = shell::Url::read(url.as_str()).host.to_ascii_lowercase();
        if host.is_empty() || skill.settings.allows_host(&host) {
            continue;
        }
        if own {
            found.facts.push(Fact {
                capability: Capability::Network,
                place: text.place(url.start()),
                detail: host.clone(),
                text: position,
            });
        }
        if hosts::is_drop(&host) {
            let message = format!("Names {host}, where anybody collects what others send.");
            found
                .hits
                .push(Hit::new(&rules::DROP_HOST, text, url.range(), message));
        }
    }
}
