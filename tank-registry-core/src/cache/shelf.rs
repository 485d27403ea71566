//! Values by key, kept within a weight, that can be dropped while they are being loaded.

use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quick_cache::sync::Cache;

/// Says what a value weighs.
pub(super) struct Weigh<K, V>(fn(&K, &V) -> u64);

impl<K, V> Clone for Weigh<K, V> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<K, V> quick_cache::Weighter<K, V> for Weigh<K, V> {
    fn weight(&self, key: &K, value: &V) -> u64 {
        (self.0)(key, value)
    }
}

/// Values by key that are kept within a weight; those used least go first.
pub(super) type Weighed<K, V> = Cache<K, V, Weigh<K, V>>;

/// An empty one. `typical` is what a value weighs more or less.
pub(super) fn weighed<K: Eq + Hash, V: Clone>(
    capacity: u64,
    typical: u64,
    weigh: fn(&K, &V) -> u64,
) -> Weighed<K, V> {
    let items = usize::try_from(capacity / typical).unwrap_or(usize::MAX);
    Cache::with_weighter(items, capacity, Weigh(weigh))
}

/// Values that can be dropped. Dropping also keeps out what was read before and has not arrived
/// yet: it may be what was true then.
///
/// Keys are spread over stripes, each with a count of drops. Dropping one key keeps out all values
/// of its stripe that are being loaded, so values that change often want many stripes.
pub(super) struct Shelf<K, V> {
    values: Weighed<K, Arc<V>>,
    hasher: RandomState,
    /// How often something of the stripe was dropped. Values go in and out under its lock.
    stripes: Box<[Mutex<u64>]>,
}

/// Where a load began.
pub(super) struct Ticket {
    stripe: usize,
    dropped: u64,
}

impl<K: Eq + Hash + Clone, V> Shelf<K, V> {
    pub(super) fn new(
        stripes: usize,
        capacity: u64,
        typical: u64,
        weigh: fn(&K, &Arc<V>) -> u64,
    ) -> Self {
        Self {
            values: weighed(capacity, typical, weigh),
            hasher: RandomState::new(),
            stripes: (0..stripes.max(1)).map(|_| Mutex::new(0)).collect(),
        }
    }

    pub(super) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.get(key)
    }

    /// To be called before a value is loaded.
    pub(super) fn begin(&self, key: &K) -> Ticket {
        let stripe = self.stripe(key);
        let dropped = *self.lock(stripe);
        Ticket { stripe, dropped }
    }

    /// Keeps a loaded value, unless something was dropped since its load began.
    pub(super) fn put(&self, ticket: &Ticket, key: K, value: Arc<V>) {
        let dropped = self.lock(ticket.stripe);
        if *dropped == ticket.dropped {
            self.values.insert(key, value);
        }
    }

    pub(super) fn forget(&self, key: &K) {
        let mut dropped = self.lock(self.stripe(key));
        *dropped += 1;
        self.values.remove(key);
    }

    /// Drops what `is_gone` says, at the cost of a look at every value.
    pub(super) fn forget_if(&self, is_gone: impl Fn(&V) -> bool) {
        self.drop_all(|values| values.retain(|_, value| !is_gone(value)));
    }

    pub(super) fn clear(&self) {
        self.drop_all(Cache::clear);
    }

    fn drop_all(&self, drop_values: impl FnOnce(&Weighed<K, Arc<V>>)) {
        let stripes = 0..self.stripes.len();
        let mut counts: Vec<_> = stripes.map(|stripe| self.lock(stripe)).collect();
        for dropped in &mut counts {
            **dropped += 1;
        }
        drop_values(&self.values);
    }

    fn stripe(&self, key: &K) -> usize {
        match self.stripes.len() {
            1 => 0,
            len => {
                #[allow(
                    clippy::cast_possible_truncation,
                    reason = "any part of a hash will do"
                )]
                let hash = self.hasher.hash_one(key) as usize;
                hash % len
            }
        }
    }

    fn lock(&self, stripe: usize) -> MutexGuard<'_, u64> {
        // A count is whole whoever panicked beside it.
        self.stripes[stripe]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> Shelf<u32, &'static str> {
        Shelf::new(4, 100, 1, |_, _| 1)
    }

    #[test]
    fn a_value_stays_until_it_is_dropped() {
        let shelf = shelf();
        let ticket = shelf.begin(&1);
        shelf.put(&ticket, 1, Arc::new("one"));
        assert_eq!(shelf.get(&1).as_deref(), Some(&"one"));
        shelf.forget(&1);
        assert_eq!(shelf.get(&1), None);
    }

    #[test]
    fn what_was_read_before_a_drop_does_not_arrive_after_it() {
        for drop in [
            (|shelf| shelf.forget(&1)) as fn(&Shelf<u32, &str>),
            |shelf| shelf.forget_if(|_| true),
            |shelf| shelf.clear(),
        ] {
            let shelf = shelf();
            let slow = shelf.begin(&1);
            drop(&shelf);
            shelf.put(&slow, 1, Arc::new("what was true"));
            assert_eq!(shelf.get(&1), None);
            let later = shelf.begin(&1);
            shelf.put(&later, 1, Arc::new("what is"));
            assert_eq!(shelf.get(&1).as_deref(), Some(&"what is"));
        }
    }

    #[test]
    fn only_what_is_meant_is_dropped() {
        let shelf = shelf();
        for (key, value) in [(1, "one"), (2, "two")] {
            let ticket = shelf.begin(&key);
            shelf.put(&ticket, key, Arc::new(value));
        }
        shelf.forget_if(|value| *value == "one");
        assert_eq!(shelf.get(&1), None);
        assert_eq!(shelf.get(&2).as_deref(), Some(&"two"));
    }
}
