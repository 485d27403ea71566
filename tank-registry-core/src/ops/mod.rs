//! The operations: one file a use case, each a method of [`Registry`](crate::Registry) that takes
//! the viewer it acts for.

mod archive;
mod badge;
mod commit;
mod confirm;
mod delegated;
mod download;
mod files;
mod health;
mod identify;
mod initialise;
mod keys;
mod members;
mod orgs;
mod page;
mod publish;
mod read;
mod scanning;
mod search;
mod settings;
mod stars;
mod upload;
mod users;

pub use badge::Standing;
pub use confirm::{ConfirmPublish, Confirmed};
pub(crate) use delegated::Delegated;
pub use download::Download;
pub(crate) use download::{ARCHIVE_TYPE, archive_caching};
pub use files::{FilePath, VersionFile};
pub use health::{Component, Health, HealthStatus};
pub(crate) use identify::Caller;
pub use initialise::{Initialised, initialise};
pub use keys::{CreateKey, CreatedKey, PerDay};
pub use members::Person;
pub use orgs::{OrganizationMember, OrganizationPage, OrganizationSummary};
pub use page::{Page, Paged};
pub use publish::{PublishStarted, StartPublish};
pub use read::{SkillPage, VersionPage};
pub(crate) use read::{is_for_anyone, listed, readable_brief};
pub(crate) use scanning::FETCHES;
pub use scanning::Scanned;
pub use search::{SearchPage, SearchQuery, SearchResult};
pub use settings::Grantee;
pub use stars::StarSet;
pub(crate) use upload::Arriving;
pub use users::CreateUser;
