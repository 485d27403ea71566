//! The seam for a scanner, and what core makes of its report.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::model::{Manifest, SkillName, Timestamp, Version};
use crate::package::Package;

/// Looks for what a skill should not do.
///
/// Asynchronous, so that a remote scanner holds no processor slot; rules that run in process go
/// through [`Workers`](crate::Workers).
#[async_trait]
pub trait Scanner: Debug + Send + Sync + 'static {
    /// Scans a package that is about to be published.
    async fn scan(
        &self,
        package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanError>;
}

/// What is declared of the package.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanContext {
    /// The skill.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// The manifest, with the permissions that its author says it needs.
    pub manifest: Manifest,
}

impl ScanContext {
    pub(crate) fn new(manifest: &Manifest) -> Self {
        Self {
            name: manifest.name().clone(),
            version: manifest.version().clone(),
            manifest: manifest.clone(),
        }
    }
}

/// Scanning failed; that is not the same as a bad report.
#[derive(Debug, thiserror::Error)]
#[error("the scanner failed")]
pub struct ScanError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl ScanError {
    /// A failure with its cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// What a scanner found. Verdict and score are not its business: core computes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScanReport {
    /// Everything noticed.
    pub findings: Vec<Finding>,
    /// Whether all of the package was looked at.
    pub complete: bool,
    /// How the permissions used compare with those declared.
    pub permissions: PermissionUse,
    /// Which rules were applied.
    pub rules_version: String,
    /// How long it took.
    pub duration: Duration,
}

impl ScanReport {
    /// A report of a scan that was complete and found nothing; the fields are public.
    pub fn new(rules_version: impl Into<String>) -> Self {
        Self {
            findings: Vec::new(),
            complete: true,
            permissions: PermissionUse::Matches,
            rules_version: rules_version.into(),
            duration: Duration::ZERO,
        }
    }
}

/// Permissions used against permissions declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermissionUse {
    /// The same.
    Matches,
    /// Some of them.
    Partial,
    /// Others.
    Differs,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stage that found it, `stage0` to `stage5`.
    pub stage: String,
    /// How bad it is.
    pub severity: Severity,
    /// The rule's name, such as `hidden_file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means, in a sentence.
    pub description: String,
    /// `path:line`, `path`, or nothing.
    pub location: Option<String>,
}

impl Finding {
    /// A finding that is nowhere in particular; the fields are public.
    pub fn new(
        stage: impl Into<String>,
        severity: Severity,
        kind: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            stage: stage.into(),
            severity,
            kind: kind.into(),
            description: description.into(),
            location: None,
        }
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never counts.
    Info,
    /// Counts as a note.
    Low,
    /// Counts as a note.
    Medium,
    /// One flags the version, four fail it.
    High,
    /// Fails the version.
    Critical,
}

/// What the findings amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing found.
    Pass,
    /// Something small.
    PassWithNotes,
    /// One to three high findings.
    Flagged,
    /// A critical finding, or four high ones.
    Fail,
}

impl Verdict {
    /// The verdict on some findings; `info` never counts.
    pub fn of(findings: &[Finding]) -> Self {
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        if count(Severity::Critical) > 0 || count(Severity::High) >= 4 {
            Self::Fail
        } else if count(Severity::High) > 0 {
            Self::Flagged
        } else if count(Severity::Medium) + count(Severity::Low) > 0 {
            Self::PassWithNotes
        } else {
            Self::Pass
        }
    }
}

/// What was made of a version's scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditStatus {
    /// Not scanned yet.
    Scanning,
    /// Passed, perhaps with notes.
    Completed,
    /// Flagged.
    Flagged,
    /// Failed.
    Failed,
    /// The scanner could not run.
    ScanFailed,
}

impl From<Verdict> for AuditStatus {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Pass | Verdict::PassWithNotes => Self::Completed,
            Verdict::Flagged => Self::Flagged,
            Verdict::Fail => Self::Failed,
        }
    }
}

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

    /// The audit score, 0 to 10, if there is a report: a point each for a `SKILL.md`, a
    /// description, declared permissions, under 100 files, a readme and under 5 MB unpacked; two
    /// each for no critical or high finding behind the first two stages, and for permissions used
    /// as declared (one when only partly).
    pub fn audit_score(&self, package: &Package, manifest: &Manifest) -> Option<u8> {
        let report = self.report.as_ref()?;
        let severe = report.findings.iter().any(|finding| {
            finding.severity >= Severity::High && !matches!(&*finding.stage, "stage0" | "stage1")
        });
        let readme = ["README.md", "README.mdx"]
            .iter()
            .any(|path| package.file(path).is_some());
        let points = [
            u8::from(package.file("SKILL.md").is_some()),
            u8::from(manifest.description().is_some_and(|text| !text.is_empty())),
            u8::from(manifest.declared_permissions().is_some()),
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
        Some(points.iter().sum())
    }
}

/// Which verdicts keep a version from going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Gate {
    /// There is no scanner: versions go live unscanned, and say so.
    #[default]
    Off,
    /// All go live, with verdict and findings shown.
    Report,
    /// Bad verdicts, failed scans and incomplete ones are held.
    Quarantine {
        /// Whether `flagged` is held too, not only `fail`.
        hold_flagged: bool,
    },
}

impl Gate {
    /// Whether a version with this scan is held.
    pub fn holds(self, scan: Option<&ScanRecord>) -> bool {
        let Self::Quarantine { hold_flagged } = self else {
            return false;
        };
        let Some(report) = scan.and_then(|scan| scan.report.as_ref()) else {
            return true;
        };
        match Verdict::of(&report.findings) {
            Verdict::Fail => true,
            Verdict::Flagged => hold_flagged || !report.complete,
            Verdict::Pass | Verdict::PassWithNotes => !report.complete,
        }
    }
}
