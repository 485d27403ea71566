//! What is kept in memory of the store, of documents and of archives, and what keeps it true.
//!
//! Nothing is served from here before the store's feed was read recently enough ([`freshness`]):
//! what a feed tells of is dropped first. A change that this process makes is dropped at once. A
//! value that was loaded while something of its kind was dropped does not stay ([`shelf`]).
//!
//! Records of versions, documents and archives need no dropping: their keys name the revision of
//! the skill, or the digest, that they were made of.

mod document;
mod freshness;
mod read;
mod shelf;
mod tagged;

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

pub(crate) use document::{Document, DocumentKey, DocumentKind, MadeOf};
pub(crate) use tagged::{Tagged, WORTH_COMPRESSING, gzip};

use crate::auth::KeyHash;
use crate::blob::BlobId;
use crate::model::{Revision, SkillName, UserId, VersionId};
use crate::settings::Settings;
use crate::store::{ChangeKey, ExternalId, Key, Membership, Position, Skill, User, VersionRecord};

use freshness::Freshness;
use shelf::{Shelf, Weighed, weighed};

/// Callers, users and memberships that are kept: a few hundred bytes each.
const PEOPLE: u64 = 10_000;

/// Archives up to this size are kept, so that one does not push out a hundred.
const SMALL_ARCHIVE: u64 = 1 << 20;

pub(crate) struct Cache {
    freshness: Freshness,
    principals: Shelf<KeyHash, (Key, Arc<User>)>,
    users: Shelf<UserId, User>,
    externals: Shelf<ExternalId, User>,
    memberships: Shelf<UserId, Vec<Membership>>,
    skills: Shelf<SkillName, CachedSkill>,
    versions: Weighed<(VersionId, Revision), KeptRecord>,
    documents: Weighed<DocumentKey, Arc<Document>>,
    archives: Weighed<BlobId, Bytes>,
}

/// A skill as it was read, and how often its counters have moved in this process since.
#[derive(Debug)]
pub(crate) struct CachedSkill {
    skill: Skill,
    moved: AtomicU64,
}

impl CachedSkill {
    fn new(skill: Skill) -> Self {
        Self {
            skill,
            moved: AtomicU64::new(0),
        }
    }

    pub(crate) fn moved(&self) -> u64 {
        self.moved.load(Ordering::Relaxed)
    }
}

impl Deref for CachedSkill {
    type Target = Skill;

    fn deref(&self) -> &Skill {
        &self.skill
    }
}

impl Cache {
    /// An empty one that has seen the store's feed up to `position`.
    pub(crate) fn new(
        position: Position,
        settle: std::time::Duration,
        settings: &Settings,
    ) -> Self {
        let memory = settings.cache_memory;
        let people = if memory == 0 { 0 } else { PEOPLE };
        Self {
            freshness: Freshness::new(position, settle),
            principals: Shelf::new(1, people, 1, |_, _| 1),
            users: Shelf::new(1, people, 1, |_, _| 1),
            externals: Shelf::new(1, people, 1, |_, _| 1),
            memberships: Shelf::new(1, people, 1, |_, held| 1 + held.len() as u64 / 8),
            skills: Shelf::new(64, memory / 4, 2 << 10, |_, skill| skill_weight(skill)),
            versions: weighed(memory / 4, 16 << 10, |_, kept| kept.weight),
            documents: weighed(memory / 2, 4 << 10, |_, document| document.weight()),
            archives: weighed(settings.archive_cache_memory, 32 << 10, |_, bytes| {
                256 + bytes.len() as u64
            }),
        }
    }

    /// Drops what a change made untrue.
    pub(crate) fn forget(&self, change: &ChangeKey) {
        match change {
            ChangeKey::Skill(name) => self.skills.forget(name),
            ChangeKey::User(id) => {
                self.users.forget(id);
                self.externals.forget_if(|user| user.id == *id);
                self.principals.forget_if(|(_, user)| user.id == *id);
            }
            ChangeKey::Key(id) => self.principals.forget_if(|(key, _)| key.id == *id),
            // Whom it names may have been a member until now, which only the store knew.
            ChangeKey::Organization(_) => self.memberships.clear(),
        }
    }

    fn clear(&self) {
        self.principals.clear();
        self.users.clear();
        self.externals.clear();
        self.memberships.clear();
        self.skills.clear();
        // A history that was rewound gives its revisions again.
        self.versions.clear();
        self.documents.clear();
    }

    /// Notes that a counter of a skill has moved.
    pub(crate) fn counted(&self, name: &SkillName) {
        if let Some(skill) = self.skills.get(name) {
            skill.moved.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The document, if it may still be served.
    pub(crate) fn document(&self, key: &DocumentKey) -> Option<Arc<Document>> {
        self.documents.get(key)
    }

    pub(crate) fn keep_document(&self, key: DocumentKey, document: Arc<Document>) {
        self.documents.insert(key, document);
    }

    pub(crate) fn archive(&self, blob: &BlobId) -> Option<Bytes> {
        self.archives.get(blob)
    }

    /// Whether an archive of this size would stay.
    pub(crate) fn wants_archive(&self, size: u64) -> bool {
        size <= SMALL_ARCHIVE && size <= self.archives.shard_capacity() / 4
    }

    pub(crate) fn keep_archive(&self, blob: BlobId, bytes: Bytes) {
        self.archives.insert(blob, bytes);
    }
}

/// About how many bytes of memory a skill takes.
fn skill_weight(skill: &CachedSkill) -> u64 {
    let people = skill.head.readers.len() + skill.head.grants.len();
    512 + 400 * skill.versions.len() as u64 + 80 * people as u64
}

/// A version's record, and about how many bytes of memory it takes.
#[derive(Debug, Clone)]
struct KeptRecord {
    record: Arc<VersionRecord>,
    weight: u64,
}

impl KeptRecord {
    fn new(record: Arc<VersionRecord>) -> Self {
        let mut written = Written(0);
        // Nothing in a record can fail to serialise, and counting does not either. Most of it is
        // text; small values take several times what is written of them.
        let weight = match serde_json::to_writer(&mut written, &*record) {
            Ok(()) => 1024 + 3 * written.0,
            Err(_) => u64::MAX,
        };
        Self { record, weight }
    }
}

/// Counts bytes.
struct Written(u64);

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
