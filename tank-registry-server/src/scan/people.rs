//! A report for people.

use std::fmt::Write as _;
use std::path::Path;

use tank_registry_core::scan::{ScanReport, Severity, Stage, StageStatus, Verdict};

/// The verdict, then every finding: where, what, the excerpt, and what to do.
pub(super) fn report(path: &Path, report: &ScanReport, score: u8) -> String {
    let verdict = Verdict::of(&report.findings);
    let mut text = format!(
        "{}: {} (score {score} of 10, {} findings, rules {}, {} ms)",
        path.display(),
        verdict.as_str(),
        counted(report),
        report.rules_version,
        report.duration.as_millis(),
    );
    for finding in &report.findings {
        let place = finding.location.as_deref().unwrap_or("the skill");
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n\n  {} {}  {place}\n    {}",
            finding.severity.as_str().to_uppercase(),
            finding.kind,
            finding.description
        );
        if let Some(evidence) = &finding.evidence {
            let _ = write!(text, "\n    > {evidence}");
        }
        if let Some(fix) = &finding.remediation {
            let _ = write!(text, "\n    To do: {fix}");
        }
        if let Some(rule) = &finding.tool {
            let cwe = finding.cwe_id.as_deref().unwrap_or_default();
            let _ = write!(text, "\n    {}", format!("{rule} {cwe}").trim_end());
        }
    }
    let broken = Stage::ALL.into_iter().filter(|stage| {
        matches!(
            report.status(*stage),
            StageStatus::Errored | StageStatus::Skipped
        )
    });
    for stage in broken {
        let _ = write!(text, "\n\n  {stage} did not run");
    }
    for line in &report.configuration {
        let _ = write!(text, "\n  set by the operator: {line}");
    }
    text
}

fn counted(report: &ScanReport) -> String {
    let of = |severity| {
        report
            .findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let words: Vec<String> = [
        Severity::Critical,
        Severity::High,
        Severity::Medium,
        Severity::Low,
        Severity::Info,
    ]
    .into_iter()
    .filter(|severity| of(*severity) > 0)
    .map(|severity| format!("{} {severity}", of(severity)))
    .collect();
    if words.is_empty() {
        "no".to_owned()
    } else {
        words.join(" ")
    }
}
