//! What must be found, what must not, and what holds of any input.

mod execution;
mod exfiltration;
mod ordinary;
mod robust;
mod system;

use tank_registry_core::scan::{ScanReport, Severity};

use crate::testing::{scan_files, severity_of};

/// A skill with one script, which its `SKILL.md` orders to run.
fn skill(file: &str, code: &str) -> ScanReport {
    let text = format!(
        "---\nname: sample\ndescription: A sample skill\n---\n\n# Sample\n\nRun `{file}`.\n"
    );
    scan_files(&[("SKILL.md", &text), (file, code)])
}

/// Every sample has a finding of its rule, at least this bad.
fn must_find(file: &str, rule: &str, least: Severity, samples: &[&str]) {
    let mut missed = Vec::new();
    for code in samples {
        let report = skill(file, code);
        let found = severity_of(&report, rule);
        if found.is_none_or(|severity| severity < least) {
            missed.push(format!(
                "{code}\nis {found:?} of {rule}, among {:#?}",
                report
                    .findings
                    .iter()
                    .map(|finding| format!("{:?} {}", finding.tool, finding.description))
                    .collect::<Vec<_>>()
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n\n"));
}

/// No sample has a high or critical finding.
fn must_pass(file: &str, samples: &[&str]) {
    let mut wrong = Vec::new();
    for code in samples {
        let report = skill(file, code);
        for finding in &report.findings {
            if finding.severity >= Severity::High {
                wrong.push(format!(
                    "{code}\n{:?} {}",
                    finding.tool, finding.description
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
