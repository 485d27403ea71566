#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "all of this crate is test code: names state the rules and panics report them"
)]
pub mod wire;
