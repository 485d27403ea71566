//! What core reads. Every read runs in one transaction, so its answer is one point in time.

mod account;
mod scans;
mod skill;

use async_trait::async_trait;
use tank_registry_core::auth::KeyHash;
use tank_registry_core::model::{
    Day, KeyId, OrgId, OrgSlug, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId,
    VersionKey,
};
use tank_registry_core::store::{
    DerivedVersions, Key, Membership, Organization, Reads, RegistryRecord, ScanHistory, Skill,
    Stars, StoreError, Upload, User, UserRef, VersionFilter, VersionList, VersionPart,
    VersionRecord,
};

#[cfg(test)]
pub(crate) use scans::{COUNT_VERSIONS, SELECT_VERSIONS};
pub(crate) use skill::downloads;

use crate::store::SqliteStore;

#[async_trait]
impl Reads for SqliteStore {
    async fn registry(&self) -> Result<Option<RegistryRecord>, StoreError> {
        self.read(account::registry).await
    }

    async fn skill(&self, name: &SkillName) -> Result<Option<Skill>, StoreError> {
        let name = name.clone();
        self.read(move |connection| skill::skill(connection, &name))
            .await
    }

    async fn version(
        &self,
        skill: SkillId,
        key: &VersionKey,
    ) -> Result<Option<VersionRecord>, StoreError> {
        let key = key.clone();
        self.read(move |connection| skill::version(connection, skill, &key))
            .await
    }

    async fn version_by_id(&self, id: VersionId) -> Result<Option<VersionRecord>, StoreError> {
        self.read(move |connection| skill::version_by_id(connection, id))
            .await
    }

    async fn scans(
        &self,
        version: VersionId,
        offset: u64,
        limit: u32,
    ) -> Result<ScanHistory, StoreError> {
        self.read(move |connection| scans::scans(connection, version, offset, limit))
            .await
    }

    async fn versions(
        &self,
        filter: &VersionFilter,
        part: VersionPart,
    ) -> Result<VersionList, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| scans::versions(connection, &filter, part))
            .await
    }

    async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError> {
        self.read(move |connection| skill::upload(connection, id))
            .await
    }

    async fn staged_bytes(
        &self,
        owner: UserId,
        except: UploadId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read(move |connection| skill::staged_bytes(connection, owner, except, now))
            .await
    }

    async fn principal(&self, hash: &KeyHash) -> Result<Option<(Key, User)>, StoreError> {
        let hash = *hash;
        self.read(move |connection| account::principal(connection, hash))
            .await
    }

    async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        self.read(move |connection| account::key(connection, id))
            .await
    }

    async fn keys(&self, user: UserId) -> Result<Vec<Key>, StoreError> {
        self.read(move |connection| account::keys(connection, user))
            .await
    }

    async fn user(&self, user: &UserRef) -> Result<Option<User>, StoreError> {
        let user = user.clone();
        self.read(move |connection| account::user(connection, &user))
            .await
    }

    async fn organization(&self, slug: &OrgSlug) -> Result<Option<Organization>, StoreError> {
        let slug = slug.clone();
        self.read(move |connection| account::organization(connection, &slug))
            .await
    }

    async fn organization_by_id(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        let id = id.clone();
        self.read(move |connection| account::organization_by_id(connection, &id))
            .await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.read(move |connection| account::memberships(connection, user))
            .await
    }

    async fn users_by_email(&self, email: &str, limit: u32) -> Result<Vec<User>, StoreError> {
        let email = email.to_owned();
        self.read(move |connection| account::users_by_email(connection, &email, limit))
            .await
    }

    async fn downloads(&self, skill: SkillId, since: Day) -> Result<u64, StoreError> {
        self.read(move |connection| skill::downloads(connection, skill, since))
            .await
    }

    async fn stars(&self, skill: SkillId, user: Option<UserId>) -> Result<Stars, StoreError> {
        self.read(move |connection| skill::stars(connection, skill, user))
            .await
    }

    async fn derived_before(
        &self,
        current: DerivedVersions,
        after: Option<&SkillName>,
        limit: u32,
    ) -> Result<Vec<SkillName>, StoreError> {
        let after = after.cloned();
        self.read(move |connection| {
            skill::derived_before(connection, current, after.as_ref(), limit)
        })
        .await
    }
}
