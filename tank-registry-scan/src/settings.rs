//! What an operator changes of the rules. Authors of skills change nothing: suppression is never in
//! their hands.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use tank_registry_core::scan::Severity;

use crate::{house, rules};

/// What an operator changes of the rules. All of it is recorded in every report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ScanSettings {
    /// Rules that are not applied, by id.
    pub off: BTreeSet<String>,
    /// Rules whose findings have another severity, by id.
    pub severities: BTreeMap<String, Severity>,
    /// Hosts that code and text may reach without a word: exact names, or `*.example.com`.
    pub allowed_hosts: BTreeSet<String>,
    /// Packages that may be installed without a word, as `pypi:name` or `npm:name`.
    pub allowed_packages: BTreeSet<String>,
    /// More patterns to look for.
    pub patterns: Vec<Pattern>,
}

/// A pattern of an operator's own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Pattern {
    /// Names it in reports.
    pub id: String,
    /// A regular expression of crate `regex`, searched for in every text; `^` and `$` are those of lines.
    pub regex: String,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// What it means, in a sentence.
    pub description: String,
}

/// What is wrong with settings: one sentence that names the key and what would be accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

impl ScanSettings {
    /// Reads settings from TOML.
    ///
    /// ```
    /// let settings = tank_registry_scan::ScanSettings::from_toml(
    ///     r#"
    ///     off = ["hidden-file"]
    ///     allowed_hosts = ["*.internal.example"]
    ///     "#,
    /// )?;
    /// assert!(settings.off.contains("hidden-file"));
    /// # Ok::<(), tank_registry_scan::SettingsError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When it is no TOML, holds an unknown key, or [`check`](Self::check) refuses it.
    pub fn from_toml(text: &str) -> Result<Self, SettingsError> {
        let settings: Self =
            toml::from_str(text).map_err(|error| SettingsError(error.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    /// Whether every rule that is named exists and every pattern can be used.
    ///
    /// # Errors
    ///
    /// With the first that does not.
    pub fn check(&self) -> Result<(), SettingsError> {
        let known: BTreeSet<&str> = rules::all().map(|rule| rule.id).collect();
        for id in self.off.iter().chain(self.severities.keys()) {
            if !known.contains(id.as_str()) {
                return Err(SettingsError(format!(
                    "there is no rule '{id}'; `tank-registry-server scan --list-rules` lists them"
                )));
            }
        }
        let mut ids = BTreeSet::new();
        for pattern in &self.patterns {
            let id = pattern.id.as_str();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if id.is_empty() || !id.chars().all(plain) || known.contains(id) || !ids.insert(id) {
                return Err(SettingsError(format!(
                    "the id '{id}' of a pattern must be its own: lower-case letters, digits and hyphens, no rule's id, each once"
                )));
            }
            if let Err(error) = house::compiled(pattern) {
                return Err(SettingsError(format!(
                    "the pattern '{}' is no regular expression: {error}",
                    pattern.id
                )));
            }
        }
        Ok(())
    }

    /// What is changed, a line each, in a fixed order.
    pub(crate) fn lines(&self) -> Vec<String> {
        let off = self.off.iter().map(|id| format!("rule {id} is off"));
        let severities = self
            .severities
            .iter()
            .map(|(id, severity)| format!("rule {id} is {severity}"));
        let hosts = self
            .allowed_hosts
            .iter()
            .map(|host| format!("host {host} is allowed"));
        let packages = self
            .allowed_packages
            .iter()
            .map(|package| format!("package {package} is allowed"));
        let patterns = self.patterns.iter().map(|pattern| {
            // Reports are read by many: what exactly is looked for stays with the operator.
            let text = format!("{}\n{}", pattern.regex, pattern.description);
            let digest = hex::encode(&Sha256::digest(text)[..4]);
            format!("pattern {} is {} ({digest})", pattern.id, pattern.severity)
        });
        off.chain(severities)
            .chain(hosts)
            .chain(packages)
            .chain(patterns)
            .collect()
    }

    /// The version of the rules with these settings: that of the rules alone where nothing is
    /// changed.
    pub fn rules_version(&self) -> String {
        let lines = self.lines();
        if lines.is_empty() {
            return rules::RULES_VERSION.to_owned();
        }
        let digest = Sha256::digest(lines.join("\n"));
        format!("{}+{}", rules::RULES_VERSION, hex::encode(&digest[..4]))
    }

    /// Whether a host may be reached without a word.
    pub(crate) fn allows_host(&self, host: &str) -> bool {
        self.allowed_hosts.iter().any(|allowed| {
            allowed.strip_prefix("*.").map_or_else(
                || host.eq_ignore_ascii_case(allowed),
                |domain| {
                    let host = host.to_ascii_lowercase();
                    host.strip_suffix(&domain.to_ascii_lowercase())
                        .is_some_and(|rest| rest.ends_with('.'))
                },
            )
        })
    }
}
