//! A database in a folder of its own, and things to put into it.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;
use tank_registry_core::access::{Scope, Scopes};
use tank_registry_core::auth::KeyHash;
use tank_registry_core::blob::{BlobId, Digest, SigningSecret};
use tank_registry_core::model::{
    CommandId, Handle, Integrity, KeyId, Manifest, NameRule, OrgId, OrgRole, OrgSlug, Revision,
    Role, SkillId, SkillName, Timestamp, UploadId, UserId, UserStatus, VersionId, Visibility,
};
use tank_registry_core::store::{
    Actor, AuditEvent, BlobKind, BlobRef, CloseUpload, Command, Effect, Head, Initialise, Key,
    Member, Meta, OpenUpload, Organization, Outcome, Pin, PinnedBlob, SkillCommit, Upload, User,
    VersionBrief, VersionRecord, Writes as _,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{SqliteOptions, SqliteStore};

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_772_362_800_000);
const HOUR: Duration = Duration::from_hours(1);

/// The faults that tests can inject: each strikes after a command has written everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The command panics.
    Panic,
    /// SQLite rolls the whole transaction back, as it does when the disk is full.
    Rollback,
    /// The commit will fail.
    Commit,
}

impl Fault {
    fn action(self) -> String {
        format!("test.fault.{self:?}")
    }
}

pub(crate) fn inject(connection: &Connection, meta: &Meta) -> rusqlite::Result<()> {
    let faults = [Fault::Panic, Fault::Rollback, Fault::Commit];
    let asked = meta.audit.as_ref().and_then(|audit| {
        let mut faults = faults.into_iter();
        faults.find(|fault| fault.action() == audit.action)
    });
    match asked {
        None => Ok(()),
        Some(Fault::Panic) => panic!("a test asked for it"),
        // The second of them fails, there being nothing left to roll back.
        Some(Fault::Rollback) => connection.execute_batch("ROLLBACK; ROLLBACK"),
        // Nobody's key: a foreign key is looked at when the transaction ends.
        Some(Fault::Commit) => connection.execute_batch(
            "PRAGMA defer_foreign_keys = ON;
             INSERT INTO downloads (skill, day, count) VALUES (x'00', 0, 0)",
        ),
    }
}

/// A folder that goes away with the test.
pub(super) struct World {
    folder: TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("registry.db")
    }

    pub(super) async fn open(&self) -> SqliteStore {
        self.open_with(SqliteOptions::default()).await
    }

    pub(super) async fn open_with(&self, options: SqliteOptions) -> SqliteStore {
        SqliteStore::open(self.path(), options).await.unwrap()
    }

    /// A connection of the test's own, as another process has one.
    pub(super) fn raw(&self) -> Connection {
        let connection = Connection::open(self.path()).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        connection
    }

    /// Holds the write lock until it is dropped.
    pub(super) fn lock(&self) -> Connection {
        let connection = self.raw();
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        connection
    }

    /// Every row of every table.
    pub(super) fn dump(&self) -> Vec<String> {
        let connection = self.raw();
        let mut tables = connection
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .unwrap();
        let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let mut rows = Vec::new();
        for table in tables.map(Result::unwrap) {
            let mut select = connection
                .prepare(&format!("SELECT * FROM {table}"))
                .unwrap();
            let columns = select.column_count();
            let found = select.query_map([], |row| {
                let values: rusqlite::Result<Vec<rusqlite::types::Value>> =
                    (0..columns).map(|column| row.get(column)).collect();
                Ok(format!("{table} {:?}", values?))
            });
            rows.extend(found.unwrap().map(Result::unwrap));
        }
        rows.sort();
        rows
    }
}

pub(super) fn id() -> Uuid {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    Uuid::from_u128(NEXT.fetch_add(1, Ordering::Relaxed).into())
}

pub(super) fn meta() -> Meta {
    meta_at(NOW)
}

pub(super) fn meta_at(at: Timestamp) -> Meta {
    Meta::new(
        CommandId::new(id()),
        at,
        Actor::System,
        Some(AuditEvent::new(
            "test.change",
            "something",
            json!({"a": [1, "ü"]}),
        )),
    )
}

pub(super) fn failing(fault: Fault) -> Meta {
    let mut meta = meta();
    meta.audit = Some(AuditEvent::new(fault.action(), "", json!({})));
    meta
}

pub(super) async fn outcome(store: &SqliteStore, command: Command) -> Outcome {
    store.apply(meta(), command).await.unwrap()
}

pub(super) async fn applied(store: &SqliteStore, command: Command) -> Effect {
    match outcome(store, command).await {
        Outcome::Applied(effect) => effect,
        other => panic!("expected the command to be applied, got {other:?}"),
    }
}

pub(super) fn user(handle: &str) -> User {
    User {
        id: UserId::new(id()),
        handle: Handle::parse(handle).unwrap(),
        display_name: Some("Ada \"the first\"".to_owned()),
        email: "ada@example.test".to_owned(),
        role: Role::User,
        status: UserStatus::Active,
        external: None,
        revision: Revision::FIRST,
        created_at: NOW,
    }
}

pub(super) fn key(user: UserId) -> Key {
    let id = id();
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(id.as_bytes());
    Key {
        id: KeyId::new(id),
        user,
        name: "laptop".to_owned(),
        hash: KeyHash::new(hash),
        start: "tank_abcd".to_owned(),
        scopes: Scopes::new([Scope::Read, Scope::Publish]),
        per_day: std::num::NonZeroU32::new(1000),
        created_at: NOW,
        expires_at: NOW.after(HOUR),
        last_used: None,
        revoked_at: None,
    }
}

pub(super) fn org(slug: &str, owner: UserId) -> Organization {
    Organization {
        id: OrgId::new(id().to_string()),
        slug: OrgSlug::parse(slug).unwrap(),
        name: "Acme".to_owned(),
        revision: Revision::FIRST,
        created_at: NOW,
        members: vec![Member {
            user: owner,
            role: OrgRole::Owner,
        }],
    }
}

pub(super) fn initialise() -> Initialise {
    let user = user("root");
    let key = key(user.id);
    Initialise::new(id(), SigningSecret::new([7; 32]), user, key)
}

pub(super) fn name(text: &str) -> SkillName {
    SkillName::parse(text).unwrap()
}

pub(super) fn manifest(name: &str, version: &str) -> Manifest {
    let value = json!({
        "name": name,
        "version": version,
        "description": "Tools, \"quoted\" \u{1f980} \\ \u{0}",
    });
    Manifest::parse(&value, NameRule::default()).unwrap()
}

/// A session that is open for an hour.
pub(super) fn upload(owner: UserId, name: &str, version: &str) -> Upload {
    Upload::new(
        UploadId::new(id()),
        owner,
        SkillId::new(id()),
        manifest(name, version),
        Some("# Read me\n\u{0}\u{1f980}".to_owned()),
        (NOW, NOW.after(HOUR)),
    )
}

pub(super) fn open_upload(upload: &Upload, max_open: u32) -> Command {
    Command::OpenUpload(Box::new(OpenUpload::new(upload.clone(), max_open)))
}

pub(super) fn pin(upload: UploadId, bytes: &[&[u8]]) -> Command {
    let blobs = bytes
        .iter()
        .map(|bytes| PinnedBlob::new(Digest::of(bytes), bytes.len() as u64));
    Command::Pin(Pin::new(upload, NOW.after(HOUR), blobs.collect()))
}

pub(super) fn blob(bytes: &[u8]) -> BlobRef {
    BlobRef {
        kind: BlobKind::Archive,
        id: BlobId {
            digest: Digest::of(bytes),
            generation: 1,
        },
        size: bytes.len() as u64,
    }
}

pub(super) fn head(publisher: UserId) -> Head {
    Head::new(publisher, None, Visibility::Public, NOW)
}

/// A version as it comes from a session.
pub(super) fn record(upload: &Upload, id: VersionId) -> VersionRecord {
    let brief = VersionBrief::new(
        id,
        upload.version.clone(),
        upload.owner,
        NOW,
        Integrity::from_digest([3; 64]),
    );
    let readme = upload.readme.clone().unwrap_or_default();
    VersionRecord::new(
        upload.skill,
        upload.name.clone(),
        brief,
        upload.manifest.clone(),
        readme,
    )
}

/// A commit that adds the version of a session, and closes nothing.
pub(super) fn adding(upload: &Upload, expect: Option<Revision>) -> SkillCommit {
    let head = head(upload.owner);
    let mut commit = SkillCommit::new(upload.name.clone(), upload.skill, expect, head);
    commit.add = Some(Box::new(record(upload, upload.id)));
    commit
}

pub(super) fn skill(commit: SkillCommit) -> Command {
    Command::Skill(Box::new(commit))
}

/// The same, closing the session.
pub(super) fn publishing(upload: &Upload, expect: Option<Revision>) -> SkillCommit {
    let mut commit = adding(upload, expect);
    commit.close_upload = Some(CloseUpload::new(upload.id, upload.owner));
    commit
}
