//! The rules of the seams as tests, for every backend of this workspace, of the wire, and of the
//! server as a process.
//!
//! A rule is an `async fn` whose name says the rule; it is given two handles on one fresh store
//! and panics when the rule is broken. A backend runs all of them in a few lines:
//!
//! ```no_run
//! use std::sync::Arc;
//! use tank_registry_core::memory::MemoryStore;
//! use tank_registry_tests::StoreHandles;
//!
//! async fn fresh() -> StoreHandles {
//!     let store = MemoryStore::new();
//!     StoreHandles::new(Arc::new(store.clone()), Arc::new(store))
//! }
//!
//! tank_registry_tests::store_rules!(fresh());
//! # fn main() {}
//! ```
//!
//! A rule is listed once, in `rules.rs`; one that is not listed is dead code to the compiler.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "all of this crate is test code: names state the rules and panics report them"
)]

#[macro_use]
mod rules;

pub mod blob_rules;
pub mod fixtures;
mod handles;
pub mod s3;
pub mod saboteurs;
pub mod server;
pub mod store_rules;
pub mod wire;

pub use handles::{BlobHandles, Handles, StoreHandles};
