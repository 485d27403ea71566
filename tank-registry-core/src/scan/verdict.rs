//! What the findings amount to.

use serde::{Deserialize, Serialize};

use super::{Finding, ScanRecord, Severity};

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
        Self::over(&findings.iter())
    }

    fn over<'a>(findings: &(impl Iterator<Item = &'a Finding> + Clone)) -> Self {
        let count = |severity| findings.clone().filter(|f| f.severity == severity).count();
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

impl Verdict {
    /// `pass`, `pass_with_notes`, `flagged` or `fail`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::PassWithNotes => "pass_with_notes",
            Self::Flagged => "flagged",
            Self::Fail => "fail",
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

impl AuditStatus {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Scanning,
        Self::Completed,
        Self::Flagged,
        Self::Failed,
        Self::ScanFailed,
    ];

    /// `scanning`, `completed`, `flagged`, `failed` or `scan-failed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scanning => "scanning",
            Self::Completed => "completed",
            Self::Flagged => "flagged",
            Self::Failed => "failed",
            Self::ScanFailed => "scan-failed",
        }
    }
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

/// The kind of finding that says that a scan did not look at everything.
pub const STAGE_INCOMPLETE: &str = "stage_incomplete";

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
        !report.complete || is_bad(Verdict::of(&report.findings), hold_flagged)
    }

    /// Whether a version with this scan is held for no other reason than that the scan failed or is
    /// incomplete: another one may let it go live.
    pub fn awaits_scan(self, scan: Option<&ScanRecord>) -> bool {
        let Self::Quarantine { hold_flagged } = self else {
            return false;
        };
        let Some(report) = scan.and_then(|scan| scan.report.as_ref()) else {
            return true;
        };
        let findings = report.findings.iter();
        let found = findings.filter(|finding| finding.kind != STAGE_INCOMPLETE);
        !report.complete && !is_bad(Verdict::over(&found), hold_flagged)
    }
}

fn is_bad(verdict: Verdict, hold_flagged: bool) -> bool {
    match verdict {
        Verdict::Fail => true,
        Verdict::Flagged => hold_flagged,
        Verdict::Pass | Verdict::PassWithNotes => false,
    }
}
