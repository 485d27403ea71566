//! What administrators are told of scans and of versions that are held.

use serde::Serialize;

use crate::error::Error;
use crate::model::{SkillName, Timestamp, Version, VersionId};
use crate::ops::{self, Page, Paged};
use crate::scan::{AuditStatus, Verdict};
use crate::store::ListedVersion;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rescanned<'a> {
    success: bool,
    /// No scan is kept under an id of its own.
    scan_id: Option<&'a str>,
    verdict: Verdict,
    findings_count: usize,
    version: &'a Version,
}

impl<'a> From<&'a ops::Rescanned> for Rescanned<'a> {
    fn from(rescanned: &'a ops::Rescanned) -> Self {
        Self {
            success: true,
            scan_id: None,
            verdict: rescanned.verdict,
            findings_count: rescanned.findings,
            version: &rescanned.version,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RescannedMany<'a> {
    matched: u64,
    rescanned: u64,
    remaining: u64,
    dry_run: bool,
    results: Vec<RescanResult<'a>>,
}

/// One of many: its verdict of now, or of before where it was not scanned.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RescanResult<'a> {
    name: &'a SkillName,
    version: &'a Version,
    success: bool,
    verdict: Option<Verdict>,
    findings_count: Option<usize>,
    error: Option<String>,
}

impl<'a> RescannedMany<'a> {
    pub(crate) fn new(many: &'a ops::RescannedMany, dry_run: bool) -> Self {
        let results = many.results.iter();
        Self {
            matched: many.matched,
            rescanned: many.rescanned(),
            remaining: many.remaining(),
            dry_run,
            results: results
                .map(|(version, result)| RescanResult::new(version, result.as_ref()))
                .collect(),
        }
    }
}

impl<'a> RescanResult<'a> {
    fn new(version: &'a ListedVersion, result: Option<&'a Result<ops::Rescanned, Error>>) -> Self {
        let done = result.and_then(|result| result.as_ref().ok());
        let error = result.and_then(|result| result.as_ref().err());
        Self {
            name: &version.skill,
            version: &version.brief.version,
            success: done.is_some(),
            verdict: done.map_or(version.brief.verdict, |done| Some(done.verdict)),
            findings_count: done.map(|done| done.findings),
            error: error.map(ToString::to_string),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Released<'a> {
    success: bool,
    name: &'a SkillName,
    version: &'a Version,
    #[serde(rename = "releasedAt")]
    at: Timestamp,
    /// Whether its permissions grow more than its number allows, which was overridden.
    escalation: bool,
}

impl<'a> From<&'a ops::Released> for Released<'a> {
    fn from(released: &'a ops::Released) -> Self {
        Self {
            success: true,
            name: &released.name,
            version: &released.version,
            at: released.at,
            escalation: released.escalation,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HeldVersions<'a> {
    versions: Vec<HeldVersion<'a>>,
    total: u64,
    page: u64,
    limit: u32,
    total_pages: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeldVersion<'a> {
    name: &'a SkillName,
    version: &'a Version,
    version_id: VersionId,
    published_by: String,
    published_at: Timestamp,
    audit_status: AuditStatus,
    scan_verdict: Option<Verdict>,
    scanned_at: Option<Timestamp>,
    /// Whether a scan that comes to its end may let it go live; every other one waits for a person.
    awaits_scan: bool,
}

impl<'a> HeldVersions<'a> {
    pub(crate) fn new(held: &'a Paged<ListedVersion>, page: Page) -> Self {
        Self {
            versions: held.items.iter().map(HeldVersion::from).collect(),
            total: held.total,
            page: page.number,
            limit: page.limit,
            total_pages: held.total.div_ceil(u64::from(page.limit)),
        }
    }
}

impl<'a> From<&'a ListedVersion> for HeldVersion<'a> {
    fn from(held: &'a ListedVersion) -> Self {
        let brief = &held.brief;
        Self {
            name: &held.skill,
            version: &brief.version,
            version_id: brief.id,
            published_by: brief.published_by.to_string(),
            published_at: brief.published_at,
            audit_status: brief.audit_status,
            scan_verdict: brief.verdict,
            scanned_at: brief.scanned_at,
            awaits_scan: brief.awaits_scan,
        }
    }
}
