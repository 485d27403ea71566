//! A list in another order.

use std::cmp::Reverse;

use rusqlite::{Connection, Result};
use tank_registry_core::store::{Find, Sort};

use super::recent::Recent;
use super::row::ordinal;

/// A look-up in the index of keys.
macro_rules! key {
    ($column:literal) => {
        concat!(
            "SELECT ",
            $column,
            " FROM search_entry INDEXED BY search_entry_keys WHERE row = ?1"
        )
    };
}

const SELECT_UPDATED: &str = key!("updated_at");

const SELECT_STARS: &str = key!("stars");

const SELECT_SCORE: &str = key!("audit_score");

const SELECT_RECENT: &str = key!("recent");

const SELECT_NAME: &str = key!("name");

/// Arranges the rows of a list.
pub(super) fn by(connection: &Connection, find: &Find, rows: &mut [i64]) -> Result<()> {
    match find.sort {
        Sort::Listed => Ok(()),
        Sort::Updated => by_number(connection, SELECT_UPDATED, rows),
        Sort::Stars => by_number(connection, SELECT_STARS, rows),
        Sort::Score => by_number(connection, SELECT_SCORE, rows),
        Sort::Downloads => {
            let mut select = connection.prepare_cached(SELECT_RECENT)?;
            by_key(rows, |row| {
                let recent = select.query_one([row], |found| found.get(0))?;
                let downloads = Recent::from_bytes(recent).since(connection, row, find.since)?;
                Ok((Reverse(downloads), ordinal(row)))
            })
        }
        Sort::Name => {
            let mut select = connection.prepare_cached(SELECT_NAME)?;
            by_key(rows, |row| {
                select.query_one([row], |found| found.get::<_, String>(0))
            })
        }
    }
}

/// Highest first; NULL is less than any number.
fn by_number(connection: &Connection, select: &str, rows: &mut [i64]) -> Result<()> {
    let mut select = connection.prepare_cached(select)?;
    by_key(rows, |row| {
        let number: Option<i64> = select.query_one([row], |found| found.get(0))?;
        Ok((Reverse(number), ordinal(row)))
    })
}

fn by_key<K: Ord>(rows: &mut [i64], mut key: impl FnMut(i64) -> Result<K>) -> Result<()> {
    let mut keyed = rows
        .iter()
        .map(|row| Ok((key(*row)?, *row)))
        .collect::<Result<Vec<_>>>()?;
    keyed.sort_unstable();
    for (place, (_, row)) in rows.iter_mut().zip(keyed) {
        *place = row;
    }
    Ok(())
}
