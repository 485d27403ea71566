//! A registry on backends that fail, and what may be seen of a publish that they spoil.

use std::sync::Arc;
use std::time::Duration;

use tank_registry_core::Settings;

use super::{FaultyBlobs, FaultyStore, InlineWorkers, TestRegistry};

/// Ada, who owns acme, is about to publish `@acme/tools` 1.0.0.
#[derive(Debug)]
pub struct Frail {
    pub store: FaultyStore,
    pub blobs: FaultyBlobs,
    pub test: TestRegistry,
    pub ada: String,
}

impl Frail {
    pub async fn new() -> Self {
        Self::with(|_| ()).await
    }

    /// Each request reads the store.
    pub async fn without_cache() -> Self {
        Self::with(|settings| settings.cache_memory = 0).await
    }

    async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        Self::over(FaultyStore::default(), change).await
    }

    /// The store is opened by other processes too, which agree on this settle time.
    pub async fn shared(settle: Duration) -> Self {
        let store = FaultyStore {
            settle,
            ..FaultyStore::default()
        };
        Self::over(store, |_| ()).await
    }

    async fn over(store: FaultyStore, change: impl FnOnce(&mut Settings)) -> Self {
        let blobs = FaultyBlobs::default();
        let mut settings = Settings::default();
        change(&mut settings);
        let test = TestRegistry::over(
            Arc::new(store.clone()),
            Arc::new(blobs.clone()),
            |builder| builder.workers(Arc::new(InlineWorkers)).settings(settings),
        )
        .await;
        let ada = test.user("ada").await;
        test.org("acme", "ada").await;
        Self {
            store,
            blobs,
            test,
            ada,
        }
    }

    pub fn audited(&self, action: &str) -> usize {
        let log = self.store.inner.audit_log();
        log.iter()
            .filter(|line| line.event.action == action)
            .count()
    }

    /// Nothing of the version is visible, or all of it is. Answers which.
    pub async fn is_published(&self, archive: &[u8]) -> bool {
        let test = &self.test;
        let versions = test.get(None, "/api/v1/skills/@acme/tools/versions").await;
        let detail = test.get(None, "/api/v1/skills/@acme/tools/1.0.0").await;
        let skill = test.get(None, "/api/v1/skills/@acme/tools").await;
        assert_eq!(
            (versions.status, detail.status),
            (skill.status, skill.status)
        );
        if skill.status == 404 {
            return false;
        }
        assert_eq!(skill.text("latestVersion"), "1.0.0");
        assert_eq!(versions.json["versions"].as_array().unwrap().len(), 1);
        assert_eq!(test.follow(detail.text("downloadUrl")).await.bytes, archive);
        true
    }
}
