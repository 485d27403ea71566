//! Rules of the store, tested on real files.

mod fixtures;
mod history;
mod opening;
mod pool;
mod racing;
mod records;
mod refusals;
mod scans;
mod search;

pub(crate) use fixtures::inject;
