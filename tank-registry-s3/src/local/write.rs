//! Writing whole objects or none.
//!
//! Bytes go into a draft, a file without an object's name. Only when all are there and synced does
//! it get that name, in one step, and then the folder is synced. A draft that is dropped on the
//! way, by an error or because nobody waits any more, removes its file.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _};
use tank_registry_core::blob::{BlobError, BlobErrorKind, BlobId, BlobKey, ByteStream, verified};
use tempfile::NamedTempFile;

use super::layout::{Layout, sync_name};
use super::{CHUNK, blocking, error, read};

pub(super) async fn stage(
    layout: &Arc<Layout>,
    key: &BlobKey,
    body: ByteStream,
) -> Result<u64, BlobError> {
    let of_file = |error| error::of_key(key, error);
    let home = Arc::clone(layout);
    let draft = blocking(move || home.draft()).await.map_err(of_file)?;
    let filled = fill(draft, body).await.map_err(|failure| match failure {
        Failure::Body(error) => BlobError::new(BlobErrorKind::Interrupted, key, error),
        Failure::File(error) => of_file(error),
    })?;

    let size = filled.size;
    let path = layout.object(key);
    blocking(move || {
        filled.synced()?.persist(&path)?;
        sync_name(&path)
    })
    .await
    .map_err(of_file)?;
    Ok(size)
}

pub(super) async fn put_verified(
    layout: &Arc<Layout>,
    blob: &BlobId,
    size: u64,
    body: ByteStream,
) -> Result<(), BlobError> {
    let key = BlobKey::Content(*blob);
    let of_file = |error| error::of_key(&key, error);
    let path = layout.object(&key);

    let (home, target) = (Arc::clone(layout), path.clone());
    let begun = blocking(move || {
        if present(&target, size)? {
            return Ok(None);
        }
        home.draft().map(Some)
    });
    let Some(draft) = begun.await.map_err(of_file)? else {
        return Ok(());
    };

    // An error of the body's own may be of any kind; after this, only a mismatch is invalid data.
    let body = body.map_err(io::Error::other).boxed();
    let filled = fill(draft, verified(body, blob, size)).await;
    let filled = filled.map_err(|failure| match failure {
        Failure::Body(error) if error.kind() == io::ErrorKind::InvalidData => {
            BlobError::new(BlobErrorKind::Mismatch, &key, error)
        }
        Failure::Body(error) => BlobError::new(BlobErrorKind::Interrupted, &key, error),
        Failure::File(error) => of_file(error),
    })?;

    blocking(move || {
        match filled.synced()?.persist_noclobber(&path) {
            Ok(_) => return sync_name(&path),
            // Another writer of the same bytes was faster.
            Err(lost) if lost.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(failed) => return Err(failed.error),
        }
        if present(&path, size)? {
            return Ok(());
        }
        let gone =
            "deleted while it was being written; a claimed generation is never written again";
        Err(io::Error::other(gone))
    })
    .await
    .map_err(of_file)
}

/// Removes an object, durably: a claimed generation must not come back after a power cut.
pub(super) fn delete(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => {}
        // Synced all the same: whoever removed it may have died before doing so.
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    sync_name(path)
}

/// Whether an object of this size is there, durably. One of another size is an error: content
/// appears whole and never changes, so the disk or somebody else has spoilt it.
fn present(path: &Path, size: u64) -> io::Result<bool> {
    let Some(found) = read::stat(path)? else {
        return Ok(false);
    };
    if found.size != size {
        let found = found.size;
        return Err(io::Error::other(format!(
            "the stored object has {found} bytes where its content has {size}"
        )));
    }
    // Its writer may not have come to this yet.
    sync_name(path)?;
    Ok(true)
}

/// Why a draft was not filled.
enum Failure {
    /// The bytes to write ended with an error.
    Body(io::Error),
    /// They could not be written.
    File(io::Error),
}

/// All bytes of an object, the last of them not yet written.
struct Filled {
    draft: NamedTempFile,
    rest: Vec<u8>,
    size: u64,
}

impl Filled {
    fn synced(mut self) -> io::Result<NamedTempFile> {
        self.draft.write_all(&self.rest)?;
        self.draft.as_file().sync_all()?;
        Ok(self.draft)
    }
}

/// Writes a body into a draft. Small pieces are gathered, so that a blocking thread is asked for
/// once a chunk and not once a packet.
async fn fill(mut draft: NamedTempFile, mut body: ByteStream) -> Result<Filled, Failure> {
    let mut rest = Vec::new();
    let mut size = 0;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(Failure::Body)?;
        size += piece.len() as u64;
        if rest.len() + piece.len() < CHUNK {
            rest.extend_from_slice(&piece);
            continue;
        }
        let written = blocking(move || {
            draft.write_all(&rest)?;
            draft.write_all(&piece)?;
            rest.clear();
            Ok((draft, rest))
        });
        (draft, rest) = written.await.map_err(Failure::File)?;
    }
    Ok(Filled { draft, rest, size })
}
