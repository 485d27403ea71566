//! Parsed value types: what the rest of the crate speaks about.
//!
//! Every type here is checked once, where text or JSON comes in. Code behind that edge cannot hold a name, a version, a
//! digest or a manifest that the contract would refuse. The wire strings of a refusal live beside the rule that they belong to.

mod escalation;
mod ids;
mod integrity;
mod manifest;
mod name;
mod permissions;
mod reason;
mod schema;
mod slug;
mod status;
mod text;
mod time;
mod version;
mod version_key;
mod visibility;

pub use escalation::{Escalation, escalation};
pub use ids::{CommandId, KeyId, OrgId, Revision, SkillId, UploadId, UserId, VersionId};
pub use integrity::{Integrity, IntegrityError};
pub use manifest::{Audit, Manifest, ManifestErrors, McpServer};
pub use name::{NameError, NameErrors, NameRule, SkillName};
pub use permissions::{Permissions, PermissionsError};
pub use reason::{Reason, ReasonError};
pub(crate) use schema::wrong_type;
pub use slug::{Handle, HandleError, OrgSlug, SlugError};
pub use status::{OrgRole, Role, SkillStatus, UserStatus, VersionState};
pub(crate) use text::{longer_than, trim as trimmed};
pub use time::{Day, Timestamp, TimestampError};
pub use version::{Bump, Version, VersionError};
pub use version_key::VersionKey;
pub use visibility::{Visibility, VisibilityError};
