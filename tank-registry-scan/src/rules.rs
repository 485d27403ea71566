//! All rules, and the version of the whole set.

use tank_registry_core::scan::{Severity, Stage};

use crate::finding::Rule;
use crate::{archive, code, cross, decode, dependencies, permissions, prose, secrets, structure};

/// Names the rules as a whole: every change of what a scan finds raises it, and stored versions are
/// then worth scanning again.
pub const RULES_VERSION: &str = "2026.11.1";

/// What is told of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleInfo {
    /// Names it in settings and, behind `tank-scan/`, in reports.
    pub id: &'static str,
    /// The stage it belongs to.
    pub stage: Stage,
    /// The type of its findings.
    pub kind: &'static str,
    /// How bad a finding of it is, unless what stands around it says otherwise.
    pub severity: Severity,
    /// The weakness in the Common Weakness Enumeration; `None` where there is none.
    pub cwe: Option<&'static str>,
    /// What to do about a finding.
    pub remediation: &'static str,
}

/// Every rule, in order of stage and id.
pub fn rules() -> Vec<RuleInfo> {
    let mut rules: Vec<RuleInfo> = all()
        .map(|rule| RuleInfo {
            id: rule.id,
            stage: rule.stage,
            kind: rule.kind,
            severity: rule.severity,
            cwe: Some(rule.cwe).filter(|cwe| !cwe.is_empty()),
            remediation: rule.fix,
        })
        .collect();
    rules.sort_unstable_by_key(|rule| (rule.stage, rule.id));
    rules
}

pub(crate) fn all() -> impl Iterator<Item = &'static Rule> {
    [
        archive::RULES,
        structure::RULES,
        decode::RULES,
        prose::RULES,
        secrets::RULES,
        dependencies::RULES,
        permissions::RULES,
        cross::RULES,
    ]
    .into_iter()
    .chain(code::RULES.iter().copied())
    .flatten()
    .copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_rule_has_its_own_id_and_says_what_to_do() {
        let mut seen = BTreeSet::new();
        for rule in all() {
            assert!(seen.insert(rule.id), "{} twice", rule.id);
            assert!(!rule.fix.is_empty(), "{}", rule.id);
            assert!(
                rule.id
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
                "{}",
                rule.id
            );
        }
        assert!(seen.len() > 20);
    }
}
