//! Texts in pieces: literals that are put together, names that hold parts, quotes within words.
//!
//! Long literals are split everywhere. What counts is a word that exists only once the pieces meet:
//! nobody breaks `curl` in two to keep a line short.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Span, plain, runs, shift};
use crate::language::Language;
use crate::pattern::pattern;
use crate::text::Text;

/// At most so many names of a text are known.
const NAMES: usize = 200;
/// At most so many places of a text are put together.
const PLACES: usize = 2_000;
/// Bytes of a line that is given with a place that was put together.
const LONGEST: usize = 2_000;

/// A literal on one line.
const LITERAL: &str = r#"(?:[bruf]{0,2}"[^"\\\n]*"|[bruf]{0,2}'[^'\\\n]*'|`[^`\\\n$]*`)"#;

pattern!(ONE, LITERAL);
pattern!(
    SUM,
    r"(?:",
    LITERAL,
    r"|\$?\b[A-Za-z_]\w{0,30}\b)(?:[ \t]*(?:\r?\n[ \t]*)?[+.&][ \t]*(?:\r?\n[ \t]*)?(?:",
    LITERAL,
    r"|\$?\b[A-Za-z_]\w{0,30}\b))+"
);
pattern!(BESIDE, LITERAL, r"(?:\s*", LITERAL, r")+");
pattern!(
    JOINED,
    r#"["'`]([^"'`\n]{0,3})["'`]\.join\(\s*[\[(]\s*("#,
    LITERAL,
    r"(?:\s*,\s*",
    LITERAL,
    r")+),?\s*[\])]"
);
pattern!(
    LISTED,
    r"[\[(@]\s*(",
    LITERAL,
    r"(?:\s*,\s*",
    LITERAL,
    r#")+),?\s*[\])]((?:\.\w+\([^()\n]{0,20}\)){0,2})(?:\.join\(\s*["'`]([^"'`\n]{0,3})["'`]\s*\)|\s*-join\s*["']([^"']{0,3})["'])"#
);
pattern!(
    TURNED,
    r"(",
    LITERAL,
    r#")\s*(?:\[::-1\]|\.split\(\s*["'`]["'`]\s*\)\.reverse\(\)|\.reverse\b|\s*\|\s*rev\b)|(?:reversed|strrev|reverse)\s*\(\s*("#,
    LITERAL,
    r")|\brev\s*<<<\s*(",
    LITERAL,
    r")"
);
pattern!(
    REPLACED,
    r"(",
    LITERAL,
    r")(?:\s*\.replace(?:All)?\(\s*|\s*-replace\s*)(",
    LITERAL,
    r"|/[^/\n]{1,20}/g?)\s*,\s*(",
    LITERAL,
    r")"
);
pattern!(
    FORMAT,
    r#"\(?["']((?:\{\d\}[^"'\n]{0,20}){2,})["']\s*-f\s*("#,
    LITERAL,
    r"(?:\s*,\s*",
    LITERAL,
    r")+)"
);
pattern!(
    NAMED,
    r"(?m)(?:^|[;{(,]|&&)[ \t]*(?:(?:const|let|var|my|local)[ \t]+)?\$?([A-Za-z_]\w{0,30})[ \t]*=[ \t]*(",
    LITERAL,
    r")"
);
pattern!(
    NAMED_IN_SHELL,
    r"(?m)(?:^|[\s;])([A-Za-z_]\w{0,30})=(",
    LITERAL,
    r#"|[^\s;&|'"`$()]{1,200})"#
);
pattern!(
    EXPANDED,
    r"(?:\$\{[A-Za-z_]\w{0,30}\}|\$[A-Za-z_]\w{0,30}|\{[A-Za-z_]\w{0,30}\}){2,}"
);
pattern!(EXPANSION, r"\$?\{?([A-Za-z_]\w{0,30})\}?");

/// What texts in pieces are when they are put together.
pub(super) fn spans(text: &Text) -> Vec<Span> {
    let mut spans = Vec::new();
    if text.language.is_code() {
        let names = names(text);
        sums(text, &names, &mut spans);
        lists(text, &mut spans);
        turned(text, &names, &mut spans);
        replaced(text, &mut spans);
        expanded(text, &names, &mut spans);
    }
    spans
}

/// Names that stand for one literal.
fn names(text: &Text) -> BTreeMap<&str, &str> {
    let pattern = match text.language {
        Language::Shell => &NAMED_IN_SHELL,
        _ => &NAMED,
    };
    let mut names = BTreeMap::new();
    for found in pattern.captures_iter(&text.content).take(NAMES) {
        if let (Some(name), Some(value)) = (found.get(1), found.get(2)) {
            let value = value.as_str();
            let value = bare(value).unwrap_or(value);
            names.insert(name.as_str(), value);
        }
    }
    names
}

/// What stands between the quotes of a literal.
fn bare(literal: &str) -> Option<&str> {
    let start = literal.find(['"', '\'', '`']).filter(|at| *at <= 2)?;
    literal.get(start + 1..literal.len().checked_sub(1)?)
}

fn sums(text: &Text, names: &BTreeMap<&str, &str>, spans: &mut Vec<Span>) {
    pattern!(TERM, LITERAL, r"|[A-Za-z_]\w{0,30}");
    let content = &*text.content;
    for found in SUM.find_iter(content).take(PLACES) {
        // What is known in a row; a name that is not known ends it.
        let mut parts: Vec<&str> = Vec::new();
        let mut range: Option<Range<usize>> = None;
        for term in TERM.find_iter(found.as_str()) {
            let value = bare(term.as_str()).or_else(|| names.get(term.as_str()).copied());
            let at = found.start() + term.start()..found.start() + term.end();
            if let Some(value) = value {
                parts.push(value);
                range = Some(range.map_or(at.clone(), |range| range.start..at.end));
            } else {
                if let Some(range) = range.take() {
                    put_together(text, range, &parts, "", "concatenation", spans);
                }
                parts.clear();
            }
        }
        if let Some(range) = range {
            put_together(text, range, &parts, "", "concatenation", spans);
        }
    }
    for found in BESIDE.find_iter(content).take(PLACES) {
        let parts = literals(found.as_str());
        put_together(text, found.range(), &parts, "", "concatenation", spans);
    }
}

fn lists(text: &Text, spans: &mut Vec<Span>) {
    let content = &*text.content;
    if memchr::memmem::find(content.as_bytes(), b"join").is_some() {
        for found in JOINED.captures_iter(content).take(PLACES) {
            if let (Some(all), Some(separator), Some(list)) =
                (found.get(0), found.get(1), found.get(2))
            {
                let parts = literals(list.as_str());
                put_together(text, all.range(), &parts, separator.as_str(), "join", spans);
            }
        }
        for found in LISTED.captures_iter(content).take(PLACES) {
            let (Some(all), Some(list)) = (found.get(0), found.get(1)) else {
                continue;
            };
            let separator = found
                .get(3)
                .or_else(|| found.get(4))
                .map_or("", |m| m.as_str());
            let mut parts = literals(list.as_str());
            if found
                .get(2)
                .is_some_and(|calls| calls.as_str().contains("reverse"))
            {
                parts.reverse();
            }
            put_together(text, all.range(), &parts, separator, "join", spans);
        }
    }
    if text.language == Language::PowerShell {
        for found in FORMAT.captures_iter(content).take(PLACES) {
            let (Some(all), Some(order), Some(list)) = (found.get(0), found.get(1), found.get(2))
            else {
                continue;
            };
            let values = literals(list.as_str());
            let parts: Vec<&str> = order
                .as_str()
                .split('{')
                .filter_map(|part| part.get(..1)?.parse::<usize>().ok())
                .filter_map(|at| values.get(at).copied())
                .collect();
            put_together(text, all.range(), &parts, "", "format", spans);
        }
    }
}

fn literals(list: &str) -> Vec<&str> {
    ONE.find_iter(list)
        .filter_map(|literal| bare(literal.as_str()))
        .collect()
}

/// Adds what pieces make, where that is more than the pieces.
fn put_together(
    text: &Text,
    range: Range<usize>,
    parts: &[&str],
    separator: &str,
    layer: &'static str,
    spans: &mut Vec<Span>,
) {
    if parts.len() < 2 {
        return;
    }
    let whole = parts.join(separator);
    // Where pieces meet.
    let mut seams = Vec::with_capacity(parts.len());
    let mut length = 0;
    for part in parts {
        length += part.len();
        seams.push(length..length + separator.len());
        length += separator.len();
    }
    seams.pop();
    let hidden = plain::HIDDEN.find_iter(&whole).any(|word| {
        seams.iter().any(|seam| {
            word.start() < seam.start && seam.end < word.end() && is_within_word(&whole, seam)
        })
    });
    let encoded = !hidden && is_encoded(&whole) && !parts.iter().any(|part| is_encoded(part));
    if encoded {
        spans.push(Span::text(range.start, whole, layer));
    } else if hidden {
        reveal(text, range, &whole, layer, spans);
    }
}

/// Whether letters or digits stand on both sides of where pieces meet: `http` and `://` are put
/// together everywhere.
fn is_within_word(whole: &str, seam: &Range<usize>) -> bool {
    let bytes = whole.as_bytes();
    let part = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    part(seam.start.checked_sub(1)) && part(Some(seam.end))
}

/// Whether it decodes to something readable.
fn is_encoded(run: &str) -> bool {
    run.len() >= 16
        && run.bytes().all(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
        })
        && (runs::base64_decoded(run).is_some_and(|bytes| plain::read(&bytes).is_some())
            || hex::decode(run).is_ok_and(|bytes| plain::read(&bytes).is_some()))
}

/// Gives the line as it reads without the trick, for what it does with the result, and the result.
fn reveal(
    text: &Text,
    range: Range<usize>,
    whole: &str,
    layer: &'static str,
    spans: &mut Vec<Span>,
) {
    let content = &*text.content;
    let from = content[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let until = content[range.end..]
        .find('\n')
        .map_or(content.len(), |at| range.end + at);
    if until - from <= LONGEST {
        let quoted = whole.replace('"', "'");
        let line = format!(
            "{}\"{quoted}\"{}",
            content[from..range.start].trim_start(),
            &content[range.end..until]
        );
        let mut span = Span::text(range.start, line, layer);
        span.language = Some(text.language);
        spans.push(span);
    }
    if plain::language(whole).is_code() {
        spans.push(Span::text(range.start, whole.to_owned(), layer));
    }
}

/// Literals that are read backwards, and names of such.
fn turned(text: &Text, names: &BTreeMap<&str, &str>, spans: &mut Vec<Span>) {
    pattern!(
        NAME,
        r#"\b([A-Za-z_]\w{0,30})(?:\[::-1\]|\.split\(\s*["'`]["'`]\s*\)\.reverse\(\))|(?:reversed|strrev)\s*\(\s*\$?([A-Za-z_]\w{0,30})\s*\)|\$\{?([A-Za-z_]\w{0,30})\}?"?\s*\|\s*rev\b"#
    );
    let content = &*text.content;
    let bytes = content.as_bytes();
    if memchr::memmem::find(bytes, b"rev").is_none()
        && memchr::memmem::find(bytes, b"::-1").is_none()
    {
        return;
    }
    let direct = TURNED.captures_iter(content).filter_map(|found| {
        let literal = found.iter().skip(1).flatten().next()?;
        Some((found.get(0)?.range(), bare(literal.as_str())?))
    });
    let by_name = NAME.captures_iter(content).filter_map(|found| {
        let name = found.iter().skip(1).flatten().next()?;
        Some((found.get(0)?.range(), *names.get(name.as_str())?))
    });
    for (range, value) in direct.chain(by_name).take(PLACES) {
        let whole = shift::reversed(value);
        if plain::HIDDEN.is_match(&whole) && !plain::HIDDEN.is_match(value) {
            reveal(text, range, &whole, "reversed", spans);
        } else if is_encoded(&whole) {
            spans.push(Span::text(range.start, whole, "reversed"));
        }
    }
}

/// Literals from which something is taken out before they are used.
fn replaced(text: &Text, spans: &mut Vec<Span>) {
    let content = &*text.content;
    if memchr::memmem::find(content.as_bytes(), b"replace").is_none() {
        return;
    }
    for found in REPLACED.captures_iter(content).take(PLACES) {
        let (Some(all), Some(value), Some(from), Some(to)) =
            (found.get(0), found.get(1), found.get(2), found.get(3))
        else {
            continue;
        };
        let from = from.as_str();
        let from = bare(from).unwrap_or_else(|| from.trim_end_matches('g').trim_matches('/'));
        let (Some(value), Some(to)) = (bare(value.as_str()), bare(to.as_str())) else {
            continue;
        };
        if from.is_empty() {
            continue;
        }
        let whole = value.replace(from, to);
        if plain::HIDDEN.find_iter(&whole).count() > plain::HIDDEN.find_iter(value).count() {
            reveal(text, all.range(), &whole, "replacement", spans);
        } else if is_encoded(&whole) && !is_encoded(value) {
            spans.push(Span::text(all.start(), whole, "replacement"));
        }
    }
}

/// Names that stand beside each other: `$a$b`, `{a}{b}`.
fn expanded(text: &Text, names: &BTreeMap<&str, &str>, spans: &mut Vec<Span>) {
    if names.len() < 2 {
        return;
    }
    for found in EXPANDED.find_iter(&text.content).take(PLACES) {
        let parts: Option<Vec<&str>> = EXPANSION
            .captures_iter(found.as_str())
            .map(|name| names.get(name.get(1)?.as_str()).copied())
            .collect();
        if let Some(parts) = parts {
            put_together(text, found.range(), &parts, "", "variables", spans);
        }
    }
}
