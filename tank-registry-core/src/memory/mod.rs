//! The in-memory backends: the executable specification of the seams, for tests and trials.
//!
//! [`MemoryStore`] keeps metadata and [`MemoryBlobs`] keeps bytes. Both are as plain as the
//! contract allows: one lock around one state, no index that a scan can replace, nothing that
//! outlives the process. Their handles are cheap clones: two clones are two handles on one store.
//!
//! What this code does is what the sentences of [`store`](crate::store) and
//! [`blob`](crate::blob) mean. Three things are decided here that every backend must agree with:
//!
//! - A command looks at everything it guards before it changes anything, in the order in which
//!   the docs of [`Command`](crate::store::Command) list its outcomes; the first that applies is
//!   the answer.
//! - Only an applied command leaves its id behind. One that was refused is judged anew when it
//!   comes again.
//! - The feed forgets a run of its oldest changes, never one between two that stay.

mod blobs;
mod commands;
mod reads;
mod state;
mod store;

pub use blobs::MemoryBlobs;
pub use state::AuditRecord;
pub use store::MemoryStore;
