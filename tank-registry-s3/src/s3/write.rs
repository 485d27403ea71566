//! Writing, in one request or in parts.
//!
//! Parts become an object all at once and only when they are completed, so that what was not
//! verified, or ended early, is never seen. They are sent one after the other: a write takes the
//! memory of one part.

use std::io;
use std::sync::atomic::Ordering;

use bytes::{Bytes, BytesMut};
use futures_util::stream::StreamExt as _;
use object_store::path::Path;
use object_store::{
    Error, MultipartUpload, ObjectStore as _, ObjectStoreExt as _, PutMode, PutOptions, PutPayload,
};
use tank_registry_core::blob::{
    BlobError, BlobErrorKind, BlobId, BlobKey, BlobStat, ByteStream, verified,
};
use tokio::runtime::Handle;

use super::{Inner, error};

/// What may happen to an object that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Replace,
    Create,
}

impl Mode {
    /// The bytes of a part. Anything shorter is written in one request.
    fn part(self) -> usize {
        match self {
            // As few as the protocol allows: many may be on their way at one time.
            Self::Replace => 5 << 20,
            // Only what is written in one request can be refused where something is already. The
            // bytes of an archive are in memory anyway.
            Self::Create => 16 << 20,
        }
    }
}

impl Inner {
    pub(super) async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        let interrupted = |_: &io::Error| BlobErrorKind::Interrupted;
        self.write(key, body, Mode::Replace, interrupted).await
    }

    pub(super) async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        let key = BlobKey::Content(*blob);
        if let Some(found) = self.find(&key).await? {
            return fits(&key, found, size);
        }
        let ended = |error: &io::Error| match error.kind() {
            io::ErrorKind::InvalidData => BlobErrorKind::Mismatch,
            _ => BlobErrorKind::Interrupted,
        };
        let body = verified(body, blob, size);
        match self.write(&key, body, Mode::Create, ended).await {
            Ok(_) => Ok(()),
            // Somebody else may have written the same bytes, or we, and the answer was lost.
            Err(error) if error.kind() == BlobErrorKind::Unavailable => {
                match self.find(&key).await {
                    Ok(Some(found)) => fits(&key, found, size),
                    _ => Err(error),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Writes a whole body; `ended` says what it means that the body ends with an error.
    async fn write(
        &self,
        key: &BlobKey,
        body: ByteStream,
        mode: Mode,
        ended: impl Fn(&io::Error) -> BlobErrorKind,
    ) -> Result<u64, BlobError> {
        let failed = |error| error::of_key(key, error);
        let ended = |error: io::Error| BlobError::new(ended(&error), key, error);
        let path = self.path(key);
        let mut parts = Parts {
            body,
            rest: Bytes::new(),
            size: mode.part(),
            is_over: false,
        };
        let first = parts.next().await.map_err(ended)?;
        let mut size = first.len() as u64;
        if first.len() < parts.size {
            self.put(&path, first.into(), mode).await.map_err(failed)?;
            return Ok(size);
        }
        let upload = self.store.put_multipart(&path).await.map_err(failed)?;
        let mut upload = Unfinished(Some(upload));
        let mut part = first;
        while !part.is_empty() {
            if let Err(error) = upload.put(part.into()).await {
                upload.abort(key).await;
                return Err(failed(error));
            }
            part = match parts.next().await {
                Ok(part) => part,
                Err(error) => {
                    upload.abort(key).await;
                    return Err(ended(error));
                }
            };
            size += part.len() as u64;
        }
        if let Err(error) = upload.complete().await {
            upload.abort(key).await;
            return Err(failed(error));
        }
        Ok(size)
    }

    async fn put(&self, path: &Path, bytes: PutPayload, mode: Mode) -> Result<(), Error> {
        if mode == Mode::Create && self.creates.load(Ordering::Relaxed) {
            let options = PutOptions::from(PutMode::Create);
            match self.store.put_opts(path, bytes.clone(), options).await {
                Err(error @ Error::Generic { .. })
                    if error::code(&error).as_deref() == Some("NotImplemented") =>
                {
                    self.creates.store(false, Ordering::Relaxed);
                }
                // It may have been ours, sent and not answered, or its twin's that gave up: the
                // same bytes may be written twice.
                Err(Error::Generic { .. }) => {}
                answer => return answer.map(drop),
            }
        }
        self.store.put(path, bytes).await.map(drop)
    }
}

fn fits(key: &BlobKey, found: BlobStat, size: u64) -> Result<(), BlobError> {
    if found.size == size {
        return Ok(());
    }
    let error = format!("an object of {} bytes is there, not of {size}", found.size);
    Err(BlobError::new(BlobErrorKind::Internal, key, error))
}

/// A body, cut into parts of equal size.
struct Parts {
    body: ByteStream,
    rest: Bytes,
    size: usize,
    /// A body must not be asked for more behind its end.
    is_over: bool,
}

impl Parts {
    /// The next part: as long as all, or the last, or nothing.
    async fn next(&mut self) -> io::Result<Bytes> {
        let mut part = BytesMut::new();
        while part.len() < self.size && !self.is_over {
            if self.rest.is_empty() {
                match self.body.next().await {
                    Some(piece) => self.rest = piece?,
                    None => self.is_over = true,
                }
            }
            if part.is_empty() && self.rest.len() >= self.size {
                return Ok(self.rest.split_to(self.size));
            }
            let wanted = self.rest.len().min(self.size - part.len());
            part.extend_from_slice(&self.rest.split_to(wanted));
        }
        Ok(part.freeze())
    }
}

/// Parts that are no object yet; they are given up when dropped.
struct Unfinished(Option<Box<dyn MultipartUpload>>);

impl Unfinished {
    async fn put(&mut self, part: PutPayload) -> Result<(), Error> {
        match &mut self.0 {
            Some(upload) => upload.put_part(part).await,
            None => Ok(()),
        }
    }

    async fn complete(&mut self) -> Result<(), Error> {
        if let Some(upload) = &mut self.0 {
            upload.complete().await?;
        }
        self.0 = None;
        Ok(())
    }

    async fn abort(&mut self, key: &BlobKey) {
        if let Some(upload) = self.0.take() {
            give_up(upload, key.path()).await;
        }
    }
}

impl Drop for Unfinished {
    /// Nobody waits for the write any more.
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(give_up(
                upload,
                "of a write that nobody waits for".to_owned(),
            ));
        }
    }
}

/// What is left behind nevertheless costs space until a rule of the bucket takes it away.
async fn give_up(mut upload: Box<dyn MultipartUpload>, what: String) {
    if let Err(error) = upload.abort().await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, what, "parts of an object left behind");
    }
}
