//! A registry whose packages lie in a bucket of S3, or of a store that speaks its protocol, and go
//! there and come from there without passing the registry.
//!
//! `AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… \
//! cargo run -p tank-registry-examples --bin s3 -- FOLDER BUCKET https://s3.example.org`

use std::error::Error;
use std::future::pending;
use std::path::PathBuf;
use std::sync::Arc;

use tank_registry_core::ops::{Initialised, initialise};
use tank_registry_core::{ApiKey, PublicUrl, Registry, SystemClock};
use tank_registry_s3::{S3Blobs, S3Options};
use tank_registry_server::{ServeOptions, maintain, serve};
use tank_registry_sqlite::{SqliteOptions, SqliteStore};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, bucket, endpoint] = &arguments[..] else {
        return Err("usage: s3 FOLDER BUCKET ENDPOINT".into());
    };
    let mut options = S3Options::new(bucket);
    options.endpoint = Some(endpoint.clone());
    "skills".clone_into(&mut options.prefix);
    // Only on this machine itself nobody else can read what is on its way.
    options.allow_http = endpoint.starts_with("http://127.0.0.1:");
    options.presigned_uploads = true;
    options.presigned_downloads = true;
    // Writes, reads and deletes a small object: a bucket that does not work is told here.
    let blobs = S3Blobs::open(options).await?;

    let database = PathBuf::from(folder).join("registry.db");
    let store = SqliteStore::open(database, SqliteOptions::default()).await?;
    let key = ApiKey::generate()?;
    if initialise(&store, &SystemClock, &key).await? == Initialised::Now {
        println!("key {}", key.reveal());
    }

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = PublicUrl::parse(&format!("http://{}", listener.local_addr()?))?;
    println!("listening on {}", url.as_str());
    let registry = Registry::builder(Arc::new(store), Arc::new(blobs), url)
        .build()
        .await?;
    // What is left of uploads that nobody finished is swept by `maintain`.
    tokio::select! {
        _ = serve(listener, registry.clone(), ServeOptions::default(), pending()) => {}
        () = maintain(registry) => {}
    }
    Ok(())
}
