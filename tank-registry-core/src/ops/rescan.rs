//! A version that is there is scanned again, and judged by the rules of now.

use std::sync::Arc;

use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;

use crate::access::Viewer;
use crate::blob::{BlobKey, read_to_bytes, verified};
use crate::error::Error;
use crate::model::{SkillName, Version, VersionId, VersionState};
use crate::package::{Package, PackageError};
use crate::registry::Registry;
use crate::scan::{Gate, ScanContext, ScanRecord, ScanReport, Scanner, Verdict, audit_score};
use crate::store::{Actor, AuditEvent, BlobKind, Judged, Skill, VersionBrief, VersionRecord};
use crate::workers::compute;

use super::moderate::{ATTEMPTS, Change, numbered};

/// A version that was scanned again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rescanned {
    /// The skill.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// The verdict of now.
    pub verdict: Verdict,
    /// The verdict before; `None` where there was none.
    pub verdict_before: Option<Verdict>,
    /// How many findings the report has.
    pub findings: usize,
    /// The state of now.
    pub state: VersionState,
    /// The state before.
    pub state_before: VersionState,
}

impl Rescanned {
    /// Whether the verdict or the state changed.
    pub fn is_news(&self) -> bool {
        self.verdict_before != Some(self.verdict) || self.state_before != self.state
    }
}

/// Who scans again, and when it is no longer wanted.
#[derive(Debug, Clone)]
pub(super) struct Rescan<'a> {
    pub(super) viewer: &'a Viewer,
    /// How the audit log calls them.
    pub(super) actor: Actor,
    /// A version whose report applied the rules of now already is passed over.
    pub(super) only_outdated: bool,
}

impl Registry {
    /// Scans a version again: the one of this number, or else the latest, or else the newest. Its
    /// report, verdict and score are replaced, and the earlier report is kept in its history. A scan
    /// that fails changes nothing. For administrators and the operator.
    ///
    /// Under [`Gate::Quarantine`] a live version that would be held now is held, unless a person
    /// released it and nothing was found since that they did not know of; a version that is held for
    /// no other reason than that no scan came to its end goes live, if the report lets it and its
    /// permissions do not grow more than its number allows.
    pub async fn rescan(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: Option<&str>,
    ) -> Result<Rescanned, Error> {
        viewer.require_moderator()?;
        let skill = self.moderated_skill(name).await?;
        let version = match number {
            Some(number) => numbered(&skill, number)?.id,
            None => {
                standing_for(&skill)
                    .ok_or(Error::PackageVersionNotFound)?
                    .id
            }
        };
        let rescan = Rescan {
            viewer,
            actor: viewer.actor(),
            only_outdated: false,
        };
        let rescanned = self.rescan_version(&rescan, name, version).await?;
        rescanned.ok_or(Error::PackageVersionNotFound)
    }

    /// `None` when there is nothing to scan, or no longer.
    pub(super) async fn rescan_version(
        &self,
        rescan: &Rescan<'_>,
        name: &SkillName,
        id: VersionId,
    ) -> Result<Option<Rescanned>, Error> {
        let scanner = self.inner.scanner.as_ref().ok_or(Error::NoScanner)?;
        let skill = self.moderated_skill(name).await?;
        let rules = scanner.rules_version();
        let Some(brief) = wanted(&skill, id, rescan, &rules) else {
            return Ok(None);
        };
        let version = self.moderated_version(brief).await?;
        let (package, _memory) = self.stored_package(&version).await?;
        let (report, score) = self.scan_stored(scanner, &skill, &version, package).await?;
        let scan = ScanRecord {
            report: Some(report),
            scanned_at: self.inner.clock.now(),
        };
        let _turn = self.publishing(name).await;
        for _ in 0..ATTEMPTS {
            self.still_moderates(rescan.viewer).await?;
            let skill = self.moderated_skill(name).await?;
            let Some(brief) = wanted(&skill, id, rescan, &rules) else {
                return Ok(None);
            };
            let version = self.moderated_version(brief).await?;
            let (change, rescanned) = self.judge(&skill, &version, &scan, score).await?;
            if self
                .change_version(rescan.actor, skill, version, change)
                .await?
            {
                return Ok(Some(rescanned));
            }
        }
        Err(Error::Overloaded)
    }

    /// The package of a version, within the memory that is reserved for it; an archive that today's
    /// reader refuses is answered as that.
    async fn stored_package(
        &self,
        version: &VersionRecord,
    ) -> Result<(Result<Package, PackageError>, OwnedSemaphorePermit), Error> {
        let blob = version.blob(BlobKind::Archive).copied();
        let blob = blob.ok_or_else(|| Error::internal("scanning again", "there is no archive"))?;
        let memory = self.reserve_memory(blob.size).await?;
        let body = self
            .inner
            .blobs
            .get(&BlobKey::Content(blob.id), None)
            .await?;
        let archive = read_to_bytes(verified(body, &blob.id, blob.size), blob.size)
            .await
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::Other => Error::unavailable("reading an archive", error),
                _ => Error::internal("reading an archive", error),
            })?;
        let limits = self.inner.settings.package.clone();
        // The memory goes with the work, for as long as it runs.
        let read = compute(&*self.inner.workers, move || {
            (Package::read(&archive, &limits), memory)
        });
        Ok(read.await?)
    }

    async fn scan_stored(
        &self,
        scanner: &Arc<dyn Scanner>,
        skill: &Skill,
        version: &VersionRecord,
        package: Result<Package, PackageError>,
    ) -> Result<(ScanReport, Option<u8>), Error> {
        let package = match package {
            Ok(package) => Arc::new(package),
            // It was accepted once, and must not be passed over now.
            Err(refusals) => {
                let rules = scanner.rules_version();
                return Ok((ScanReport::refused(&refusals, rules), None));
            }
        };
        let manifest = &version.manifest;
        let mut context = ScanContext::new(Some(manifest.clone()));
        context.capabilities_before = self
            .capabilities_before(skill, &version.brief.version)
            .await?;
        let report = self
            .scan_package(scanner, Arc::clone(&package), context)
            .await?;
        let score = audit_score(&report, &package, Some(manifest));
        Ok((report, Some(score)))
    }

    /// What a scan makes of a version of the skill as it is now.
    async fn judge(
        &self,
        skill: &Skill,
        version: &VersionRecord,
        scan: &ScanRecord,
        score: Option<u8>,
    ) -> Result<(Change, Rescanned), Error> {
        let brief = &version.brief;
        let (state, awaits_scan) = self.next_state(skill, version, scan).await?;
        let report = scan.report.as_ref();
        let verdict = scan.verdict().ok_or(Error::ScanFailed)?;
        let rescanned = Rescanned {
            name: skill.name.clone(),
            version: brief.version.clone(),
            verdict,
            verdict_before: brief.verdict,
            findings: report.map_or(0, |report| report.findings.len()),
            state: state.clone().unwrap_or_else(|| brief.state.clone()),
            state_before: brief.state.clone(),
        };
        let audit = AuditEvent::new(
            "skill.rescan",
            skill.name.as_str(),
            json!({
                "version": brief.version,
                "versionId": brief.id,
                "rulesVersion": report.map(|report| &report.rules_version),
                "verdict": verdict,
                "verdictBefore": brief.verdict,
                "state": rescanned.state.as_str(),
                "stateBefore": brief.state.as_str(),
            }),
        );
        let change = Change {
            state,
            scan: Some(Judged::new(scan.clone(), score, awaits_scan)),
            audit: rescanned.is_news().then_some(audit),
            ..Change::default()
        };
        Ok((change, rescanned))
    }

    /// The state that a scan moves a version to, if it does, and whether another scan may lift the
    /// hold that it is under then.
    async fn next_state(
        &self,
        skill: &Skill,
        version: &VersionRecord,
        scan: &ScanRecord,
    ) -> Result<(Option<VersionState>, bool), Error> {
        let gate = self.inner.gate;
        let awaits_scan = version.brief.awaits_scan;
        if !matches!(gate, Gate::Quarantine { .. }) {
            return Ok((None, awaits_scan));
        }
        let is_held = gate.holds(Some(scan));
        Ok(match version.brief.state {
            VersionState::Live if is_held && !is_known(version, scan) => {
                (Some(VersionState::Held), gate.awaits_scan(Some(scan)))
            }
            VersionState::Held if awaits_scan && is_held => (None, gate.awaits_scan(Some(scan))),
            VersionState::Held if awaits_scan => {
                let found = self.escalations(skill, &version.manifest).await?;
                let is_free = found.is_empty();
                (is_free.then_some(VersionState::Live), !is_free)
            }
            _ => (None, awaits_scan),
        })
    }
}

/// The version, if it is still to be scanned.
fn wanted<'a>(
    skill: &'a Skill,
    id: VersionId,
    rescan: &Rescan<'_>,
    rules: &str,
) -> Option<&'a VersionBrief> {
    let brief = skill.versions.iter().find(|brief| brief.id == id)?;
    let is_passed = rescan.only_outdated && brief.rules_version.as_deref() == Some(rules);
    (brief.state != VersionState::Removed && !is_passed).then_some(brief)
}

/// Whether a person released the version knowing all that the scan found.
fn is_known(version: &VersionRecord, scan: &ScanRecord) -> bool {
    match (&version.release, &scan.report) {
        (Some(release), Some(report)) => release.knows(report),
        _ => false,
    }
}

/// The version that is meant where none is named.
fn standing_for(skill: &Skill) -> Option<&VersionBrief> {
    let versions = skill.versions.iter();
    let latest = versions
        .clone()
        .find(|brief| Some(brief.id) == skill.head.latest);
    latest.or_else(|| {
        versions
            .rev()
            .find(|brief| brief.state != VersionState::Removed)
    })
}
