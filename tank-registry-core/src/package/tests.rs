//! The rules, each on an archive made for it.

mod accepted;
mod derived;
mod entries;
mod limits;
mod structure;
