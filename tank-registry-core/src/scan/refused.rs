//! What the archive stage says of an archive that is no package.

use std::time::Duration;

use super::{Confidence, Finding, STAGE_INCOMPLETE, ScanReport, Severity, Stage, StageRun};
use crate::package::{PackageError, Rule};

impl ScanReport {
    /// The report on an archive that the reader refused: what it broke, and that nothing behind the
    /// first stage was looked at.
    pub fn refused(refusals: &PackageError, rules_version: impl Into<String>) -> Self {
        let mut report = Self::new(rules_version);
        report.complete = false;
        report.stages = vec![StageRun::new(Stage::Archive, Duration::ZERO)];
        report.findings = refusals
            .refusals()
            .iter()
            .map(|refusal| {
                let (severity, kind, rule) = judged(refusal.rule);
                let description = format!("The archive cannot be installed: {}.", refusal.reason);
                let mut finding = Finding::new(Stage::Archive, severity, kind, description);
                finding.location = (refusal.field != "archive").then(|| refusal.field.clone());
                finding.confidence = Some(Confidence::percent(100));
                finding.tool = Some(format!("tank-scan/{rule}"));
                finding.remediation = Some("Pack the skill again without it.".to_owned());
                finding
            })
            .collect();
        report.findings.push(not_scanned());
        report
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        report
    }

    /// The report on something in which there is no package to look at.
    pub(crate) fn unread(
        severity: Severity,
        kind: &str,
        description: &str,
        rules_version: impl Into<String>,
    ) -> Self {
        let mut report = Self::new(rules_version);
        report.complete = false;
        report.stages = vec![StageRun::new(Stage::Archive, Duration::ZERO)];
        let mut finding = Finding::new(Stage::Archive, severity, kind, description);
        finding.confidence = Some(Confidence::percent(100));
        finding.tool = Some(format!("tank-scan/{}", kind.replace('_', "-")));
        report.findings = vec![finding, not_scanned()];
        report
            .findings
            .sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        report
    }
}

fn not_scanned() -> Finding {
    let mut skipped = Finding::new(
        Stage::Archive,
        Severity::High,
        STAGE_INCOMPLETE,
        "The contents were not scanned, because the archive cannot be read as a package.",
    );
    skipped.tool = Some("tank-scan/stage-incomplete".to_owned());
    skipped
}

/// Severity, type and rule for what an archive breaks.
fn judged(rule: Rule) -> (Severity, &'static str, &'static str) {
    match rule {
        Rule::Size => (Severity::Critical, "size_exceeded", "archive-size"),
        Rule::Bomb => (Severity::Critical, "zip_bomb", "archive-ratio"),
        Rule::TooManyFiles => (Severity::Critical, "too_many_files", "archive-entries"),
        Rule::Traversal | Rule::Path => (Severity::Critical, "path_traversal", "archive-path"),
        Rule::Twin => (Severity::High, "duplicate_path", "archive-twins"),
        Rule::Link => (Severity::High, "archive_link", "archive-link"),
        Rule::LinkOutside => (Severity::Critical, "archive_link", "archive-link"),
        Rule::Special => (Severity::Critical, "special_file", "archive-special"),
        Rule::Malformed => (Severity::Critical, "archive_error", "archive-malformed"),
    }
}
