//! What code does: files, fenced blocks, and commands in sentences. Scripts and shell have their own
//! readers; other languages are looked at by pattern.

mod patterns;
mod script;
mod shell;

use tank_registry_core::scan::{Severity, Stage};

use crate::budget::{Budget, OutOfTime};
use crate::finding::{Found, Rule};
use crate::language::Language;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// As many pieces as a reader takes out of one text.
const MOST_PIECES: usize = 3000;

pub(crate) static RULES: &[&[&Rule]] = &[script::RULES, shell::RULES, patterns::RULES];

/// A rule of this stage.
const fn rule(
    id: &'static str,
    kind: &'static str,
    severity: Severity,
    cwe: &'static str,
    fix: &'static str,
) -> Rule {
    Rule {
        id,
        stage: Stage::Code,
        kind,
        severity,
        cwe,
        fix,
    }
}

/// Looks at every text that is code.
pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    let mut memory = shell::Memory::default();
    for (position, text) in skill.texts.iter().enumerate() {
        match text.language {
            Language::Python | Language::JavaScript | Language::TypeScript => {
                script::look(skill, position, text, budget, found);
            }
            Language::Shell => {
                shell::look(skill, position, text, &mut memory, budget, found);
            }
            Language::Prose if text.role == Role::Paragraph => {
                script::look_loose(skill, position, text, budget, found);
            }
            _ => {}
        }
        patterns::look(skill, position, text, budget, found);
        budget.check_time()?;
    }
    Ok(())
}

/// Comments and long strings of a text that is code, and commands that a data file orders to run.
pub(crate) fn inner_texts(text: &Text, budget: &mut Budget) -> Vec<Text> {
    let texts = match text.language {
        Language::Python | Language::JavaScript | Language::TypeScript => {
            script::inner_texts(text, budget)
        }
        Language::Shell => shell::inner_texts(text, budget),
        Language::Json | Language::Yaml | Language::Toml => patterns::commands_of_data(text),
        _ => Vec::new(),
    };
    // Readers take so many pieces and no more: where they stop, something was not looked at.
    if texts.len() >= MOST_PIECES {
        budget.exhaust("pieces of code and data");
    }
    texts
}
