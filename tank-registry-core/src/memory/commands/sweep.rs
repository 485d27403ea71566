//! Counters, and what is forgotten with time.

use super::State;
use crate::model::{CommandId, Timestamp, UploadId};
use crate::store::{CountBatch, Effect, ExpireUploads, PruneHistory};

pub(super) fn count(state: &mut State, batch: &CountBatch) -> Effect {
    for count in &batch.downloads {
        if state.skills.values().any(|skill| skill.id == count.skill) {
            let sum = state.downloads.entry((count.skill, count.day)).or_default();
            *sum = sum.saturating_add(count.count);
        }
    }
    for used in &batch.keys {
        if let Some(key) = state.keys.get_mut(&used.key) {
            key.last_used = key.last_used.max(Some(used.at));
        }
    }
    Effect::none()
}

pub(super) fn expire_uploads(state: &mut State, command: ExpireUploads) -> Effect {
    let ended = state.uploads.values();
    let mut ended: Vec<(Timestamp, UploadId)> = ended
        .filter(|session| session.expires_at <= command.before)
        .map(|session| (session.expires_at, session.id))
        .collect();
    ended.sort_unstable();
    ended.truncate(limit(command.limit));
    for (_, id) in &ended {
        state.close_upload(*id);
    }
    Effect::removed(ended.len() as u64)
}

pub(super) fn prune_history(state: &mut State, command: PruneHistory) -> Effect {
    let old = state.commands.iter();
    let mut old: Vec<(Timestamp, CommandId)> = old
        .filter(|(_, done)| done.at < command.before)
        .map(|(id, done)| (done.at, *id))
        .collect();
    old.sort_unstable();
    old.truncate(limit(command.limit));
    for (_, id) in &old {
        state.commands.remove(id);
    }
    state.feed.prune(command.before);
    Effect::removed(old.len() as u64)
}

fn limit(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
