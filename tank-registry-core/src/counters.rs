//! What is counted in memory and written in batches: downloads, and when keys were last used.
//!
//! A crash loses what was counted since the last flush; nothing that was acknowledged to a client
//! depends on it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{Day, KeyId, SkillId, Timestamp};
use crate::store::{CountBatch, DownloadCount, KeyUse, Meta};

#[derive(Debug, Default)]
pub(crate) struct Counters {
    counts: Mutex<Counts>,
    /// One flush at a time.
    pub(crate) flushing: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Counts {
    downloads: HashMap<SkillId, BTreeMap<Day, u64>>,
    keys: HashMap<KeyId, Timestamp>,
    /// A batch on its way to the store, with the command it goes in: until the store has answered
    /// for certain the same command is given again, so that nothing is counted twice.
    leaving: Option<(Meta, CountBatch)>,
}

impl Counters {
    pub(crate) fn downloaded(&self, skill: SkillId, day: Day) {
        *self
            .lock()
            .downloads
            .entry(skill)
            .or_default()
            .entry(day)
            .or_default() += 1;
    }

    pub(crate) fn key_used(&self, key: KeyId, at: Timestamp) {
        let mut counts = self.lock();
        let last = counts.keys.entry(key).or_insert(at);
        *last = at.max(*last);
    }

    /// Downloads of a skill that are not in the store yet.
    pub(crate) fn pending_downloads(&self, skill: SkillId, since: Day) -> u64 {
        let counts = self.lock();
        let waiting = counts
            .downloads
            .get(&skill)
            .into_iter()
            .flat_map(|days| days.range(since..));
        let waiting: u64 = waiting.map(|(_, count)| count).sum();
        let leaving = counts
            .leaving
            .iter()
            .flat_map(|(_, batch)| &batch.downloads);
        let leaving: u64 = leaving
            .filter(|count| count.skill == skill && count.day >= since)
            .map(|count| count.count)
            .sum();
        waiting + leaving
    }

    /// The batch to write next: the one whose fate is open, else at most `limit` counts of each
    /// kind, in order of their ids, under `meta`. `None` when nothing was counted.
    pub(crate) fn leave(
        &self,
        limit: usize,
        meta: impl FnOnce() -> Meta,
    ) -> Option<(Meta, CountBatch)> {
        let mut counts = self.lock();
        if counts.leaving.is_none() {
            let batch = counts.take(limit);
            if batch.downloads.is_empty() && batch.keys.is_empty() {
                return None;
            }
            counts.leaving = Some((meta(), batch));
        }
        counts.leaving.clone()
    }

    /// The store has the batch.
    pub(crate) fn arrived(&self) {
        self.lock().leaving = None;
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn take(&mut self, limit: usize) -> CountBatch {
        let mut batch = CountBatch::default();
        let mut skills: Vec<_> = self.downloads.keys().copied().collect();
        skills.sort_unstable();
        for skill in skills {
            if batch.downloads.len() >= limit {
                break;
            }
            let days = self.downloads.remove(&skill).unwrap_or_default();
            let days = days.into_iter();
            batch
                .downloads
                .extend(days.map(|(day, count)| DownloadCount { skill, day, count }));
        }
        let mut keys: Vec<_> = self.keys.keys().copied().collect();
        keys.sort_unstable();
        for key in keys.into_iter().take(limit) {
            if let Some(at) = self.keys.remove(&key) {
                batch.keys.push(KeyUse { key, at });
            }
        }
        batch
    }
}
