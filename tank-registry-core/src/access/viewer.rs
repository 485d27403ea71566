//! Who is asking.

use std::sync::Arc;

use crate::access::{Scope, Scopes};
use crate::auth::KeyHash;
use crate::model::{KeyId, Role, UserId};
use crate::store::{Actor, User};

/// Who is asking. Every operation takes one.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// Nobody in particular.
    Anonymous,
    /// A user.
    Principal(Arc<Principal>),
    /// Whoever runs the process: may do everything an administrator may, with nobody's name.
    Operator,
}

/// A user and how they proved it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Principal {
    /// The user, as they were when the viewer was made.
    pub user: Arc<User>,
    /// What the credential lets them do.
    pub scopes: Scopes,
    /// The credential.
    pub credential: Credential,
}

/// How a user proved who they are; what changes something after seconds of work checks it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credential {
    /// An API key.
    Key {
        /// Its id.
        id: KeyId,
        /// Its hash.
        hash: KeyHash,
        /// Requests a day; `None` is unlimited.
        per_day: Option<std::num::NonZeroU32>,
    },
    /// An identity that the host's [`Authenticator`](crate::Authenticator) vouched for.
    External,
    /// A link that was made for this user.
    Link,
}

impl Viewer {
    /// A user with a credential.
    pub fn principal(user: Arc<User>, scopes: Scopes, credential: Credential) -> Self {
        Self::Principal(Arc::new(Principal {
            user,
            scopes,
            credential,
        }))
    }

    /// The user, if there is one.
    pub fn user(&self) -> Option<&User> {
        match self {
            Self::Principal(principal) => Some(&principal.user),
            Self::Anonymous | Self::Operator => None,
        }
    }

    /// The user's id, if there is one.
    pub fn user_id(&self) -> Option<UserId> {
        self.user().map(|user| user.id)
    }

    /// Whether an administrator's rights come with the request: the role alone, or the scope
    /// alone, is not enough.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Anonymous => false,
            Self::Principal(principal) => {
                principal.user.role == Role::Admin && principal.scopes.allow(Scope::Admin)
            }
            Self::Operator => true,
        }
    }

    /// How the audit log calls them.
    pub fn actor(&self) -> Actor {
        match self {
            Self::Anonymous => Actor::System,
            Self::Principal(principal) => Actor::User(principal.user.id),
            Self::Operator => Actor::Operator,
        }
    }
}
