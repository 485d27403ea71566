#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod admin;
mod cli;
#[cfg(feature = "fetch")]
mod fetch;
mod log;
mod maintain;
mod output;
mod run;
mod scan;
mod scanner;
pub mod serve;
pub mod settings;
mod start;
mod status;
mod stores;

pub use maintain::maintain;
pub use run::run;
pub use serve::{ServeOptions, serve};
pub use settings::Settings;
