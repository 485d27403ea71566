//! The registry's first row, users and keys.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::{KeyId, Revision, Timestamp, UserId};
use tank_registry_core::store::{
    ChangeKey, Effect, Initialise, Key, Meta, Outcome, RefreshUser, SetUserStatus, User,
};

use crate::feed::tell;
use crate::rows::{Count, Json, revision};

const REGISTRY_EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM registry)";

const INSERT_REGISTRY: &str = "
    INSERT INTO registry (one, incarnation, signing_secret, initialised_at)
    VALUES (1, ?1, ?2, ?3)";

// A user without an external identity has NULL there, which equals nothing.
const USER_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM user WHERE id = ?1)
        OR EXISTS (SELECT 1 FROM user WHERE handle = ?2)
        OR EXISTS (SELECT 1 FROM user WHERE issuer = ?3 AND subject = ?4)";

const INSERT_USER: &str = "
    INSERT INTO user (id, handle, display_name, email, role, status, issuer, subject, revision,
                      created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

const SELECT_USER_REVISION: &str = "SELECT revision FROM user WHERE id = ?1";

const REFRESH_USER: &str = "
    UPDATE user SET revision = ?2, display_name = ?3, email = ?4, role = ?5 WHERE id = ?1";

const SET_USER_STATUS: &str = "UPDATE user SET revision = ?2, status = ?3 WHERE id = ?1";

const KEY_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM api_key WHERE id = ?1)
        OR EXISTS (SELECT 1 FROM api_key WHERE hash = ?2)";

const INSERT_KEY: &str = "
    INSERT INTO api_key (id, user, name, hash, start, scopes, per_day, created_at, expires_at,
                         last_used, revoked_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";

const REVOKE_KEY: &str = "UPDATE api_key SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL";

const KEY_ID_EXISTS: &str = "SELECT EXISTS (SELECT 1 FROM api_key WHERE id = ?1)";

pub(super) fn initialise(
    connection: &Connection,
    meta: &Meta,
    initialise: &Initialise,
) -> Result<Outcome> {
    let exists: bool = connection
        .prepare_cached(REGISTRY_EXISTS)?
        .query_one([], |row| row.get(0))?;
    if exists
        || user_exists(connection, &initialise.user)?
        || key_exists(connection, &initialise.key)?
    {
        return Ok(Outcome::Exists);
    }
    connection
        .prepare_cached(INSERT_REGISTRY)?
        .execute(params![
            initialise.incarnation.as_bytes(),
            initialise.signing_secret.as_bytes(),
            meta.at.as_millis(),
        ])?;
    insert_user(connection, meta, &initialise.user)?;
    insert_key(connection, meta, &initialise.key)?;
    Ok(Outcome::Applied(Effect::none()))
}

pub(super) fn create_user(connection: &Connection, meta: &Meta, user: &User) -> Result<Outcome> {
    if user_exists(connection, user)? {
        return Ok(Outcome::Exists);
    }
    insert_user(connection, meta, user)?;
    Ok(Outcome::Applied(Effect::revision(user.revision)))
}

pub(super) fn refresh_user(
    connection: &Connection,
    meta: &Meta,
    refresh: &RefreshUser,
) -> Result<Outcome> {
    let Some(held) = user_revision(connection, refresh.user)? else {
        return Ok(Outcome::Missing);
    };
    if held != refresh.expect {
        return Ok(Outcome::Stale);
    }
    let next = held.next();
    connection.prepare_cached(REFRESH_USER)?.execute(params![
        refresh.user.as_uuid().as_bytes(),
        Count(next.0),
        refresh.display_name,
        refresh.email,
        Json(refresh.role),
    ])?;
    tell(connection, meta, &ChangeKey::User(refresh.user))?;
    Ok(Outcome::Applied(Effect::revision(next)))
}

pub(super) fn set_status(
    connection: &Connection,
    meta: &Meta,
    set: SetUserStatus,
) -> Result<Outcome> {
    let Some(held) = user_revision(connection, set.user)? else {
        return Ok(Outcome::Missing);
    };
    let next = held.next();
    connection
        .prepare_cached(SET_USER_STATUS)?
        .execute(params![
            set.user.as_uuid().as_bytes(),
            Count(next.0),
            Json(set.status),
        ])?;
    tell(connection, meta, &ChangeKey::User(set.user))?;
    Ok(Outcome::Applied(Effect::revision(next)))
}

pub(super) fn create_key(connection: &Connection, meta: &Meta, key: &Key) -> Result<Outcome> {
    if key_exists(connection, key)? {
        return Ok(Outcome::Exists);
    }
    if user_revision(connection, key.user)?.is_none() {
        return Ok(Outcome::Missing);
    }
    insert_key(connection, meta, key)?;
    Ok(Outcome::Applied(Effect::none()))
}

pub(super) fn revoke_key(connection: &Connection, meta: &Meta, key: KeyId) -> Result<Outcome> {
    let id = key.as_uuid().as_bytes();
    let revoked = connection
        .prepare_cached(REVOKE_KEY)?
        .execute(params![id, meta.at.as_millis()])?;
    if revoked > 0 {
        tell(connection, meta, &ChangeKey::Key(key))?;
        return Ok(Outcome::Applied(Effect::none()));
    }
    // One that is revoked already is as it should be, and nothing of it has changed.
    let exists: bool = connection
        .prepare_cached(KEY_ID_EXISTS)?
        .query_one([id], |row| row.get(0))?;
    Ok(if exists {
        Outcome::Applied(Effect::none())
    } else {
        Outcome::Missing
    })
}

/// The revision of a user, if there is one.
pub(super) fn user_revision(connection: &Connection, user: UserId) -> Result<Option<Revision>> {
    connection
        .prepare_cached(SELECT_USER_REVISION)?
        .query_one([user.as_uuid().as_bytes()], |row| revision(row, 0))
        .optional()
}

fn user_exists(connection: &Connection, user: &User) -> Result<bool> {
    let external = user.external.as_ref();
    connection.prepare_cached(USER_EXISTS)?.query_one(
        params![
            user.id.as_uuid().as_bytes(),
            user.handle.as_str(),
            external.map(|id| &id.issuer),
            external.map(|id| &id.subject),
        ],
        |row| row.get(0),
    )
}

fn insert_user(connection: &Connection, meta: &Meta, user: &User) -> Result<()> {
    let external = user.external.as_ref();
    connection.prepare_cached(INSERT_USER)?.execute(params![
        user.id.as_uuid().as_bytes(),
        user.handle.as_str(),
        user.display_name,
        user.email,
        Json(user.role),
        Json(user.status),
        external.map(|id| &id.issuer),
        external.map(|id| &id.subject),
        Count(user.revision.0),
        user.created_at.as_millis(),
    ])?;
    tell(connection, meta, &ChangeKey::User(user.id))
}

fn key_exists(connection: &Connection, key: &Key) -> Result<bool> {
    connection.prepare_cached(KEY_EXISTS)?.query_one(
        params![key.id.as_uuid().as_bytes(), key.hash.as_bytes()],
        |row| row.get(0),
    )
}

fn insert_key(connection: &Connection, meta: &Meta, key: &Key) -> Result<()> {
    connection.prepare_cached(INSERT_KEY)?.execute(params![
        key.id.as_uuid().as_bytes(),
        key.user.as_uuid().as_bytes(),
        key.name,
        key.hash.as_bytes(),
        key.start,
        Json(&key.scopes),
        key.per_day,
        key.created_at.as_millis(),
        key.expires_at.as_millis(),
        key.last_used.map(Timestamp::as_millis),
        key.revoked_at.map(Timestamp::as_millis),
    ])?;
    tell(connection, meta, &ChangeKey::Key(key.id))
}
