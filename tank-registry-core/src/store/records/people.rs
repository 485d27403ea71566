//! Users, organizations and keys.

use serde::{Deserialize, Serialize};

use crate::access::Scopes;
use crate::auth::KeyHash;
use crate::model::{
    Handle, KeyId, OrgId, OrgRole, OrgSlug, Revision, Role, Timestamp, UserId, UserStatus,
};

/// A person, or an account that acts like one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The id.
    pub id: UserId,
    /// What commands call the user; unique, never changes.
    pub handle: Handle,
    /// What others see; the handle where there is none.
    pub display_name: Option<String>,
    /// The address; empty when none is known.
    pub email: String,
    /// Administrator or not.
    pub role: Role,
    /// Whether they may act.
    pub status: UserStatus,
    /// Who they are for the system that vouches for them.
    pub external: Option<ExternalId>,
    /// Moves with every change.
    pub revision: Revision,
    /// When the row was made.
    pub created_at: Timestamp,
}

impl User {
    /// The name on the wire.
    pub fn name(&self) -> &str {
        self.display_name.as_deref().unwrap_or(self.handle.as_str())
    }
}

/// An identity that another system vouches for; unique as a pair.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ExternalId {
    /// The system.
    pub issuer: String,
    /// The person, as that system names them for ever.
    pub subject: String,
}

/// How to look a user up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRef {
    /// By id.
    Id(UserId),
    /// By handle.
    Handle(Handle),
    /// By external identity.
    External(ExternalId),
}

/// An organization that the store holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The id, as access tokens name it.
    pub id: OrgId,
    /// Unique; the scope of its skills' names.
    pub slug: OrgSlug,
    /// What people call it.
    pub name: String,
    /// Moves with every change, of its members too.
    pub revision: Revision,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its members, in order of joining.
    pub members: Vec<Member>,
}

/// A member of an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: OrgRole,
}

/// An organization, seen from one of its members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// The organization.
    pub org: OrgId,
    /// Its slug.
    pub slug: OrgSlug,
    /// As what.
    pub role: OrgRole,
}

/// An API key. The key itself is nowhere stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What revocation names.
    pub id: KeyId,
    /// The owner.
    pub user: UserId,
    /// What the owner calls it.
    pub name: String,
    /// SHA-256 of the whole key.
    pub hash: KeyHash,
    /// Enough of the key to tell it from others.
    pub start: String,
    /// What it lets its bearer do.
    pub scopes: Scopes,
    /// Requests a day; `None` is unlimited.
    pub per_day: Option<std::num::NonZeroU32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, give or take the interval at which counters are written.
    pub last_used: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}
