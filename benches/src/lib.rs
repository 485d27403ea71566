//! What the registry costs, beside what it could not cost less than.
//!
//! One command runs everything and prints one table. Every figure stands beside another one that
//! was measured in the same run and in turns with it, so that whatever else the machine does
//! happens to both: reads beside a bare hyper server that answers the same bytes from memory,
//! writes beside the same rows and files written by hand.
//!
//! The servers are processes of their own. The program is its own servers: with a first argument
//! that [`child`] knows it becomes one.

mod answers;
mod archive;
mod bare;
mod bench;
mod census;
mod child;
mod cli;
mod client;
mod compare;
mod load;
mod machine;
mod place;
mod process;
mod publisher;
mod render;
mod rows;
mod run;
mod seed;
mod stats;
mod table;
mod vocabulary;

pub use child::child;
pub use run::run;

/// Why a benchmark has no result. There is no recovery: the run ends and says so.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;
