//! What a scanner found.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::STAGE_INCOMPLETE;

/// What a scanner found. Verdict and score are not its business: core computes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ScanReport {
    /// Everything noticed, the worst first within a stage.
    pub findings: Vec<Finding>,
    /// How each stage went, in order. A stage that is not named did not run.
    #[serde(default)]
    pub stages: Vec<StageRun>,
    /// Whether all of the package was looked at.
    pub complete: bool,
    /// How the permissions used compare with those declared.
    pub permissions: PermissionUse,
    /// What the package was found able to do, such as `net:api.example.com` or `exec`: the next
    /// version is compared with it.
    #[serde(default)]
    pub capabilities: BTreeSet<String>,
    /// Which rules were applied, the operator's own settings included.
    pub rules_version: String,
    /// What the operator changed of the rules, a line each; empty where nothing was.
    #[serde(default)]
    pub configuration: Vec<String>,
    /// How long it took.
    pub duration: Duration,
}

impl ScanReport {
    /// A report of a scan that was complete and found nothing; the fields are public.
    pub fn new(rules_version: impl Into<String>) -> Self {
        Self {
            findings: Vec::new(),
            stages: Vec::new(),
            complete: true,
            permissions: PermissionUse::Matches,
            capabilities: BTreeSet::new(),
            rules_version: rules_version.into(),
            configuration: Vec::new(),
            duration: Duration::ZERO,
        }
    }

    /// Leaves out what other stages found: they are as if they had not begun. That a scan was not
    /// complete stays, and so does what the operator looks for.
    pub(crate) fn keep_stages(&mut self, stages: &[Stage]) {
        self.stages.retain(|run| stages.contains(&run.stage));
        self.findings.retain(|finding| {
            stages.contains(&finding.stage)
                || matches!(&*finding.kind, STAGE_INCOMPLETE | "operator_pattern")
        });
    }

    /// Tells, without counting it, that nothing is declared of the package.
    pub(crate) fn note_invalid_manifest(&mut self, fault: &str) {
        let mut finding = Finding::new(
            Stage::Structure,
            Severity::Info,
            "invalid_manifest",
            format!(
                "The manifest is not valid, so nothing was compared with what it declares: {}.",
                shortened(fault)
            ),
        );
        finding.tool = Some("tank-scan/invalid-manifest".to_owned());
        finding.remediation = Some("Make the manifest one that can be published.".to_owned());
        let behind = self
            .findings
            .iter()
            .rposition(|finding| finding.stage <= Stage::Structure);
        self.findings.insert(behind.map_or(0, |at| at + 1), finding);
    }

    /// How a stage ended; a stage that did not run was skipped.
    pub fn status(&self, stage: Stage) -> StageStatus {
        let Some(run) = self.stages.iter().find(|run| run.stage == stage) else {
            return StageStatus::Skipped;
        };
        let mut found = self.findings.iter().filter(|found| found.stage == stage);
        if run.error.is_some() {
            StageStatus::Errored
        } else if found.any(|found| found.severity == Severity::Critical) {
            StageStatus::Failed
        } else {
            StageStatus::Passed
        }
    }
}

/// The beginning of a text, for a sentence.
fn shortened(text: &str) -> String {
    const MOST: usize = 300;
    let mut short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
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

/// A part of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Stage {
    /// The archive.
    #[serde(rename = "stage0")]
    Archive,
    /// Structure, and text that hides from people.
    #[serde(rename = "stage1")]
    Structure,
    /// What code does.
    #[serde(rename = "stage2")]
    Code,
    /// What text tells an agent to do.
    #[serde(rename = "stage3")]
    Injection,
    /// Secrets.
    #[serde(rename = "stage4")]
    Secrets,
    /// Dependencies.
    #[serde(rename = "stage5")]
    Dependencies,
}

impl Stage {
    /// All stages, in order.
    pub const ALL: [Self; 6] = [
        Self::Archive,
        Self::Structure,
        Self::Code,
        Self::Injection,
        Self::Secrets,
        Self::Dependencies,
    ];

    /// `stage0` to `stage5`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "stage0",
            Self::Structure => "stage1",
            Self::Code => "stage2",
            Self::Injection => "stage3",
            Self::Secrets => "stage4",
            Self::Dependencies => "stage5",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How a stage went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StageRun {
    /// The stage.
    pub stage: Stage,
    /// How long it took.
    pub duration: Duration,
    /// Why it did not come to its end; one sentence, fit for publishers.
    pub error: Option<String>,
}

impl StageRun {
    /// A stage that came to its end.
    pub fn new(stage: Stage, duration: Duration) -> Self {
        Self {
            stage,
            duration,
            error: None,
        }
    }
}

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageStatus {
    /// Without a critical finding.
    Passed,
    /// With a critical finding.
    Failed,
    /// Before its end.
    Errored,
    /// It did not begin.
    Skipped,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stage that found it.
    pub stage: Stage,
    /// How bad it is.
    pub severity: Severity,
    /// The kind, such as `hidden_file`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it means, in a sentence.
    pub description: String,
    /// `path:line`, `path`, or nothing.
    pub location: Option<String>,
    /// How sure the scanner is.
    #[serde(default)]
    pub confidence: Option<Confidence>,
    /// The rule that found it, such as `tank-scan/curl-pipe-shell`.
    #[serde(default)]
    pub tool: Option<String>,
    /// What was found: one line, at most 200 characters, secrets masked.
    #[serde(default)]
    pub evidence: Option<String>,
    /// What to do about it, in a sentence.
    #[serde(default)]
    pub remediation: Option<String>,
    /// The weakness in the Common Weakness Enumeration, such as `CWE-506`.
    #[serde(default)]
    pub cwe_id: Option<String>,
}

impl Finding {
    /// A finding that is nowhere in particular; the fields are public.
    pub fn new(
        stage: Stage,
        severity: Severity,
        kind: impl Into<String>,
        description: impl Into<String>,
    ) -> Self {
        Self {
            stage,
            severity,
            kind: kind.into(),
            description: description.into(),
            location: None,
            confidence: None,
            tool: None,
            evidence: None,
            remediation: None,
            cwe_id: None,
        }
    }
}

/// How sure a scanner is, from 0 to 1 in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Confidence(u8);

impl Confidence {
    /// So many hundredths; more than 100 are 100.
    pub const fn percent(hundredths: u8) -> Self {
        Self(if hundredths > 100 { 100 } else { hundredths })
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        Self::from(confidence.0) / 100.0
    }
}

impl From<f64> for Confidence {
    /// The nearest hundredth from 0 to 1.
    fn from(value: f64) -> Self {
        // Clamped, so that the cast neither wraps nor loses a sign.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Self((value.clamp(0.0, 1.0) * 100.0).round() as u8)
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

impl Severity {
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
