//! Streams of bytes between core and a blob store.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};
use sha2::{Digest as _, Sha512};

use super::{BlobId, Digest};

/// Bytes in pieces. An error ends the stream.
pub type ByteStream = BoxStream<'static, io::Result<Bytes>>;

/// A stream of one piece.
pub fn once(bytes: Bytes) -> ByteStream {
    stream::iter([Ok(bytes)]).boxed()
}

/// Reads a stream whole, refusing more than `limit` bytes with [`io::ErrorKind::FileTooLarge`].
pub async fn read_to_bytes(mut body: ByteStream, limit: u64) -> io::Result<Bytes> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        if bytes.len() as u64 + piece.len() as u64 > limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// Passes `body` on and compares it with a digest and a size: the stream ends well only if they
/// match, with [`io::ErrorKind::InvalidData`] otherwise, and as soon as there are too many bytes.
/// An error of `body` itself comes through as [`io::ErrorKind::Other`], so that the two can be told
/// apart.
///
/// ```
/// use tank_registry_core::blob::{BlobId, Digest, once, read_to_bytes, verified};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let blob = BlobId { digest: Digest::of(b"right"), generation: 1 };
/// let good = verified(once("right".into()), &blob, 5);
/// assert_eq!(read_to_bytes(good, 100).await.unwrap(), "right");
/// let bad = verified(once("wrong".into()), &blob, 5);
/// assert!(read_to_bytes(bad, 100).await.is_err());
/// # });
/// ```
pub fn verified(body: ByteStream, blob: &BlobId, size: u64) -> ByteStream {
    Verified {
        body,
        hash: Some(Sha512::new()),
        seen: 0,
        size,
        digest: blob.digest,
    }
    .boxed()
}

struct Verified {
    body: ByteStream,
    /// Taken when the end has been judged.
    hash: Option<Sha512>,
    seen: u64,
    size: u64,
    digest: Digest,
}

impl Stream for Verified {
    type Item = io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let Some(hash) = &mut this.hash else {
            return Poll::Ready(None);
        };
        match ready!(this.body.as_mut().poll_next(cx)) {
            Some(Ok(piece)) => {
                hash.update(&piece);
                this.seen += piece.len() as u64;
                if this.seen > this.size {
                    this.hash = None;
                    return Poll::Ready(Some(Err(mismatch())));
                }
                Poll::Ready(Some(Ok(piece)))
            }
            Some(Err(error)) => {
                this.hash = None;
                Poll::Ready(Some(Err(io::Error::other(error))))
            }
            None => {
                let found = this
                    .hash
                    .take()
                    .map(|hash| Digest::new(hash.finalize().into()));
                if this.seen == this.size && found == Some(this.digest) {
                    Poll::Ready(None)
                } else {
                    Poll::Ready(Some(Err(mismatch())))
                }
            }
        }
    }
}

fn mismatch() -> io::Error {
    let text = "bytes differ from the announced digest or size";
    io::Error::new(io::ErrorKind::InvalidData, text)
}
