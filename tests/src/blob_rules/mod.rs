//! The rules of a blob store; see [`tank_registry_core::blob`] for the sentences.

each_blob_rule! { list_rules () }
