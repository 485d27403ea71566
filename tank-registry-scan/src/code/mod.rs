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

/// Comments and long strings of a text that is code, and commands that a data file orders to run.
pub(crate) fn inner_texts(text: &crate::text::Text, budget: &mut Budget) -> Vec<crate::text::Text> {
    let _ = (text, budget);
    Vec::new()
}
