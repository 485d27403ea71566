//! The rules of a metadata store, on the one in memory.

use std::future::ready;
use std::sync::Arc;

use tank_registry_core::memory::MemoryStore;
use tank_registry_tests::StoreHandles;

fn fresh() -> StoreHandles {
    let store = MemoryStore::new();
    StoreHandles::new(Arc::new(store.clone()), Arc::new(store))
}

tank_registry_tests::store_rules!(ready(fresh()));
