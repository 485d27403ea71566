//! A registry in memory, spoken to as a client would, without a socket between.

mod acme;
mod answer;
mod archive;
mod clock;
mod delegating;
mod faults;
mod form;
mod frail;
mod gated;
mod limits;
mod redact;
mod scanner;
pub mod schema;
mod seed;
mod world;

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tank_registry_core::access::Scopes;
use tank_registry_core::http::ClientAddr;
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::{
    CommandId, Handle, KeyId, OrgRole, OrgSlug, SkillName, UserStatus, VersionKey, VersionState,
};
use tank_registry_core::ops::{CreateKey, CreateUser, Grantee, PerDay, initialise};
use tank_registry_core::store::{Actor, Command, Meta, MetadataStore, Outcome, SkillCommit};
use tank_registry_core::{
    ApiKey, BlobStore, Clock as _, PublicUrl, Registry, RegistryBuilder, Scope, Settings, Viewer,
};

pub use acme::Acme;
pub use answer::Answer;
pub use archive::{gzip, integrity, manifest, noise, pack, pack_entries, skill_files};
pub use clock::TestClock;
pub use delegating::DelegatingBlobs;
pub use faults::{Fault, FaultyBlobs, FaultyStore, InlineWorkers, Plan, SECRET};
pub use form::Form;
pub use frail::Frail;
pub use gated::{Gated, QUARANTINE, bad, clean, incomplete};
pub use limits::{assert_spent, counted};
pub use redact::Redactor;
pub use scanner::{TestScanner, finding, report};
pub use world::World;

/// Where the registry says it is.
pub const PUBLIC_URL: &str = "https://registry.example";

/// A registry with an administrator, a clock that stands still, and ways to call it.
#[derive(Debug, Clone)]
pub struct TestRegistry {
    pub registry: Registry,
    pub clock: Arc<TestClock>,
    pub store: Arc<dyn MetadataStore>,
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
        let builder = Registry::builder(store.clone(), blobs, url).clock(clock.clone());
        let registry = change(builder).build().await.unwrap();
        Self {
            registry,
            clock,
            store,
            admin: key.reveal().to_owned(),
        }
    }

    /// Another process on the same store, whose memory of it is its own.
    pub async fn another_node(&self) -> Self {
        let url = PublicUrl::parse(PUBLIC_URL).unwrap();
        let blobs = Arc::new(MemoryBlobs::new());
        let builder = Registry::builder(self.store.clone(), blobs, url);
        Self {
            registry: builder.clock(self.clock.clone()).build().await.unwrap(),
            ..self.clone()
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
        self.create_key(CreateKey {
            user: handle(name),
            name: "test".to_owned(),
            scopes: Scopes::new(scopes.iter().copied()),
            expires_in_days: CreateKey::DEFAULT_DAYS,
            per_day: per_day.map_or(PerDay::Unlimited, PerDay::Limit),
        })
        .await
    }

    pub async fn create_key(&self, request: CreateKey) -> TestKey {
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

    /// Moves a version to a state that no operation gives it yet. The head stays as it is.
    pub async fn set_state(&self, skill: &str, version: &str, state: VersionState) {
        let key = VersionKey::parse(version).unwrap();
        self.change_skill(skill, |commit| commit.states.push((key, state)))
            .await;
    }

    /// Changes a skill behind the registry's back, as a moderator will.
    pub async fn change_skill(&self, skill: &str, change: impl FnOnce(&mut SkillCommit)) {
        let held = self.store.skill(&skill_name(skill)).await.unwrap().unwrap();
        let mut commit = SkillCommit::new(held.name, held.id, Some(held.revision), held.head);
        change(&mut commit);
        let meta = Meta::new(
            CommandId::new(self.clock.new_id()),
            self.clock.now(),
            Actor::Operator,
            None,
        );
        let outcome = self
            .store
            .apply(meta, Command::Skill(Box::new(commit)))
            .await;
        assert!(matches!(outcome, Ok(Outcome::Applied(_))), "{outcome:?}");
    }

    pub async fn remove_member(&self, slug: &str, name: &str) {
        let slug = OrgSlug::parse(slug).unwrap();
        self.registry
            .remove_member(&Viewer::Operator, &slug, &handle(name))
            .await
            .unwrap();
    }

    pub async fn grant(&self, skill: &str, grantee: &Grantee) {
        self.registry
            .add_grant(&Viewer::Operator, &skill_name(skill), grantee)
            .await
            .unwrap();
    }

    pub async fn take_back(&self, skill: &str, grantee: &Grantee) {
        self.registry
            .remove_grant(&Viewer::Operator, &skill_name(skill), grantee)
            .await
            .unwrap();
    }

    pub async fn set_status(&self, name: &str, status: UserStatus) {
        self.registry
            .set_user_status(&Viewer::Operator, &handle(name), status)
            .await
            .unwrap();
    }

    pub async fn revoke(&self, key: &TestKey) {
        self.registry
            .revoke_key(&Viewer::Operator, key.id)
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

    /// A `GET` of somebody whose connection comes from `address`.
    pub async fn get_from(&self, address: &str, key: Option<&str>, path: &str) -> Answer {
        let address: SocketAddr = address.parse().unwrap();
        let mut request = Request::get(path).extension(ClientAddr(address));
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        self.send(request.body(Full::<Bytes>::default()).unwrap())
            .await
    }

    pub async fn send<B>(&self, mut request: Request<B>) -> Answer
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
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

    /// A `GET` with these headers, and no others.
    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Full::<Bytes>::default()).unwrap())
            .await
    }

    /// Follows a link that the registry gave.
    pub async fn follow(&self, url: &str) -> Answer {
        self.call(Method::GET, relative(url), None, None).await
    }

    /// A start whose bytes are uploaded: only the confirm is missing.
    pub async fn staged(&self, key: &str, manifest: &Value, archive: &[u8]) -> String {
        let started = self.start(key, manifest).await;
        assert_eq!(started.status, 200, "{started:?}");
        let put = self.put(started.text("uploadUrl"), archive.to_vec()).await;
        assert_eq!(put.status, 200, "{put:?}");
        started.text("versionId").to_owned()
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

pub fn user_grant(name: &str) -> Grantee {
    Grantee::User(handle(name))
}

pub fn org_grant(slug: &str) -> Grantee {
    Grantee::Organization(OrgSlug::parse(slug).unwrap())
}

pub fn skill_name(name: &str) -> SkillName {
    SkillName::parse(name).unwrap()
}

/// The path of a link of the registry's.
pub fn relative(url: &str) -> &str {
    url.strip_prefix(PUBLIC_URL)
        .unwrap_or_else(|| panic!("a link elsewhere: {url}"))
}
