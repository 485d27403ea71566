//! Bytes in memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::{Bound, Range};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use crate::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, BlobStore, ByteStream,
    Delegation, once, read_to_bytes, verified,
};
use crate::clock::{Clock as _, SystemClock};

/// Objects on one page of a listing: few, so that callers meet a second page in tests.
const PAGE: usize = 100;

/// A blob store that lives as long as its last handle.
///
/// A body is read to its end before the lock is taken, so an object appears whole or not at all,
/// and a body that ends early has touched nothing. Memory does depend on the size here: it is
/// where the bytes are kept.
///
/// Times of modification are the system's; a store of bytes has no [`Clock`](crate::Clock) of
/// core's.
#[derive(Debug, Clone, Default)]
pub struct MemoryBlobs {
    objects: Arc<Mutex<BTreeMap<String, Object>>>,
}

struct Object {
    key: BlobKey,
    bytes: Bytes,
    stat: BlobStat,
}

impl std::fmt::Debug for Object {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.stat.fmt(f)
    }
}

impl Object {
    fn new(key: BlobKey, bytes: Bytes) -> Self {
        let stat = BlobStat {
            size: bytes.len() as u64,
            modified: SystemClock.now(),
        };
        Self { key, bytes, stat }
    }
}

impl MemoryBlobs {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Object>> {
        // Each change is one call on the map: there is no half-done state to fear.
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl BlobStore for MemoryBlobs {
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        if let BlobKey::Content(_) = key {
            let reason = "content is written by its digest only";
            return Err(BlobError::new(BlobErrorKind::Internal, key, reason));
        }
        let bytes = read_to_bytes(body, u64::MAX)
            .await
            .map_err(|error| BlobError::new(BlobErrorKind::Interrupted, key, error))?;
        let size = bytes.len() as u64;
        self.lock().insert(key.path(), Object::new(*key, bytes));
        Ok(size)
    }

    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        let key = BlobKey::Content(*blob);
        if let Some(held) = self.lock().get(&key.path()) {
            return if held.bytes.len() as u64 == size {
                Ok(())
            } else {
                Err(BlobError::bare(BlobErrorKind::Internal, &key))
            };
        }
        let bytes = read_to_bytes(verified(body, blob, size), size)
            .await
            .map_err(|error| {
                let kind = match error.kind() {
                    // `FileTooLarge`: there is more than was announced, and it was not read.
                    io::ErrorKind::InvalidData | io::ErrorKind::FileTooLarge => {
                        BlobErrorKind::Mismatch
                    }
                    _ => BlobErrorKind::Interrupted,
                };
                BlobError::new(kind, &key, error)
            })?;
        // Of two that came at once the first one's object stays.
        self.lock()
            .entry(key.path())
            .or_insert_with(|| Object::new(key, bytes));
        Ok(())
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError> {
        let bytes = self
            .lock()
            .get(&key.path())
            .map(|object| object.bytes.clone())
            .ok_or_else(|| BlobError::bare(BlobErrorKind::NotFound, key))?;
        let Some(range) = range else {
            return Ok(once(bytes));
        };
        let part = usize::try_from(range.start)
            .ok()
            .zip(usize::try_from(range.end).ok())
            .filter(|(start, end)| start <= end && *end <= bytes.len())
            .map(|(start, end)| bytes.slice(start..end));
        part.map(once)
            .ok_or_else(|| BlobError::bare(BlobErrorKind::Range, key))
    }

    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        Ok(self.lock().get(&key.path()).map(|object| object.stat))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.lock().remove(&key.path());
        Ok(())
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        let prefix = format!("{}/", area.prefix());
        let from = after.map_or(Bound::Unbounded, |key| Bound::Excluded(key.path()));
        let objects = self.lock();
        let mut rest = objects
            .range((from, Bound::Unbounded))
            .filter(|(path, _)| path.starts_with(&prefix))
            .map(|(_, object)| (object.key, object.stat));
        Ok(BlobPage {
            objects: rest.by_ref().take(PAGE).collect(),
            more: rest.next().is_some(),
        })
    }

    /// Never: core carries the bytes.
    async fn delegate(
        &self,
        _key: &BlobKey,
        _access: Delegation,
        _valid: Duration,
    ) -> Result<Option<url::Url>, BlobError> {
        Ok(None)
    }
}
