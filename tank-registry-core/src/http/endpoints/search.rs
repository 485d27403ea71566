//! Searching.

use std::time::Duration;

use http::Response;
use serde_json::Value;

use super::Call;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::query::Query;
use crate::http::{answer, wire};
use crate::model::{Manifest, Timestamp};
use crate::ops::SearchQuery;
use crate::store::{Filters, Sort};

impl Call<'_> {
    /// `GET /search`
    pub(super) async fn search(&self) -> Result<Response<Body>, Error> {
        let query = self.search_query()?;
        let page = self.registry.search(self.viewer, query).await?;
        answer::json(&wire::Search::from(&page))
    }

    fn search_query(&self) -> Result<SearchQuery, Error> {
        let mut given = Query::of(&self.head.uri);
        let page = given.page();
        let text = given.get("q").unwrap_or_default().to_owned();
        if let Err(reason) = SearchQuery::check_text(&text) {
            given.refuse("q", reason);
        }
        let filters = Filters {
            visibility: given.get("visibility").and_then(|text| text.parse().ok()),
            verdict: given.get("security").and_then(word),
            updated_since: given.get("freshness").and_then(|text| self.since(text)),
            has_readme: given.get("docs") == Some("1"),
            atom_kind: given
                .get("atomKind")
                .filter(|kind| Manifest::is_atom_kind(kind))
                .map(ToOwned::to_owned),
        };
        let sort = given.get("sort").and_then(order);
        given.finish()?;
        Ok(SearchQuery {
            text,
            page,
            sort,
            filters,
        })
    }

    fn since(&self, freshness: &str) -> Option<Timestamp> {
        const DAY: Duration = Duration::from_hours(24);
        let days = match freshness {
            "week" => 7,
            "month" => 30,
            "year" => 365,
            _ => return None,
        };
        Some(self.registry.inner.clock.now().before(DAY * days))
    }
}

fn order(text: &str) -> Option<Sort> {
    match text {
        "updated" => Some(Sort::Updated),
        "downloads" => Some(Sort::Downloads),
        "stars" => Some(Sort::Stars),
        "score" => Some(Sort::Score),
        "name" => Some(Sort::Name),
        _ => None,
    }
}

/// A value that its type knows by this word.
fn word<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(Value::from(text)).ok()
}
