//! Failures of a blob store.

use std::error::Error;

use super::BlobKey;

/// A blob store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("blob {key}: {kind}")]
pub struct BlobError {
    key: String,
    kind: BlobErrorKind,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BlobErrorKind {
    /// There is no such object.
    #[error("not found")]
    NotFound,
    /// The range does not lie within the object.
    #[error("range outside the object")]
    Range,
    /// The bytes given are not those announced.
    #[error("bytes differ from the announced digest or size")]
    Mismatch,
    /// The stream of bytes to write ended with an error.
    #[error("the bytes to write ended early")]
    Interrupted,
    /// The store cannot be reached, is full, or refuses us.
    #[error("unavailable")]
    Unavailable,
    /// Anything else.
    #[error("internal error")]
    Internal,
}

impl BlobError {
    /// A failure with its cause.
    pub fn new(
        kind: BlobErrorKind,
        key: &BlobKey,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            key: key.path(),
            kind,
            source: Some(source.into()),
        }
    }

    /// A failure of a whole area, such as a listing.
    pub fn of_area(
        kind: BlobErrorKind,
        area: super::BlobArea,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            key: area.prefix().to_owned(),
            kind,
            source: Some(source.into()),
        }
    }

    /// A failure that needs no further cause.
    pub fn bare(kind: BlobErrorKind, key: &BlobKey) -> Self {
        Self {
            key: key.path(),
            kind,
            source: None,
        }
    }

    /// What went wrong.
    pub fn kind(&self) -> BlobErrorKind {
        self.kind
    }
}
