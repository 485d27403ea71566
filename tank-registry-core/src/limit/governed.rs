//! The limiter in process, on the crate `governor`.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt::{self, Debug};
use std::hash::{BuildHasher as _, RandomState};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use governor::clock::{Clock, MonotonicClock, Reference as _};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

use super::{Bucket, Decision, LimitError, Quota, RateLimiter};

/// Counts in the memory of this process.
///
/// Memory is bounded: beyond the bound buckets that are full again are forgotten, and if that is
/// not enough new keys share one overflow bucket for each quota until it is. Each kind of
/// [`Bucket`] has room of its own: a flood in one takes none from the others.
pub struct GovernorLimiter(Limiters<MonotonicClock>);

impl GovernorLimiter {
    /// Keys remembered at once for each kind of bucket, unless said otherwise.
    pub const DEFAULT_KEYS: usize = 100_000;

    /// A limiter that remembers at most `keys` keys for each kind of bucket.
    pub fn new(keys: usize) -> Self {
        Self(Limiters::new(keys, MonotonicClock))
    }

    /// The same as [`RateLimiter::check`], which never waits here.
    pub(crate) fn check_now(
        &self,
        bucket: Bucket,
        key: &str,
        quota: Quota,
    ) -> Result<Decision, LimitError> {
        self.0.check(bucket, key, quota, NonZeroU32::MIN)
    }
}

impl Default for GovernorLimiter {
    fn default() -> Self {
        Self::new(Self::DEFAULT_KEYS)
    }
}

impl Debug for GovernorLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GovernorLimiter")
            .field("keys", &self.0.keys.all())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl RateLimiter for GovernorLimiter {
    async fn check(
        &self,
        bucket: Bucket,
        key: &str,
        quota: Quota,
        cost: NonZeroU32,
    ) -> Result<Decision, LimitError> {
        self.0.check(bucket, key, quota, cost)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Slot {
    bucket: Bucket,
    /// Nothing stands for all keys that found no room.
    key: Option<Box<str>>,
}

/// How many keys are remembered, by kind of bucket.
#[derive(Debug, Default)]
struct Keys([AtomicUsize; Bucket::COUNT]);

impl Keys {
    fn of(&self, bucket: Bucket) -> &AtomicUsize {
        &self.0[bucket as usize]
    }

    fn all(&self) -> usize {
        self.0.iter().map(|keys| keys.load(Ordering::Relaxed)).sum()
    }
}

type Governed<C> = governor::RateLimiter<Slot, BoundedStore, C, StateInformationMiddleware>;

struct Limiters<C: Clock> {
    clock: C,
    by_quota: RwLock<HashMap<Quota, Arc<Governed<C>>>>,
    keys: Arc<Keys>,
    bound: usize,
    start: C::Instant,
    /// In which second since the start full buckets were last forgotten, plus one.
    forgotten: AtomicU64,
}

impl<C: Clock + Clone> Limiters<C> {
    fn new(bound: usize, clock: C) -> Self {
        Self {
            start: clock.now(),
            clock,
            by_quota: RwLock::default(),
            keys: Arc::default(),
            bound,
            forgotten: AtomicU64::new(0),
        }
    }

    fn check(
        &self,
        bucket: Bucket,
        key: &str,
        quota: Quota,
        cost: NonZeroU32,
    ) -> Result<Decision, LimitError> {
        if self.keys.of(bucket).load(Ordering::Relaxed) >= self.bound {
            self.forget_full_buckets();
        }
        let limiter = self.limiter(quota)?;
        let slot = Slot {
            bucket,
            key: Some(key.into()),
        };
        let interval = quota.period / quota.limit.get();
        let limit = quota.limit.get();
        match limiter.check_key_n(&slot, cost) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity().min(limit);
                let reset = interval.saturating_mul(limit - remaining);
                let retry_after = Duration::ZERO;
                Ok(Decision {
                    allowed: true,
                    limit,
                    remaining,
                    reset,
                    retry_after,
                })
            }
            Ok(Err(until)) => {
                let retry_after = until.wait_time_from(self.clock.now());
                let spent = interval.saturating_mul(limit - cost.get());
                let reset = retry_after.saturating_add(spent);
                Ok(Decision {
                    allowed: false,
                    limit,
                    remaining: 0,
                    reset,
                    retry_after,
                })
            }
            Err(insufficient) => Err(LimitError::new(insufficient)),
        }
    }

    fn limiter(&self, quota: Quota) -> Result<Arc<Governed<C>>, LimitError> {
        let found = read(&self.by_quota).get(&quota).cloned();
        if let Some(limiter) = found {
            return Ok(limiter);
        }
        let rate = governor::Quota::with_period(quota.period / quota.limit.get())
            .ok_or_else(|| LimitError::new("the period of a quota is shorter than its number"))?
            .allow_burst(quota.limit);
        let mut by_quota = self
            .by_quota
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let limiter = by_quota.entry(quota).or_insert_with(|| {
            let store = BoundedStore::new(Arc::clone(&self.keys), self.bound);
            Arc::new(Governed::new(rate, store, self.clock.clone()))
        });
        Ok(Arc::clone(limiter))
    }

    /// A bucket that is full again is the same as one never seen. Looking through all of them is
    /// worth it once a second, not for every request that finds no room.
    fn forget_full_buckets(&self) {
        let age: Duration = self.clock.now().duration_since(self.start).into();
        let second = age.as_secs() + 1;
        if self.forgotten.fetch_max(second, Ordering::Relaxed) >= second {
            return;
        }
        let mut by_quota = self
            .by_quota
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        by_quota.retain(|_, limiter| {
            limiter.retain_recent();
            !limiter.is_empty() || Arc::strong_count(limiter) > 1
        });
    }
}

fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

const SHARDS: usize = 16;

/// Arrival times by key, in shards, so that callers seldom meet at one lock.
#[derive(Debug)]
struct BoundedStore {
    shards: [Mutex<HashMap<Slot, Nanos>>; SHARDS],
    hasher: RandomState,
    keys: Arc<Keys>,
    bound: usize,
}

impl BoundedStore {
    fn new(keys: Arc<Keys>, bound: usize) -> Self {
        Self {
            shards: Default::default(),
            hasher: RandomState::new(),
            keys,
            bound,
        }
    }

    fn shard(&self, slot: &Slot) -> MutexGuard<'_, HashMap<Slot, Nanos>> {
        let hash = self.hasher.hash_one(slot);
        let index = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        self.shards[index]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for BoundedStore {
    type Key = Slot;

    fn measure_and_replace<T, F, E>(&self, slot: &Slot, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut shard = self.shard(slot);
        if let Some(arrival) = shard.get_mut(slot) {
            let (answer, next) = decide(Some(*arrival))?;
            *arrival = next;
            return Ok(answer);
        }
        let keys = self.keys.of(slot.bucket);
        if slot.key.is_some() && keys.load(Ordering::Relaxed) >= self.bound {
            drop(shard);
            let overflow = Slot {
                bucket: slot.bucket,
                key: None,
            };
            return self.measure_and_replace(&overflow, decide);
        }
        let (answer, next) = decide(None)?;
        shard.insert(slot.clone(), next);
        keys.fetch_add(1, Ordering::Relaxed);
        Ok(answer)
    }
}

impl ShrinkableKeyedStateStore<Slot> for BoundedStore {
    fn retain_recent(&self, drop_below: Nanos) {
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|slot, arrival| {
                let is_recent = *arrival > drop_below;
                if !is_recent {
                    self.keys.of(slot.bucket).fetch_sub(1, Ordering::Relaxed);
                }
                is_recent
            });
        }
    }

    fn len(&self) -> usize {
        let len = |shard: &Mutex<HashMap<_, _>>| {
            shard.lock().unwrap_or_else(PoisonError::into_inner).len()
        };
        self.shards.iter().map(len).sum()
    }

    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
