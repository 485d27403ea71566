//! Test data with as little in it as a rule needs, and short words for giving commands.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tank_registry_core::MetadataStore;
use tank_registry_core::access::{Scope, Scopes};
use tank_registry_core::auth::KeyHash;
use tank_registry_core::blob::{BlobId, Digest, SigningSecret};
use tank_registry_core::model::{
    CommandId, Handle, Integrity, KeyId, Manifest, NameRule, OrgId, OrgRole, OrgSlug, Revision,
    Role, SkillId, SkillName, Timestamp, UploadId, UserId, UserStatus, VersionId, Visibility,
};
use tank_registry_core::store::{
    Actor, BlobKind, BlobRef, CloseUpload, Command, Effect, ExternalId, Head, Initialise, Key,
    Member, Meta, OpenUpload, Organization, Outcome, Pin, PinnedBlob, SkillCommit, Upload, User,
    VersionBrief, VersionRecord,
};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::StoreHandles;

/// When everything happens that needs no time of its own.
pub const NOW: Timestamp = Timestamp::from_millis(1_772_362_800_000);

/// So many minutes after [`NOW`]. Sessions made here expire at the sixtieth.
pub fn minute(number: u64) -> Timestamp {
    NOW.after(Duration::from_secs(60 * number))
}

/// A new command id at a time.
pub fn meta(at: Timestamp) -> Meta {
    Meta::new(CommandId::new(Uuid::now_v7()), at, Actor::System, None)
}

/// Gives a command at [`NOW`].
pub async fn give(store: &dyn MetadataStore, command: Command) -> Outcome {
    give_at(store, NOW, command).await
}

/// Gives a command.
pub async fn give_at(store: &dyn MetadataStore, at: Timestamp, command: Command) -> Outcome {
    store
        .apply(meta(at), command)
        .await
        .expect("a store that works")
}

/// Gives a command at [`NOW`] that must be applied.
pub async fn done(store: &dyn MetadataStore, command: Command) -> Effect {
    done_at(store, NOW, command).await
}

/// Gives a command that must be applied.
pub async fn done_at(store: &dyn MetadataStore, at: Timestamp, command: Command) -> Effect {
    let shown = format!("{command:?}");
    match give_at(store, at, command).await {
        Outcome::Applied(effect) => effect,
        refusal => panic!("{refusal:?} for {shown}"),
    }
}

/// Gives all commands at once, on both handles by turns, and answers the outcomes in order.
pub async fn race(handles: &StoreHandles, commands: Vec<(Meta, Command)>) -> Vec<Outcome> {
    let start = Arc::new(Barrier::new(commands.len()));
    let mut running = Vec::new();
    for (number, (meta, command)) in commands.into_iter().enumerate() {
        let store = handles.turn(number);
        let start = Arc::clone(&start);
        running.push(tokio::spawn(async move {
            start.wait().await;
            store
                .apply(meta, command)
                .await
                .expect("a store that works")
        }));
    }
    let mut outcomes = Vec::new();
    for task in running {
        outcomes.push(task.await.expect("a command that does not panic"));
    }
    outcomes
}

/// How many of them were applied.
pub fn applied(outcomes: &[Outcome]) -> usize {
    let applied = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Applied(_)));
    applied.count()
}

/// A user without an external identity.
pub fn user(handle: &str) -> User {
    User {
        id: UserId::new(Uuid::now_v7()),
        handle: Handle::parse(handle).unwrap(),
        display_name: None,
        email: format!("{handle}@example.org"),
        role: Role::User,
        status: UserStatus::Active,
        external: None,
        revision: Revision::FIRST,
        created_at: NOW,
    }
}

/// A user that another system vouches for.
pub fn external_user(handle: &str, subject: &str) -> User {
    User {
        external: Some(external(subject)),
        ..user(handle)
    }
}

pub fn external(subject: &str) -> ExternalId {
    ExternalId {
        issuer: "https://id.example.org".to_owned(),
        subject: subject.to_owned(),
    }
}

/// A user that the store holds.
pub async fn a_user(store: &dyn MetadataStore, handle: &str) -> User {
    let user = user(handle);
    done(store, Command::CreateUser(Box::new(user.clone()))).await;
    user
}

/// A key of a user, with a hash of its own.
pub fn key(owner: &User) -> Key {
    let mut hash = [7; 32];
    hash[..16].copy_from_slice(Uuid::now_v7().as_bytes());
    Key {
        id: KeyId::new(Uuid::now_v7()),
        user: owner.id,
        name: "laptop".to_owned(),
        hash: KeyHash::new(hash),
        start: "tank_abcd".to_owned(),
        scopes: Scopes::new([Scope::Publish]),
        per_day: None,
        created_at: NOW,
        expires_at: minute(60 * 24),
        last_used: None,
        revoked_at: None,
    }
}

/// A key that the store holds.
pub async fn a_key(store: &dyn MetadataStore, owner: &User) -> Key {
    let key = key(owner);
    done(store, Command::CreateKey(Box::new(key.clone()))).await;
    key
}

/// A first start.
pub fn initialise() -> Initialise {
    let user = user("admin");
    let key = key(&user);
    Initialise::new(Uuid::now_v7(), SigningSecret::new([3; 32]), user, key)
}

/// An organization whose members are owners.
pub fn org(slug: &str, members: &[&User]) -> Organization {
    let members = members.iter().map(|user| Member {
        user: user.id,
        role: OrgRole::Owner,
    });
    Organization {
        id: OrgId::new(Uuid::now_v7().to_string()),
        slug: OrgSlug::parse(slug).unwrap(),
        name: slug.to_uppercase(),
        revision: Revision::FIRST,
        created_at: NOW,
        members: members.collect(),
    }
}

/// An organization that the store holds.
pub async fn an_org(store: &dyn MetadataStore, slug: &str, members: &[&User]) -> Organization {
    let org = org(slug, members);
    done(store, Command::CreateOrg(Box::new(org.clone()))).await;
    org
}

pub fn skill_name(name: &str) -> SkillName {
    SkillName::parse(name).unwrap()
}

pub fn manifest(name: &str, version: &str) -> Manifest {
    let value = json!({ "name": name, "version": version, "description": "does something" });
    Manifest::parse(&value, NameRule::default()).unwrap()
}

/// A session that is open for an hour from [`NOW`].
pub fn upload(owner: &User, name: &str, version: &str) -> Upload {
    Upload::new(
        UploadId::new(Uuid::now_v7()),
        owner.id,
        SkillId::new(Uuid::now_v7()),
        manifest(name, version),
        None,
        (NOW, minute(60)),
    )
}

/// The command that opens a session.
pub fn open(upload: &Upload, max_open: u32) -> Command {
    Command::OpenUpload(Box::new(OpenUpload::new(upload.clone(), max_open)))
}

/// A session that the store holds.
pub async fn an_upload(
    store: &dyn MetadataStore,
    owner: &User,
    name: &str,
    version: &str,
) -> Upload {
    let upload = upload(owner, name, version);
    done(store, open(&upload, u32::MAX)).await;
    upload
}

/// Bytes that nobody else has pinned.
pub fn fresh_blob(size: u64) -> PinnedBlob {
    PinnedBlob::new(Digest::of(Uuid::now_v7().as_bytes()), size)
}

/// The command that pins blobs for as long as the session is open.
pub fn pin(upload: &Upload, blobs: &[PinnedBlob]) -> Command {
    Command::Pin(Pin::new(upload.id, upload.expires_at, blobs.to_vec()))
}

/// A head as one publisher's public skill has it.
pub fn head(publisher: UserId) -> Head {
    Head::new(publisher, None, Visibility::Public, NOW)
}

/// The version that a session becomes, with one blob.
pub fn record(session: &Upload, skill: SkillId, blob: BlobId, size: u64) -> VersionRecord {
    let mut brief = VersionBrief::new(
        VersionId::new(*session.id.as_uuid()),
        session.version.clone(),
        session.owner,
        NOW,
        Integrity::from_digest(*blob.digest.as_bytes()),
    );
    brief.archive_size = size;
    let manifest = session.manifest.clone();
    let readme = "# Read me".to_owned();
    let mut record = VersionRecord::new(skill, session.name.clone(), brief, manifest, readme);
    record.blobs.push(BlobRef {
        kind: BlobKind::Archive,
        id: blob,
        size,
    });
    record
}

/// Opens a session and pins its blob: all of a publish but the commit, which is answered. It was
/// computed from the skill as it is now.
pub async fn prepared(
    store: &dyn MetadataStore,
    owner: &User,
    name: &str,
    version: &str,
) -> SkillCommit {
    let session = an_upload(store, owner, name, version).await;
    let blob = fresh_blob(100);
    let effect = done(store, pin(&session, &[blob])).await;
    let seen = store.skill(&session.name).await.unwrap();
    let skill = seen.as_ref().map_or(session.skill, |skill| skill.id);
    let record = record(&session, skill, effect.blobs[0], blob.size);
    let mut head = seen
        .as_ref()
        .map_or_else(|| head(owner.id), |skill| skill.head.clone());
    head.latest = Some(record.brief.id);
    let expect = seen.map(|skill| skill.revision);
    let mut commit = SkillCommit::new(session.name.clone(), skill, expect, head);
    commit.add = Some(Box::new(record));
    commit.close_upload = Some(CloseUpload::new(session.id, owner.id));
    commit
}

/// The command of a commit.
pub fn skill(commit: SkillCommit) -> Command {
    Command::Skill(Box::new(commit))
}

/// Publishes a version.
pub async fn publish(
    store: &dyn MetadataStore,
    owner: &User,
    name: &str,
    version: &str,
) -> VersionRecord {
    let commit = prepared(store, owner, name, version).await;
    let record = commit.add.clone().unwrap();
    done(store, skill(commit)).await;
    *record
}

/// A commit that changes a skill's head and nothing else.
pub async fn head_only(store: &dyn MetadataStore, name: &str) -> SkillCommit {
    let name = skill_name(name);
    let skill = store
        .skill(&name)
        .await
        .unwrap()
        .expect("a skill of that name");
    SkillCommit::new(name, skill.id, Some(skill.revision), skill.head)
}
