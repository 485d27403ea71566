//! A reader of POSIX shell, bash and zsh that never gives up: what it cannot make sense of is a word.
//!
//! Commands in skills stand among placeholders, prompts and what they print, where a grammar loses
//! its way. This reader keeps going line by line, in one pass and without going back.

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::syntax::{Command, Part, Pipeline, Redirect, RedirectKind, Word};
use crate::budget::Budget;

/// Brackets within brackets.
const DEEPEST: u32 = 40;
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
enum End {
    Text,
    Bracket,
    Brace,
    Tick,
    Keyword,
}

pub(super) struct Parser<'s, 'b> {
    source: &'s str,
    pub(super) bytes: &'s [u8],
    pub(super) at: usize,
    budget: &'b mut Budget,
    /// Line breaks that here-documents follow, and where these end.
    here: BTreeMap<usize, usize>,
    comments: Vec<Range<usize>>,
    /// Where a quote opens that is never closed.
    unclosed: Option<usize>,
    too_deep: bool,
    /// Here-documents whose end was not found: shifts of bits, most likely.
    endless: u32,
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

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn after(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn slice(&self, range: Range<usize>) -> &'s str {
        self.source.get(range).unwrap_or_default()
    }

    fn rest(&self) -> &'s [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Skips blanks and joined lines.
    fn blanks(&mut self) {
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

    fn blank_lines(&mut self) {
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

    fn list(&mut self, into: &mut Vec<Pipeline>, end: End, depth: u32) {
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

    fn name(&self) -> &'s str {
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
    fn arithmetic(&mut self) {
        const LONGEST: usize = 4096;
        let rest = self.rest();
        let near = rest.get(..LONGEST).unwrap_or(rest);
        self.at += memchr::memmem::find(near, b"))").map_or(near.len().min(2), |end| end + 2);
    }

    /// `<name>`, which stands for something in documentation: its length.
    fn placeholder(&self) -> Option<usize> {
        const LONGEST: usize = 48;
        let rest = self.rest();
        let rest = rest.get(..rest.len().min(LONGEST)).unwrap_or(rest);
        if rest.first() != Some(&b'<') || !rest.get(1).is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        let end = memchr::memchr(b'>', rest)?;
        rest.get(1..end)?
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_- .:|".contains(byte))
            .then_some(end + 1)
    }

    fn redirect(&mut self, command: &mut Command, end: End, depth: u32) {
        let rest = self.rest();
        let (kind, length) = match rest {
            [b'<', b'<', b'<', ..] => (RedirectKind::Here, 3),
            [b'<', b'<', ..] => {
                if let Some(word) = self.here_document(depth) {
                    command.redirects.push(Redirect {
                        kind: RedirectKind::Here,
                        target: word,
                    });
                }
                return;
            }
            [b'<', b'>', ..] => (RedirectKind::Both, 2),
            [b'<', b'&', ..] => (RedirectKind::Input, 2),
            [b'<', ..] => (RedirectKind::Input, 1),
            [b'>', b'>', ..] => (RedirectKind::Append, 2),
            [b'>', b'&' | b'|', ..] => (RedirectKind::Output, 2),
            _ => (RedirectKind::Output, 1),
        };
        self.at += length;
        self.blanks();
        if let Some(target) = self.word(end, depth) {
            command.redirects.push(Redirect { kind, target });
        }
    }

    /// `<<MARK`: the lines up to the mark, which stand behind the end of this line.
    fn here_document(&mut self, depth: u32) -> Option<Word> {
        self.at += 2;
        let indented = self.peek() == Some(b'-');
        if indented {
            self.at += 1;
        }
        self.blanks();
        let quoted = matches!(self.peek(), Some(b'\'' | b'"' | b'\\'));
        let word = self.word(End::Text, depth)?;
        let mark: String = word.parts.iter().map(plain).collect();
        if mark.is_empty() || self.endless > 8 {
            return None;
        }
        let line_end = self.at + memchr::memchr(b'\n', self.rest())?;
        let start = self.here.get(&line_end).copied().unwrap_or(line_end + 1);
        let mut at = start;
        let mut stop = None;
        for line in self.source.get(start..)?.split_inclusive('\n') {
            let end = line.trim_end_matches(['\n', '\r']);
            // In fences within lists all lines are indented.
            if end == mark || end.trim() == mark {
                stop = Some(at);
                at += line.len();
                break;
            }
            at += line.len();
        }
        let Some(stop) = stop else {
            self.endless += 1;
            return None;
        };
        self.here.insert(line_end, at);
        let text = self.slice(start..stop);
        let parts = if quoted || !text.contains(['$', '`', '\\']) {
            vec![Part::Text {
                text: text.to_owned(),
                quoted: true,
            }]
        } else {
            let back = std::mem::replace(&mut self.at, start);
            let parts = self.quoted(stop, true, depth);
            self.at = back;
            parts
        };
        Some(Word {
            parts,
            range: start..stop,
            broken: false,
        })
    }

    fn word_or_assignment(&mut self, command: &mut Command, end: End, depth: u32) {
        let name = self.name();
        let behind = self.after(name.len());
        let length = match (behind, self.after(name.len() + 1)) {
            (Some(b'='), _) => name.len() + 1,
            (Some(b'+'), Some(b'=')) => name.len() + 2,
            _ => 0,
        };
        if name.is_empty() || length == 0 || !command.words.is_empty() {
            command.words.extend(self.word(end, depth));
            return;
        }
        self.at += length;
        let value = if self.peek() == Some(b'(') {
            self.at += 1;
            let mut items = Vec::new();
            loop {
                self.blank_lines();
                let before = self.at;
                if self.peek() == Some(b')') {
                    self.at += 1;
                    break;
                }
                items.extend(self.word(end, depth));
                if self.at == before {
                    break;
                }
            }
            joined(items)
        } else {
            self.word(end, depth).unwrap_or_default()
        };
        let mut value = value;
        if behind == Some(b'+') {
            value.parts.insert(
                0,
                Part::Variable {
                    name: name.to_owned(),
                    rest: String::new(),
                    quoted: true,
                },
            );
        }
        command.assigned.push((name.to_owned(), value));
    }

    fn commands_until(&mut self, end: End, depth: u32) -> Rc<Vec<Pipeline>> {
        let mut list = Vec::new();
        if depth >= DEEPEST {
            self.too_deep = true;
            self.at = self.bytes.len();
        } else {
            self.list(&mut list, end, depth + 1);
        }
        Rc::new(list)
    }

    /// One word; `None` where none starts here.
    fn word(&mut self, end: End, depth: u32) -> Option<Word> {
        let start = self.at;
        let mut word = Word::default();
        let mut text = String::new();
        loop {
            let Some(byte) = self.peek() else { break };
            let inside = self.at > start
                && self
                    .bytes
                    .get(self.at - 1)
                    .is_some_and(u8::is_ascii_alphanumeric);
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b')' | b'&' => break,
                b'`' if end == End::Tick => break,
                b'<' | b'>' => {
                    if let Some(length) = self.placeholder() {
                        text.push_str(self.slice(self.at..self.at + length));
                        self.at += length;
                    } else if self.after(1) == Some(b'(') && self.at == start {
                        self.at += 2;
                        let list = self.commands_until(End::Bracket, depth);
                        word.parts.push(Part::File(list));
                    } else {
                        break;
                    }
                }
                b'(' => {
                    // `=(…)` of zsh, a pattern, prose: never the end of what is looked at.
                    break;
                }
                b'\\' => {
                    self.at += 1;
                    let rest = self.source.get(self.at..).unwrap_or_default();
                    match rest.chars().next() {
                        Some('\n') => self.at += 1,
                        Some(c) => {
                            word.broken |= inside && c.is_ascii_alphanumeric();
                            text.push(c);
                            self.at += c.len_utf8();
                        }
                        None => {}
                    }
                }
                b'\'' | b'"' => {
                    flush(&mut word.parts, &mut text);
                    let open = self.at;
                    if self.quote(byte, inside, &mut word.parts, depth) {
                        // `c""url`: letters on both sides, with little or nothing in the quotes.
                        let after = self.peek().is_some_and(|b| b.is_ascii_alphabetic());
                        word.broken |= inside && after && self.at - open <= 4;
                    } else {
                        text.push(char::from(byte));
                        self.at += 1;
                    }
                }
                b'$' => {
                    flush(&mut word.parts, &mut text);
                    self.dollar(&mut word.parts, false, depth);
                }
                b'`' => {
                    flush(&mut word.parts, &mut text);
                    self.at += 1;
                    let list = self.commands_until(End::Tick, depth);
                    word.parts.push(Part::Output(list));
                }
                _ => {
                    let rest = self.rest();
                    let length = rest
                        .iter()
                        .skip(1)
                        .position(|byte| b" \t\n\r;|)&<>(\\'\"$`".contains(byte))
                        .map_or(rest.len(), |length| length + 1);
                    text.push_str(self.slice(self.at..self.at + length));
                    self.at += length;
                }
            }
        }
        flush(&mut word.parts, &mut text);
        if self.at == start {
            return None;
        }
        word.range = start..self.at;
        Some(word)
    }

    /// What is in quotes that open here; `false` where they are an apostrophe.
    fn quote(&mut self, mark: u8, inside: bool, parts: &mut Vec<Part>, depth: u32) -> bool {
        let behind = self.bytes.get(self.at + 1..).unwrap_or_default();
        let Some(length) = memchr::memchr(mark, behind) else {
            // It has no partner, nor has any that follows it.
            return false;
        };
        if mark == b'\'' {
            let contents = behind.get(..length).unwrap_or_default();
            let apostrophe = inside
                && contents.first().is_some_and(u8::is_ascii_lowercase)
                && (contents.contains(&b'\n') || contents.get(1).is_none_or(|byte| *byte == b' '));
            if apostrophe {
                return false;
            }
            let start = self.at + 1;
            parts.push(Part::Text {
                text: self.slice(start..start + length).to_owned(),
                quoted: true,
            });
            self.at = start + length + 1;
            return true;
        }
        let open = self.at;
        self.at += 1;
        let inner = self.quoted(self.bytes.len(), false, depth);
        if self.peek() == Some(b'"') {
            self.at += 1;
        } else if self.unclosed.is_none() {
            self.unclosed = Some(open);
        }
        parts.extend(inner);
        true
    }

    /// What double quotes hold, up to the closing one, or up to an offset in a here-document.
    fn quoted(&mut self, until: usize, here: bool, depth: u32) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut text = String::new();
        while self.at < until {
            let Some(byte) = self.peek() else { break };
            match byte {
                b'"' if !here => break,
                b'\\' => {
                    match self.after(1) {
                        Some(b'\n') => {}
                        Some(byte @ (b'$' | b'`' | b'"' | b'\\')) => text.push(char::from(byte)),
                        _ => {
                            text.push('\\');
                            self.at += 1;
                            continue;
                        }
                    }
                    self.at += 2;
                }
                b'$' => {
                    flush_quoted(&mut parts, &mut text);
                    self.dollar(&mut parts, true, depth);
                }
                b'`' => {
                    flush_quoted(&mut parts, &mut text);
                    self.at += 1;
                    let list = self.commands_until(End::Tick, depth);
                    parts.push(Part::Output(list));
                }
                _ => {
                    let rest = self.bytes.get(self.at..until).unwrap_or_default();
                    let length = rest
                        .iter()
                        .skip(1)
                        .position(|byte| b"\\\"$`".contains(byte))
                        .map_or(rest.len(), |length| length + 1);
                    text.push_str(self.slice(self.at..self.at + length));
                    self.at += length;
                }
            }
        }
        flush_quoted(&mut parts, &mut text);
        if parts.is_empty() {
            parts.push(Part::Text {
                text: String::new(),
                quoted: true,
            });
        }
        parts
    }

    /// What starts with a dollar sign.
    fn dollar(&mut self, parts: &mut Vec<Part>, quoted: bool, depth: u32) {
        self.at += 1;
        let rest = self.rest();
        match rest.first() {
            Some(b'\'') if !quoted => {
                self.at += 1;
                parts.push(Part::Escaped(self.escapes()));
            }
            Some(b'"') if !quoted => {}
            Some(b'(') if rest.get(1) == Some(&b'(') => {
                self.at += 1;
                self.arithmetic();
                parts.push(Part::Text {
                    text: "0".to_owned(),
                    quoted,
                });
            }
            Some(b'(') => {
                self.at += 1;
                let list = self.commands_until(End::Bracket, depth);
                parts.push(Part::Output(list));
            }
            Some(b'{') => self.expansion(parts, quoted),
            Some(byte) if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let name = self.name();
                self.at += name.len();
                parts.push(Part::Variable {
                    name: name.to_owned(),
                    rest: String::new(),
                    quoted,
                });
            }
            Some(byte) if b"@*#?$!-0123456789".contains(byte) => {
                self.at += 1;
                parts.push(Part::Variable {
                    name: char::from(*byte).to_string(),
                    rest: String::new(),
                    quoted,
                });
            }
            _ => parts.push(Part::Text {
                text: "$".to_owned(),
                quoted,
            }),
        }
    }

    /// `${NAME…}`.
    fn expansion(&mut self, parts: &mut Vec<Part>, quoted: bool) {
        const LONGEST: usize = 4096;
        let rest = self.rest();
        let mut open = 0_u32;
        let mut end = None;
        for (at, byte) in rest.iter().enumerate().take(LONGEST) {
            match byte {
                b'{' => open += 1,
                b'}' => {
                    open -= 1;
                    if open == 0 {
                        end = Some(at);
                        break;
                    }
                }
                b'\n' if open < 2 => break,
                _ => {}
            }
        }
        let Some(end) = end else {
            parts.push(Part::Text {
                text: "$".to_owned(),
                quoted,
            });
            return;
        };
        let close = self.at + end;
        self.at += 1;
        if matches!(self.peek(), Some(b'!' | b'#')) && end > 2 {
            self.at += 1;
        }
        let name = self.name();
        parts.push(Part::Variable {
            name: name.to_owned(),
            rest: self.slice(self.at + name.len()..close).to_owned(),
            quoted,
        });
        self.at = close + 1;
    }

    /// What `$'…'` spells.
    fn escapes(&mut self) -> String {
        let start = self.at;
        let rest = self.rest();
        let mut length = rest.len();
        let mut escaped = false;
        for (at, byte) in rest.iter().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'\'' => {
                    length = at;
                    break;
                }
                _ => {}
            }
        }
        self.at += (length + 1).min(rest.len());
        super::values::unescaped(self.slice(start..start + length))
    }
}

fn flush(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Text {
            text: std::mem::take(text),
            quoted: false,
        });
    }
}

fn flush_quoted(parts: &mut Vec<Part>, text: &mut String) {
    if !text.is_empty() {
        parts.push(Part::Text {
            text: std::mem::take(text),
            quoted: true,
        });
    }
}

fn plain(part: &Part) -> &str {
    match part {
        Part::Text { text, .. } | Part::Escaped(text) => text,
        _ => "",
    }
}

/// Words as one, with blanks between them.
fn joined(words: Vec<Word>) -> Word {
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
