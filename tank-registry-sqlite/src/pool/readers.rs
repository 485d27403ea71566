//! The threads that read.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tank_registry_core::store::{StoreError, StoreErrorKind};
use tokio::sync::oneshot;

use super::Queue;
use crate::fault::store_error;

/// One read: what to ask, and whom to answer.
pub(crate) struct ReadJob(Box<dyn FnOnce(&Connection) + Send>);

impl fmt::Debug for ReadJob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReadJob")
    }
}

impl ReadJob {
    /// A read that sees one point in time, and where its answer will be.
    pub(crate) fn new<T: Send + 'static>(
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> (Self, oneshot::Receiver<Result<T, StoreError>>) {
        let (answer, wait) = oneshot::channel();
        let job = Self(Box::new(move |connection| {
            // Whoever asked has stopped waiting: the work is spared.
            if answer.is_closed() {
                return;
            }
            // The transaction ends inside, also on a panic, so the connection stays usable.
            let found = catch_unwind(AssertUnwindSafe(|| snapshot(connection, work)));
            let found = match found {
                Ok(found) => found.map_err(store_error),
                Err(_) => Err(StoreError::new(StoreErrorKind::Internal, "a read panicked")),
            };
            let _ = answer.send(found);
        }));
        (job, wait)
    }
}

/// No transaction outlives a read: the next one sees what other processes wrote meanwhile.
fn snapshot<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = connection.unchecked_transaction()?;
    let found = work(&transaction)?;
    transaction.commit()?;
    Ok(found)
}

/// How long a read may take: there are few readers, and one question must not hold up all others.
const LONGEST: Duration = Duration::from_secs(10);

/// Steps of SQLite's machine between two looks at the clock: some milliseconds.
const STEPS: i32 = 200_000;

/// The life of a reader thread.
pub(crate) fn read_until_closed(connection: &mut Connection, queue: &Queue<ReadJob>) {
    let origin = Instant::now();
    let began = Arc::new(AtomicU64::new(0));
    let began_here = Arc::clone(&began);
    let is_too_long = move || {
        let running = millis(origin).saturating_sub(began_here.load(Ordering::Relaxed));
        Duration::from_millis(running) > LONGEST
    };
    if let Err(error) = connection.progress_handler(STEPS, Some(is_too_long)) {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "reads of this connection have no limit of time");
    }
    while let Some(ReadJob(job)) = queue.pop() {
        began.store(millis(origin), Ordering::Relaxed);
        job(connection);
    }
}

fn millis(origin: Instant) -> u64 {
    u64::try_from(origin.elapsed().as_millis()).unwrap_or(u64::MAX)
}
