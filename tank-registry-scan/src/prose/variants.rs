//! What a text says when its letters are put right: spaced out, digits for letters, written backwards.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use super::chains;
use super::reading::Reading;
use crate::finding::Hit;
use crate::text::Text;

/// Letters with something between each and the next.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static SPACED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b[a-z](?:[ .\-_*|/\u{a0}]{1,3}[a-z]\b){7,}").expect("a valid pattern")
});

/// Words that sentences against an agent hold, without blanks and backwards.
#[allow(clippy::expect_used)] // The words are constant and tests search for them.
static BACKWARDS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build([
            "snoitcurtsni",
            "tpmorp",
            "erongi",
            "dragersid",
            "slaitnederc",
            "yek ipa",
            "laever",
        ])
        .expect("an automaton of few words")
});

/// Where blanks belong in letters that were spaced out.
const WORDS: [&str; 40] = [
    "instructions",
    "instruction",
    "previously",
    "guidelines",
    "disregard",
    "override",
    "previous",
    "credentials",
    "password",
    "earlier",
    "system",
    "prompt",
    "ignore",
    "forget",
    "safety",
    "reveal",
    "secret",
    "execute",
    "upload",
    "prior",
    "above",
    "rules",
    "every",
    "these",
    "those",
    "print",
    "send",
    "your",
    "file",
    "user",
    "tell",
    "the",
    "all",
    "any",
    "and",
    "not",
    "key",
    "run",
    "api",
    "to",
];

/// Looks for orders in the variants of a text.
pub(super) fn hits(text: &Text, found: &mut Vec<Hit>) {
    let content = &*text.content;
    for run in SPACED.find_iter(content).take(64) {
        let letters: String = run
            .as_str()
            .chars()
            .filter(char::is_ascii_alphabetic)
            .collect();
        let words = parted(&letters.to_ascii_lowercase());
        read(text, &words, run.start(), "letters spaced out", found);
    }
    for (at, line) in lines(content) {
        if digits_in_words(line) >= 3 {
            let letters: String = line.chars().map(letter).collect();
            read(text, &letters, at, "digits for letters", found);
        }
    }
    if BACKWARDS.find_iter(content).take(2).count() == 2 {
        for line in lines(content) {
            if BACKWARDS.is_match(line.1) {
                let letters: String = line.1.chars().rev().collect();
                read(text, &letters, line.0, "written backwards", found);
            }
        }
    }
}

fn read(text: &Text, letters: &str, at: usize, layer: &'static str, found: &mut Vec<Hit>) {
    /// So many say enough.
    const MOST: usize = 16;
    if found.len() >= MOST {
        return;
    }
    let mut variant = Text::inside(text, at, letters, crate::language::Language::Prose, layer);
    variant.specimen = text.specimen;
    let reading = Reading::variant(&variant);
    let mut hits = Vec::new();
    chains::hits(&reading, &mut hits);
    found.append(&mut hits);
}

/// Lines with their offsets.
fn lines(content: &str) -> impl Iterator<Item = (usize, &str)> {
    content.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some((start, line))
    })
}

/// How many digits or signs stand between two letters, or begin or end a word, as letters do.
fn digits_in_words(line: &str) -> usize {
    line.as_bytes()
        .windows(3)
        .filter(|three| {
            let &[before, digit, after] = *three else {
                return false;
            };
            letter(char::from(digit)) != char::from(digit)
                && before.is_ascii_alphabetic()
                && after.is_ascii_alphabetic()
        })
        .take(3)
        .count()
}

fn letter(c: char) -> char {
    match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => c,
    }
}

/// Letters without blanks, parted where known words begin and end.
fn parted(letters: &str) -> String {
    let mut words = String::with_capacity(letters.len() * 2);
    let mut rest = letters;
    while let Some(first) = rest.chars().next() {
        if let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
            words.push(' ');
            words.push_str(word);
            words.push(' ');
            rest = rest.get(word.len()..).unwrap_or_default();
        } else {
            words.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    words
}
