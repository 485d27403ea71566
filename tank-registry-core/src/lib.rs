#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod access;
pub mod auth;
pub mod blob;
mod builder;
mod cache;
mod clock;
mod counters;
mod error;
pub mod http;
mod json;
mod limit;
pub mod maintenance;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod model;
pub mod ops;
pub mod package;
mod public_url;
mod registry;
pub mod scan;
pub mod search;
mod settings;
pub mod store;
mod turns;
mod workers;

pub use access::{Scope, Viewer};
pub use auth::{ApiKey, Authenticator, Directory};
pub use blob::BlobStore;
pub use builder::{BuildError, RegistryBuilder};
pub use clock::{Clock, SystemClock};
pub use error::{Error, InternalError, PackageFault, QueryErrors};
pub use limit::{Bucket, Decision, GovernorLimiter, LimitError, Quota, RateLimiter};
pub use public_url::{PublicUrl, PublicUrlError};
pub use registry::Registry;
pub use scan::{Fetcher, Scanner};
pub use settings::Settings;
pub use store::MetadataStore;
pub use workers::{Job, TokioWorkers, Workers, WorkersError};
