//! The rules of a blob store, on two servers that speak the protocol of S3.

#![allow(clippy::unwrap_used, reason = "a panic reports a broken rule")]

use std::sync::Arc;

use tank_registry_tests::BlobHandles;
use tank_registry_tests::s3::{S3, moto, open, s3s_fs};

async fn fresh(server: &S3) -> BlobHandles {
    let bucket = server.bucket();
    let [one, two] = [open(bucket.clone()).await, open(bucket).await];
    BlobHandles::new(Arc::new(one), Arc::new(two))
}

mod on_s3s_fs {
    use super::*;

    tank_registry_tests::blob_rules!(fresh(s3s_fs()));
}

mod on_moto {
    use super::*;

    tank_registry_tests::blob_rules!(fresh(moto()));
}
