//! The registry's row, users, keys and organizations.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::auth::KeyHash;
use tank_registry_core::blob::SigningSecret;
use tank_registry_core::model::{KeyId, OrgId, OrgSlug, UserId};
use tank_registry_core::store::{
    Key, Member, Membership, Organization, RegistryRecord, User, UserRef,
};

use crate::rows::{self, json, key_columns, revision, text, time, user_columns, uuid};

const SELECT_REGISTRY: &str = "SELECT incarnation, signing_secret, initialised_at FROM registry";

const SELECT_PRINCIPAL: &str = concat!(
    "SELECT ",
    key_columns!(),
    ", ",
    user_columns!(),
    " FROM api_key JOIN user ON user.id = api_key.user WHERE api_key.hash = ?1"
);

const SELECT_KEY: &str = concat!("SELECT ", key_columns!(), " FROM api_key WHERE id = ?1");

const SELECT_KEYS: &str = concat!(
    "SELECT ",
    key_columns!(),
    " FROM api_key WHERE user = ?1 ORDER BY created_at, id"
);

const SELECT_USER: &str = concat!("SELECT ", user_columns!(), " FROM user WHERE id = ?1");

const SELECT_USER_BY_HANDLE: &str =
    concat!("SELECT ", user_columns!(), " FROM user WHERE handle = ?1");

const SELECT_USER_BY_EXTERNAL: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM user WHERE issuer = ?1 AND subject = ?2"
);

const SELECT_USERS_BY_EMAIL: &str = concat!(
    "SELECT ",
    user_columns!(),
    " FROM user WHERE email = ?1 COLLATE NOCASE ORDER BY id LIMIT ?2"
);

const SELECT_ORG: &str = "
    SELECT id, name, revision, created_at FROM organization WHERE slug = ?1";

const SELECT_SLUG: &str = "SELECT slug FROM organization WHERE id = ?1";

const SELECT_MEMBERS: &str = "SELECT user, role FROM member WHERE org = ?1 ORDER BY joined";

const SELECT_MEMBERSHIPS: &str = "
    SELECT organization.id, organization.slug, member.role
    FROM member JOIN organization ON organization.id = member.org
    WHERE member.user = ?1 ORDER BY organization.slug";

pub(super) fn registry(connection: &Connection) -> Result<Option<RegistryRecord>> {
    connection
        .prepare_cached(SELECT_REGISTRY)?
        .query_one([], |row| {
            Ok(RegistryRecord {
                incarnation: uuid(row, 0)?,
                signing_secret: row.get(1).map(SigningSecret::new)?,
                initialised_at: time(row, 2)?,
            })
        })
        .optional()
}

pub(super) fn principal(connection: &Connection, hash: KeyHash) -> Result<Option<(Key, User)>> {
    connection
        .prepare_cached(SELECT_PRINCIPAL)?
        .query_one([hash.as_bytes()], |row| {
            Ok((rows::key(row)?, rows::user(row, rows::KEY_COLUMNS)?))
        })
        .optional()
}

pub(super) fn key(connection: &Connection, id: KeyId) -> Result<Option<Key>> {
    connection
        .prepare_cached(SELECT_KEY)?
        .query_one([id.as_uuid().as_bytes()], rows::key)
        .optional()
}

pub(super) fn keys(connection: &Connection, user: UserId) -> Result<Vec<Key>> {
    connection
        .prepare_cached(SELECT_KEYS)?
        .query_map([user.as_uuid().as_bytes()], rows::key)?
        .collect()
}

pub(super) fn user(connection: &Connection, user: &UserRef) -> Result<Option<User>> {
    match user {
        UserRef::Id(id) => connection
            .prepare_cached(SELECT_USER)?
            .query_one([id.as_uuid().as_bytes()], |row| rows::user(row, 0)),
        UserRef::Handle(handle) => connection
            .prepare_cached(SELECT_USER_BY_HANDLE)?
            .query_one([handle.as_str()], |row| rows::user(row, 0)),
        UserRef::External(id) => connection
            .prepare_cached(SELECT_USER_BY_EXTERNAL)?
            .query_one([&id.issuer, &id.subject], |row| rows::user(row, 0)),
    }
    .optional()
}

pub(super) fn users_by_email(
    connection: &Connection,
    email: &str,
    limit: u32,
) -> Result<Vec<User>> {
    connection
        .prepare_cached(SELECT_USERS_BY_EMAIL)?
        .query_map(params![email, limit], |row| rows::user(row, 0))?
        .collect()
}

pub(super) fn organization(
    connection: &Connection,
    slug: &OrgSlug,
) -> Result<Option<Organization>> {
    let found = connection
        .prepare_cached(SELECT_ORG)?
        .query_one([slug.as_str()], |row| {
            Ok(Organization {
                id: row.get::<_, String>(0).map(OrgId::new)?,
                slug: slug.clone(),
                name: row.get(1)?,
                revision: revision(row, 2)?,
                created_at: time(row, 3)?,
                members: Vec::new(),
            })
        })
        .optional()?;
    let Some(mut org) = found else {
        return Ok(None);
    };
    org.members = connection
        .prepare_cached(SELECT_MEMBERS)?
        .query_map([org.id.as_str()], |row| {
            Ok(Member {
                user: UserId::new(uuid(row, 0)?),
                role: json(row, 1)?,
            })
        })?
        .collect::<Result<_>>()?;
    Ok(Some(org))
}

pub(super) fn organization_by_id(
    connection: &Connection,
    id: &OrgId,
) -> Result<Option<Organization>> {
    // A slug never changes.
    let slug = connection
        .prepare_cached(SELECT_SLUG)?
        .query_one([id.as_str()], |row| text(row, 0))
        .optional()?;
    match slug {
        Some(slug) => organization(connection, &slug),
        None => Ok(None),
    }
}

pub(super) fn memberships(connection: &Connection, user: UserId) -> Result<Vec<Membership>> {
    connection
        .prepare_cached(SELECT_MEMBERSHIPS)?
        .query_map([user.as_uuid().as_bytes()], |row| {
            Ok(Membership {
                org: row.get::<_, String>(0).map(OrgId::new)?,
                slug: text(row, 1)?,
                role: json(row, 2)?,
            })
        })?
        .collect()
}
