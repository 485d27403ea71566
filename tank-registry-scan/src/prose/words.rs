//! The words of a text that carry ideas.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder};

use crate::text::Normal;

use super::idea::Idea;
use super::vocabulary::WORDS;

struct Table {
    automaton: AhoCorasick,
    /// By pattern: the idea, and whether any ending may follow.
    meaning: Vec<(Idea, bool)>,
}

#[allow(clippy::expect_used)] // The words are constant and every test searches for them.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut words = Vec::new();
    let mut meaning = Vec::new();
    for (idea, list) in WORDS {
        for word in *list {
            let letters = word.trim_end_matches('*');
            // Text is searched for as it is read.
            words.push(if letters.is_ascii() {
                letters.to_owned()
            } else {
                Normal::new(letters).text().trim_end().to_owned()
            });
            meaning.push((*idea, word.ends_with('*')));
        }
    }
    Table {
        automaton: AhoCorasickBuilder::new()
            .build(words)
            .expect("an automaton of few words"),
        meaning,
    }
});

/// A word, or a few, that carry an idea: its offsets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Word {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// All words of a text that carry an idea, in order, by idea.
#[derive(Debug)]
pub(super) struct Words {
    by_idea: Vec<Vec<Word>>,
}

impl Words {
    /// Finds them in a normalised text.
    pub(super) fn of(text: &str) -> Self {
        let mut by_idea = vec![Vec::new(); Idea::COUNT];
        let bytes = text.as_bytes();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        for found in TABLE.automaton.find_overlapping_iter(text) {
            let Some((idea, open)) = TABLE.meaning.get(found.pattern().as_usize()) else {
                continue;
            };
            let starts_inside = found.start() > 0
                && is_word(bytes.get(found.start()))
                && is_word(bytes.get(found.start() - 1));
            let ends_inside =
                !open && is_word(bytes.get(found.end() - 1)) && is_word(bytes.get(found.end()));
            if starts_inside || ends_inside {
                continue;
            }
            if let Some(list) = by_idea.get_mut(*idea as usize) {
                list.push(Word {
                    start: found.start(),
                    end: found.end(),
                });
            }
        }
        for list in &mut by_idea {
            list.sort_unstable();
        }
        Self { by_idea }
    }

    /// The words that carry an idea.
    pub(super) fn with(&self, idea: Idea) -> &[Word] {
        self.by_idea.get(idea as usize).map_or(&[], Vec::as_slice)
    }

    /// The words of an idea that begin within `from..until`.
    pub(super) fn all_within(&self, idea: Idea, from: usize, until: usize) -> &[Word] {
        let list = self.with(idea);
        let first = list.partition_point(|word| word.start < from);
        let end = list.partition_point(|word| word.start < until);
        list.get(first..end).unwrap_or_default()
    }

    /// The first word of an idea that begins within `from..until`.
    pub(super) fn first(&self, idea: Idea, from: usize, until: usize) -> Option<Word> {
        let list = self.with(idea);
        let at = list.partition_point(|word| word.start < from);
        list.get(at).copied().filter(|word| word.start < until)
    }
}
