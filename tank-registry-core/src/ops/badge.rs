//! What a badge tells of a skill: to anyone, whoever asks.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::SkillName;
use crate::registry::Registry;
use crate::scan::Verdict;

/// How the latest version of a skill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The verdict on it; `None` until it was scanned, or without a version.
    pub verdict: Option<Verdict>,
    /// Its audit score, 0 to 10.
    pub audit_score: Option<u8>,
    /// Known vulnerabilities of its dependencies, where they were asked for and it was scanned.
    pub vulnerabilities: Option<u64>,
}

/// The rule that finds dependencies with known vulnerabilities.
const VULNERABILITY: &str = "known_vulnerability";

impl Registry {
    /// How the latest version of a skill stands, for an anonymous viewer. Vulnerabilities take a
    /// second read.
    pub async fn standing(
        &self,
        name: &SkillName,
        with_vulnerabilities: bool,
    ) -> Result<Standing, Error> {
        let skill = self.readable_skill(&Viewer::Anonymous, name).await?;
        let latest = skill.head.latest;
        let brief = skill.versions.iter().find(|brief| Some(brief.id) == latest);
        let version = match latest.filter(|_| with_vulnerabilities) {
            Some(id) => self.cached_version(&skill, id).await?,
            None => None,
        };
        let scan = version.as_ref().and_then(|version| version.scan.as_ref());
        let report = scan.and_then(|scan| scan.report.as_ref());
        let vulnerabilities = report.map(|report| {
            let findings = report.findings.iter();
            findings
                .filter(|finding| finding.kind == VULNERABILITY)
                .count() as u64
        });
        Ok(Standing {
            verdict: brief.and_then(|brief| brief.verdict),
            audit_score: brief.and_then(|brief| brief.audit_score),
            vulnerabilities,
        })
    }
}
