//! Whom and what a search is confined to.

use rusqlite::{Connection, Result, params};
use tank_registry_core::access::Audience;
use tank_registry_core::model::Timestamp;
use tank_registry_core::store::Filters;

use super::document::verdict_mark;
use super::part::{Sight, sights};
use super::tokens::{ATOM_KIND, README, SHOWN, VERDICT, VISIBILITY, any, quoted};
use super::updates;

/// An audience and filters.
#[derive(Debug)]
pub(super) struct Scope {
    sights: Vec<Sight>,
    /// Parts of a query, all of which must hold.
    filters: Vec<String>,
    updated_since: Option<Timestamp>,
}

impl Scope {
    pub(super) fn new(
        connection: &Connection,
        audience: &Audience,
        filters: &Filters,
    ) -> Result<Self> {
        let mut parts = Vec::new();
        if let Some(visibility) = filters.visibility {
            parts.push(quoted(VISIBILITY, visibility.as_str()));
        }
        if let Some(verdict) = filters.verdict {
            parts.push(quoted(VERDICT, verdict_mark(verdict)));
        }
        if filters.has_readme {
            parts.push(quoted(README, ""));
        }
        if let Some(kind) = &filters.atom_kind {
            parts.push(quoted(ATOM_KIND, kind));
        }
        if let Some(since) = filters.updated_since
            && let Some(blocks) = updates::blocks(connection, since)?
        {
            parts.push(any(&blocks));
        }
        Ok(Self {
            sights: sights(audience),
            filters: parts,
            updated_since: filters.updated_since,
        })
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
        let mut rows = Vec::new();
        for sight in &self.sights {
            let query = self.query(sight, query);
            rows.extend(self.matching(connection, sight, &query, contains, limit)?);
        }
        // Each sight alone is in order.
        if self.sights.len() > 1 {
            rows.sort_unstable();
            rows.truncate(limit);
        }
        Ok(rows)
    }

    fn query(&self, sight: &Sight, query: Option<&str>) -> String {
        let mut parts: Vec<&str> = query.into_iter().collect();
        parts.extend(sight.readers.as_deref());
        parts.extend(self.filters.iter().map(String::as_str));
        if parts.is_empty() {
            return quoted(SHOWN, "");
        }
        parts.join(" AND ")
    }

    fn matching(
        &self,
        connection: &Connection,
        sight: &Sight,
        query: &str,
        contains: Option<&str>,
        limit: usize,
    ) -> Result<Vec<i64>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        if contains.is_none() && self.updated_since.is_none() {
            return connection
                .prepare_cached(sight.part.matching)?
                .query_map(params![query, limit], |row| row.get(0))?
                .collect();
        }
        let since = self.updated_since.map_or(i64::MIN, Timestamp::as_millis);
        let contains = contains.unwrap_or("");
        connection
            .prepare_cached(sight.part.checked)?
            .query_map(params![query, limit, since, contains], |row| row.get(0))?
            .collect()
    }
}
