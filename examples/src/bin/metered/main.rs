//! A metadata store wrapped by one that measures every method and every command; what it has
//! measured is on `/metrics`, beside the registry.
//!
//! `cargo run -p tank-registry-examples --bin metered -- FOLDER`

mod meters;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::Router;
use axum::routing::get;
use tank_registry_core::access::Audience;
use tank_registry_core::auth::KeyHash;
use tank_registry_core::model::*;
use tank_registry_core::store::*;
use tank_registry_server::{ServeOptions, maintain, serve};

use meters::Meters;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: metered FOLDER")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let store = Metered::new(tank_registry_examples::store(&folder).await?);
    let meters = Arc::clone(&store.meters);
    let url = format!("http://{address}/registry");
    let registry = tank_registry_examples::on(store, &folder, &url)?;
    let registry = registry.build().await?;
    tokio::spawn(maintain(registry.clone()));

    let app = Router::new()
        .route("/metrics", get(async move || meters.text()))
        .nest_service("/registry", registry);
    println!("listening on http://{address}");
    let forever = std::future::pending();
    serve(listener, app, ServeOptions::default(), forever).await;
    Ok(())
}

/// Forwards everything and measures it.
#[derive(Debug)]
struct Metered<S> {
    inner: S,
    meters: Arc<Meters>,
}

impl<S> Metered<S> {
    fn new(inner: S) -> Self {
        let meters = Arc::default();
        Self { inner, meters }
    }

    /// A caller that gives up before the answer is not counted.
    async fn measure<T>(
        &self,
        call: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let started = Instant::now();
        let answer = work.await;
        self.meters.add(call, started.elapsed(), answer.is_err());
        answer
    }
}

/// Implements a trait by forwarding, measured where it is asynchronous. None of the store's methods
/// has a default body: a wrapper that forgets one does not compile. Should one ever get one, the
/// lint still refuses.
macro_rules! forward {
    (
        $role:ident {
            $($method:ident($($name:ident: $type:ty),*) -> $answer:ty;)*
        }
        $({ $quick:ident() -> $at_once:ty })?
    ) => {
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<S: $role> $role for Metered<S> {
            $(async fn $method(&self, $($name: $type),*) -> Result<$answer, StoreError> {
                self.measure(stringify!($method), self.inner.$method($($name),*)).await
            })*
            $(fn $quick(&self) -> $at_once {
                self.inner.$quick()
            })?
        }
    };
}

forward! {
    Reads {
        registry() -> Option<RegistryRecord>;
        skill(name: &SkillName) -> Option<Skill>;
        version(skill: SkillId, key: &VersionKey) -> Option<VersionRecord>;
        version_by_id(id: VersionId) -> Option<VersionRecord>;
        scans(version: VersionId, offset: u64, limit: u32) -> ScanHistory;
        versions(filter: &VersionFilter, part: VersionPart) -> VersionList;
        upload(id: UploadId) -> Option<Upload>;
        staged_bytes(owner: UserId, except: UploadId, now: Timestamp) -> u64;
        principal(hash: &KeyHash) -> Option<(Key, User)>;
        key(id: KeyId) -> Option<Key>;
        keys(user: UserId) -> Vec<Key>;
        user(user: &UserRef) -> Option<User>;
        organization(slug: &OrgSlug) -> Option<Organization>;
        organization_by_id(id: &OrgId) -> Option<Organization>;
        memberships(user: UserId) -> Vec<Membership>;
        users_by_email(email: &str, limit: u32) -> Vec<User>;
        downloads(skill: SkillId, since: Day) -> u64;
        stars(skill: SkillId, user: Option<UserId>) -> Stars;
        derived_before(current: DerivedVersions, after: Option<&SkillName>, limit: u32)
            -> Vec<SkillName>;
    }
}

forward! {
    Search {
        find(find: Find) -> Found;
        near(audience: &Audience, term: &Term, max_distance: u32) -> Vec<Term>;
    }
}

forward! {
    Feed {
        position() -> Position;
        changes_since(position: &Position, limit: u32) -> ChangesSince;
    }
    { settle() -> Duration }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<S: Writes> Writes for Metered<S> {
    async fn apply(&self, meta: Meta, command: Command) -> Result<Outcome, StoreError> {
        let call = name(&command);
        self.measure(call, self.inner.apply(meta, command)).await
    }
}

/// A release that brings a new command makes this fail to compile, too.
fn name(command: &Command) -> &'static str {
    match command {
        Command::Initialise(_) => "apply initialise",
        Command::Skill(_) => "apply skill",
        Command::OpenUpload(_) => "apply open_upload",
        Command::Staged(_) => "apply staged",
        Command::CreateUser(_) => "apply create_user",
        Command::RefreshUser(_) => "apply refresh_user",
        Command::SetUserStatus(_) => "apply set_user_status",
        Command::CreateOrg(_) => "apply create_org",
        Command::SetMember(_) => "apply set_member",
        Command::CreateKey(_) => "apply create_key",
        Command::RevokeKey(_) => "apply revoke_key",
        Command::Pin(_) => "apply pin",
        Command::Star(_) => "apply star",
        Command::Count(_) => "apply count",
        Command::ExpireUploads(_) => "apply expire_uploads",
        Command::PruneHistory(_) => "apply prune_history",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_store_that_does_not_answer_counts_as_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = tank_registry_examples::store(folder.path()).await.unwrap();
        let metered = Metered::new(store.clone());
        metered.registry().await.unwrap();
        store.close().await;
        metered.registry().await.unwrap_err();
        let text = metered.meters.text();
        for line in [
            "store_errors_total{call=\"registry\"} 1\n",
            "store_seconds_count{call=\"registry\"} 2\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
