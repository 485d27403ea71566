//! What came back.

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tank_registry_core::http::Body;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Bytes,
    /// The body as JSON, or null when it is none.
    pub json: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response<Body>) -> Self {
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let json = serde_json::from_slice(&bytes).unwrap_or_default();
        Self {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes,
            json,
        }
    }

    /// A field that must be a string.
    pub fn text(&self, field: &str) -> &str {
        self.json[field]
            .as_str()
            .unwrap_or_else(|| panic!("no text {field} in {self:?}"))
    }

    /// A field that must be an array.
    pub fn list(&self, field: &str) -> &[Value] {
        self.json[field]
            .as_array()
            .unwrap_or_else(|| panic!("no list {field} in {self:?}"))
    }

    /// The names of what a search found.
    pub fn names(&self) -> Vec<&str> {
        let results = self.list("results").iter();
        results
            .map(|result| result["name"].as_str().unwrap())
            .collect()
    }

    /// A field that must be a number.
    pub fn number(&self, field: &str) -> u64 {
        self.json[field]
            .as_u64()
            .unwrap_or_else(|| panic!("no number {field} in {self:?}"))
    }

    /// A header that is a number, if it is there.
    pub fn header_number(&self, name: &str) -> Option<i64> {
        self.header(name).map(|text| text.parse().unwrap())
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// All that a caller could tell two answers apart by: status, body and headers, but for those
    /// that differ from request to request anyway.
    pub fn shown(&self) -> (u16, Vec<(String, String)>, Bytes) {
        const OF_THE_REQUEST: [&str; 3] =
            ["x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"];
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .filter(|(name, _)| !OF_THE_REQUEST.contains(&name.as_str()))
            .collect();
        headers.sort_unstable();
        (self.status, headers, self.bytes.clone())
    }

    /// Status and error text at once.
    pub fn refusal(&self) -> (u16, &str) {
        (self.status, self.text("error"))
    }
}
