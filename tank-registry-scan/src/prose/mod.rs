//! Prompt injection: what a text orders an agent to do against its user.
//!
//! Rules look for ideas that stand together, an act, what it is done to and where that goes, in a
//! normalised copy of the text. An imperative alone is never a finding: skills are made of them.

mod behind;
mod bias;
mod chains;
mod finder;
mod guards;
mod idea;
mod markup;
mod off_topic;
mod orders;
mod prerequisite;
mod reading;
mod rules;
mod steps;
#[cfg(test)]
mod tests;
mod topic;
mod variants;
mod vocabulary;
mod words;

pub(crate) use self::rules::RULES;

use self::reading::Reading;
use self::topic::Topic;
use crate::budget::{Budget, OutOfTime};
use crate::finding::{Found, Hit};
use crate::language::Language;
use crate::pattern::pattern;
use crate::skill::Skill;
use crate::text::{Role, Text};

pattern!(
    OF_OTHERS,
    r"(?i)\b(?:ignore|disregard|refuse)\b[^.]{0,30}\b(?:embedded|injected|malicious|such|untrusted|hostile)\b"
);
pattern!(
    QUOTED,
    r#"(?i)["“'`«]\s?(?:please\s+|now\s+)?(?:ignore|disregard|forget|override)\b[^"”'`»]{0,160}["”'`»]"#
);

/// Looks at every text that is prose, or may hold some.
pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    let topic = Topic::of(skill);
    for (file, document) in skill.documents.iter().enumerate() {
        let words = document.path.replace(['-', '_', '/', '.'], " ");
        if words.split_whitespace().count() > 2 {
            // Of a name, there is no line.
            let name = Text::new(file, words, Language::Prose, Role::Name, 0);
            chains::hits(&Reading::new(skill, &name), &mut found.hits);
        }
    }
    for text in &skill.texts {
        let mut hits = Vec::new();
        if is_prose(text) {
            let reading = Reading::new(skill, text);
            chains::hits(&reading, &mut hits);
            steps::hits(skill, &topic, &reading, &mut hits);
            behind::hits(&reading, &mut hits);
            prerequisite::hits(&reading, &mut hits);
            bias::hits(&reading, &mut hits);
            markup::hits(&reading, &mut hits);
            off_topic::hits(&topic, text, Some(&reading), &mut hits);
            variants::hits(text, &mut hits);
            if text.hidden {
                orders::hits(&reading, &mut hits);
            }
            found
                .hits
                .extend(hits.into_iter().map(|hit| concealed(text, quoted(hit))));
        } else if text.role == Role::File {
            off_topic::hits(&topic, text, None, &mut hits);
            found.hits.extend(hits);
        }
        budget.check_time()?;
    }
    Ok(())
}

/// An override between quotation marks is spoken about: nobody follows what is quoted.
fn quoted(mut hit: Hit) -> Hit {
    if hit.rule.id == "override"
        && (QUOTED.is_match(&hit.evidence) || OF_OTHERS.is_match(&hit.evidence))
    {
        hit.specimen = true;
    }
    hit
}

/// Whether a text is read by these rules. A Markdown file is read as a whole, so that what stands in
/// neighbouring blocks is seen together; of code, comments and strings come as texts of their own.
fn is_prose(text: &Text) -> bool {
    match text.role {
        Role::File => !text.language.is_code(),
        Role::Comment | Role::Literal | Role::Name | Role::Decoded | Role::Hidden => true,
        Role::Fence | Role::InlineCode | Role::Paragraph | Role::FrontMatter | Role::Command => {
            false
        }
    }
}

/// A hit in a text that people do not see is a hidden instruction.
fn concealed(text: &Text, mut hit: Hit) -> Hit {
    if text.hidden {
        hit.rule = &rules::HIDDEN;
        hit.severity = hit.severity.max(tank_registry_core::scan::Severity::Medium);
    }
    hit
}
