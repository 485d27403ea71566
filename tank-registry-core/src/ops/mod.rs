//! The operations: one file a use case, each a method of [`Registry`](crate::Registry) that takes
//! the viewer it acts for.

mod archive;
mod commit;
mod confirm;
mod download;
mod health;
mod identify;
mod initialise;
mod keys;
mod orgs;
mod publish;
mod read;
mod search;
mod settings;
mod upload;
mod users;

pub use confirm::{ConfirmPublish, Confirmed};
pub use download::Download;
pub use health::{Component, Health, HealthStatus};
pub use initialise::{Initialised, initialise};
pub use keys::{CreateKey, CreatedKey, PerDay};
pub use publish::{PublishStarted, StartPublish};
pub use read::{SkillPage, VersionPage};
pub use search::{SearchPage, SearchQuery, SearchResult};
pub use settings::Grantee;
pub(crate) use upload::Arriving;
pub use users::CreateUser;
