//! The local store keeps the contract of blob stores, and what it promises beyond.

#![allow(
    clippy::unwrap_used,
    reason = "a helper that fails is a test that fails"
)]

mod common;
mod folder;
mod listing;
mod objects;
