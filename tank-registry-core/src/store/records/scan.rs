//! Scans of a version, and the word of a person that a held one may go live.

use serde::{Deserialize, Serialize};

use super::{Actor, VersionBrief};
use crate::model::Timestamp;
use crate::scan::{Finding, ScanRecord, ScanReport, Severity};

/// A scan of a version with all that is concluded from it; verdict and audit status are in the scan
/// itself.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Judged {
    /// The scan; it becomes the version's current one, and the newest of its history.
    pub scan: ScanRecord,
    /// The audit score, 0 to 10.
    pub audit_score: Option<u8>,
    /// What becomes of [`VersionBrief::awaits_scan`].
    pub awaits_scan: bool,
}

impl Judged {
    /// All of it is required.
    pub fn new(scan: ScanRecord, audit_score: Option<u8>, awaits_scan: bool) -> Self {
        Self {
            scan,
            audit_score,
            awaits_scan,
        }
    }

    /// Sets all that a brief shows of a scan. Stores call this, so that there is one place for it.
    pub fn show_in(&self, brief: &mut VersionBrief) {
        let report = self.scan.report.as_ref();
        brief.audit_status = self.scan.audit_status();
        brief.verdict = self.scan.verdict();
        brief.audit_score = self.audit_score;
        brief.scanned_at = Some(self.scan.scanned_at);
        brief.rules_version = report.map(|report| report.rules_version.clone());
        brief.awaits_scan = self.awaits_scan;
    }
}

/// A part of a version's scans, the newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ScanHistory {
    /// The scans of the part.
    pub scans: Vec<ScanRecord>,
    /// How many there are in all.
    pub total: u64,
}

/// That a person let a held version go live. It is kept with the version, also when that is held
/// again; the next one replaces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Release {
    /// Who released it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, in their words.
    pub reason: String,
    /// Whether they let its permissions grow more than its number allows.
    pub escalation: bool,
    /// The findings that they knew of.
    pub known: Vec<KnownFinding>,
}

impl Release {
    /// A release that knows what the scan of that time had found.
    pub fn new(
        by: Actor,
        at: Timestamp,
        reason: String,
        escalation: bool,
        scan: Option<&ScanRecord>,
    ) -> Self {
        let report = scan.and_then(|scan| scan.report.as_ref());
        let findings = report.map_or(&[][..], |report| &report.findings);
        let mut known: Vec<KnownFinding> = findings.iter().map(KnownFinding::from).collect();
        known.sort_unstable();
        known.dedup();
        Self {
            by,
            at,
            reason,
            escalation,
            known,
        }
    }

    /// Whether a report says nothing that was not known then. A finding that became worse is a new
    /// one; what is only worth knowing never counts.
    pub fn knows(&self, report: &ScanReport) -> bool {
        let counting = report
            .findings
            .iter()
            .filter(|finding| finding.severity > Severity::Info);
        counting.into_iter().all(|finding| {
            let finding = KnownFinding::from(finding);
            self.known.iter().any(|known| known.covers(&finding))
        })
    }
}

/// What a finding is recognised by in a later report: the bytes it is about never change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct KnownFinding {
    /// [`Finding::kind`].
    pub kind: String,
    /// [`Finding::tool`].
    pub tool: Option<String>,
    /// [`Finding::location`].
    pub location: Option<String>,
    /// [`Finding::severity`].
    pub severity: Severity,
}

impl KnownFinding {
    fn covers(&self, other: &Self) -> bool {
        (&self.kind, &self.tool, &self.location) == (&other.kind, &other.tool, &other.location)
            && self.severity >= other.severity
    }
}

impl From<&Finding> for KnownFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            kind: finding.kind.clone(),
            tool: finding.tool.clone(),
            location: finding.location.clone(),
            severity: finding.severity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::Stage;

    fn finding(kind: &str, location: Option<&str>, severity: Severity) -> Finding {
        let mut finding = Finding::new(Stage::Code, severity, kind, "Found");
        finding.location = location.map(ToOwned::to_owned);
        finding
    }

    fn report(findings: Vec<Finding>) -> ScanReport {
        let mut report = ScanReport::new("1");
        report.findings = findings;
        report
    }

    fn release(findings: Vec<Finding>) -> Release {
        let at = Timestamp::from_millis(0);
        let scan = ScanRecord {
            report: Some(report(findings)),
            scanned_at: at,
        };
        Release::new(Actor::Operator, at, "Fine".to_owned(), false, Some(&scan))
    }

    #[test]
    fn a_finding_is_known_by_rule_and_place_while_it_does_not_get_worse() {
        let release = release(vec![
            finding("eval", Some("a.py:1"), Severity::High),
            finding("curl", None, Severity::Critical),
        ]);
        for (known, findings) in [
            (true, vec![]),
            (true, vec![finding("eval", Some("a.py:1"), Severity::High)]),
            (true, vec![finding("eval", Some("a.py:1"), Severity::Low)]),
            (true, vec![finding("curl", None, Severity::Critical)]),
            (true, vec![finding("note", None, Severity::Info)]),
            (false, vec![finding("note", None, Severity::Low)]),
            (false, vec![finding("eval", Some("a.py:2"), Severity::High)]),
            (false, vec![finding("eval", None, Severity::High)]),
            (
                false,
                vec![finding("eval", Some("a.py:1"), Severity::Critical)],
            ),
            (false, vec![finding("exec", Some("a.py:1"), Severity::High)]),
        ] {
            assert_eq!(
                release.knows(&report(findings.clone())),
                known,
                "{findings:?}"
            );
        }
    }

    #[test]
    fn what_was_released_without_a_report_had_no_findings() {
        let at = Timestamp::from_millis(0);
        let release = Release::new(Actor::Operator, at, "Fine".to_owned(), false, None);
        assert!(release.knows(&report(vec![])));
        assert!(!release.knows(&report(vec![finding("eval", None, Severity::High)])));
    }
}
