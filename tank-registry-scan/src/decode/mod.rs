//! Encoded runs in texts, and what they decode to: every rule looks at that as well.
//!
//! Nothing is evaluated. A run is undone where its form says how: an alphabet, character codes,
//! literals that are put together, a key beside it. What is no readable text is dropped, so that
//! pictures, digests and identifiers cost nothing but the attempt.

mod codes;
mod pieces;
mod plain;
mod quoting;
mod runs;
mod shift;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use tank_registry_core::scan::{Severity, Stage};

use self::plain::Plain;
pub(crate) use self::runs::base64_decoded;
use crate::budget::{Budget, OutOfTime};
use crate::finding::{Found, Hit, Rule};
use crate::language::Language;
use crate::pattern::pattern;
use crate::skill::Skill;
use crate::text::{Role, Text};

/// Bytes that are read of one run, and that are kept of what it decodes to.
const SPAN: usize = 64 << 10;
/// How often what was decoded is decoded again.
const DEPTH: usize = 5;
/// At most so many decoded texts a skill: many small ones cost more than their bytes.
const MOST: usize = 2_000;
/// At most so many runs of one text are tried.
const RUNS: usize = 20_000;

static ENCODED_PAYLOAD: Rule = Rule {
    id: "encoded-payload",
    stage: Stage::Code,
    kind: "obfuscation",
    severity: Severity::Medium,
    cwe: "CWE-506",
    fix: "Write commands and addresses in the open, so that people can read what the skill does.",
};

static ENCODED_ADDRESS: Rule = Rule {
    id: "encoded-address",
    stage: Stage::Code,
    kind: "obfuscation",
    severity: Severity::Low,
    cwe: "CWE-506",
    fix: "Write addresses in the open.",
};

static ENCODED_PROGRAM: Rule = Rule {
    id: "encoded-program",
    stage: Stage::Code,
    kind: "obfuscated_execution",
    severity: Severity::High,
    cwe: "CWE-506",
    fix: "Ship source code, or let people install the program from where it is published.",
};

pub(crate) static RULES: &[&Rule] = &[&ENCODED_PAYLOAD, &ENCODED_ADDRESS, &ENCODED_PROGRAM];

/// A run that was undone.
#[derive(Debug)]
struct Span {
    /// Where it begins.
    at: usize,
    bytes: Vec<u8>,
    /// What was undone.
    layer: &'static str,
    /// The language of what came out, where the way in which it was written says so.
    language: Option<Language>,
}

impl Span {
    fn text(at: usize, content: String, layer: &'static str) -> Self {
        Self {
            at,
            bytes: content.into_bytes(),
            layer,
            language: None,
        }
    }
}

/// What encoded runs in texts decode to, and what stands encoded in that, again.
pub(crate) fn decoded_texts(texts: &[Text], budget: &mut Budget) -> Vec<Text> {
    let mut sources: Vec<&Text> = texts.iter().filter(|text| is_source(text)).collect();
    // The innermost text first: it knows best what stands around a run.
    sources.sort_by_key(|text| rank(text));
    let mut decoder = Decoder {
        seen: HashSet::new(),
        texts: Vec::new(),
        full: false,
    };
    for text in sources {
        // Whoever asked for the texts sees that time is up.
        if budget.check_time().is_err() {
            break;
        }
        decoder.undo(text, budget);
    }
    let mut next = 0;
    for _ in 1..DEPTH {
        let end = decoder.texts.len();
        for at in next..end {
            let Some(text) = decoder.texts.get(at).cloned() else {
                break;
            };
            if budget.check_time().is_err() {
                break;
            }
            decoder.undo(&text, budget);
        }
        next = end;
    }
    decoder.texts
}

/// Comments, literals and commands stand in the text of their file as well.
fn is_source(text: &Text) -> bool {
    const SHORTEST: usize = 12;
    text.content.len() >= SHORTEST
        && (text.is_concealed()
            || !matches!(
                text.role,
                Role::Comment | Role::Literal | Role::Command | Role::Name
            ))
}

fn rank(text: &Text) -> u8 {
    match text.role {
        Role::Fence => 0,
        Role::InlineCode => 1,
        Role::FrontMatter => 2,
        Role::File if text.language != Language::Markdown => 3,
        Role::Paragraph => 4,
        Role::File => 6,
        _ => 5,
    }
}

struct Decoder {
    /// What was decoded, with where: one run is found in a file, a block and a sentence alike.
    seen: HashSet<u64>,
    texts: Vec<Text>,
    full: bool,
}

impl Decoder {
    fn undo(&mut self, text: &Text, budget: &mut Budget) {
        if self.full || text.layers.len() > DEPTH {
            return;
        }
        let keys = shift::Keys::of(&text.content);
        let mut spans = runs::spans(&text.content, &keys);
        spans.append(&mut codes::spans(&text.content, &keys));
        spans.append(&mut shift::spans(&text.content));
        spans.append(&mut pieces::spans(text));
        spans.append(&mut quoting::spans(text));
        for span in spans {
            self.keep(text, &span, budget);
        }
    }

    fn keep(&mut self, outer: &Text, span: &Span, budget: &mut Budget) {
        let Some((plain, layers)) = plain::read(&span.bytes) else {
            return;
        };
        let content = match plain {
            Plain::Text(content) => content,
            Plain::Program(kind) => format!("{kind} program of {} bytes", span.bytes.len()),
        };
        if *content == *outer.content || self.full {
            return;
        }
        let mut hasher = DefaultHasher::new();
        let place = outer.place(span.at);
        (place, &content).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        if self.texts.len() >= MOST {
            budget.exhaust("decoded text");
            self.full = true;
            return;
        }
        if !budget.take_decoded(content.len()) {
            self.full = true;
            return;
        }
        if span.bytes.len() >= SPAN {
            budget.exhaust("decoded text");
        }
        let language = span.language.unwrap_or_else(|| plain::language(&content));
        let mut text = Text::inside(outer, span.at, content, language, span.layer);
        text.layers.extend(layers);
        self.texts.push(text);
    }
}

// What tells a command that was hidden from a name or a message that was.
pattern!(
    ACTS,
    r#"(?xi)
          \b(?:curl|wget|invoke-webrequest|iwr|irm|certutil|bitsadmin)\b[^\n]{0,200}(?:https?://|\b\d{1,3}(?:\.\d{1,3}){3}\b|\$)
        | \|\s*(?:sudo\s+)?(?:/\w+/)*(?:ba|z|da|k)?sh\b | \b(?:ba|z|da|k)?sh\s+-i?c\b | /dev/(?:tcp|udp)/
        | \bnc(?:at)?\s+(?:-\w+\s+)*[\w.]+\s+\d | \brm\s+-\w*r\w*f?\s | \bchmod\s+\+x | \bmkfifo\b
        | \b(?:iex|invoke-expression|downloadstring|frombase64string|start-process)\b
        | \b(?:os\.(?:system|popen|exec\w*)|subprocess\.\w+|exec|eval|__import__|child_process|execsync|urlopen|requests\.(?:get|post)|fetch)\b\s*[("']
        | (?:~|/root|/home/\w+|\$HOME)/\.(?:ssh|aws|gnupg|netrc|bashrc|zshrc|config)\b | /etc/(?:passwd|shadow|sudoers)
        "#
);

/// Looks at what was decoded, whatever other rules make of it.
pub(crate) fn look(
    skill: &Skill<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OutOfTime> {
    for text in &skill.texts {
        if text.role != Role::Decoded {
            continue;
        }
        if text
            .layers
            .last()
            .is_some_and(|layer| *layer == plain::PROGRAM)
        {
            let message = format!("A program is written into a text: {}.", text.content);
            found
                .hits
                .push(Hit::new(&ENCODED_PROGRAM, text, 0..0, message).confidence(95));
        } else if let Some(act) = ACTS.find(&text.content) {
            let mut hit = Hit::new(
                &ENCODED_PAYLOAD,
                text,
                act.range(),
                "A command is encoded, so that people do not see what it does",
            );
            // Guides about attacks show encoded commands; what is run is another rule's.
            if text.specimen {
                hit = hit.severity(Severity::Low);
            }
            found.hits.push(hit);
        } else if let Some(at) = text.content.find("://") {
            let start = text.content[..at]
                .rfind(|c: char| !c.is_ascii_alphanumeric())
                .map_or(0, |before| crate::text::floor(&text.content, before + 1));
            found.hits.push(Hit::new(
                &ENCODED_ADDRESS,
                text,
                start..at + 3,
                "An address is encoded, so that people do not see where it leads",
            ));
        }
    }
    budget.check_time()
}
