//! Reads of the store that may be answered from memory.
//!
//! They serve readers. Whoever is about to write, or decides whether somebody still may, asks the
//! store itself: what is kept here may be as old as the settle time.

use std::future::Future;
use std::hash::Hash;
use std::sync::Arc;

use super::shelf::Shelf;
use super::{Cache, CachedSkill, KeptRecord};
use crate::auth::KeyHash;
use crate::error::Error;
use crate::model::{Revision, SkillName, UserId, VersionId};
use crate::registry::Registry;
use crate::store::{ExternalId, Key, Membership, Skill, StoreError, User, UserRef, VersionRecord};

impl Registry {
    pub(crate) async fn cached_principal(
        &self,
        hash: &KeyHash,
    ) -> Result<Option<Arc<(Key, Arc<User>)>>, StoreError> {
        let load = async {
            let found = self.inner.store.principal(hash).await?;
            Ok::<_, StoreError>(found.map(|(key, user)| (key, Arc::new(user))))
        };
        self.through(&self.cache().principals, hash, load).await
    }

    pub(crate) async fn cached_user(&self, id: UserId) -> Result<Option<Arc<User>>, StoreError> {
        let load = async { self.inner.store.user(&UserRef::Id(id)).await };
        self.through(&self.cache().users, &id, load).await
    }

    /// The user that an identity of a host's stands for.
    pub(crate) async fn cached_external(
        &self,
        id: &ExternalId,
    ) -> Result<Option<Arc<User>>, StoreError> {
        let load = async { self.inner.store.user(&UserRef::External(id.clone())).await };
        self.through(&self.cache().externals, id, load).await
    }

    /// Memberships from the registry's own directory; a host's is asked every time.
    pub(crate) async fn cached_memberships(
        &self,
        user: &User,
    ) -> Result<Arc<Vec<Membership>>, Error> {
        let load = async { self.inner.directory.memberships(user).await.map(Some) };
        let found = if self.inner.directory_is_ours {
            self.through(&self.cache().memberships, &user.id, load)
                .await?
        } else {
            load.await?.map(Arc::new)
        };
        Ok(found.unwrap_or_default())
    }

    pub(crate) async fn cached_skill(
        &self,
        name: &SkillName,
    ) -> Result<Option<Arc<CachedSkill>>, StoreError> {
        let load = async {
            Ok::<_, StoreError>(self.inner.store.skill(name).await?.map(CachedSkill::new))
        };
        self.through(&self.cache().skills, name, load).await
    }

    /// A version of a skill, as it was at the skill's revision or after it.
    pub(crate) async fn cached_version(
        &self,
        skill: &Skill,
        id: VersionId,
    ) -> Result<Option<Arc<VersionRecord>>, StoreError> {
        let key: (VersionId, Revision) = (id, skill.revision);
        if let Some(kept) = self.cache().versions.get(&key) {
            return Ok(Some(kept.record));
        }
        let Some(record) = self.inner.store.version_by_id(id).await? else {
            return Ok(None);
        };
        let record = Arc::new(record);
        let kept = KeptRecord::new(Arc::clone(&record));
        self.cache().versions.insert(key, kept);
        Ok(Some(record))
    }

    async fn through<K: Eq + Hash + Clone, V, E: From<StoreError>>(
        &self,
        kept: &Shelf<K, V>,
        key: &K,
        load: impl Future<Output = Result<Option<V>, E>>,
    ) -> Result<Option<Arc<V>>, E> {
        self.cache().freshen(&*self.inner.store).await?;
        if let Some(value) = kept.get(key) {
            return Ok(Some(value));
        }
        let ticket = kept.begin(key);
        let Some(value) = load.await? else {
            return Ok(None);
        };
        let value = Arc::new(value);
        kept.put(&ticket, key.clone(), Arc::clone(&value));
        Ok(Some(value))
    }

    pub(crate) fn cache(&self) -> &Cache {
        &self.inner.cache
    }
}
