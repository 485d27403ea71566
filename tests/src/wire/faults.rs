//! Backends that fail where a test wants them to, and are suspended at every call.

use std::future::Future;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tank_registry_core::access::Audience;
use tank_registry_core::auth::KeyHash;
use tank_registry_core::blob::{
    BlobArea, BlobError, BlobErrorKind, BlobId, BlobKey, BlobPage, BlobStat, ByteStream,
    Delegation, once, read_to_bytes,
};
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::{
    Day, KeyId, OrgId, OrgSlug, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId,
    VersionKey,
};
use tank_registry_core::store::{
    ChangesSince, Command, DerivedVersions, Feed, Find, Found, Key, Membership, Meta, Organization,
    Outcome, Position, Reads, RegistryRecord, ScanHistory, Search, Skill, Stars, StoreError,
    StoreErrorKind, Term, Upload, User, UserRef, VersionFilter, VersionList, VersionPart,
    VersionRecord, Writes,
};
use tank_registry_core::{BlobStore, Job, Workers, WorkersError};

/// The text inside every failure made here; no client may ever see it.
pub const SECRET: &str = "password=hunter2";

/// How a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is done, and then the answer is lost.
    Lost,
    /// It is certainly not done.
    Fails(StoreErrorKind),
    /// It is done at once, and the answer takes this long to arrive.
    Slow(Duration),
    /// It fails after this long.
    SlowLoss(Duration),
}

/// Which of the coming calls fail. Calls are named after the method, commands after the variant.
#[derive(Debug, Clone, Default)]
pub struct Plan(Arc<Mutex<Vec<Step>>>);

#[derive(Debug)]
struct Step {
    call: &'static str,
    skip: u32,
    times: u32,
    fault: Fault,
}

impl Plan {
    /// The next call of this name fails.
    pub fn once(&self, call: &'static str, fault: Fault) {
        self.add(call, 0, 1, fault);
    }

    /// A later call of this name fails, after `skip` that do not.
    pub fn after(&self, call: &'static str, skip: u32, fault: Fault) {
        self.add(call, skip, 1, fault);
    }

    /// Every call of this name fails, until [`clear`](Self::clear).
    pub fn always(&self, call: &'static str, fault: Fault) {
        self.add(call, 0, u32::MAX, fault);
    }

    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// Whether every planned fault has happened.
    pub fn is_done(&self) -> bool {
        self.0.lock().unwrap().iter().all(|step| step.times == 0)
    }

    fn add(&self, call: &'static str, skip: u32, times: u32, fault: Fault) {
        self.0.lock().unwrap().push(Step {
            call,
            skip,
            times,
            fault,
        });
    }

    fn take(&self, call: &str) -> Option<Fault> {
        let mut steps = self.0.lock().unwrap();
        let step = steps
            .iter_mut()
            .find(|step| step.call == call && step.times > 0)?;
        if step.skip > 0 {
            step.skip -= 1;
            return None;
        }
        step.times -= 1;
        Some(step.fault)
    }
}

/// A store in memory with a plan of faults.
#[derive(Debug, Clone, Default)]
pub struct FaultyStore {
    pub inner: MemoryStore,
    pub plan: Plan,
    /// How old a read of the feed may be.
    pub settle: Duration,
}

impl FaultyStore {
    async fn read<T>(
        &self,
        call: &str,
        answer: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        tokio::task::yield_now().await;
        match self.plan.take(call) {
            Some(Fault::Fails(kind)) => return Err(StoreError::new(kind, SECRET)),
            Some(Fault::Lost) => return Err(StoreError::new(StoreErrorKind::Timeout, SECRET)),
            Some(Fault::SlowLoss(delay)) => {
                tokio::time::sleep(delay).await;
                return Err(StoreError::new(StoreErrorKind::Timeout, SECRET));
            }
            Some(Fault::Slow(delay)) => {
                let answer = answer.await;
                tokio::time::sleep(delay).await;
                return answer;
            }
            None => {}
        }
        let answer = answer.await;
        tokio::task::yield_now().await;
        answer
    }
}

#[async_trait]
impl Writes for FaultyStore {
    async fn apply(&self, meta: Meta, command: Command) -> Result<Outcome, StoreError> {
        tokio::task::yield_now().await;
        let fault = self.plan.take(name(&command));
        if let Some(Fault::Fails(kind)) = fault {
            return Err(StoreError::new(kind, SECRET));
        }
        let answer = self.inner.apply(meta, command).await;
        tokio::task::yield_now().await;
        match fault {
            None => answer,
            Some(_) => Err(StoreError::new(StoreErrorKind::Timeout, SECRET).with_unknown_effect()),
        }
    }
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::Initialise(_) => "Initialise",
        Command::Skill(_) => "Skill",
        Command::OpenUpload(_) => "OpenUpload",
        Command::Staged(_) => "Staged",
        Command::CreateUser(_) => "CreateUser",
        Command::RefreshUser(_) => "RefreshUser",
        Command::SetUserStatus(_) => "SetUserStatus",
        Command::CreateOrg(_) => "CreateOrg",
        Command::SetMember(_) => "SetMember",
        Command::CreateKey(_) => "CreateKey",
        Command::RevokeKey(_) => "RevokeKey",
        Command::Pin(_) => "Pin",
        Command::Star(_) => "Star",
        Command::Count(_) => "Count",
        Command::ExpireUploads(_) => "ExpireUploads",
        Command::PruneHistory(_) => "PruneHistory",
    }
}

#[async_trait]
impl Feed for FaultyStore {
    async fn position(&self) -> Result<Position, StoreError> {
        self.read("position", self.inner.position()).await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: u32,
    ) -> Result<ChangesSince, StoreError> {
        self.read("changes_since", self.inner.changes_since(position, limit))
            .await
    }

    fn settle(&self) -> Duration {
        self.settle
    }
}

#[async_trait]
impl Reads for FaultyStore {
    async fn registry(&self) -> Result<Option<RegistryRecord>, StoreError> {
        self.read("registry", self.inner.registry()).await
    }

    async fn skill(&self, name: &SkillName) -> Result<Option<Skill>, StoreError> {
        self.read("skill", self.inner.skill(name)).await
    }

    async fn version(
        &self,
        skill: SkillId,
        key: &VersionKey,
    ) -> Result<Option<VersionRecord>, StoreError> {
        self.read("version", self.inner.version(skill, key)).await
    }

    async fn version_by_id(&self, id: VersionId) -> Result<Option<VersionRecord>, StoreError> {
        self.read("version_by_id", self.inner.version_by_id(id))
            .await
    }

    async fn scans(
        &self,
        version: VersionId,
        offset: u64,
        limit: u32,
    ) -> Result<ScanHistory, StoreError> {
        self.read("scans", self.inner.scans(version, offset, limit))
            .await
    }

    async fn versions(
        &self,
        filter: &VersionFilter,
        part: VersionPart,
    ) -> Result<VersionList, StoreError> {
        self.read("versions", self.inner.versions(filter, part))
            .await
    }

    async fn upload(&self, id: UploadId) -> Result<Option<Upload>, StoreError> {
        self.read("upload", self.inner.upload(id)).await
    }

    async fn staged_bytes(
        &self,
        owner: UserId,
        except: UploadId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.read("staged_bytes", self.inner.staged_bytes(owner, except, now))
            .await
    }

    async fn principal(&self, hash: &KeyHash) -> Result<Option<(Key, User)>, StoreError> {
        self.read("principal", self.inner.principal(hash)).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<Key>, StoreError> {
        self.read("key", self.inner.key(id)).await
    }

    async fn keys(&self, user: UserId) -> Result<Vec<Key>, StoreError> {
        self.read("keys", self.inner.keys(user)).await
    }

    async fn user(&self, user: &UserRef) -> Result<Option<User>, StoreError> {
        self.read("user", self.inner.user(user)).await
    }

    async fn organization(&self, slug: &OrgSlug) -> Result<Option<Organization>, StoreError> {
        self.read("organization", self.inner.organization(slug))
            .await
    }

    async fn organization_by_id(&self, id: &OrgId) -> Result<Option<Organization>, StoreError> {
        self.read("organization_by_id", self.inner.organization_by_id(id))
            .await
    }

    async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, StoreError> {
        self.read("memberships", self.inner.memberships(user)).await
    }

    async fn users_by_email(&self, email: &str, limit: u32) -> Result<Vec<User>, StoreError> {
        self.read("users_by_email", self.inner.users_by_email(email, limit))
            .await
    }

    async fn downloads(&self, skill: SkillId, since: Day) -> Result<u64, StoreError> {
        self.read("downloads", self.inner.downloads(skill, since))
            .await
    }

    async fn stars(&self, skill: SkillId, user: Option<UserId>) -> Result<Stars, StoreError> {
        self.read("stars", self.inner.stars(skill, user)).await
    }

    async fn derived_before(
        &self,
        current: DerivedVersions,
        after: Option<&SkillName>,
        limit: u32,
    ) -> Result<Vec<SkillName>, StoreError> {
        self.read(
            "derived_before",
            self.inner.derived_before(current, after, limit),
        )
        .await
    }
}

#[async_trait]
impl Search for FaultyStore {
    async fn find(&self, find: Find) -> Result<Found, StoreError> {
        self.read("find", self.inner.find(find)).await
    }

    async fn near(
        &self,
        audience: &Audience,
        term: &Term,
        max_distance: u32,
    ) -> Result<Vec<Term>, StoreError> {
        self.read("near", self.inner.near(audience, term, max_distance))
            .await
    }
}

/// Blobs in memory with a plan of faults; whatever the fault, the store cannot be reached.
#[derive(Debug, Clone, Default)]
pub struct FaultyBlobs {
    pub inner: MemoryBlobs,
    pub plan: Plan,
    rotten: Arc<AtomicBool>,
}

impl FaultyBlobs {
    /// From now on, what is read has a wrong byte in its middle, or no longer.
    pub fn rot(&self, rotten: bool) {
        self.rotten.store(rotten, Ordering::Relaxed);
    }

    async fn reach(&self, call: &str, key: &BlobKey) -> Result<(), BlobError> {
        tokio::task::yield_now().await;
        match self.plan.take(call) {
            Some(_) => Err(BlobError::new(BlobErrorKind::Unavailable, key, SECRET)),
            None => Ok(()),
        }
    }
}

/// Hands an answer over on the next poll: what was done is done, and nobody knows yet.
async fn suspended<T>(answer: T) -> T {
    tokio::task::yield_now().await;
    answer
}

#[async_trait]
impl BlobStore for FaultyBlobs {
    async fn stage(&self, key: &BlobKey, body: ByteStream) -> Result<u64, BlobError> {
        self.reach("stage", key).await?;
        suspended(self.inner.stage(key, body).await).await
    }

    async fn put_verified(
        &self,
        blob: &BlobId,
        size: u64,
        body: ByteStream,
    ) -> Result<(), BlobError> {
        self.reach("put_verified", &BlobKey::Content(*blob)).await?;
        suspended(self.inner.put_verified(blob, size, body).await).await
    }

    async fn get(&self, key: &BlobKey, range: Option<Range<u64>>) -> Result<ByteStream, BlobError> {
        self.reach("get", key).await?;
        let body = self.inner.get(key, range).await?;
        if !self.rotten.load(Ordering::Relaxed) {
            return Ok(body);
        }
        let mut bytes = read_to_bytes(body, u64::MAX).await.unwrap().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        Ok(once(bytes.into()))
    }

    async fn stat(&self, key: &BlobKey) -> Result<Option<BlobStat>, BlobError> {
        self.reach("stat", key).await?;
        self.inner.stat(key).await
    }

    async fn delete(&self, key: &BlobKey) -> Result<(), BlobError> {
        self.reach("delete", key).await?;
        suspended(self.inner.delete(key).await).await
    }

    async fn list(&self, area: BlobArea, after: Option<&BlobKey>) -> Result<BlobPage, BlobError> {
        self.inner.list(area, after).await
    }

    async fn delegate(
        &self,
        key: &BlobKey,
        access: Delegation,
        valid: Duration,
    ) -> Result<Option<url::Url>, BlobError> {
        self.reach("delegate", key).await?;
        self.inner.delegate(key, access, valid).await
    }
}

/// Runs each job where it is asked for, so that a test sees the same steps every time.
#[derive(Debug)]
pub struct InlineWorkers;

#[async_trait]
impl Workers for InlineWorkers {
    async fn run(&self, job: Job) -> Result<(), WorkersError> {
        tokio::task::yield_now().await;
        job();
        tokio::task::yield_now().await;
        Ok(())
    }
}
