//! Bytes in a folder of the local disk.
//!
//! `object_store`'s local store does not serve here: it creates files that everyone may read,
//! streams without create-only, deletes without syncing, lists in no order, follows symbolic links
//! and reads in pieces of 8 KiB. So these modules speak to the file system themselves, always on
//! tokio's blocking threads.

mod error;
mod layout;
mod list;
mod read;
mod write;

use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, BlobStore, ByteStream,
    Delegation,
};

pub use error::OpenError;
use layout::Layout;

/// The bytes that are read or written in one go on a blocking thread.
const CHUNK: usize = 256 * 1024;

/// A [`BlobStore`] in a folder of the local disk. A clone is the same store.
///
/// Its calls must be made within a tokio runtime.
#[derive(Debug, Clone)]
pub struct LocalBlobs {
    layout: Arc<Layout>,
}

impl LocalBlobs {
    /// Opens a folder, creating it where it is missing, and removes what writers that died more
    /// than a day ago have left behind. It blocks for some milliseconds, so call it at the start.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        let layout = Layout::open(folder.as_ref())?;
        // Leftovers cost space and nothing else: no reason not to start.
        if let Err(error) = layout.sweep(SystemTime::now()) {
            tracing::warn!(%error, folder = %layout.partial().display(), "cannot remove leftovers");
        }
        Ok(Self {
            layout: Arc::new(layout),
        })
    }

    /// Opens a folder that was opened before, without writing to it: for a process that looks and
    /// touches no bytes. It fails where there is no such folder.
    pub fn open_existing(folder: impl AsRef<Path>) -> Result<Self, OpenError> {
        let layout = Arc::new(Layout::existing(folder.as_ref())?);
        Ok(Self { layout })
    }

    /// Removes what dead writers have left behind, and answers how many files. Only files that
    /// have not been written to for a day are touched, because others may belong to a writer that
    /// lives, here or in another process. [`open`](Self::open) does this too; a process that runs
    /// for months next to others may call it once a day.
    pub async fn sweep(&self) -> io::Result<u64> {
        let layout = Arc::clone(&self.layout);
        blocking(move || layout.sweep(SystemTime::now())).await
    }
}

#[async_trait]
impl BlobStore for LocalBlobs {
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        if let BlobKey::Content(_) = key {
            let error = "content is written by `put_verified`, never staged";
            return Err(BlobError::new(BlobErrorKind::Internal, key, error));
        }
        write::stage(&self.layout, key, body).await
    }

    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        write::put_verified(&self.layout, blob, size, body).await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError> {
        read::get(&self.layout, key, range).await
    }

    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        let path = self.layout.object(key);
        blocking(move || read::stat(&path))
            .await
            .map_err(|error| error::of_key(key, error))
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        let path = self.layout.object(key);
        blocking(move || write::delete(&path))
            .await
            .map_err(|error| error::of_key(key, error))
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        let layout = Arc::clone(&self.layout);
        let after = after.map(BlobKey::path);
        blocking(move || list::page(&layout, area, after, list::PAGE))
            .await
            .map_err(|error| BlobError::of_area(error::kind(&error), area, error))
    }

    async fn delegate(
        &self,
        _key: &BlobKey,
        _access: Delegation,
        _valid: Duration,
    ) -> Result<Option<url::Url>, BlobError> {
        Ok(None)
    }
}

/// Runs `work` on a blocking thread. Once begun it runs to its end, even when nobody waits for it
/// any more.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|stopped| Err(io::Error::other(stopped)))
}
