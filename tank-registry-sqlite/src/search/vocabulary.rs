//! The terms of all entries that are shown, counted, and what finds those near a misspelt one.
//!
//! Two terms within a distance of two have something in common after up to two characters are left
//! out of each: a character that is put in or left out is taken from one side, one that is replaced,
//! or one of two that are swapped, from both. The same holds for their beginnings, where what an edit
//! pushed over the end counts as left out. So it is enough to index these *rests* of each beginning.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Result, params};

use super::document::{Document, Shown};
use super::tokens::{REST, Tokens};

/// The greatest distance at which a term is found.
pub(super) const FARTHEST: u32 = 2;

/// Characters of a beginning.
const BEGINNING: usize = 7;

const ADD: &str = "
    UPDATE vocabulary SET public = public + ?2, other = other + ?3 WHERE term = ?1
    RETURNING id, public + other";

const INSERT_TERM: &str = "INSERT INTO vocabulary (term, public, other) VALUES (?1, ?2, ?3)";

const DELETE_TERM: &str = "DELETE FROM vocabulary WHERE id = ?1";

const INSERT_RESTS: &str = "INSERT INTO vocabulary_rest (rowid, rests) VALUES (?1, ?2)";

const DELETE_RESTS: &str = "DELETE FROM vocabulary_rest WHERE rowid = ?1";

/// How the counts of a term change.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Change {
    public: i64,
    other: i64,
}

impl Change {
    fn add(&mut self, shown: Shown, number: i64) {
        match shown {
            Shown::ToAll => self.public += number,
            Shown::ToSome => self.other += number,
            Shown::ToNobody => {}
        }
    }
}

/// Counts the terms of one document no more, and those of another from now on.
pub(super) fn change(
    connection: &Connection,
    before: Option<&Document>,
    after: Option<&Document>,
) -> Result<()> {
    // In order, so that neighbours in the table are changed one after the other.
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for (document, number) in [(before, -1), (after, 1)] {
        let Some(document) = document else { continue };
        let terms: std::collections::HashSet<&str> = document.each_term().collect();
        for term in terms {
            changes.entry(term).or_default().add(document.shown, number);
        }
    }
    for (term, change) in changes {
        if change != Change::default() {
            apply(connection, term, change)?;
        }
    }
    Ok(())
}

fn apply(connection: &Connection, term: &str, change: Change) -> Result<()> {
    let Change { public, other } = change;
    let held: Option<(i64, i64)> = connection
        .prepare_cached(ADD)?
        .query_one(params![term, public, other], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match held {
        None => {
            connection
                .prepare_cached(INSERT_TERM)?
                .execute(params![term, public, other])?;
            let id = connection.last_insert_rowid();
            connection
                .prepare_cached(INSERT_RESTS)?
                .execute(params![id, rests(term)])?;
        }
        Some((id, 0)) => {
            connection.prepare_cached(DELETE_TERM)?.execute([id])?;
            connection.prepare_cached(DELETE_RESTS)?.execute([id])?;
        }
        Some(_) => {}
    }
    Ok(())
}

fn rests(term: &str) -> String {
    let mut tokens = Tokens::default();
    for_each_rest(term, FARTHEST, |rest| tokens.add(REST, rest));
    tokens.into_text()
}

/// Passes on the beginning of a term, and it without one or, at a distance of two, two of its
/// characters; some rests perhaps more than once.
pub(super) fn for_each_rest(term: &str, distance: u32, mut each: impl FnMut(&str)) {
    let beginning: Vec<char> = term.chars().take(BEGINNING).collect();
    let mut rest = String::new();
    let mut pass = |without: [usize; 2]| {
        rest.clear();
        let letters = beginning.iter().enumerate();
        rest.extend(
            letters
                .filter(|(at, _)| !without.contains(at))
                .map(|(_, letter)| letter),
        );
        each(&rest);
    };
    pass([usize::MAX; 2]);
    for one in 0..beginning.len() {
        pass([one; 2]);
        if distance >= FARTHEST {
            for other in one + 1..beginning.len() {
                pass([one, other]);
            }
        }
    }
}
