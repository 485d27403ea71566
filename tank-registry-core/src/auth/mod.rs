//! Who is asking: keys, and the seams to a host's own accounts and teams.

mod authenticator;
mod directory;
mod key;

pub use authenticator::{Authenticator, AuthenticatorError, ExternalIdentity, NoAuthenticator};
pub use directory::{Directory, DirectoryError, OrganizationRef, StoreDirectory};
pub use key::{ApiKey, KeyHash, KeyTextError};
