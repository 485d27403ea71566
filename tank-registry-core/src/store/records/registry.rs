//! The registry's own row and its audit log.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::blob::SigningSecret;
use crate::model::{Timestamp, UserId};

/// The registry itself.
#[derive(Debug, Clone)]
pub struct RegistryRecord {
    /// Which life of the store this is.
    pub incarnation: Uuid,
    /// Signs links; shared by all nodes.
    pub signing_secret: SigningSecret,
    /// When it was made.
    pub initialised_at: Timestamp,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// Whoever runs the process: the command line, the first start.
    Operator,
    /// The registry by itself: maintenance, counters.
    System,
    /// A user.
    User(UserId),
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditEvent {
    /// What was done, such as `skill.publish`.
    pub action: String,
    /// To what: a name or an id.
    pub target: String,
    /// Details; never a secret.
    pub metadata: serde_json::Value,
}

impl AuditEvent {
    /// An event.
    pub fn new(
        action: impl Into<String>,
        target: impl Into<String>,
        metadata: serde_json::Value,
    ) -> Self {
        Self {
            action: action.into(),
            target: target.into(),
            metadata,
        }
    }
}
