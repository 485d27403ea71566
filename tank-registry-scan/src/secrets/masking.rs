//! Secrets that are hidden in what is shown.

use std::ops::Range;

use crate::pattern::pattern;

use super::{formats, named, shapes};

pattern!(
    OPTION,
    r#"(?:^|\s)(?:-u|--user|--proxy-user|-U)[\s=]*['"]?[\w.@+-]+:(?P<secret>[^\s'"$<{]{3,})"#
);

/// A text with every secret in it masked: of each, the first four characters remain.
pub(crate) fn masked(text: &str) -> String {
    let mut ranges = formats::shadows(text);
    ranges.extend(shapes::find(text).into_iter().map(|secret| secret.range));
    ranges.extend(armour_from(text));
    ranges.extend(
        named::find(text)
            .into_iter()
            .filter(|value| value.random || value.branded || value.quoted && !value.sample)
            .map(|value| value.range),
    );
    ranges.extend(cut(text));
    ranges.extend(
        OPTION
            .captures_iter(text)
            .filter_map(|found| found.name("secret"))
            .map(|secret| secret.range()),
    );
    if ranges.is_empty() {
        return text.to_owned();
    }
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.end <= at {
            continue;
        }
        let start = range.start.max(at);
        result.push_str(text.get(at..start).unwrap_or_default());
        let hidden = text.get(start..range.end).unwrap_or_default();
        // Of a short secret, four characters would be most.
        let shown = (hidden.chars().count() / 4).min(4);
        // What overlaps a secret that was masked already shows nothing more.
        let shown = if range.start < at { 0 } else { shown };
        result.extend(hidden.chars().take(shown));
        result.push('…');
        at = range.end;
    }
    result.push_str(text.get(at..).unwrap_or_default());
    result
}

/// A private key whose end was cut away.
fn armour_from(text: &str) -> Option<Range<usize>> {
    let start = text.find("-----BEGIN")?;
    let title = text[start..]
        .split_inclusive("-----")
        .take(2)
        .map(str::len)
        .sum::<usize>();
    text[start..start + title]
        .contains("PRIVATE KEY")
        .then(|| start + title..text.len())
}

/// The end of a secret whose beginning was cut away: a row of letters and digits that the text
/// begins with.
fn cut(text: &str) -> Option<Range<usize>> {
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && !"_-+/=.:".contains(c))
        .unwrap_or(text.len());
    let run = &text[..end];
    let digits = run.bytes().any(|byte| byte.is_ascii_digit());
    let upper = run.bytes().any(|byte| byte.is_ascii_uppercase());
    let lower = run.bytes().any(|byte| byte.is_ascii_lowercase());
    let random = digits && lower && (upper || end >= 24);
    (end >= 12 && random && !run.contains("://")).then_some(0..end)
}
