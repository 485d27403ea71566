//! What markup does: the marks of chats and tools in a text, links that carry data away, keys that
//! are to be shown, and commands that are spelled out in words.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::chains::weighed;
use super::finder::Finder;
use super::idea::Idea;
use super::reading::Reading;
use super::rules;
use crate::finding::Hit;

/// What markup does, in the source: marks that only a chat's own format holds, elements that stand for
/// turns or calls, turns in plain text, and images whose address is filled with data.
static MARKS: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        600,
        &[
            (
                &["<|", "inst]", "sys>>", "[system", "[admin", "[developer"],
                r"(?i)<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id|channel|message)\|>|\[/?INST\]|<</?SYS>>|(?m:^[\s>*#]*\[(?:SYSTEM|SYSTEM MESSAGE|SYSTEM PROMPT|ADMIN|DEVELOPER MESSAGE)\](?:[:\s]|$))",
            ),
            (
                &[
                    "<system",
                    "<tool",
                    "<function",
                    "<human",
                    "<assistant",
                    "<antml",
                    "<important",
                    "<secret",
                    "<admin",
                    "<developer",
                ],
                r"(?im)^[\s>*]*<(system|system[_-](?:prompt|message|instructions?|override|reminder)|tool_(?:use|call|calls|result)|function_(?:calls?|results?)|human|assistant|antml:\w+|important|secret|admin|developer)(?:\s[^>\n]{0,80})?>",
            ),
            (
                &["human:", "human**:", "system:", "system**:"],
                r"(?m)^\s*(?:\*\*)?(?:Human|System|SYSTEM)(?:\*\*)?:\s+\S",
            ),
            (
                &["![", "<img"],
                r#"(?i)(?:!\[[^\]\n]{0,200}\]\(\s*<?|<img[^>\n]{0,120}src\s*=\s*["']?)https?://[^\s)"']{3,200}[?/=&](?:\{\{?|<|\[|\$\{?|%7b|\()\s*[\w. -]{0,24}(?:data|conversation|history|secret|token|key|prompt|message|env|context|content|payload|exfil|base64|summary|user|output|response|encoded|cookie|password|credential|chat|memory|file)"#,
            ),
        ],
    )
});

/// What is said, in normalised text: a key that is to be shown, a command put together from pieces.
static SAID: LazyLock<Finder> = LazyLock::new(|| {
    Finder::new(
        200,
        &[
            (
                &[
                    "authorization header",
                    "token",
                    "api key",
                    "api-key",
                    "apikey",
                    "credential",
                    "password",
                    "secret",
                    "private key",
                    "environment variable",
                    "env var",
                ],
                r"\b(?:echo|print|output|display|repeat|return|include|show|paste|reveal|state|append|log)\b (?:the |your |my |its |full |entire |raw |actual |current |exact |complete |value |values |contents? |of |all |any ){0,8}(authorization header|bearer token|access tokens?|auth tokens?|session tokens?|api[ -]?keys?|credentials?|passwords?|secrets?|private keys?|environment variables?|env vars?)\b",
            ),
            (
                &[
                    "letter",
                    "character",
                    "word",
                    "line",
                    "string",
                    "fragment",
                    "piece",
                    "parts",
                    "text",
                    "payload",
                    "comment",
                    "base64",
                    "hex",
                    "values",
                    "above",
                    "below",
                    "following",
                    "indices",
                    "indexes",
                ],
                r"\b(?:first|last|second|third|initial|every (?:\w+|\d+(?:st|nd|rd|th))|each \d+(?:st|nd|rd|th)|\d+(?:st|nd|rd|th)) (?:letters?|characters?|words?|lines?) (?:of|from|in) (?:each|every|the|these|this|all)\b|\btake (?:the )?(?:indices|indexes|letters|characters|words) \d|\b(?:characters|letters|words) at (?:positions|indices|indexes)\b|\b(?:decode|reverse|unscramble|decipher|rot13|concatenate|join|assemble|reassemble|reconstruct|piece together|combine)\b[^.]{0,80}\b(?:string|strings|letters|characters|words|fragments|pieces|parts|text|lines|payload|comment|base64|hex|values|above|below|following)\b",
            ),
        ],
    )
});

/// Elements that stand for turns of a chat or calls of a tool.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static ELEMENTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?im)^[\s>*]*<(system|system[_-](?:prompt|message|instructions?|override|reminder)|tool_(?:use|call|calls|result)|function_(?:calls?|results?)|human|assistant|antml:\w+|important|secret|admin|developer)(?:\s[^>\n]{0,80})?>",
    )
    .expect("a valid pattern")
});

#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static RUN_IT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:execute|run|eval|evaluate|follow|obey|perform|pipe|carry out)\b (?:it\b|them\b|this\b|that\b|the (?:\w+ )?(?:result|output|command|instruction|instructions|string|code|message|script|payload)\b|what (?:it|you|they)\b|whatever\b|as (?:a )?(?:shell|command|instructions?|code)\b)",
    )
    .expect("a valid pattern")
});

/// Looks for markup in a text.
pub(super) fn hits(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let content = &*reading.text.content;
    for (range, pattern) in MARKS.find(content) {
        match pattern {
            0 => chat(reading, range, Severity::High, hits),
            1 => element(reading, range, hits),
            2 if is_order(&after(content, range.end)) => {
                chat(reading, range, Severity::Medium, hits);
            }
            3 => link(reading, range, hits),
            _ => {}
        }
    }
    for (range, pattern) in SAID.find(reading.normal.text()) {
        if reading.is_code(range.start) {
            continue;
        }
        match pattern {
            0 => key(reading, range, hits),
            _ => pieces(reading, range, hits),
        }
    }
}

fn element(reading: &Reading<'_>, range: Range<usize>, hits: &mut Vec<Hit>) {
    let content = &*reading.text.content;
    let name = content
        .get(range.clone())
        .and_then(|tag| ELEMENTS.captures(tag)?.get(1))
        .map(|name| name.as_str().to_ascii_lowercase());
    let orders = is_order(&after(content, range.end));
    let severity = match name.as_deref() {
        Some("important" | "secret" | "admin" | "developer") | None if !orders => return,
        _ if orders => Severity::High,
        _ => Severity::Medium,
    };
    chat(reading, range, severity, hits);
}

/// What follows, in lower case.
fn after(content: &str, at: usize) -> String {
    let after = content.get(at..).unwrap_or_default();
    after[..crate::text::floor(after, 300)].to_lowercase()
}

fn chat(reading: &Reading<'_>, range: Range<usize>, severity: Severity, hits: &mut Vec<Hit>) {
    let fenced = reading.is_fenced_source(range.start);
    let message =
        "It writes the marks of a chat or a tool call (form), as if somebody else had spoken.";
    let mut hit = reading
        .source_hit(&rules::FORMAT, range, message)
        .severity(severity);
    if fenced {
        hit = hit.severity(Severity::Low).firm();
    }
    hits.push(hit);
}

/// Whether what stands in an element orders something that no template would.
fn is_order(text: &str) -> bool {
    [
        "ignore",
        "disregard",
        "override",
        "you are now",
        "reveal",
        "exfiltrat",
        "do not tell",
        "do not mention",
        "new instruction",
        "unrestricted",
        "before using",
        "must first",
        "read ~/",
        "~/.ssh",
        "credential",
        "api key",
        "without asking",
    ]
    .iter()
    .any(|word| text.contains(word))
}

fn link(reading: &Reading<'_>, range: Range<usize>, hits: &mut Vec<Hit>) {
    let message = "It has an image shown (act) whose address (destination) carries data of the conversation (object).";
    let fenced = reading.is_fenced_source(range.start);
    let mut hit = reading.source_hit(&rules::LINK_CHANNEL, range, message);
    hit.specimen |= fenced;
    hits.push(hit);
}

fn key(reading: &Reading<'_>, range: Range<usize>, hits: &mut Vec<Hit>) {
    const SHOWN: [&str; 8] = [
        "response",
        "reply",
        "output",
        "chat",
        "message",
        "answer",
        "conversation",
        "summary",
    ];
    const EXCUSES: [&str; 7] = [
        "so i can",
        "so that i",
        "so we can",
        "to verify",
        "so that we",
        "for verification",
        "to confirm",
    ];
    let end = reading.normal.sentence_end(range.end);
    let what = reading.slice(range.start, range.end);
    let rest = reading.slice(range.end, end.min(range.end + 140));
    let shown = SHOWN.iter().any(|word| rest.contains(word));
    let excused = EXCUSES.iter().any(|word| rest.contains(word));
    if !shown && !excused {
        return;
    }
    let moving = what.ends_with("header") || what.contains("token");
    let severity = if moving || (excused && shown) {
        Severity::High
    } else {
        Severity::Medium
    };
    let message =
        "It has a key or token (object) shown (verb) in what the agent says (destination).";
    let start = range.start;
    let hit = reading
        .hit(&rules::CREDENTIALS, range, message)
        .severity(severity);
    hits.extend(weighed(reading, start, hit));
}

fn pieces(reading: &Reading<'_>, range: Range<usize>, hits: &mut Vec<Hit>) {
    let after = reading.slice(range.end, range.end + 160);
    let runs = RUN_IT.find(after).is_some_and(|run| {
        reading
            .words
            .first(Idea::Negation, range.end, range.end + run.start())
            .is_none()
    });
    if !runs {
        return;
    }
    let message = "It has a command put together from pieces (how) and carried out (act), so that nobody reads it as a whole.";
    let start = range.start;
    let hit = reading.hit(&rules::PROCEDURE, range, message);
    hits.extend(weighed(reading, start, hit));
}
