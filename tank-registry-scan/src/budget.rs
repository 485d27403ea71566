//! How much of a package is looked at, counted in bytes and nodes; and the clock that ends a scan
//! which takes too long all the same.

use std::time::{Duration, Instant};

/// What is left to spend on one package.
#[derive(Debug)]
pub(crate) struct Budget {
    text: usize,
    decoded: usize,
    nodes: usize,
    deadline: Option<Instant>,
    /// What was cut short, each once.
    exhausted: Vec<&'static str>,
}

/// The guard of time ended the scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the scan took too long")]
pub(crate) struct OutOfTime;

impl Budget {
    /// Bytes of text in one file.
    pub(crate) const FILE: usize = 5 << 20;
    /// Bytes of code in one file that are parsed; behind that, patterns alone look at it.
    pub(crate) const PARSED: usize = 1 << 20;
    /// Bytes of text in all files.
    const TEXT: usize = 16 << 20;
    /// Bytes that encoded runs decode to, all together.
    const DECODED: usize = 1 << 20;
    /// Nodes of syntax trees.
    const NODES: usize = 4_000_000;

    pub(crate) fn new(time: Option<Duration>) -> Self {
        Self {
            text: Self::TEXT,
            decoded: Self::DECODED,
            nodes: Self::NODES,
            deadline: time.map(|time| Instant::now() + time),
            exhausted: Vec::new(),
        }
    }

    /// Takes bytes of one file's text; answers how many of them may be looked at.
    pub(crate) fn take_text(&mut self, wanted: usize) -> usize {
        let allowed = wanted.min(Self::FILE).min(self.text);
        self.text -= allowed;
        if allowed < wanted {
            self.exhaust("text");
        }
        allowed
    }

    /// Takes bytes of decoded text; `false` when they are too many.
    pub(crate) fn take_decoded(&mut self, wanted: usize) -> bool {
        let allowed = wanted <= self.decoded;
        if allowed {
            self.decoded -= wanted;
        } else {
            self.exhaust("decoded text");
        }
        allowed
    }

    /// Takes one node of a syntax tree; `false` when there are too many.
    pub(crate) fn take_node(&mut self) -> bool {
        if let Some(left) = self.nodes.checked_sub(1) {
            self.nodes = left;
            true
        } else {
            self.exhaust("syntax trees");
            false
        }
    }

    /// Notes that something was not looked at in full.
    pub(crate) fn exhaust(&mut self, what: &'static str) {
        if !self.exhausted.contains(&what) {
            self.exhausted.push(what);
        }
    }

    /// What was not looked at in full; empty when all was.
    pub(crate) fn exhausted(&self) -> &[&'static str] {
        &self.exhausted
    }

    /// When the scan has to have ended.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether there is time left. To be asked between pieces of work of some milliseconds.
    pub(crate) fn check_time(&self) -> Result<(), OutOfTime> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(OutOfTime),
            _ => Ok(()),
        }
    }
}
