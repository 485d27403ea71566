//! A registry in memory, spoken to as a client would, without a socket between.

mod answer;
mod archive;
mod clock;

use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tank_registry_core::access::Scopes;
use tank_registry_core::http::ClientAddr;
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::{Handle, KeyId, OrgRole, OrgSlug};
use tank_registry_core::ops::{CreateKey, CreateUser, initialise};
use tank_registry_core::store::MetadataStore;
use tank_registry_core::{
    ApiKey, BlobStore, Clock as _, PublicUrl, Registry, RegistryBuilder, Scope, Settings, Viewer,
};

pub use answer::Answer;
pub use archive::{integrity, manifest, pack, skill_files};
pub use clock::TestClock;

/// Where the registry says it is.
pub const PUBLIC_URL: &str = "https://registry.example";

/// A registry with an administrator, a clock that stands still, and ways to call it.
#[derive(Debug, Clone)]
pub struct TestRegistry {
    pub registry: Registry,
    pub clock: Arc<TestClock>,
    /// The administrator's key.
    pub admin: String,
}

/// A key and the id that revokes it.
#[derive(Debug, Clone)]
pub struct TestKey {
    pub secret: String,
    pub id: KeyId,
}

impl TestRegistry {
    pub async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub async fn with_settings(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::default();
        change(&mut settings);
        Self::with(|builder| builder.settings(settings)).await
    }

    pub async fn with(change: impl FnOnce(RegistryBuilder) -> RegistryBuilder) -> Self {
        Self::over(
            Arc::new(MemoryStore::new()),
            Arc::new(MemoryBlobs::new()),
            change,
        )
        .await
    }

    pub async fn over(
        store: Arc<dyn MetadataStore>,
        blobs: Arc<dyn BlobStore>,
        change: impl FnOnce(RegistryBuilder) -> RegistryBuilder,
    ) -> Self {
        let clock = Arc::new(TestClock::default());
        let key = ApiKey::generate().unwrap();
        initialise(&*store, &*clock, &key).await.unwrap();
        let url = PublicUrl::parse(PUBLIC_URL).unwrap();
        let builder = Registry::builder(store, blobs, url).clock(clock.clone());
        let registry = change(builder).build().await.unwrap();
        Self {
            registry,
            clock,
            admin: key.reveal().to_owned(),
        }
    }

    /// Creates a user and answers a key of theirs that may publish.
    pub async fn user(&self, name: &str) -> String {
        self.create_user(name).await;
        self.key(name, &[Scope::Publish]).await.secret
    }

    pub async fn create_user(&self, name: &str) {
        let request = CreateUser {
            handle: handle(name),
            email: format!("{name}@example.org"),
            administrator: false,
        };
        self.registry
            .create_user(&Viewer::Operator, request)
            .await
            .unwrap();
    }

    pub async fn key(&self, name: &str, scopes: &[Scope]) -> TestKey {
        self.key_with(name, scopes, NonZeroU32::new(1000)).await
    }

    pub async fn key_with(
        &self,
        name: &str,
        scopes: &[Scope],
        per_day: Option<NonZeroU32>,
    ) -> TestKey {
        let request = CreateKey {
            user: handle(name),
            name: "test".to_owned(),
            scopes: Scopes::new(scopes.iter().copied()),
            expires_in_days: 90,
            per_day,
        };
        let created = self
            .registry
            .create_key(&Viewer::Operator, request)
            .await
            .unwrap();
        TestKey {
            secret: created.secret.reveal().to_owned(),
            id: created.key.id,
        }
    }

    pub async fn org(&self, slug: &str, owner: &str) {
        let slug = OrgSlug::parse(slug).unwrap();
        let name = slug.to_string();
        let owner = handle(owner);
        self.registry
            .create_organization(&Viewer::Operator, slug, name, &owner)
            .await
            .unwrap();
    }

    pub async fn member(&self, slug: &str, name: &str, role: OrgRole) {
        let slug = OrgSlug::parse(slug).unwrap();
        self.registry
            .set_member(&Viewer::Operator, &slug, &handle(name), role)
            .await
            .unwrap();
    }

    pub async fn get(&self, key: Option<&str>, path: &str) -> Answer {
        self.call(Method::GET, path, key, None).await
    }

    pub async fn post(&self, key: Option<&str>, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, key, Some(body.to_string().into()))
            .await
    }

    pub async fn call(
        &self,
        method: Method,
        path: &str,
        key: Option<&str>,
        body: Option<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.send(request.body(Full::new(body.unwrap_or_default())).unwrap())
            .await
    }

    pub async fn send(&self, mut request: Request<Full<Bytes>>) -> Answer {
        if request.extensions().get::<ClientAddr>().is_none() {
            request
                .extensions_mut()
                .insert(ClientAddr("203.0.113.7:4711".parse().unwrap()));
        }
        Answer::read(self.registry.handle(request).await).await
    }

    /// `PUT`s bytes to a link that the registry gave.
    pub async fn put(&self, url: &str, bytes: impl Into<Bytes>) -> Answer {
        self.call(Method::PUT, relative(url), None, Some(bytes.into()))
            .await
    }

    /// Follows a link that the registry gave.
    pub async fn follow(&self, url: &str) -> Answer {
        self.call(Method::GET, relative(url), None, None).await
    }

    pub async fn start(&self, key: &str, manifest: &Value) -> Answer {
        self.post(
            Some(key),
            "/api/v1/skills",
            &json!({ "manifest": manifest }),
        )
        .await
    }

    pub async fn confirm(&self, key: &str, version_id: &str, integrity: &str) -> Answer {
        let body = json!({ "versionId": version_id, "integrity": integrity });
        self.post(Some(key), "/api/v1/skills/confirm", &body).await
    }

    /// Publishes a manifest with two small files and answers the confirm.
    pub async fn publish(&self, key: &str, manifest: &Value) -> Answer {
        self.publish_archive(key, manifest, &pack(&skill_files(manifest)))
            .await
    }

    pub async fn publish_archive(&self, key: &str, manifest: &Value, archive: &[u8]) -> Answer {
        let started = self.start(key, manifest).await;
        if started.status != 200 {
            return started;
        }
        let put = self.put(started.text("uploadUrl"), archive.to_vec()).await;
        assert_eq!(put.status, 200, "{put:?}");
        self.confirm(key, started.text("versionId"), &integrity(archive))
            .await
    }

    /// Publishes what must be published.
    pub async fn published(&self, key: &str, manifest: &Value) {
        let answer = self.publish(key, manifest).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    pub async fn download_url(&self, key: Option<&str>, name: &str, version: &str) -> String {
        let answer = self
            .get(key, &format!("/api/v1/skills/{name}/{version}"))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("downloadUrl").to_owned()
    }

    pub fn now(&self) -> String {
        self.clock.now().to_string()
    }
}

pub fn handle(name: &str) -> Handle {
    Handle::parse(name).unwrap()
}

/// The path of a link of the registry's.
pub fn relative(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL)
        .unwrap_or_else(|| panic!("a link elsewhere: {url}"))
}
