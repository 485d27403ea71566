//! Patterns of the operator's own.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};
use tank_registry_core::scan::{Confidence, Finding, Stage};

use crate::budget::{Budget, OutOfTime};
use crate::judge;
use crate::settings::Pattern;
use crate::skill::Skill;

/// At most so many findings of all patterns together.
const MOST: usize = 100;

/// How large the program of a pattern may be.
const LARGEST: usize = 1 << 20;

/// Compiles a pattern as it is applied.
pub(crate) fn compiled(pattern: &Pattern) -> Result<Regex, regex::Error> {
    RegexBuilder::new(&pattern.regex)
        .size_limit(LARGEST)
        .multi_line(true)
        .build()
}

/// One finding for each pattern and file in which it is found, with the first line.
pub(crate) fn findings(skill: &Skill<'_>, budget: &mut Budget) -> Result<Vec<Finding>, OutOfTime> {
    let mut findings = Vec::new();
    for pattern in &skill.settings.patterns {
        let Ok(regex) = compiled(pattern) else {
            // Settings that were checked hold no such pattern.
            budget.exhaust("a pattern of the operator");
            continue;
        };
        let mut told = BTreeSet::new();
        for text in &skill.texts {
            if findings.len() >= MOST || told.contains(&text.file) {
                continue;
            }
            let Some(found) = regex.find(&text.content) else {
                continue;
            };
            if told.insert(text.file) {
                let place = text.place(found.start());
                let mut finding = Finding::new(
                    Stage::Structure,
                    pattern.severity,
                    "operator_pattern",
                    pattern.description.clone(),
                );
                finding.location = judge::location(skill, place);
                finding.confidence = Some(Confidence::percent(100));
                finding.tool = Some(format!("tank-scan/{}", pattern.id));
                finding.evidence = Some(judge::evidence(&text.excerpt(found.range())));
                finding.remediation =
                    Some("Ask who runs this registry what it is about.".to_owned());
                findings.push(finding);
            }
            budget.check_time()?;
        }
    }
    Ok(findings)
}

#[cfg(test)]
mod tests {
    use tank_registry_core::scan::{ScanContext, Severity};

    use crate::scanner::scan;
    use crate::settings::ScanSettings;
    use crate::testing::{package, severity_of};

    #[test]
    fn a_pattern_is_found_in_every_file_and_rated_as_the_operator_says() {
        let settings = ScanSettings::from_toml(
            "[[patterns]]\nid = \"code-name\"\nregex = \"(?i)nightjar\"\nseverity = \"high\"\ndescription = \"A code name.\"\n",
        )
        .unwrap();
        let package = package(&[
            ("SKILL.md", b"# A\n\nFor Nightjar.\n"),
            ("b.py", b"x = 'nightjar'\n"),
            ("c.md", b"Nothing.\n"),
        ]);
        let report = scan(&package, &ScanContext::new(None), &settings);
        assert_eq!(severity_of(&report, "code-name"), Some(Severity::High));
        let places: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.kind == "operator_pattern")
            .filter_map(|finding| finding.location.as_deref())
            .collect();
        assert_eq!(places, ["SKILL.md:3", "b.py:1"]);
        assert!(report.configuration[0].contains("code-name is high"));
    }
}
