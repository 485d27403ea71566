//! In which state a skill, a version or a user is.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A skill's status, as a moderator or its owner set it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkillStatus {
    /// Served.
    Active,
    /// Served, with a word to its users.
    Deprecated {
        /// What its users should know, or use instead.
        message: Option<String>,
    },
    /// Served to its publisher and administrators only.
    Quarantined,
    /// Served to nobody; its name and version numbers stay taken.
    Removed,
}

impl SkillStatus {
    /// The word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Deprecated { .. } => "deprecated",
            Self::Quarantined => "quarantined",
            Self::Removed => "removed",
        }
    }
}

/// A version's state. Its bytes never change and its number is never reused, whatever the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionState {
    /// Listed and served to all readers of the skill.
    Live,
    /// Held back by the scan gate or a review: shown to who published it and to administrators.
    Held,
    /// No longer listed, still served at its exact number, so that lockfiles keep working.
    Yanked {
        /// Why, in the words of who did it.
        reason: Option<String>,
    },
    /// Served to nobody.
    Removed,
}

impl VersionState {
    /// `live`, `held`, `yanked` or `removed`.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Held => "held",
            Self::Yanked { .. } => "yanked",
            Self::Removed => "removed",
        }
    }

    /// Whether all readers of the skill may have it at its exact number.
    pub const fn is_served(&self) -> bool {
        matches!(self, Self::Live | Self::Yanked { .. })
    }
}

/// What a person may do on the registry as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Publishes and reads as policy allows.
    User,
    /// May administer, with a key that has the scope `skills:admin`.
    Admin,
}

/// Whether a user's keys and links work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserStatus {
    /// They do.
    Active,
    /// They do not, until the given time or for good.
    Suspended {
        /// When the suspension is over by itself.
        until: Option<Timestamp>,
    },
}

impl UserStatus {
    /// Whether the user may act at `now`; a suspension whose end has passed is over.
    pub fn is_active(self, now: Timestamp) -> bool {
        match self {
            Self::Active => true,
            Self::Suspended { until } => until.is_some_and(|end| end <= now),
        }
    }
}

/// What a member may do in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrgRole {
    /// Publishes and reads the organization's skills.
    Member,
    /// Also changes members and access.
    Admin,
    /// As an admin; the last one cannot leave.
    Owner,
}

impl OrgRole {
    /// The word on the wire and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

impl std::str::FromStr for OrgRole {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "member" => Ok(Self::Member),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            _ => Err("expected one of owner, admin, member".to_owned()),
        }
    }
}
