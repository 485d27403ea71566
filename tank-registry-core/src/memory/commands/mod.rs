//! The commands: each looks first and writes last, so that a refused one has changed nothing.

mod people;
mod skill;
mod stars;
mod sweep;
mod upload;

use super::state::State;
use crate::store::{Command, Effect, Meta, Outcome};

/// What a command did, or the outcome that says why it did nothing.
type Done = Result<Effect, Outcome>;

/// Applies a command that was not applied before.
pub(super) fn apply(state: &mut State, meta: Meta, command: Command) -> Outcome {
    if let Some(done) = state.commands.get(&meta.id) {
        return Outcome::Repeat(done.effect.clone());
    }
    let at = meta.at;
    let done = match command {
        Command::Initialise(command) => people::initialise(state, at, *command),
        Command::Skill(commit) => skill::commit(state, at, *commit),
        Command::OpenUpload(command) => upload::open(state, at, *command),
        Command::Staged(command) => upload::staged(state, at, command),
        Command::CreateUser(user) => people::create_user(state, at, *user),
        Command::RefreshUser(command) => people::refresh_user(state, at, command),
        Command::SetUserStatus(command) => people::set_user_status(state, at, command),
        Command::CreateOrg(org) => people::create_org(state, at, *org),
        Command::SetMember(command) => people::set_member(state, at, command),
        Command::CreateKey(key) => people::create_key(state, at, *key),
        Command::RevokeKey(key) => people::revoke_key(state, at, key),
        Command::Pin(command) => upload::pin(state, at, &command),
        Command::Star(command) => stars::set(state, command),
        Command::Count(batch) => Ok(sweep::count(state, &batch)),
        Command::ExpireUploads(command) => Ok(sweep::expire_uploads(state, command)),
        Command::PruneHistory(command) => Ok(sweep::prune_history(state, command)),
    };
    match done {
        Ok(effect) => {
            state.remember(meta, effect.clone());
            Outcome::Applied(effect)
        }
        Err(refusal) => refusal,
    }
}
