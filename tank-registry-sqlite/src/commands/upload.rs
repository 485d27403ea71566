//! Upload sessions and what they pin.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::blob::{BlobId, Digest};
use tank_registry_core::model::{Timestamp, UploadId};
use tank_registry_core::store::{
    Effect, ExpireUploads, Meta, OpenUpload, Outcome, Pin, PinnedBlob, Staged, Upload,
};

use crate::rows::{Count, Json, uuid};

const COUNT_OTHERS: &str = "
    SELECT count(*) FROM upload
    WHERE owner = ?1 AND expires_at > ?2 AND NOT (name = ?3 AND key = ?4)";

const ID_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM upload WHERE id = ?1)
        OR EXISTS (SELECT 1 FROM version WHERE id = ?1)";

const DELETE_SAME: &str = "
    DELETE FROM upload WHERE owner = ?1 AND name = ?2 AND key = ?3 RETURNING id";

const INSERT_UPLOAD: &str = "
    INSERT INTO upload (id, owner, name, key, expires_at, staged, record)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

const SELECT_OPEN: &str = "SELECT owner FROM upload WHERE id = ?1 AND expires_at > ?2";

/// Bytes of an owner's sessions that are open, without one of them.
pub(crate) const STAGED_BYTES: &str = "
    SELECT coalesce(sum(staged), 0) FROM upload
    WHERE owner = ?1 AND id <> ?2 AND expires_at > ?3";

const SET_STAGED: &str = "UPDATE upload SET staged = ?2 WHERE id = ?1";

const SELECT_GENERATIONS: &str = "
    SELECT max(generation), max(generation) FILTER (WHERE claimed_at IS NULL)
    FROM blob WHERE digest = ?1";

const INSERT_BLOB: &str = "INSERT INTO blob (digest, generation, size) VALUES (?1, ?2, ?3)";

// A second attempt never shortens what the first one may still rely on.
const PUT_PIN: &str = "
    INSERT INTO pin (upload, digest, generation, until) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (upload, digest, generation) DO UPDATE SET until = max(until, excluded.until)";

const EXPIRE: &str = "
    DELETE FROM upload WHERE id IN (
        SELECT id FROM upload WHERE expires_at <= ?1 ORDER BY expires_at, id LIMIT ?2)";

pub(super) fn open(connection: &Connection, meta: &Meta, open: &OpenUpload) -> Result<Outcome> {
    let upload = &open.upload;
    let id = upload.id.as_uuid().as_bytes();
    let owner = upload.owner.as_uuid().as_bytes();
    let (name, key) = (upload.name.as_str(), upload.version.key());
    let others: i64 = connection
        .prepare_cached(COUNT_OTHERS)?
        .query_one(params![owner, meta.at.as_millis(), name, key], |row| {
            row.get(0)
        })?;
    if others >= i64::from(open.max_open) {
        return Ok(Outcome::LimitReached);
    }
    let exists: bool = connection
        .prepare_cached(ID_EXISTS)?
        .query_one([id], |row| row.get(0))?;
    if exists {
        return Ok(Outcome::Exists);
    }
    let closed = connection
        .prepare_cached(DELETE_SAME)?
        .query_map(params![owner, name, key], |row| {
            Ok(UploadId::new(uuid(row, 0)?))
        })?
        .collect::<Result<_>>()?;
    insert(connection, upload)?;
    Ok(Outcome::Applied(Effect::closed(closed)))
}

fn insert(connection: &Connection, upload: &Upload) -> Result<()> {
    connection.prepare_cached(INSERT_UPLOAD)?.execute(params![
        upload.id.as_uuid().as_bytes(),
        upload.owner.as_uuid().as_bytes(),
        upload.name.as_str(),
        upload.version.key(),
        upload.expires_at.as_millis(),
        upload.staged.map(Count),
        Json(upload),
    ])?;
    Ok(())
}

pub(super) fn staged(connection: &Connection, meta: &Meta, staged: Staged) -> Result<Outcome> {
    let Some(owner) = open_owner(connection, staged.upload, meta.at)? else {
        return Ok(Outcome::UploadClosed);
    };
    let id = staged.upload.as_uuid().as_bytes();
    let Count(others) = connection
        .prepare_cached(STAGED_BYTES)?
        .query_one(params![owner, id, meta.at.as_millis()], |row| row.get(0))?;
    if others.saturating_add(staged.size) > staged.max_total {
        return Ok(Outcome::LimitReached);
    }
    connection
        .prepare_cached(SET_STAGED)?
        .execute(params![id, Count(staged.size)])?;
    Ok(Outcome::Applied(Effect::none()))
}

pub(super) fn pin(connection: &Connection, meta: &Meta, pin: &Pin) -> Result<Outcome> {
    if open_owner(connection, pin.upload, meta.at)?.is_none() {
        return Ok(Outcome::UploadClosed);
    }
    let mut put = connection.prepare_cached(PUT_PIN)?;
    let mut pinned = Vec::with_capacity(pin.blobs.len());
    for blob in &pin.blobs {
        let id = BlobId {
            digest: blob.digest,
            generation: open_generation(connection, blob)?,
        };
        put.execute(params![
            pin.upload.as_uuid().as_bytes(),
            id.digest.as_bytes(),
            id.generation,
            pin.until.as_millis(),
        ])?;
        pinned.push(id);
    }
    Ok(Outcome::Applied(Effect::pinned(pinned)))
}

/// The generation that holds now. One that was claimed is gone for ever, so the next begins.
fn open_generation(connection: &Connection, blob: &PinnedBlob) -> Result<u32> {
    let (last, open) = generations(connection, blob.digest)?;
    if let Some(open) = open {
        return Ok(open);
    }
    let next = last.unwrap_or(0) + 1;
    connection.prepare_cached(INSERT_BLOB)?.execute(params![
        blob.digest.as_bytes(),
        next,
        Count(blob.size)
    ])?;
    Ok(next)
}

/// The highest generation of some bytes, and the one that is not claimed.
fn generations(connection: &Connection, digest: Digest) -> Result<(Option<u32>, Option<u32>)> {
    connection
        .prepare_cached(SELECT_GENERATIONS)?
        .query_one([digest.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The owner of a session that may be used at `at`.
fn open_owner(
    connection: &Connection,
    upload: UploadId,
    at: Timestamp,
) -> Result<Option<[u8; 16]>> {
    connection
        .prepare_cached(SELECT_OPEN)?
        .query_one(
            params![upload.as_uuid().as_bytes(), at.as_millis()],
            |row| row.get(0),
        )
        .optional()
}

pub(super) fn expire(connection: &Connection, expire: ExpireUploads) -> Result<Outcome> {
    let removed = connection
        .prepare_cached(EXPIRE)?
        .execute(params![expire.before.as_millis(), expire.limit])?;
    Ok(Outcome::Applied(Effect::removed(removed as u64)))
}
