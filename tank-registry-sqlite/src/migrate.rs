//! The schema and its numbered steps.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, params};
use tank_registry_core::blob::Digest;

use crate::connect;
use crate::error::OpenError;
use crate::options::{Migrate, SqliteOptions};
use crate::pool::on_thread;

/// Marks a database as ours: `tank` in ASCII.
const APPLICATION_ID: i32 = 0x7461_6e6b;

/// Every step there ever was, in order; the first has number 1. What was released is never
/// changed: databases hold the digests.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "first_schema",
        include_str!("../migrations/0001_first_schema.sql"),
    ),
    (
        "search_and_stars",
        include_str!("../migrations/0002_search_and_stars.sql"),
    ),
    ("scans", include_str!("../migrations/0003_scans.sql")),
];

const CREATE_MIGRATION: &str = "
    CREATE TABLE IF NOT EXISTS migration (
        number INTEGER PRIMARY KEY,
        name   TEXT NOT NULL,
        sha512 BLOB NOT NULL
    ) STRICT";

const INSERT_MIGRATION: &str = "INSERT INTO migration (number, name, sha512) VALUES (?1, ?2, ?3)";

const SELECT_MIGRATION: &str = "SELECT sha512 FROM migration WHERE number = ?1";

const HAS_TABLES: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema)";

/// What [`migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The schema's version before; 0 when there was none.
    pub from: u32,
    /// The schema's version now.
    pub to: u32,
}

/// Brings the schema of a database up to date, making the file if it is not there. Several
/// processes may do so at once: each step is taken by one of them.
///
/// # Errors
///
/// When the file is another application's, or was migrated by a later release.
pub async fn migrate(path: impl AsRef<Path>) -> Result<Migrated, OpenError> {
    let path = path.as_ref().to_owned();
    on_thread("sqlite-migrate", move || {
        let path = connect::create(&path)?;
        let options = SqliteOptions::default();
        prepare(&path, &options).map(|(_, migrated)| migrated)
    })
    .await
}

/// A connection for the writer to a database that has the schema of this release.
pub(crate) fn prepare(
    path: &Path,
    options: &SqliteOptions,
) -> Result<(Connection, Migrated), OpenError> {
    let fail = |error| OpenError::sqlite(path, error);
    let mut connection = connect::writer(path, options.busy_timeout).map_err(fail)?;
    let known = latest();

    // Up to date is the common case, and it needs no lock.
    let look = connection.transaction().map_err(fail)?;
    let found = inspect(&look, path)?;
    look.finish().map_err(fail)?;
    let migrated = if found == known {
        Migrated {
            from: found,
            to: known,
        }
    } else if options.migrate == Migrate::Check {
        return Err(OpenError::Older {
            path: path.to_owned(),
            found,
            known,
        });
    } else {
        bring_up_to_date(&mut connection, path)?
    };

    connect::use_wal(&connection, path, options.busy_timeout)?;
    Ok((connection, migrated))
}

fn bring_up_to_date(connection: &mut Connection, path: &Path) -> Result<Migrated, OpenError> {
    let fail = |error| OpenError::sqlite(path, error);
    let write = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(fail)?;
    // Looked at again under the lock: another process may have been faster.
    let from = inspect(&write, path)?;
    write.execute_batch(CREATE_MIGRATION).map_err(fail)?;
    for (number, (name, sql)) in numbered().skip_while(|(number, _)| *number <= from) {
        write.execute_batch(sql).map_err(fail)?;
        write
            .execute(INSERT_MIGRATION, params![number, name, checksum(sql)])
            .map_err(fail)?;
    }
    let to = latest();
    write
        .pragma_update(None, "application_id", APPLICATION_ID)
        .and_then(|()| write.pragma_update(None, "user_version", to))
        .and_then(|()| write.commit())
        .map_err(fail)?;
    tracing::info!(path = %path.display(), from, to, "database migrated");
    Ok(Migrated { from, to })
}

/// The version of the schema; 0 for an empty file. Refuses what is not ours and what is newer.
fn inspect(connection: &Connection, path: &Path) -> Result<u32, OpenError> {
    let fail = |error| OpenError::sqlite(path, error);
    let has_tables: bool = connection
        .query_row(HAS_TABLES, [], |row| row.get(0))
        .map_err(fail)?;
    let application: i32 = connection
        .pragma_query_value(None, "application_id", |row| row.get(0))
        .map_err(fail)?;
    let version: i64 = connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .map_err(fail)?;
    if !has_tables && application == 0 && version == 0 {
        return Ok(0);
    }
    let foreign = || OpenError::Foreign {
        path: path.to_owned(),
    };
    if application != APPLICATION_ID {
        return Err(foreign());
    }
    let found = u32::try_from(version).map_err(|_| foreign())?;
    if found > latest() {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: latest(),
        });
    }
    for (number, (_, sql)) in numbered().take_while(|(number, _)| *number <= found) {
        let applied: Option<Vec<u8>> = connection
            .query_row(SELECT_MIGRATION, [number], |row| row.get(0))
            .optional()
            .map_err(fail)?;
        if applied.as_deref() != Some(&checksum(sql)[..]) {
            return Err(OpenError::Altered {
                path: PathBuf::from(path),
                number,
            });
        }
    }
    Ok(found)
}

fn numbered() -> impl Iterator<Item = (u32, &'static (&'static str, &'static str))> {
    (1..).zip(MIGRATIONS)
}

fn latest() -> u32 {
    numbered().last().map_or(0, |(number, _)| number)
}

fn checksum(sql: &str) -> [u8; 64] {
    *Digest::of(sql.as_bytes()).as_bytes()
}
