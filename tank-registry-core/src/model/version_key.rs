//! What makes a version number unique within its skill.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Version, VersionError};

/// A version number without its build metadata: two versions that differ only in that are the
/// same version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionKey(String);

impl VersionKey {
    /// Reads a version number and drops its build metadata.
    pub fn parse(text: &str) -> Result<Self, VersionError> {
        Version::parse(text).map(|version| Self::from(&version))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Version> for VersionKey {
    fn from(version: &Version) -> Self {
        Self(version.key().to_owned())
    }
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
