//! What shell does: files, fenced blocks, commands in sentences and in other languages' strings.

mod carriers;
mod copies;
mod expand;
mod files;
mod filters;
mod guards;
mod hosts;
mod inner;
mod install;
mod leaving;
mod network;
mod origin;
mod parse;
mod places;
mod programs;
mod quoting;
mod redirects;
mod removal;
mod request;
mod rules;
mod run;
mod search;
mod snippet;
mod starting;
mod steering;
mod syntax;
mod system;
#[cfg(test)]
mod tests;
mod touched;
mod values;
mod words;

use std::ops::Range;

pub(crate) use self::hosts::Url;
pub(crate) use self::inner::inner_texts;
pub(crate) use self::origin::judged_origin;
pub(crate) use self::rules::RULES;

use self::run::{Run, State};
use crate::budget::Budget;
use crate::finding::Found;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// What the commands of a document leave behind for those that follow in it.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    file: Option<usize>,
    state: State,
}

/// Looks at a text of commands. `memory` carries what blocks of one document share.
pub(crate) fn look(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    memory: &mut Memory,
    budget: &mut Budget,
    found: &mut Found,
) {
    if text.content.len() > Budget::PARSED {
        budget.exhaust("long scripts");
        return;
    }
    let shares = text.role == Role::Fence;
    if !shares || memory.file != Some(text.file) {
        if shares {
            memory.file = Some(text.file);
            memory.state = State::default();
        } else {
            let mut state = State::default();
            follow(
                skill,
                position,
                text,
                &mut state,
                None,
                &text.content,
                budget,
                found,
            );
            return;
        }
    }
    memory.state.bodies = 0;
    follow(
        skill,
        position,
        text,
        &mut memory.state,
        None,
        &text.content,
        budget,
        found,
    );
}

/// Looks at a line of shell that code in another language runs: `range` is where the line stands in
/// the text.
pub(crate) fn look_at_command(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    range: Range<usize>,
    command: &str,
    budget: &mut Budget,
    found: &mut Found,
) {
    /// Longer ones are no commands.
    const LONGEST: usize = 64 << 10;
    if command.len() <= LONGEST {
        let mut state = State::default();
        follow(
            skill,
            position,
            text,
            &mut state,
            Some(range),
            command,
            budget,
            found,
        );
    }
}

#[allow(clippy::too_many_arguments)] // One place joins all that a run needs.
fn follow(
    skill: &Skill<'_>,
    position: usize,
    text: &Text,
    state: &mut State,
    base: Option<Range<usize>>,
    source: &str,
    budget: &mut Budget,
    found: &mut Found,
) {
    let mut run = Run {
        skill,
        text,
        position,
        found,
        budget,
        state,
        base,
        depth: 0,
        level: 0,
    };
    run.follow(source);
}
