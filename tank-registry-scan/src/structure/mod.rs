//! How a package is made, and text that hides from people.
//!
//! What is hidden is told here where hiding alone is wrong: characters that change the order of
//! others, or spell text that nobody sees. All else that is hidden becomes a text of its own, and
//! what it says decides.

mod front;
mod hidden;
mod rules;
#[cfg(test)]
mod tests;
mod unicode;

pub(crate) use self::front::front_matter_commands;
pub(crate) use self::hidden::hidden_texts;
pub(crate) use self::rules::RULES;

use crate::budget::{Budget, OutOfTime};
use crate::document::{Document, Encoding};
use crate::finding::{Found, Hit};
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Looks at every file and its name.
pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    front::look(skill, found);
    for (file, document) in skill.documents.iter().enumerate() {
        name(file, document, found);
        if matches!(document.encoding, Encoding::Broken | Encoding::Utf16) {
            let message = "The file is not UTF-8: agents and people may read different text.";
            found
                .hits
                .push(Hit::whole(&rules::ENCODING, Some(file), message));
        }
    }
    budget.check_time()?;
    for text in skill.texts.iter().filter(|text| text.role == Role::File) {
        for odd in unicode::oddities(&text.content) {
            let message = told(odd.what, odd.count);
            let mut hit = Hit::new(odd.rule, text, odd.range, message).severity(odd.severity);
            hit.specimen |= hit.place.is_some_and(|place| skill.is_specimen(place));
            found.hits.push(hit);
        }
        whitespace(text, found);
        budget.check_time()?;
    }
    Ok(())
}

fn told(what: &str, count: usize) -> String {
    if count == 1 {
        format!("{what}.")
    } else {
        format!("{what} ({count} times).")
    }
}

/// A file's name: whether it hides, and whether it is what it looks like.
fn name(file: usize, document: &Document, found: &mut Found) {
    let hidden = document
        .path
        .split('/')
        .find(|part| part.starts_with('.') && part.len() > 1);
    if let Some(part) = hidden {
        let rule = match part {
            ".npmrc" | ".pypirc" | ".netrc" | ".git-credentials" => Some(&rules::CREDENTIAL_FILE),
            _ if is_usual(part) => None,
            _ => Some(&rules::HIDDEN_FILE),
        };
        let message = format!("{part} is hidden where files are listed.");
        found
            .hits
            .extend(rule.map(|rule| Hit::whole(rule, Some(file), message)));
    }
    for odd in unicode::oddities(&document.path) {
        let message = format!("In the name of the file: {}", told(odd.what, odd.count));
        found
            .hits
            .push(Hit::whole(odd.rule, Some(file), message).severity(odd.severity));
    }
}

/// Names with a dot that tools expect and that run nothing.
fn is_usual(part: &str) -> bool {
    const USUAL: [&str; 18] = [
        ".gitignore",
        ".gitattributes",
        ".gitkeep",
        ".keep",
        ".editorconfig",
        ".dockerignore",
        ".npmignore",
        ".prettierrc",
        ".prettierignore",
        ".eslintignore",
        ".eslintrc.json",
        ".markdownlint.json",
        ".nvmrc",
        ".python-version",
        ".github",
        ".claude-plugin",
        ".skillignore",
        ".clawhubignore",
    ];
    USUAL.contains(&part) || [".env.example", ".env.sample", ".env.template"].contains(&part)
}

/// Blanks that push text out of sight, or carry data at the ends of lines.
fn whitespace(text: &Text, found: &mut Found) {
    const CODED_LINES: usize = 20;
    if let Some(range) = hidden::pushed_away(&text.content).into_iter().next() {
        let message = "Blanks push text to where nobody looks.";
        found
            .hits
            .push(Hit::new(&rules::WHITESPACE, text, range, message));
        return;
    }
    let mut at = 0;
    let mut coded = Vec::new();
    for line in text.content.split_inclusive('\n') {
        let line_end = line.trim_end_matches(['\n', '\r']);
        let kept = line_end.trim_end_matches([' ', '\t']).len();
        let tail = line_end.get(kept..).unwrap_or_default();
        if tail.len() >= 4 && tail.contains(' ') && tail.contains('\t') {
            coded.push(at + kept);
        }
        at += line.len();
    }
    if let Some(first) = coded.first().filter(|_| coded.len() >= CODED_LINES) {
        let message = format!(
            "{} lines end in blanks and tabs that may carry data.",
            coded.len()
        );
        found
            .hits
            .push(Hit::new(&rules::WHITESPACE, text, *first..*first, message));
    }
}
