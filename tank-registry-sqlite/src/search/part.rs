//! The two parts of the index: what everyone may read, and the rest.
//!
//! Most searches are anonymous and most skills are public. In a part of their own nothing need be
//! asked of each of them, and the rest is found by the tokens of the few who may read it.

use tank_registry_core::access::{Audience, Token};

use super::tokens::{READER, any, quoted};

/// A part, as the statements on its table.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) is_public: bool,
    pub(super) insert: &'static str,
    pub(super) delete: &'static str,
    /// The first rows of a query.
    pub(super) matching: &'static str,
    /// The same, where the entry was updated since a time and its name contains a text.
    pub(super) checked: &'static str,
    /// All rows of a query, and when they were updated.
    pub(super) updated: &'static str,
    /// Whether a query has any row.
    pub(super) holds: &'static str,
    /// Merges some segments.
    pub(super) merge: &'static str,
}

// Joins are written down: from the tokens to the entries, never the other way.
macro_rules! part {
    ($table:literal, $is_public:literal) => {
        Part {
            is_public: $is_public,
            insert: concat!("INSERT INTO ", $table, " (rowid, tokens) VALUES (?1, ?2)"),
            delete: concat!("DELETE FROM ", $table, " WHERE rowid = ?1"),
            matching: concat!(
                "SELECT rowid FROM ",
                $table,
                " WHERE ",
                $table,
                " MATCH ?1 ORDER BY rowid LIMIT ?2"
            ),
            checked: concat!(
                "SELECT row FROM ",
                $table,
                " CROSS JOIN search_entry INDEXED BY search_entry_keys ON row = ",
                $table,
                ".rowid WHERE ",
                $table,
                " MATCH ?1 AND updated_at >= ?3 AND instr(name, ?4) > 0 ORDER BY ",
                $table,
                ".rowid LIMIT ?2"
            ),
            updated: concat!(
                "SELECT updated_at, row FROM ",
                $table,
                " CROSS JOIN search_entry INDEXED BY search_entry_keys ON row = ",
                $table,
                ".rowid WHERE ",
                $table,
                " MATCH ?1"
            ),
            holds: concat!(
                "SELECT EXISTS (SELECT 1 FROM ",
                $table,
                " WHERE ",
                $table,
                " MATCH ?1)"
            ),
            merge: concat!(
                "INSERT INTO ",
                $table,
                " (",
                $table,
                ", rank) VALUES ('merge', ?1)"
            ),
        }
    };
}

/// Of entries that everyone may read.
pub(super) static PUBLIC: Part = part!("search_public", true);

/// Of all others that are shown.
pub(super) static OTHER: Part = part!("search_other", false);

/// What of a part an audience may read.
#[derive(Debug)]
pub(super) struct Sight {
    pub(super) part: &'static Part,
    /// Any of these readers, as a part of a query; all of it, if there is none.
    pub(super) readers: Option<String>,
}

impl Sight {
    fn all(part: &'static Part) -> Self {
        Self {
            part,
            readers: None,
        }
    }
}

/// What an audience may read.
pub(super) fn sights(audience: &Audience) -> Vec<Sight> {
    let Audience::AnyOf(tokens) = audience else {
        return vec![Sight::all(&PUBLIC), Sight::all(&OTHER)];
    };
    let everyone = Token::public();
    let own = tokens.iter().filter(|token| **token != everyone);
    let own: Vec<String> = own.map(|token| quoted(READER, token.as_str())).collect();
    let own = (!own.is_empty()).then(|| any(&own));
    let by_own = |part| {
        let readers = own.clone();
        readers.map(|readers| Sight {
            part,
            readers: Some(readers),
        })
    };
    // What everyone may read may name readers besides.
    let public = if tokens.contains(&everyone) {
        Some(Sight::all(&PUBLIC))
    } else {
        by_own(&PUBLIC)
    };
    public.into_iter().chain(by_own(&OTHER)).collect()
}
