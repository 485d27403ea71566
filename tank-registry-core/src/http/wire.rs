//! The bodies of answers. A field that has no value is `null`, never absent: clients call methods
//! on what they read.

mod moderation;
mod orgs;
mod scan;
mod search;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub(crate) use moderation::{HeldVersions, Released, Rescanned, RescannedMany};
pub(crate) use orgs::{
    Access, Organization, OrganizationDetail, OrganizationMember, Organizations,
};
pub(crate) use scan::VersionScan;
pub(crate) use search::Search;

use crate::model::{
    Integrity, Permissions, SkillId, SkillName, SkillStatus, Timestamp, Version, VersionId,
    VersionState, Visibility,
};
use crate::ops::{Confirmed, SkillPage, VersionPage};
use crate::scan::{AuditStatus, Finding, Severity, Stage, Verdict};
use crate::store::{self, VersionBrief, VersionRecord};

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishStarted {
    pub(crate) upload_url: String,
    pub(crate) skill_id: SkillId,
    pub(crate) version_id: VersionId,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishConfirmed<'a> {
    success: bool,
    name: &'a SkillName,
    version: &'a Version,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    scan_verdict: Option<Verdict>,
    status: &'static str,
}

impl<'a> From<&'a Confirmed> for PublishConfirmed<'a> {
    fn from(confirmed: &'a Confirmed) -> Self {
        Self {
            success: true,
            name: &confirmed.name,
            version: &confirmed.version,
            audit_score: confirmed.audit_score,
            scan_verdict: confirmed.verdict,
            status: if confirmed.held {
                "quarantined"
            } else {
                "published"
            },
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhoAmI<'a> {
    pub(crate) user_id: String,
    pub(crate) name: &'a str,
    pub(crate) email: Option<&'a str>,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct VersionLine<'a> {
    version: &'a Version,
    integrity: &'a Integrity,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    audit_status: AuditStatus,
    published_at: Timestamp,
    tarball_size: u64,
    file_count: u32,
    scan_verdict: Option<Verdict>,
}

impl<'a> From<&'a VersionBrief> for VersionLine<'a> {
    fn from(brief: &'a VersionBrief) -> Self {
        Self {
            version: &brief.version,
            integrity: &brief.integrity,
            audit_score: brief.audit_score,
            audit_status: brief.audit_status,
            published_at: brief.published_at,
            tarball_size: brief.archive_size,
            file_count: brief.file_count,
            scan_verdict: brief.verdict,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Versions<'a> {
    name: &'a SkillName,
    versions: Vec<VersionLine<'a>>,
}

impl<'a> Versions<'a> {
    pub(crate) fn new(name: &'a SkillName, versions: &'a [VersionBrief]) -> Self {
        Self {
            name,
            versions: versions.iter().map(VersionLine::from).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Files<'a> {
    name: &'a SkillName,
    version: &'a Version,
    #[serde(rename = "files")]
    paths: Vec<&'a str>,
}

impl<'a> From<&'a VersionRecord> for Files<'a> {
    fn from(record: &'a VersionRecord) -> Self {
        Self {
            name: &record.name,
            version: &record.brief.version,
            paths: record.files.iter().map(|row| row.path.as_str()).collect(),
        }
    }
}

/// What has nothing else to say; clients parse every body.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Done {
    success: bool,
}

impl Done {
    pub(crate) const DONE: Self = Self { success: true };
}

/// Clients of both ages: one reads `count`, the other `starCount`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stars {
    count: u64,
    star_count: u64,
    is_starred: bool,
}

impl From<store::Stars> for Stars {
    fn from(stars: store::Stars) -> Self {
        Self {
            count: stars.count,
            star_count: stars.count,
            is_starred: stars.starred,
        }
    }
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct StarSet {
    success: bool,
    #[serde(flatten)]
    stars: Stars,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'static str>,
}

impl StarSet {
    pub(crate) fn new(stars: store::Stars, message: Option<&'static str>) -> Self {
        Self {
            success: true,
            stars: stars.into(),
            message,
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Publisher<'a> {
    name: &'a str,
    display_name: &'a str,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Skill<'a> {
    name: &'a SkillName,
    description: Option<&'a str>,
    visibility: Visibility,
    latest_version: Option<&'a Version>,
    publisher: Publisher<'a>,
    created_at: Timestamp,
    updated_at: Timestamp,
    repository: Option<&'a str>,
    status: &'static str,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    audit_status: Option<AuditStatus>,
    scan_verdict: Option<Verdict>,
    downloads: u64,
    stars: u64,
    permissions: &'a Permissions,
    readme: Option<&'a str>,
    atom_kinds: Vec<&'static str>,
    versions: Vec<VersionLine<'a>>,
}

impl<'a> From<&'a SkillPage> for Skill<'a> {
    fn from(page: &'a SkillPage) -> Self {
        let (skill, latest) = (&page.skill, page.latest.as_ref());
        Self {
            name: &skill.name,
            description: latest.and_then(|latest| latest.manifest.description()),
            visibility: skill.head.visibility,
            latest_version: latest.map(|latest| &latest.brief.version),
            publisher: Publisher {
                name: &page.publisher,
                display_name: &page.publisher,
            },
            created_at: skill.created_at,
            updated_at: skill.head.updated_at,
            repository: latest.and_then(|latest| latest.manifest.repository()),
            status: skill.head.status.as_str(),
            audit_score: latest.and_then(|latest| latest.brief.audit_score),
            audit_status: latest.map(|latest| latest.brief.audit_status),
            scan_verdict: latest.and_then(|latest| latest.brief.verdict),
            downloads: page.downloads,
            stars: page.stars,
            permissions: latest.map_or(&Permissions::NONE, |latest| latest.manifest.permissions()),
            readme: latest.map(|latest| latest.readme.as_str()),
            atom_kinds: latest
                .map(|latest| latest.manifest.atom_kinds())
                .unwrap_or_default(),
            versions: skill.versions.iter().map(VersionLine::from).collect(),
        }
    }
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionDetail<'a> {
    name: &'a SkillName,
    version: &'a Version,
    description: Option<&'a str>,
    integrity: &'a Integrity,
    permissions: &'a Permissions,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    audit_status: AuditStatus,
    download_url: &'a str,
    published_at: Timestamp,
    downloads: u64,
    scan_verdict: Option<Verdict>,
    scan_findings: Vec<ScanFinding<'a>>,
    dependencies: BTreeMap<&'a str, &'a str>,
    visibility: Visibility,
    repository: Option<&'a str>,
    tarball_size: u64,
    file_count: u32,
    readme: &'a str,
    atom_kinds: Vec<&'static str>,
    status: &'static str,
    yank_reason: Option<&'a str>,
}

impl<'a> From<&'a VersionPage> for VersionDetail<'a> {
    fn from(page: &'a VersionPage) -> Self {
        let (version, brief) = (&page.version, &page.version.brief);
        let manifest = &version.manifest;
        let report = version.scan.as_ref().and_then(|scan| scan.report.as_ref());
        let (status, yank_reason) = match &brief.state {
            VersionState::Live => (page.skill.head.status.as_str(), None),
            VersionState::Yanked { reason } => ("yanked", reason.as_deref()),
            VersionState::Held => (SkillStatus::Quarantined.as_str(), None),
            VersionState::Removed => (SkillStatus::Removed.as_str(), None),
        };
        let dependencies = manifest.skills().into_iter().flatten();
        Self {
            name: &page.skill.name,
            version: &brief.version,
            description: manifest.description(),
            integrity: &brief.integrity,
            permissions: manifest.permissions(),
            audit_score: brief.audit_score,
            audit_status: brief.audit_status,
            download_url: &page.download_url,
            published_at: brief.published_at,
            downloads: page.downloads,
            scan_verdict: brief.verdict,
            scan_findings: report
                .into_iter()
                .flat_map(|report| &report.findings)
                .map(ScanFinding::from)
                .collect(),
            dependencies: dependencies
                .map(|(name, range)| (&**name, &**range))
                .collect(),
            visibility: page.skill.head.visibility,
            repository: manifest.repository(),
            tarball_size: brief.archive_size,
            file_count: brief.file_count,
            readme: &version.readme,
            atom_kinds: manifest.atom_kinds(),
            status,
            yank_reason,
        }
    }
}

/// What a version's detail says of a finding; the scan of the version says more.
#[derive(Serialize, JsonSchema)]
pub(crate) struct ScanFinding<'a> {
    stage: Stage,
    severity: Severity,
    #[serde(rename = "type")]
    kind: &'a str,
    description: &'a str,
    location: Option<&'a str>,
}

impl<'a> From<&'a Finding> for ScanFinding<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self {
            stage: finding.stage,
            severity: finding.severity,
            kind: &finding.kind,
            description: &finding.description,
            location: finding.location.as_deref(),
        }
    }
}
