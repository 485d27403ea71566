//! What the tests of the local store share.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tank_registry_core::blob::{
    BlobError, BlobErrorKind, BlobId, BlobKey, BlobStore as _, ByteStream, Digest, read_to_bytes,
};
use tank_registry_core::model::UploadId;
use tank_registry_s3::LocalBlobs;
use tempfile::TempDir;
use uuid::Uuid;

/// A store in a folder that goes away with it.
pub(crate) struct Store {
    pub(crate) folder: TempDir,
    pub(crate) blobs: LocalBlobs,
}

impl Store {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::open(folder.path()).unwrap();
        Self { folder, blobs }
    }

    pub(crate) fn path(&self, within: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(within)
    }

    pub(crate) fn drafts(&self) -> usize {
        fs::read_dir(self.path("partial")).unwrap().count()
    }

    pub(crate) async fn read(&self, key: &BlobKey) -> Result<Bytes, BlobErrorKind> {
        let body = self.blobs.get(key, None).await;
        let body = body.map_err(|error| error.kind())?;
        Ok(read_to_bytes(body, u64::MAX).await.unwrap())
    }
}

pub(crate) fn staged(number: u128) -> BlobKey {
    BlobKey::Staged(UploadId::new(Uuid::from_u128(number)))
}

pub(crate) fn blob(bytes: &[u8]) -> BlobId {
    BlobId {
        digest: Digest::of(bytes),
        generation: 1,
    }
}

pub(crate) fn pieces(pieces: Vec<io::Result<Bytes>>) -> ByteStream {
    stream::iter(pieces).boxed()
}

/// A body that must not be read.
pub(crate) fn unread() -> ByteStream {
    stream::poll_fn(|_| panic!("the body was read")).boxed()
}

pub(crate) fn kind<T>(result: Result<T, BlobError>) -> BlobErrorKind {
    result.map(drop).unwrap_err().kind()
}
