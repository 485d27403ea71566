#![doc = include_str!("../README.md")]

mod commands;
mod connect;
mod error;
mod fault;
mod feed;
mod migrate;
mod options;
mod pool;
mod reads;
mod rows;
mod search;
mod store;
#[cfg(test)]
mod tests;

pub use error::OpenError;
pub use migrate::{Migrated, migrate};
pub use options::{Migrate, SqliteOptions};
pub use store::SqliteStore;
