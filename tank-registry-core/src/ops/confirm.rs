//! The end of a publish: the bytes are read once, checked, stored under their digest, and the
//! version appears in one atomic step.

use std::sync::Arc;

use bytes::Bytes;

use crate::access::{Principal, Scope, Viewer, derive_access};
use crate::blob::{self, BlobErrorKind, BlobId, BlobKey, Digest};
use crate::error::Error;
use crate::model::{
    Integrity, Manifest, NameRule, OrgId, SkillName, UploadId, Version, VersionState, Visibility,
};
use crate::package::{self, DerivedZip, Package, Refusal, Rule};
use crate::registry::Registry;
use crate::scan::{ScanContext, ScanRecord, Verdict};
use crate::store::{
    AuditEvent, BlobKind, BlobRef, CloseUpload, Command, Head, Outcome, Pin, PinnedBlob, Skill,
    SkillCommit, Upload, VersionBrief, VersionRecord,
};
use crate::workers::compute;

use super::publish::check_readme;

/// Which rule derives the zip and the file index of a version; raise it with the rule.
const DERIVED_VERSION: u32 = 1;

/// How often a commit is tried again after another one of the same skill came first.
const ATTEMPTS: u32 = 64;

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

impl From<&VersionBrief> for Confirmed {
    fn from(brief: &VersionBrief) -> Self {
        unreachable!("{brief:?}")
    }
}

/// What was found in the staged bytes, and made of them.
struct Checked {
    archive: Bytes,
    integrity: Integrity,
    package: Arc<Package>,
    zip: DerivedZip,
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
            return Err(Error::InvalidBody { field: "integrity", reason });
        };
        check_readme(request.readme.as_deref())?;
        let now = self.inner.clock.now();
        let session = self.inner.store.upload(request.upload).await?;
        let session = session
            .filter(|session| session.owner == principal.user.id && session.is_open(now));
        let Some(session) = session else {
            return self.confirmed_before(principal, request.upload, &integrity).await;
        };
        if session.staged.is_none() {
            return Err(Error::NotUploaded);
        }
        match self.publish_session(principal, session, &integrity, request.readme).await {
            // Its twin may just have committed and cleaned up.
            Err(refusal @ (Error::NotUploaded | Error::UploadNotFound)) => {
                match self.confirmed_before(principal, request.upload, &integrity).await {
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
                    Ok(confirmed(&record))
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
        let (archive, _memory) = self.staged_bytes(session.id).await?;
        let checked = self.check_archive(&session, archive, integrity).await?;
        let scan = self.scan(&session.manifest, &checked.package).await;
        let record = self.record(principal, &session, readme, &checked, scan);
        let refusal = match self.commit(principal, &session, record, &checked).await {
            Ok(confirmed) => {
                // Nobody needs these bytes any more. If they cannot be deleted the sweep does it.
                let staged = BlobKey::Staged(session.id);
                if let Err(error) = self.inner.blobs.delete(&staged).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(error, "staged bytes left behind");
                }
                return Ok(confirmed);
            }
            Err(refusal) => refusal,
        };
        Err(refusal)
    }
}
