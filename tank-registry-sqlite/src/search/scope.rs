//! Whom and what a search is confined to, as a part of its query.

use rusqlite::{Connection, Result, params};
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::model::Timestamp;
use tank_registry_core::store::Filters;

use super::document::verdict_mark;
use super::tokens::{ATOM_KIND, READER, README, SHOWN, VERDICT, VISIBILITY, any, quoted};
use super::updates;

const MATCHING: &str = "
    SELECT rowid FROM search_index WHERE search_index MATCH ?1 ORDER BY rowid LIMIT ?2";

// The join is written down: from the tokens to the entries, never the other way.
const MATCHING_AND_CHECKED: &str = "
    SELECT search_index.rowid
    FROM search_index CROSS JOIN search_entry ON search_entry.row = search_index.rowid
    WHERE search_index MATCH ?1
      AND search_entry.updated_at >= ?3 AND instr(search_entry.name, ?4) > 0
    ORDER BY search_index.rowid LIMIT ?2";

/// An audience and filters.
#[derive(Debug)]
pub(super) struct Scope {
    conditions: Vec<String>,
    updated_since: Option<Timestamp>,
}

impl Scope {
    /// Nothing if nobody asks.
    pub(super) fn new(
        connection: &Connection,
        audience: &Audience,
        filters: &Filters,
    ) -> Result<Option<Self>> {
        let mut conditions = Vec::new();
        if let Audience::AnyOf(tokens) = audience {
            if tokens.is_empty() {
                return Ok(None);
            }
            conditions.push(any(&readers(tokens.iter())));
        }
        if let Some(visibility) = filters.visibility {
            conditions.push(quoted(VISIBILITY, visibility.as_str()));
        }
        if let Some(verdict) = filters.verdict {
            conditions.push(quoted(VERDICT, verdict_mark(verdict)));
        }
        if filters.has_readme {
            conditions.push(quoted(README, ""));
        }
        if let Some(kind) = &filters.atom_kind {
            conditions.push(quoted(ATOM_KIND, kind));
        }
        if let Some(since) = filters.updated_since
            && let Some(blocks) = updates::blocks(connection, since)?
        {
            conditions.push(any(&blocks));
        }
        Ok(Some(Self {
            conditions,
            updated_since: filters.updated_since,
        }))
    }

    /// The first rows that match a query, or all there are without one, and whose name contains a
    /// text, where that is not certain already.
    pub(super) fn rows(
        &self,
        connection: &Connection,
        query: Option<&str>,
        contains: Option<&str>,
        limit: usize,
    ) -> Result<Vec<i64>> {
        let mut all: Vec<&str> = query.into_iter().collect();
        all.extend(self.conditions.iter().map(String::as_str));
        let shown = quoted(SHOWN, "");
        if all.is_empty() {
            all.push(&shown);
        }
        let query = all.join(" AND ");
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let row = |row: &rusqlite::Row<'_>| row.get(0);
        if contains.is_none() && self.updated_since.is_none() {
            return connection
                .prepare_cached(MATCHING)?
                .query_map(params![query, limit], row)?
                .collect();
        }
        let since = self.updated_since.map_or(i64::MIN, Timestamp::as_millis);
        connection
            .prepare_cached(MATCHING_AND_CHECKED)?
            .query_map(params![query, limit, since, contains.unwrap_or("")], row)?
            .collect()
    }
}

/// The tokens of readers, as parts of a query.
pub(super) fn readers<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> Vec<String> {
    let tokens = tokens.into_iter();
    tokens.map(|token| quoted(READER, token.as_str())).collect()
}
