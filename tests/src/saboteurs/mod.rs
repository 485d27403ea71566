//! Stores that break one rule each: they show that a rule can fail.

mod blobs;
mod store;

pub use blobs::{BlobFault, SabotagedBlobs};
pub use store::{SabotagedStore, StoreFault};
