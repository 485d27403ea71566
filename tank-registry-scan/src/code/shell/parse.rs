//! A reader of POSIX shell, bash and zsh that never gives up: what it cannot make sense of is a word.
//!
//! Commands in skills stand among placeholders, prompts and what they print, where a grammar loses
//! its way. This reader keeps going line by line, in one pass and without going back.

use std::collections::BTreeMap;
use std::ops::Range;

use super::syntax::{Command, Part, Pipeline, Word};
use crate::budget::Budget;

/// Brackets within brackets.
pub(super) const DEEPEST: u32 = 40;
/// How often reading starts again behind a quote that is never closed.
const RESTARTS: u32 = 8;

/// What a text is made of.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) lists: Vec<Pipeline>,
    pub(super) comments: Vec<Range<usize>>,
}

/// Reads a text.
pub(super) fn parse(source: &str, budget: &mut Budget) -> Parsed {
    let mut parsed = Parsed::default();
    let mut from = 0;
    for _ in 0..RESTARTS {
        let mut parser = Parser::new(source, from, budget);
        parser.list(&mut parsed.lists, End::Text, 0);
        parsed.comments.append(&mut parser.comments);
        let unclosed = parser.unclosed;
        if parser.too_deep {
            budget.exhaust("nested shell");
        }
        // What stands behind a stray quote would be lost: start again on the next line.
        let Some(at) = unclosed else { break };
        let rest = source.as_bytes().get(at..).unwrap_or_default();
        let Some(line) = memchr::memchr(b'\n', rest) else {
            break;
        };
        from = at + line + 1;
    }
    parsed
}

/// What ends a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Text,
    Bracket,
    Brace,
    Tick,
    Keyword,
}

pub(super) struct Parser<'s, 'b> {
    pub(super) source: &'s str,
    pub(super) bytes: &'s [u8],
    pub(super) at: usize,
    pub(super) budget: &'b mut Budget,
    /// Line breaks that here-documents follow, and where these end.
    pub(super) here: BTreeMap<usize, usize>,
    pub(super) comments: Vec<Range<usize>>,
    /// Where a quote opens that is never closed.
    pub(super) unclosed: Option<usize>,
    pub(super) too_deep: bool,
    /// Here-documents whose end was not found: shifts of bits, most likely.
    pub(super) endless: u32,
}

impl<'s, 'b> Parser<'s, 'b> {
    fn new(source: &'s str, at: usize, budget: &'b mut Budget) -> Self {
        Self {
            source,
            bytes: source.as_bytes(),
            at,
            budget,
            here: BTreeMap::new(),
            comments: Vec::new(),
            unclosed: None,
            too_deep: false,
            endless: 0,
        }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn after(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    pub(super) fn slice(&self, range: Range<usize>) -> &'s str {
        self.source.get(range).unwrap_or_default()
    }

    pub(super) fn rest(&self) -> &'s [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Skips blanks and joined lines.
    pub(super) fn blanks(&mut self) {
        loop {
            match (self.peek(), self.after(1), self.after(2)) {
                (Some(b' ' | b'\t' | b'\r'), ..) => self.at += 1,
                (Some(b'\\'), Some(b'\n'), _) => self.at += 2,
                (Some(b'\\'), Some(b'\r'), Some(b'\n')) => self.at += 3,
                _ => return,
            }
        }
    }

    /// Skips a line break, and the here-documents behind it.
    fn line_break(&mut self) {
        self.at = self.here.remove(&self.at).unwrap_or(self.at + 1);
    }

    pub(super) fn blank_lines(&mut self) {
        loop {
            self.blanks();
            match self.peek() {
                Some(b'\n') => self.line_break(),
                Some(b'#') => self.comment(),
                _ => return,
            }
        }
    }

    /// The word of plain letters that starts here, where it is a word by itself.
    fn bare(&self) -> &'s str {
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_lowercase() && *byte != b'!')
            .unwrap_or(rest.len());
        let ends = rest.get(length).is_none_or(|byte| {
            matches!(
                byte,
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'(' | b')' | b'\\'
            )
        });
        if ends {
            self.slice(self.at..self.at + length)
        } else {
            ""
        }
    }

    pub(super) fn list(&mut self, into: &mut Vec<Pipeline>, end: End, depth: u32) {
        loop {
            let line_start = self.at == 0 || self.bytes.get(self.at - 1) == Some(&b'\n');
            self.blanks();
            if line_start {
                self.prompt();
                self.blanks();
            }
            let Some(byte) = self.peek() else { return };
            let closes = match byte {
                b'\n' => {
                    self.line_break();
                    continue;
                }
                b'#' => {
                    self.comment();
                    continue;
                }
                b')' => Some(End::Bracket),
                b'}' if !self.after(1).is_some_and(|b| b.is_ascii_alphanumeric()) => {
                    Some(End::Brace)
                }
                b'`' if end == End::Tick => Some(End::Tick),
                b';' | b'&' | b'|' if self.after(1) != Some(b'>') => Some(End::Text),
                _ => None,
            };
            if let Some(closes) = closes {
                self.at += 1;
                if closes == end && end != End::Text {
                    return;
                }
                continue;
            }
            match self.bare() {
                word @ ("then" | "do" | "else" | "elif" | "!") => {
                    self.at += word.len();
                    continue;
                }
                word @ ("done" | "fi" | "esac") => {
                    self.at += word.len();
                    if end == End::Keyword {
                        return;
                    }
                    continue;
                }
                _ => {}
            }
            let before = self.at;
            if !self.budget.take_node() {
                self.at = self.bytes.len();
                return;
            }
            let pipeline = self.pipeline(end, depth);
            into.push(pipeline);
            if self.at == before {
                // Whatever it is, it is no word: on with the next character.
                self.at += 1;
            }
        }
    }

    /// Skips what a terminal shows before a command, and what a makefile or Dockerfile puts there.
    fn prompt(&mut self) {
        const LONGEST: usize = 80;
        let rest = self.rest();
        for mark in ["$ ", "% ", "❯ ", "➜ ", "» ", "• ", "→ ", "@", "- ", "* "] {
            if rest.starts_with(mark.as_bytes()) {
                self.at += mark.len();
                return;
            }
        }
        let line = rest.get(..rest.len().min(LONGEST)).unwrap_or_default();
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let end = memchr::memmem::find(line, b"$ ").or_else(|| memchr::memmem::find(line, b"# "));
        let Some(end) = end else { return };
        let head = line.get(..end).unwrap_or_default();
        let plain = head.iter().all(|byte| {
            byte.is_ascii_alphanumeric() || b"@:~/._-[] ()".contains(byte) || !byte.is_ascii()
        });
        if plain && head.contains(&b'@') {
            self.at += end + 2;
        }
    }

    fn comment(&mut self) {
        let start = self.at;
        let rest = self.rest();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        self.comments.push(start..self.at);
    }

    fn pipeline(&mut self, end: End, depth: u32) -> Pipeline {
        let start = self.at;
        let mut stages = vec![self.command(end, depth)];
        loop {
            self.blanks();
            if self.peek() != Some(b'|') || self.after(1) == Some(b'|') {
                break;
            }
            self.at += if self.after(1) == Some(b'&') { 2 } else { 1 };
            // The next stage may stand on the next line.
            self.blank_lines();
            if self.peek().is_none() || !self.budget.take_node() {
                break;
            }
            stages.push(self.command(end, depth));
        }
        Pipeline {
            stages,
            range: start..self.at,
        }
    }

    fn command(&mut self, end: End, depth: u32) -> Command {
        let start = self.at;
        let mut command = Command::default();
        loop {
            self.blanks();
            let first = command.words.is_empty() && command.group.is_empty();
            let Some(byte) = self.peek() else { break };
            let next = self.after(1);
            match byte {
                b'&' if next == Some(b'>') => {
                    self.at += 1;
                    self.redirect(&mut command, end, depth);
                }
                b'\n' | b';' | b'|' | b')' | b'&' | b'#' => break,
                b'`' if end == End::Tick => break,
                b'}' if end == End::Brace && command.words.is_empty() => break,
                b'<' | b'>' if next != Some(b'(') && self.placeholder().is_none() => {
                    self.redirect(&mut command, end, depth);
                }
                b'0'..=b'9' if matches!(next, Some(b'<' | b'>')) && self.after(2) != Some(b'(') => {
                    self.at += 1;
                    self.redirect(&mut command, end, depth);
                }
                b'(' if next == Some(b'(') && first => self.arithmetic(),
                b'(' => {
                    self.at += 1;
                    self.blanks();
                    if self.peek() == Some(b')') {
                        // `name() { … }`: what it does counts where it is written.
                        self.at += 1;
                        command.words.clear();
                        self.blank_lines();
                    } else if first {
                        self.group(&mut command, End::Bracket, depth);
                    }
                }
                b'{' if first && matches!(next, Some(b' ' | b'\n' | b'\t' | b'\r')) => {
                    self.at += 1;
                    self.group(&mut command, End::Brace, depth);
                }
                _ => {
                    if first && self.keyword(&mut command, end, depth) {
                        continue;
                    }
                    let before = self.at;
                    self.word_or_assignment(&mut command, end, depth);
                    if self.at == before || !self.budget.take_node() {
                        break;
                    }
                }
            }
        }
        command.range = start..self.at;
        command
    }

    fn group(&mut self, command: &mut Command, end: End, depth: u32) {
        if depth >= DEEPEST {
            self.too_deep = true;
            return;
        }
        self.list(&mut command.group, end, depth + 1);
    }

    /// A loop, a condition, a function: answers whether one starts here.
    fn keyword(&mut self, command: &mut Command, end: End, depth: u32) -> bool {
        let word = self.bare();
        match word {
            "while" | "until" | "if" => {
                self.at += word.len();
                self.group(command, End::Keyword, depth);
            }
            "for" | "select" => {
                self.at += word.len();
                self.blanks();
                let name = self.name().to_owned();
                if name.is_empty() {
                    // `for ((;;))`
                    self.arithmetic();
                } else {
                    self.at += name.len();
                    self.blanks();
                    let mut values = Command::default();
                    if self.bare() == "in" {
                        self.at += 2;
                        values = self.command(end, depth);
                    }
                    command.assigned.push((name, joined(values.words)));
                }
                self.group(command, End::Keyword, depth);
            }
            "case" => {
                self.at += word.len();
                self.blanks();
                let _ = self.word(end, depth);
                self.blanks();
                if self.bare() == "in" {
                    self.at += 2;
                }
                self.group(command, End::Keyword, depth);
            }
            "function" => {
                self.at += word.len();
                self.blanks();
                let name = self.name().len();
                self.at += name;
                self.blanks();
                if self.peek() == Some(b'(') && self.after(1) == Some(b')') {
                    self.at += 2;
                }
                self.blank_lines();
            }
            _ => return false,
        }
        true
    }

    pub(super) fn name(&self) -> &'s str {
        let rest = self.rest();
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_')
            .unwrap_or(rest.len());
        match rest.first() {
            Some(first) if !first.is_ascii_digit() => self.slice(self.at..self.at + length),
            _ => "",
        }
    }

    /// Skips `((…))`.
    pub(super) fn arithmetic(&mut self) {
        const LONGEST: usize = 4096;
        let rest = self.rest();
        let near = rest.get(..LONGEST).unwrap_or(rest);
        self.at += memchr::memmem::find(near, b"))").map_or(near.len().min(2), |end| end + 2);
    }
}

pub(super) fn plain(part: &Part) -> &str {
    match part {
        Part::Text { text, .. } | Part::Escaped(text) => text,
        _ => "",
    }
}

/// Words as one, with blanks between them.
pub(super) fn joined(words: Vec<Word>) -> Word {
    let mut all = Word::default();
    for word in words {
        if all.parts.is_empty() {
            all.range = word.range.clone();
        } else {
            all.parts.push(Part::Text {
                text: " ".to_owned(),
                quoted: true,
            });
        }
        all.range.end = word.range.end;
        all.parts.extend(word.parts);
    }
    all
}
