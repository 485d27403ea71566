//! Who may do what: viewers, scopes, audiences, and the one policy that answers.

mod audience;
mod policy;
mod scope;
mod viewer;

pub use audience::{Audience, Token};
pub(crate) use policy::{DERIVED_VERSION, derive_access, latest, may_read_version};
pub use scope::{Scope, Scopes};
pub use viewer::{Credential, Principal, Viewer};
