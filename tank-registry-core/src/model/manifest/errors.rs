//! Why a manifest was refused.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// Messages by top-level field: the `details` of the contract's `Invalid manifest`. Never empty.
///
/// Faults inside a field are listed under it, and an unknown field under its own name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ManifestErrors(BTreeMap<String, Vec<String>>);

impl ManifestErrors {
    pub(super) const fn new(fields: BTreeMap<String, Vec<String>>) -> Self {
        Self(fields)
    }

    /// The messages of every field that has some.
    pub const fn fields(&self) -> &BTreeMap<String, Vec<String>> {
        &self.0
    }

    /// The messages by field, without a copy.
    pub fn into_fields(self) -> BTreeMap<String, Vec<String>> {
        self.0
    }
}

impl fmt::Display for ManifestErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (field, messages)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{field}: {}", messages.join(", "))?;
        }
        Ok(())
    }
}

impl std::error::Error for ManifestErrors {}
