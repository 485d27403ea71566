//! How a store is opened.

use std::time::Duration;

/// Settings of a [`SqliteStore`](crate::SqliteStore). The defaults suit a server; every field is
/// public.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteOptions {
    /// Threads that read, each with a connection of its own; at least one is started. 4 unless
    /// set.
    pub readers: usize,
    /// Reads that may wait for a reader. One more is answered as overloaded at once. 1024 unless
    /// set.
    pub read_queue: usize,
    /// Commands that may wait for the writer. One more is answered as overloaded at once. 1024
    /// unless set.
    pub write_queue: usize,
    /// How long to wait for another process that holds the write lock. Five seconds unless set.
    pub busy_timeout: Duration,
    /// What to do about a schema that is older than this release. [`Migrate::Auto`] unless set.
    pub migrate: Migrate,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 4,
            read_queue: 1024,
            write_queue: 1024,
            busy_timeout: Duration::from_secs(5),
            migrate: Migrate::Auto,
        }
    }
}

/// What opening does about a database that is not there or has an older schema. A newer one is
/// refused in both cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Migrate {
    /// Makes the database and brings its schema up to date.
    #[default]
    Auto,
    /// Refuses to open it; an operator runs [`migrate`](crate::migrate()) first.
    Check,
}
