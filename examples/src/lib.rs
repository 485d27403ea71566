//! What the examples share: a registry in a folder.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use tank_registry_core::ops::{Initialised, initialise};
use tank_registry_core::{
    ApiKey, MetadataStore, PublicUrl, Registry, RegistryBuilder, SystemClock,
};
use tank_registry_s3::LocalBlobs;
use tank_registry_sqlite::{SqliteOptions, SqliteStore};

/// Opens the registry that lies in `folder`; the first time, prints the administrator's key.
pub async fn open(folder: &Path, public_url: &str) -> Result<Registry, Box<dyn Error>> {
    Ok(prepare(folder, public_url).await?.build().await?)
}

/// The same, with parts that may still be replaced.
pub async fn prepare(folder: &Path, public_url: &str) -> Result<RegistryBuilder, Box<dyn Error>> {
    on(store(folder).await?, folder, public_url)
}

/// The same, on a store of one's own.
pub fn on(
    store: impl MetadataStore,
    folder: &Path,
    public_url: &str,
) -> Result<RegistryBuilder, Box<dyn Error>> {
    let blobs = LocalBlobs::open(folder.join("blobs"))?;
    let url = PublicUrl::parse(public_url)?;
    Ok(Registry::builder(Arc::new(store), Arc::new(blobs), url))
}

/// The metadata in `folder`; the first time, a registry is made of it.
pub async fn store(folder: &Path) -> Result<SqliteStore, Box<dyn Error>> {
    let store = SqliteStore::open(folder.join("registry.db"), SqliteOptions::default()).await?;
    let key = ApiKey::generate()?;
    if initialise(&store, &SystemClock, &key).await? == Initialised::Now {
        println!("key {}", key.reveal());
    }
    Ok(store)
}

#[cfg(doctest)]
#[doc = include_str!("../../docs/embedding.md")]
struct Embedding;
