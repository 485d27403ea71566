//! The thread that writes.
//!
//! Commands that wait together are written in one transaction, so that they share one sync of the
//! disk. Each has a savepoint of its own and is rolled back to it unless it was applied; answers
//! are sent only after the commit.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rusqlite::Connection;
use tank_registry_core::store::{Command, Meta, Outcome, StoreError, StoreErrorKind};
use tokio::sync::oneshot;

use super::Queue;
use crate::commands;
use crate::fault::{kind, store_error};

/// Most commands in one transaction: the first of them waits for the last.
const BATCH: usize = 128;

type Answer = Result<Outcome, StoreError>;

/// A command and whom to answer.
#[derive(Debug)]
pub(crate) struct WriteJob {
    meta: Meta,
    command: Command,
    answer: oneshot::Sender<Answer>,
}

impl WriteJob {
    pub(crate) fn new(meta: Meta, command: Command) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, wait) = oneshot::channel();
        let job = Self {
            meta,
            command,
            answer,
        };
        (job, wait)
    }
}

/// The only writer of this process.
#[derive(Debug)]
pub(crate) struct Writer {
    connection: Connection,
    #[cfg(test)]
    commits: Arc<std::sync::atomic::AtomicUsize>,
}

/// Why a whole batch was not committed.
enum Lost {
    /// Nothing of it was written.
    Before(rusqlite::Error),
    /// The commit failed, and the disk may hold it or not.
    AtCommit(rusqlite::Error),
}

impl Writer {
    pub(crate) fn new(connection: Connection) -> Self {
        Self {
            connection,
            #[cfg(test)]
            commits: Arc::default(),
        }
    }

    /// Counts transactions.
    #[cfg(test)]
    pub(crate) fn commits(&self) -> Arc<std::sync::atomic::AtomicUsize> {
        Arc::clone(&self.commits)
    }

    /// The life of the writer thread. It ends when the queue is closed and everything in it was
    /// written, and leaves as little as possible in the log.
    pub(crate) fn write_until_closed(&self, queue: &Queue<WriteJob>) {
        loop {
            let batch = queue.pop_batch(BATCH);
            if batch.is_empty() {
                break;
            }
            let answers = self.write(&batch);
            for (job, answer) in batch.into_iter().zip(answers) {
                // Whoever has stopped waiting does not undo the command.
                let _ = job.answer.send(answer);
            }
        }
        if let Err(error) = self
            .connection
            .execute_batch("PRAGMA wal_checkpoint(PASSIVE)")
        {
            tracing::warn!(%error, "the last checkpoint failed; the log is kept and read again");
        }
    }

    fn write(&self, batch: &[WriteJob]) -> Vec<Answer> {
        let (error, known) = match self.try_write(batch) {
            Ok(answers) => return answers,
            Err(Lost::Before(error)) => (error, true),
            Err(Lost::AtCommit(error)) => (error, false),
        };
        tracing::warn!(%error, commands = batch.len(), known, "a batch of commands was not written");
        self.roll_back();
        let kind = kind(&error);
        let error = Arc::new(error);
        let answer = |_| {
            let answer = StoreError::new(kind, Arc::clone(&error));
            Err(if known {
                answer
            } else {
                answer.with_unknown_effect()
            })
        };
        batch.iter().map(answer).collect()
    }

    fn try_write(&self, batch: &[WriteJob]) -> Result<Vec<Answer>, Lost> {
        // The write lock is taken first: what the guards read cannot change before the commit.
        self.run("BEGIN IMMEDIATE").map_err(Lost::Before)?;
        let answers = batch
            .iter()
            .map(|job| self.step(job))
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(Lost::Before)?;
        // Refusals too hold only if the commit does: they may follow from a command of this batch.
        self.run("COMMIT").map_err(Lost::AtCommit)?;
        #[cfg(test)]
        self.commits
            .fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(answers)
    }

    /// One command within the transaction. An error means that the transaction is gone.
    fn step(&self, job: &WriteJob) -> rusqlite::Result<Answer> {
        self.run("SAVEPOINT command")?;
        let applied = catch_unwind(AssertUnwindSafe(|| {
            commands::apply(&self.connection, &job.meta, &job.command)
        }));
        let answer = match applied {
            Ok(Ok(outcome)) => Ok(outcome),
            // After a full disk, for one, SQLite has rolled back everything by itself.
            Ok(Err(error)) if self.connection.is_autocommit() => return Err(error),
            Ok(Err(error)) => Err(store_error(error)),
            Err(panic) => Err(panicked(panic.as_ref())),
        };
        if !matches!(answer, Ok(Outcome::Applied(_))) {
            self.run("ROLLBACK TO command")?;
        }
        self.run("RELEASE command")?;
        Ok(answer)
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.run("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn run(&self, sql: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute([]).map(drop)
    }
}

fn panicked(panic: &(dyn Any + Send)) -> StoreError {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(panic = text, "a command panicked");
    StoreError::new(StoreErrorKind::Internal, format!("panicked: {text}"))
}
