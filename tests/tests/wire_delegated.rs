//! Archives that go to the blob store and come from it past the registry. Sections 4.2, 4.6 and
//! 4.10 of the API.

#![allow(clippy::unwrap_used, reason = "a panic reports a broken rule")]

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::Method;
use tank_registry_core::blob::{BlobKey, once};
use tank_registry_core::memory::MemoryStore;
use tank_registry_core::{BlobStore as _, Scope};
use tank_registry_tests::wire::{
    Answer, DelegatingBlobs, TestRegistry, integrity, manifest, pack, skill_files,
};
use url::Url;

const DETAIL: &str = "/api/v1/skills/tools/1.0.0";

struct Delegated {
    test: TestRegistry,
    blobs: Arc<DelegatingBlobs>,
    ada: String,
}

impl Delegated {
    async fn new() -> Self {
        let blobs = Arc::new(DelegatingBlobs::default());
        let store = Arc::new(MemoryStore::new());
        let test = TestRegistry::over(store, blobs.clone(), |builder| builder).await;
        let ada = test.user("ada").await;
        Self { test, blobs, ada }
    }

    /// Starts, writes to the blob store itself, and confirms.
    async fn publish(&self, manifest: &serde_json::Value) -> Answer {
        let started = self.test.start(&self.ada, manifest).await;
        let link = Url::parse(started.text("uploadUrl")).unwrap();
        let key = BlobKey::from_path(&link.path()[1..]).unwrap();
        let archive = pack(&skill_files(manifest));
        let body = once(archive.clone().into());
        self.blobs.stage(&key, body).await.unwrap();
        let version = started.text("versionId");
        self.test
            .confirm(&self.ada, version, &integrity(&archive))
            .await
    }

    async fn downloads(&self) -> u64 {
        let skill = self.test.get(None, "/api/v1/skills/tools").await;
        skill.number("downloads")
    }

    async fn look(&self, address: &str) {
        let answer = self.test.get_from(address, None, DETAIL).await;
        assert_eq!(answer.status, 200);
    }
}

/// What a link of the blob store was asked for.
fn asked(link: &str) -> HashMap<String, String> {
    let url = Url::parse(link).unwrap();
    assert_eq!(url.host_str(), Some("elsewhere.example"), "{link}");
    url.query_pairs().into_owned().collect()
}

#[tokio::test]
async fn an_upload_goes_to_staging_only_and_as_long_as_its_session_is_open() {
    let delegated = Delegated::new().await;
    let started = delegated
        .test
        .start(&delegated.ada, &manifest("tools", "1.0.0"))
        .await;
    let link = started.text("uploadUrl");
    let path = format!("/uploads/{}", started.text("versionId"));
    assert_eq!(Url::parse(link).unwrap().path(), path);
    assert_eq!(asked(link)["access"], "write");
    assert_eq!(asked(link)["seconds"], "3600");
    let published = delegated.publish(&manifest("tools", "1.0.0")).await;
    assert_eq!(published.status, 200, "{published:?}");
}

#[tokio::test]
async fn a_link_to_read_is_good_for_an_hour_and_says_who_may_keep_the_bytes() {
    let delegated = Delegated::new().await;
    let mut hidden = manifest("hidden", "1.0.0");
    hidden["visibility"] = "private".into();
    for manifest in [&manifest("tools", "1.0.0"), &hidden] {
        assert_eq!(delegated.publish(manifest).await.status, 200);
    }
    let ada = Some(&*delegated.ada);
    for (name, caching) in [
        ("tools", "public, max-age=3600, immutable"),
        ("hidden", "private, no-store"),
    ] {
        let link = delegated.test.download_url(ada, name, "1.0.0").await;
        let expected = format!("read application/gzip {caching}");
        assert_eq!(asked(&link)["access"], expected);
        assert_eq!(asked(&link)["seconds"], "3600");
        assert!(link.contains("/blobs/"), "{link}");
    }
}

#[tokio::test]
async fn a_look_counts_as_a_download_once_per_caller_version_and_hour() {
    let delegated = Delegated::new().await;
    for version in ["1.0.0", "1.0.1"] {
        let published = delegated.publish(&manifest("tools", version)).await;
        assert_eq!(published.status, 200);
    }
    assert_eq!(delegated.downloads().await, 0);
    for (address, expected) in [
        ("192.0.2.1:4000", 1),
        ("192.0.2.1:4000", 1),
        ("192.0.2.2:4000", 2),
    ] {
        delegated.look(address).await;
        assert_eq!(delegated.downloads().await, expected, "{address}");
    }
    // A user is one caller, whatever the key.
    let other = delegated.test.key("ada", &[Scope::Read]).await.secret;
    for key in [&delegated.ada, &other] {
        delegated.test.get(Some(key), DETAIL).await;
        assert_eq!(delegated.downloads().await, 3);
    }
    let later = "/api/v1/skills/tools/1.0.1";
    delegated.test.get(Some(&other), later).await;
    assert_eq!(delegated.downloads().await, 4);
    let address = "192.0.2.9:4000";
    delegated.test.call(Method::HEAD, DETAIL, None, None).await;
    assert_eq!(delegated.downloads().await, 4, "nobody got a link");
    delegated.test.clock.advance(Duration::from_hours(1));
    delegated.look("192.0.2.1:4000").await;
    delegated.look(address).await;
    assert_eq!(delegated.downloads().await, 6);
}

#[tokio::test]
async fn a_look_counts_nothing_where_the_registry_serves_the_bytes() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    test.get_from("192.0.2.1:4000", None, DETAIL).await;
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.number("downloads"), 0);
}

#[tokio::test]
async fn a_blob_store_that_makes_no_link_leaves_reading_to_the_registry() {
    let delegated = Delegated::new().await;
    let published = delegated.publish(&manifest("tools", "1.0.0")).await;
    assert_eq!(published.status, 200);
    delegated.blobs.set_broken(true);
    let link = delegated.test.download_url(None, "tools", "1.0.0").await;
    let answer = delegated.test.follow(&link).await;
    assert_eq!(answer.status, 200, "{link}");
    let start = delegated
        .test
        .start(&delegated.ada, &manifest("tools", "1.0.1"))
        .await;
    assert_eq!(start.status, 500);
    assert_eq!(start.text("error"), "Failed to generate upload URL");
}
