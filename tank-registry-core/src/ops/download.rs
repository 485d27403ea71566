//! An archive, served through a signed link.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _};

use crate::access::may_read_version;
use crate::blob::{BlobErrorKind, BlobKey, ByteStream};
use crate::error::Error;
use crate::model::{Integrity, SkillId};
use crate::registry::Registry;

/// What a link names, before any byte of it is read.
#[derive(Debug, Clone)]
pub struct Download {
    /// Bytes of the whole archive.
    pub size: u64,
    /// SHA-512 of the whole archive.
    pub integrity: Integrity,
    /// Whether anyone may have it.
    pub is_public: bool,
    skill: SkillId,
    key: BlobKey,
}

impl Registry {
    /// What a download link names. Policy runs again, for the user and with the rights that the
    /// link was made for: who has lost access since gets [`Error::FileNotFound`].
    pub async fn download(&self, token: &str) -> Result<Download, Error> {
        let now = self.inner.clock.now();
        let link = self
            .inner
            .signer
            .verify_download(token, now)
            .ok_or(Error::InvalidToken)?;
        let viewer = self.viewer_of_link(link.viewer).await?;
        let skill = match self.readable_skill(&viewer, &link.name).await {
            Err(Error::SkillNotFound) => return Err(Error::FileNotFound),
            answer => answer?,
        };
        let brief = skill.versions.iter().find(|brief| brief.id == link.version);
        let brief = brief
            .filter(|brief| may_read_version(&viewer, brief))
            .ok_or(Error::FileNotFound)?;
        let archive = brief
            .archive
            .ok_or_else(|| Error::internal("serving a download", "the version has no archive"))?;
        Ok(Download {
            size: brief.archive_size,
            integrity: brief.integrity,
            is_public: skill.head.is_public() && brief.state.is_served(),
            skill: skill.id,
            key: BlobKey::Content(archive),
        })
    }

    /// The bytes of a download, whole or a part. A whole one is counted when its last byte has
    /// been handed over.
    pub async fn download_bytes(
        &self,
        download: &Download,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, Error> {
        let whole = range
            .as_ref()
            .is_none_or(|range| *range == (0..download.size));
        let bytes = match self.inner.blobs.get(&download.key, range).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == BlobErrorKind::NotFound => {
                return Err(Error::internal("serving a download", error));
            }
            Err(error) => return Err(error.into()),
        };
        if !whole {
            return Ok(bytes);
        }
        let (registry, skill) = (self.clone(), download.skill);
        let count = move || {
            let day = registry.inner.clock.now().day();
            registry.inner.counters.downloaded(skill, day);
        };
        Ok(Counted {
            bytes,
            left: download.size,
            count: Some(count),
        }
        .boxed())
    }
}

/// Calls back once all bytes have been handed over.
struct Counted<F> {
    bytes: ByteStream,
    left: u64,
    count: Option<F>,
}

impl<F: FnOnce() + Unpin> Stream for Counted<F> {
    type Item = std::io::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let piece = this.bytes.as_mut().poll_next(cx);
        if let Poll::Ready(Some(Ok(piece))) = &piece {
            this.left = this.left.saturating_sub(piece.len() as u64);
            // A client that knows the length may never ask for the end of the stream.
            if this.left == 0
                && let Some(count) = this.count.take()
            {
                count();
            }
        }
        piece
    }
}
