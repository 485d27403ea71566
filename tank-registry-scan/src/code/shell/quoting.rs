//! Words: quotes, escapes, and what is replaced in them.

use std::rc::Rc;

use super::parse::{End, Parser, joined};
use super::run::DEEPEST;
use super::syntax::{Command, Part, Pipeline, Word};
use super::values::unescaped;

impl Parser<'_, '_> {
    pub(super) fn word_or_assignment(&mut self, command: &mut Command, end: End, depth: u32) {
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

    pub(super) fn commands_until(&mut self, end: End, depth: u32) -> Rc<Vec<Pipeline>> {
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
    pub(super) fn word(&mut self, end: End, depth: u32) -> Option<Word> {
        let start = self.at;
        let mut word = Word::default();
        let mut text = String::new();
        while let Some(byte) = self.peek() {
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
    pub(super) fn quote(
        &mut self,
        mark: u8,
        inside: bool,
        parts: &mut Vec<Part>,
        depth: u32,
    ) -> bool {
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
    pub(super) fn quoted(&mut self, until: usize, here: bool, depth: u32) -> Vec<Part> {
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
    pub(super) fn dollar(&mut self, parts: &mut Vec<Part>, quoted: bool, depth: u32) {
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
    pub(super) fn expansion(&mut self, parts: &mut Vec<Part>, quoted: bool) {
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
    pub(super) fn escapes(&mut self) -> String {
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
        unescaped(self.slice(start..start + length))
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
