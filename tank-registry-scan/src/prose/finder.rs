//! Patterns that are looked for only where a literal of theirs stands: one pass over the text for all
//! literals, and the patterns on what is around the few that are there.

use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::text::floor;

/// Patterns, each with literals of which every match holds one.
pub(super) struct Finder {
    automaton: AhoCorasick,
    /// By literal: the pattern that it belongs to.
    owners: Vec<usize>,
    patterns: Vec<Regex>,
    reach: usize,
}

impl Finder {
    /// Builds one from constant patterns. No match is longer than `reach` bytes to either side of its
    /// literal.
    #[allow(clippy::expect_used)] // Patterns are constant, and tests run each.
    pub(super) fn new(reach: usize, patterns: &[(&[&str], &str)]) -> Self {
        let mut literals = Vec::new();
        let mut owners = Vec::new();
        for (owner, (words, _)) in patterns.iter().enumerate() {
            literals.extend(words.iter().copied());
            owners.extend(words.iter().map(|_| owner));
        }
        Self {
            automaton: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(literals)
                .expect("an automaton of few words"),
            owners,
            patterns: patterns
                .iter()
                .map(|(_, pattern)| Regex::new(pattern).expect("a valid pattern"))
                .collect(),
            reach,
        }
    }

    /// Where which pattern matches, in order of place; at most 64 of each.
    pub(super) fn find(&self, text: &str) -> Vec<(Range<usize>, usize)> {
        const MOST: usize = 64;
        let mut windows: Vec<Vec<Range<usize>>> = vec![Vec::new(); self.patterns.len()];
        for found in self.automaton.find_overlapping_iter(text) {
            let Some(places) = self
                .owners
                .get(found.pattern().as_usize())
                .and_then(|owner| windows.get_mut(*owner))
            else {
                continue;
            };
            let start = blank_before(text, found.start().saturating_sub(self.reach));
            let end = floor(text, found.end() + self.reach);
            match places.last_mut() {
                Some(last) if last.end >= start => last.end = end.max(last.end),
                _ => places.push(start..end),
            }
        }
        let mut found_all = Vec::new();
        for (owner, (places, pattern)) in windows.iter().zip(&self.patterns).enumerate() {
            let found = places.iter().flat_map(|window| {
                let part = text.get(window.clone()).unwrap_or_default();
                pattern
                    .find_iter(part)
                    .map(|found| window.start + found.start()..window.start + found.end())
            });
            found_all.extend(found.take(MOST).map(|range| (range, owner)));
        }
        found_all.sort_unstable_by_key(|(range, owner)| (range.start, range.end, *owner));
        found_all
    }
}

/// The beginning of a line or a word at or before an offset, so that what begins there is whole.
fn blank_before(text: &str, offset: usize) -> usize {
    let head = text.get(..floor(text, offset)).unwrap_or_default();
    // Where words never end, a cut one has to do.
    let from = floor(head, head.len().saturating_sub(200));
    head.get(from..)
        .and_then(|tail| tail.rfind(char::is_whitespace))
        .map_or(from, |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_where_they_would_in_the_whole_text() {
        let finder = Finder::new(
            20,
            &[
                (&["beta"], r"(?i)alpha \w+ beta"),
                (&["gamma"], r"(?m)^gamma$"),
            ],
        );
        let text = format!(
            "{}\nAlpha x Beta\n{}\ngamma\nnot gamma",
            "z".repeat(300),
            "é ".repeat(90)
        );
        let found: Vec<_> = finder
            .find(&text)
            .into_iter()
            .map(|(range, owner)| (&text[range], owner))
            .collect();
        assert_eq!(found, [("Alpha x Beta", 0), ("gamma", 1)]);
    }
}
