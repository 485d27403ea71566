//! Terms that are held, near one that may be misspelt.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result};
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::search::distance;
use tank_registry_core::store::Term;

use super::scope::readers;
use super::tokens::{REST, any, quoted};
use super::vocabulary::{FARTHEST, for_each_rest};

// The join is written down: from the rests to the terms, never the other way.
const SELECT_CANDIDATES: &str = "
    SELECT vocabulary.term, vocabulary.public
    FROM vocabulary_rest CROSS JOIN vocabulary ON vocabulary.id = vocabulary_rest.rowid
    WHERE vocabulary_rest MATCH ?1";

const IS_HELD: &str = "SELECT EXISTS (SELECT 1 FROM search_index WHERE search_index MATCH ?1)";

pub(super) fn near(
    connection: &Connection,
    audience: &Audience,
    term: &Term,
    max_distance: u32,
) -> Result<Vec<Term>> {
    let max_distance = max_distance.min(FARTHEST);
    let mut rests = BTreeSet::new();
    for_each_rest(term.as_str(), max_distance, |rest| {
        rests.insert(quoted(REST, rest));
    });
    let rests: Vec<String> = rests.into_iter().collect();
    let mut select = connection.prepare_cached(SELECT_CANDIDATES)?;
    let mut rows = select.query([any(&rests)])?;
    let mut near = Vec::new();
    while let Some(row) = rows.next()? {
        let candidate = row.get_ref(0)?.as_str()?;
        if distance(candidate, term.as_str()) <= max_distance {
            let public: i64 = row.get(1)?;
            near.push((Term::new(candidate), public > 0));
        }
    }
    drop(rows);
    let mut held = Vec::new();
    for (term, public) in near {
        if is_held(connection, audience, &term, public)? {
            held.push(term);
        }
    }
    Ok(held)
}

/// Whether the audience may read an entry with a term, of which it is known whether a public one
/// has it.
fn is_held(
    connection: &Connection,
    audience: &Audience,
    term: &Term,
    public: bool,
) -> Result<bool> {
    let Audience::AnyOf(tokens) = audience else {
        return Ok(true);
    };
    let everyone = Token::public();
    if public && tokens.contains(&everyone) {
        return Ok(true);
    }
    // What is public to nobody need not be looked for among the public.
    let own = tokens.iter().filter(|token| **token != everyone || public);
    let own = readers(own);
    if own.is_empty() {
        return Ok(false);
    }
    let query = format!("{} AND {}", quoted("", term.as_str()), any(&own));
    connection
        .prepare_cached(IS_HELD)?
        .query_one([query], |row| row.get(0))
}
