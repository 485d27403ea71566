//! Reports as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), which code hosts and
//! editors show beside the lines.

use std::path::Path;

use serde_json::{Value, json};
use tank_registry_core::scan::{Finding, ScanReport, Severity};
use tank_registry_scan::{RuleInfo, ScanSettings, rules};

/// One run with the results of all scans.
pub(super) fn document<'a>(
    scans: impl Iterator<Item = (&'a Path, &'a ScanReport)>,
    settings: &ScanSettings,
) -> String {
    let rules = rules();
    let results: Vec<Value> = scans
        .flat_map(|(path, report)| report.findings.iter().map(move |finding| (path, finding)))
        .map(|(path, finding)| result(path, finding, &rules))
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tank-scan",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(rule).collect::<Vec<_>>(),
                "properties": { "rulesVersion": settings.rules_version() },
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    document.to_string()
}

fn rule(rule: &RuleInfo) -> Value {
    let mut tags = vec!["security"];
    tags.extend(rule.cwe);
    json!({
        "id": rule.id,
        "name": rule.kind,
        "shortDescription": { "text": rule.kind.replace('_', " ") },
        "help": { "text": rule.remediation },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": tags, "security-severity": score(rule.severity) },
    })
}

fn result(path: &Path, finding: &Finding, rules: &[RuleInfo]) -> Value {
    let id = finding
        .tool
        .as_deref()
        .and_then(|tool| tool.rsplit('/').next())
        .unwrap_or(&finding.kind);
    let mut result = json!({
        "ruleId": id,
        "level": level(finding.severity),
        "message": { "text": finding.description },
        "locations": location(path, finding),
        "properties": { "severity": finding.severity, "stage": finding.stage, "type": finding.kind },
    });
    if let Some(position) = rules.iter().position(|rule| rule.id == id) {
        result["ruleIndex"] = json!(position);
    }
    result
}

/// The file below the path that was scanned; the path itself where no file is to blame.
fn location(path: &Path, finding: &Finding) -> Value {
    let below = finding.location.as_deref().unwrap_or_default();
    let (file, line) = match below.rsplit_once(':') {
        Some((file, line)) => match line.parse::<u32>() {
            Ok(line) if line > 0 => (file, Some(line)),
            _ => (below, None),
        },
        None => (below, None),
    };
    let whole = if file.is_empty() {
        path.to_owned()
    } else {
        path.join(file)
    };
    let mut place = json!({ "artifactLocation": { "uri": uri(&whole) } });
    if let Some(line) = line {
        place["region"] = json!({ "startLine": line });
    }
    json!([{ "physicalLocation": place }])
}

/// A path as a reference of RFC 3986: what is no part of one is escaped.
fn uri(path: &Path) -> String {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    utf8_percent_encode(&path.to_string_lossy(), KEPT).to_string()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// What code hosts rank by, from 0 to 10.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "3.0",
        Severity::Info => "0.0",
    }
}
