//! What a key lets its bearer do.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A scope of an API key. `skills:admin` implies `skills:publish`, which implies `skills:read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// Reading what the owner may read.
    #[serde(rename = "skills:read")]
    Read,
    /// Publishing, organizations and grants.
    #[serde(rename = "skills:publish")]
    Publish,
    /// Administration, for an owner whose role is administrator.
    #[serde(rename = "skills:admin")]
    Admin,
}

impl Scope {
    /// All scopes, the weakest first.
    pub const ALL: [Self; 3] = [Self::Read, Self::Publish, Self::Admin];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "skills:read",
            Self::Publish => "skills:publish",
            Self::Admin => "skills:admin",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| "expected one of skills:read, skills:publish, skills:admin".to_owned())
    }
}

/// The scopes of a key. There is no key without one: none given means `skills:read`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<Scope>")]
pub struct Scopes(Arc<[Scope]>);

impl Scopes {
    /// From a list, sorted, without repetitions; an empty one becomes `skills:read`.
    pub fn new(scopes: impl IntoIterator<Item = Scope>) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        if scopes.is_empty() {
            scopes.push(Scope::Read);
        }
        Self(scopes.into())
    }

    /// Whether `needed` is among them or implied by one of them.
    pub fn allow(&self, needed: Scope) -> bool {
        self.0.iter().any(|&scope| scope >= needed)
    }

    /// The scopes, the weakest first.
    pub fn as_slice(&self) -> &[Scope] {
        &self.0
    }
}

impl From<Vec<String>> for Scopes {
    /// Unknown scopes are dropped: a key stored by a later release must not gain rights here.
    fn from(texts: Vec<String>) -> Self {
        Self::new(texts.iter().filter_map(|text| text.parse().ok()))
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.0.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_implies_the_weaker_ones() {
        let admin = Scopes::new([Scope::Admin]);
        assert!(admin.allow(Scope::Publish) && admin.allow(Scope::Read));
        let publish = Scopes::new([Scope::Publish]);
        assert!(publish.allow(Scope::Read) && !publish.allow(Scope::Admin));
    }

    #[test]
    fn a_key_stored_without_scopes_or_with_unknown_ones_may_only_read() {
        for stored in ["[]", r#"["skills:everything"]"#] {
            let scopes: Scopes = serde_json::from_str(stored).unwrap();
            assert_eq!(scopes, Scopes::new([Scope::Read]));
        }
    }
}
