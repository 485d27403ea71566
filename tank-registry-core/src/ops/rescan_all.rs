//! All versions scanned again, one after the other: of a skill, of the registry, or those whose report
//! is out of date.

use std::sync::{Mutex, PoisonError};

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{SkillName, Version};
use crate::registry::Registry;
use crate::store::{Actor, ListedVersion, ScanPlace, VersionFilter, VersionPart};

use super::rescan::{Rescan, Rescanned};

/// Versions read at a time.
const LIMIT: u32 = 200;

/// A scanner that fails so often in a row is taken to be down.
const PATIENCE: u32 = 10;

/// What became of all of them.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct RescannedAll {
    /// How many were scanned.
    pub rescanned: u64,
    /// Those of them whose verdict or state changed.
    pub changed: Vec<Rescanned>,
    /// Those that could not be scanned.
    pub failed: Vec<RescanFailed>,
}

/// A version that could not be scanned again.
#[derive(Debug)]
#[non_exhaustive]
pub struct RescanFailed {
    /// The skill.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// Why.
    pub error: Error,
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

/// A walk over versions.
#[derive(Default)]
struct Walk {
    done: RescannedAll,
    /// The last one that was tried.
    at: Option<ScanPlace>,
    failed_in_a_row: u32,
}

impl Walk {
    fn note(&mut self, version: ListedVersion, result: Result<Option<Rescanned>, Error>) {
        self.at = Some(ScanPlace::from(&version.brief));
        match result {
            Ok(rescanned) => {
                self.failed_in_a_row = 0;
                self.done.rescanned += u64::from(rescanned.is_some());
                let changed = rescanned.filter(Rescanned::is_news);
                self.done.changed.extend(changed);
            }
            Err(error) => {
                let (name, version) = (version.skill, version.brief.version);
                let cause = &error as &dyn std::error::Error;
                tracing::warn!(skill = %name, %version, error = cause, "could not scan again");
                self.failed_in_a_row += 1;
                self.done.failed.push(RescanFailed {
                    name,
                    version,
                    error,
                });
            }
        }
    }

    fn gives_up(&self) -> bool {
        self.failed_in_a_row >= PATIENCE
    }

    /// What was done; or, when it gave up, the last failure.
    fn end(mut self) -> Result<RescannedAll, Error> {
        match self.done.failed.pop() {
            Some(last) if self.gives_up() => Err(last.error),
            last => {
                self.done.failed.extend(last);
                Ok(self.done)
            }
        }
    }
}

impl Registry {
    /// Scans every version again, of one skill or of all, each as [`rescan`](Self::rescan) does; one
    /// that fails does not keep the others, unless ten in a row do. For administrators and the
    /// operator.
    pub async fn rescan_all(
        &self,
        viewer: &Viewer,
        name: Option<&SkillName>,
    ) -> Result<RescannedAll, Error> {
        viewer.require_moderator()?;
        if self.inner.scanner.is_none() {
            return Err(Error::NoScanner);
        }
        let rescan = Rescan {
            viewer,
            actor: viewer.actor(),
            only_outdated: false,
        };
        let mut walk = Walk::default();
        if let Some(name) = name {
            let skill = self.moderated_skill(name).await?;
            let versions = skill.versions.into_iter().map(|brief| ListedVersion {
                skill: name.clone(),
                brief,
            });
            self.walk(&rescan, versions.collect(), &mut walk).await;
        } else {
            // What this run has scanned is not found again.
            let filter = VersionFilter {
                scanned_before: Some(self.inner.clock.now()),
                ..VersionFilter::default()
            };
            self.walk_through(&rescan, &filter, &mut walk).await?;
        }
        walk.end()
    }

    /// See [`maintenance::rescan_outdated`](crate::maintenance::rescan_outdated).
    pub(crate) async fn rescan_outdated(&self) -> Result<u64, Error> {
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
        let mut walk = Walk {
            // Those before were tried by a run that gave up.
            at: self.inner.rescan_from.take(),
            ..Walk::default()
        };
        self.walk_through(&rescan, &filter, &mut walk).await?;
        if walk.gives_up() {
            self.inner.rescan_from.set(walk.at);
        }
        Ok(walk.end()?.rescanned)
    }

    /// Scans all that fit a filter, from where the walk is.
    async fn walk_through(
        &self,
        rescan: &Rescan<'_>,
        filter: &VersionFilter,
        walk: &mut Walk,
    ) -> Result<(), Error> {
        loop {
            let part = VersionPart {
                after: walk.at,
                ..VersionPart::first(LIMIT)
            };
            let items = self.inner.store.versions(filter, part).await?.items;
            let is_last = items.len() < LIMIT as usize;
            self.walk(rescan, items, walk).await;
            if is_last || walk.gives_up() {
                return Ok(());
            }
        }
    }

    async fn walk(&self, rescan: &Rescan<'_>, versions: Vec<ListedVersion>, walk: &mut Walk) {
        for version in versions {
            let id = version.brief.id;
            let result = self.rescan_version(rescan, &version.skill, id).await;
            walk.note(version, result);
            if walk.gives_up() {
                return;
            }
        }
    }
}
