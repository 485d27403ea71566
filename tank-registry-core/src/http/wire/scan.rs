//! The scan of a version.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::Timestamp;
use crate::scan::{FindingLine, ScanReport, StageResult, Verdict, millis, stage_results};
use crate::store::Release;

/// Names in snake case, as in every report of a scan.
#[derive(Serialize, JsonSchema)]
pub(crate) struct VersionScan<'a> {
    verdict: Verdict,
    #[schemars(range(max = 10))]
    audit_score: Option<u8>,
    findings: Vec<FindingLine<'a>>,
    stage_results: Vec<StageResult<'a>>,
    /// Milliseconds.
    duration_ms: u64,
    scanned_at: Timestamp,
    rules_version: &'a str,
    /// What the operator changed of the rules.
    configuration: &'a [String],
    /// That a person released it although the gate would hold it.
    release: Option<ReleaseLine<'a>>,
}

/// A release; its reason is for those who may publish.
#[derive(Serialize, JsonSchema)]
struct ReleaseLine<'a> {
    released_at: Timestamp,
    reason: Option<&'a str>,
}

impl<'a> VersionScan<'a> {
    /// With the evidence, and a release's reason, where its reader may see them.
    pub(crate) fn new(
        report: &'a ScanReport,
        scanned_at: Timestamp,
        audit_score: Option<u8>,
        release: Option<&'a Release>,
        with_evidence: bool,
    ) -> Self {
        let findings = report.findings.iter();
        Self {
            verdict: Verdict::of(&report.findings),
            audit_score,
            findings: findings
                .map(|finding| FindingLine::new(finding, with_evidence))
                .collect(),
            stage_results: stage_results(report, with_evidence),
            duration_ms: millis(report.duration),
            scanned_at,
            rules_version: &report.rules_version,
            configuration: &report.configuration,
            release: release.map(|release| ReleaseLine {
                released_at: release.at,
                reason: Some(&*release.reason).filter(|_| with_evidence),
            }),
        }
    }
}
