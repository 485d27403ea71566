//! The rules of a metadata store; see [`tank_registry_core::store`] for the sentences.

mod shelf;
mod world;

each_store_rule! { list_rules () }
