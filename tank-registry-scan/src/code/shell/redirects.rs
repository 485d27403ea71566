//! Where input comes from and output goes: redirects, here-documents, and what only looks like one.

use super::parse::{End, Parser, plain};
use super::syntax::{Command, Part, Redirect, RedirectKind, Word};

impl Parser<'_, '_> {
    /// `<name>`, which stands for something in documentation: its length.
    pub(super) fn placeholder(&self) -> Option<usize> {
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

    pub(super) fn redirect(&mut self, command: &mut Command, end: End, depth: u32) {
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
    pub(super) fn here_document(&mut self, depth: u32) -> Option<Word> {
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
}
