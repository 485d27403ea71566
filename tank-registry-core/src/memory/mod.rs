//! The in-memory backends: the executable specification of the seams, for tests and trials.
//!
//! [`MemoryStore`] keeps metadata and [`MemoryBlobs`] keeps bytes. Both are as plain as the
//! contract allows: one lock around one state, no index that a scan can replace, nothing that
//! outlives the process. Their handles are cheap clones: two clones are two handles on one store.
//!
//! What this code does is what the sentences of [`store`](crate::store) and
//! [`blob`](crate::blob) mean.

mod blobs;
mod commands;
mod find;
mod reads;
mod state;
mod store;

pub use blobs::MemoryBlobs;
pub use state::AuditRecord;
pub use store::MemoryStore;
