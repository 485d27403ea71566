//! Runs of an alphabet: base64, hexadecimal, base32, base85.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::shift::Keys;
use super::{RUNS, SPAN, Span, plain};
use crate::pattern::pattern;

/// Neither missing padding nor loose bits at the end keep a decoder from working.
const FORGIVING: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
static BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, FORGIVING);

/// Characters of a run that is tried on its own.
const SHORTEST: usize = 16;
/// Characters of a run beside a call that decodes it.
const SHORTEST_CALLED: usize = 8;

pattern!(
    CALL,
    r"(?i)b(?:ase)?_?(?:64|32|85|16)_?-?(?:decode|d\b)|a85decode|atob\(|base64|unhexlify|fromhex|xxd -r|'hex'|frombase64|ascii85|-e(?:nc(?:odedcommand)?)?\b"
);

/// A run of letters, digits and what else encodings are made of.
#[derive(Debug, Clone, Copy)]
struct Run {
    start: usize,
    end: usize,
}

/// All runs that decode to something, in order.
pub(super) fn spans(text: &str, keys: &Keys) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut tried = 0;
    let mut group: Vec<Run> = Vec::new();
    let called = CALL.is_match(text);
    for run in runs(text.as_bytes()) {
        tried += 1;
        if tried > RUNS {
            break;
        }
        if group
            .last()
            .is_some_and(|last| !continues(text, *last, run))
        {
            finish(text, &group, keys, called, &mut spans);
            group.clear();
        }
        group.push(run);
    }
    finish(text, &group, keys, called, &mut spans);
    if called {
        base85(text, &mut spans);
    }
    spans
}

fn runs(bytes: &[u8]) -> impl Iterator<Item = Run> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            while at < bytes.len() && !is_digit(bytes[at]) {
                at += 1;
            }
            if at == bytes.len() {
                return None;
            }
            let start = at;
            while at < bytes.len() && is_digit(bytes[at]) {
                at += 1;
            }
            let mut end = at;
            while end < bytes.len() && end < at + 2 && bytes[end] == b'=' {
                end += 1;
            }
            at = end;
            if end - start >= 4 {
                return Some(Run { start, end });
            }
        }
    })
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Whether a run goes on with another one: on the next line, or in the next literal.
fn continues(text: &str, last: Run, next: Run) -> bool {
    const GAP: usize = 40;
    let long = last.end - last.start >= SHORTEST;
    let between = text.get(last.end..next.start).unwrap_or_default();
    long && between.len() <= GAP
        && !text[..last.end].ends_with('=')
        && between.contains(['\n', '"', '\''])
        && between
            .bytes()
            .all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b'\\' | b'+' | b'>' | b'#' | b'*' | b',' | b'.'))
        // Words of a sentence follow each other as well.
        && (last.end - last.start >= 40 || between.contains(['"', '\'']))
}

/// Tries a run, or what several make together, and then each of them.
fn finish(text: &str, group: &[Run], keys: &Keys, called: bool, spans: &mut Vec<Span>) {
    let Some(first) = group.first() else {
        return;
    };
    if group.len() > 1 {
        let mut joined = String::new();
        for run in group {
            joined.push_str(&text[run.start..run.end]);
            if joined.len() > SPAN * 2 {
                break;
            }
        }
        let before = spans.len();
        attempt(&joined, first.start, keys, SHORTEST, spans);
        if spans.len() > before {
            return;
        }
    }
    for run in group {
        let shortest = if called && is_called(text, *run) {
            SHORTEST_CALLED
        } else {
            SHORTEST
        };
        let content = &text[run.start..run.end];
        if content.len() >= shortest && !is_media(text, run.start) {
            attempt(content, run.start, keys, shortest, spans);
        }
    }
}

/// Whether a call on the same line decodes it.
fn is_called(text: &str, run: Run) -> bool {
    const AROUND: usize = 120;
    let from = text[..run.start]
        .rfind('\n')
        .unwrap_or(0)
        .max(run.start.saturating_sub(AROUND));
    let until = memchr::memchr(b'\n', &text.as_bytes()[run.end..])
        .map_or(text.len(), |at| run.end + at)
        .min(run.end + AROUND);
    let (from, until) = (
        crate::text::floor(text, from),
        crate::text::floor(text, until),
    );
    CALL.is_match(&text[from..until])
}

/// Whether it is the data of a picture or a font.
fn is_media(text: &str, start: usize) -> bool {
    const LONGEST: usize = 60;
    let from = crate::text::floor(text, start.saturating_sub(LONGEST));
    text[from..start]
        .strip_suffix("base64,")
        .and_then(|before| before.rfind("data:").map(|at| &before[at + 5..]))
        .is_some_and(|kind| {
            ["image/", "font/", "audio/", "video/", "application/font"]
                .iter()
                .any(|media| kind.starts_with(media))
        })
}

fn attempt(run: &str, at: usize, keys: &Keys, shortest: usize, spans: &mut Vec<Span>) {
    let run = &run[..run.len().min(SPAN * 2)];
    let bare = run.trim_end_matches('=');
    let span = |bytes, layer| Span {
        at,
        bytes,
        layer,
        language: None,
    };
    if bare.len() >= shortest
        && bare.bytes().all(|byte| byte.is_ascii_hexdigit())
        && let Ok(bytes) = hex::decode(&bare[..bare.len() & !1])
    {
        if useful(&bytes) {
            spans.push(span(bytes, "hex"));
            return;
        }
        spans.extend(
            keys.try_on(&bytes)
                .map(|(bytes, _)| span(bytes, "hex > xor")),
        );
    }
    let base32 = bare.len() >= 24
        && bare
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    if base32 {
        let bytes = base32_decoded(bare);
        if useful(&bytes) {
            spans.push(span(bytes, "base32"));
            return;
        }
    }
    if !keys.is_empty() || may_be_base64(bare.as_bytes()) {
        let Some(bytes) = base64_decoded(bare) else {
            return;
        };
        // A header of a token is no secret message.
        if useful(&bytes) && !bytes.starts_with(br#"{"alg""#) && !bytes.starts_with(br#"{"typ""#) {
            spans.push(span(bytes, "base64"));
        } else if bare.len() >= SHORTEST {
            spans.extend(
                keys.try_on(&bytes)
                    .map(|(bytes, _)| span(bytes, "base64 > xor")),
            );
        }
    }
}

fn useful(bytes: &[u8]) -> bool {
    bytes.len() >= 6 && plain::read(bytes).is_some()
}

/// Whether what it decodes to can be text, a packed stream or a program: of ASCII text, the first of
/// four digits is below 32.
fn may_be_base64(run: &[u8]) -> bool {
    if [
        b"H4sI".as_slice(),
        b"eJ",
        b"eN",
        b"eF",
        b"eA",
        b"f0VM",
        b"TV",
        b"yv66",
        b"z/rt",
        b"AGFzbQ",
        b"//4",
    ]
    .iter()
    .any(|magic| run.starts_with(magic))
    {
        return true;
    }
    let groups = run.len().div_ceil(4);
    let fit = run
        .iter()
        .step_by(4)
        .filter(|byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'f'))
        .count();
    fit * 4 >= groups * 3
}

pub(crate) fn base64_decoded(run: &str) -> Option<Vec<u8>> {
    let bare = run.trim_end_matches('=');
    // One digit alone holds no byte.
    let length = if bare.len() % 4 == 1 {
        bare.len() - 1
    } else {
        bare.len()
    };
    let standard: Vec<u8> = bare.as_bytes()[..length]
        .iter()
        .map(|byte| match byte {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        })
        .collect();
    BASE64
        .decode(standard)
        .ok()
        .filter(|bytes| !bytes.is_empty())
}

fn base32_decoded(run: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(run.len() * 5 / 8);
    let (mut bits, mut count) = (0_u32, 0);
    for digit in run.bytes() {
        let value = match digit {
            b'A'..=b'Z' => digit - b'A',
            _ => digit - b'2' + 26,
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xFF) as u8);
        }
    }
    bytes
}

/// Literals of base85, in a text that decodes such: its alphabet is too wide to look for.
fn base85(text: &str, spans: &mut Vec<Span>) {
    pattern!(
        LITERAL,
        r#""([!-\[\]-~&&[^"]]{15,})"|'([!-\[\]-~&&[^']]{15,})'"#
    );
    let lower = text.to_ascii_lowercase();
    let git = lower.contains("b85decode") || lower.contains("base85");
    let ascii = lower.contains("a85decode") || lower.contains("ascii85");
    if !git && !ascii {
        return;
    }
    for found in LITERAL.captures_iter(text).take(RUNS) {
        let Some(literal) = found.get(1).or_else(|| found.get(2)) else {
            continue;
        };
        let run = literal.as_str();
        let run = run.strip_prefix("<~").unwrap_or(run);
        let run = run.strip_suffix("~>").unwrap_or(run);
        let run = &run[..run.len().min(SPAN)];
        let decoded = [
            git.then(|| base85_decoded(run, git_digit)),
            ascii.then(|| base85_decoded(run, ascii_digit)),
        ];
        if let Some(bytes) = decoded.into_iter().flatten().flatten().find(|b| useful(b)) {
            spans.push(Span {
                at: literal.start(),
                bytes,
                layer: "base85",
                language: None,
            });
        }
    }
}

fn git_digit(byte: u8) -> Option<u32> {
    const DIGITS: &[u8; 85] =
        b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
    let at = memchr::memchr(byte, DIGITS)?;
    u32::try_from(at).ok()
}

fn ascii_digit(byte: u8) -> Option<u32> {
    byte.checked_sub(b'!')
        .filter(|digit| *digit < 85)
        .map(u32::from)
}

fn base85_decoded(run: &str, digit: fn(u8) -> Option<u32>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(run.len());
    for group in run.as_bytes().chunks(5) {
        let mut value = 0_u32;
        for at in 0..5 {
            // A last, short group is filled up with the highest digit.
            let digit = group.get(at).map_or(Some(84), |byte| digit(*byte))?;
            value = value.checked_mul(85)?.checked_add(digit)?;
        }
        let kept = group.len().saturating_sub(1);
        bytes.extend(value.to_be_bytes().iter().take(kept));
    }
    Some(bytes)
}
