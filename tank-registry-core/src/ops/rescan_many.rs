//! The next few versions scanned again, and those that are held.

use futures_util::stream::{self, StreamExt as _};

use crate::access::Viewer;
use crate::error::Error;
use crate::model::Timestamp;
use crate::registry::Registry;
use crate::scan::AuditStatus;
use crate::store::{ListedVersion, VersionFilter, VersionPart};

use super::page::{Page, Paged};
use super::rescan::{Rescan, Rescanned};

/// Which versions to scan again, the longest unscanned first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescanMany {
    /// Only those with this audit status.
    pub audit_status: Option<AuditStatus>,
    /// Only those whose current scan was made before this time, and those that were never scanned.
    pub scanned_before: Option<Timestamp>,
    /// How many at most, 1 to [`RescanMany::MAX_LIMIT`].
    pub limit: u32,
    /// How many at a time, 1 to [`RescanMany::MAX_CONCURRENCY`].
    pub concurrency: u32,
    /// Only says which they are.
    pub dry_run: bool,
}

impl RescanMany {
    /// Most that one call scans.
    pub const MAX_LIMIT: u32 = 50;

    /// Most that one call scans at a time.
    pub const MAX_CONCURRENCY: u32 = 5;
}

impl Default for RescanMany {
    /// Ten of all, three at a time.
    fn default() -> Self {
        Self {
            audit_status: None,
            scanned_before: None,
            limit: 10,
            concurrency: 3,
            dry_run: false,
        }
    }
}

/// A version, and what became of it.
type ManyResult = (ListedVersion, Option<Result<Rescanned, Error>>);

/// What became of many.
#[derive(Debug)]
#[non_exhaustive]
pub struct RescannedMany {
    /// How many versions fitted.
    pub matched: u64,
    /// Those that were taken, in order, each with what became of it: nothing where it was only to be
    /// said which they are, or where it was removed meanwhile.
    pub results: Vec<ManyResult>,
}

impl RescannedMany {
    /// How many were scanned, the scan having come to its end.
    pub fn rescanned(&self) -> u64 {
        let done = self.results.iter();
        done.filter(|(_, result)| matches!(result, Some(Ok(_))))
            .count() as u64
    }

    /// How many that fitted were not scanned.
    pub fn remaining(&self) -> u64 {
        self.matched.saturating_sub(self.rescanned())
    }
}

impl Registry {
    /// Scans many versions again, each as [`rescan`](Self::rescan) does; one that fails does not
    /// keep the others. For administrators and the operator.
    pub async fn rescan_many(
        &self,
        viewer: &Viewer,
        request: &RescanMany,
    ) -> Result<RescannedMany, Error> {
        viewer.require_moderator()?;
        if self.inner.scanner.is_none() {
            return Err(Error::NoScanner);
        }
        let filter = VersionFilter {
            audit_status: request.audit_status,
            scanned_before: request.scanned_before,
            ..VersionFilter::default()
        };
        let limit = request.limit.clamp(1, RescanMany::MAX_LIMIT);
        let list = self
            .inner
            .store
            .versions(&filter, VersionPart::first(limit))
            .await?;
        let at_a_time = request.concurrency.clamp(1, RescanMany::MAX_CONCURRENCY);
        let results = if request.dry_run {
            let items = list.items.into_iter();
            items.map(|version| (version, None)).collect()
        } else {
            self.rescan_some(viewer, list.items, at_a_time).await
        };
        Ok(RescannedMany {
            matched: list.total,
            results,
        })
    }

    /// The results in the order of the versions.
    async fn rescan_some(
        &self,
        viewer: &Viewer,
        versions: Vec<ListedVersion>,
        at_a_time: u32,
    ) -> Vec<ManyResult> {
        let scans = versions.into_iter().enumerate().map(|(place, version)| {
            let (registry, viewer) = (self.clone(), viewer.clone());
            async move {
                let rescan = Rescan {
                    viewer: &viewer,
                    actor: viewer.actor(),
                    only_outdated: false,
                };
                let (name, id) = (&version.skill, version.brief.id);
                let result = registry.rescan_version(&rescan, name, id).await;
                (place, (version, result.transpose()))
            }
        });
        let scans = stream::iter(scans).buffer_unordered(at_a_time as usize);
        let mut results: Vec<_> = scans.collect().await;
        results.sort_by_key(|(place, _)| *place);
        results.into_iter().map(|(_, result)| result).collect()
    }

    /// A page of the versions that are held, of all skills, the longest unscanned first. For
    /// administrators and the operator.
    pub async fn held_versions(
        &self,
        viewer: &Viewer,
        page: Page,
    ) -> Result<Paged<ListedVersion>, Error> {
        viewer.require_moderator()?;
        let filter = VersionFilter {
            held: true,
            ..VersionFilter::default()
        };
        let page = page.within_bounds();
        let part = VersionPart {
            after: None,
            offset: page.offset(),
            limit: page.limit,
        };
        let list = self.inner.store.versions(&filter, part).await?;
        Ok(Paged {
            items: list.items,
            total: list.total,
        })
    }
}
