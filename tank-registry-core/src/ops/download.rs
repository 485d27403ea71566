//! An archive, served through a signed link.

use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _};
use url::Url;

use crate::access::may_read_version;
use crate::blob::{BlobErrorKind, BlobId, BlobKey, ByteStream, Delegation, once, read_to_bytes};
use crate::error::Error;
use crate::model::{Integrity, SkillId, SkillName};
use crate::registry::Registry;
use crate::store::{Skill, VersionBrief};

use super::read::is_for_anyone;

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
    name: SkillName,
    blob: BlobId,
}

/// What an archive is.
pub(crate) const ARCHIVE_TYPE: &str = "application/gzip";

/// Who may keep an archive. The bytes behind a link never change. Shared caches keep public ones for
/// an hour, which is how long an archive that is no longer to be had may still come from them; the
/// link of a private skill is a secret of its bearer.
pub(crate) fn archive_caching(is_public: bool) -> &'static str {
    if is_public {
        "public, max-age=3600, immutable"
    } else {
        "private, no-store"
    }
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
            is_public: is_for_anyone(&skill, brief),
            skill: skill.id,
            name: link.name,
            blob: archive,
        })
    }

    /// A link to the archive where it is kept, if the blob store offers one. Who holds it needs us
    /// no more, so that policy runs only when it is made.
    pub(super) async fn delegated_download(
        &self,
        skill: &Skill,
        brief: &VersionBrief,
    ) -> Option<Url> {
        /// No copy of an answer holds a link with less left.
        const LEAST: Duration = Duration::from_hours(1);
        let key = BlobKey::Content(brief.archive?);
        let access = Delegation::Read {
            content_type: ARCHIVE_TYPE,
            cache_control: archive_caching(is_for_anyone(skill, brief)),
        };
        let url = match self.inner.blobs.delegate(&key, access, LEAST).await {
            Ok(url) => url,
            Err(error) => {
                // Our own link says what is wrong to whoever follows it.
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "no link of the blob store");
                None
            }
        };
        self.inner.delegated.note(url.is_some());
        url
    }

    /// Counts a caller's look at a version as a download where the bytes then come from elsewhere,
    /// unseen: at most once per caller, version and hour.
    pub(crate) fn count_delegated_download(
        &self,
        caller: impl FnOnce() -> String,
        skill: &Skill,
        brief: &VersionBrief,
    ) {
        if !self.inner.delegated.is_on() {
            return;
        }
        let now = self.inner.clock.now();
        if self.inner.delegated.is_first(&caller(), brief.id, now) {
            self.inner.counters.downloaded(skill.id, now.day());
            self.cache().counted(&skill.name);
        }
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
        let bytes = match self.archive_at_hand(download).await? {
            Some(bytes) => part_of(&bytes, range)?,
            None => self.stored(&download.blob, range).await?,
        };
        if !whole {
            return Ok(bytes);
        }
        let (registry, skill, name) = (self.clone(), download.skill, download.name.clone());
        let count = move || {
            let day = registry.inner.clock.now().day();
            registry.inner.counters.downloaded(skill, day);
            registry.cache().counted(&name);
        };
        Ok(Counted {
            bytes,
            left: download.size,
            count: Some(count),
        }
        .boxed())
    }

    /// The whole of a small archive, from memory, into which the first download brings it.
    async fn archive_at_hand(&self, download: &Download) -> Result<Option<Bytes>, Error> {
        if !self.cache().wants_archive(download.size) {
            return Ok(None);
        }
        if let Some(bytes) = self.cache().archive(&download.blob) {
            return Ok(Some(bytes));
        }
        let stored = self.stored(&download.blob, None).await?;
        let bytes = read_to_bytes(stored, download.size)
            .await
            .map_err(|error| Error::unavailable("reading an archive", error))?;
        if bytes.len() as u64 != download.size {
            return Err(Error::internal("reading an archive", "it has another size"));
        }
        self.cache().keep_archive(download.blob, bytes.clone());
        Ok(Some(bytes))
    }

    async fn stored(&self, blob: &BlobId, range: Option<Range<u64>>) -> Result<ByteStream, Error> {
        match self.inner.blobs.get(&BlobKey::Content(*blob), range).await {
            Err(error) if error.kind() == BlobErrorKind::NotFound => {
                Err(Error::internal("serving a download", error))
            }
            answer => Ok(answer?),
        }
    }
}

/// A part of bytes in memory; ranges were cut to what there is.
fn part_of(bytes: &Bytes, range: Option<Range<u64>>) -> Result<ByteStream, Error> {
    let Some(range) = range else {
        return Ok(once(bytes.clone()));
    };
    let place = |at| usize::try_from(at).ok().filter(|at| *at <= bytes.len());
    match (place(range.start), place(range.end)) {
        (Some(start), Some(end)) if start <= end => Ok(once(bytes.slice(start..end))),
        _ => Err(Error::internal(
            "serving a download",
            "a range outside of it",
        )),
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
