//! The commands: every change of a registry, as data.

use super::{
    Actor, AuditEvent, BlobRef, ChangeKey, Head, Judged, Key, Organization, Release, SearchEntry,
    Upload, User, VersionRecord,
};
use crate::blob::Digest;
use crate::model::{
    CommandId, Day, KeyId, OrgRole, OrgSlug, Revision, Role, SkillId, SkillName, Timestamp,
    UploadId, UserId, UserStatus, VersionKey, VersionState,
};

/// What comes with every command.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Meta {
    /// Made by core, unique in the store. The store keeps it with the effect for at least a day.
    pub id: CommandId,
    /// Now, as core's clock says; the store compares expiries with this and never asks a clock.
    pub at: Timestamp,
    /// Who acts.
    pub actor: Actor,
    /// What to write into the audit log in the same step.
    pub audit: Option<AuditEvent>,
}

impl Meta {
    /// All of it is required.
    pub fn new(id: CommandId, at: Timestamp, actor: Actor, audit: Option<AuditEvent>) -> Self {
        Self {
            id,
            at,
            actor,
            audit,
        }
    }
}

/// A change. Exhaustive on purpose: a backend that misses one does not compile.
///
/// Every variant says which outcomes it may have besides [`Outcome::Applied`] and
/// [`Outcome::Repeat`]. A store looks for them in the order in which they are listed and answers the
/// first that applies, before it changes anything. Only an applied command leaves its id behind:
/// one that was refused is judged anew when it comes again. The effect holds a revision for users,
/// organizations and skills; for other rows it holds none.
///
/// [`Outcome::Applied`]: super::Outcome::Applied
/// [`Outcome::Repeat`]: super::Outcome::Repeat
#[derive(Debug, Clone)]
pub enum Command {
    /// Makes an empty store a registry. `Exists` when it is one already, whoever made it, or when
    /// the user or the key is taken.
    Initialise(Box<Initialise>),
    /// Any change of one skill. `Stale` when the skill's revision is not `expect` or its id not
    /// `skill`, when `expect` is `None` and the name is taken, or `Some` and there is no such skill.
    /// `UploadClosed` when `close_upload` names no open session of that owner. `BlobGone` when a
    /// blob of `add` is not in the ledger with that generation and size. `Exists` when the version
    /// exists already, or its id is taken by a version or by an upload session that this commit
    /// does not close, or the id of a new skill by another one. `Missing` when `states`, `scans` or
    /// `releases` names a version that the skill does not have yet; the one in `add` cannot be named
    /// there. Each of them changes the record of the version: its state by
    /// [`VersionBrief::set_state`](super::VersionBrief::set_state), then its scan, of which the
    /// brief shows what [`Judged::show_in`] says, then its release. Whatever scan a version had, in
    /// `add` or later, stays in its history; one commit may give a version one scan.
    Skill(Box<SkillCommit>),
    /// Opens an upload session, closing the same owner's session for the same name and version
    /// (build metadata aside), which the effect names. `LimitReached` when the owner has `max_open`
    /// other sessions that have not expired; the earlier session is then kept. `Exists` when the id
    /// is taken by a session or a version.
    OpenUpload(Box<OpenUpload>),
    /// Notes how many bytes lie in staging. `UploadClosed` when there is no such session or it has
    /// expired; `LimitReached` when the owner's open sessions together would exceed `max_total`.
    Staged(Staged),
    /// Adds a user. `Exists` when the id, the handle or the external identity is taken.
    CreateUser(Box<User>),
    /// Renews what an outside system says of a user. `Missing` without such a user, `Stale` on
    /// another revision.
    RefreshUser(RefreshUser),
    /// Suspends or restores a user. `Missing` without such a user.
    SetUserStatus(SetUserStatus),
    /// Adds an organization with its first members. `Exists` when the id or the slug is taken,
    /// `Missing` when a member is no user.
    CreateOrg(Box<Organization>),
    /// Adds, changes or removes a member. `Missing` when there is no such organization, `Stale` on
    /// another revision of it, `Missing` again when there is no such user, or a member to remove is
    /// none.
    SetMember(SetMember),
    /// Adds a key. `Exists` when the id or the hash is taken, `Missing` without its user.
    CreateKey(Box<Key>),
    /// Revokes a key at the command's time; one that is revoked already keeps its first time and
    /// the answer is `Applied`, without a row in the feed. `Missing` without such a key.
    RevokeKey(KeyId),
    /// Pins blobs for an upload until a time, so that none of them is collected before the commit
    /// that refers to them. The effect lists the blobs in the order asked, each with the
    /// generation that holds now: the open one of its digest, or a new one. A blob pinned again for
    /// the same upload keeps the later time. `UploadClosed` when
    /// there is no such session or it has expired.
    Pin(Pin),
    /// Sets a user's star on a skill, or takes it away. `Missing` without such a skill or user,
    /// `Exists` when the star is there already, or is not, just as asked. The feed tells nothing:
    /// a star is no right.
    Star(SetStar),
    /// Adds counters. What no longer exists is passed over.
    Count(CountBatch),
    /// Forgets upload sessions that expired before a time, with their pins.
    ExpireUploads(ExpireUploads),
    /// Forgets commands older than a time, and the feed's oldest changes up to the first one that
    /// is younger, never one between two that stay. Readers of the feed that are further back are
    /// then told [`ChangesSince::Lost`](super::ChangesSince::Lost). Audit events stay. The effect
    /// counts commands.
    PruneHistory(PruneHistory),
}

impl Command {
    /// What the feed will tell of first when this is applied; core drops it from memory at once.
    pub(crate) fn touches(&self) -> Option<ChangeKey> {
        match self {
            Self::Skill(commit) => Some(ChangeKey::Skill(commit.name.clone())),
            Self::CreateUser(user) => Some(ChangeKey::User(user.id)),
            Self::RefreshUser(refresh) => Some(ChangeKey::User(refresh.user)),
            Self::SetUserStatus(set) => Some(ChangeKey::User(set.user)),
            Self::CreateOrg(org) => Some(ChangeKey::Organization(org.slug.clone())),
            Self::SetMember(set) => Some(ChangeKey::Organization(set.org.clone())),
            Self::CreateKey(key) => Some(ChangeKey::Key(key.id)),
            Self::RevokeKey(key) => Some(ChangeKey::Key(*key)),
            Self::Initialise(_)
            | Self::OpenUpload(_)
            | Self::Staged(_)
            | Self::Pin(_)
            | Self::Star(_)
            | Self::Count(_)
            | Self::ExpireUploads(_)
            | Self::PruneHistory(_) => None,
        }
    }
}

/// See [`Command::Initialise`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Initialise {
    /// Names this life of the store in feed positions.
    pub incarnation: uuid::Uuid,
    /// Signs links; 32 random bytes.
    pub signing_secret: crate::blob::SigningSecret,
    /// The first administrator.
    pub user: User,
    /// Their key.
    pub key: Key,
}

impl Initialise {
    /// All of it is required.
    pub fn new(
        incarnation: uuid::Uuid,
        signing_secret: crate::blob::SigningSecret,
        user: User,
        key: Key,
    ) -> Self {
        Self {
            incarnation,
            signing_secret,
            user,
            key,
        }
    }
}

/// See [`Command::Skill`]: publishing, visibility, grants, scans, moderation, all in this one form.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SkillCommit {
    /// The skill's name.
    pub name: SkillName,
    /// Its id; when the skill is created, the id it gets.
    pub skill: SkillId,
    /// The revision the new head was computed from; `None` creates the skill.
    pub expect: Option<Revision>,
    /// The whole new head.
    pub head: Head,
    /// A version to add.
    pub add: Option<Box<VersionRecord>>,
    /// Versions that change their state.
    pub states: Vec<(VersionKey, VersionState)>,
    /// Versions that were scanned again, with what is concluded from it.
    pub scans: Vec<(VersionKey, Judged)>,
    /// Versions that a person let go live.
    pub releases: Vec<(VersionKey, Release)>,
    /// What a search knows of the skill from now on; `None` leaves it as it is. Readers, and
    /// whether the skill is listed, come from `head` in either case.
    pub search: Option<Box<SearchEntry>>,
    /// The upload session that this commit closes, releasing its pins.
    pub close_upload: Option<CloseUpload>,
}

impl SkillCommit {
    /// A commit that sets the head and nothing else; the other fields are public.
    pub fn new(name: SkillName, skill: SkillId, expect: Option<Revision>, head: Head) -> Self {
        Self {
            name,
            skill,
            expect,
            head,
            add: None,
            states: Vec::new(),
            scans: Vec::new(),
            releases: Vec::new(),
            search: None,
            close_upload: None,
        }
    }
}

/// The session a commit closes, and who must own it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CloseUpload {
    /// The session.
    pub upload: UploadId,
    /// Its owner.
    pub owner: UserId,
}

impl CloseUpload {
    /// All of it is required.
    pub fn new(upload: UploadId, owner: UserId) -> Self {
        Self { upload, owner }
    }
}

/// See [`Command::OpenUpload`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OpenUpload {
    /// The session.
    pub upload: Upload,
    /// How many other sessions the owner may have open.
    pub max_open: u32,
}

impl OpenUpload {
    /// All of it is required.
    pub fn new(upload: Upload, max_open: u32) -> Self {
        Self { upload, max_open }
    }
}

/// See [`Command::Staged`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Staged {
    /// The session.
    pub upload: UploadId,
    /// Bytes now in staging.
    pub size: u64,
    /// Bytes that the owner's open sessions may hold together.
    pub max_total: u64,
}

impl Staged {
    /// All of it is required.
    pub fn new(upload: UploadId, size: u64, max_total: u64) -> Self {
        Self {
            upload,
            size,
            max_total,
        }
    }
}

/// See [`Command::RefreshUser`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshUser {
    /// The user.
    pub user: UserId,
    /// The revision that was seen.
    pub expect: Revision,
    /// The new display name.
    pub display_name: Option<String>,
    /// The new address.
    pub email: String,
    /// The new role.
    pub role: Role,
}

impl RefreshUser {
    /// All of it is required.
    pub fn new(
        user: UserId,
        expect: Revision,
        display_name: Option<String>,
        email: String,
        role: Role,
    ) -> Self {
        Self {
            user,
            expect,
            display_name,
            email,
            role,
        }
    }
}

/// See [`Command::SetUserStatus`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SetUserStatus {
    /// The user.
    pub user: UserId,
    /// The new status.
    pub status: UserStatus,
}

impl SetUserStatus {
    /// All of it is required.
    pub fn new(user: UserId, status: UserStatus) -> Self {
        Self { user, status }
    }
}

/// See [`Command::SetMember`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SetMember {
    /// The organization's slug.
    pub org: OrgSlug,
    /// The organization's revision that was seen: so the last owner stays.
    pub expect: Revision,
    /// The member.
    pub user: UserId,
    /// The new role; `None` removes the member.
    pub role: Option<OrgRole>,
}

impl SetMember {
    /// All of it is required.
    pub fn new(org: OrgSlug, expect: Revision, user: UserId, role: Option<OrgRole>) -> Self {
        Self {
            org,
            expect,
            user,
            role,
        }
    }
}

/// See [`Command::Pin`].
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Pin {
    /// The session that the pins belong to.
    pub upload: UploadId,
    /// When the pins end by themselves.
    pub until: Timestamp,
    /// What to pin.
    pub blobs: Vec<PinnedBlob>,
}

impl Pin {
    /// All of it is required.
    pub fn new(upload: UploadId, until: Timestamp, blobs: Vec<PinnedBlob>) -> Self {
        Self {
            upload,
            until,
            blobs,
        }
    }
}

/// One blob to pin.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PinnedBlob {
    /// SHA-512 of the bytes.
    pub digest: Digest,
    /// How many bytes.
    pub size: u64,
}

impl PinnedBlob {
    /// All of it is required.
    pub fn new(digest: Digest, size: u64) -> Self {
        Self { digest, size }
    }
}

impl From<&BlobRef> for PinnedBlob {
    fn from(blob: &BlobRef) -> Self {
        Self {
            digest: blob.id.digest,
            size: blob.size,
        }
    }
}

/// See [`Command::Star`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct SetStar {
    /// The skill.
    pub skill: SkillId,
    /// Whose star.
    pub user: UserId,
    /// Whether it is to be there.
    pub starred: bool,
}

impl SetStar {
    /// All of it is required.
    pub fn new(skill: SkillId, user: UserId, starred: bool) -> Self {
        Self {
            skill,
            user,
            starred,
        }
    }
}

/// See [`Command::Count`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct CountBatch {
    /// Downloads to add.
    pub downloads: Vec<DownloadCount>,
    /// Keys that were used; a later time replaces an earlier one, never the other way.
    pub keys: Vec<KeyUse>,
}

/// Downloads of one skill on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadCount {
    /// The skill.
    pub skill: SkillId,
    /// The UTC day.
    pub day: Day,
    /// How many more.
    pub count: u64,
}

impl DownloadCount {
    /// All of it is required.
    pub fn new(skill: SkillId, day: Day, count: u64) -> Self {
        Self { skill, day, count }
    }
}

/// When a key was last used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyUse {
    /// The key.
    pub key: KeyId,
    /// The time.
    pub at: Timestamp,
}

impl KeyUse {
    /// All of it is required.
    pub fn new(key: KeyId, at: Timestamp) -> Self {
        Self { key, at }
    }
}

/// See [`Command::ExpireUploads`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ExpireUploads {
    /// Sessions whose expiry is at or before this time.
    pub before: Timestamp,
    /// At most this many, the oldest first.
    pub limit: u32,
}

impl ExpireUploads {
    /// All of it is required.
    pub fn new(before: Timestamp, limit: u32) -> Self {
        Self { before, limit }
    }
}

/// See [`Command::PruneHistory`].
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct PruneHistory {
    /// What is older goes.
    pub before: Timestamp,
    /// At most this many commands.
    pub limit: u32,
}

impl PruneHistory {
    /// All of it is required.
    pub fn new(before: Timestamp, limit: u32) -> Self {
        Self { before, limit }
    }
}
