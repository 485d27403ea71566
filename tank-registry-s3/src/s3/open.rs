//! Whether a bucket works, before anything depends on it.

use bytes::Bytes;
use tank_registry_core::blob::{BlobArea, BlobError, BlobKey, once, read_to_bytes};
use tank_registry_core::{BlobStore as _, Clock as _, SystemClock};

use super::{S3Blobs, S3OpenError};

impl S3Blobs {
    /// Does everything that the bucket must allow, but for large objects.
    pub(super) async fn probe(&self) -> Result<(), S3OpenError> {
        let options = &self.inner.options;
        let failed = |error: BlobError| S3OpenError::of(options, error.into());
        let credentials = self.inner.store.credentials();
        credentials
            .get_credential()
            .await
            .map_err(|error| S3OpenError::NoCredentials(error.into()))?;
        let key = BlobKey::Probe(SystemClock.new_id());
        let written = Bytes::from_static(b"probe");
        // The only request of these that tells a missing bucket from a missing object everywhere.
        self.list(BlobArea::Probe, Some(&key))
            .await
            .map_err(failed)?;
        self.stage(&key, once(written.clone()))
            .await
            .map_err(failed)?;
        let read = async {
            let body = self.get(&key, None).await.map_err(failed)?;
            let read = read_to_bytes(body, 1024).await;
            read.map_err(|error| S3OpenError::of(options, error.into()))
        };
        let read = read.await;
        let deleted = self.delete(&key).await.map_err(failed);
        if read? != written {
            return Err(S3OpenError::OtherBytes(options.bucket.clone()));
        }
        deleted
    }
}
