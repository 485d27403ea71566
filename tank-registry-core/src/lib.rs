#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod access;
pub mod auth;
pub mod blob;
//X mod builder;
mod clock;
//X mod counters;
//X mod error;
//X pub mod http;
mod limit;
//X pub mod maintenance;
#[cfg(any(test, feature = "memory"))]
pub mod memory;
pub mod model;
//X pub mod ops;
pub mod package;
//X mod registry;
pub mod scan;
pub mod store;
mod workers;

pub use access::{Scope, Viewer};
pub use auth::{ApiKey, Authenticator, Directory};
pub use blob::BlobStore;
//X pub use builder::{BuildError, PublicUrl, PublicUrlError, RegistryBuilder, Settings};
pub use clock::{Clock, SystemClock};
//X pub use error::{Error, InternalError};
pub use limit::{Bucket, Decision, GovernorLimiter, LimitError, Quota, RateLimiter};
//X pub use registry::Registry;
pub use scan::Scanner;
pub use store::MetadataStore;
pub use workers::{Job, TokioWorkers, Workers, WorkersError};
