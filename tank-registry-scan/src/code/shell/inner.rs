//! Texts within shell: comments, long sentences, and a few lines of other languages.

use super::parse::parse;
use super::programs::{Program, interpreter, told};
use super::syntax::{Command, Part, Pipeline, RedirectKind, Word};
use super::words::program;
use crate::budget::Budget;
use crate::language::Language;
use crate::text::{Role, Text};

/// So many texts are taken from one.
const MOST: usize = 3000;
/// A longer body is no command.
const LONGEST: usize = 64 << 10;
/// Shorter strings say nothing to an agent.
const SENTENCE: usize = 60;

/// Comments, sentences and code of other languages in a text of commands.
pub(crate) fn inner_texts(text: &Text, budget: &mut Budget) -> Vec<Text> {
    if text.content.len() > Budget::PARSED {
        return Vec::new();
    }
    let parsed = parse(&text.content, budget);
    let mut texts = Vec::new();
    let mut block: Option<std::ops::Range<usize>> = None;
    for comment in parsed.comments {
        // Comments that follow each other are one text.
        match &mut block {
            Some(range)
                if text
                    .content
                    .get(range.end..comment.start)
                    .is_some_and(|gap| gap.trim().is_empty()) =>
            {
                range.end = comment.end;
            }
            _ => {
                texts.extend(
                    block
                        .take()
                        .map(|range| made(text, &range, None, Language::Prose, Role::Comment)),
                );
                block = Some(comment);
            }
        }
    }
    texts.extend(
        block
            .take()
            .map(|range| made(text, &range, None, Language::Prose, Role::Comment)),
    );
    let mut open: Vec<&Pipeline> = parsed.lists.iter().rev().collect();
    while let Some(pipeline) = open.pop() {
        for stage in &pipeline.stages {
            if texts.len() >= MOST {
                return texts;
            }
            bodies(text, stage, &mut texts);
            open.extend(stage.group.iter());
            for word in stage
                .words
                .iter()
                .chain(stage.assigned.iter().map(|(_, word)| word))
            {
                for part in &word.parts {
                    if let Part::Output(list) | Part::File(list) = part {
                        open.extend(list.iter());
                    }
                }
            }
        }
    }
    texts
}

fn made(
    outer: &Text,
    range: &std::ops::Range<usize>,
    content: Option<String>,
    language: Language,
    role: Role,
) -> Text {
    let content = content.unwrap_or_else(|| {
        outer
            .content
            .get(range.clone())
            .unwrap_or_default()
            .to_owned()
    });
    Text::of_part(outer, range.start, content, language, role, true)
}

/// What of a word stands there as it is.
fn literal(word: &Word) -> String {
    word.parts
        .iter()
        .map(|part| match part {
            Part::Text { text, .. } | Part::Escaped(text) => text.as_str(),
            _ => " ",
        })
        .collect()
}

fn bodies(text: &Text, stage: &Command, texts: &mut Vec<Text>) {
    let words: Vec<String> = stage.words.iter().map(literal).collect();
    let here = stage
        .redirects
        .iter()
        .find(|redirect| redirect.kind == RedirectKind::Here);
    let at = words
        .iter()
        .take(8)
        .position(|word| interpreter(program(word)).is_some());
    let mut taken = None;
    if let Some((at, language)) =
        at.and_then(|at| Some((at, interpreter(program(words.get(at)?))?)))
        && language != Language::Shell
    {
        let rest: Vec<&str> = words.iter().skip(at + 1).map(String::as_str).collect();
        let body = match told(language, &rest) {
            Program::Body(body) => stage.words.get(at + 1 + body),
            Program::Input => here.map(|redirect| &redirect.target),
            _ => None,
        };
        let language = match language {
            Language::AppleScript
                if rest
                    .iter()
                    .any(|word| word.eq_ignore_ascii_case("javascript")) =>
            {
                Language::JavaScript
            }
            other => other,
        };
        if let Some(word) = body {
            let content = literal(word);
            if content.len() <= LONGEST && content.len() > 8 {
                texts.push(made(
                    text,
                    &word.range,
                    Some(content),
                    language,
                    Role::Command,
                ));
            }
            taken = Some(word.range.clone());
        }
    }
    // What it says at length is read by the agent that runs it.
    let words = stage
        .words
        .iter()
        .chain(stage.assigned.iter().map(|(_, word)| word))
        .chain(here.map(|redirect| &redirect.target));
    for word in words {
        if word.range.len() < SENTENCE || taken.as_ref() == Some(&word.range) {
            continue;
        }
        let content = literal(word);
        if content.len() <= LONGEST && content.split_whitespace().nth(7).is_some() {
            texts.push(made(
                text,
                &word.range,
                Some(content),
                Language::Prose,
                Role::Literal,
            ));
        }
    }
}
