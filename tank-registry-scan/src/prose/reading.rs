//! A text as rules of prose read it: its words by idea, and what kind of block each part stands in.

use std::ops::Range;

use super::idea::Idea;
use super::words::{Word, Words};
use crate::document::Document;
use crate::finding::{Hit, Rule};
use crate::language::Language;
use crate::markdown::BlockKind;
use crate::skill::Skill;
use crate::text::{Normal, Role, Text};

/// A text, read.
#[derive(Debug)]
pub(super) struct Reading<'a> {
    pub(super) text: &'a Text,
    pub(super) normal: Normal,
    pub(super) words: Words,
    /// Blocks of code of a Markdown file, and whether each holds prose; offsets of the source.
    code: Vec<(Range<usize>, bool)>,
    /// The skill, where the text is a Markdown file with blocks.
    skill: Option<&'a Skill<'a>>,
}

/// How a part of a text is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// As it stands.
    Plain,
    /// As an example of what others do.
    Example,
    /// As its opposite.
    Opposite,
}

impl<'a> Reading<'a> {
    /// Reads a text of a skill.
    pub(super) fn new(skill: &'a Skill<'_>, text: &'a Text) -> Self {
        let normal = Normal::new(&text.content);
        let words = Words::of(normal.text());
        let document = skill
            .document(text.file)
            .filter(|_| text.role == Role::File && text.language == Language::Markdown);
        Self {
            text,
            normal,
            words,
            skill: document.map(|_| skill),
            code: document.map(code_blocks).unwrap_or_default(),
        }
    }

    /// The same text with other letters: what it says reversed, or with digits for letters.
    pub(super) fn variant(text: &'a Text) -> Self {
        let normal = Normal::new(&text.content);
        let words = Words::of(normal.text());
        Self {
            text,
            normal,
            words,
            code: Vec::new(),
            skill: None,
        }
    }

    /// Words that follow each other: one of each slot, each within its reach (in bytes) behind the
    /// one before. Answers where the last one ends.
    pub(super) fn follow(
        &self,
        first: Word,
        slots: &[(&[Idea], usize)],
        within_sentence: bool,
    ) -> Option<usize> {
        let mut end = first.end;
        for (ideas, reach) in slots {
            let word = ideas
                .iter()
                .filter_map(|idea| self.words.first(*idea, end, end + reach))
                .min()?;
            if within_sentence && self.normal.breaks_between(first.start, word.start) {
                return None;
            }
            end = word.end;
        }
        Some(end)
    }

    /// A word of an idea in the sentence that holds an offset.
    pub(super) fn in_sentence(&self, idea: Idea, offset: usize) -> Option<Word> {
        let from = self.normal.sentence_start(offset);
        let end = self.normal.sentence_end(offset);
        self.words.first(idea, from, end)
    }

    /// A part of the copy, as far as it is there.
    pub(super) fn slice(&self, from: usize, until: usize) -> &str {
        let text = self.normal.text();
        let from = crate::text::floor(text, from);
        let until = crate::text::floor(text, until).max(from);
        text.get(from..until).unwrap_or_default()
    }

    /// How what begins at an offset is meant: what comes before it in its sentence says so.
    pub(super) fn meaning(&self, start: usize) -> Meaning {
        const SIX_WORDS: usize = 44;
        let sentence = self.normal.sentence_start(start);
        let from = sentence.max(start.saturating_sub(SIX_WORDS));
        for negation in self.words.all_within(Idea::Negation, from, start) {
            let between = self.slice(negation.end, start);
            let doubled = [
                "forget", "fail", "hesitate", "skip", "omit", "miss", "worry",
            ];
            let is_doubled = doubled.iter().any(|word| between.contains(word));
            if !is_doubled && !self.is_concealment(*negation, start) {
                return Meaning::Opposite;
            }
        }
        let from = sentence.max(start.saturating_sub(3 * SIX_WORDS));
        if !self.text.is_concealed() && self.words.first(Idea::About, from, start).is_some() {
            return Meaning::Example;
        }
        Meaning::Plain
    }

    /// Whether a negation is part of a phrase such as "do not tell the user" or "without asking" that
    /// ends before an offset.
    fn is_concealment(&self, negation: Word, start: usize) -> bool {
        [Idea::Unseen, Idea::Unasked].iter().any(|idea| {
            let before = negation.start.saturating_sub(24);
            self.words
                .all_within(*idea, before, negation.end)
                .iter()
                .any(|phrase| phrase.start <= negation.start && phrase.end <= start)
        })
    }

    /// The same for an offset of the source.
    pub(super) fn meaning_at_source(&self, source: usize) -> Meaning {
        self.meaning(self.normal.copy(source))
    }

    /// Whether an offset is within quotes that open shortly before it.
    pub(super) fn is_quoted(&self, start: usize) -> bool {
        const SHORT: usize = 40;
        let before = self.slice(start.saturating_sub(SHORT), start);
        let after = self.slice(start, start + 160);
        before
            .rsplit_once('"')
            .is_some_and(|(_, between)| !between.contains(['.', ':', ',']))
            && after.contains('"')
    }

    /// Whether it is within a block of code that is no prose.
    pub(super) fn is_code(&self, offset: usize) -> bool {
        self.block_of_code(offset).is_some_and(|prose| !prose)
    }

    /// Whether it is within a block that is fenced, whatever is in it.
    pub(super) fn is_fenced(&self, offset: usize) -> bool {
        self.block_of_code(offset).is_some() || self.text.role == Role::Fence
    }

    /// Whether an offset of the source is within a block that is fenced.
    pub(super) fn is_fenced_source(&self, source: usize) -> bool {
        self.block_at(source).is_some() || self.text.role == Role::Fence
    }

    fn block_of_code(&self, offset: usize) -> Option<bool> {
        self.block_at(self.normal.source(offset))
    }

    fn block_at(&self, source: usize) -> Option<bool> {
        let until = self
            .code
            .partition_point(|(range, _)| range.start <= source);
        let (range, prose) = self.code.get(until.checked_sub(1)?)?;
        range.contains(&source).then_some(*prose)
    }

    /// A hit at offsets of the copy.
    pub(super) fn hit(
        &self,
        rule: &'static Rule,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Hit {
        let start = self.normal.source(range.start);
        let end = self
            .normal
            .source(range.end.saturating_sub(1).max(range.start))
            + 1;
        self.source_hit(rule, start..end.max(start), message)
    }

    /// A hit at offsets of the source.
    pub(super) fn source_hit(
        &self,
        rule: &'static Rule,
        range: Range<usize>,
        message: impl Into<String>,
    ) -> Hit {
        let mut hit = Hit::new(rule, self.text, range, message);
        if let (Some(place), Some(skill)) = (hit.place, self.skill) {
            hit.specimen |= skill.is_specimen(place);
        }
        hit
    }
}

fn code_blocks(document: &Document) -> Vec<(Range<usize>, bool)> {
    let Some(markdown) = &document.markdown else {
        return Vec::new();
    };
    let content = document.content.as_deref().unwrap_or_default();
    markdown
        .blocks
        .iter()
        .filter_map(|block| match &block.kind {
            BlockKind::Code { tag, contents } => {
                let code = content.get(contents.clone()).unwrap_or_default();
                let language = match Language::of_tag(tag) {
                    Some(Language::Prose) | None => Language::guess(code),
                    Some(language) => language,
                };
                let prose = matches!(language, Language::Prose | Language::Markdown);
                Some((block.range.clone(), prose))
            }
            _ => None,
        })
        .collect()
}
