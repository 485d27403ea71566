//! The manifest of a version (`tank.json`, once `skills.json`).

mod compare;
mod errors;
mod mcp;
mod parse;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

pub use self::errors::ManifestErrors;
pub use self::mcp::McpServer;
use super::{NameRule, Permissions, SkillName, Version, Visibility};

/// The kinds of atoms that the registry tells its readers about.
const ATOM_KINDS: [&str; 7] = [
    "instruction",
    "hook",
    "tool",
    "agent",
    "rule",
    "resource",
    "prompt",
];

/// What is said of a skill without atoms of a known kind.
const PLAIN_KIND: &str = "skill";

/// A manifest that the contract accepts, in the form that it has after the clients' schema: the name lower-cased, URLs
/// trimmed, defaults filled in, `publish` left out. Absent optional fields stay absent.
///
/// It is stored as it serialises. Reading it back from storage asks no question that [`Manifest::parse`] answered, so a
/// stored manifest stays readable when a setting, for one whether names need a scope, changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    name: SkillName,
    version: Version,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skills: Option<BTreeMap<String, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    permissions: Option<Permissions>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repository: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    visibility: Option<Visibility>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    audit: Option<Audit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mcp_server: Option<McpServer>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    atoms: Option<Vec<Map<String, Value>>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    includes: Option<Vec<String>>,
}

/// What a manifest demands of the audits of its dependencies.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Audit {
    min_score: Number,
}

impl Audit {
    /// The least acceptable score, 0 to 10.
    pub fn min_score(&self) -> f64 {
        self.min_score.as_f64().unwrap_or_default()
    }
}

impl Manifest {
    /// Reads a manifest, whether it was sent with a publish or found in an archive.
    ///
    /// A value that is no object at all is refused under the field `manifest`.
    pub fn parse(value: &Value, rule: NameRule) -> Result<Self, ManifestErrors> {
        parse::manifest(value, rule)
    }

    /// The skill that this is a version of.
    pub const fn name(&self) -> &SkillName {
        &self.name
    }

    /// The version.
    pub const fn version(&self) -> &Version {
        &self.version
    }

    /// What the skill is good for, in at most 500 characters.
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The dependencies, name to range, where some were declared. Ranges are for the clients to resolve.
    pub const fn skills(&self) -> Option<&BTreeMap<String, String>> {
        self.skills.as_ref()
    }

    /// The permissions; those that ask for nothing when none were declared.
    pub fn permissions(&self) -> &Permissions {
        self.declared_permissions()
            .unwrap_or(const { &Permissions::NONE })
    }

    /// The permissions, where some were declared.
    pub const fn declared_permissions(&self) -> Option<&Permissions> {
        self.permissions.as_ref()
    }

    /// Where the sources are, an absolute URL of any scheme.
    pub fn repository(&self) -> Option<&str> {
        self.repository.as_deref()
    }

    /// The visibility that the skill shall have. Absent asks for no change.
    pub const fn visibility(&self) -> Option<Visibility> {
        self.visibility
    }

    /// What is demanded of the audits of dependencies.
    pub const fn audit(&self) -> Option<&Audit> {
        self.audit.as_ref()
    }

    /// The MCP server that comes with the skill.
    pub const fn mcp_server(&self) -> Option<&McpServer> {
        self.mcp_server.as_ref()
    }

    /// The atoms, opaque but for their kind.
    pub fn atoms(&self) -> &[Map<String, Value>] {
        self.atoms.as_deref().unwrap_or_default()
    }

    /// What is included from elsewhere.
    pub fn includes(&self) -> &[String] {
        self.includes.as_deref().unwrap_or_default()
    }

    /// The distinct known kinds of atoms in first-seen order, or `skill` alone.
    pub fn atom_kinds(&self) -> Vec<&'static str> {
        let mut kinds = Vec::new();
        for kind in self
            .atoms()
            .iter()
            .filter_map(|atom| atom.get("kind")?.as_str())
        {
            let known = ATOM_KINDS.iter().find(|known| **known == kind);
            kinds.extend(known.filter(|known| !kinds.contains(*known)));
        }
        if kinds.is_empty() {
            kinds.push(PLAIN_KIND);
        }
        kinds
    }

    /// Whether [`atom_kinds`](Self::atom_kinds) can ever name this kind.
    pub(crate) fn is_atom_kind(kind: &str) -> bool {
        ATOM_KINDS.contains(&kind) || kind == PLAIN_KIND
    }

    /// The manifest as JSON, the form that it is stored in.
    pub fn to_value(&self) -> Value {
        // Nothing in a manifest can fail to serialise: its maps have string keys and its numbers are JSON's own.
        serde_json::to_value(self).unwrap_or_default()
    }
}
