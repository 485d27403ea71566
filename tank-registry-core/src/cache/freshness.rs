//! How old the view of the store may be.
//!
//! A read of the feed serves a request if it *began* after the request arrived, or less than the
//! store's settle time before. Requests that wait for a read share it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::Cache;
use crate::store::{ChangesSince, MetadataStore, Position, StoreError, StoreErrorKind};

/// Changes read in one go.
const CHANGES: u32 = 1000;

pub(super) struct Freshness {
    origin: Instant,
    settle: u64,
    /// When the newest complete read of the feed began, in nanoseconds since `origin`; zero before
    /// the first one.
    began: AtomicU64,
    /// Whoever holds the lock reads on.
    seen: Mutex<Seen>,
}

struct Seen {
    /// Up to where the feed was read.
    position: Position,
    /// When the newest read that failed began, and how it failed.
    failed: Option<(u64, StoreErrorKind)>,
}

impl Freshness {
    pub(super) fn new(position: Position, settle: Duration) -> Self {
        Self {
            origin: Instant::now(),
            settle: nanos(settle),
            began: AtomicU64::new(0),
            seen: Mutex::new(Seen {
                position,
                failed: None,
            }),
        }
    }

    /// Nanoseconds since the beginning; never zero.
    fn now(&self) -> u64 {
        nanos(self.origin.elapsed()).max(1)
    }
}

impl Cache {
    /// Makes sure that what is kept was true when this was called, or at most the settle time
    /// before. An error means that nothing may be served.
    pub(crate) async fn freshen(&self, store: &dyn MetadataStore) -> Result<(), StoreError> {
        let freshness = &self.freshness;
        let arrived = freshness.now();
        let began = freshness.began.load(Ordering::Acquire);
        if began != 0 && arrived < began.saturating_add(freshness.settle) {
            return Ok(());
        }
        let mut seen = freshness.seen.lock().await;
        // Another request's read may have begun while this one waited. If it failed it failed for
        // all that waited, or each would wait for a time-out of its own, one after the other.
        if freshness.began.load(Ordering::Acquire) > arrived {
            return Ok(());
        }
        if let Some((_, kind)) = seen.failed.filter(|(began, _)| *began > arrived) {
            return Err(StoreError::new(kind, "the feed could not be read"));
        }
        let began = freshness.now();
        match self.read_on(store, &mut seen.position).await {
            Ok(()) => {
                freshness.began.store(began, Ordering::Release);
                Ok(())
            }
            Err(error) => {
                seen.failed = Some((began, error.kind()));
                Err(error)
            }
        }
    }

    /// Reads the feed to its end and drops what it tells of.
    async fn read_on(
        &self,
        store: &dyn MetadataStore,
        position: &mut Position,
    ) -> Result<(), StoreError> {
        loop {
            match store.changes_since(position, CHANGES).await? {
                ChangesSince::Changes(changes) => {
                    for change in &changes.items {
                        self.forget(&change.key);
                    }
                    *position = changes.next;
                    if !changes.more {
                        return Ok(());
                    }
                }
                ChangesSince::Lost => {
                    // Where the feed stands must be known before what came earlier is dropped.
                    *position = store.position().await?;
                    self.clear();
                }
            }
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
