//! The terms of all entries that are shown, counted, and what finds those near a misspelt one.
//!
//! Two terms within a distance of two have something in common after up to two characters are left
//! out of each: a character that is put in or left out is taken from one side, one that is replaced,
//! or one of two that are swapped, from both. The same holds for their beginnings, where what an edit
//! pushed over the end counts as left out. So it is enough to index these *rests* of each beginning.

use std::collections::{BTreeMap, HashSet};

use rusqlite::{Connection, Result, params};

use super::document::{Document, Shown};
use super::tokens::{REST, Tokens};

/// The greatest distance at which a term is found.
pub(super) const FARTHEST: u32 = 2;

/// Characters of a beginning.
const BEGINNING: usize = 7;

const ADD: &str = "UPDATE vocabulary SET public = public + ?2, other = other + ?3 WHERE term = ?1";

const INSERT_TERM: &str = "INSERT INTO vocabulary (term, public, other) VALUES (?1, ?2, ?3)";

// The index of these is empty but for a moment.
const SELECT_UNUSED: &str = "SELECT id FROM vocabulary WHERE public = 0 AND other = 0";

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
            Shown::Publicly => self.public += number,
            Shown::Privately => self.other += number,
            Shown::No => {}
        }
    }
}

/// Counts the terms of one document no more, and those of another from now on.
pub(super) fn change(
    connection: &Connection,
    before: Option<&Document>,
    after: &Document,
) -> Result<()> {
    // In order, so that neighbours in the index are looked up one after the other.
    let mut changes: BTreeMap<&str, Change> = BTreeMap::new();
    for (document, number) in [(before, -1), (Some(after), 1)] {
        let Some(document) = document.filter(|document| document.shown != Shown::No) else {
            continue;
        };
        let terms: HashSet<&str> = document.each_term().collect();
        for term in terms {
            changes.entry(term).or_default().add(document.shown, number);
        }
    }
    changes.retain(|_, change| *change != Change::default());
    let mut add = connection.prepare_cached(ADD)?;
    for (term, Change { public, other }) in changes {
        let is_new = add.execute(params![term, public, other])? == 0;
        if is_new {
            insert(connection, term, public, other)?;
        }
    }
    if before.is_some() {
        delete_unused(connection)?;
    }
    Ok(())
}

fn insert(connection: &Connection, term: &str, public: i64, other: i64) -> Result<()> {
    connection
        .prepare_cached(INSERT_TERM)?
        .execute(params![term, public, other])?;
    let id = connection.last_insert_rowid();
    connection
        .prepare_cached(INSERT_RESTS)?
        .execute(params![id, rests(term)])?;
    Ok(())
}

fn delete_unused(connection: &Connection) -> Result<()> {
    let unused: Vec<i64> = connection
        .prepare_cached(SELECT_UNUSED)?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_>>()?;
    for id in unused {
        connection.prepare_cached(DELETE_TERM)?.execute([id])?;
        connection.prepare_cached(DELETE_RESTS)?.execute([id])?;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;
    use tank_registry_core::search::distance;

    use super::*;

    fn all_rests(term: &str, distance: u32) -> BTreeSet<String> {
        let mut rests = BTreeSet::new();
        for_each_rest(term, distance, |rest| {
            rests.insert(rest.to_owned());
        });
        rests
    }

    #[test]
    fn rests_are_the_beginning_without_up_to_two_characters() {
        let without_one = ["ab", "aü", "bü", "abü"];
        let without_two = ["a", "b", "ü", "ab", "aü", "bü", "abü"];
        assert!(all_rests("abü", 1).iter().eq(&BTreeSet::from(without_one)));
        assert!(all_rests("abü", 2).iter().eq(&BTreeSet::from(without_two)));
        assert!(all_rests("ab", 2).contains(""));
    }

    proptest! {
        #[test]
        fn terms_that_are_near_have_a_rest_in_common(
            held in "[abc]{1,12}",
            edits in proptest::collection::vec((any::<prop::sample::Index>(), 0..4, "[abc]"), 1..3),
        ) {
            let mut asked: Vec<char> = held.chars().collect();
            for (at, edit, letter) in &edits {
                let at = at.index(asked.len() + 1);
                let letter = letter.chars().next().unwrap_or('a');
                match edit {
                    0 => asked.insert(at, letter),
                    1 if at < asked.len() => drop(asked.remove(at)),
                    2 if at < asked.len() => asked[at] = letter,
                    _ if at + 1 < asked.len() => asked.swap(at, at + 1),
                    _ => {}
                }
            }
            let asked: String = asked.into_iter().collect();
            let distance = distance(&held, &asked).clamp(1, FARTHEST);
            let common = all_rests(&asked, distance);
            prop_assert!(!common.is_disjoint(&all_rests(&held, FARTHEST)), "{held} {asked}");
        }
    }
}
