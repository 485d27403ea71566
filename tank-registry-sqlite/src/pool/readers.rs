//! The threads that read.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// The life of a reader thread.
pub(crate) fn read_until_closed(connection: &Connection, queue: &Queue<ReadJob>) {
    while let Some(ReadJob(job)) = queue.pop() {
        job(connection);
    }
}
