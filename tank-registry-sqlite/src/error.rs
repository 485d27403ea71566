//! Why a database cannot be opened.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};

/// A database could not be opened or migrated. Nothing of it was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file and none was to be made.
    #[error(
        "there is no database at {path}: correct the path, or make one by migrating it (`admin migrate`)"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file cannot be made or read.
    #[error("cannot open the file {path}: its folder must exist and be writable")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The file belongs to something else.
    #[error("{path} is not a database of this registry: it is left alone, name another file")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later release has migrated the database.
    #[error(
        "the schema of {path} is at version {found} and this program knows versions up to {known}: \
         run the release that migrated it, or a later one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
        /// The latest version that this program knows.
        known: u32,
    },
    /// The schema is older and was only to be checked.
    #[error(
        "the schema of {path} is at version {found} and this program needs version {known}: \
         migrate it first (`admin migrate`), or let opening do it"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// The version it has.
        found: u32,
        /// The version that is needed.
        known: u32,
    },
    /// A migration that was applied is not the one that this program has.
    #[error(
        "migration {number} of {path} is not the one that this program has: \
         run the release that applied it"
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The number of the migration.
        number: u32,
    },
    /// The file system cannot do what write-ahead logging needs.
    #[error("{path} cannot use write-ahead logging: put it on a local file system")]
    NoWal {
        /// The file.
        path: PathBuf,
    },
    /// SQLite failed.
    #[error("cannot open the database {path}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What it says.
        source: Box<dyn Error + Send + Sync>,
    },
    /// A thread could not be started.
    #[error("cannot start a thread for the database")]
    Thread(#[source] io::Error),
}

impl OpenError {
    pub(crate) fn sqlite(path: &Path, error: rusqlite::Error) -> Self {
        let path = path.to_owned();
        if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) {
            return Self::Foreign { path };
        }
        Self::Sqlite {
            path,
            source: error.into(),
        }
    }
}
