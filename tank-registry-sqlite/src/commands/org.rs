//! Organizations and their members.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::{OrgRole, UserId};
use tank_registry_core::store::{ChangeKey, Effect, Meta, Organization, Outcome, SetMember};

use super::account::user_revision;
use crate::feed::tell;
use crate::rows::{Count, Json, revision};

const ORG_EXISTS: &str = "
    SELECT EXISTS (SELECT 1 FROM organization WHERE id = ?1)
        OR EXISTS (SELECT 1 FROM organization WHERE slug = ?2)";

const INSERT_ORG: &str = "
    INSERT INTO organization (id, slug, name, revision, created_at) VALUES (?1, ?2, ?3, ?4, ?5)";

const SELECT_ORG: &str = "SELECT id, revision FROM organization WHERE slug = ?1";

const SET_REVISION: &str = "UPDATE organization SET revision = ?2 WHERE id = ?1";

// Who changes their role keeps their place in the order of joining.
const PUT_MEMBER: &str = "
    INSERT INTO member (org, user, role, joined)
    VALUES (?1, ?2, ?3, (SELECT coalesce(max(joined), 0) + 1 FROM member WHERE org = ?1))
    ON CONFLICT (org, user) DO UPDATE SET role = excluded.role";

const DELETE_MEMBER: &str = "DELETE FROM member WHERE org = ?1 AND user = ?2";

pub(super) fn create(connection: &Connection, meta: &Meta, org: &Organization) -> Result<Outcome> {
    let exists: bool = connection
        .prepare_cached(ORG_EXISTS)?
        .query_one([org.id.as_str(), org.slug.as_str()], |row| row.get(0))?;
    if exists {
        return Ok(Outcome::Exists);
    }
    connection.prepare_cached(INSERT_ORG)?.execute(params![
        org.id.as_str(),
        org.slug.as_str(),
        org.name,
        Count(org.revision.0),
        org.created_at.as_millis(),
    ])?;
    for member in &org.members {
        if user_revision(connection, member.user)?.is_none() {
            return Ok(Outcome::Missing);
        }
        put_member(connection, org.id.as_str(), member.user, member.role)?;
    }
    tell(connection, meta, &ChangeKey::Organization(org.slug.clone()))?;
    Ok(Outcome::Applied(Effect::revision(org.revision)))
}

pub(super) fn set_member(connection: &Connection, meta: &Meta, set: &SetMember) -> Result<Outcome> {
    let held = connection
        .prepare_cached(SELECT_ORG)?
        .query_one([set.org.as_str()], |row| {
            Ok((row.get::<_, String>(0)?, revision(row, 1)?))
        })
        .optional()?;
    let Some((org, held)) = held else {
        return Ok(Outcome::Missing);
    };
    if held != set.expect {
        return Ok(Outcome::Stale);
    }
    if user_revision(connection, set.user)?.is_none() {
        return Ok(Outcome::Missing);
    }
    if let Some(role) = set.role {
        put_member(connection, &org, set.user, role)?;
    } else if !delete_member(connection, &org, set.user)? {
        return Ok(Outcome::Missing);
    }
    let next = held.next();
    connection
        .prepare_cached(SET_REVISION)?
        .execute(params![org, Count(next.0)])?;
    tell(connection, meta, &ChangeKey::Organization(set.org.clone()))?;
    Ok(Outcome::Applied(Effect::revision(next)))
}

fn put_member(connection: &Connection, org: &str, user: UserId, role: OrgRole) -> Result<()> {
    connection.prepare_cached(PUT_MEMBER)?.execute(params![
        org,
        user.as_uuid().as_bytes(),
        Json(role)
    ])?;
    Ok(())
}

/// Whether there was such a member.
fn delete_member(connection: &Connection, org: &str, user: UserId) -> Result<bool> {
    let removed = connection
        .prepare_cached(DELETE_MEMBER)?
        .execute(params![org, user.as_uuid().as_bytes()])?;
    Ok(removed > 0)
}
