//! Reading, looking and listing.

use std::io;
use std::ops::Range;

use futures_util::stream::{self, StreamExt as _};
use object_store::list::{PaginatedListOptions, PaginatedListStore as _};
use object_store::{
    Error, GetOptions, GetRange, ObjectMeta, ObjectStore as _, ObjectStoreExt as _,
};
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobKey, BlobPage, BlobStat, ByteStream,
};
use tank_registry_core::model::Timestamp;

use super::{Inner, error};

/// The objects of a page; no store gives more.
const PAGE: usize = 1000;

/// Farther than any object reaches; not every store can count to it.
const FAR: u64 = 1 << 50;

impl Inner {
    pub(super) async fn get(
        &self,
        key: &BlobKey,
        range: Option<Range<u64>>,
    ) -> Result<ByteStream, BlobError> {
        if let Some(range) = &range
            && (range.start >= range.end || range.end > FAR)
        {
            // The protocol knows no empty ranges.
            return match self.find(key).await? {
                None => Err(BlobError::bare(BlobErrorKind::NotFound, key)),
                Some(found) if range.start == range.end && range.end <= found.size => {
                    Ok(stream::empty().boxed())
                }
                Some(_) => Err(BlobError::bare(BlobErrorKind::Range, key)),
            };
        }
        let options = GetOptions {
            range: range.clone().map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&self.path(key), options).await;
        let found = found.map_err(|error| error::of_key(key, error))?;
        // A range that only begins within the object is cut by the store.
        if range.is_some_and(|range| range != found.range) {
            return Err(BlobError::bare(BlobErrorKind::Range, key));
        }
        let pieces = found.into_stream();
        Ok(pieces.map(|piece| piece.map_err(io::Error::other)).boxed())
    }

    pub(super) async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        let found = self.find(key).await?;
        if found.is_none() {
            // An answer without a body does not say whether the object is missing or the bucket;
            // a listing does.
            let options = PaginatedListOptions {
                max_keys: Some(1),
                ..PaginatedListOptions::default()
            };
            let path = self.path_text(key);
            let listed = self.store.list_paginated(Some(&path), options).await;
            listed.map_err(|error| error::of_key(key, error))?;
        }
        Ok(found)
    }

    /// What is known of an object; a missing bucket looks like a missing object.
    pub(super) async fn find(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        match self.store.head(&self.path(key)).await {
            Ok(found) => Ok(Some(stat(&found))),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error::of_key(key, error)),
        }
    }

    pub(super) async fn list(
        &self,
        area: BlobArea,
        after: Option<&BlobKey>,
    ) -> Result<BlobPage, BlobError> {
        let within = format!("{}{}/", self.prefix, area.prefix());
        let mut token = None;
        loop {
            let options = PaginatedListOptions {
                offset: after.map(|key| self.path_text(key)),
                max_keys: Some(PAGE),
                page_token: token,
                ..PaginatedListOptions::default()
            };
            let page = self.store.list_paginated(Some(&within), options).await;
            let page = page.map_err(|error| error::of_area(area, error))?;
            let objects: Vec<_> = page
                .result
                .objects
                .iter()
                .filter_map(|found| {
                    let path = found.location.as_ref().strip_prefix(&self.prefix)?;
                    Some((BlobKey::from_path(path)?, stat(found)))
                })
                .collect();
            token = page.page_token;
            // A page may hold nothing but what others have put there.
            if !objects.is_empty() || token.is_none() {
                let more = token.is_some();
                return Ok(BlobPage { objects, more });
            }
        }
    }
}

fn stat(found: &ObjectMeta) -> BlobStat {
    // Whole seconds: one of the two places where the store tells it has no more.
    let modified = found.last_modified.timestamp().saturating_mul(1000);
    BlobStat {
        size: found.size,
        modified: Timestamp::from_millis(modified),
    }
}
