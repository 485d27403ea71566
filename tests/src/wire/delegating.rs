//! A blob store that lets clients read and write objects themselves.

use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use tank_registry_core::BlobStore;
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, ByteStream, Delegation,
};
use tank_registry_core::memory::MemoryBlobs;
use url::Url;

/// Bytes in memory, with links to them at `https://elsewhere.example`, whose queries say what was
/// asked for.
#[derive(Debug, Default)]
pub struct DelegatingBlobs {
    inner: MemoryBlobs,
    broken: Mutex<bool>,
}

impl DelegatingBlobs {
    /// Makes links no more, or again.
    pub fn set_broken(&self, is_broken: bool) {
        *self.broken.lock().unwrap() = is_broken;
    }
}

#[async_trait]
impl BlobStore for DelegatingBlobs {
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        self.inner.stage(key, body).await
    }

    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        self.inner.put_verified(blob, size, body).await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError> {
        self.inner.get(key, range).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        self.inner.stat(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.inner.delete(key).await
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        self.inner.list(area, after).await
    }

    async fn delegate(
        &self,
        key: &BlobKey,
        access: Delegation,
        valid: Duration,
    ) -> Result<Option<Url>, BlobError> {
        if *self.broken.lock().unwrap() {
            return Err(BlobError::bare(BlobErrorKind::Unavailable, key));
        }
        let mut url = Url::parse("https://elsewhere.example").unwrap();
        url.set_path(&key.path());
        let asked = match access {
            Delegation::Write => "write".to_owned(),
            Delegation::Read {
                content_type,
                cache_control,
            } => format!("read {content_type} {cache_control}"),
        };
        let mut query = url.query_pairs_mut();
        query.append_pair("access", &asked);
        query.append_pair("seconds", &valid.as_secs().to_string());
        drop(query);
        Ok(Some(url))
    }
}
