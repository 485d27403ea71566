//! The handle, and the traits on it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use super::state::{AuditRecord, State};
use super::{commands, find, reads};
use crate::access::Audience;
use crate::auth::KeyHash;
use crate::model::{
    Day, KeyId, OrgId, OrgSlug, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId,
    VersionKey,
};
use crate::store::{
    ChangesSince, Command, DerivedVersions, Feed, Find, Found, Key, Membership, Meta, Organization,
    Outcome, Position, Reads, RegistryRecord, ScanHistory, Search, Skill, Stars, StoreError, Term,
    Upload, User, UserRef, VersionFilter, VersionList, VersionPart, VersionRecord, Writes,
};

/// A metadata store that lives as long as its last handle.
///
/// Every command and every read holds one lock from its first look to its last, and no call is
/// ever suspended: so all of them happen one after the other, and dropping a future drops it
/// before it began or after it was done.
///
/// ```
/// use tank_registry_core::memory::MemoryStore;
/// use tank_registry_core::store::{Feed, Reads};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let store = MemoryStore::new();
/// let handle = store.clone();
/// assert!(handle.registry().await.unwrap().is_none());
/// assert_eq!(handle.position().await.unwrap(), store.position().await.unwrap());
/// # });
/// ```
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    state: Arc<Mutex<State>>,
}

impl MemoryStore {
    /// An empty store, not yet a registry.
    pub fn new() -> Self {
        Self::default()
    }

    /// The audit log, the oldest line first.
    pub fn audit_log(&self) -> Vec<AuditRecord> {
        self.lock().audit.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Commands check before they write and writing cannot panic: a poisoned state is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Writes for MemoryStore {
    async fn apply(&self, meta: Meta, command: Command) -> Result<Outcome, StoreError> {
        Ok(commands::apply(&mut self.lock(), meta, command))
    }
}

#[async_trait]
impl Feed for MemoryStore {
    async fn position(&self) -> Result<Position, StoreError> {
        let state = self.lock();
        Ok(state.position(state.feed.len()))
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: u32,
    ) -> Result<ChangesSince, StoreError> {
        Ok(reads::changes_since(&self.lock(), *position, limit))
    }

    /// Zero: no other process can open it.
    fn settle(&self) -> Duration {
        Duration::ZERO
    }
}

#[async_trait]
impl Reads for MemoryStore {
    async fn registry(&self) -> Result<Option<RegistryRecord>, StoreError> {
        Ok(self.lock().registry.clone())
    }

    async fn skill(&self, name: &SkillName) -> Result<Option<Skill>, StoreError> {
        Ok(reads::skill(&self.lock(), name))
    }

    async fn version(
        &self,
        skill: SkillId,
        key: &VersionKey,
    ) -> Result<Option<VersionRecord>, StoreError> {
        Ok(reads::version(&self.lock(), skill, key))
    }

    async fn version_by_id(&self, id: VersionId) -> Result<Option<VersionRecord>, StoreError> {
        Ok(self.lock().versions.get(&id).cloned())
    }

    async fn scans(
        &self,
        version: VersionId,
        offset: u64,
        limit: u32,
    ) -> Result<ScanHistory, StoreError> {
        Ok(reads::scans(&self.lock(), version, offset, limit))
    }

    async fn versions(
        &self,
        filter: &VersionFilter,
        part: VersionPart,
    ) -> Result<VersionList, StoreError> {
        Ok(reads::versions(&self.lock(), filter, part))
    }

    async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError> {
        Ok(self.lock().uploads.get(&id).cloned())
    }

    async fn staged_bytes(
        &self,
        owner: UserId,
        except: UploadId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(reads::staged_bytes(&self.lock(), owner, except, now))
    }

    async fn principal(&self, hash: &KeyHash) -> Result<Option<(Key, User)>, StoreError> {
        Ok(reads::principal(&self.lock(), hash))
    }

    async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        Ok(self.lock().keys.get(&id).cloned())
    }

    async fn keys(&self, user: UserId) -> Result<Vec<Key>, StoreError> {
        Ok(reads::keys(&self.lock(), user))
    }

    async fn user(&self, user: &UserRef) -> Result<Option<User>, StoreError> {
        Ok(reads::user(&self.lock(), user))
    }

    async fn organization(&self, slug: &OrgSlug) -> Result<Option<Organization>, StoreError> {
        Ok(self.lock().orgs.get(slug).cloned())
    }

    async fn organization_by_id(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        let state = self.lock();
        Ok(state.orgs.values().find(|org| org.id == *id).cloned())
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        Ok(reads::memberships(&self.lock(), user))
    }

    async fn users_by_email(&self, email: &str, limit: u32) -> Result<Vec<User>, StoreError> {
        Ok(reads::users_by_email(&self.lock(), email, limit))
    }

    async fn downloads(&self, skill: SkillId, since: Day) -> Result<u64, StoreError> {
        Ok(reads::downloads(&self.lock(), skill, since))
    }

    async fn stars(&self, skill: SkillId, user: Option<UserId>) -> Result<Stars, StoreError> {
        Ok(reads::stars(&self.lock(), skill, user))
    }

    async fn derived_before(
        &self,
        current: DerivedVersions,
        after: Option<&SkillName>,
        limit: u32,
    ) -> Result<Vec<SkillName>, StoreError> {
        Ok(reads::derived_before(&self.lock(), current, after, limit))
    }
}

#[async_trait]
impl Search for MemoryStore {
    async fn find(&self, find: Find) -> Result<Found, StoreError> {
        Ok(find::find(&self.lock(), &find))
    }

    async fn near(
        &self,
        audience: &Audience,
        term: &Term,
        max_distance: u32,
    ) -> Result<Vec<Term>, StoreError> {
        Ok(find::near(&self.lock(), audience, term, max_distance))
    }
}
