//! Who may see, as data: a skill carries the tokens of its readers, a viewer holds tokens.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{OrgId, UserId};
use crate::store::Membership;

/// One word of an audience: `public`, `user:U` or `org:O`. Core makes them; a store compares them
/// as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// Everyone, anonymous callers too.
    pub fn public() -> Self {
        Self("public".to_owned())
    }

    /// One user.
    pub fn user(user: UserId) -> Self {
        Self(format!("user:{user}"))
    }

    /// All members of an organization.
    pub fn org(org: &OrgId) -> Self {
        Self(format!("org:{org}"))
    }

    /// Whether it stands for everyone.
    pub(crate) fn is_public(&self) -> bool {
        self.0 == "public"
    }

    /// Whether it stands for the members of an organization.
    pub(crate) fn is_org(&self) -> bool {
        self.0.starts_with("org:")
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a viewer may see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Everything that has not been removed: an administrator's.
    All,
    /// What has at least one of these tokens among its readers.
    AnyOf(Vec<Token>),
}

impl Audience {
    /// The audience of a viewer without an identity.
    pub fn anonymous() -> Self {
        Self::AnyOf(vec![Token::public()])
    }

    /// The audience of a user with these memberships, without an administrator's rights.
    pub(crate) fn of_user(user: UserId, memberships: &[Membership]) -> Self {
        let orgs = memberships.iter().map(|member| Token::org(&member.org));
        let own = [Token::public(), Token::user(user)];
        Self::AnyOf(own.into_iter().chain(orgs).collect())
    }

    /// Whether a thing with these `readers` is visible.
    pub fn sees(&self, readers: &[Token]) -> bool {
        match self {
            Self::All => true,
            Self::AnyOf(tokens) => tokens.iter().any(|token| readers.contains(token)),
        }
    }
}
