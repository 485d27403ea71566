//! TODO
use crate::finding::{Found, Rule};
use crate::skill::Skill;
use crate::text::Text;

pub(crate) static RULES: &[&Rule] = &[];

pub(crate) fn look(skill: &Skill<'_>, position: usize, text: &Text, found: &mut Found) {
    let _ = (skill, position, text, found);
}

pub(crate) fn commands_of_data(text: &Text) -> Vec<Text> {
    let _ = text;
    Vec::new()
}
