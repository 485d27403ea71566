//! The rules of a blob store, on the one in memory.

use std::future::ready;
use std::sync::Arc;

use tank_registry_core::memory::MemoryBlobs;
use tank_registry_tests::BlobHandles;

fn fresh() -> BlobHandles {
    let store = MemoryBlobs::new();
    BlobHandles::new(Arc::new(store.clone()), Arc::new(store))
}

tank_registry_tests::blob_rules!(ready(fresh()));
