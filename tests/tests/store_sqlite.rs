//! The rules of a metadata store, on SQLite: two stores on one file, as two processes would be.

#![allow(clippy::unwrap_used, reason = "a panic reports a broken rule")]

use std::sync::Arc;

use tank_registry_sqlite::{SqliteOptions, SqliteStore};
use tank_registry_tests::StoreHandles;

async fn fresh() -> StoreHandles {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("registry.db");
    let one = SqliteStore::open(&path, SqliteOptions::default())
        .await
        .unwrap();
    let two = SqliteStore::open(&path, SqliteOptions::default())
        .await
        .unwrap();
    StoreHandles::new(Arc::new(one), Arc::new(two)).keeping(folder)
}

tank_registry_tests::store_rules!(fresh());
