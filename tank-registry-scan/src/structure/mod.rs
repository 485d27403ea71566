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

/// What people do not see of the files: comments of HTML, invisible characters, unused definitions.
pub(crate) fn hidden_texts(
    documents: &[crate::document::Document],
    texts: &[crate::text::Text],
) -> Vec<crate::text::Text> {
    let _ = (documents, texts);
    Vec::new()
}
