//! Why an archive is not a package.

use std::fmt;

use super::path::shown;

/// The rule that an archive breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// The archive, its files or its inflated stream are too large.
    Size,
    /// It inflates to far more than it was sent as.
    Bomb,
    /// It holds too many files, or too many headers of any kind.
    TooManyFiles,
    /// A path leads out of the package: absolute, `..`, a drive, a backslash.
    Traversal,
    /// A path that not every system can write as it is: control characters, device names, too long.
    Path,
    /// Two entries that are one path on some system, or a file that is used as a folder.
    Twin,
    /// A symbolic or hard link whose target is inside the package.
    Link,
    /// A symbolic or hard link whose target is absolute or outside the package.
    LinkOutside,
    /// A device, fifo, socket, sparse file, or any other entry that is neither file nor folder.
    Special,
    /// The gzip stream or the tar structure is broken, or readers would disagree about it.
    Malformed,
}

/// One thing that is wrong with an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The path concerned, made printable and at most some hundred characters long; `archive` where
    /// the whole is concerned.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
    /// The rule that is broken.
    pub rule: Rule,
}

impl Refusal {
    /// A refusal of the archive as a whole.
    pub(super) fn archive(rule: Rule, reason: impl Into<String>) -> Self {
        Self {
            field: "archive".to_owned(),
            reason: reason.into(),
            rule,
        }
    }

    /// A refusal of the entry with this path, given as the archive spells it.
    pub(super) fn entry(path: &[u8], rule: Rule, reason: impl Into<String>) -> Self {
        Self {
            field: shown(path),
            reason: reason.into(),
            rule,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.reason)
    }
}

/// An archive that is not a package, with at least one reason.
///
/// Reasons are collected as long as the archive can be read on, in archive order, so that a publisher
/// sees them together; twins come last. Their number is bounded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the archive is not a package: {}", list(refusals))]
pub struct PackageError {
    refusals: Vec<Refusal>,
}

impl PackageError {
    /// Turns what was collected into an error, unless nothing was.
    pub(super) fn check(refusals: Vec<Refusal>) -> Result<(), Self> {
        if refusals.is_empty() {
            Ok(())
        } else {
            Err(Self { refusals })
        }
    }

    /// With one reason.
    pub(super) fn of(refusal: Refusal) -> Self {
        let refusals = vec![refusal];
        Self { refusals }
    }

    /// What is wrong; never empty.
    pub fn refusals(&self) -> &[Refusal] {
        &self.refusals
    }

    /// Whether the archive breaks this rule.
    pub fn breaks(&self, rule: Rule) -> bool {
        self.refusals.iter().any(|refusal| refusal.rule == rule)
    }
}

fn list(refusals: &[Refusal]) -> String {
    refusals
        .iter()
        .map(Refusal::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
