//! A blob store with one fault, on top of one without.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tank_registry_core::BlobStore;
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, ByteStream,
    Delegation, Digest, once, read_to_bytes,
};

/// What a [`SabotagedBlobs`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobFault {
    /// Keeps what arrived of a body that was interrupted.
    KeepsAHalfBody,
    /// Believes the digest that it is told.
    BelievesTheDigest,
    /// Answers as much of a range as there is.
    CutsTheRange,
    /// Says that nothing follows a page.
    EndsTheListingEarly,
}

/// Forwards everything, but for its fault.
#[derive(Debug)]
pub struct SabotagedBlobs {
    inner: Arc<dyn BlobStore>,
    fault: BlobFault,
}

impl SabotagedBlobs {
    pub fn new(inner: Arc<dyn BlobStore>, fault: BlobFault) -> Self {
        Self { inner, fault }
    }
}

#[async_trait]
impl BlobStore for SabotagedBlobs {
    async fn stage(&self, key: &BlobKey, mut body: ByteStream) -> Result<u64, BlobError> {
        if self.fault != BlobFault::KeepsAHalfBody {
            return self.inner.stage(key, body).await;
        }
        let mut arrived: Vec<std::io::Result<Bytes>> = Vec::new();
        let mut broken = None;
        while let Some(piece) = body.next().await {
            match piece {
                Ok(piece) => arrived.push(Ok(piece)),
                Err(error) => broken = Some(error),
            }
        }
        let size = self.inner.stage(key, stream::iter(arrived).boxed()).await?;
        match broken {
            Some(error) => Err(BlobError::new(BlobErrorKind::Interrupted, key, error)),
            None => Ok(size),
        }
    }

    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        if self.fault != BlobFault::BelievesTheDigest {
            return self.inner.put_verified(blob, size, body).await;
        }
        let key = BlobKey::Content(*blob);
        let bytes = read_to_bytes(body, u64::MAX)
            .await
            .map_err(|error| BlobError::new(BlobErrorKind::Interrupted, &key, error))?;
        let theirs = BlobId {
            digest: Digest::of(&bytes),
            ..*blob
        };
        let size = bytes.len() as u64;
        self.inner.put_verified(&theirs, size, once(bytes)).await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError> {
        let stat = self.inner.stat(key).await?;
        let range = match (range, stat) {
            (Some(range), Some(stat)) if self.fault == BlobFault::CutsTheRange => {
                let end = range.end.min(stat.size);
                Some(range.start.min(end)..end)
            }
            (range, _) => range,
        };
        self.inner.get(key, range).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        self.inner.stat(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.inner.delete(key).await
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        let mut page = self.inner.list(area, after).await?;
        page.more &= self.fault != BlobFault::EndsTheListingEarly;
        Ok(page)
    }

    async fn delegate(
        &self,
        key: &BlobKey,
        access: Delegation,
        valid: Duration,
    ) -> Result<Option<url::Url>, BlobError> {
        self.inner.delegate(key, access, valid).await
    }
}
