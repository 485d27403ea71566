//! The end of a publish: the bytes are read once, checked, stored under their digest, and the
//! version appears in one atomic step.

use std::sync::Arc;

use crate::access::{Principal, Scope, Viewer};
use crate::error::Error;
use crate::model::{Integrity, SkillName, UploadId, Version, VersionState};
use crate::package::Package;
use crate::registry::Registry;
use crate::scan::{ScanContext, ScanRecord, Verdict, audit_score};
use crate::store::{Judged, Upload, VersionBrief, VersionRecord};

use super::archive::CheckedArchive;
use super::publish::{MAX_README, check_readme};

/// Which rule derives the zip and the file index of a version; raise it with the rule.
const DERIVED_VERSION: u32 = 1;

/// A publish to finish.
#[derive(Debug, Clone)]
pub struct ConfirmPublish {
    /// The upload session.
    pub upload: UploadId,
    /// The SHA-512 of the archive that the client packed.
    pub integrity: String,
    /// The readme; wins over the one given at the start and the one in the archive.
    pub readme: Option<String>,
}

/// A version that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Confirmed {
    /// The skill.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// The audit score, 0 to 10; `None` without a scan.
    pub audit_score: Option<u8>,
    /// The verdict; `None` without a scan.
    pub verdict: Option<Verdict>,
    /// Whether the scan gate holds it back.
    pub held: bool,
}

impl From<&VersionRecord> for Confirmed {
    fn from(record: &VersionRecord) -> Self {
        Self {
            name: record.name.clone(),
            version: record.brief.version.clone(),
            audit_score: record.brief.audit_score,
            verdict: record.brief.verdict,
            held: record.brief.state == VersionState::Held,
        }
    }
}

impl Registry {
    /// Finishes a publish. The same confirm again, at any time after the first, has the same
    /// answer; of several that race for one version exactly one succeeds.
    pub async fn confirm_publish(
        &self,
        viewer: &Viewer,
        request: ConfirmPublish,
    ) -> Result<Confirmed, Error> {
        let principal = viewer.with_scope(Scope::Publish)?;
        let Ok(integrity) = Integrity::parse(&request.integrity) else {
            let reason = "Must be a sha512 integrity hash".to_owned();
            return Err(Error::InvalidBody {
                field: "integrity",
                reason,
            });
        };
        check_readme(request.readme.as_deref())?;
        let now = self.inner.clock.now();
        let session = self.inner.store.upload(request.upload).await?;
        let session =
            session.filter(|session| session.owner == principal.user.id && session.is_open(now));
        let Some(session) = session else {
            return self
                .confirmed_before(principal, request.upload, &integrity)
                .await;
        };
        match self
            .publish_session(principal, session, &integrity, request.readme)
            .await
        {
            // Its twin may just have committed and cleaned up.
            Err(refusal @ (Error::NotUploaded | Error::UploadNotFound)) => {
                match self
                    .confirmed_before(principal, request.upload, &integrity)
                    .await
                {
                    Err(Error::UploadNotFound) => Err(refusal),
                    answer => answer,
                }
            }
            answer => answer,
        }
    }

    /// The answer to a confirm whose session is closed.
    async fn confirmed_before(
        &self,
        principal: &Principal,
        upload: UploadId,
        integrity: &Integrity,
    ) -> Result<Confirmed, Error> {
        match self.inner.store.version_by_id(upload).await? {
            Some(record) if record.brief.published_by == principal.user.id => {
                if record.brief.integrity == *integrity {
                    Ok(Confirmed::from(&record))
                } else {
                    Err(Error::AlreadyConfirmed)
                }
            }
            _ => Err(Error::UploadNotFound),
        }
    }

    async fn publish_session(
        &self,
        principal: &Principal,
        session: Upload,
        integrity: &Integrity,
        readme: Option<String>,
    ) -> Result<Confirmed, Error> {
        let (archive, memory) = self.staged_archive(&session).await?;
        let checked = self
            .check_archive(&session.manifest, archive, memory, integrity)
            .await?;
        let scan = self.first_scan(&session, &checked).await?;
        let record = self.record(principal, &session, readme, &checked, scan);
        let confirmed = self.commit(principal, &session, record, &checked).await?;
        self.forget_staged(session.id).await;
        Ok(confirmed)
    }

    /// Scans the package, if there is a scanner. When the scan fails the publish goes on, and the
    /// gate decides what that means.
    async fn first_scan(
        &self,
        session: &Upload,
        checked: &CheckedArchive,
    ) -> Result<Option<ScanRecord>, Error> {
        let Some(scanner) = &self.inner.scanner else {
            return Ok(None);
        };
        let mut context = ScanContext::new(Some(session.manifest.clone()));
        if let Some(skill) = self.inner.store.skill(&session.name).await? {
            context.capabilities_before =
                self.capabilities_before(&skill, &session.version).await?;
        }
        let package = Arc::clone(&checked.package);
        let report = self.scan_package(scanner, package, context).await;
        Ok(Some(ScanRecord {
            report: report.ok(),
            scanned_at: self.inner.clock.now(),
        }))
    }

    /// The version as it will be stored; its time and its blobs are filled in by the commit.
    fn record(
        &self,
        principal: &Principal,
        session: &Upload,
        readme: Option<String>,
        checked: &CheckedArchive,
        scan: Option<ScanRecord>,
    ) -> VersionRecord {
        let now = self.inner.clock.now();
        let (version, user) = (session.version.clone(), principal.user.id);
        let mut brief = VersionBrief::new(session.id, version, user, now, checked.integrity);
        brief.archive_size = checked.archive.len() as u64;
        brief.file_count = u32::try_from(checked.package.files().len()).unwrap_or(u32::MAX);
        if self.inner.gate.holds(scan.as_ref()) {
            brief.state = VersionState::Held;
        }
        if let Some(scan) = &scan {
            let report = scan.report.as_ref();
            let score =
                report.map(|report| audit_score(report, &checked.package, Some(&session.manifest)));
            let awaits_scan = self.inner.gate.awaits_scan(Some(scan));
            Judged::new(scan.clone(), score, awaits_scan).show_in(&mut brief);
        }
        let readme = readme
            .or_else(|| session.readme.clone())
            .unwrap_or_else(|| readme_inside(&checked.package));
        let (name, manifest) = (session.name.clone(), session.manifest.clone());
        let mut record = VersionRecord::new(session.skill, name, brief, manifest, readme);
        record.files.clone_from(&checked.files);
        record.scan = scan;
        record.derived_version = DERIVED_VERSION;
        record
    }
}

/// The readme in the archive, as far as a readme may be long; `""` where there is none.
fn readme_inside(package: &Package) -> String {
    let Some(file) = package.readme() else {
        return String::new();
    };
    let text = String::from_utf8_lossy(&file.contents);
    let mut units = 0;
    let fitting = text.chars().take_while(|letter| {
        units += letter.len_utf16();
        units <= MAX_README
    });
    fitting.collect()
}
