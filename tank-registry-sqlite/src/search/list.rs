//! All that an audience may see, without a bound: the one updated last first.

use std::cmp::Reverse;

use rusqlite::{Connection, Result, Row};
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::store::{Find, Found};

use super::hit;
use super::part::{Sight, sights};
use super::row::ordinal;
use crate::rows::Count;

const COUNT_PUBLIC: &str = "SELECT entries FROM search_count WHERE shown = 2";

const COUNT_ALL: &str = "SELECT sum(entries) FROM search_count";

const PAGE_OF_PUBLIC: &str = "
    SELECT updated_at, row FROM search_entry WHERE shown = 2
    ORDER BY updated_at DESC, ordinal LIMIT ?1 OFFSET ?2";

// Both halves are in the order of the index, and are merged.
const PAGE_OF_ALL: &str = "
    SELECT updated_at, row, ordinal FROM search_entry WHERE shown = 1
    UNION ALL SELECT updated_at, row, ordinal FROM search_entry WHERE shown = 2
    ORDER BY updated_at DESC, ordinal LIMIT ?1 OFFSET ?2";

/// When an entry was updated, and its row.
type Updated = (i64, i64);

pub(super) fn all(connection: &Connection, find: &Find) -> Result<Found> {
    let sights = sights(&find.audience);
    let kept = match &find.audience {
        Audience::All => Some((COUNT_ALL, PAGE_OF_ALL)),
        Audience::AnyOf(tokens) if tokens.contains(&Token::public()) => {
            Some((COUNT_PUBLIC, PAGE_OF_PUBLIC))
        }
        Audience::AnyOf(_) => None,
    };
    let own = own(connection, &sights)?;
    let limit = usize::try_from(find.limit).unwrap_or(usize::MAX);
    // At most so many of the page and of what is before it are the viewer's own: the rest of what
    // is passed over need not be looked at.
    let passed = find.offset.saturating_sub(own.len() as u64);
    let offset = usize::try_from(find.offset - passed).unwrap_or(usize::MAX);
    let mut total = own.len() as u64;
    let mut list = own;
    if let Some((count, page)) = kept {
        let Count(kept) = connection
            .prepare_cached(count)?
            .query_one([], |row| row.get(0))?;
        total += kept;
        let most = i64::try_from(offset.saturating_add(limit)).unwrap_or(i64::MAX);
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let mut select = connection.prepare_cached(page)?;
        for updated in select.query_map([most, passed], updated)? {
            list.push(updated?);
        }
    }
    list.sort_unstable_by_key(|(at, row)| (Reverse(*at), ordinal(*row)));
    let page = list.into_iter().skip(offset).take(limit);
    let rows: Vec<i64> = page.map(|(_, row)| row).collect();
    Ok(Found {
        hits: hit::read(connection, &rows, find.since)?,
        total,
        total_is_lower_bound: false,
    })
}

/// What only some readers may read, the viewer among them.
fn own(connection: &Connection, sights: &[Sight]) -> Result<Vec<Updated>> {
    let mut own = Vec::new();
    for Sight { part, readers } in sights {
        if let Some(readers) = readers {
            let mut select = connection.prepare_cached(part.updated)?;
            for entry in select.query_map([readers], updated)? {
                own.push(entry?);
            }
        }
    }
    Ok(own)
}

fn updated(row: &Row<'_>) -> Result<Updated> {
    Ok((row.get(0)?, row.get(1)?))
}
