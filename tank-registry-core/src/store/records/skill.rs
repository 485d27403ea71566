//! Skills and their versions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Release;
use crate::access::Token;
use crate::blob::BlobId;
use crate::model::{
    Integrity, Manifest, OrgId, Revision, SkillId, SkillName, SkillStatus, Timestamp, UserId,
    Version, VersionId, VersionState, Visibility,
};
use crate::package::FileRow;
use crate::scan::{AuditStatus, ScanRecord, Verdict};

/// A skill at one point in time.
#[derive(Debug, Clone)]
pub struct Skill {
    /// The id.
    pub id: SkillId,
    /// The name, as it will stay.
    pub name: SkillName,
    /// Moves with every [`SkillCommit`](crate::store::SkillCommit).
    pub revision: Revision,
    /// When its first version was committed.
    pub created_at: Timestamp,
    /// What the last commit set.
    pub head: Head,
    /// Every version, whatever its state, in order of publication.
    pub versions: Vec<VersionBrief>,
}

/// What core knows of a skill as a whole, computed anew by every commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Head {
    /// Who first published it.
    pub publisher: UserId,
    /// The organization in its name.
    pub org: Option<OrgId>,
    /// Public or private.
    pub visibility: Visibility,
    /// Active, deprecated, quarantined or removed.
    pub status: SkillStatus,
    /// Whether a version was ever live.
    pub ever_live: bool,
    /// The highest live release, else the highest live pre-release.
    pub latest: Option<VersionId>,
    /// Who else may read it while it is private.
    pub grants: Grants,
    /// Who may read it: derived from all of the above.
    pub readers: Vec<Token>,
    /// Whether a search may show it: derived.
    pub listed: bool,
    /// When a version of it last went live. Whom it is shown to does not move it.
    pub updated_at: Timestamp,
    /// Which rule derived `readers` and `listed`.
    pub derived_version: u32,
}

impl Head {
    /// A head whose derived fields are still empty.
    pub fn new(
        publisher: UserId,
        org: Option<OrgId>,
        visibility: Visibility,
        at: Timestamp,
    ) -> Self {
        Self {
            publisher,
            org,
            visibility,
            status: SkillStatus::Active,
            ever_live: false,
            latest: None,
            grants: Grants::default(),
            readers: Vec::new(),
            listed: false,
            updated_at: at,
            derived_version: 0,
        }
    }
}

/// Users and organizations that may read a private skill.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Users.
    pub users: BTreeSet<UserId>,
    /// Organizations, that is all their members.
    pub orgs: BTreeSet<OrgId>,
}

impl Grants {
    /// At most so many, users and organizations together.
    pub const MAX: usize = 1000;

    /// How many there are.
    pub fn len(&self) -> usize {
        self.users.len() + self.orgs.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.orgs.is_empty()
    }
}

/// What lists show of a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionBrief {
    /// The id.
    pub id: VersionId,
    /// The number, build metadata included.
    pub version: Version,
    /// Live, held, yanked or removed.
    pub state: VersionState,
    /// Who confirmed it.
    pub published_by: UserId,
    /// When it was committed.
    pub published_at: Timestamp,
    /// SHA-512 of the archive.
    pub integrity: Integrity,
    /// Where the archive's bytes are; `None` until they are stored, which is before the commit.
    pub archive: Option<BlobId>,
    /// Bytes of the archive.
    pub archive_size: u64,
    /// Regular files in it.
    pub file_count: u32,
    /// What was made of its scan.
    pub audit_status: AuditStatus,
    /// The scan's verdict.
    pub verdict: Option<Verdict>,
    /// The audit score, 0 to 10.
    pub audit_score: Option<u8>,
    /// When its current scan was made; `None` while there is none.
    #[serde(default)]
    pub scanned_at: Option<Timestamp>,
    /// The rules that its current scan applied; `None` without a report.
    #[serde(default)]
    pub rules_version: Option<String>,
    /// Whether it is held for no other reason than that no scan came to its end: one that does, and
    /// finds nothing to hold it for, lets it go live. Every other hold waits for a person.
    #[serde(default)]
    pub awaits_scan: bool,
}

impl VersionBrief {
    /// A live version that was not scanned; the other fields are public.
    pub fn new(
        id: VersionId,
        version: Version,
        published_by: UserId,
        published_at: Timestamp,
        integrity: Integrity,
    ) -> Self {
        Self {
            id,
            version,
            state: VersionState::Live,
            published_by,
            published_at,
            integrity,
            archive: None,
            archive_size: 0,
            file_count: 0,
            audit_status: AuditStatus::Scanning,
            verdict: None,
            audit_score: None,
            scanned_at: None,
            rules_version: None,
            awaits_scan: false,
        }
    }

    /// Sets the state; whatever it was before, it no longer awaits a scan. Stores call this, so that
    /// there is one place for it.
    pub fn set_state(&mut self, state: VersionState) {
        self.state = state;
        self.awaits_scan = false;
    }
}

/// Everything known of a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionRecord {
    /// Its skill.
    pub skill: SkillId,
    /// Its skill's name.
    pub name: SkillName,
    /// What lists show.
    pub brief: VersionBrief,
    /// The manifest as declared.
    pub manifest: Manifest,
    /// The readme, may be empty.
    pub readme: String,
    /// Its files, in archive order.
    pub files: Vec<FileRow>,
    /// Its bytes: the archive, and what was derived from it.
    pub blobs: Vec<BlobRef>,
    /// Its current scan, once there was one; a store keeps the earlier ones beside it.
    pub scan: Option<ScanRecord>,
    /// That a person let it go live after it was held.
    #[serde(default)]
    pub release: Option<Release>,
    /// Which rule derived the zip and the file index.
    pub derived_version: u32,
}

impl VersionRecord {
    /// A version without files, blobs and scan; those fields are public.
    pub fn new(
        skill: SkillId,
        name: SkillName,
        brief: VersionBrief,
        manifest: Manifest,
        readme: String,
    ) -> Self {
        Self {
            skill,
            name,
            brief,
            manifest,
            readme,
            files: Vec::new(),
            blobs: Vec::new(),
            scan: None,
            release: None,
            derived_version: 0,
        }
    }

    /// The blob of one kind.
    pub fn blob(&self, kind: BlobKind) -> Option<&BlobRef> {
        self.blobs.iter().find(|blob| blob.kind == kind)
    }
}

/// Stars of a skill.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stars {
    /// How many there are.
    pub count: u64,
    /// Whether the user who was asked for has starred it.
    pub starred: bool,
}

/// A blob that a version refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobRef {
    /// What it is to the version.
    pub kind: BlobKind,
    /// Which bytes.
    pub id: BlobId,
    /// How many.
    pub size: u64,
}

/// What a blob is to its version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BlobKind {
    /// The archive, exactly as uploaded.
    Archive,
    /// The canonical zip of its regular files.
    Zip,
}
