//! Reads AI agent skills with the eyes of an attacker.
//!
//! A skill is code and an instruction to an agent that holds its user's authority. This crate reads
//! both, runs neither, and says what it found and why: see [`scan`]. It needs no registry: [`Input`]
//! takes a folder or an archive. In a registry, [`RuleScanner`] is a
//! [`Scanner`](tank_registry_core::Scanner).
//!
//! Work is bounded by counts of bytes and nodes, never by a clock: the same bytes, manifest and rules
//! have the same findings in the same order on every machine. A package that is too much for the
//! budgets is reported as incomplete, which never passes.

mod archive;
mod budget;
mod code;
mod context;
mod cross;
mod decode;
mod dependencies;
mod document;
mod finding;
mod frontmatter;
mod hosts;
mod house;
mod input;
mod judge;
mod language;
mod markdown;
mod pattern;
mod permissions;
mod prose;
mod rules;
mod scanner;
mod secrets;
mod settings;
mod skill;
mod structure;
#[cfg(test)]
mod testing;
mod text;

pub use self::{
    input::{Input, InputError},
    rules::{RULES_VERSION, RuleInfo, rules},
    scanner::{RuleScanner, scan},
    settings::{ScanSettings, SettingsError},
};
