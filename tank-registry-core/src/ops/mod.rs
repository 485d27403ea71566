//! The operations: one file a use case, each a method of [`Registry`](crate::Registry) that takes
//! the viewer it acts for.

mod archive;
mod commit;
mod confirm;
mod delegated;
mod download;
mod health;
mod identify;
mod initialise;
mod keys;
mod orgs;
mod publish;
mod read;
mod settings;
mod upload;
mod users;

pub use confirm::{ConfirmPublish, Confirmed};
pub(crate) use delegated::Delegated;
pub use download::Download;
pub(crate) use download::{ARCHIVE_TYPE, archive_caching};
pub use health::{Component, Health, HealthStatus};
pub(crate) use identify::Caller;
pub use initialise::{Initialised, initialise};
pub use keys::{CreateKey, CreatedKey, PerDay};
pub use publish::{PublishStarted, StartPublish};
pub use read::{SkillPage, VersionPage};
pub(crate) use read::{is_for_anyone, listed, readable_version};
pub use settings::Grantee;
pub(crate) use upload::Arriving;
pub use users::CreateUser;
