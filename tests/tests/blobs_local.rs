//! The rules of a blob store, on local disk.

#![allow(clippy::unwrap_used, reason = "a panic reports a broken rule")]

use std::future::ready;
use std::sync::Arc;

use tank_registry_s3::LocalBlobs;
use tank_registry_tests::BlobHandles;

fn fresh() -> BlobHandles {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(LocalBlobs::open(folder.path()).unwrap());
    BlobHandles::new(open(), open()).keeping(folder)
}

tank_registry_tests::blob_rules!(ready(fresh()));
