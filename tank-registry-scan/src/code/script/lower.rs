//! What both languages share when they are lowered: the parser, its budget, and names of nodes.

use std::ops::{ControlFlow, Range};
use std::rc::Rc;
use std::time::Instant;

use tree_sitter::{Node, ParseOptions, ParseState, Parser, Point, Tree};

use super::ir::{Defaults, Expression, Function, Kind, Program, Span, Statement, Target};
use crate::budget::Budget;
use crate::language::Language;

/// Nested deeper than this, code is not followed.
const DEEPEST: usize = 160;

/// Parses code; `None` where there is no time left.
pub(super) fn parse(code: &str, language: Language, budget: &Budget) -> Option<Tree> {
    parse_part(code, 0..code.len(), language, budget)
}

/// What is read again on its own because the parser lost its way: what stands between empty lines,
/// so that one broken place does not hide the rest.
pub(super) fn broken(code: &str, tree: &Tree) -> Vec<Range<usize>> {
    const MOST: usize = 100;
    let mut cursor = tree.walk();
    let mut parts: Vec<Range<usize>> = Vec::new();
    'errors: loop {
        let node = cursor.node();
        let is_lost = node.is_error() && node.end_byte() > node.start_byte();
        if is_lost {
            let mut at = code
                .get(..node.start_byte())
                .map_or(0, |before| before.rfind('\n').map_or(0, |line| line + 1));
            let end = code
                .get(node.end_byte()..)
                .and_then(|rest| rest.find('\n'))
                .map_or(code.len(), |rest| node.end_byte() + rest);
            for part in code.get(at..end).unwrap_or_default().split("\n\n") {
                let range = at..at + part.len();
                at = range.end + 2;
                let known = parts.last().is_some_and(|last| range.start < last.end);
                if !known && !part.trim().is_empty() && parts.len() < MOST {
                    parts.push(range);
                }
            }
        }
        if !is_lost && node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'errors;
            }
        }
    }
    parts
}

/// The lines of a part that cannot be read as a whole.
pub(super) fn lines_of(code: &str, part: Range<usize>) -> Vec<Range<usize>> {
    const MOST: usize = 60;
    let mut at = part.start;
    let mut lines = Vec::new();
    for line in code.get(part).unwrap_or_default().split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        if !line.trim().is_empty() && lines.len() < MOST {
            lines.push(range);
        }
    }
    lines
}

/// Parses a part of code; offsets are those of the whole.
pub(super) fn parse_part(
    code: &str,
    part: Range<usize>,
    language: Language,
    budget: &Budget,
) -> Option<Tree> {
    let grammar = match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::TypeScript if memchr::memmem::find(code.as_bytes(), b"</").is_some() => {
            tree_sitter_typescript::LANGUAGE_TSX.into()
        }
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        _ => tree_sitter_javascript::LANGUAGE.into(),
    };
    let mut parser = Parser::new();
    parser.set_language(&grammar).ok()?;
    if part.start > 0 || part.end < code.len() {
        let range = tree_sitter::Range {
            start_byte: part.start,
            end_byte: part.end,
            start_point: Point::default(),
            end_point: Point::new(usize::MAX, usize::MAX),
        };
        parser.set_included_ranges(&[range]).ok()?;
    }
    let deadline = budget.deadline();
    let mut progress = |_: &ParseState| match deadline {
        Some(deadline) if Instant::now() >= deadline => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    };
    let bytes = code.as_bytes();
    let options = ParseOptions::new().progress_callback(&mut progress);
    parser.parse_with_options(
        &mut |at, _| bytes.get(at..).unwrap_or_default(),
        None,
        Some(options),
    )
}

/// Lowers one text.
pub(super) struct Lowering<'a> {
    pub(super) code: &'a str,
    pub(super) program: Program,
    /// Defaults of the parameters that were read last.
    pub(super) defaults: Defaults,
    /// The class that is being read; empty outside.
    pub(super) class: Rc<str>,
    pub(super) budget: &'a mut Budget,
    depth: usize,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(code: &'a str, budget: &'a mut Budget) -> Self {
        Self {
            code,
            program: Program::default(),
            defaults: Vec::new(),
            class: "".into(),
            budget,
            depth: 0,
        }
    }

    /// One level deeper, as long as depth and budget allow.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.program.size += 1;
        if !self.budget.take_node() {
            return None;
        }
        if self.depth >= DEEPEST {
            self.budget.exhaust("deeply nested code");
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        Some(result)
    }

    /// The statements of a block.
    pub(super) fn block(&mut self, block: Node<'_>, python: bool) -> Vec<Statement> {
        if python {
            self.python_block(block)
        } else {
            self.js_block(block)
        }
    }

    pub(super) fn text(&self, node: Node<'_>) -> &'a str {
        self.code.get(node.byte_range()).unwrap_or_default()
    }

    pub(super) fn name(&self, node: Node<'_>) -> Rc<str> {
        self.text(node).into()
    }

    /// Adds a function; its number is its value.
    pub(super) fn add_function(
        &mut self,
        name: Rc<str>,
        parameters: Vec<Target>,
        defaults: Defaults,
        body: Vec<Statement>,
    ) -> usize {
        let class = Rc::clone(&self.class);
        self.program.functions.push(Function {
            name,
            class,
            parameters,
            defaults,
            body,
        });
        self.program.functions.len() - 1
    }
}

pub(super) fn span(node: Node<'_>) -> Span {
    Span {
        start: u32::try_from(node.start_byte()).unwrap_or(u32::MAX),
        end: u32::try_from(node.end_byte()).unwrap_or(u32::MAX),
    }
}

pub(super) fn unknown(node: Node<'_>) -> Expression {
    Expression::new(Kind::Unknown, span(node))
}

/// The named children without comments.
pub(super) fn children(node: Node<'_>) -> Vec<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .filter(|child| child.kind() != "comment")
        .collect()
}

pub(super) fn field<'t>(node: Node<'t>, name: &str) -> Option<Node<'t>> {
    node.child_by_field_name(name)
}

/// The operands of a chain of one operator, from left to right: chains are long where text is put
/// together, so they are no nesting.
pub(super) fn chain<'t>(node: Node<'t>, is_link: impl Fn(Node<'t>) -> bool) -> Vec<Node<'t>> {
    let mut parts = Vec::new();
    let mut left = node;
    while is_link(left) {
        let (Some(next), Some(right)) = (field(left, "left"), field(left, "right")) else {
            break;
        };
        parts.push(right);
        left = next;
    }
    parts.push(left);
    parts.reverse();
    parts
}

/// A whole number as both languages write it.
pub(super) fn number(text: &str) -> Option<i64> {
    let text = text.replace('_', "").to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits.trim_end_matches('n'), radix).ok();
        }
    }
    text.trim_end_matches('n').parse().ok()
}

/// A string with its escapes undone, as Python and JavaScript write them.
pub(super) fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(c) = rest.chars().next() else {
            out.push('\\');
            return out;
        };
        rest = &rest[c.len_utf8()..];
        match c {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            '\n' => {}
            'x' => rest = code_point(rest, 2, 16, &mut out),
            'u' if rest.starts_with('{') => {
                let digits = rest[1..].split('}').next().unwrap_or_default();
                let value = u32::from_str_radix(digits, 16).ok();
                out.extend(value.and_then(char::from_u32));
                rest = rest.get(digits.len() + 2..).unwrap_or_default();
            }
            'u' => rest = code_point(rest, 4, 16, &mut out),
            'U' => rest = code_point(rest, 8, 16, &mut out),
            '0'..='7' => {
                let digits = rest
                    .bytes()
                    .take(2)
                    .take_while(|b| matches!(b, b'0'..=b'7'))
                    .count();
                let mut value = u32::from(c) - u32::from('0');
                for digit in rest[..digits].bytes() {
                    value = value * 8 + u32::from(digit - b'0');
                }
                out.extend(char::from_u32(value));
                rest = &rest[digits..];
            }
            other => out.push(other),
        }
    }
    out.push_str(rest);
    out
}

fn code_point<'t>(rest: &'t str, digits: usize, radix: u32, out: &mut String) -> &'t str {
    let Some(text) = rest.get(..digits) else {
        return rest;
    };
    if let Ok(value) = u32::from_str_radix(text, radix) {
        out.extend(char::from_u32(value));
        return &rest[digits..];
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_broken_ones_do_no_harm() {
        for (written, meant) in [
            (r"\x65\x76al", "eval"),
            (r"\u0065\u{76}\141l", "eval"),
            (r"a\\n\n", "a\\n\n"),
            (r"\xé\u{", "é"),
            ("\\", "\\"),
        ] {
            assert_eq!(unescaped(written), meant, "{written}");
        }
    }
}
