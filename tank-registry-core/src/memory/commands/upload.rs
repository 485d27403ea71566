//! Upload sessions and the ledger of blobs.

use std::collections::BTreeMap;

use super::{Done, State};
use crate::blob::BlobId;
use crate::model::{Timestamp, UploadId};
use crate::store::{Effect, OpenUpload, Outcome, Pin, Staged, Upload};

use super::super::reads;
use super::super::state::LedgerRow;

/// What a digest is first pinned with.
const FIRST_GENERATION: u32 = 1;

pub(super) fn open(state: &mut State, at: Timestamp, command: OpenUpload) -> Done {
    let OpenUpload { upload, max_open } = command;
    let earlier: Vec<UploadId> = state
        .uploads
        .values()
        .filter(|held| is_same_publish(held, &upload))
        .map(|held| held.id)
        .collect();
    let others = state
        .open_uploads(upload.owner, at)
        .filter(|held| !earlier.contains(&held.id));
    if others.count() >= usize::try_from(max_open).unwrap_or(usize::MAX) {
        return Err(Outcome::LimitReached);
    }
    if state.uploads.contains_key(&upload.id) || state.versions.contains_key(&upload.id) {
        return Err(Outcome::Exists);
    }
    for id in &earlier {
        state.close_upload(*id);
    }
    state.uploads.insert(upload.id, upload);
    Ok(Effect::closed(earlier))
}

/// Whether two sessions would publish the same version of the same skill for the same owner.
fn is_same_publish(one: &Upload, other: &Upload) -> bool {
    one.owner == other.owner
        && one.name == other.name
        // Build metadata does not make another version.
        && one.version.key() == other.version.key()
}

pub(super) fn staged(state: &mut State, at: Timestamp, command: Staged) -> Done {
    let session = state.open_upload(command.upload, at);
    let owner = session.ok_or(Outcome::UploadClosed)?.owner;
    let others = reads::staged_bytes(state, owner, command.upload, at);
    if others.saturating_add(command.size) > command.max_total {
        return Err(Outcome::LimitReached);
    }
    if let Some(session) = state.uploads.get_mut(&command.upload) {
        session.staged = Some(command.size);
    }
    Ok(Effect::none())
}

pub(super) fn pin(state: &mut State, at: Timestamp, command: &Pin) -> Done {
    if state.open_upload(command.upload, at).is_none() {
        return Err(Outcome::UploadClosed);
    }
    let mut pinned = Vec::with_capacity(command.blobs.len());
    for blob in &command.blobs {
        let id = state.generation(blob.digest).unwrap_or(BlobId {
            digest: blob.digest,
            generation: FIRST_GENERATION,
        });
        let row = state.ledger.entry(id).or_insert_with(|| LedgerRow {
            size: blob.size,
            pins: BTreeMap::new(),
        });
        let until = row.pins.entry(command.upload).or_insert(command.until);
        *until = command.until.max(*until);
        pinned.push(id);
    }
    Ok(Effect::pinned(pinned))
}
