//! Characters that show something else than what programs read.

use std::ops::Range;

use tank_registry_core::scan::Severity;

use super::rules;
use crate::finding::Rule;
use crate::text::look_alike;

/// Something noticed in a text: once a kind, with how often.
#[derive(Debug)]
pub(super) struct Oddity {
    pub(super) rule: &'static Rule,
    pub(super) severity: Severity,
    /// The worst place, or the first of those.
    pub(super) range: Range<usize>,
    pub(super) count: usize,
    pub(super) what: &'static str,
}

/// All oddities of a text, worst first within a kind, each kind once.
pub(super) fn oddities(text: &str) -> Vec<Oddity> {
    let plain = text
        .bytes()
        .all(|byte| matches!(byte, b'\n' | b'\t' | 0x20..=0x7e));
    if plain {
        return Vec::new();
    }
    let mut seen = Seen::default();
    characters(text, &mut seen);
    if !text.is_ascii() {
        words(text, &mut seen);
    }
    seen.0
}

#[derive(Default)]
struct Seen(Vec<Oddity>);

impl Seen {
    fn add(
        &mut self,
        rule: &'static Rule,
        severity: Severity,
        range: Range<usize>,
        what: &'static str,
    ) {
        match self.0.iter_mut().find(|odd| odd.rule.id == rule.id) {
            Some(odd) => {
                odd.count += 1;
                if severity > odd.severity {
                    odd.severity = severity;
                    odd.range = range;
                    odd.what = what;
                }
            }
            None => self.0.push(Oddity {
                rule,
                severity,
                range,
                count: 1,
                what,
            }),
        }
    }
}

fn characters(text: &str, seen: &mut Seen) {
    /// So many variation selectors in a row carry data.
    const RUN: usize = 8;
    /// So many tag characters at most spell the name of a flag.
    const FLAG: usize = 7;
    let right_to_left = is_right_to_left(text);
    let only_returns = !text.contains('\n');
    let mut before = '\n';
    let mut of_flag = 0;
    let mut selectors = 0_usize;
    let mut on_line = 0_usize;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, next)| *next);
        let is_tag = ('\u{e0000}'..='\u{e007f}').contains(&c);
        let in_flag = is_tag && of_flag > 0;
        of_flag = match c {
            '\u{1f3f4}' => FLAG,
            _ if in_flag => of_flag - 1,
            _ => 0,
        };
        let is_selector = matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
        selectors = if is_selector { selectors + 1 } else { 0 };
        let odd = match c {
            '\n' => {
                on_line = 0;
                None
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let severity = if right_to_left {
                    Severity::Low
                } else {
                    Severity::Critical
                };
                let what = "Characters change the order in which text is shown";
                Some((&rules::BIDI, severity, what))
            }
            _ if is_tag && !in_flag => Some((
                &rules::INVISIBLE,
                Severity::Critical,
                "Invisible characters spell text",
            )),
            _ if selectors == RUN => Some((
                &rules::INVISIBLE,
                Severity::Critical,
                "Invisible characters carry data",
            )),
            _ if has_no_width(c) && !(at == 0 && c == '\u{feff}') && !joins(c, before, next) => {
                on_line += 1;
                let inside = before.is_ascii_alphanumeric()
                    && next.is_some_and(|next| next.is_ascii_alphanumeric());
                let severity = if on_line >= 8 || (inside && c != '\u{ad}') {
                    Severity::High
                } else {
                    Severity::Medium
                };
                let what = "Characters without width stand between others";
                Some((&rules::ZERO_WIDTH, severity, what))
            }
            _ if steers_terminal(c, next, only_returns) => Some((
                &rules::ESCAPE,
                Severity::High,
                "Control characters change what a terminal shows",
            )),
            _ => None,
        };
        if let Some((rule, severity, what)) = odd {
            seen.add(rule, severity, at..at + c.len_utf8(), what);
        }
        before = c;
    }
}

fn has_no_width(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' | '\u{180e}' | '\u{34f}'
    )
}

/// Whether a character begins a control sequence, goes back, or overwrites the line.
fn steers_terminal(c: char, next: Option<char>, only_returns: bool) -> bool {
    match c {
        '\u{1b}' => matches!(next, Some('[' | ']' | 'P' | '_' | '^' | 'c')),
        '\u{90}' | '\u{9b}' | '\u{9d}' | '\u{8}' => true,
        '\r' => !only_returns && !matches!(next, Some('\n' | '\r') | None),
        _ => false,
    }
}

/// Whether a character without width joins what it is made for: emoji, Arabic, Indic scripts.
fn joins(c: char, before: char, next: Option<char>) -> bool {
    let made_for =
        |c: char| !c.is_ascii() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}');
    match c {
        '\u{200c}' | '\u{200d}' => made_for(before) && next.is_some_and(made_for),
        // Khmer, Thai, Lao and others separate words so.
        '\u{200b}' => {
            let spaced = |c: char| {
                ('\u{0e00}'..='\u{0eff}').contains(&c) || ('\u{1000}'..='\u{17ff}').contains(&c)
            };
            spaced(before) || next.is_some_and(spaced)
        }
        _ => false,
    }
}

/// Whether the text is really one that is read from the right, and every change of order ends.
fn is_right_to_left(text: &str) -> bool {
    const ENOUGH: usize = 10;
    let letters = text
        .chars()
        .filter(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'))
        .take(ENOUGH)
        .count();
    if letters < ENOUGH {
        return false;
    }
    text.lines().all(|line| {
        let mut open = 0_i32;
        line.chars().all(|c| {
            match c {
                '\u{202a}' | '\u{202b}' | '\u{2066}'..='\u{2068}' => open += 1,
                '\u{202c}' | '\u{2069}' => open -= 1,
                '\u{202d}' | '\u{202e}' => return false,
                _ => {}
            }
            open >= 0
        }) && open == 0
    })
}

/// Words of mixed scripts, and words in letters that only look like plain ones.
fn words(text: &str, seen: &mut Seen) {
    /// A text with so many words of another script may bend a Latin word as that language does.
    const FOREIGN: usize = 20;
    let mut foreign = 0;
    let mut mixed = Vec::new();
    for (start, word) in letters(text) {
        if word.is_ascii() {
            continue;
        }
        let latin = word.chars().filter(char::is_ascii_alphabetic).count();
        let alike = word
            .chars()
            .filter(|c| is_other_script(*c) && look_alike(*c).is_some())
            .count();
        let greek = word.chars().any(|c| ('\u{370}'..='\u{3ff}').contains(&c));
        let others = word.chars().filter(|c| is_other_script(*c)).count();
        let range = start..start + word.len();
        if latin == 0 && others > 1 {
            foreign += 1;
        }
        // A Greek letter beside one or two Latin ones is a formula.
        let enough = if greek {
            latin >= 4
        } else {
            latin >= 1 && latin + alike >= 3
        };
        if alike > 0 && alike == others && enough {
            mixed.push((range, in_address(text, start)));
        } else if word.chars().filter(|c| is_styled(*c)).count() >= 3 {
            seen.add(
                &rules::NFKC,
                Severity::Low,
                range,
                "Letters only look like plain ones",
            );
        }
    }
    for (range, address) in mixed {
        let severity = match (address, foreign >= FOREIGN) {
            (true, _) => Severity::Critical,
            (false, true) => Severity::Low,
            (false, false) => Severity::High,
        };
        seen.add(
            &rules::HOMOGLYPH,
            severity,
            range,
            "A word holds letters of another script that look like its own",
        );
    }
}

/// Runs of letters and digits with their offsets.
fn letters(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| (word.as_ptr().addr() - text.as_ptr().addr(), word))
}

fn is_other_script(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{58f}' | '\u{1f00}'..='\u{1fff}' | '\u{2c80}'..='\u{2cff}' | '\u{13a0}'..='\u{13ff}')
}

/// Fullwidth letters and those of mathematics.
fn is_styled(c: char) -> bool {
    matches!(c, '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' | '\u{1d400}'..='\u{1d7ff}' | '\u{24b6}'..='\u{24e9}')
}

/// Whether a word is part of an address, or of the name of a package that is installed.
fn in_address(text: &str, at: usize) -> bool {
    const BEFORE: usize = 80;
    let from = crate::text::floor(text, at.saturating_sub(BEFORE));
    let before = text.get(from..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let token = line
        .rsplit(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '(' | '<' | '`'))
        .next()
        .unwrap_or_default();
    let installs = [
        "install ", "add ", "npx ", "uvx ", "import ", "from ", "require(",
    ];
    token.contains("://")
        || installs
            .iter()
            .any(|word| line.trim_end_matches(token).ends_with(word))
}
