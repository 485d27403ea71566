//! What rules report, before it is judged.

use std::collections::BTreeSet;

use tank_registry_core::scan::{PermissionUse, Severity, Stage};

use crate::text::Text;

/// A rule: what it is called and what it says about itself. The code that applies it stands beside
/// its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rule {
    /// Names it in settings and reports; never reused for something else.
    pub(crate) id: &'static str,
    /// The stage it belongs to.
    pub(crate) stage: Stage,
    /// The type of its findings on the wire.
    pub(crate) kind: &'static str,
    /// How bad a finding of it is, unless it says otherwise.
    pub(crate) severity: Severity,
    /// The weakness it finds, such as `CWE-506`; empty where there is none.
    pub(crate) cwe: &'static str,
    /// What to do about a finding.
    pub(crate) fix: &'static str,
}

/// Where something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    /// Position of the file among the documents.
    pub(crate) file: usize,
    /// The line, from 1; 0 where the file as a whole is meant.
    pub(crate) line: u32,
}

/// What one rule noticed at one place.
#[derive(Debug, Clone)]
pub(crate) struct Hit {
    /// The rule.
    pub(crate) rule: &'static Rule,
    /// How bad it is here, before context is weighed.
    pub(crate) severity: Severity,
    /// Where; `None` where no file is to blame.
    pub(crate) place: Option<Place>,
    /// What it means, in a sentence.
    pub(crate) message: String,
    /// What was found, as it stands there. Secrets are masked later, and it is cut to one line.
    pub(crate) evidence: String,
    /// How sure the rule is, in hundredths.
    pub(crate) confidence: u8,
    /// Whether what stands around it can make it harmless: text about attacks, a test's fixture. Not
    /// so for what was decoded or hidden, and for a proven flow from source to sink.
    pub(crate) context_counts: bool,
    /// Whether it stood in a place that speaks about attacks rather than making one.
    pub(crate) specimen: bool,
    /// How it was hidden: `base64 > gzip`, `html comment`; empty where it stands in the open.
    pub(crate) chain: String,
}

impl Hit {
    /// A hit at an offset of a text.
    pub(crate) fn new(
        rule: &'static Rule,
        text: &Text,
        range: std::ops::Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            place: Some(text.place(range.start)),
            message: message.into(),
            evidence: text.excerpt(range),
            confidence: 80,
            context_counts: !text.is_concealed(),
            specimen: text.specimen,
            chain: text.chain(),
        }
    }

    /// A hit on a file as a whole, or on no file.
    pub(crate) fn whole(
        rule: &'static Rule,
        file: Option<usize>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            rule,
            severity: rule.severity,
            place: file.map(|file| Place { file, line: 0 }),
            message: message.into(),
            evidence: String::new(),
            confidence: 90,
            context_counts: false,
            specimen: false,
            chain: String::new(),
        }
    }

    /// Another severity than the rule's own.
    #[must_use]
    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    /// Another confidence, in hundredths.
    #[must_use]
    pub(crate) fn confidence(mut self, hundredths: u8) -> Self {
        self.confidence = hundredths;
        self
    }

    /// Proven: nothing around it makes it harmless.
    #[must_use]
    pub(crate) fn firm(mut self) -> Self {
        self.context_counts = false;
        self
    }

    /// Another line than that of the offset it was made with.
    #[must_use]
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Another excerpt.
    #[must_use]
    pub(crate) fn evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence = evidence.into();
        self
    }
}

/// Everything that rules noticed so far.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) hits: Vec<Hit>,
    /// What code can do. A fact alone is no finding.
    pub(crate) facts: Vec<Fact>,
    /// How what code does compares with what is declared.
    pub(crate) permissions: PermissionUse,
    /// What the package can do, as its report keeps it.
    pub(crate) capabilities: BTreeSet<String>,
}

impl Found {
    /// Nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            hits: Vec::new(),
            facts: Vec::new(),
            permissions: PermissionUse::Matches,
            capabilities: BTreeSet::new(),
        }
    }
}

/// Something that code, or a command in a text, can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) capability: Capability,
    pub(crate) place: Place,
    /// What it is done to, as far as it is known: a host, a path, a variable, a program. Hosts are
    /// lower case and without port.
    pub(crate) detail: String,
    /// Position of its text in `Skill::texts`.
    pub(crate) text: usize,
}

/// What code can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Capability {
    /// Runs a program; the detail is its name.
    Exec,
    /// Runs a line of shell.
    Shell,
    /// Runs text as code.
    Eval,
    /// Connects; the detail is the host, empty where it is computed.
    Network,
    /// Sends data along when it connects: a body, or something computed in the URL.
    Send,
    /// Waits for connections.
    Listen,
    /// Reads a file; the detail is the path.
    Read,
    /// Reads what is secret: a key file, a store of credentials, a browser's data, a wallet.
    ReadSecret,
    /// Writes a file; the detail is the path.
    Write,
    /// Reads one variable of the environment; the detail is its name.
    Environment,
    /// Reads the whole environment.
    WholeEnvironment,
    /// Installs a package; the detail is its name.
    Install,
    /// Decodes text into something else.
    Decode,
    /// Encodes data.
    Encode,
    /// Makes something run later: cron, start-up files, hooks.
    Persist,
    /// Writes what steers an agent.
    AgentConfig,
}

/// One step up, at most critical.
pub(crate) fn raised(severity: Severity) -> Severity {
    match severity {
        Severity::Info => Severity::Low,
        Severity::Low => Severity::Medium,
        Severity::Medium => Severity::High,
        Severity::High | Severity::Critical => Severity::Critical,
    }
}

/// One step down, at least info.
pub(crate) fn lowered(severity: Severity) -> Severity {
    match severity {
        Severity::Info | Severity::Low => Severity::Info,
        Severity::Medium => Severity::Low,
        Severity::High => Severity::Medium,
        Severity::Critical => Severity::High,
    }
}
