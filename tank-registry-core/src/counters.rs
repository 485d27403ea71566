//! What is counted in memory and written in batches: downloads, and when keys were last used.
//!
//! A crash loses what was counted since the last flush; nothing that was acknowledged to a client
//! depends on it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Day, KeyId, SkillId, Timestamp};
use crate::store::{CountBatch, DownloadCount, KeyUse};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    downloads: HashMap<(SkillId, Day), u64>,
    keys: HashMap<KeyId, Timestamp>,
}

impl Counters {
    pub(crate) fn downloaded(&self, skill: SkillId, day: Day) {
        *self.lock().downloads.entry((skill, day)).or_default() += 1;
    }

    pub(crate) fn key_used(&self, key: KeyId, at: Timestamp) {
        let mut counts = self.lock();
        let last = counts.keys.entry(key).or_insert(at);
        *last = at.max(*last);
    }

    /// Downloads of a skill that are not in the store yet.
    pub(crate) fn pending_downloads(&self, skill: SkillId, since: Day) -> u64 {
        let counts = self.lock();
        let pending = counts.downloads.iter();
        pending
            .filter(|((id, day), _)| *id == skill && *day >= since)
            .map(|(_, count)| count)
            .sum()
    }

    /// Takes at most `limit` counts of each kind, in order of their ids.
    pub(crate) fn take(&self, limit: usize) -> CountBatch {
        let mut counts = self.lock();
        let mut batch = CountBatch::default();
        let mut downloads: Vec<_> = counts.downloads.keys().copied().collect();
        downloads.sort_unstable();
        for (skill, day) in downloads.into_iter().take(limit) {
            let count = counts.downloads.remove(&(skill, day)).unwrap_or_default();
            batch.downloads.push(DownloadCount { skill, day, count });
        }
        let mut keys: Vec<_> = counts.keys.keys().copied().collect();
        keys.sort_unstable();
        for key in keys.into_iter().take(limit) {
            if let Some(at) = counts.keys.remove(&key) {
                batch.keys.push(KeyUse { key, at });
            }
        }
        batch
    }

    /// Counts again what could not be written.
    pub(crate) fn give_back(&self, batch: CountBatch) {
        let mut counts = self.lock();
        for DownloadCount { skill, day, count } in batch.downloads {
            *counts.downloads.entry((skill, day)).or_default() += count;
        }
        for KeyUse { key, at } in batch.keys {
            let last = counts.keys.entry(key).or_insert(at);
            *last = at.max(*last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
