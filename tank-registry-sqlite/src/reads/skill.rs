//! Skills, versions, upload sessions and counts.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::{
    Day, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId, VersionKey,
};
use tank_registry_core::store::{DerivedVersions, Skill, Stars, Upload, VersionRecord};

use crate::commands::STAGED_BYTES;
use crate::rows::{Count, json, revision, text, time, uuid};

const SELECT_SKILL: &str = "SELECT id, revision, created_at, head FROM skill WHERE name = ?1";

const SELECT_BRIEFS: &str = "SELECT brief FROM version WHERE skill = ?1 ORDER BY ordinal";

/// A record with what is kept beside it: the brief, and the current scan.
macro_rules! record {
    () => {
        "SELECT json_set(
            version_record.record,
            '$.brief', json(version.brief),
            '$.scan', json((
                SELECT record FROM scan WHERE scan.version = version.ordinal
                ORDER BY scan.ordinal DESC LIMIT 1)))
         FROM version JOIN version_record ON version_record.version = version.ordinal "
    };
}

const SELECT_VERSION: &str = concat!(record!(), "WHERE version.skill = ?1 AND version.key = ?2");

const SELECT_VERSION_BY_ID: &str = concat!(record!(), "WHERE version.id = ?1");

const SELECT_UPLOAD: &str = "SELECT record, staged FROM upload WHERE id = ?1";

const SUM_DOWNLOADS: &str = "
    SELECT coalesce(sum(count), 0) FROM downloads WHERE skill = ?1 AND day >= ?2";

const SELECT_STARS: &str = "
    SELECT stars, EXISTS (SELECT 1 FROM star WHERE star.skill = skill.ordinal AND star.user = ?2)
    FROM skill WHERE id = ?1";

const SELECT_DERIVED_BEFORE: &str = "
    SELECT name FROM skill WHERE name > ?1 AND (head_rule < ?2 OR entry_rule < ?3)
    ORDER BY name LIMIT ?4";

pub(super) fn skill(connection: &Connection, name: &SkillName) -> Result<Option<Skill>> {
    let found = connection
        .prepare_cached(SELECT_SKILL)?
        .query_one([name.as_str()], |row| {
            Ok(Skill {
                id: SkillId::new(uuid(row, 0)?),
                name: name.clone(),
                revision: revision(row, 1)?,
                created_at: time(row, 2)?,
                head: json(row, 3)?,
                versions: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut skill) = found else {
        return Ok(None);
    };
    skill.versions = connection
        .prepare_cached(SELECT_BRIEFS)?
        .query_map([skill.id.as_uuid().as_bytes()], |row| json(row, 0))?
        .collect::<Result<_>>()?;
    Ok(Some(skill))
}

pub(super) fn version(
    connection: &Connection,
    skill: SkillId,
    key: &VersionKey,
) -> Result<Option<VersionRecord>> {
    connection
        .prepare_cached(SELECT_VERSION)?
        .query_one(params![skill.as_uuid().as_bytes(), key.as_str()], |row| {
            json(row, 0)
        })
        .optional()
}

pub(super) fn version_by_id(
    connection: &Connection,
    id: VersionId,
) -> Result<Option<VersionRecord>> {
    connection
        .prepare_cached(SELECT_VERSION_BY_ID)?
        .query_one([id.as_uuid().as_bytes()], |row| json(row, 0))
        .optional()
}

pub(super) fn upload(connection: &Connection, id: UploadId) -> Result<Option<Upload>> {
    connection
        .prepare_cached(SELECT_UPLOAD)?
        .query_one([id.as_uuid().as_bytes()], |row| {
            let mut upload: Upload = json(row, 0)?;
            let staged: Option<Count> = row.get(1)?;
            upload.staged = staged.map(|Count(size)| size);
            Ok(upload)
        })
        .optional()
}

pub(super) fn staged_bytes(
    connection: &Connection,
    owner: UserId,
    except: UploadId,
    now: Timestamp,
) -> Result<u64> {
    connection
        .prepare_cached(STAGED_BYTES)?
        .query_one(
            params![
                owner.as_uuid().as_bytes(),
                except.as_uuid().as_bytes(),
                now.as_millis(),
            ],
            |row| row.get(0),
        )
        .map(|Count(bytes)| bytes)
}

pub(crate) fn downloads(connection: &Connection, skill: SkillId, since: Day) -> Result<u64> {
    connection
        .prepare_cached(SUM_DOWNLOADS)?
        .query_one(params![skill.as_uuid().as_bytes(), since.0], |row| {
            row.get(0)
        })
        .map(|Count(sum)| sum)
}

pub(super) fn stars(
    connection: &Connection,
    skill: SkillId,
    user: Option<UserId>,
) -> Result<Stars> {
    let user = user.as_ref().map(|user| user.as_uuid().as_bytes());
    let stars = connection
        .prepare_cached(SELECT_STARS)?
        .query_one(params![skill.as_uuid().as_bytes(), user], |row| {
            let Count(count) = row.get(0)?;
            Ok(Stars {
                count,
                starred: row.get(1)?,
            })
        })
        .optional()?;
    Ok(stars.unwrap_or_default())
}

pub(super) fn derived_before(
    connection: &Connection,
    current: DerivedVersions,
    after: Option<&SkillName>,
    limit: u32,
) -> Result<Vec<SkillName>> {
    // No name is empty.
    let after = after.map_or("", SkillName::as_str);
    connection
        .prepare_cached(SELECT_DERIVED_BEFORE)?
        .query_map(
            params![after, current.access, current.search, limit],
            |row| text(row, 0),
        )?
        .collect()
}
