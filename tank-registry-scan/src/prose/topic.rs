//! What a skill says it is about.

use crate::skill::Skill;

/// What a skill says it is about, in lower case.
#[derive(Debug)]
pub(super) struct Topic<'a>(&'a str);

impl<'a> Topic<'a> {
    pub(super) fn of(skill: &'a Skill<'_>) -> Self {
        Self(skill.topic())
    }

    /// Whether it holds one of these beginnings of words.
    pub(super) fn mentions(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.0.contains(word))
    }
}
