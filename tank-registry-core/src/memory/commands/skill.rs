//! The one command that changes a skill.

use super::{Done, State};
use crate::model::{Revision, Timestamp, VersionId, VersionKey};
use crate::store::{ChangeKey, CloseUpload, Effect, Outcome, SkillCommit, VersionRecord};

use super::super::state::SkillRow;

pub(super) fn commit(state: &mut State, at: Timestamp, commit: SkillCommit) -> Done {
    let revision = next_revision(state, &commit)?;
    check_upload(state, at, commit.close_upload)?;
    if let Some(record) = &commit.add {
        check_blobs(state, record)?;
    }
    check_new(state, &commit)?;
    let states = find_versions(state, &commit, &commit.states)?;
    let scans = find_versions(state, &commit, &commit.scans)?;
    let releases = find_versions(state, &commit, &commit.releases)?;

    // Nothing below can be refused.
    for (id, new) in states.iter().zip(commit.states) {
        if let Some(record) = state.versions.get_mut(id) {
            record.brief.set_state(new.1);
        }
    }
    for (id, (_, judged)) in scans.iter().zip(commit.scans) {
        if let Some(record) = state.versions.get_mut(id) {
            judged.show_in(&mut record.brief);
            record.scan = Some(judged.scan.clone());
            state.scans.entry(*id).or_default().push(judged.scan);
        }
    }
    for (id, (_, release)) in releases.iter().zip(commit.releases) {
        if let Some(record) = state.versions.get_mut(id) {
            record.release = Some(release);
        }
    }
    let ordinal = state.skills.len();
    let row = state
        .skills
        .entry(commit.name.clone())
        .or_insert_with(|| SkillRow {
            id: commit.skill,
            revision,
            created_at: at,
            head: commit.head.clone(),
            ordinal,
            search: None,
            versions: Vec::new(),
        });
    row.revision = revision;
    row.head = commit.head;
    if let Some(entry) = commit.search {
        row.search = Some(*entry);
    }
    if let Some(record) = commit.add {
        let id = record.brief.id;
        row.versions
            .push((VersionKey::from(&record.brief.version), id));
        state
            .scans
            .entry(id)
            .or_default()
            .extend(record.scan.clone());
        state.versions.insert(id, *record);
    }
    if let Some(close) = commit.close_upload {
        state.close_upload(close.upload);
    }
    state.tell(at, ChangeKey::Skill(commit.name));
    Ok(Effect::revision(revision))
}

/// The revision that the commit makes, if it was computed from the one that holds.
fn next_revision(state: &State, commit: &SkillCommit) -> Result<Revision, Outcome> {
    match (state.skills.get(&commit.name), commit.expect) {
        (None, None) => Ok(Revision::FIRST),
        (Some(row), Some(seen)) if row.revision == seen && row.id == commit.skill => {
            Ok(seen.next())
        }
        _ => Err(Outcome::Stale),
    }
}

fn check_upload(state: &State, at: Timestamp, close: Option<CloseUpload>) -> Result<(), Outcome> {
    let Some(close) = close else { return Ok(()) };
    let session = state.open_upload(close.upload, at);
    match session.filter(|session| session.owner == close.owner) {
        Some(_) => Ok(()),
        None => Err(Outcome::UploadClosed),
    }
}

fn check_blobs(state: &State, record: &VersionRecord) -> Result<(), Outcome> {
    let held = record.blobs.iter().all(|blob| {
        let row = state.ledger.get(&blob.id);
        row.is_some_and(|row| row.size == blob.size)
    });
    if held { Ok(()) } else { Err(Outcome::BlobGone) }
}

/// The version, its id, and the id of a skill that is created must not be taken; the id of a
/// version not by an upload session of somebody else either.
fn check_new(state: &State, commit: &SkillCommit) -> Result<(), Outcome> {
    let row = state.skills.get(&commit.name);
    let id_taken = row.is_none() && state.skills.values().any(|held| held.id == commit.skill);
    let version_taken = commit.add.as_ref().is_some_and(|record| {
        let key = VersionKey::from(&record.brief.version);
        let id = record.brief.id;
        let closes = commit.close_upload.is_some_and(|close| close.upload == id);
        state.versions.contains_key(&id)
            || (state.uploads.contains_key(&id) && !closes)
            || row.is_some_and(|row| row.version(&key).is_some())
    });
    if id_taken || version_taken {
        Err(Outcome::Exists)
    } else {
        Ok(())
    }
}

/// The ids of the versions that a part of the commit changes, in its order.
fn find_versions<T>(
    state: &State,
    commit: &SkillCommit,
    changes: &[(VersionKey, T)],
) -> Result<Vec<VersionId>, Outcome> {
    let row = state.skills.get(&commit.name);
    let keys = changes.iter().map(|(key, _)| key);
    keys.map(|key| row.and_then(|row| row.version(key)).ok_or(Outcome::Missing))
        .collect()
}
