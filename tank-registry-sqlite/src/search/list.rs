//! All that an audience may see, without a bound: the one updated last first.

use std::cmp::Reverse;

use rusqlite::{Connection, Result, Row};
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::store::{Find, Found};

use super::hit;
use super::row::ordinal;
use super::scope::readers;
use super::tokens::{READER, any, quoted};
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

const MATCHING: &str = "
    SELECT search_entry.updated_at, search_entry.row
    FROM search_index CROSS JOIN search_entry ON search_entry.row = search_index.rowid
    WHERE search_index MATCH ?1";

/// When an entry was updated, and its row.
type Updated = (i64, i64);

pub(super) fn all(connection: &Connection, find: &Find) -> Result<Found> {
    let (kept, own) = match &find.audience {
        Audience::All => (Some((COUNT_ALL, PAGE_OF_ALL)), Vec::new()),
        Audience::AnyOf(tokens) => {
            let kept = tokens.contains(&Token::public());
            let kept = kept.then_some((COUNT_PUBLIC, PAGE_OF_PUBLIC));
            (kept, own(connection, tokens)?)
        }
    };
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

/// What the viewer's own tokens show and `public`, where they hold it, does not.
fn own(connection: &Connection, tokens: &[Token]) -> Result<Vec<Updated>> {
    let everyone = Token::public();
    let own: Vec<String> = readers(tokens.iter().filter(|token| **token != everyone));
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let mut query = any(&own);
    if tokens.contains(&everyone) {
        query.push_str(" NOT ");
        query.push_str(&quoted(READER, everyone.as_str()));
    }
    connection
        .prepare_cached(MATCHING)?
        .query_map([query], updated)?
        .collect()
}

fn updated(row: &Row<'_>) -> Result<Updated> {
    Ok((row.get(0)?, row.get(1)?))
}
