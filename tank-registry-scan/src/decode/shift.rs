//! Letters and bytes that are moved: by thirteen, by a key that stands beside them, backwards.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::{Span, plain};
use crate::language::Language;
use crate::pattern::pattern;

/// At most so many keys of a text are tried on a run.
const KEYS: usize = 6;
/// At most so many lines of a text are turned round or shifted.
const LINES: usize = 200;
/// Bytes of a line that are shifted.
const LONGEST: usize = 4096;

/// Literal keys with which code of a text changes bytes.
#[derive(Debug, Default)]
pub(super) struct Keys {
    /// Each is applied over and over.
    xor: Vec<Vec<u8>>,
    /// What is added to every byte to undo a shift.
    add: Vec<u8>,
}

pattern!(
    XOR,
    r"\^\s*(?:\(\s*)?(0x[0-9a-fA-F]{1,2}|[0-9]{1,3})\b|\b(0x[0-9a-fA-F]{1,2}|[0-9]{1,3})\s*\^|-bxor\s+(0x[0-9a-fA-F]{1,2}|[0-9]{1,3})\b"
);
pattern!(
    KEY,
    r#"(?i)\b\w{0,20}(?:key|xor|mask|salt|k)\s*[:=]\s*(?:b?"([^"\\\n]{1,32})"|b?'([^'\\\n]{1,32})'|(0x[0-9a-f]{1,2}|[0-9]{1,3})\b)"#
);
pattern!(
    ADD,
    r"(?i)(?:chr|fromcharcode)\s*\(\s*[\w.\[\]()]{1,30}\s*([-+])\s*([0-9]{1,2})\s*\)"
);

impl Keys {
    pub(super) fn of(text: &str) -> Self {
        let mut keys = Self::default();
        let bytes = text.as_bytes();
        let lower_xor = memchr::memmem::find(bytes, b"xor").is_some();
        if memchr::memchr(b'^', bytes).is_some() || lower_xor {
            let direct = XOR.captures_iter(text).filter_map(|found| {
                let number = found.iter().skip(1).flatten().next()?;
                Some(vec![number_of(number.as_str())?])
            });
            let named = KEY.captures_iter(text).filter_map(|found| {
                if let Some(number) = found.get(3) {
                    return Some(vec![number_of(number.as_str())?]);
                }
                let literal = found.get(1).or_else(|| found.get(2))?;
                Some(literal.as_str().as_bytes().to_vec())
            });
            for key in direct.chain(named) {
                if keys.xor.len() < KEYS && key != [0] && !keys.xor.contains(&key) {
                    keys.xor.push(key);
                }
            }
        }
        let shifts = [b"hr(".as_slice(), b"harCode"];
        if !shifts
            .iter()
            .any(|call| memchr::memmem::find(bytes, call).is_some())
        {
            return keys;
        }
        for found in ADD.captures_iter(text).take(KEYS) {
            let Some(amount) = found[2].parse::<u8>().ok() else {
                continue;
            };
            let amount = if &found[1] == "-" {
                amount.wrapping_neg()
            } else {
                amount
            };
            if !keys.add.contains(&amount) {
                keys.add.push(amount);
            }
        }
        keys
    }

    pub(super) fn is_empty(&self) -> bool {
        self.xor.is_empty() && self.add.is_empty()
    }

    /// The first key that makes words of bytes.
    pub(super) fn try_on(&self, bytes: &[u8]) -> Option<(Vec<u8>, &'static str)> {
        let xor = self.xor.iter().map(|key| {
            let changed = bytes
                .iter()
                .zip(key.iter().cycle())
                .map(|(byte, key)| byte ^ key)
                .collect();
            (changed, "xor")
        });
        let add = self.add.iter().map(|amount| {
            let changed = bytes.iter().map(|byte| byte.wrapping_add(*amount));
            (changed.collect(), "shift")
        });
        xor.chain(add).find(|(changed, _): &(Vec<u8>, _)| {
            plain::printable(changed).is_some_and(|text| {
                plain::HIDDEN.is_match(&text) || plain::language(&text).is_code()
            })
        })
    }
}

fn number_of(text: &str) -> Option<u8> {
    text.strip_prefix("0x").map_or_else(
        || text.parse().ok(),
        |digits| u8::from_str_radix(digits, 16).ok(),
    )
}

/// Words as they look thirteen letters on, and turned round; enough to know such a line by.
#[allow(clippy::expect_used)] // The words are constant and every test builds them.
static SHIFTED: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = WORDS.iter().map(|word| rot13(word));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .expect("a few words")
});
#[allow(clippy::expect_used)] // The words are constant and every test builds them.
static TURNED: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let words = WORDS.iter().map(|word| reversed(word));
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .expect("a few words")
});
/// Long enough that neither form stands in other words.
const WORDS: [&str; 19] = [
    "https://",
    "http://",
    "curl -",
    "wget ",
    "bash -",
    "/bin/sh",
    "/bin/bash",
    "import os",
    "import subprocess",
    "os.system",
    "subprocess",
    "child_process",
    "ignore all",
    "previous instructions",
    "instructions",
    "credentials",
    "/dev/tcp",
    "__import__",
    "requests.post",
];

/// Lines that make sense when they are shifted or turned round.
pub(super) fn spans(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (words, turn, layer) in [
        (&*SHIFTED, rot13 as fn(&str) -> String, "rot13"),
        (&*TURNED, reversed, "reversed"),
    ] {
        let mut after = 0;
        for found in words.find_iter(text).take(LINES * 4) {
            if found.start() < after || spans.len() >= LINES {
                continue;
            }
            let from = text[..found.start()].rfind('\n').map_or(0, |at| at + 1);
            let until = text[found.start()..]
                .find('\n')
                .map_or(text.len(), |at| found.start() + at);
            after = until;
            if until - from > LONGEST {
                continue;
            }
            // Within a literal, the code around it would only be in the way.
            let line = &text[from..until];
            let inner = literal_around(line, found.start() - from).unwrap_or(line);
            let content = turn(inner);
            let content = content.trim();
            let mut span = Span::text(from, content.to_owned(), layer);
            span.language = Some(plain::language(content)).filter(|l| *l != Language::Prose);
            spans.push(span);
        }
    }
    spans
}

/// What stands between quotes around an offset of a line.
fn literal_around(line: &str, at: usize) -> Option<&str> {
    let (before, quote) = line
        .get(..at)?
        .char_indices()
        .rev()
        .find(|(_, c)| matches!(c, '"' | '\'' | '`'))?;
    let start = before + 1;
    let end = line.get(at..)?.find(quote)? + at;
    line.get(start..end)
}

pub(super) fn rot13(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'a'..='m' | 'A'..='M' => char::from(c as u8 + 13),
            'n'..='z' | 'N'..='Z' => char::from(c as u8 - 13),
            other => other,
        })
        .collect()
}

pub(super) fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}
