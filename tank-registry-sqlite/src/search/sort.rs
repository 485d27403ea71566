//! A list in another order.

use std::cmp::Reverse;

use rusqlite::{Connection, Result};
use tank_registry_core::store::{Find, Sort};

use super::hit;
use super::row::ordinal;

const SELECT_UPDATED: &str = "SELECT updated_at FROM search_entry WHERE row = ?1";

const SELECT_STARS: &str = "SELECT stars FROM search_entry WHERE row = ?1";

const SELECT_SCORE: &str = "SELECT audit_score FROM search_entry WHERE row = ?1";

const SELECT_NAME: &str = "SELECT name FROM search_entry WHERE row = ?1";

/// Arranges the rows of a list.
pub(super) fn by(connection: &Connection, find: &Find, rows: &mut [i64]) -> Result<()> {
    match find.sort {
        Sort::Listed => Ok(()),
        Sort::Updated => by_number(connection, SELECT_UPDATED, rows),
        Sort::Stars => by_number(connection, SELECT_STARS, rows),
        Sort::Score => by_number(connection, SELECT_SCORE, rows),
        Sort::Downloads => {
            let key = |row| hit::downloads(connection, row, find.since).map(Reverse);
            by_key(rows, |row| Ok((key(row)?, ordinal(row))))
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
