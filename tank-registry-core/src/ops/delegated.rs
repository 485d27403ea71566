//! What is remembered of downloads that go past us.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::model::{Timestamp, VersionId};

/// Looks remembered at one time: some sixteen mebibytes of memory. Where an hour has more, the
/// rest of it is not counted.
const MOST: usize = 1 << 20;

/// Whether the blob store gives links of its own, and who has been given one in this hour.
#[derive(Debug, Default)]
pub(crate) struct Delegated {
    is_on: AtomicBool,
    looks: Mutex<Looks>,
    /// With keys of this process, so that nobody can choose looks that fall together.
    hasher: RandomState,
}

#[derive(Debug, Default)]
struct Looks {
    hour: Option<Timestamp>,
    seen: HashSet<u64>,
}

impl Delegated {
    /// Notes whether the blob store gave a link of its own. No answer with a link exists before.
    pub(super) fn note(&self, is_on: bool) {
        self.is_on.store(is_on, Ordering::Relaxed);
    }

    /// Whether links are delegated.
    pub(super) fn is_on(&self) -> bool {
        self.is_on.load(Ordering::Relaxed)
    }

    /// Whether links are delegated and this is a caller's first look at a version in this hour.
    pub(super) fn is_first(&self, caller: &str, version: VersionId, now: Timestamp) -> bool {
        if !self.is_on() {
            return false;
        }
        let look = self.hasher.hash_one((caller, version));
        let mut looks = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        let hour = Some(now.hour_floor());
        if looks.hour != hour {
            *looks = Looks {
                hour,
                seen: HashSet::new(),
            };
        }
        looks.seen.len() < MOST && looks.seen.insert(look)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_772_362_800_000);

    #[test]
    fn a_caller_counts_once_for_each_version_and_hour() {
        let delegated = Delegated::default();
        let [one, two] = [1, 2].map(|id| VersionId::new(Uuid::from_u128(id)));
        assert!(!delegated.is_first("ada", one, NOW), "nothing is delegated");
        delegated.note(true);
        assert!(delegated.is_first("ada", one, NOW));
        let later = NOW.after(Duration::from_mins(59));
        assert!(!delegated.is_first("ada", one, later));
        assert!(delegated.is_first("ada", two, later));
        assert!(delegated.is_first("bob", one, later));
        let next = NOW.after(Duration::from_hours(1));
        assert!(delegated.is_first("ada", one, next));
    }

    #[test]
    fn looks_take_bounded_memory() {
        let delegated = Delegated::default();
        delegated.note(true);
        let version = VersionId::new(Uuid::from_u128(1));
        for caller in 0..=MOST + 100 {
            delegated.is_first(&caller.to_string(), version, NOW);
        }
        assert_eq!(delegated.looks.lock().unwrap().seen.len(), MOST);
    }
}
