//! All that the store holds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use uuid::Uuid;

use crate::blob::{BlobId, Digest};
use crate::model::{
    CommandId, Day, KeyId, OrgSlug, Revision, SkillId, SkillName, Timestamp, UploadId, UserId,
    VersionId, VersionKey,
};
use crate::scan::ScanRecord;
use crate::store::{
    Actor, AuditEvent, ChangeKey, Effect, Head, Key, Meta, Organization, Position, RegistryRecord,
    SearchEntry, Upload, User, VersionRecord,
};

/// The rows, by what makes them unique. Further uniqueness is guarded by the commands.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) registry: Option<RegistryRecord>,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) keys: BTreeMap<KeyId, Key>,
    pub(super) orgs: BTreeMap<OrgSlug, Organization>,
    pub(super) skills: BTreeMap<SkillName, SkillRow>,
    pub(super) versions: BTreeMap<VersionId, VersionRecord>,
    /// In order of scanning; the last one is the current one, which the record holds too.
    pub(super) scans: BTreeMap<VersionId, Vec<ScanRecord>>,
    pub(super) uploads: BTreeMap<UploadId, Upload>,
    pub(super) ledger: BTreeMap<BlobId, LedgerRow>,
    pub(super) downloads: BTreeMap<(SkillId, Day), u64>,
    pub(super) stars: BTreeSet<(SkillId, UserId)>,
    pub(super) commands: BTreeMap<CommandId, Done>,
    pub(super) audit: Vec<AuditRecord>,
    pub(super) feed: History,
}

/// A skill without its versions' records.
#[derive(Debug)]
pub(super) struct SkillRow {
    pub(super) id: SkillId,
    pub(super) revision: Revision,
    pub(super) created_at: Timestamp,
    pub(super) head: Head,
    /// How many skills were committed before it.
    pub(super) ordinal: usize,
    pub(super) search: Option<SearchEntry>,
    /// In order of publication.
    pub(super) versions: Vec<(VersionKey, VersionId)>,
}

impl SkillRow {
    pub(super) fn version(&self, key: &VersionKey) -> Option<VersionId> {
        let found = self.versions.iter().find(|(held, _)| held == key);
        found.map(|(_, id)| *id)
    }
}

/// A generation of some bytes that may be referred to.
#[derive(Debug)]
pub(super) struct LedgerRow {
    pub(super) size: u64,
    /// Until when each session needs it.
    pub(super) pins: BTreeMap<UploadId, Timestamp>,
}

/// A command that was applied.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) at: Timestamp,
    pub(super) effect: Effect,
}

/// A line of the audit log, as it was written with its command.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AuditRecord {
    /// The command.
    pub command: CommandId,
    /// When.
    pub at: Timestamp,
    /// Who acted.
    pub actor: Actor,
    /// What was done.
    pub event: AuditEvent,
}

/// The change feed: its newest changes, and how many were forgotten before them.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) forgotten: u64,
    pub(super) kept: VecDeque<(Timestamp, ChangeKey)>,
}

impl History {
    /// How many changes there ever were.
    pub(super) fn len(&self) -> u64 {
        self.forgotten + self.kept.len() as u64
    }

    /// Forgets what is older than `before`, up to the first change that is not: commands may
    /// come with times that go back a little, and a gap in the feed would lose a change in silence.
    pub(super) fn prune(&mut self, before: Timestamp) {
        while self.kept.front().is_some_and(|(at, _)| *at < before) {
            self.kept.pop_front();
            self.forgotten += 1;
        }
    }
}

impl State {
    /// Writes what every applied command leaves behind.
    pub(super) fn remember(&mut self, meta: Meta, effect: Effect) {
        let Meta {
            id,
            at,
            actor,
            audit,
        } = meta;
        if let Some(event) = audit {
            self.audit.push(AuditRecord {
                command: id,
                at,
                actor,
                event,
            });
        }
        self.commands.insert(id, Done { at, effect });
    }

    /// Adds a change to the feed.
    pub(super) fn tell(&mut self, at: Timestamp, key: ChangeKey) {
        self.feed.kept.push_back((at, key));
    }

    pub(super) fn position(&self, sequence: u64) -> Position {
        let incarnation = self
            .registry
            .as_ref()
            .map_or(Uuid::nil(), |row| row.incarnation);
        Position {
            incarnation,
            sequence,
        }
    }

    pub(super) fn user_exists(&self, user: &User) -> bool {
        self.users.contains_key(&user.id)
            || self.users.values().any(|held| {
                held.handle == user.handle
                    || (held.external.is_some() && held.external == user.external)
            })
    }

    pub(super) fn key_exists(&self, key: &Key) -> bool {
        self.keys.contains_key(&key.id) || self.keys.values().any(|held| held.hash == key.hash)
    }

    /// The session, if it may be used at `now`.
    pub(super) fn open_upload(&self, id: UploadId, now: Timestamp) -> Option<&Upload> {
        self.uploads.get(&id).filter(|session| session.is_open(now))
    }

    /// An owner's sessions that are open at `now`.
    pub(super) fn open_uploads(
        &self,
        owner: UserId,
        now: Timestamp,
    ) -> impl Iterator<Item = &Upload> {
        self.uploads
            .values()
            .filter(move |session| session.owner == owner && session.is_open(now))
    }

    /// Forgets a session and its pins.
    pub(super) fn close_upload(&mut self, id: UploadId) {
        self.uploads.remove(&id);
        for row in self.ledger.values_mut() {
            row.pins.remove(&id);
        }
    }

    /// The generation of some bytes that can be pinned.
    pub(super) fn generation(&self, digest: Digest) -> Option<BlobId> {
        let all = BlobId {
            digest,
            generation: 0,
        }..=BlobId {
            digest,
            generation: u32::MAX,
        };
        self.ledger.range(all).next_back().map(|(id, _)| *id)
    }
}
