//! What a store answers to a command.

use serde::{Deserialize, Serialize};

use crate::blob::BlobId;
use crate::model::{Revision, UploadId};

/// The answer to a command. Exhaustive: losing is normal, and core must say what follows from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done, durably.
    Applied(Effect),
    /// Done before, by a command of the same id; the effect of that time.
    Repeat(Effect),
    /// Nothing changed: the row has moved on since it was read.
    Stale,
    /// Nothing changed: what was to be created is there.
    Exists,
    /// Nothing changed: what was to be changed is not there.
    Missing,
    /// Nothing changed: the upload session is not open.
    UploadClosed,
    /// Nothing changed: a blob referred to is not in the ledger.
    BlobGone,
    /// Nothing changed: a cap that the command named would be exceeded.
    LimitReached,
}

/// What an applied command did. A store keeps it with the command's id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Effect {
    /// The new revision of the row that was written, where it has one.
    pub revision: Option<Revision>,
    /// The blobs that were pinned, in the order asked.
    pub blobs: Vec<BlobId>,
    /// The upload sessions that were closed without becoming a version; their staged bytes are
    /// nobody's now.
    #[serde(default)]
    pub closed: Vec<UploadId>,
    /// How many rows a sweep took away.
    pub removed: u64,
}

impl Effect {
    /// Nothing worth telling.
    pub fn none() -> Self {
        Self::default()
    }

    /// A row now has this revision.
    pub fn revision(revision: Revision) -> Self {
        Self {
            revision: Some(revision),
            ..Self::default()
        }
    }

    /// These blobs are pinned.
    pub fn pinned(blobs: Vec<BlobId>) -> Self {
        Self {
            blobs,
            ..Self::default()
        }
    }

    /// These upload sessions are closed.
    pub fn closed(closed: Vec<UploadId>) -> Self {
        Self {
            closed,
            ..Self::default()
        }
    }

    /// So many rows are gone.
    pub fn removed(removed: u64) -> Self {
        Self {
            removed,
            ..Self::default()
        }
    }
}
