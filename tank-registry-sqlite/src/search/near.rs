//! Terms that are held, near one that may be misspelt.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result, params};
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
    WHERE vocabulary_rest MATCH ?1
        AND abs(length(vocabulary.term) - ?2) <= ?3
        AND (vocabulary.public > 0 OR ?4)
    LIMIT ?5";

/// Terms that are compared at most: somebody may have published many that differ only behind the
/// letters that are indexed.
const MOST_CANDIDATES: u32 = 1000;

/// Terms of which it is asked at most whether a skill holds them that the audience may read.
const MOST_LOOK_UPS: u32 = 64;

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
    let sights = sights(audience);
    let sees_others = sights.iter().any(|sight| !sight.part.is_public);
    let length = term.as_str().chars().count();
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let mut rows = select.query(params![
        any(&rests),
        length,
        max_distance,
        sees_others,
        MOST_CANDIDATES
    ])?;
    let mut near = Vec::new();
    while let Some(row) = rows.next()? {
        let candidate = row.get_ref(0)?.as_str()?;
        let apart = distance(candidate, term.as_str());
        if apart <= max_distance {
            let candidate = Candidate {
                term: Term::new(candidate),
                public: row.get(1)?,
                other: row.get(2)?,
            };
            near.push((apart, candidate));
        }
    }
    near.sort_by(|(one, a), (other, b)| (one, &a.term).cmp(&(other, &b.term)));
    let mut look_ups = MOST_LOOK_UPS;
    let mut held = Vec::new();
    for (_, candidate) in near {
        if is_held(connection, &sights, &candidate, &mut look_ups)? {
            held.push(candidate.term);
        }
    }
    Ok(held)
}

/// Whether an entry that may be read has a term. Where only some readers may, one look-up tells.
fn is_held(
    connection: &Connection,
    sights: &[Sight],
    candidate: &Candidate,
    look_ups: &mut u32,
) -> Result<bool> {
    for Sight { part, readers } in sights {
        let entries = if part.is_public {
            candidate.public
        } else {
            candidate.other
        };
        let is_held = match readers {
            _ if entries == 0 => false,
            None => true,
            // The nearest were asked about first.
            Some(_) if *look_ups == 0 => false,
            Some(readers) => {
                *look_ups -= 1;
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
