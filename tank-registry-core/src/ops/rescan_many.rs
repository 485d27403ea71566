//! Many versions scanned again: by an administrator, and by maintenance after the rules changed.

use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, StreamExt as _};

use crate::access::Viewer;
use crate::error::Error;
use crate::model::Timestamp;
use crate::registry::Registry;
use crate::scan::AuditStatus;
use crate::store::{Actor, ListedVersion, ScanPlace, VersionFilter, VersionPart};

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

/// What became of many.
#[derive(Debug)]
#[non_exhaustive]
pub struct RescannedMany {
    /// How many versions fitted.
    pub matched: u64,
    /// Those that were taken, in order, each with what became of it: nothing where it was only to be
    /// said which they are, or where it was removed meanwhile.
    pub results: Vec<(ListedVersion, Option<Result<Rescanned, Error>>)>,
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

/// Where a run that gave up has come to. It is kept in this process only: another one begins at the
/// beginning, and passes over what is done.
#[derive(Debug, Default)]
pub(crate) struct RescanFrom(Mutex<Option<ScanPlace>>);

impl RescanFrom {
    fn take(&self) -> Option<ScanPlace> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, place: Option<ScanPlace>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = place;
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
            list.items
                .into_iter()
                .map(|version| (version, None))
                .collect()
        } else {
            let scans = list.items.into_iter().map(|version| {
                let (registry, viewer) = (self.clone(), viewer.clone());
                async move {
                    let rescan = Rescan {
                        viewer: &viewer,
                        actor: viewer.actor(),
                        only_outdated: false,
                    };
                    let (name, id) = (&version.skill, version.brief.id);
                    let result = registry.rescan_version(&rescan, name, id).await;
                    (version, result.transpose())
                }
            });
            stream::iter(scans)
                .buffered(at_a_time as usize)
                .collect()
                .await
        };
        Ok(RescannedMany {
            matched: list.total,
            results,
        })
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

    /// See [`maintenance::rescan_outdated`](crate::maintenance::rescan_outdated).
    pub(crate) async fn rescan_outdated(&self) -> Result<u64, Error> {
        /// Read at a time.
        const LIMIT: u32 = 200;
        /// A scanner that fails so often in a row is taken to be down.
        const PATIENCE: u32 = 10;
        let Some(scanner) = &self.inner.scanner else {
            return Ok(0);
        };
        let filter = VersionFilter {
            rules_other_than: Some(scanner.rules_version()),
            ..VersionFilter::default()
        };
        let rescan = Rescan {
            viewer: &Viewer::Operator,
            actor: Actor::System,
            only_outdated: true,
        };
        // Those before were tried by a run that gave up.
        let mut after = self.inner.rescan_from.take();
        let (mut done, mut failed_in_a_row) = (0, 0);
        loop {
            let part = VersionPart {
                after,
                ..VersionPart::first(LIMIT)
            };
            let list = self.inner.store.versions(&filter, part).await?;
            let is_last = list.items.len() < LIMIT as usize;
            for ListedVersion { skill, brief } in list.items {
                after = Some(ScanPlace::from(&brief));
                match self.rescan_version(&rescan, &skill, brief.id).await {
                    Ok(rescanned) => {
                        failed_in_a_row = 0;
                        done += u64::from(rescanned.is_some());
                    }
                    Err(error) => {
                        let cause = &error as &dyn std::error::Error;
                        let version = &brief.version;
                        tracing::warn!(%skill, %version, error = cause, "could not scan again");
                        failed_in_a_row += 1;
                        if failed_in_a_row == PATIENCE {
                            self.inner.rescan_from.set(after);
                            return Err(error);
                        }
                    }
                }
            }
            if is_last {
                return Ok(done);
            }
        }
    }
}
