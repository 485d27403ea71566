//! Stars.

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::store::{Effect, Outcome, SetStar};

use super::account::user_revision;
use crate::search;

const SELECT_ORDINAL: &str = "SELECT ordinal FROM skill WHERE id = ?1";

const INSERT_STAR: &str = "
    INSERT INTO star (skill, user) VALUES (?1, ?2) ON CONFLICT DO NOTHING";

const DELETE_STAR: &str = "DELETE FROM star WHERE skill = ?1 AND user = ?2";

const ADD_STARS: &str = "UPDATE skill SET stars = stars + ?2 WHERE ordinal = ?1";

pub(super) fn set(connection: &Connection, set: SetStar) -> Result<Outcome> {
    let ordinal: Option<i64> = connection
        .prepare_cached(SELECT_ORDINAL)?
        .query_one([set.skill.as_uuid().as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(ordinal) = ordinal else {
        return Ok(Outcome::Missing);
    };
    if user_revision(connection, set.user)?.is_none() {
        return Ok(Outcome::Missing);
    }
    let (change, number) = if set.starred {
        (INSERT_STAR, 1)
    } else {
        (DELETE_STAR, -1)
    };
    let changed = connection
        .prepare_cached(change)?
        .execute(params![ordinal, set.user.as_uuid().as_bytes()])?;
    if changed == 0 {
        return Ok(Outcome::Exists);
    }
    connection
        .prepare_cached(ADD_STARS)?
        .execute([ordinal, number])?;
    search::starred(connection, set.skill)?;
    Ok(Outcome::Applied(Effect::none()))
}
