//! How core and a metadata backend meet.
//!
//! A write is data: core computes a whole new state on a snapshot and hands the store one
//! [`Command`]; the store compares what the command expects with what it holds and writes all of
//! it, or nothing. A backend guards uniqueness, revisions, the owner and expiry of an upload, the
//! caps on open uploads and that a referenced blob is still there. Nothing else: who may do what,
//! the order of versions and every rule of language belong to core.
//!
//! A backend implements [`Reads`], [`Search`], [`Writes`] and [`Feed`]; [`MetadataStore`] then comes
//! by itself. The in-memory store (feature `memory`) is the executable specification: where its
//! behaviour and a sentence here differ, one of them is a bug.

mod command;
mod error;
mod feed;
mod find;
mod outcome;
mod records;
mod versions;

use std::fmt::Debug;

use async_trait::async_trait;

pub use command::{
    CloseUpload, Command, CountBatch, DownloadCount, ExpireUploads, Initialise, KeyUse, Meta,
    OpenUpload, Pin, PinnedBlob, PruneHistory, RefreshUser, SetMember, SetStar, SetUserStatus,
    SkillCommit, Staged,
};
pub use error::{Certainty, StoreError, StoreErrorKind};
pub use feed::{Change, ChangeKey, Changes, ChangesSince, Feed, Position};
pub use find::{
    Filters, Find, Found, Hit, Search, SearchEntry, Sort, Term, Terms, popularity_class,
};
pub use outcome::{Effect, Outcome};
pub use records::{
    Actor, AuditEvent, BlobKind, BlobRef, ExternalId, Grants, Head, Judged, Key, KnownFinding,
    Member, Membership, Organization, RegistryRecord, Release, ScanHistory, Skill, Stars, Upload,
    User, UserRef, VersionBrief, VersionRecord,
};
pub use versions::{ListedVersion, ScanPlace, VersionFilter, VersionList, VersionPart};

use crate::auth::KeyHash;
use crate::model::{
    Day, KeyId, OrgId, OrgSlug, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId,
    VersionKey,
};

/// What core reads. Every answer is one point in time, and a read sees each command that was
/// acknowledged, by any process, before the read began.
#[async_trait]
pub trait Reads: Debug + Send + Sync + 'static {
    /// The registry's own row, or nothing before [`Command::Initialise`].
    async fn registry(&self) -> Result<Option<RegistryRecord>, StoreError>;

    /// A skill with its head and the brief of every version, in order of publication, all from
    /// one point in time.
    async fn skill(&self, name: &SkillName) -> Result<Option<Skill>, StoreError>;

    /// One version, by its skill and its number without build metadata.
    async fn version(
        &self,
        skill: SkillId,
        key: &VersionKey,
    ) -> Result<Option<VersionRecord>, StoreError>;

    /// One version, by its id.
    async fn version_by_id(&self, id: VersionId) -> Result<Option<VersionRecord>, StoreError>;

    /// A part of a version's scans, the newest first, its current one included: those after
    /// `offset`, at most `limit`. Nothing without such a version.
    async fn scans(
        &self,
        version: VersionId,
        offset: u64,
        limit: u32,
    ) -> Result<ScanHistory, StoreError>;

    /// A part of the versions of all skills that fit a filter.
    async fn versions(
        &self,
        filter: &VersionFilter,
        part: VersionPart,
    ) -> Result<VersionList, StoreError>;

    /// An upload session that has not been closed; an expired one may still be answered.
    async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError>;

    /// Bytes in staging of all of a user's upload sessions that are open at `now`, without those
    /// of `except`.
    async fn staged_bytes(
        &self,
        owner: UserId,
        except: UploadId,
        now: Timestamp,
    ) -> Result<u64, StoreError>;

    /// The key with this hash and its owner, whatever their state.
    async fn principal(&self, hash: &KeyHash) -> Result<Option<(Key, User)>, StoreError>;

    /// One key, by its id.
    async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError>;

    /// All keys of a user, the oldest first, revoked and expired ones included.
    async fn keys(&self, user: UserId) -> Result<Vec<Key>, StoreError>;

    /// One user.
    async fn user(&self, user: &UserRef) -> Result<Option<User>, StoreError>;

    /// An organization that this store holds, with its members in order of joining.
    async fn organization(&self, slug: &OrgSlug) -> Result<Option<Organization>, StoreError>;

    /// As [`organization`](Self::organization), by its id.
    async fn organization_by_id(&self, id: &OrgId) -> Result<Option<Organization>, StoreError>;

    /// The organizations that a user is a member of, in order of their slugs.
    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError>;

    /// Users whose address is `email`, the case of ASCII letters aside, in order of their ids; at
    /// most `limit`.
    async fn users_by_email(&self, email: &str, limit: u32) -> Result<Vec<User>, StoreError>;

    /// Downloads of a skill from the day `since` on.
    async fn downloads(&self, skill: SkillId, since: Day) -> Result<u64, StoreError>;

    /// A skill's stars, and whether one of them is `user`'s.
    async fn stars(&self, skill: SkillId, user: Option<UserId>) -> Result<Stars, StoreError>;

    /// Skills of which something was derived by an older rule than `current`, in order of their
    /// names, those after `after`: their head, or, where they have a latest version, their search
    /// entry, which may also be missing. At most `limit`; fewer only when there are no more.
    async fn derived_before(
        &self,
        current: DerivedVersions,
        after: Option<&SkillName>,
        limit: u32,
    ) -> Result<Vec<SkillName>, StoreError>;
}

/// The numbers of the rules by which core derives what a store keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerivedVersions {
    /// Of [`Head::derived_version`].
    pub access: u32,
    /// Of [`SearchEntry::derived_version`].
    pub search: u32,
}

/// What core writes.
#[async_trait]
pub trait Writes: Debug + Send + Sync + 'static {
    /// Applies one command, whole or not at all.
    ///
    /// An answer other than [`Outcome::Applied`] has changed nothing. Once `Applied` is answered
    /// the change is durable and every later read sees it. A command whose id the store already
    /// holds is not applied again: the answer is [`Outcome::Repeat`] with the effect of the first
    /// time, even while the first is still being written. The audit event of `meta` and the rows
    /// of the change feed are written in the same step. Dropping the returned future does not
    /// undo a command that is on its way.
    async fn apply(&self, meta: Meta, command: Command) -> Result<Outcome, StoreError>;
}

/// Everything core needs of a metadata store.
pub trait MetadataStore: Reads + Search + Writes + Feed {}

impl<T: Reads + Search + Writes + Feed + ?Sized> MetadataStore for T {}
