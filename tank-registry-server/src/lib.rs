#![doc = include_str!("../README.md")]
#![allow(clippy::doc_markdown, reason = "SQLite is a name, not an item of code")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod cli;
mod log;
mod maintain;
mod output;
mod run;
pub mod serve;
pub mod settings;
mod start;
mod stores;

pub use maintain::maintain;
pub use run::run;
pub use serve::{ServeOptions, serve};
pub use settings::Settings;
