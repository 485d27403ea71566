//! Data folders of registries.

use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tank_registry_core::access::Scopes;
use tank_registry_core::model::{CommandId, Handle, KeyId, Revision, Role, UserId, UserStatus};
use tank_registry_core::ops::initialise;
use tank_registry_core::store::{Actor, Command, Key, Meta, Outcome, User, Writes as _};
use tank_registry_core::{ApiKey, Clock as _, Scope, SystemClock};
use tank_registry_sqlite::{SqliteOptions, SqliteStore};

use crate::Fault;
use crate::seed;
use crate::vocabulary::Vocabulary;

/// A data folder with a registry in it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(skip)]
    pub(crate) data: PathBuf,
    /// A publisher's key: of a user who is nobody special, with a limit that is never reached, so
    /// that every request pays for being counted.
    pub(crate) key: String,
    /// How many skills it was filled with.
    pub(crate) skills: usize,
}

impl Place {
    /// Makes a registry in a folder, with so many skills.
    pub(crate) async fn new(
        data: &Path,
        words: &Arc<Vocabulary>,
        skills: usize,
    ) -> Result<Self, Fault> {
        fs::create_dir(data)?;
        let store = SqliteStore::open(database(data), SqliteOptions::default()).await?;
        initialise(&store, &SystemClock, &ApiKey::generate()?).await?;
        let user = user()?;
        let owner = user.id;
        let secret = ApiKey::generate()?;
        let key = key(owner, &secret);
        apply(&store, Command::CreateUser(Box::new(user))).await?;
        apply(&store, Command::CreateKey(Box::new(key))).await?;
        seed::fill(&store, words, owner, skills).await?;
        store.close().await;
        Ok(Self {
            data: data.to_owned(),
            key: secret.reveal().to_owned(),
            skills,
        })
    }

    /// Copies the registry that is kept in a folder; nothing when none is.
    pub(crate) fn copied(kept: &Path, data: &Path) -> Result<Option<Self>, Fault> {
        let label = kept.join(LABEL);
        if !label.is_file() {
            return Ok(None);
        }
        let mut place: Self = serde_json::from_slice(&fs::read(label)?)?;
        data.clone_into(&mut place.data);
        fs::create_dir(data)?;
        fs::copy(database(kept), place.database())?;
        Ok(Some(place))
    }

    /// Keeps a copy of the registry, which nobody has used yet, in a folder.
    pub(crate) fn keep(&self, kept: &Path) -> Result<(), Fault> {
        fs::create_dir_all(kept)?;
        fs::copy(self.database(), database(kept))?;
        // Last, as it says that the rest is there.
        fs::write(kept.join(LABEL), serde_json::to_vec(self)?)?;
        Ok(())
    }

    pub(crate) fn database(&self) -> PathBuf {
        database(&self.data)
    }
}

/// What is kept beside a registry that was filled.
const LABEL: &str = "place.json";

/// Where the reference server keeps it.
fn database(data: &Path) -> PathBuf {
    data.join("registry.db")
}

fn user() -> Result<User, Fault> {
    Ok(User {
        id: UserId::new(SystemClock.new_id()),
        handle: Handle::parse("publisher").map_err(|error| format!("{error:?}"))?,
        display_name: Some("Pat Publisher".to_owned()),
        email: "pat@example.org".to_owned(),
        role: Role::User,
        status: UserStatus::Active,
        external: None,
        revision: Revision::FIRST,
        created_at: SystemClock.now(),
    })
}

fn key(owner: UserId, secret: &ApiKey) -> Key {
    let now = SystemClock.now();
    Key {
        id: KeyId::new(SystemClock.new_id()),
        user: owner,
        name: "benchmarks".to_owned(),
        hash: secret.hash(),
        start: secret.start().to_owned(),
        scopes: Scopes::new([Scope::Publish]),
        per_day: NonZeroU32::new(1_000_000_000),
        created_at: now,
        expires_at: now.after(Duration::from_hours(24 * 365)),
        last_used: None,
        revoked_at: None,
    }
}

async fn apply(store: &SqliteStore, command: Command) -> Result<(), Fault> {
    let id = CommandId::new(SystemClock.new_id());
    let meta = Meta::new(id, SystemClock.now(), Actor::Operator, None);
    match store.apply(meta, command).await? {
        Outcome::Applied(_) => Ok(()),
        outcome => Err(format!("the store answered {outcome:?}").into()),
    }
}
