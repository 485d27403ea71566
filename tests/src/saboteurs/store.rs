//! A metadata store with one fault, on top of one without.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tank_registry_core::MetadataStore;
use tank_registry_core::access::Audience;
use tank_registry_core::auth::KeyHash;
use tank_registry_core::model::{
    CommandId, Day, KeyId, OrgId, OrgSlug, SkillId, SkillName, Timestamp, UploadId, UserId,
    VersionId, VersionKey,
};
use tank_registry_core::store::{
    Change, ChangesSince, Command, DerivedVersions, Feed, Find, Found, Key, Membership, Meta,
    Organization, Outcome, Position, Reads, RegistryRecord, ScanHistory, Search, Skill, Sort,
    Stars, StoreError, Term, Upload, User, UserRef, VersionFilter, VersionList, VersionPart,
    VersionRecord, Writes,
};
use uuid::Uuid;

/// What a [`SabotagedStore`] does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreFault {
    /// Applies a command of the same id again.
    ForgetsIds,
    /// Closes the earlier session before it counts the others.
    ClosesBeforeItCounts,
    /// Opens as many sessions as are asked for.
    IgnoresTheCap,
    /// Takes whatever revision a commit expects for the one that holds.
    LastCommitWins,
    /// Lets anybody close a session.
    AsksForNoOwner,
    /// Reads a skill's head and its versions one after the other.
    ReadsASkillInTwoSteps,
    /// Says that nothing follows a part of the feed.
    EndsTheFeedEarly,
    /// Passes over a change here and there, as one that was committed late with an early number.
    LosesChanges,
    /// Searches for anybody as for an administrator.
    FindsForAnybody,
    /// Tells the length of a part for that of the list.
    CountsThePart,
    /// Arranges all that matches, and ends the list only then.
    SortsBeyondTheBound,
    /// Keeps the first entry of a skill.
    KeepsTheFirstEntry,
    /// Tells terms that only others may read.
    TellsTermsOfOthers,
    /// Keeps the current scan of a version alone.
    ForgetsOldScans,
    /// Looks for versions of any scan where only some are asked for.
    FindsVersionsOfAnyScan,
    /// Answers what is near and leaves out what is equal.
    ForgetsTheTermItself,
}

/// Forwards everything, but for its fault.
#[derive(Debug)]
pub struct SabotagedStore {
    inner: Arc<dyn MetadataStore>,
    fault: StoreFault,
}

impl SabotagedStore {
    pub fn new(inner: Arc<dyn MetadataStore>, fault: StoreFault) -> Self {
        Self { inner, fault }
    }

    async fn spoil(&self, meta: &mut Meta, command: &mut Command) -> Result<(), StoreError> {
        match (self.fault, command) {
            (StoreFault::ForgetsIds, _) => meta.id = CommandId::new(Uuid::now_v7()),
            (StoreFault::IgnoresTheCap, Command::OpenUpload(open)) => open.max_open = u32::MAX,
            (StoreFault::LastCommitWins, Command::Skill(commit)) => {
                let held = self.inner.skill(&commit.name).await?;
                commit.expect = held.as_ref().map(|skill| skill.revision);
                commit.skill = held.map_or(commit.skill, |skill| skill.id);
            }
            (StoreFault::KeepsTheFirstEntry, Command::Skill(commit)) if commit.expect.is_some() => {
                commit.search = None;
            }
            (StoreFault::AsksForNoOwner, Command::Skill(commit)) => {
                if let Some(close) = &mut commit.close_upload
                    && let Some(session) = self.inner.upload(close.upload).await?
                {
                    close.owner = session.owner;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

#[async_trait]
impl Writes for SabotagedStore {
    async fn apply(&self, mut meta: Meta, mut command: Command) -> Result<Outcome, StoreError> {
        self.spoil(&mut meta, &mut command).await?;
        let outcome = self.inner.apply(meta.clone(), command.clone()).await?;
        if self.fault == StoreFault::ClosesBeforeItCounts
            && outcome == Outcome::LimitReached
            && let Command::OpenUpload(mut open) = command
        {
            // To open the session closes the earlier one; the answer stays a refusal.
            open.max_open = u32::MAX;
            self.inner.apply(meta, Command::OpenUpload(open)).await?;
        }
        Ok(outcome)
    }
}

#[async_trait]
impl Feed for SabotagedStore {
    async fn position(&self) -> Result<Position, StoreError> {
        self.inner.position().await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: u32,
    ) -> Result<ChangesSince, StoreError> {
        let answer = self.inner.changes_since(position, limit).await?;
        let ChangesSince::Changes(mut changes) = answer else {
            return Ok(answer);
        };
        match self.fault {
            StoreFault::EndsTheFeedEarly => changes.more = false,
            StoreFault::LosesChanges => {
                let is_lost = |change: &Change| change.position.sequence.is_multiple_of(10);
                changes.items.retain(|change| !is_lost(change));
            }
            _ => {}
        }
        Ok(ChangesSince::Changes(changes))
    }

    fn settle(&self) -> Duration {
        self.inner.settle()
    }
}

#[async_trait]
impl Reads for SabotagedStore {
    async fn registry(&self) -> Result<Option<RegistryRecord>, StoreError> {
        self.inner.registry().await
    }

    async fn skill(&self, name: &SkillName) -> Result<Option<Skill>, StoreError> {
        let skill = self.inner.skill(name).await?;
        let Some(mut skill) = skill else {
            return Ok(None);
        };
        if self.fault == StoreFault::ReadsASkillInTwoSteps {
            // Long enough for a writer to come in between, if there is one.
            for _ in 0..100 {
                tokio::task::yield_now().await;
                if let Some(later) = self.inner.skill(name).await?
                    && later.revision != skill.revision
                {
                    skill.versions = later.versions;
                    break;
                }
            }
        }
        Ok(Some(skill))
    }

    async fn version(
        &self,
        skill: SkillId,
        key: &VersionKey,
    ) -> Result<Option<VersionRecord>, StoreError> {
        self.inner.version(skill, key).await
    }

    async fn version_by_id(&self, id: VersionId) -> Result<Option<VersionRecord>, StoreError> {
        self.inner.version_by_id(id).await
    }

    async fn scans(
        &self,
        version: VersionId,
        offset: u64,
        limit: u32,
    ) -> Result<ScanHistory, StoreError> {
        let mut history = self.inner.scans(version, offset, limit).await?;
        if self.fault == StoreFault::ForgetsOldScans {
            history.scans.truncate(1);
            history.total = history.total.min(1);
        }
        Ok(history)
    }

    async fn versions(
        &self,
        filter: &VersionFilter,
        part: VersionPart,
    ) -> Result<VersionList, StoreError> {
        let mut filter = filter.clone();
        if self.fault == StoreFault::FindsVersionsOfAnyScan {
            filter.rules_other_than = None;
        }
        self.inner.versions(&filter, part).await
    }

    async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError> {
        self.inner.upload(id).await
    }

    async fn staged_bytes(
        &self,
        owner: UserId,
        except: UploadId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.inner.staged_bytes(owner, except, now).await
    }

    async fn principal(&self, hash: &KeyHash) -> Result<Option<(Key, User)>, StoreError> {
        self.inner.principal(hash).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        self.inner.key(id).await
    }

    async fn keys(&self, user: UserId) -> Result<Vec<Key>, StoreError> {
        self.inner.keys(user).await
    }

    async fn user(&self, user: &UserRef) -> Result<Option<User>, StoreError> {
        self.inner.user(user).await
    }

    async fn organization(&self, slug: &OrgSlug) -> Result<Option<Organization>, StoreError> {
        self.inner.organization(slug).await
    }

    async fn organization_by_id(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        self.inner.organization_by_id(id).await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.inner.memberships(user).await
    }

    async fn users_by_email(&self, email: &str, limit: u32) -> Result<Vec<User>, StoreError> {
        self.inner.users_by_email(email, limit).await
    }

    async fn downloads(&self, skill: SkillId, since: Day) -> Result<u64, StoreError> {
        self.inner.downloads(skill, since).await
    }

    async fn stars(&self, skill: SkillId, user: Option<UserId>) -> Result<Stars, StoreError> {
        self.inner.stars(skill, user).await
    }

    async fn derived_before(
        &self,
        current: DerivedVersions,
        after: Option<&SkillName>,
        limit: u32,
    ) -> Result<Vec<SkillName>, StoreError> {
        self.inner.derived_before(current, after, limit).await
    }
}

#[async_trait]
impl Search for SabotagedStore {
    async fn find(&self, mut find: Find) -> Result<Found, StoreError> {
        match self.fault {
            StoreFault::FindsForAnybody => find.audience = Audience::All,
            StoreFault::SortsBeyondTheBound if find.sort != Sort::Listed => {
                if let Some(bound) = find.bound.take() {
                    let mut found = self.inner.find(find).await?;
                    let total = found.total.min(u64::from(bound));
                    found.total_is_lower_bound = found.total > total;
                    found.total = total;
                    found.hits.truncate(bound as usize);
                    return Ok(found);
                }
            }
            _ => {}
        }
        let mut found = self.inner.find(find).await?;
        if self.fault == StoreFault::CountsThePart {
            found.total = found.hits.len() as u64;
        }
        Ok(found)
    }

    async fn near(
        &self,
        audience: &Audience,
        term: &Term,
        max_distance: u32,
    ) -> Result<Vec<Term>, StoreError> {
        let audience = match self.fault {
            StoreFault::TellsTermsOfOthers => &Audience::All,
            _ => audience,
        };
        let mut near = self.inner.near(audience, term, max_distance).await?;
        if self.fault == StoreFault::ForgetsTheTermItself {
            near.retain(|held| held != term);
        }
        Ok(near)
    }
}
