//! Searching.

use std::time::Duration;

use http::Response;
use serde_json::Value;

use super::Call;
use crate::error::{Error, QueryErrors};
use crate::http::body::Body;
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
        let pairs = self.head.uri.query().unwrap_or_default();
        let value = |name: &str| {
            let mut pairs = url::form_urlencoded::parse(pairs.as_bytes());
            pairs.find(|(held, _)| held == name).map(|(_, value)| value)
        };
        let mut errors = QueryErrors::new();
        let mut number = |name: &'static str| {
            let text = value(name)?;
            let number = integer(&text);
            if number.is_none() {
                let reason = "Invalid input: expected integer".to_owned();
                errors.insert(name, vec![reason]);
            }
            number
        };
        let mut query = SearchQuery::default();
        if let Some(page) = number("page") {
            query.page = page;
        }
        if let Some(limit) = number("limit") {
            query.limit = u32::try_from(limit).unwrap_or(u32::MAX);
        }
        query.text = value("q").unwrap_or_default().into_owned();
        if let Err(reason) = SearchQuery::check_text(&query.text) {
            errors.insert("q", vec![reason]);
        }
        if !errors.is_empty() {
            return Err(Error::InvalidQuery(errors));
        }
        query.sort = value("sort").and_then(|sort| order(&sort));
        query.filters = Filters {
            visibility: value("visibility").and_then(|text| text.parse().ok()),
            verdict: value("security").and_then(|text| word(&text)),
            updated_since: value("freshness").and_then(|text| self.since(&text)),
            has_readme: value("docs").is_some_and(|text| text == "1"),
            atom_kind: value("atomKind")
                .filter(|kind| Manifest::is_atom_kind(kind))
                .map(std::borrow::Cow::into_owned),
        };
        Ok(query)
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

/// A whole number; one below zero is zero, and one that is too large the largest there is.
fn integer(text: &str) -> Option<u64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() < text.len() {
        return Some(0);
    }
    Some(digits.parse().unwrap_or(u64::MAX))
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
