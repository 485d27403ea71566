//! Commands, each judged and written within a transaction that holds the write lock.
//!
//! A command may answer a refusal half-way, after it has written something: the writer then rolls
//! back to the command's savepoint. Refusals are looked for in the order in which the docs of
//! [`Command`] list them.

mod account;
mod counters;
mod history;
mod org;
mod skill;
mod stars;
mod upload;

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::CommandId;
use tank_registry_core::store::{Command, Effect, Meta, Outcome};

pub(crate) use upload::STAGED_BYTES;

use crate::rows::{Json, json};

const SELECT_EFFECT: &str = "SELECT effect FROM command WHERE id = ?1";

const INSERT_COMMAND: &str = "INSERT INTO command (id, at, effect) VALUES (?1, ?2, ?3)";

const INSERT_AUDIT: &str = "
    INSERT INTO audit_event (command, at, actor, action, target, metadata)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// Applies one command. Unless the answer is `Applied` the caller rolls back.
pub(crate) fn apply(connection: &Connection, meta: &Meta, command: &Command) -> Result<Outcome> {
    if let Some(effect) = earlier(connection, meta.id)? {
        return Ok(Outcome::Repeat(effect));
    }
    let outcome = match command {
        Command::Initialise(initialise) => account::initialise(connection, meta, initialise),
        Command::Skill(commit) => skill::commit(connection, meta, commit),
        Command::OpenUpload(open) => upload::open(connection, meta, open),
        Command::Staged(staged) => upload::staged(connection, meta, *staged),
        Command::CreateUser(user) => account::create_user(connection, meta, user),
        Command::RefreshUser(refresh) => account::refresh_user(connection, meta, refresh),
        Command::SetUserStatus(set) => account::set_status(connection, meta, *set),
        Command::CreateOrg(org) => org::create(connection, meta, org),
        Command::SetMember(set) => org::set_member(connection, meta, set),
        Command::CreateKey(key) => account::create_key(connection, meta, key),
        Command::RevokeKey(key) => account::revoke_key(connection, meta, *key),
        Command::Pin(pin) => upload::pin(connection, meta, pin),
        Command::Star(set) => stars::set(connection, *set),
        Command::Count(batch) => counters::count(connection, batch),
        Command::ExpireUploads(expire) => upload::expire(connection, *expire),
        Command::PruneHistory(prune) => history::prune(connection, *prune),
    }?;
    if let Outcome::Applied(effect) = &outcome {
        remember(connection, meta, effect)?;
    }
    #[cfg(test)]
    crate::tests::inject(connection, meta)?;
    Ok(outcome)
}

fn earlier(connection: &Connection, id: CommandId) -> Result<Option<Effect>> {
    connection
        .prepare_cached(SELECT_EFFECT)?
        .query_one([id.as_uuid().as_bytes()], |row| json(row, 0))
        .optional()
}

/// Writes what every applied command leaves behind.
fn remember(connection: &Connection, meta: &Meta, effect: &Effect) -> Result<()> {
    let id = meta.id.as_uuid().as_bytes();
    let at = meta.at.as_millis();
    connection
        .prepare_cached(INSERT_COMMAND)?
        .execute(params![id, at, Json(effect)])?;
    if let Some(event) = &meta.audit {
        connection.prepare_cached(INSERT_AUDIT)?.execute(params![
            id,
            at,
            Json(meta.actor),
            event.action,
            event.target,
            Json(&event.metadata),
        ])?;
    }
    Ok(())
}
