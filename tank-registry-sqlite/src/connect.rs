//! The file and the connections to it.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::error::OpenError;

/// Statements that a connection keeps prepared: more than there are.
const STATEMENTS: usize = 128;

/// `fullfsync` matters on macOS, where a plain sync leaves the bytes in the drive's own memory.
///
/// A command changes hundreds of pages of the text index, and each is copied once for the command's
/// savepoint: in memory, not in a temporary file, and the pages stay in a cache that holds them all.
const WRITER: &str = "
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -32768;
    PRAGMA synchronous = FULL;
    PRAGMA fullfsync = ON;
    PRAGMA checkpoint_fullfsync = ON;
    PRAGMA foreign_keys = ON;
    PRAGMA journal_size_limit = 67108864;
    PRAGMA mmap_size = 0;
";

/// The cache holds what searches look at most; it is dropped whenever something was written.
const READER: &str = "
    PRAGMA cache_size = -8192;
    PRAGMA query_only = ON;
    PRAGMA mmap_size = 0;
";

/// Makes the file unless it is there, and answers its absolute path, which no change of folder
/// and no meaning that SQLite gives to some names can turn into another.
///
/// SQLite gives its log and its shared memory the mode of this file: what is in them must not be
/// readable to others either.
pub(crate) fn create(path: &Path) -> Result<PathBuf, OpenError> {
    let mut options = fs::OpenOptions::new();
    options.read(true).write(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|_| path.canonicalize())
        .map_err(|source| file_error(path, source))
}

/// The absolute path of a file that must be there.
pub(crate) fn existing(path: &Path) -> Result<PathBuf, OpenError> {
    path.canonicalize().map_err(|source| match source.kind() {
        ErrorKind::NotFound => OpenError::Missing {
            path: path.to_owned(),
        },
        _ => file_error(path, source),
    })
}

fn file_error(path: &Path, source: io::Error) -> OpenError {
    OpenError::File {
        path: path.to_owned(),
        source,
    }
}

/// A connection that writes.
pub(crate) fn writer(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    connect(path, busy_timeout, WRITER)
}

/// A connection that cannot write by mistake.
pub(crate) fn reader(path: &Path, busy_timeout: Duration) -> rusqlite::Result<Connection> {
    connect(path, busy_timeout, READER)
}

fn connect(path: &Path, busy_timeout: Duration, pragmas: &str) -> rusqlite::Result<Connection> {
    // A connection never leaves its thread while it is in use, so it needs no mutex of its own.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(busy_timeout)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Plans that do not depend on what is bound: else the text index prepares its own statements
    // again for every term and segment that it looks into.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(pragmas)?;
    Ok(connection)
}

/// Turns on write-ahead logging, which the file then remembers.
pub(crate) fn use_wal(
    connection: &Connection,
    path: &Path,
    busy_timeout: Duration,
) -> Result<(), OpenError> {
    let deadline = Instant::now() + busy_timeout;
    loop {
        let mode = connection.query_row("PRAGMA journal_mode = WAL", [], |row| {
            row.get::<_, String>(0)
        });
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(_) => {
                return Err(OpenError::NoWal {
                    path: path.to_owned(),
                });
            }
            // The change needs the file alone and does not heed the busy timeout.
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(OpenError::sqlite(path, error)),
        }
    }
}
