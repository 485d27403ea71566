//! What a search found.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{SkillName, Timestamp, Version, Visibility};
use crate::ops::{SearchPage, SearchResult};
use crate::scan::Verdict;

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Search<'a> {
    results: Vec<SearchLine<'a>>,
    page: u64,
    limit: u32,
    total: u64,
    total_is_lower_bound: bool,
}

impl<'a> From<&'a SearchPage> for Search<'a> {
    fn from(page: &'a SearchPage) -> Self {
        Self {
            results: page.results.iter().map(SearchLine::from).collect(),
            page: page.page.number,
            limit: page.page.limit,
            total: page.total,
            total_is_lower_bound: page.total_is_lower_bound,
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct SearchLine<'a> {
    name: &'a SkillName,
    description: Option<&'a str>,
    visibility: Visibility,
    latest_version: &'a Version,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    scan_verdict: Option<Verdict>,
    publisher: &'a str,
    downloads: u64,
    stars: u64,
    updated_at: Timestamp,
    atom_kinds: &'a [String],
}

impl<'a> From<&'a SearchResult> for SearchLine<'a> {
    fn from(result: &'a SearchResult) -> Self {
        let hit = &result.hit;
        Self {
            name: &hit.name,
            description: hit.description.as_deref(),
            visibility: hit.visibility,
            latest_version: &hit.latest,
            audit_score: hit.audit_score,
            scan_verdict: hit.verdict,
            publisher: &result.publisher,
            downloads: hit.downloads,
            stars: hit.stars,
            updated_at: hit.updated_at,
            atom_kinds: &hit.atom_kinds,
        }
    }
}
