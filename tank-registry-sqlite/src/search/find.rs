//! Lists: what matches, class by class, up to the bound.

use std::collections::HashSet;

use rusqlite::{Connection, Result};
use tank_registry_core::store::{Find, Found, Sort};

use super::scope::Scope;
use super::tokens::{FEWEST, MOST, NAME, NAME_START, PART_START, PIECE, any, pieces, quoted};
use super::{hit, list, sort};

pub(super) fn find(connection: &Connection, find: &Find) -> Result<Found> {
    let is_unbounded = find.bound.is_none() && find.sort == Sort::Updated;
    if is_unbounded && asks_for_nothing(find) && find.filters.is_empty() {
        return list::all(connection, find);
    }
    let bound = find.bound.map_or(usize::MAX - 1, to_usize);
    let scope = Scope::new(connection, &find.audience, &find.filters)?;
    let mut rows = matching(connection, find, &scope, bound + 1)?;
    let total_is_lower_bound = rows.len() > bound;
    rows.truncate(bound);
    sort::by(connection, find, &mut rows)?;
    Ok(Found {
        hits: hit::read(connection, page(&rows, find), find.since)?,
        total: rows.len() as u64,
        total_is_lower_bound,
    })
}

/// The part of a list that was asked for.
fn page<'a>(rows: &'a [i64], find: &Find) -> &'a [i64] {
    let start = usize::try_from(find.offset).unwrap_or(usize::MAX);
    let start = start.min(rows.len());
    let length = to_usize(find.limit).min(rows.len() - start);
    &rows[start..start + length]
}

fn asks_for_nothing(find: &Find) -> bool {
    find.words.is_empty() && find.name.is_none()
}

/// The first rows of what matches, in the order of lists.
fn matching(connection: &Connection, find: &Find, scope: &Scope, most: usize) -> Result<Vec<i64>> {
    if asks_for_nothing(find) {
        return scope.rows(connection, None, None, most);
    }
    let mut found = Distinct::default();
    if let Some(name) = &find.name {
        by_name(connection, name, scope, most, &mut found)?;
    }
    if found.rows.len() < most
        && let Some(query) = words(find)
    {
        found.add(scope.rows(connection, Some(&query), None, most)?);
    }
    // Each class alone may have been as long.
    found.rows.truncate(most);
    Ok(found.rows)
}

/// Rows, each where it was found first.
#[derive(Default)]
struct Distinct {
    rows: Vec<i64>,
    seen: HashSet<i64>,
}

impl Distinct {
    /// Adds rows that are distinct by themselves.
    fn add(&mut self, rows: Vec<i64>) {
        if rows.is_empty() {
            return;
        }
        if self.rows.is_empty() {
            self.rows = rows;
            return;
        }
        // Noted only when more come: most lists are found at once.
        self.seen.extend(&self.rows[self.seen.len()..]);
        let new = rows.into_iter().filter(|row| !self.seen.contains(row));
        self.rows.extend(new);
    }
}

/// The most pieces of a text that are looked for; the names that are found are looked at anyway.
const PIECES: usize = 8;

/// The name classes 4 to 1. What is in a higher one is found by the lowest too.
fn by_name(
    connection: &Connection,
    name: &str,
    scope: &Scope,
    most: usize,
    found: &mut Distinct,
) -> Result<()> {
    let exactly = quoted(NAME, name);
    if name.chars().count() < FEWEST {
        found.add(scope.rows(connection, Some(&exactly), None, most)?);
        return Ok(());
    }
    // First what all of them contain: mostly nothing, and then no other class has anything.
    let contains = Some(name).filter(|name| name.chars().count() > MOST);
    let containing = scope.rows(connection, Some(&containing(name)), contains, most)?;
    if containing.is_empty() {
        return Ok(());
    }
    let (start, part) = (quoted(NAME_START, name), quoted(PART_START, name));
    for query in [exactly, start, part] {
        found.add(scope.rows(connection, Some(&query), None, most)?);
    }
    found.add(containing);
    Ok(())
}

/// Names with all pieces of a text, among which are those that contain it; if it is no longer than
/// a piece, they alone.
fn containing(text: &str) -> String {
    // All pieces but the shorter ones at the end, which are parts of others.
    let whole = (text.chars().count() + 1).saturating_sub(MOST).max(1);
    let pieces: Vec<&str> = pieces(text).take(whole).collect();
    let some = pieces.iter().step_by(MOST / 2).take(PIECES);
    let some = some.chain(pieces.last());
    let some: Vec<String> = some.map(|piece| part(PIECE, piece, true)).collect();
    some.join(" AND ")
}

/// All of the words, of each any alternative; nothing if that cannot be.
fn words(find: &Find) -> Option<String> {
    if find.words.is_empty() || find.words.iter().any(Vec::is_empty) {
        return None;
    }
    let last = find.words.len() - 1;
    let words = find.words.iter().enumerate().map(|(at, word)| {
        let is_prefix = find.last_is_prefix && at == last;
        any(&word
            .iter()
            .map(|term| part("", term.as_str(), is_prefix))
            .collect::<Vec<_>>())
    });
    Some(words.collect::<Vec<_>>().join(" AND "))
}

fn part(mark: &str, text: &str, is_prefix: bool) -> String {
    let mut part = quoted(mark, text);
    if is_prefix {
        part.push('*');
    }
    part
}

fn to_usize(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
