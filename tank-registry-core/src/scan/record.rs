//! A scan as it is kept, and the score.

use serde::{Deserialize, Serialize};

use super::{AuditStatus, PermissionUse, ScanReport, Severity, Stage, Verdict};
use crate::model::{Manifest, Timestamp};
use crate::package::Package;

/// A scan as stored with its version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScanRecord {
    /// The report; `None` when the scanner failed.
    pub report: Option<ScanReport>,
    /// When it was made.
    pub scanned_at: Timestamp,
}

impl ScanRecord {
    /// The verdict, if there is a report.
    pub fn verdict(&self) -> Option<Verdict> {
        self.report
            .as_ref()
            .map(|report| Verdict::of(&report.findings))
    }

    /// The word for lists.
    pub fn audit_status(&self) -> AuditStatus {
        self.verdict()
            .map_or(AuditStatus::ScanFailed, AuditStatus::from)
    }
}

/// The audit score, 0 to 10: a point each for a `SKILL.md`, a description, declared permissions,
/// under 100 files, a readme and under 5 MB unpacked; two each for no critical or high finding
/// behind the first two stages, and for permissions used as declared (one when only partly).
pub fn audit_score(report: &ScanReport, package: &Package, manifest: Option<&Manifest>) -> u8 {
    let severe = report.findings.iter().any(|finding| {
        finding.severity >= Severity::High
            && !matches!(finding.stage, Stage::Archive | Stage::Structure)
    });
    let readme = ["README.md", "README.mdx"]
        .iter()
        .any(|path| package.file(path).is_some());
    let description = manifest.and_then(Manifest::description);
    let points = [
        u8::from(package.file("SKILL.md").is_some()),
        u8::from(description.is_some_and(|text| !text.is_empty())),
        u8::from(manifest.is_some_and(|manifest| manifest.declared_permissions().is_some())),
        if severe { 0 } else { 2 },
        match report.permissions {
            PermissionUse::Matches => 2,
            PermissionUse::Partial => 1,
            PermissionUse::Differs => 0,
        },
        u8::from(package.files().len() < 100),
        u8::from(readme),
        u8::from(package.unpacked_size() < 5_000_000),
    ];
    points.iter().sum()
}
