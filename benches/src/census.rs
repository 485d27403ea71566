//! What a publish writes into the database, by looking, and the same written by hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags, Params, params};

use crate::Fault;
use crate::vocabulary::Random;

/// Rows of each table, and bytes in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Census(BTreeMap<String, (u64, u64)>);

/// What one of several equal writes came to, on average.
#[derive(Debug, Clone, Default)]
pub(crate) struct Share {
    /// Commands, which are commits where nobody shares them.
    pub(crate) commits: usize,
    /// Rows of each table, and bytes of one.
    tables: Vec<(usize, usize)>,
}

/// Where the store keeps the commands that it has applied.
const COMMANDS: &str = "command";

/// All tables that have rows; a full-text index has them in tables of its own.
const TABLES: &str = "SELECT name FROM pragma_table_list
    WHERE schema = 'main' AND type IN ('table', 'shadow') AND name NOT LIKE 'sqlite_%'";

const COLUMNS: &str = "SELECT name FROM pragma_table_info(?1)";

impl Census {
    /// Counts a database that another process may be using.
    pub(crate) fn of(database: &Path) -> Result<Self, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(database, flags)?;
        let mut tables = BTreeMap::new();
        for table in names(&connection, TABLES, [])? {
            let columns = names(&connection, COLUMNS, [&table])?;
            let lengths: Vec<_> = columns
                .iter()
                .map(|column| format!("coalesce(length(CAST(\"{column}\" AS BLOB)), 0)"))
                .collect();
            let lengths = lengths.join(" + ");
            let sql = format!("SELECT count(*), coalesce(sum({lengths}), 0) FROM \"{table}\"");
            let number = |row: &rusqlite::Row<'_>, at| row.get(at).map(i64::unsigned_abs);
            let counted =
                connection.query_one(&sql, [], |row| Ok((number(row, 0)?, number(row, 1)?)))?;
            tables.insert(table, counted);
        }
        Ok(Self(tables))
    }

    /// What each of `writes` equal writes has added since an earlier census.
    pub(crate) fn since(&self, earlier: &Self, writes: usize) -> Result<Share, Fault> {
        let writes = writes as u64;
        let mut share = Share::default();
        for (table, (rows, bytes)) in &self.0 {
            let (before, bytes_before) = earlier.0.get(table).copied().unwrap_or_default();
            let (rows, bytes) = (
                rows.saturating_sub(before),
                bytes.saturating_sub(bytes_before),
            );
            if table == COMMANDS {
                share.commits = usize::try_from(rows.div_ceil(writes))?;
            }
            if rows > 0 {
                // More rows where they do not divide evenly, and no more bytes for it.
                let of_each = rows.div_ceil(writes);
                let size = bytes / (of_each * writes);
                let of_each = usize::try_from(of_each)?;
                share.tables.push((of_each, usize::try_from(size)?));
            }
        }
        if share.commits == 0 {
            return Err("no command was written".into());
        }
        Ok(share)
    }
}

/// A column of texts.
fn names(connection: &Connection, sql: &str, of: impl Params) -> Result<Vec<String>, Fault> {
    let mut statement = connection.prepare(sql)?;
    let names = statement.query_map(of, |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

/// A database to write the same rows into, with nothing else to do.
pub(crate) struct ByHand {
    connection: Connection,
    share: Share,
    random: Random,
}

impl ByHand {
    /// A new database, as durable as the store's.
    pub(crate) fn new(file: &Path, share: Share) -> Result<Self, Fault> {
        let connection = Connection::open(file)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        for table in 0..share.tables.len() {
            // One index a table: what is looked up by name or id has one.
            connection.execute_batch(&format!(
                "CREATE TABLE t{table} (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, rest BLOB NOT NULL)"
            ))?;
        }
        Ok(Self {
            connection,
            share,
            random: Random::new(3),
        })
    }

    /// Writes `count` shares whose commits are shared by all of them.
    pub(crate) fn write(&mut self, count: usize) -> Result<Duration, Fault> {
        let began = Instant::now();
        for commit in 0..self.share.commits {
            let transaction = self.connection.transaction()?;
            for (table, (rows, size)) in self.share.tables.iter().enumerate() {
                let sql = format!("INSERT INTO t{table} (key, rest) VALUES (?1, ?2)");
                let mut insert = transaction.prepare_cached(&sql)?;
                // Its rows spread over the commits.
                let of_commit = |commit: usize| rows * commit / self.share.commits;
                for _ in 0..count * (of_commit(commit + 1) - of_commit(commit)) {
                    let key = self.random.bytes(16);
                    insert.execute(params![key, vec![b'x'; size.saturating_sub(16)]])?;
                }
            }
            transaction.commit()?;
        }
        Ok(began.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_shared_between_the_writes() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.db");
        let connection = Connection::open(&file).unwrap();
        let sql = "CREATE TABLE command (id BLOB, text TEXT); CREATE TABLE other (id INTEGER)";
        connection.execute_batch(sql).unwrap();
        let before = Census::of(&file).unwrap();
        assert!(before.since(&before, 2).is_err());
        for _ in 0..8 {
            let sql = "INSERT INTO command VALUES (x'00112233', 'abcdef')";
            connection.execute(sql, []).unwrap();
        }
        let share = Census::of(&file).unwrap().since(&before, 2).unwrap();
        assert_eq!(share.commits, 4);
        assert_eq!(share.tables, [(4, 10)]);

        let by_hand = folder.path().join("b.db");
        ByHand::new(&by_hand, share).unwrap().write(3).unwrap();
        let written = Connection::open(&by_hand).unwrap();
        let count: i64 = written
            .query_one(
                "SELECT count(*) FROM t0 WHERE length(rest) = 0",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(count, 12);
    }
}
