//! The bytes of an upload, received through a signed link.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};

use crate::blob::{BlobErrorKind, BlobKey, ByteStream};
use crate::error::Error;
use crate::registry::Registry;
use crate::store::{Actor, Command, Outcome, Staged};

impl Registry {
    /// Receives the archive of an upload session into staging. `declared` is the length that the
    /// client announced, if it did. A repeated one replaces the bytes of the one before.
    pub async fn receive_upload(
        &self,
        token: &str,
        declared: Option<u64>,
        body: BoxStream<'static, Result<Bytes, Error>>,
    ) -> Result<(), Error> {
        let now = self.inner.clock.now();
        let upload = self
            .inner
            .signer
            .verify_upload(token, now)
            .ok_or(Error::InvalidToken)?;
        let session = self.inner.store.upload(upload).await?;
        let session = session
            .filter(|session| session.is_open(now))
            .ok_or(Error::UploadClosed)?;
        let limit = self.inner.settings.package.compressed;
        let max_total = self.inner.settings.max_staged_bytes;
        if let Some(declared) = declared {
            if declared > limit {
                return Err(Error::BodyTooLarge);
            }
            let others = self
                .inner
                .store
                .staged_bytes(session.owner, upload, now)
                .await?;
            if others.saturating_add(declared) > max_total {
                return Err(Error::TooManyBytes);
            }
        }
        let key = BlobKey::Staged(upload);
        let (body, refusal) = limited(body, limit);
        let size = match self.inner.blobs.stage(&key, body).await {
            Ok(size) => size,
            Err(error) => {
                let refusal = refusal
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                return Err(match refusal {
                    Some(refusal) if error.kind() == BlobErrorKind::Interrupted => refusal,
                    _ => error.into(),
                });
            }
        };
        let command = Command::Staged(Staged {
            upload,
            size,
            max_total,
        });
        let refusal = match self
            .apply(Actor::User(session.owner), None, command)
            .await?
        {
            Outcome::Applied(_) => return Ok(()),
            Outcome::LimitReached => Error::TooManyBytes,
            _ => Error::UploadClosed,
        };
        // These bytes belong to nobody now. If they cannot be deleted the sweep finds them.
        if let Err(error) = self.inner.blobs.delete(&key).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "staged bytes left behind"
            );
        }
        Err(refusal)
    }
}

/// Why a body ended early. A blob store only learns that it did; the reason is kept here.
type Refused = Arc<Mutex<Option<Error>>>;

fn limited(body: BoxStream<'static, Result<Bytes, Error>>, limit: u64) -> (ByteStream, Refused) {
    let refused = Refused::default();
    let noted = Arc::clone(&refused);
    let mut seen = 0_u64;
    let stream = body.map(move |piece| {
        let piece = piece.and_then(|piece| {
            seen += piece.len() as u64;
            if seen > limit {
                Err(Error::BodyTooLarge)
            } else {
                Ok(piece)
            }
        });
        piece.map_err(|error| {
            let text = error.to_string();
            *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            io::Error::other(text)
        })
    });
    (stream.boxed(), refused)
}
