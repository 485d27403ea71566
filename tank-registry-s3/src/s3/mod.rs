//! Bytes in a bucket of S3, or of a store that speaks its protocol.

mod error;
mod open;
mod options;
mod read;
mod sign;
mod write;

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use async_trait::async_trait;
use object_store::aws::AmazonS3;
use object_store::path::Path;
use object_store::{Error, ObjectStoreExt as _};
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, BlobStore, ByteStream,
    Delegation,
};
use tank_registry_core::{Clock as _, SystemClock};

pub use error::S3OpenError;
pub use options::{S3Credentials, S3Options, S3OptionsError};
use sign::{Link, Presigner};

/// A [`BlobStore`] in a bucket. A clone is the same store.
///
/// Its calls must be made within a tokio runtime.
#[derive(Clone)]
pub struct S3Blobs {
    inner: Arc<Inner>,
}

struct Inner {
    store: AmazonS3,
    /// Empty, or with a slash at its end.
    prefix: String,
    presigner: Presigner,
    options: S3Options,
    /// Whether the store is believed to have conditional writes.
    creates: AtomicBool,
}

impl fmt::Debug for S3Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("S3Blobs").field(&self.inner.options).finish()
    }
}

impl S3Blobs {
    /// Opens a bucket, and sees that it works: a small object is written, found, read and deleted.
    ///
    /// # Errors
    ///
    /// What is wrong with the options, the credentials, the bucket or the way to it.
    pub async fn open(options: S3Options) -> Result<Self, S3OpenError> {
        let blobs = Self::open_existing(options)?;
        blobs.probe().await?;
        Ok(blobs)
    }

    /// Opens a bucket without asking it: for a process that looks and touches no bytes.
    ///
    /// # Errors
    ///
    /// What is wrong with the options.
    pub fn open_existing(options: S3Options) -> Result<Self, S3OpenError> {
        let bucket = options.bucket()?;
        Ok(Self {
            inner: Arc::new(Inner {
                store: bucket.store,
                prefix: bucket.prefix,
                presigner: Presigner::new(bucket.url, bucket.region),
                options,
                creates: AtomicBool::new(true),
            }),
        })
    }
}

impl Inner {
    fn path_text(&self, key: &BlobKey) -> String {
        format!("{}{}", self.prefix, key.path())
    }

    fn path(&self, key: &BlobKey) -> Path {
        Path::from(self.path_text(key))
    }
}

#[async_trait]
impl BlobStore for S3Blobs {
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        if let BlobKey::Content(_) = key {
            let error = "content is written by `put_verified`, never staged";
            return Err(BlobError::new(BlobErrorKind::Internal, key, error));
        }
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
        match self.inner.store.delete(&self.inner.path(key)).await {
            Err(error @ Error::NotFound { .. })
                if error::kind(&error) == BlobErrorKind::NotFound =>
            {
                Ok(())
            }
            answer => answer.map_err(|error| error::of_key(key, error)),
        }
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        self.inner.list(area, after).await
    }

    async fn delegate(
        &self,
        key: &BlobKey,
        access: Delegation,
        valid: Duration,
    ) -> Result<Option<url::Url>, BlobError> {
        const HOUR: Duration = Duration::from_hours(1);
        let options = &self.inner.options;
        let now = SystemClock.now();
        let headers;
        let (method, since, valid, parameters): (_, _, _, &[_]) = match access {
            Delegation::Write if options.presigned_uploads => ("PUT", now, valid, &[]),
            Delegation::Read {
                content_type,
                cache_control,
            } if options.presigned_downloads => {
                headers = [
                    ("response-cache-control", cache_control),
                    ("response-content-type", content_type),
                ];
                // The same link for all of an hour.
                ("GET", now.hour_floor(), valid + HOUR, &headers)
            }
            Delegation::Write | Delegation::Read { .. } => return Ok(None),
        };
        if access == Delegation::Write && matches!(key, BlobKey::Content(_)) {
            let error = "content is never delegated for writing";
            return Err(BlobError::new(BlobErrorKind::Internal, key, error));
        }
        let credential = self.inner.store.credentials().get_credential().await;
        let credential = credential.map_err(|error| error::of_key(key, error))?;
        // A link dies with the credentials that signed it, and these may be about to.
        if credential.token.is_some() {
            return Ok(None);
        }
        let link = Link {
            method,
            path: &self.inner.path_text(key),
            since,
            valid,
            parameters,
        };
        Ok(Some(self.inner.presigner.sign(&credential, &link)))
    }
}
