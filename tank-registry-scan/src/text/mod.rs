//! Texts to look at: a file, a fenced block in it, a comment, what an encoded run decodes to. Every
//! text knows where in which file it stands.

mod lines;
mod normal;

use std::ops::Range;
use std::sync::Arc;

pub(crate) use self::lines::Lines;
pub(crate) use self::normal::{Normal, look_alike};

use crate::finding::Place;
use crate::language::Language;

/// What a text is within its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    /// The whole file.
    File,
    /// A fenced or indented block of Markdown.
    Fence,
    /// Code within a sentence.
    InlineCode,
    /// A paragraph, a list, a table, or a heading with what belongs together.
    Paragraph,
    /// The front matter of a Markdown file, or a value in it that is run.
    FrontMatter,
    /// A comment in code.
    Comment,
    /// A long string in code, JSON or YAML.
    Literal,
    /// A command that a data file names: a script of `package.json`, a hook, an MCP server.
    Command,
    /// The path of a file.
    Name,
    /// What an encoded run decodes to.
    Decoded,
    /// Text that people do not see: an HTML comment, invisible characters, an unused definition.
    Hidden,
}

/// A text to look at.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    /// Position of its file among the documents.
    pub(crate) file: usize,
    pub(crate) content: Arc<str>,
    pub(crate) language: Language,
    pub(crate) role: Role,
    lines: Lines,
    /// What was undone to get at it, outermost first: `base64`, `gzip`; `html comment` for text that
    /// is hidden.
    pub(crate) layers: Vec<&'static str>,
    /// Whether people do not see it where it stands.
    pub(crate) hidden: bool,
    /// Whether what stands around it says that it shows an attack, rather than making one.
    pub(crate) specimen: bool,
    /// The headings above it and the sentence before it, for rules that weigh context; lower case.
    pub(crate) around: Arc<str>,
}

impl Text {
    /// A text whose first line is line `line` of its file (from 1).
    pub(crate) fn new(
        file: usize,
        content: impl Into<Arc<str>>,
        language: Language,
        role: Role,
        line: u32,
    ) -> Self {
        let content = content.into();
        let lines = Lines::new(&content, line);
        Self {
            file,
            content,
            language,
            role,
            lines,
            layers: Vec::new(),
            hidden: false,
            specimen: false,
            around: "".into(),
        }
    }

    /// A text that stands, all of it, at one place of another: what a run of it decodes to.
    pub(crate) fn inside(
        outer: &Self,
        at: usize,
        content: impl Into<Arc<str>>,
        language: Language,
        layer: &'static str,
    ) -> Self {
        let mut layers = outer.layers.clone();
        layers.push(layer);
        Self {
            file: outer.file,
            content: content.into(),
            language,
            role: Role::Decoded,
            lines: Lines::all_on(outer.place(at).line),
            layers,
            hidden: outer.hidden,
            specimen: outer.specimen,
            around: Arc::clone(&outer.around),
        }
    }

    /// A text that stands in another as it is, or spelled otherwise: a comment, a string, a command.
    /// Its lines are those of the other where `spans` says so, else all of it is on one line.
    pub(crate) fn of_part(
        outer: &Self,
        at: usize,
        content: impl Into<Arc<str>>,
        language: Language,
        role: Role,
        spans: bool,
    ) -> Self {
        let content = content.into();
        let line = outer.place(at).line;
        let lines = if spans {
            Lines::new(&content, line)
        } else {
            Lines::all_on(line)
        };
        Self {
            content,
            language,
            role,
            lines,
            ..outer.clone()
        }
    }

    /// The line of an offset.
    pub(crate) fn place(&self, offset: usize) -> Place {
        Place {
            file: self.file,
            line: self.lines.line(offset),
        }
    }

    /// Whether it was encoded, or stands where people do not see it.
    pub(crate) fn is_concealed(&self) -> bool {
        self.hidden || !self.layers.is_empty()
    }

    /// How it was concealed, for people; empty where it was not.
    pub(crate) fn chain(&self) -> String {
        self.layers.join(" > ")
    }

    /// The range and what stands around it on its line.
    pub(crate) fn excerpt(&self, range: Range<usize>) -> String {
        const AROUND: usize = 60;
        let content = &*self.content;
        let start = range.start.min(content.len());
        let end = range.end.clamp(start, content.len());
        let from = content[..floor(content, start)]
            .char_indices()
            .rev()
            .take(AROUND)
            .take_while(|(_, c)| *c != '\n')
            .last()
            .map_or(floor(content, start), |(at, _)| at);
        let end = floor(content, end.min(start + 400));
        let until = content[end..]
            .char_indices()
            .take(AROUND)
            .find(|(_, c)| *c == '\n')
            .map_or_else(
                || floor(content, (end + AROUND).min(content.len())),
                |(at, _)| end + at,
            );
        content[from..until.max(end)].to_owned()
    }
}

/// The nearest boundary of a character at or below an offset.
pub(crate) fn floor(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Whether a character shows nothing, or changes the order in which others are shown.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}
