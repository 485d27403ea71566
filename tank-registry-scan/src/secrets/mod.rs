//! TODO
use crate::budget::{Budget, OutOfTime};
use crate::finding::{Hit, Rule};
use crate::skill::Skill;

pub(crate) static RULES: &[&Rule] = &[];

pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    hits: &mut Vec<Hit>,
) -> Result<(), OutOfTime> {
    let _ = (skill, hits);
    budget.check_time()
}

/// A text with every secret in it masked.
pub(crate) fn masked(text: &str) -> String {
    text.to_owned()
}
