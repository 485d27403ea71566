//! What markup does: the marks of chats and tools in a text, links that carry data away, keys that
//! are to be shown, and commands that are spelled out in words.

use std::sync::LazyLock;

use regex::Regex;
use tank_registry_core::scan::Severity;

use super::chains::weighed;
use super::reading::Reading;
use super::rules;
use super::words::Idea;
use crate::finding::Hit;

/// Marks that only a chat's own format holds.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)<\|(?:im_start|im_end|system|user|assistant|endoftext|start_header_id|end_header_id|eot_id|channel|message)\|>|\[/?INST\]|<</?SYS>>|(?m:^[\s>*#]*\[(?:SYSTEM|SYSTEM MESSAGE|SYSTEM PROMPT|ADMIN|DEVELOPER MESSAGE)\])",
    )
    .expect("a valid pattern")
});

/// Elements that stand for turns of a chat or calls of a tool.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static ELEMENTS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?im)^[\s>*]*<(system|system[_-](?:prompt|message|instructions?|override|reminder)|tool_(?:use|call|calls|result)|function_(?:calls?|results?)|human|assistant|antml:\w+|important|secret|admin|developer)(?:\s[^>\n]{0,80})?>",
    )
    .expect("a valid pattern")
});

/// Turns of a chat in plain text.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static TURNS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^\s*(?:\*\*)?(?:Human|System|SYSTEM)(?:\*\*)?:\s+\S").expect("a valid pattern")
});

/// An image whose address is filled with data.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static CHANNEL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:!\[[^\]\n]{0,200}\]\(\s*<?|<img[^>\n]{0,120}src\s*=\s*["']?)https?://[^\s)"']{3,200}[?/=&](?:\{\{?|<|\[|\$\{?|%7b|\()\s*[\w. -]{0,24}(?:data|conversation|history|secret|token|key|prompt|message|env|context|content|payload|exfil|base64|summary|user|output|response|encoded|cookie|password|credential|chat|memory|file)"#,
    )
    .expect("a valid pattern")
});

/// A key that is to be shown.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static SHOWN_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:echo|print|output|display|repeat|return|include|show|paste|reveal|state|append|log)\b (?:the |your |my |its |full |entire |raw |actual |current |exact |complete |value |values |contents? |of |all |any ){0,8}(authorization header|bearer token|access tokens?|auth tokens?|session tokens?|api[ -]?keys?|credentials?|passwords?|secrets?|private keys?|environment variables?|env vars?)\b",
    )
    .expect("a valid pattern")
});

/// A command put together from pieces.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static PIECES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(?:first|last|second|third|initial|every (?:\w+|\d+(?:st|nd|rd|th))|each \d+(?:st|nd|rd|th)|\d+(?:st|nd|rd|th)) (?:letters?|characters?|words?|lines?) (?:of|from|in) (?:each|every|the|these|this|all)\b|\btake (?:the )?(?:indices|indexes|letters|characters|words) \d|\b(?:characters|letters|words) at (?:positions|indices|indexes)\b|\b(?:decode|reverse|unscramble|decipher|rot13|concatenate|join|assemble|reassemble|reconstruct|piece together|combine)\b[^.]{0,80}\b(?:string|strings|letters|characters|words|fragments|pieces|parts|text|lines|payload|comment|base64|hex|values|above|below|following)\b",
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
    chat(reading, hits);
    links(reading, hits);
    keys(reading, hits);
    pieces(reading, hits);
}

fn chat(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    let content = &*reading.text.content;
    let mut marks: Vec<_> = TOKENS
        .find_iter(content)
        .take(64)
        .map(|found| (found.range(), Severity::High))
        .collect();
    for found in ELEMENTS.captures_iter(content).take(64) {
        let (Some(whole), Some(name)) = (found.get(0), found.get(1)) else {
            continue;
        };
        let name = name.as_str().to_ascii_lowercase();
        let after = content.get(whole.end()..).unwrap_or_default();
        let after = &after[..crate::text::floor(after, 300)];
        let orders = is_order(&after.to_lowercase());
        let severity = match &*name {
            "important" | "secret" | "admin" | "developer" if !orders => continue,
            _ if orders => Severity::High,
            _ => Severity::Medium,
        };
        marks.push((whole.range(), severity));
    }
    for found in TURNS.find_iter(content).take(64) {
        let after = content.get(found.start()..).unwrap_or_default();
        let after = &after[..crate::text::floor(after, 300)];
        if is_order(&after.to_lowercase()) {
            marks.push((found.range(), Severity::Medium));
        }
    }
    for (range, severity) in marks {
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

fn links(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    for found in CHANNEL.find_iter(&reading.text.content).take(16) {
        let message = "It has an image shown (act) whose address (destination) carries data of the conversation (object).";
        let mut hit = reading.source_hit(&rules::LINK_CHANNEL, found.range(), message);
        hit.specimen |= reading.is_fenced_source(found.start());
        hits.push(hit);
    }
}

fn keys(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    for found in SHOWN_KEY.captures_iter(reading.normal.text()).take(64) {
        let (Some(whole), Some(what)) = (found.get(0), found.get(1)) else {
            continue;
        };
        if reading.is_code(whole.start()) {
            continue;
        }
        let end = reading.normal.sentence_end(whole.end());
        let rest = reading.slice(whole.end(), end.min(whole.end() + 140));
        let shown = [
            "response",
            "reply",
            "output",
            "chat",
            "message",
            "answer",
            "conversation",
            "summary",
        ]
        .iter()
        .any(|word| rest.contains(word));
        let excused = [
            "so i can",
            "so that i",
            "so we can",
            "to verify",
            "so that we",
            "for verification",
            "to confirm",
        ]
        .iter()
        .any(|word| rest.contains(word));
        if !shown && !excused {
            continue;
        }
        let severity = if what.as_str().contains("token")
            || what.as_str().contains("header")
            || excused && shown
        {
            Severity::High
        } else {
            Severity::Medium
        };
        let message =
            "It has a key or token (object) shown (verb) in what the agent says (destination).";
        let hit = reading
            .hit(&rules::CREDENTIALS, whole.range(), message)
            .severity(severity);
        hits.extend(weighed(reading, whole.start(), hit));
    }
}

fn pieces(reading: &Reading<'_>, hits: &mut Vec<Hit>) {
    for found in PIECES.find_iter(reading.normal.text()).take(256) {
        if reading.is_code(found.start()) {
            continue;
        }
        let after = reading.slice(found.end(), found.end() + 160);
        let runs = RUN_IT.find(after).is_some_and(|run| {
            reading
                .words
                .first(Idea::Negation, found.end(), found.end() + run.start())
                .is_none()
        });
        if !runs {
            continue;
        }
        let message = "It has a command put together from pieces (how) and carried out (act), so that nobody reads it as a whole.";
        let hit = reading.hit(&rules::PROCEDURE, found.range(), message);
        hits.extend(weighed(reading, found.start(), hit));
    }
}
