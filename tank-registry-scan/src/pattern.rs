//! Patterns that rules are made of.

use aho_corasick::AhoCorasick;
use regex::Regex;

/// A pattern from its parts. Words are those of ASCII: with the boundaries of other scripts, a search
/// through a text that holds any of them takes many times as long.
#[allow(clippy::expect_used)] // Patterns are constant and every test runs them.
pub(crate) fn compiled(parts: &[&str]) -> Regex {
    let pattern = parts.concat().replace(r"\b", r"(?-u:\b)");
    Regex::new(&pattern).expect("a valid pattern")
}

/// A static pattern, made of one or more literals, that is compiled when it is first needed.
macro_rules! pattern {
    ($seen:vis $name:ident, $($part:expr),+ $(,)?) => {
        $seen static $name: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::pattern::compiled(&[$($part),+]));
    };
}
pub(crate) use pattern;

/// Words, in any case, that tell in one pass whether a search for more is worth it.
#[allow(clippy::expect_used)] // Words are constant and every test builds them.
pub(crate) fn any_of(words: &[&str]) -> AhoCorasick {
    AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .build(words)
        .expect("a few words")
}
