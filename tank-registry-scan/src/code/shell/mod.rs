//! TODO
use crate::budget::Budget;
use crate::finding::{Found, Rule};
use crate::skill::Skill;
use crate::text::Text;

pub(crate) static RULES: &[&Rule] = &[];

pub(crate) fn look(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    budget: &mut Budget,
    found: &mut Found,
) {
    let _ = (skill, position, text, found, budget);
}

pub(crate) fn inner_texts(text: &Text) -> Vec<Text> {
    let _ = text;
    Vec::new()
}
