//! The bodies of answers. A field that has no value is `null`, never absent: clients call methods
//! on what they read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{
    Integrity, OrgRole, OrgSlug, Permissions, SkillId, SkillName, SkillStatus, Timestamp, Version,
    VersionId, VersionState, Visibility,
};
use crate::ops::{
    self, Confirmed, OrganizationPage, OrganizationSummary, Page, Paged, SearchPage, SearchResult,
    SkillPage, VersionPage,
};
use crate::scan::{AuditStatus, Finding, Verdict};
use crate::store::{self, Grants, VersionBrief, VersionRecord};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishStarted {
    pub(crate) upload_url: String,
    pub(crate) skill_id: SkillId,
    pub(crate) version_id: VersionId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PublishConfirmed<'a> {
    success: bool,
    name: &'a SkillName,
    version: &'a Version,
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WhoAmI<'a> {
    pub(crate) user_id: String,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionLine<'a> {
    version: &'a Version,
    integrity: &'a Integrity,
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

#[derive(Serialize)]
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

#[derive(Serialize)]
pub(crate) struct Files<'a> {
    name: &'a SkillName,
    version: &'a Version,
    files: Vec<&'a str>,
}

impl<'a> From<&'a VersionRecord> for Files<'a> {
    fn from(record: &'a VersionRecord) -> Self {
        Self {
            name: &record.name,
            version: &record.brief.version,
            files: record.files.iter().map(|row| row.path.as_str()).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Organization<'a> {
    id: &'a str,
    slug: &'a OrgSlug,
    name: &'a str,
    created_at: Option<Timestamp>,
}

impl<'a> From<&'a OrganizationSummary> for Organization<'a> {
    fn from(org: &'a OrganizationSummary) -> Self {
        Self {
            id: org.id.as_str(),
            slug: &org.slug,
            name: &org.name,
            created_at: org.created_at,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Organizations<'a> {
    orgs: Vec<Organization<'a>>,
    page: u64,
    limit: u32,
    total: u64,
}

impl<'a> Organizations<'a> {
    pub(crate) fn new(orgs: &'a Paged<OrganizationSummary>, page: Page) -> Self {
        Self {
            orgs: orgs.items.iter().map(Organization::from).collect(),
            page: page.number,
            limit: page.limit,
            total: orgs.total,
        }
    }
}

/// A member's id is their user's.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrganizationMember<'a> {
    id: String,
    user_id: String,
    name: &'a str,
    role: OrgRole,
}

impl<'a> From<&'a ops::OrganizationMember> for OrganizationMember<'a> {
    fn from(member: &'a ops::OrganizationMember) -> Self {
        Self {
            id: member.user.to_string(),
            user_id: member.user.to_string(),
            name: &member.name,
            role: member.role,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct OrganizationDetail<'a> {
    #[serde(flatten)]
    organization: Organization<'a>,
    members: Vec<OrganizationMember<'a>>,
    page: u64,
    limit: u32,
    total: u64,
}

impl<'a> OrganizationDetail<'a> {
    pub(crate) fn new(org: &'a OrganizationPage, page: Page) -> Self {
        let members = org.members.items.iter();
        Self {
            organization: Organization::from(&org.organization),
            members: members.map(OrganizationMember::from).collect(),
            page: page.number,
            limit: page.limit,
            total: org.members.total,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Access {
    user_ids: Vec<String>,
    org_ids: Vec<String>,
}

impl From<&Grants> for Access {
    fn from(grants: &Grants) -> Self {
        Self {
            user_ids: grants.users.iter().map(ToString::to_string).collect(),
            org_ids: grants.orgs.iter().map(ToString::to_string).collect(),
        }
    }
}

/// What has nothing else to say; clients parse every body.
#[derive(Serialize)]
pub(crate) struct Done {
    success: bool,
}

impl Done {
    pub(crate) const DONE: Self = Self { success: true };
}

/// Clients of both ages: one reads `count`, the other `starCount`.
#[derive(Serialize)]
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

#[derive(Serialize)]
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Publisher<'a> {
    name: &'a str,
    display_name: &'a str,
}

#[derive(Serialize)]
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

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VersionDetail<'a> {
    name: &'a SkillName,
    version: &'a Version,
    description: Option<&'a str>,
    integrity: &'a Integrity,
    permissions: &'a Permissions,
    audit_score: Option<u8>,
    audit_status: AuditStatus,
    download_url: &'a str,
    published_at: Timestamp,
    downloads: u64,
    scan_verdict: Option<Verdict>,
    scan_findings: &'a [Finding],
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
            scan_findings: report.map_or(&[], |report| &report.findings),
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

#[derive(Serialize)]
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
            page: page.page,
            limit: page.limit,
            total: page.total,
            total_is_lower_bound: page.total_is_lower_bound,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SearchLine<'a> {
    name: &'a SkillName,
    description: Option<&'a str>,
    visibility: Visibility,
    latest_version: &'a Version,
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
