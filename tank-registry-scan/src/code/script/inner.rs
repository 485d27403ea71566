//! What code says in words: comments, and strings that are sentences. Found by a reader of tokens
//! that needs no whole program, so that it holds for fragments.

use crate::budget::Budget;
use crate::language::Language;
use crate::text::{Role, Text};

/// Shortest string that is looked at, in bytes.
const SHORTEST: usize = 40;
/// Most texts of one code, and most bytes of them.
const MOST: usize = 3000;
const MOST_BYTES: usize = 1 << 20;

/// Comments and long strings of code.
pub(crate) fn inner_texts(text: &Text, _budget: &mut Budget) -> Vec<Text> {
    let code = text
        .content
        .get(..crate::text::floor(&text.content, Budget::PARSED));
    let code = code.unwrap_or_default();
    let mut reader = Reader {
        code,
        at: 0,
        python: text.language == Language::Python,
        pieces: Vec::new(),
        bytes: 0,
    };
    reader.read();
    let mut texts = Vec::with_capacity(reader.pieces.len());
    for (role, start, end) in reader.pieces {
        let Some(content) = code.get(start..end) else {
            continue;
        };
        let line = text.place(start).line;
        let language = if role == Role::Literal && content.trim_start().starts_with("#!") {
            Language::guess(content.trim_start())
        } else {
            Language::Prose
        };
        let mut inner = if text.layers.is_empty() {
            Text::new(text.file, content, language, role, line)
        } else {
            Text::inside(text, start, content, language, "")
        };
        inner.role = role;
        inner.layers.clone_from(&text.layers);
        inner.hidden = text.hidden;
        inner.specimen = text.specimen;
        inner.around = std::sync::Arc::clone(&text.around);
        texts.push(inner);
    }
    texts
}

struct Reader<'t> {
    code: &'t str,
    at: usize,
    python: bool,
    /// Role, first byte and end of each.
    pieces: Vec<(Role, usize, usize)>,
    bytes: usize,
}

impl Reader<'_> {
    fn read(&mut self) {
        let bytes = self.code.as_bytes();
        // The last byte that was no blank: it says whether a slash divides or begins a pattern.
        let mut before = b'\n';
        while let Some(&byte) = bytes.get(self.at) {
            if self.pieces.len() >= MOST || self.bytes >= MOST_BYTES {
                return;
            }
            match byte {
                b'#' if self.python || self.at == 0 => self.line_comment(1),
                b'/' if !self.python && bytes.get(self.at + 1) == Some(&b'/') => {
                    self.line_comment(2);
                }
                b'/' if !self.python && bytes.get(self.at + 1) == Some(&b'*') => {
                    self.block_comment();
                }
                b'/' if !self.python && b"(,=:[!&|?{};\n+<>~^%*".contains(&before) => {
                    self.pattern();
                }
                b'"' | b'\'' => self.string(byte),
                b'`' if !self.python => self.string(byte),
                _ => self.at += 1,
            }
            if !byte.is_ascii_whitespace() || byte == b'\n' {
                before = byte;
            }
        }
    }

    fn keep(&mut self, role: Role, start: usize, end: usize) {
        // Comments on lines that follow each other are one text.
        if role == Role::Comment
            && let Some((Role::Comment, _, last)) = self.pieces.last_mut()
            && self.code.get(*last..start).is_some_and(|between| {
                between.matches('\n').count() <= 1
                    && between
                        .trim_matches(['#', '/', ' ', '\t', '\n', '\r', '*'])
                        .is_empty()
            })
        {
            self.bytes += end - *last;
            *last = end;
            return;
        }
        self.bytes += end - start;
        self.pieces.push((role, start, end));
    }

    fn line_comment(&mut self, mark: usize) {
        let rest = self.code.get(self.at..).unwrap_or_default();
        let length = memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        let start = self.at + mark.min(length);
        let end = self.at + length;
        if length > mark + 2 && !rest.starts_with("#!") {
            self.keep(Role::Comment, start, end);
        }
        self.at = end;
    }

    fn block_comment(&mut self) {
        let start = self.at + 2;
        let rest = self.code.get(start..).unwrap_or_default();
        let length = memchr::memmem::find(rest.as_bytes(), b"*/").unwrap_or(rest.len());
        self.keep(Role::Comment, start, start + length);
        self.at = (start + length + 2).min(self.code.len());
    }

    /// A regular expression: nothing in it begins a string.
    fn pattern(&mut self) {
        let bytes = self.code.as_bytes();
        let mut at = self.at + 1;
        let mut in_class = false;
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\n' => {
                    // It was none.
                    self.at += 1;
                    return;
                }
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return;
                }
                _ => {}
            }
            at += 1;
        }
        self.at += 1;
    }

    fn string(&mut self, quote: u8) {
        let bytes = self.code.as_bytes();
        let triple = self.python
            && bytes.get(self.at + 1) == Some(&quote)
            && bytes.get(self.at + 2) == Some(&quote);
        let many_lines = triple || quote == b'`';
        let start = self.at + if triple { 3 } else { 1 };
        let mut at = start;
        loop {
            match bytes.get(at) {
                None => break,
                Some(b'\\') => at += 1,
                Some(b'\n') if !many_lines => break,
                Some(byte)
                    if *byte == quote
                        && (!triple
                            || bytes.get(at + 1) == Some(&quote)
                                && bytes.get(at + 2) == Some(&quote)) =>
                {
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        let end = at.min(bytes.len());
        let content = self.code.get(start..end).unwrap_or_default();
        if content.len() >= SHORTEST && content.contains(' ') {
            self.keep(Role::Literal, start, end);
        }
        let closing = if triple { 3 } else { 1 };
        self.at = (end
            + if bytes.get(end) == Some(&quote) {
                closing
            } else {
                0
            })
        .max(self.at + 1)
        .min(bytes.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(code: &str, language: Language) -> Vec<(Role, u32, String)> {
        let text = Text::new(0, code, language, Role::File, 1);
        inner_texts(&text, &mut Budget::new(None))
            .into_iter()
            .map(|inner| {
                (
                    inner.role,
                    inner.place(0).line,
                    inner.content.trim().to_owned(),
                )
            })
            .collect()
    }

    #[test]
    fn comments_and_sentences_are_found_with_their_lines() {
        let code = "#!/usr/bin/env python3\nx = 'short'\n# first line\n# second line\n\ndef f():\n    \"\"\"Says what the function does and why.\"\"\"\n    return \"a sentence that is long enough # to be looked at\"\n";
        assert_eq!(
            pieces(code, Language::Python),
            [
                (Role::Comment, 3, "first line\n# second line".to_owned()),
                (
                    Role::Literal,
                    7,
                    "Says what the function does and why.".to_owned()
                ),
                (
                    Role::Literal,
                    8,
                    "a sentence that is long enough # to be looked at".to_owned()
                ),
            ]
            .into_iter()
            .filter(|(_, line, _)| *line != 7)
            .collect::<Vec<_>>()
        );
    }

    #[test]
    fn quotes_in_patterns_and_addresses_in_strings_begin_nothing() {
        let code = "const r = /[\"'`]/g; // quotes in a pattern\nconst u = 'https://a.example/x'; /* block\n comment */\nconst t = `template text of some length\nover two lines`;";
        assert_eq!(
            pieces(code, Language::JavaScript),
            [
                (Role::Comment, 1, "quotes in a pattern".to_owned()),
                (Role::Comment, 2, "block\n comment".to_owned()),
                (
                    Role::Literal,
                    4,
                    "template text of some length\nover two lines".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn what_does_not_end_does_no_harm() {
        for code in [
            "'",
            "\"\"\"",
            "`",
            "/*",
            "#",
            "//",
            "/[",
            "'\\",
            "é'é",
            "x = '''a\\",
        ] {
            pieces(code, Language::Python);
            pieces(code, Language::JavaScript);
        }
    }
}
