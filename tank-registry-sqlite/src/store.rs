//! The handle.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use async_trait::async_trait;
use rusqlite::Connection;
use tank_registry_core::store::{Command, Meta, Outcome, StoreError, Writes};
use tokio::sync::watch;

use crate::connect;
use crate::error::OpenError;
use crate::fault;
use crate::migrate::prepare;
use crate::options::{Migrate, SqliteOptions};
use crate::pool::{DrainOnDrop, Queue, ReadJob, WriteJob, Writer, on_thread, read_until_closed};

/// A metadata store in a database file. Cloning gives another handle on the same threads.
///
/// Other processes may open the same file at the same time; a command that one of them has
/// acknowledged is seen by all.
///
/// The threads end when the last handle is dropped, after they have written what was waiting;
/// [`close`](Self::close) also waits for that.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

struct Shared {
    path: PathBuf,
    reads: Arc<Queue<ReadJob>>,
    writes: Arc<Queue<WriteJob>>,
    /// Closed when the last thread has ended.
    threads: watch::Receiver<()>,
    #[cfg(test)]
    commits: Arc<std::sync::atomic::AtomicUsize>,
}

impl Shared {
    fn stop(&self) {
        self.writes.close();
        self.reads.close();
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.stop();
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.shared.path)
            .finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens a database. A file that is not there is made, for its owner alone, unless the options
    /// say [`Migrate::Check`].
    ///
    /// # Errors
    ///
    /// See [`OpenError`]: above all a file of another application, and a schema that is newer than
    /// this program or, with [`Migrate::Check`], older.
    pub async fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<Self, OpenError> {
        let path = path.as_ref().to_owned();
        on_thread("sqlite-open", move || Self::open_blocking(&path, &options)).await
    }

    fn open_blocking(path: &Path, options: &SqliteOptions) -> Result<Self, OpenError> {
        let path = match options.migrate {
            Migrate::Auto => connect::create(path)?,
            Migrate::Check => connect::existing(path)?,
        };
        let (connection, _) = prepare(&path, options)?;
        let readers = (0..options.readers.max(1))
            .map(|_| connect::reader(&path, options.busy_timeout))
            .collect::<rusqlite::Result<Vec<_>>>()
            .map_err(|error| OpenError::sqlite(&path, error))?;

        let writer = Writer::new(connection);
        let (alive, threads) = watch::channel(());
        // Made before the threads, so that those that run already end if a later one cannot start.
        let shared = Shared {
            path,
            reads: Arc::new(Queue::new(options.read_queue)),
            writes: Arc::new(Queue::new(options.write_queue)),
            threads,
            #[cfg(test)]
            commits: writer.commits(),
        };
        let alive = Arc::new(alive);
        start_writer(writer, &shared.writes, &alive)?;
        for connection in readers {
            start_reader(connection, &shared.reads, &alive)?;
        }
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Accepts nothing more, writes what is waiting, moves the log into the file and waits until
    /// the connections are closed. Calls after it, on any handle, answer that the store is
    /// unavailable.
    pub async fn close(&self) {
        self.shared.stop();
        // Nothing is ever sent: the wait ends when the threads have dropped the other side.
        let mut threads = self.shared.threads.clone();
        while threads.changed().await.is_ok() {}
    }

    /// Runs a read on a reader thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, answer) = ReadJob::new(work);
        self.shared.reads.push(job)?;
        answer.await.unwrap_or_else(|_| Err(fault::closed()))
    }
}

#[async_trait]
impl Writes for SqliteStore {
    async fn apply(&self, meta: Meta, command: Command) -> Result<Outcome, StoreError> {
        let (job, answer) = WriteJob::new(meta, command);
        self.shared.writes.push(job)?;
        // The writer answers everything it takes; without an answer its thread broke down, at a
        // moment nobody knows.
        answer
            .await
            .unwrap_or_else(|_| Err(fault::closed().with_unknown_effect()))
    }
}

#[cfg(test)]
impl SqliteStore {
    /// How many transactions the writer has committed.
    pub(crate) fn commits(&self) -> usize {
        self.shared
            .commits
            .load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Ends when the threads have ended.
    pub(crate) fn threads(&self) -> watch::Receiver<()> {
        self.shared.threads.clone()
    }

    /// How many commands wait for the writer.
    pub(crate) fn waiting_commands(&self) -> usize {
        self.shared.writes.len()
    }

    /// How many reads wait for a reader.
    pub(crate) fn waiting_reads(&self) -> usize {
        self.shared.reads.len()
    }
}

fn start_writer(
    writer: Writer,
    queue: &Arc<Queue<WriteJob>>,
    alive: &Arc<watch::Sender<()>>,
) -> Result<(), OpenError> {
    let queue = Arc::clone(queue);
    start("sqlite-writer", alive, move || {
        let drain = DrainOnDrop(queue);
        writer.write_until_closed(&drain.0);
    })
}

fn start_reader(
    mut connection: Connection,
    queue: &Arc<Queue<ReadJob>>,
    alive: &Arc<watch::Sender<()>>,
) -> Result<(), OpenError> {
    let queue = Arc::clone(queue);
    start("sqlite-reader", alive, move || {
        read_until_closed(&mut connection, &queue);
    })
}

fn start(
    name: &str,
    alive: &Arc<watch::Sender<()>>,
    work: impl FnOnce() + Send + 'static,
) -> Result<(), OpenError> {
    let alive = Arc::clone(alive);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // `work` takes the connection along when it returns; only then the thread counts as
            // ended.
            work();
            drop(alive);
        })
        .map(drop)
        .map_err(OpenError::Thread)
}
