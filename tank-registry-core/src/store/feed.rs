//! The change feed: what moved, in the order of commits.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::StoreError;
use crate::model::{KeyId, OrgSlug, SkillName, UserId};

/// The order in which a store's changes became visible.
#[async_trait]
pub trait Feed: Debug + Send + Sync + 'static {
    /// The position of the newest change. Positions follow the order of commits: whoever has read
    /// up to one has seen everything below it.
    async fn position(&self) -> Result<Position, StoreError>;

    /// At most `limit` changes after `position`, the oldest first.
    async fn changes_since(
        &self,
        position: &Position,
        limit: u32,
    ) -> Result<ChangesSince, StoreError>;

    /// How old a feed read may be and still serve a request. All processes that share a store
    /// agree on it; zero where no other process can open the store.
    fn settle(&self) -> Duration;
}

/// A place in the feed of one incarnation of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which life of the store; another one after a restore from a backup. Nil before the store
    /// is initialised.
    pub incarnation: Uuid,
    /// How many changes came before and with it.
    pub sequence: u64,
}

/// The answer to [`Feed::changes_since`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangesSince {
    /// What changed.
    Changes(Changes),
    /// The position is of another incarnation, lies ahead, or was pruned: drop every cache.
    Lost,
}

/// A run of changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The changes, the oldest first.
    pub items: Vec<Change>,
    /// Where to read on.
    pub next: Position,
    /// Whether there is more already.
    pub more: bool,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its place.
    pub position: Position,
    /// What changed.
    pub key: ChangeKey,
}

/// What changed. One command may tell of several.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKey {
    /// A skill, its head or one of its versions: [`Command::Skill`](super::Command::Skill).
    Skill(SkillName),
    /// A user: created, refreshed, suspended, restored.
    User(UserId),
    /// An organization or its members.
    Organization(OrgSlug),
    /// A key: created, revoked.
    Key(KeyId),
}
