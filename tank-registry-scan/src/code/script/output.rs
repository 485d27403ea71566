//! What a look at a program leaves.

use std::collections::{BTreeMap, BTreeSet};

use tank_registry_core::scan::Severity;

use super::ir::Span;
use crate::finding::{Capability, Rule};

/// Most findings, facts or commands of one text.
const MOST: usize = 400;

/// What one rule noticed at one place.
#[derive(Debug, Clone)]
pub(super) struct Noted {
    pub(super) rule: &'static Rule,
    pub(super) severity: Severity,
    pub(super) span: Span,
    pub(super) message: String,
    /// Whether it is proven: what stands around it does not make it harmless.
    pub(super) firm: bool,
}

/// What a look at a program leaves.
#[derive(Debug, Default)]
pub(super) struct Output {
    pub(super) noted: BTreeMap<(u32, &'static str), Noted>,
    pub(super) facts: BTreeSet<(u32, Capability, String)>,
    /// Lines of shell that it runs, by place.
    pub(super) commands: BTreeMap<u32, String>,
    /// Code that it runs, by place, and how it was hidden.
    pub(super) codes: BTreeMap<u32, (String, &'static str)>,
    pub(super) endless: Vec<Span>,
    pub(super) marks: Marks,
}

/// Single acts that mean something together.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Connects to another machine; where, and to whom.
    pub(super) connects: Option<(Span, String)>,
    /// Makes a connection its standard input and output.
    pub(super) redirects: Option<Span>,
    /// Starts a shell that waits for input.
    pub(super) starts_shell: Option<Span>,
    /// Feeds a connection and a program into each other.
    pub(super) pipes: Option<Span>,
    /// Encrypts what it read.
    pub(super) encrypts: Option<Span>,
    /// Deletes or overwrites files that it found by walking through folders.
    pub(super) deletes_found: Option<Span>,
    /// Deletes all of them.
    pub(super) deletes_all: Option<Span>,
    pub(super) walks_home: Option<Span>,
    /// Listens to the keyboard.
    pub(super) keys: Option<Span>,
    /// Reads the clipboard.
    pub(super) clipboard: Option<Span>,
    /// Forks.
    pub(super) forks: Option<Span>,
    /// Where a request goes that a browser makes.
    pub(super) request_url: Option<String>,
}

impl Output {
    pub(super) fn note(&mut self, noted: Noted) {
        let key = (noted.span.start, noted.rule.id);
        let room = self.noted.len() < MOST;
        let known = self.noted.get(&key);
        let better = known.map_or(room, |known| {
            (noted.severity, noted.firm) >= (known.severity, known.firm)
        });
        if better {
            self.noted.insert(key, noted);
        }
    }

    pub(super) fn fact(&mut self, span: Span, capability: Capability, detail: &str) {
        const LONGEST: usize = 300;
        if self.facts.len() < MOST {
            let end = crate::text::floor(detail, LONGEST);
            let detail = detail[..end].replace(super::value::HOLE, "");
            self.facts.insert((span.start, capability, detail));
        }
    }

    pub(super) fn command(&mut self, span: Span, command: &str) {
        if self.commands.len() < MOST && command.len() > 1 {
            self.commands
                .insert(span.start, command.replace(super::value::HOLE, "…"));
        }
    }
}
