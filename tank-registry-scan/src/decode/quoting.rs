//! Words that are broken by quotes and escapes which mean nothing to the shell that reads them.

use super::{Span, plain};
use crate::language::Language;
use crate::pattern::pattern;
use crate::text::Text;

/// At most so many lines of a text are given.
const LINES: usize = 2_000;
/// Bytes of a line that is looked at.
const LONGEST: usize = 2_000;

/// The lines of a text that say more without such quotes.
pub(super) fn spans(text: &Text) -> Vec<Span> {
    let mut spans = Vec::new();
    match text.language {
        Language::Shell => unquoted(text, shell_words, "quoting", &mut spans),
        Language::PowerShell => unquoted(text, |line| line.replace('`', ""), "quoting", &mut spans),
        Language::Batch => unquoted(text, |line| line.replace('^', ""), "quoting", &mut spans),
        _ => {}
    }
    spans
}

/// Lines whose words are broken by quotes and escapes that mean nothing.
fn unquoted(text: &Text, plainly: fn(&str) -> String, layer: &'static str, spans: &mut Vec<Span>) {
    let content = &*text.content;
    let mut at = 0;
    let mut count = 0;
    for line in content.split_inclusive('\n') {
        let start = at;
        at += line.len();
        if count >= LINES
            || line.len() > LONGEST
            || !line.contains(['\'', '"', '\\', '$', '`', '^'])
        {
            continue;
        }
        let whole = plainly(line.trim_end());
        if whole == line.trim_end() {
            continue;
        }
        if plain::HIDDEN.find_iter(&whole).count() > plain::HIDDEN.find_iter(line).count() {
            count += 1;
            let mut span = Span::text(start, whole, layer);
            span.language = Some(text.language);
            spans.push(span);
        }
    }
}

/// A line of shell without what breaks words and means nothing.
fn shell_words(line: &str) -> String {
    pattern!(
        EMPTY,
        r#"([A-Za-z/])(?:""|''|\$@|\$\{[*@]\}|\$[*!])([A-Za-z/])"#
    );
    pattern!(
        QUOTED,
        r#"([A-Za-z])(?:'([A-Za-z]{1,3})'|"([A-Za-z]{1,3})")|(?:'([A-Za-z]{1,3})'|"([A-Za-z]{1,3})")([A-Za-z])"#
    );
    pattern!(ESCAPED, r"([A-Za-z/])\\([A-Za-z/])");
    pattern!(BLANK, r"\$\{?IFS(?:%\?+)?\}?(?:\$9)?");
    let line = BLANK.replace_all(line, " ");
    let mut line = line.into_owned();
    // Each match eats the letter after it, so that the next break is found one round later.
    for _ in 0..2 {
        line = EMPTY.replace_all(&line, "$1$2").into_owned();
        line = QUOTED.replace_all(&line, "$1$2$3$4$5$6").into_owned();
        line = ESCAPED.replace_all(&line, "$1$2").into_owned();
    }
    line
}
