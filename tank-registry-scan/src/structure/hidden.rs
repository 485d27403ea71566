//! What people do not see of a file: comments of HTML, hidden elements, invisible characters, titles
//! of links, definitions that nothing uses, text far to the right.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::document::Document;
use crate::language::Language;
use crate::text::{Role, Text, floor};

/// An element that is not shown: its opening tag.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static UNSHOWN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)<([a-z][a-z0-9]{0,15})\b[^>]{0,400}?(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?:[^.\d]|$)|opacity\s*:\s*0(?:[^.\d]|$)|\shidden(?:[\s>=/]|$)|(?:[\s";])color\s*:\s*(?:white|#fff(?:fff)?|transparent|rgba\([^)]*,\s*0\))|max-(?:height|width)\s*:\s*0(?:[^.\d]|$)|(?:left|top|text-indent)\s*:\s*-\d{3,})[^>]{0,400}>?"#,
    )
    .expect("a valid pattern")
});

/// A definition of a link.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static DEFINITION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?m)^ {0,3}\[([^\]\n]{1,200})\]:[ \t]*(\S[^\n]*)$").expect("a valid pattern")
});

/// The label of a link, or of its definition.
#[allow(clippy::expect_used)] // The pattern is constant and tests run it.
static LABEL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[[^\[\]\n]{1,200}\]").expect("a valid pattern"));

/// At most so many hidden texts of one file are looked at.
const MOST: usize = 2_000;
/// Of elements, so many.
const ELEMENTS: usize = 200;
/// Of each, so many bytes.
const LONGEST: usize = 64 << 10;

/// What people do not see of the files.
pub(crate) fn hidden_texts(documents: &[Document], texts: &[Text]) -> Vec<Text> {
    let mut found = Vec::new();
    for text in texts.iter().filter(|text| text.role == Role::File) {
        let Some(document) = documents.get(text.file) else {
            continue;
        };
        let mut file = File {
            text,
            found: Vec::new(),
        };
        match text.language {
            Language::Markdown => file.markdown(document),
            Language::Html => file.html(),
            _ => {}
        }
        file.invisible();
        file.far_right();
        found.append(&mut file.found);
    }
    found
}

struct File<'a> {
    text: &'a Text,
    found: Vec<Text>,
}

impl File<'_> {
    fn add(&mut self, at: usize, content: &str, layer: &'static str) {
        let content = &content[..floor(content, LONGEST)];
        if content.trim().len() < 8 || self.found.len() >= MOST {
            return;
        }
        let line = self.text.place(at).line;
        let mut hidden = Text::new(self.text.file, content, Language::Prose, Role::Hidden, line);
        hidden.hidden = true;
        hidden.layers = vec![layer];
        self.found.push(hidden);
    }

    fn markdown(&mut self, document: &Document) {
        let content = &*self.text.content;
        let Some(markdown) = &document.markdown else {
            return;
        };
        for range in &markdown.comments {
            let Some(comment) = content.get(range.clone()) else {
                continue;
            };
            let inner = comment.trim_start();
            let skipped = comment.len() - inner.len();
            if let Some(rest) = inner.strip_prefix("<!--") {
                let rest = rest.strip_suffix("-->").unwrap_or(rest);
                self.add(range.start + skipped + 4, rest, "html comment");
            } else if let Some((_, rest)) = inner.split_once(':') {
                let at = range.end - rest.len();
                let rest = rest.trim_matches(|c: char| c.is_whitespace() || "#<>()\"'".contains(c));
                self.add(at, rest, "link remark");
            }
        }
        self.elements(|at| markdown.is_code(at));
        for link in &markdown.links {
            if link.image {
                let shown = content.get(link.range.clone()).unwrap_or_default();
                let alt = shown.split("](").next().unwrap_or_default();
                self.add(link.range.start, alt.trim_start_matches("!["), "image text");
            }
            self.add(link.range.start, &link.title, "link title");
        }
        let mut used: BTreeMap<&str, u32> = BTreeMap::new();
        for label in LABEL.find_iter(content) {
            *used.entry(label.as_str()).or_default() += 1;
        }
        for definition in DEFINITION.captures_iter(content).take(MOST) {
            let (Some(whole), Some(label), Some(rest)) =
                (definition.get(0), definition.get(1), definition.get(2))
            else {
                continue;
            };
            let mark = format!("[{}]", label.as_str());
            let once = used.get(&*mark).is_none_or(|count| *count < 2);
            if once && !markdown.is_code(whole.start()) && !label.as_str().starts_with('^') {
                self.add(rest.start(), rest.as_str(), "unused definition");
            }
        }
    }

    fn html(&mut self) {
        let content = &*self.text.content;
        let mut at = 0;
        while let Some(start) = content.get(at..).and_then(|rest| rest.find("<!--")) {
            let from = at + start + 4;
            let rest = content.get(from..).unwrap_or_default();
            let length = rest.find("-->").unwrap_or(rest.len());
            self.add(from, &rest[..length], "html comment");
            at = from + length;
        }
        self.elements(|_| false);
    }

    /// What stands in elements that are not shown.
    fn elements(&mut self, is_code: impl Fn(usize) -> bool) {
        let content = &*self.text.content;
        for found in UNSHOWN.captures_iter(content).take(ELEMENTS) {
            let (Some(tag), Some(name)) = (found.get(0), found.get(1)) else {
                continue;
            };
            if is_code(tag.start()) {
                continue;
            }
            let rest = content.get(tag.end()..).unwrap_or_default();
            let rest = &rest[..floor(rest, LONGEST)];
            let close = format!("</{}", name.as_str().to_ascii_lowercase());
            let end = rest
                .to_ascii_lowercase()
                .find(&close)
                .unwrap_or_else(|| rest.find("\n\n").unwrap_or(rest.len()));
            self.add(
                tag.end(),
                rest.get(..end).unwrap_or_default(),
                "hidden element",
            );
        }
    }

    /// Runs of characters that show nothing and stand for others.
    fn invisible(&mut self) {
        let content = &*self.text.content;
        if content.is_ascii() {
            return;
        }
        let mut run = Run::default();
        for (at, c) in content.char_indices() {
            if run.take(at, c) {
                continue;
            }
            self.decode(&run);
            run = Run::default();
            run.take(at, c);
        }
        self.decode(&run);
    }

    fn decode(&mut self, run: &Run) {
        if run.letters.len() >= 8 {
            self.add(run.start, &run.letters, "invisible characters");
        }
        if run.bytes.len() >= 8 {
            let text = String::from_utf8_lossy(&run.bytes).into_owned();
            self.add(run.start, &text, "invisible characters");
        }
        if run.bits.len() >= 64 {
            let bytes: Vec<u8> = run
                .bits
                .chunks_exact(8)
                .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit)))
                .collect();
            for bytes in [bytes.clone(), bytes.iter().map(|byte| !byte).collect()] {
                if bytes.iter().all(|byte| matches!(byte, b'\n' | 0x20..=0x7e)) {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.add(run.start, &text, "characters without width");
                }
            }
        }
    }

    /// Text behind many blanks, and below many empty lines.
    fn far_right(&mut self) {
        for range in pushed_away(&self.text.content) {
            let content = self.text.content.clone();
            if let Some(rest) = content.get(range.clone()) {
                self.add(range.start, rest, "text out of sight");
            }
        }
    }
}

/// Characters in a row that show nothing.
#[derive(Default)]
struct Run {
    start: usize,
    /// What tag characters spell.
    letters: String,
    /// What variation selectors carry.
    bytes: Vec<u8>,
    /// What two characters without width tell apart.
    bits: Vec<bool>,
}

impl Run {
    /// Takes a character; `false` when it belongs to no run.
    fn take(&mut self, at: usize, c: char) -> bool {
        if self.letters.is_empty() && self.bytes.is_empty() && self.bits.is_empty() {
            self.start = at;
        }
        let code = u32::from(c);
        let low = |base: u32| u8::try_from(code - base).unwrap_or_default();
        match c {
            '\u{e0001}' => {}
            '\u{e0020}'..='\u{e007e}' => self.letters.push(char::from(low(0xE0000))),
            '\u{fe00}'..='\u{fe0f}' => self.bytes.push(low(0xFE00)),
            '\u{e0100}'..='\u{e01ef}' => self.bytes.push(low(0xE0100).saturating_add(16)),
            '\u{200b}' => self.bits.push(false),
            '\u{200c}' | '\u{200d}' => self.bits.push(true),
            _ => return false,
        }
        true
    }
}

/// Text that is pushed out of sight: far to the right behind blanks, or below many empty lines.
pub(super) fn pushed_away(content: &str) -> Vec<Range<usize>> {
    const BLANKS: usize = 80;
    const COLUMN: usize = 300;
    const EMPTY_LINES: usize = 50;
    const AT_MOST: usize = 64;
    let mut found = Vec::new();
    let mut empty = 0;
    let mut at = 0;
    for line in content.split_inclusive('\n') {
        if line.trim().is_empty() {
            empty += 1;
            at += line.len();
            continue;
        }
        if empty >= EMPTY_LINES {
            let end = floor(content, at + 4096);
            found.push(at..end.max(at));
        }
        empty = 0;
        if line.len() > COLUMN {
            let mut blanks = 0;
            for (offset, byte) in line.bytes().enumerate() {
                if matches!(byte, b' ' | b'\t') {
                    blanks += 1;
                    continue;
                }
                if blanks >= BLANKS && offset >= COLUMN && !matches!(byte, b'|' | b'\r' | b'\n') {
                    found.push(at + offset..at + line.trim_end().len());
                    break;
                }
                blanks = 0;
            }
        }
        at += line.len();
        if found.len() >= AT_MOST {
            break;
        }
    }
    found
}
