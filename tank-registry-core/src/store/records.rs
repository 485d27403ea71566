//! What a store keeps. All of it can be written as JSON, so that a backend may store a record
//! whole and give columns only to what it guards or looks up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{Scopes, Token};
use crate::auth::KeyHash;
use crate::blob::{BlobId, SigningSecret};
use crate::model::{
    Handle, Integrity, KeyId, Manifest, OrgId, OrgRole, OrgSlug, Revision, Role, SkillId,
    SkillName, SkillStatus, Timestamp, UploadId, UserId, UserStatus, Version, VersionId,
    VersionState, Visibility,
};
use crate::package::FileRow;
use crate::scan::{AuditStatus, ScanRecord, Verdict};

/// The registry itself.
#[derive(Debug, Clone)]
pub struct RegistryRecord {
    /// Which life of the store this is.
    pub incarnation: Uuid,
    /// Signs links; shared by all nodes.
    pub signing_secret: SigningSecret,
    /// When it was made.
    pub initialised_at: Timestamp,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Whoever runs the process: the command line, the first start.
    Operator,
    /// The registry by itself: maintenance, counters.
    System,
    /// A user.
    User(UserId),
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// What was done, such as `skill.publish`.
    pub action: String,
    /// To what: a name or an id.
    pub target: String,
    /// Details; never a secret.
    pub metadata: serde_json::Value,
}

impl AuditEvent {
    /// An event.
    pub fn new(
        action: impl Into<String>,
        target: impl Into<String>,
        metadata: serde_json::Value,
    ) -> Self {
        Self {
            action: action.into(),
            target: target.into(),
            metadata,
        }
    }
}

/// A person, or an account that acts like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// What commands call the user; unique, never changes.
    pub handle: Handle,
    /// What others see; the handle where there is none.
    pub display_name: Option<String>,
    /// The address; empty when none is known.
    pub email: String,
    /// Administrator or not.
    pub role: Role,
    /// Whether they may act.
    pub status: UserStatus,
    /// Who they are for the system that vouches for them.
    pub external: Option<ExternalId>,
    /// Moves with every change.
    pub revision: Revision,
    /// When the row was made.
    pub created_at: Timestamp,
}

impl User {
    /// The name on the wire.
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.handle.as_str())
    }
}

/// An identity that another system vouches for; unique as a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalId {
    /// The system.
    pub issuer: String,
    /// The person, as that system names them for ever.
    pub subject: String,
}

/// How to look a user up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By handle.
    Handle(Handle),
    /// By external identity.
    External(ExternalId),
}

/// An organization that the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The id, as access tokens name it.
    pub id: OrgId,
    /// Unique; the scope of its skills' names.
    pub slug: OrgSlug,
    /// What people call it.
    pub name: String,
    /// Moves with every change, of its members too.
    pub revision: Revision,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its members, in order of joining.
    pub members: Vec<Member>,
}

/// A member of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrgRole,
}

/// An organization, seen from one of its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The organization.
    pub org: OrgId,
    /// Its slug.
    pub slug: OrgSlug,
    /// As what.
    pub role: OrgRole,
}

/// An API key. The key itself is nowhere stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What revocation names.
    pub id: KeyId,
    /// The owner.
    pub user: UserId,
    /// What the owner calls it.
    pub name: String,
    /// SHA-256 of the whole key.
    pub hash: KeyHash,
    /// Enough of the key to tell it from others.
    pub start: String,
    /// What it lets its bearer do.
    pub scopes: Scopes,
    /// Requests a day; `None` is unlimited.
    pub per_day: Option<std::num::NonZeroU32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, give or take the interval at which counters are written.
    pub last_used: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// A skill at one point in time.
#[derive(Debug, Clone)]
pub struct Skill {
    /// The id.
    pub id: SkillId,
    /// The name, as it will stay.
    pub name: SkillName,
    /// Moves with every [`SkillCommit`](super::SkillCommit).
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
    /// When anything last changed.
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
            archive_size: 0,
            file_count: 0,
            audit_status: AuditStatus::Scanning,
            verdict: None,
            audit_score: None,
        }
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
    /// Its scan, once there was one.
    pub scan: Option<ScanRecord>,
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
            derived_version: 0,
        }
    }

    /// The blob of one kind.
    pub fn blob(&self, kind: BlobKind) -> Option<&BlobRef> {
        self.blobs.iter().find(|blob| blob.kind == kind)
    }
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

/// An upload session: a publish that has begun. Nothing a reader sees knows of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Upload {
    /// The id of the session and of the version it becomes.
    pub id: UploadId,
    /// Who may confirm it.
    pub owner: UserId,
    /// The skill's name.
    pub name: SkillName,
    /// The skill's id, a proposal where there is no skill of that name yet.
    pub skill: SkillId,
    /// The number to publish.
    pub version: Version,
    /// The manifest as declared.
    pub manifest: Manifest,
    /// The readme, where one was declared.
    pub readme: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it closes by itself.
    pub expires_at: Timestamp,
    /// Bytes in staging, once there are any.
    pub staged: Option<u64>,
}

impl Upload {
    /// A session with nothing in staging.
    pub fn new(
        id: UploadId,
        owner: UserId,
        skill: SkillId,
        manifest: Manifest,
        readme: Option<String>,
        opened: (Timestamp, Timestamp),
    ) -> Self {
        Self {
            id,
            owner,
            name: manifest.name().clone(),
            skill,
            version: manifest.version().clone(),
            manifest,
            readme,
            created_at: opened.0,
            expires_at: opened.1,
            staged: None,
        }
    }

    /// Whether it may still be used at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
