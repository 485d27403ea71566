//! Waiting for one's turn: memory that all running confirms share, and commits of one skill.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::error::Error;
use crate::model::SkillName;

/// Memory that running confirms share, in units of a kibibyte.
pub(crate) struct MemoryBudget {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl MemoryBudget {
    const UNIT: u64 = 1024;
    /// Each waiting confirm is a connection and a small future, no more.
    const MAX_WAITING: usize = 256;

    pub(crate) fn new(bytes: u64) -> Self {
        let units = usize::try_from(bytes / Self::UNIT).unwrap_or(usize::MAX);
        let permits = Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS)));
        Self {
            permits,
            waiting: AtomicUsize::new(0),
        }
    }

    fn units(bytes: u64) -> u32 {
        u32::try_from(bytes.div_ceil(Self::UNIT)).unwrap_or(u32::MAX)
    }

    /// Makes a part larger, waiting for it, or smaller.
    pub(crate) async fn resize(
        &self,
        mut held: OwnedSemaphorePermit,
        bytes: u64,
        wait: Duration,
    ) -> Result<OwnedSemaphorePermit, Error> {
        let (units, has) = (Self::units(bytes) as usize, held.num_permits());
        if units <= has {
            drop(held.split(has - units));
        } else {
            let more = (units - has) as u64 * Self::UNIT;
            held.merge(self.reserve(more, wait).await?);
        }
        Ok(held)
    }

    pub(crate) async fn reserve(
        &self,
        bytes: u64,
        wait: Duration,
    ) -> Result<OwnedSemaphorePermit, Error> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let units = Self::units(bytes);
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= Self::MAX_WAITING {
            return Err(Error::Overloaded);
        }
        let permit = Arc::clone(&self.permits).acquire_many_owned(units);
        match tokio::time::timeout(wait, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(Error::Overloaded),
        }
    }
}

/// One lock for each skill, more or less: skills that share a shard wait for each other, which
/// costs a little time and never an answer.
#[derive(Debug)]
pub(crate) struct SkillLocks {
    shards: [Mutex<()>; 64],
    hasher: RandomState,
}

impl Default for SkillLocks {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::new(())),
            hasher: RandomState::new(),
        }
    }
}

impl SkillLocks {
    pub(crate) async fn lock(&self, name: &SkillName) -> MutexGuard<'_, ()> {
        let shard = self.hasher.hash_one(name) % self.shards.len() as u64;
        self.shards[usize::try_from(shard).unwrap_or_default()]
            .lock()
            .await
    }
}
