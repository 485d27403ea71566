//! A registry full of skills, written through the seam of the store as a publish writes them.

use std::sync::Arc;

use serde_json::json;
use tank_registry_core::access::Token;
use tank_registry_core::model::{
    CommandId, Integrity, Manifest, NameRule, SkillId, SkillName, Timestamp, UserId, Version,
    VersionId, Visibility,
};
use tank_registry_core::package::FileRow;
use tank_registry_core::search;
use tank_registry_core::store::{
    Actor, AuditEvent, Command, Head, Meta, Outcome, SkillCommit, VersionBrief, VersionRecord,
    Writes as _,
};
use tank_registry_sqlite::SqliteStore;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Fault;
use crate::vocabulary::{Random, Vocabulary};

/// Commands that wait for the store's writer at a time: it commits those together.
const WAITING: usize = 512;

/// Words of a readme.
const README: usize = 200;

/// One skill in so many is private.
const PRIVATE: usize = 10;

/// When the first of them was published: 2026-01-01.
const FIRST: i64 = 1_767_225_600_000;

/// The name of the skill of this number.
pub(crate) fn name(words: &Vocabulary, number: usize) -> String {
    // Many skills to an organization; no two skills of one name.
    let org = words.ranked(1000 + number % 397);
    let mut random = Random::new(number as u64);
    let (first, second) = (words.word(&mut random), words.word(&mut random));
    format!("@{org}/{first}-{second}-{number}")
}

/// Whether everyone may read the skill of this number.
pub(crate) const fn is_public(number: usize) -> bool {
    number % PRIVATE != PRIVATE - 1
}

/// Writes skills number 0 to `count`, of which the private ones are `owner`'s.
pub(crate) async fn fill(
    store: &SqliteStore,
    words: &Arc<Vocabulary>,
    owner: UserId,
    count: usize,
) -> Result<(), Fault> {
    let mut writing = JoinSet::new();
    for number in 0..count {
        if writing.len() >= WAITING {
            settle(writing.join_next().await)?;
        }
        let (store, words) = (store.clone(), Arc::clone(words));
        writing.spawn(async move {
            let (meta, commit) = publication(&words, owner, number)?;
            let outcome = store.apply(meta, Command::Skill(Box::new(commit))).await?;
            match outcome {
                Outcome::Applied(_) => Ok(()),
                outcome => Err(Fault::from(format!("skill {number}: {outcome:?}"))),
            }
        });
    }
    while let Some(written) = writing.join_next().await {
        settle(Some(written))?;
    }
    Ok(())
}

fn settle(written: Option<Result<Result<(), Fault>, tokio::task::JoinError>>) -> Result<(), Fault> {
    written.unwrap_or(Ok(Ok(())))?
}

/// The command that publishes the first version of a skill.
fn publication(
    words: &Vocabulary,
    owner: UserId,
    number: usize,
) -> Result<(Meta, SkillCommit), Fault> {
    let mut random = Random::new(number as u64 ^ (1 << 40));
    let at = Timestamp::from_millis(FIRST + i64::try_from(number)? * 60_000);
    let visibility = if is_public(number) {
        Visibility::Public
    } else {
        Visibility::Private
    };
    let description = words.text(&mut random, 12).replace('\n', " ");
    let name = name(words, number);
    let manifest = json!({
        "name": name,
        "version": "1.0.0",
        "description": description,
        "visibility": visibility.as_str(),
        "permissions": { "network": { "outbound": ["api.example.org"] } },
    });
    let manifest = Manifest::parse(&manifest, NameRule::default())
        .map_err(|errors| format!("{name}: {errors:?}"))?;
    let name = SkillName::parse(&name).map_err(|errors| format!("{name}: {errors:?}"))?;

    let (skill, version) = (
        SkillId::new(id(at, &mut random)),
        VersionId::new(id(at, &mut random)),
    );
    let digest = random.bytes(64);
    let integrity = Integrity::from_digest(digest.as_slice().try_into()?);
    let mut brief = VersionBrief::new(version, Version::parse("1.0.0")?, owner, at, integrity);
    brief.archive_size = 4096;
    brief.file_count = 3;
    let readme = words.text(&mut random, README);
    let mut record = VersionRecord::new(skill, name.clone(), brief.clone(), manifest, readme);
    for path in ["SKILL.md", "scripts/run.py", "tank.json"] {
        record.files.push(FileRow {
            path: path.to_owned(),
            size: 1400,
            sha256: random.bytes(32).as_slice().try_into()?,
            offset: 40,
            compressed_size: 700,
            text: true,
            executable: false,
        });
    }

    let mut head = Head::new(owner, None, visibility, at);
    head.ever_live = true;
    head.listed = true;
    head.latest = Some(version);
    head.readers = vec![match visibility {
        Visibility::Public => Token::public(),
        Visibility::Private => Token::user(owner),
    }];
    head.derived_version = 1;
    let audit = AuditEvent::new(
        "skill.publish",
        name.as_str(),
        json!({ "version": "1.0.0" }),
    );
    let mut commit = SkillCommit::new(name, skill, None, head);
    commit.search = Some(Box::new(search::entry(&record)));
    commit.add = Some(Box::new(record));
    let command = CommandId::new(id(at, &mut random));
    Ok((
        Meta::new(command, at, Actor::User(owner), Some(audit)),
        commit,
    ))
}

/// An id as the system's clock makes them, of that time.
fn id(at: Timestamp, random: &mut Random) -> Uuid {
    let millis = u64::try_from(at.as_millis()).unwrap_or_default();
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&random.bytes(10));
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
