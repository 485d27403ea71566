//! Where bytes are kept.
//!
//! Bytes arrive in staging, are read once and checked, and are then written under their digest,
//! from the bytes that were checked. Objects under a digest never change; the store's ledger says
//! which of them exist (see [`store`](crate::store)).

mod error;
mod key;
mod sign;
mod stream;

use std::fmt::Debug;
use std::ops::Range;
use std::time::Duration;

use async_trait::async_trait;

pub use error::{BlobError, BlobErrorKind};
pub use key::{BlobArea, BlobId, BlobKey, Digest};
pub use sign::SigningSecret;
pub(crate) use sign::{DownloadLink, LinkViewer, UrlSigner};
pub use stream::{ByteStream, once, read_to_bytes, verified};

use crate::model::Timestamp;

/// A store of bytes. An object appears whole or not at all, also when the writer is killed; what
/// has been acknowledged survives a power cut.
#[async_trait]
pub trait BlobStore: Debug + Send + Sync + 'static {
    /// Writes or replaces an object in staging and answers its size. Memory used does not depend
    /// on the size. When `body` ends with an error nothing is replaced and the answer is
    /// [`BlobErrorKind::Interrupted`]. A key of content is refused with
    /// [`BlobErrorKind::Internal`]: nothing under a digest is ever replaced.
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError>;

    /// Writes verified bytes under their digest. The object appears only after the bytes were
    /// found to have this digest and size, else the answer is [`BlobErrorKind::Mismatch`]
    /// ([`verified`] does the comparison). When the object is there already nothing is written
    /// and `body` may be left unread; one of another size is damaged, and the answer is
    /// [`BlobErrorKind::Internal`].
    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError>;

    /// Reads an object, whole or a part of it. A range that does not lie within the object is
    /// [`BlobErrorKind::Range`]; an empty one does, up to the object's end.
    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError>;

    /// Whether an object is there, and what is known of it without reading it.
    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError>;

    /// Takes an object away, durably; one that is not there is no error.
    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError>;

    /// Lists one area in the order of paths, beginning behind `after`. Objects that are not named
    /// by a [`BlobKey`] are passed over. A page that says there is more is not empty.
    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError>;

    /// Where a client may read or write the object itself, if the store offers that; `None`
    /// means that core carries the bytes. The link works for at least `valid`, needs no header,
    /// and is bound to none; a store may give the same link to all who ask within an hour. Content
    /// is never delegated for writing.
    async fn delegate(
        &self,
        key: &BlobKey,
        access: Delegation,
        valid: Duration,
    ) -> Result<Option<url::Url>, BlobError>;
}

/// What a delegated link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delegation {
    /// A `GET`, answered with these headers where the store can set them.
    Read {
        /// `Content-Type`.
        content_type: &'static str,
        /// `Cache-Control`.
        cache_control: &'static str,
    },
    /// A `PUT`, into staging.
    Write,
}

/// What is known of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobStat {
    /// Bytes.
    pub size: u64,
    /// When it was written.
    pub modified: Timestamp,
}

/// A part of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlobPage {
    /// Objects, in the order of their paths.
    pub objects: Vec<(BlobKey, BlobStat)>,
    /// Whether there are more behind the last one.
    pub more: bool,
}
