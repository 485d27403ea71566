//! Terms that are held, near one that may be misspelt.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result};
use tank_registry_core::access::Audience;
use tank_registry_core::search::distance;
use tank_registry_core::store::Term;

use super::part::{Sight, sights};
use super::tokens::{REST, any, quoted};
use super::vocabulary::{FARTHEST, for_each_rest};

// The join is written down: from the rests to the terms, never the other way.
const SELECT_CANDIDATES: &str = "
    SELECT vocabulary.term, vocabulary.public, vocabulary.other
    FROM vocabulary_rest CROSS JOIN vocabulary ON vocabulary.id = vocabulary_rest.rowid
    WHERE vocabulary_rest MATCH ?1";

/// A term, and the numbers of entries of either kind that have it.
struct Candidate {
    term: Term,
    public: i64,
    other: i64,
}

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
            near.push(Candidate {
                term: Term::new(candidate),
                public: row.get(1)?,
                other: row.get(2)?,
            });
        }
    }
    let sights = sights(audience);
    let mut held = Vec::new();
    for candidate in near {
        if is_held(connection, &sights, &candidate)? {
            held.push(candidate.term);
        }
    }
    Ok(held)
}

/// Whether an entry that may be read has a term. Where only some readers may, one look-up tells.
fn is_held(connection: &Connection, sights: &[Sight], candidate: &Candidate) -> Result<bool> {
    for Sight { part, readers } in sights {
        let entries = if part.is_public {
            candidate.public
        } else {
            candidate.other
        };
        let is_held = match readers {
            _ if entries == 0 => false,
            None => true,
            Some(readers) => {
                let query = format!("{} AND {readers}", quoted("", candidate.term.as_str()));
                let mut holds = connection.prepare_cached(part.holds)?;
                holds.query_one([query], |row| row.get(0))?
            }
        };
        if is_held {
            return Ok(true);
        }
    }
    Ok(false)
}
