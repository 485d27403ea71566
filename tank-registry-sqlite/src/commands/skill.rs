//! Every change of a skill.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::{Revision, SkillId, SkillName, Timestamp, VersionKey};
use tank_registry_core::scan::ScanRecord;
use tank_registry_core::store::{
    BlobRef, ChangeKey, CloseUpload, Effect, Meta, Outcome, SkillCommit, VersionBrief,
    VersionRecord,
};

use crate::feed::tell;
use crate::rows::{Count, Json, NEVER, json, revision, uuid};
use crate::search;

const SELECT_SKILL: &str = "SELECT id, revision FROM skill WHERE name = ?1";

const SKILL_ID_EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM skill WHERE id = ?1)";

// The rule of the search entry is that of this commit's, else of the one that is kept, else none;
// it says nothing where there is no latest version.
const INSERT_SKILL: &str = "
    INSERT INTO skill (id, revision, head, head_rule, entry_rule, name, created_at)
    VALUES (?1, ?2, ?3, ?4, iif(?5, coalesce(?6, 0), NULL), ?7, ?8)";

const UPDATE_SKILL: &str = "
    UPDATE skill SET revision = ?2, head = ?3, head_rule = ?4, entry_rule = iif(?5, coalesce(
        ?6, (SELECT rule FROM search_document WHERE skill = skill.ordinal), 0), NULL)
    WHERE id = ?1";

// Its pins go with it.
const CLOSE_UPLOAD: &str = "DELETE FROM upload WHERE id = ?1 AND owner = ?2 AND expires_at > ?3";

const BLOB_IS_HELD: &str = "
    SELECT EXISTS (
        SELECT 1 FROM blob
        WHERE digest = ?1 AND generation = ?2 AND size = ?3 AND claimed_at IS NULL)";

// The id of any session that is still there is as good as taken: it may become a version's. The
// one that this commit closes is gone by now.
const VERSION_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM version WHERE skill = ?1 AND key = ?2)
        OR EXISTS (SELECT 1 FROM version WHERE id = ?3)
        OR EXISTS (SELECT 1 FROM upload WHERE id = ?3)";

const INSERT_VERSION: &str = "
    INSERT INTO version (id, skill, key, brief, state, audit_status, scanned_at, rules)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING ordinal";

// The brief and the scan are kept once, beside the record, because they change.
const INSERT_RECORD: &str = "
    INSERT INTO version_record (version, record) VALUES (?1, json_remove(?2, '$.brief', '$.scan'))";

const INSERT_SCAN: &str = "INSERT INTO scan (version, record) VALUES (?1, ?2)";

const SET_RELEASE: &str = "
    UPDATE version_record SET record = json_set(record, '$.release', json(?2)) WHERE version = ?1";

const INSERT_BLOB_REF: &str = "
    INSERT INTO version_blob (version, position, digest, generation) VALUES (?1, ?2, ?3, ?4)";

const SELECT_BRIEF: &str = "SELECT ordinal, brief FROM version WHERE skill = ?1 AND key = ?2";

const SET_BRIEF: &str = "
    UPDATE version SET brief = ?2, state = ?3, audit_status = ?4, scanned_at = ?5, rules = ?6
    WHERE ordinal = ?1";

pub(super) fn commit(
    connection: &Connection,
    meta: &Meta,
    commit: &SkillCommit,
) -> Result<Outcome> {
    let next = match (commit.expect, held(connection, &commit.name)?) {
        (None, None) => Revision::FIRST,
        (Some(expect), Some((id, held))) if id == commit.skill && held == expect => held.next(),
        _ => return Ok(Outcome::Stale),
    };
    if let Some(close) = commit.close_upload
        && !close_upload(connection, close, meta.at)?
    {
        return Ok(Outcome::UploadClosed);
    }
    for blob in commit.add.iter().flat_map(|record| &record.blobs) {
        if !is_held(connection, blob)? {
            return Ok(Outcome::BlobGone);
        }
    }
    if commit.expect.is_none() && skill_id_exists(connection, commit.skill)? {
        return Ok(Outcome::Exists);
    }
    if let Some(record) = &commit.add
        && version_exists(connection, commit.skill, record)?
    {
        return Ok(Outcome::Exists);
    }
    write_head(connection, meta, commit, next)?;
    // Before the new version is there: it comes with its own state, and naming it is a mistake.
    if !change_versions(connection, commit)? {
        return Ok(Outcome::Missing);
    }
    if let Some(record) = &commit.add {
        add_version(connection, commit.skill, record)?;
    }
    search::keep(connection, commit)?;
    tell(connection, meta, &ChangeKey::Skill(commit.name.clone()))?;
    Ok(Outcome::Applied(Effect::revision(next)))
}

fn held(connection: &Connection, name: &SkillName) -> Result<Option<(SkillId, Revision)>> {
    connection
        .prepare_cached(SELECT_SKILL)?
        .query_one([name.as_str()], |row| {
            Ok((SkillId::new(uuid(row, 0)?), revision(row, 1)?))
        })
        .optional()
}

/// Whether there was an open session of that owner.
fn close_upload(connection: &Connection, close: CloseUpload, at: Timestamp) -> Result<bool> {
    let closed = connection.prepare_cached(CLOSE_UPLOAD)?.execute(params![
        close.upload.as_uuid().as_bytes(),
        close.owner.as_uuid().as_bytes(),
        at.as_millis(),
    ])?;
    Ok(closed > 0)
}

fn is_held(connection: &Connection, blob: &BlobRef) -> Result<bool> {
    connection.prepare_cached(BLOB_IS_HELD)?.query_one(
        params![
            blob.id.digest.as_bytes(),
            blob.id.generation,
            Count(blob.size)
        ],
        |row| row.get(0),
    )
}

fn skill_id_exists(connection: &Connection, skill: SkillId) -> Result<bool> {
    connection
        .prepare_cached(SKILL_ID_EXISTS)?
        .query_one([skill.as_uuid().as_bytes()], |row| row.get(0))
}

fn version_exists(connection: &Connection, skill: SkillId, record: &VersionRecord) -> Result<bool> {
    let brief = &record.brief;
    connection.prepare_cached(VERSION_EXISTS)?.query_one(
        params![
            skill.as_uuid().as_bytes(),
            brief.version.key(),
            brief.id.as_uuid().as_bytes(),
        ],
        |row| row.get(0),
    )
}

fn write_head(
    connection: &Connection,
    meta: &Meta,
    commit: &SkillCommit,
    next: Revision,
) -> Result<()> {
    let head = &commit.head;
    let entry_rule = commit.search.as_ref().map(|entry| entry.derived_version);
    if commit.expect.is_none() {
        connection.prepare_cached(INSERT_SKILL)?.execute(params![
            commit.skill.as_uuid().as_bytes(),
            Count(next.0),
            Json(head),
            head.derived_version,
            head.latest.is_some(),
            entry_rule,
            commit.name.as_str(),
            meta.at.as_millis(),
        ])?;
    } else {
        connection.prepare_cached(UPDATE_SKILL)?.execute(params![
            commit.skill.as_uuid().as_bytes(),
            Count(next.0),
            Json(head),
            head.derived_version,
            head.latest.is_some(),
            entry_rule,
        ])?;
    }
    Ok(())
}

/// Whether all versions that are to be changed are there.
fn change_versions(connection: &Connection, commit: &SkillCommit) -> Result<bool> {
    let find = |key| find_version(connection, commit.skill, key);
    for (key, state) in &commit.states {
        let Some((ordinal, mut brief)) = find(key)? else {
            return Ok(false);
        };
        brief.set_state(state.clone());
        set_brief(connection, ordinal, &brief)?;
    }
    for (key, judged) in &commit.scans {
        let Some((ordinal, mut brief)) = find(key)? else {
            return Ok(false);
        };
        judged.show_in(&mut brief);
        set_brief(connection, ordinal, &brief)?;
        add_scan(connection, ordinal, &judged.scan)?;
    }
    for (key, release) in &commit.releases {
        let Some((ordinal, _)) = find(key)? else {
            return Ok(false);
        };
        let mut set_release = connection.prepare_cached(SET_RELEASE)?;
        set_release.execute(params![ordinal, Json(release)])?;
    }
    Ok(true)
}

fn find_version(
    connection: &Connection,
    skill: SkillId,
    key: &VersionKey,
) -> Result<Option<(i64, VersionBrief)>> {
    connection
        .prepare_cached(SELECT_BRIEF)?
        .query_one(params![skill.as_uuid().as_bytes(), key.as_str()], |row| {
            Ok((row.get(0)?, json(row, 1)?))
        })
        .optional()
}

fn set_brief(connection: &Connection, ordinal: i64, brief: &VersionBrief) -> Result<()> {
    let mut set_brief = connection.prepare_cached(SET_BRIEF)?;
    let scanned_at = brief.scanned_at.map_or(NEVER, Timestamp::as_millis);
    set_brief.execute(params![
        ordinal,
        Json(brief),
        brief.state.as_str(),
        brief.audit_status.as_str(),
        scanned_at,
        brief.rules_version,
    ])?;
    Ok(())
}

fn add_scan(connection: &Connection, ordinal: i64, scan: &ScanRecord) -> Result<()> {
    let mut insert = connection.prepare_cached(INSERT_SCAN)?;
    insert.execute(params![ordinal, Json(scan)])?;
    Ok(())
}

fn add_version(connection: &Connection, skill: SkillId, record: &VersionRecord) -> Result<()> {
    let brief = &record.brief;
    let key = VersionKey::from(&brief.version);
    let ordinal: i64 = connection.prepare_cached(INSERT_VERSION)?.query_one(
        params![
            brief.id.as_uuid().as_bytes(),
            skill.as_uuid().as_bytes(),
            key.as_str(),
            Json(brief),
            brief.state.as_str(),
            brief.audit_status.as_str(),
            brief.scanned_at.map_or(NEVER, Timestamp::as_millis),
            brief.rules_version,
        ],
        |row| row.get(0),
    )?;
    connection
        .prepare_cached(INSERT_RECORD)?
        .execute(params![ordinal, Json(record)])?;
    if let Some(scan) = &record.scan {
        add_scan(connection, ordinal, scan)?;
    }
    let mut insert = connection.prepare_cached(INSERT_BLOB_REF)?;
    for (position, blob) in (0_i64..).zip(&record.blobs) {
        insert.execute(params![
            ordinal,
            position,
            blob.id.digest.as_bytes(),
            blob.id.generation,
        ])?;
    }
    Ok(())
}
