//! Sentences that make an agent show a credential.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use tank_registry_core::scan::Severity;

use super::MOST;
use super::rules::EXPOSURE;
use crate::finding::{Found, Hit};
use crate::language::Language;
use crate::pattern::{any_of, pattern};
use crate::text::{Role, Text};

pub(super) fn is_said(text: &Text) -> bool {
    matches!(
        text.role,
        Role::Paragraph | Role::Hidden | Role::Decoded | Role::Comment | Role::FrontMatter
    ) || text.role == Role::File && text.language == Language::Prose
}

/// Sentences that make an agent show a key to whoever reads along.
pub(super) fn look(text: &Text, found: &mut Found) {
    const KEY: &str = r"(?:authori[sz]ation header|api[ _-]?keys?|access[ _-]?tokens?|auth[ _-]?tokens?|bearer tokens?|credentials|passwords?|private keys?|secret keys?|environment variables?|seed phrase)";
    static WORDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        any_of(&[
            "authori",
            "api",
            "token",
            "credential",
            "password",
            "private",
            "secret",
            "environment",
            "seed",
        ])
    });
    pattern!(
        SHOWN,
        r"(?i)\b(?:echo|print|repeat|output|show|include|reveal|display|write|paste|return|append|mention)\b[^.\n]{0,60}\b(?:value|contents?|full|actual|complete|exact)?\b[^.\n]{0,20}",
        KEY,
        r"[^.\n]{0,60}\b(?:in|to|into|at the end of)\s+(?:your|the|this|every|each)\s+(?:next\s+|first\s+|final\s+)?(?:response|reply|answer|output|chat|conversation|message|summary|commit|comment)"
    );
    pattern!(
        ASKED,
        r"(?i)\b(?:ask|tell|instruct|request|prompt|have|get)\b[^.\n]{0,20}\b(?:the\s+)?users?\b[^.\n]{0,30}\b(?:paste|share|type|enter|send|provide)\b[^.\n]{0,40}",
        KEY,
        r"[^.\n]{0,40}\b(?:chat|here|conversation|message)"
    );
    pattern!(
        NEGATED,
        r"(?i)\b(?:never|not|don['’]t|avoid|without|must not|refuse)\b"
    );
    pattern!(
        VALUE,
        r"(?i)\b(?:value|contents?|full|actual|complete|exact|raw|plain)\b"
    );
    if !WORDS.is_match(&*text.content) {
        return;
    }
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
