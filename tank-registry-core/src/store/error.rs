//! Failures of a store, as opposed to outcomes.

use std::error::Error;

/// A store could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("metadata store: {kind}")]
pub struct StoreError {
    kind: StoreErrorKind,
    certainty: Certainty,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreErrorKind {
    /// It cannot be reached, or is shutting down.
    #[error("unavailable")]
    Unavailable,
    /// It did not answer in time.
    #[error("timed out")]
    Timeout,
    /// Its queue is full; trying later may work.
    #[error("overloaded")]
    Overloaded,
    /// What it holds cannot be read.
    #[error("corrupt")]
    Corrupt,
    /// Anything else.
    #[error("internal error")]
    Internal,
}

/// Whether a command that failed may have been applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// It was not.
    NotApplied,
    /// It may have been; core repeats the same command to find out.
    Unknown,
}

impl StoreError {
    /// A failure that certainly changed nothing.
    pub fn new(kind: StoreErrorKind, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind,
            certainty: Certainty::NotApplied,
            source: Some(source.into()),
        }
    }

    /// A full queue; certainly nothing changed.
    pub fn overloaded() -> Self {
        Self {
            kind: StoreErrorKind::Overloaded,
            certainty: Certainty::NotApplied,
            source: None,
        }
    }

    /// The same failure, but the command may have been applied.
    #[must_use]
    pub fn with_unknown_effect(mut self) -> Self {
        self.certainty = Certainty::Unknown;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> StoreErrorKind {
        self.kind
    }

    /// Whether the command may have been applied.
    pub fn certainty(&self) -> Certainty {
        self.certainty
    }
}
