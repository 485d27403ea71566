//! The bytes of an upload, received through a signed link.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt as _};
use tracing::Instrument as _;

use crate::blob::{BlobErrorKind, BlobKey, ByteStream};
use crate::error::Error;
use crate::model::{UploadId, UserId};
use crate::registry::Registry;
use crate::store::{Actor, Command, Outcome, Staged, Upload};

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
        if declared.is_some_and(|declared| declared > limit) {
            return Err(Error::BodyTooLarge);
        }
        let others = self
            .inner
            .store
            .staged_bytes(session.owner, upload, now)
            .await?;
        // In a task of its own: a client that hangs up behind its last byte must not leave bytes
        // that nobody has noted. The task ends with the body.
        let registry = self.clone();
        let receiving = async move { registry.stage(&session, declared, others, body).await };
        match tokio::spawn(receiving.in_current_span()).await {
            Ok(answer) => answer,
            Err(error) => Err(Error::internal("receiving an upload", error)),
        }
    }

    async fn stage(
        &self,
        session: &Upload,
        declared: Option<u64>,
        others: u64,
        body: BoxStream<'static, Result<Bytes, Error>>,
    ) -> Result<(), Error> {
        let limit = self.inner.settings.package.compressed;
        let max_total = self.inner.settings.max_staged_bytes;
        let arriving = self.inner.arriving.reserve(
            session.owner,
            declared.unwrap_or(limit),
            declared.is_some(),
            max_total.saturating_sub(others),
        );
        let arriving = arriving.ok_or(Error::TooManyBytes)?;
        let key = BlobKey::Staged(session.id);
        let (body, refusal) = limited(body, arriving.bytes(), limit);
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
            upload: session.id,
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
        self.forget_staged(session.id).await;
        Err(refusal)
    }

    /// Deletes staged bytes that nobody needs any more. What cannot be deleted the sweep finds.
    pub(super) async fn forget_staged(&self, upload: UploadId) {
        if let Err(error) = self.inner.blobs.delete(&BlobKey::Staged(upload)).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "staged bytes left behind"
            );
        }
    }
}

/// Why a body ended early. A blob store only learns that it did; the reason is kept here.
type Refused = Arc<Mutex<Option<Error>>>;

/// Ends a body that brings more than the bytes reserved for it; `limit` is what any archive may
/// have.
fn limited(
    body: BoxStream<'static, Result<Bytes, Error>>,
    reserved: u64,
    limit: u64,
) -> (ByteStream, Refused) {
    let refused = Refused::default();
    let noted = Arc::clone(&refused);
    let mut seen = 0_u64;
    let stream = body.map(move |piece| {
        let piece = piece.and_then(|piece| {
            seen += piece.len() as u64;
            match seen {
                _ if seen > limit => Err(Error::BodyTooLarge),
                _ if seen > reserved => Err(Error::TooManyBytes),
                _ => Ok(piece),
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

/// Bytes that are arriving now, by owner: what the store counts of an upload it counts at its end,
/// and many that end at once must not fill the disk before.
#[derive(Debug, Default)]
pub(crate) struct Arriving(Mutex<HashMap<UserId, Taken>>);

/// What an owner's running uploads take.
#[derive(Debug, Default, Clone, Copy)]
struct Taken {
    bytes: u64,
    uploads: u32,
}

/// Uploads of one owner that may run at one time: a blob store may hold some mebibytes of each.
const MOST_AT_ONCE: u32 = 64;

/// A part of an owner's bytes, given back when dropped.
struct Reserved<'a> {
    arriving: &'a Arriving,
    owner: UserId,
    bytes: u64,
}

impl Arriving {
    /// Reserves `wanted` bytes, or, unless they must be `all` of them, as many as there are; `None`
    /// when that is not possible within `free`, or too many run already.
    fn reserve(&self, owner: UserId, wanted: u64, all: bool, free: u64) -> Option<Reserved<'_>> {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Taken {
            bytes: taken,
            uploads,
        } = owners.get(&owner).copied().unwrap_or_default();
        let free = free.saturating_sub(taken);
        let bytes = if all { wanted } else { wanted.min(free) };
        if bytes > free || (bytes == 0 && wanted > 0) || uploads >= MOST_AT_ONCE {
            return None;
        }
        let now = Taken {
            bytes: taken + bytes,
            uploads: uploads + 1,
        };
        owners.insert(owner, now);
        Some(Reserved {
            arriving: self,
            owner,
            bytes,
        })
    }
}

impl Reserved<'_> {
    fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        let mut owners = self
            .arriving
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = owners.get_mut(&self.owner) {
            taken.bytes = taken.bytes.saturating_sub(self.bytes);
            taken.uploads = taken.uploads.saturating_sub(1);
            if taken.uploads == 0 {
                owners.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn bytes_that_arrive_together_stay_within_what_is_free() {
        let arriving = Arriving::default();
        let [ada, bob] = [1, 2].map(|id| UserId::new(Uuid::from_u128(id)));
        let first = arriving.reserve(ada, 60, true, 100).unwrap();
        assert!(arriving.reserve(ada, 60, true, 100).is_none());
        assert_eq!(arriving.reserve(bob, 60, true, 100).unwrap().bytes(), 60);
        let rest = arriving.reserve(ada, 60, false, 100).unwrap();
        assert_eq!(rest.bytes(), 40, "of unknown length: as many as there are");
        assert!(arriving.reserve(ada, 1, false, 100).is_none());
        assert_eq!(arriving.reserve(ada, 0, true, 100).unwrap().bytes(), 0);
        drop((first, rest));
        assert_eq!(arriving.reserve(ada, 100, true, 100).unwrap().bytes(), 100);
        assert!(
            arriving.0.lock().unwrap().is_empty(),
            "nobody is remembered"
        );
    }

    #[test]
    fn so_many_uploads_of_one_owner_run_at_one_time() {
        let arriving = Arriving::default();
        let [ada, bob] = [1, 2].map(|id| UserId::new(Uuid::from_u128(id)));
        let reserve = |owner| arriving.reserve(owner, 1, true, 1000);
        let mut running: Vec<_> = (0..MOST_AT_ONCE).map(|_| reserve(ada).unwrap()).collect();
        assert!(reserve(ada).is_none());
        assert!(reserve(bob).is_some());
        running.pop();
        assert!(reserve(ada).is_some());
    }
}
