//! What a scan answers, on the wire and from a command line: one writer of that shape.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::{Finding, ScanReport, Severity, Stage, StageRun, StageStatus, Verdict, audit_score};
use crate::model::Manifest;
use crate::package::Package;

/// The answer to a scan on request, in JSON with names in snake case. Every field is there; one
/// that has no value is `null`.
///
/// Findings of severity `info` never count and stand with their stage only: clients that group the
/// others by severity know no `info`.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScanResponse<'a> {
    /// Always `null`: a scan on request is not kept.
    scan_id: Option<String>,
    verdict: Verdict,
    #[schemars(range(max = 10))]
    audit_score: u8,
    findings: Vec<FindingLine<'a>>,
    stage_results: Vec<StageResult<'a>>,
    /// Milliseconds.
    duration_ms: u64,
    /// SHA-256 of every file, in hexadecimal digits.
    file_hashes: BTreeMap<&'a str, String>,
    llm_analysis: LlmAnalysis,
    rules_version: &'a str,
    configuration: &'a [String],
}

impl<'a> ScanResponse<'a> {
    /// The answer for a report on a package and what is declared of it; without a package where the
    /// archive could not be read as one, which scores 0 and has no hashes.
    pub fn new(
        report: &'a ScanReport,
        package: Option<&'a Package>,
        manifest: Option<&Manifest>,
    ) -> Self {
        let shown = report.findings.iter();
        let shown = shown.filter(|finding| finding.severity != Severity::Info);
        let files = package.map(Package::files).unwrap_or_default();
        Self {
            scan_id: None,
            verdict: Verdict::of(&report.findings),
            audit_score: package.map_or(0, |package| audit_score(report, package, manifest)),
            findings: shown
                .map(|finding| FindingLine::new(finding, true))
                .collect(),
            stage_results: stage_results(report, true),
            duration_ms: millis(report.duration),
            file_hashes: files
                .iter()
                .map(|file| (file.path.as_str(), hex::encode(file.sha256)))
                .collect(),
            llm_analysis: LlmAnalysis::NONE,
            rules_version: &report.rules_version,
            configuration: &report.configuration,
        }
    }

    /// The audit score in it, 0 to 10.
    pub fn audit_score(&self) -> u8 {
        self.audit_score
    }
}

/// One finding in full.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct FindingLine<'a> {
    stage: Stage,
    severity: Severity,
    #[serde(rename = "type")]
    kind: &'a str,
    description: &'a str,
    /// `path:line`, `path`, or nothing.
    location: Option<&'a str>,
    #[schemars(range(min = 0, max = 1))]
    confidence: Option<f64>,
    tool: Option<&'a str>,
    evidence: Option<&'a str>,
    /// Always `null`: no model is asked.
    llm_verdict: Option<&'a str>,
    llm_reviewed: bool,
    remediation: Option<&'a str>,
    cwe_id: Option<&'a str>,
}

impl<'a> FindingLine<'a> {
    pub(crate) fn new(finding: &'a Finding, with_evidence: bool) -> Self {
        let evidence = finding.evidence.as_deref();
        Self {
            stage: finding.stage,
            severity: finding.severity,
            kind: &finding.kind,
            description: &finding.description,
            location: finding.location.as_deref(),
            confidence: finding.confidence.map(f64::from),
            tool: finding.tool.as_deref(),
            evidence: evidence.filter(|_| with_evidence),
            llm_verdict: None,
            llm_reviewed: false,
            remediation: finding.remediation.as_deref(),
            cwe_id: finding.cwe_id.as_deref(),
        }
    }
}

/// How a stage went.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub(crate) struct StageResult<'a> {
    stage: Stage,
    status: StageStatus,
    findings: Vec<FindingLine<'a>>,
    /// Milliseconds.
    duration_ms: u64,
    error: Option<&'a str>,
}

/// All stages, those that did not run too.
pub(crate) fn stage_results(report: &ScanReport, with_evidence: bool) -> Vec<StageResult<'_>> {
    let result = |stage| {
        let run: Option<&StageRun> = report.stages.iter().find(|run| run.stage == stage);
        let found = report.findings.iter();
        let found = found.filter(|finding| finding.stage == stage);
        StageResult {
            stage,
            status: report.status(stage),
            findings: found
                .map(|finding| FindingLine::new(finding, with_evidence))
                .collect(),
            duration_ms: run.map_or(0, |run| millis(run.duration)),
            error: run.and_then(|run| run.error.as_deref()),
        }
    };
    Stage::ALL.into_iter().map(result).collect()
}

/// Whole milliseconds.
pub(crate) fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a language model said of the findings: none is asked.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LlmAnalysis {
    enabled: bool,
    mode: &'static str,
    provider_used: Option<String>,
    findings_reviewed: u32,
    findings_dismissed: u32,
    findings_confirmed: u32,
    findings_uncertain: u32,
    latency_ms: Option<u32>,
    cache_hit: bool,
    error: Option<String>,
    reason: &'static str,
}

impl LlmAnalysis {
    const NONE: Self = Self {
        enabled: false,
        mode: "disabled",
        provider_used: None,
        findings_reviewed: 0,
        findings_dismissed: 0,
        findings_confirmed: 0,
        findings_uncertain: 0,
        latency_ms: None,
        cache_hit: false,
        error: None,
        reason: "no_api_keys_configured",
    };
}
