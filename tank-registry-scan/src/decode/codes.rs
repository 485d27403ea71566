//! Characters that are written as numbers: escapes, entities, percent signs, lists of codes.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::shift::Keys;
use super::{RUNS, Span};
use crate::pattern::{compiled, pattern};

/// A way to write characters as numbers.
struct Form {
    layer: &'static str,
    /// What every run of it holds, so that most texts need no search.
    needle: &'static [u8],
    /// A run of it; a few plain characters may stand between.
    run: Regex,
    /// One character of it, with the number in the first group that matched.
    one: Regex,
    radix: [u32; 3],
}

static ESCAPES: LazyLock<[Form; 4]> = LazyLock::new(|| {
    let form = |layer, needle: &'static str, run: &str, one: &str, radix| Form {
        layer,
        needle: needle.as_bytes(),
        run: compiled(&[run]),
        one: compiled(&[one]),
        radix,
    };
    [
        form(
            "escapes",
            "\\",
            r#"(?:\\{1,2}(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|u\{[0-9a-fA-F]{1,6}\}|0?[0-3]?[0-7]{2})[^\\"'`\n]{0,3}){4,}"#,
            r"\\{1,2}(?:x([0-9a-fA-F]{2})|u\{?([0-9a-fA-F]{2,6})\}?|(0?[0-3]?[0-7]{2}))",
            [16, 16, 8],
        ),
        form(
            "percent",
            "%",
            r"(?:%[0-9a-fA-F]{2}[A-Za-z0-9.~_-]{0,2}){6,}",
            r"%([0-9a-fA-F]{2})",
            [16, 16, 16],
        ),
        form(
            "entities",
            "&#",
            r"(?:&#(?:[xX][0-9a-fA-F]{1,6}|[0-9]{1,7});?[^&\n]{0,2}){4,}",
            r"&#(?:[xX]([0-9a-fA-F]{1,6})|([0-9]{1,7}));?",
            [16, 10, 10],
        ),
        form(
            "binary",
            "0",
            r"(?:\b[01]{8}[ ,]+){5,}[01]{8}\b",
            r"([01]{8})[ ,]*",
            [2, 2, 2],
        ),
    ]
});

pattern!(
    CALLS,
    r#"(?i)(?:\[?\b(?:String\s*\.\s*)?(?:chrw?|char|unichr|fromcharcode|fromcodepoint)\b\]?\s*\(?\s*(?:0x[0-9a-f]{1,4}|[0-9]{1,5})\s*\)?[\s+&.,|"'`()\\]{0,12}){4,}"#
);
pattern!(
    LIST,
    r"(?:(?:\b0x[0-9a-fA-F]{1,2}|\b[0-9]{1,3})\s{0,4},\s{0,12}){5,}(?:0x[0-9a-fA-F]{1,2}\b|[0-9]{1,3}\b)"
);
pattern!(NUMBER, r"0x([0-9a-fA-F]{1,6})|([0-9]{1,7})");
pattern!(PAIRS, r"\b(?:[0-9a-fA-F]{2}[ :-]){7,}[0-9a-fA-F]{2}\b");

/// All runs of numbers that stand for characters.
pub(super) fn spans(text: &str, keys: &Keys) -> Vec<Span> {
    let mut spans = Vec::new();
    for form in ESCAPES.iter() {
        if memchr::memmem::find(text.as_bytes(), form.needle).is_none() {
            continue;
        }
        for run in form.run.find_iter(text).take(RUNS) {
            let mut letters = 0;
            let content = form.one.replace_all(run.as_str(), |one: &Captures<'_>| {
                let c = character(one, form.radix);
                // Nobody needs to write letters so.
                letters += usize::from(c.is_some_and(|c| c.is_ascii_alphanumeric()));
                c.unwrap_or('\u{0}').to_string()
            });
            if letters >= 4 {
                spans.push(Span::text(run.start(), content.into_owned(), form.layer));
            }
        }
    }
    for (runs, layer) in [(&*CALLS, "character codes"), (&*LIST, "character codes")] {
        for run in runs.find_iter(text).take(RUNS) {
            let codes: Vec<u32> = NUMBER
                .captures_iter(run.as_str())
                .filter_map(|number| code(&number, [16, 10, 10]))
                .collect();
            if let Some(content) = words(&codes) {
                spans.push(Span::text(run.start(), content, layer));
            } else {
                let bytes: Option<Vec<u8>> =
                    codes.iter().map(|code| u8::try_from(*code).ok()).collect();
                let changed = bytes.and_then(|bytes| keys.try_on(&bytes));
                spans.extend(changed.map(|(bytes, layer)| Span {
                    at: run.start(),
                    bytes,
                    layer,
                    language: None,
                }));
            }
        }
    }
    for run in PAIRS.find_iter(text).take(RUNS) {
        let digits: String = run
            .as_str()
            .chars()
            .filter(char::is_ascii_hexdigit)
            .collect();
        let codes: Vec<u32> = hex::decode(digits)
            .unwrap_or_default()
            .into_iter()
            .map(u32::from)
            .collect();
        if let Some(content) = words(&codes) {
            spans.push(Span::text(run.start(), content, "hex"));
        }
    }
    spans
}

fn code(one: &Captures<'_>, radix: [u32; 3]) -> Option<u32> {
    one.iter()
        .skip(1)
        .zip(radix)
        .find_map(|(group, radix)| u32::from_str_radix(group?.as_str(), radix).ok())
}

fn character(one: &Captures<'_>, radix: [u32; 3]) -> Option<char> {
    char::from_u32(code(one, radix)?)
}

/// Codes as text, where most of them are letters: rows of measurements are numbers as well.
fn words(codes: &[u32]) -> Option<String> {
    let text: String = codes
        .iter()
        .map(|code| char::from_u32(*code))
        .collect::<Option<_>>()?;
    let letters = text.bytes().filter(u8::is_ascii_alphabetic).count();
    let readable = text.chars().all(|c| !c.is_control() || c.is_whitespace());
    (readable && letters * 5 >= text.len() * 2).then_some(text)
}
