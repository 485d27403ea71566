//! The parts of a shell text.

use std::ops::Range;

/// Commands that hand their output on: `a | b`.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) stages: Vec<Command>,
    pub(super) range: Range<usize>,
}

/// A simple command, or a group of them.
#[derive(Debug, Default)]
pub(super) struct Command {
    /// `NAME=value` before the name.
    pub(super) assigned: Vec<(String, Word)>,
    /// The name and what follows it.
    pub(super) words: Vec<Word>,
    pub(super) redirects: Vec<Redirect>,
    /// What is between brackets, or between a keyword and its end.
    pub(super) group: Vec<Pipeline>,
    pub(super) range: Range<usize>,
}

/// A word, before anything in it is replaced.
#[derive(Debug, Clone, Default)]
pub(super) struct Word {
    pub(super) parts: Vec<Part>,
    pub(super) range: Range<usize>,
    /// Whether quotes or backslashes stand within a run of letters, where they change nothing but
    /// how it looks: `c""url`.
    pub(super) broken: bool,
}

/// A part of a word.
#[derive(Debug, Clone)]
pub(super) enum Part {
    /// As it stands.
    Text { text: String, quoted: bool },
    /// `$'…'` with escapes that spell letters.
    Escaped(String),
    /// `$NAME`, `${NAME…}` with what follows the name.
    Variable {
        name: String,
        rest: String,
        quoted: bool,
    },
    /// `$(…)`, backticks.
    Output(std::rc::Rc<Vec<Pipeline>>),
    /// `<(…)`, `>(…)`.
    File(std::rc::Rc<Vec<Pipeline>>),
}

/// Where input comes from or output goes.
#[derive(Debug)]
pub(super) struct Redirect {
    pub(super) kind: RedirectKind,
    pub(super) target: Word,
}

/// The direction of a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RedirectKind {
    Input,
    Output,
    Append,
    /// Both ways: `<>`.
    Both,
    /// The lines that follow, or the word itself.
    Here,
}
