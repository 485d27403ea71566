//! The bytes of an answer, with their entity tag, compressed once.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::HeaderValue;
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::workers::{Workers, compute};

/// What is smaller is not worth compressing.
pub(crate) const WORTH_COMPRESSING: usize = 1024;

/// What is larger is not compressed between two requests of a connection's thread.
const INLINE: usize = 16 << 10;

/// An answer in JSON that many get.
pub(crate) struct Tagged {
    body: Bytes,
    gzip: OnceCell<Bytes>,
    etag: HeaderValue,
}

impl Tagged {
    pub(crate) fn new(body: impl Into<Bytes>) -> Self {
        let body = body.into();
        Self {
            etag: etag(&body),
            body,
            gzip: OnceCell::new(),
        }
    }

    /// The entity tag: weak, because the same answer may be sent compressed.
    pub(crate) fn etag(&self) -> &HeaderValue {
        &self.etag
    }

    /// Whether it is sent compressed to whoever takes it so.
    pub(crate) fn is_worth_compressing(&self) -> bool {
        self.body.len() >= WORTH_COMPRESSING
    }

    /// The bytes as they are.
    pub(crate) fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The bytes compressed, if that is worth while and there is a worker for it.
    pub(crate) async fn gzip(&self, workers: &dyn Workers) -> Option<Bytes> {
        let compress = || async { gzip(self.body(), workers).await.ok_or(()) };
        self.gzip.get_or_try_init(compress).await.ok().cloned()
    }

    /// How many bytes they are.
    pub(super) fn len(&self) -> usize {
        self.body.len()
    }
}

/// The entity tag of some bytes.
fn etag(body: &[u8]) -> HeaderValue {
    let digest = Sha256::digest(body);
    let text = format!("W/\"{}\"", hex::encode(&digest[..16]));
    // Hexadecimal digits and quotes are always a header's value.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("W/\"\""))
}

/// Some bytes compressed, if that makes them smaller and there is a worker for it.
pub(crate) async fn gzip(body: Bytes, workers: &dyn Workers) -> Option<Bytes> {
    if body.len() < WORTH_COMPRESSING {
        return None;
    }
    if body.len() <= INLINE {
        return compressed(&body);
    }
    // With no worker free the answer is sent as it is.
    compute(workers, move || compressed(&body)).await.ok()?
}

fn compressed(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 3), Compression::fast());
    encoder.write_all(body).ok()?;
    let bytes = encoder.finish().ok()?;
    (bytes.len() < body.len()).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    use super::etag;

    #[test]
    fn the_same_bytes_have_the_same_tag() {
        assert_eq!(etag(b"a"), etag(b"a"));
        assert_ne!(etag(b"a"), etag(b"b"));
    }
}
