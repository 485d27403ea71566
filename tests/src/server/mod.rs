//! The server as a process of its own, spoken to over sockets and by its command line.
//!
//! A [`Place`] is a temporary folder with the settings of the servers in it; a [`Server`] is a
//! process that serves it. Whatever a test does, no process and no folder outlives it.

mod binary;
mod client;
mod place;
mod process;
mod raw;
mod tools;
mod wait;

pub use binary::{server_binary, target_folder, workspace};
pub use client::Client;
pub use place::{Place, Ran};
pub use process::{Ended, Server};
pub use raw::Raw;
pub use tools::{done, python_with, tool};
pub use wait::{PATIENCE, until};
