//! Commits that publish a version from an upload session.

use tank_registry_core::blob::BlobId;
use tank_registry_core::model::{UploadId, Version, VersionId, VersionKey};
use tank_registry_core::store::{Outcome, SkillCommit, VersionRecord};
use uuid::Uuid;

use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, an_upload, applied, done, fresh_blob, give, give_at, meta, pin, prepared, publish,
    race, skill, skill_name, upload,
};

fn added(commit: &mut SkillCommit) -> &mut VersionRecord {
    commit.add.as_mut().unwrap()
}

pub async fn a_commit_closes_its_session_and_takes_its_id(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let commit = prepared(store, &ada, "tool", "1.0.0+build").await;
    let record = commit.add.clone().unwrap();
    let session: UploadId = commit.close_upload.unwrap().upload;
    assert!(store.version_by_id(session).await.unwrap().is_none());
    done(store, skill(commit.clone())).await;
    assert!(handles.two.upload(session).await.unwrap().is_none());
    let key = VersionKey::parse("1.0.0").unwrap();
    let by_key = handles.two.version(commit.skill, &key).await.unwrap();
    let by_id = handles.two.version_by_id(session).await.unwrap();
    for found in [by_key.unwrap(), by_id.unwrap()] {
        assert_eq!(found.brief, record.brief);
        assert_eq!(found.blobs, record.blobs);
        assert_eq!((found.skill, &found.name), (record.skill, &record.name));
        assert_eq!(found.manifest, record.manifest);
        assert_eq!((&found.readme, &found.files), (&record.readme, &record.files));
        assert_eq!((found.scan, found.derived_version), (record.scan.clone(), 0));
    }
}

pub async fn a_commit_needs_an_open_session_of_that_owner(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let commit = prepared(store, &ada, "tool", "1.0.0").await;
    let mut wrong_owner = commit.clone();
    wrong_owner.close_upload.as_mut().unwrap().owner = bob.id;
    let refused = give(store, skill(wrong_owner)).await;
    assert_eq!(refused, Outcome::UploadClosed);
    let mut unknown = commit.clone();
    unknown.close_upload.as_mut().unwrap().upload = upload(&ada, "tool", "1.0.0").id;
    assert_eq!(give(store, skill(unknown)).await, Outcome::UploadClosed);
    let expired = give_at(store, crate::fixtures::minute(60), skill(commit.clone())).await;
    assert_eq!(expired, Outcome::UploadClosed);
    assert!(store.skill(&commit.name).await.unwrap().is_none());
    let id = commit.close_upload.unwrap().upload;
    assert!(store.upload(id).await.unwrap().is_some());
    an_upload(store, &ada, "tool", "1.0.0").await;
    let replaced = give(&*handles.two, skill(commit)).await;
    assert_eq!(replaced, Outcome::UploadClosed);
}

pub async fn a_commit_refers_to_blobs_of_the_ledger(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let commit = prepared(store, &ada, "tool", "1.0.0").await;
    let held = commit.add.as_ref().unwrap().blobs[0];
    let not_pinned = BlobId {
        digest: fresh_blob(1).digest,
        generation: 1,
    };
    let next_generation = BlobId {
        generation: 2,
        ..held.id
    };
    for (id, size) in [
        (not_pinned, held.size),
        (next_generation, held.size),
        (held.id, held.size + 1),
    ] {
        // The first of its blobs is there; all of them must be.
        let mut wrong = commit.clone();
        let mut blob = held;
        (blob.id, blob.size) = (id, size);
        added(&mut wrong).blobs.push(blob);
        assert_eq!(give(store, skill(wrong)).await, Outcome::BlobGone, "{id:?}");
    }
    done(&*handles.two, skill(commit)).await;
    // What a version refers to stays, though the session that pinned it is closed.
    let mut second = prepared(store, &ada, "tool", "1.0.1").await;
    added(&mut second).blobs.push(held);
    done(store, skill(second)).await;
    let third = an_upload(store, &ada, "tool", "1.0.2").await;
    let again = tank_registry_core::store::PinnedBlob::from(&held);
    assert_eq!(done(store, pin(&third, &[again])).await.blobs, [held.id]);
}

pub async fn a_version_is_published_once(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let first = publish(store, &ada, "tool", "1.0.0+one").await;
    let commit = prepared(store, &ada, "tool", "1.0.1").await;
    for number in ["1.0.0", "1.0.0+one", "1.0.0+two"] {
        let mut same_number = commit.clone();
        added(&mut same_number).brief.version = Version::parse(number).unwrap();
        let outcome = give(store, skill(same_number)).await;
        assert_eq!(outcome, Outcome::Exists, "{number}");
    }
    let mut same_id = commit.clone();
    added(&mut same_id).brief.id = first.brief.id;
    assert_eq!(give(&*handles.two, skill(same_id)).await, Outcome::Exists);
    let held = store.skill(&skill_name("tool")).await.unwrap().unwrap();
    assert_eq!(held.versions, std::slice::from_ref(&first.brief));
    // Another skill may have the number, and not the id.
    let mut other = prepared(store, &ada, "other", "1.0.0").await;
    let id = added(&mut other).brief.id;
    added(&mut other).brief.id = first.brief.id;
    assert_eq!(give(store, skill(other.clone())).await, Outcome::Exists);
    added(&mut other).brief.id = id;
    done(store, skill(other)).await;
}

/// Two sessions of two owners for one version, and the confirms of each sent twice.
pub async fn of_publishes_of_one_version_one_is_applied(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let bob = a_user(&*handles.one, "bob").await;
    for round in 0..5 {
        let number = format!("1.0.{round}");
        let adas = prepared(&*handles.one, &ada, "tool", &number).await;
        let bobs = prepared(&*handles.one, &bob, "tool", &number).await;
        let commits = [&adas, &bobs, &adas, &bobs];
        let commands = commits.map(|commit| (meta(NOW), skill(commit.clone())));
        let outcomes = race(&handles, commands.to_vec()).await;
        assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
        let stale = outcomes.iter().filter(|outcome| **outcome == Outcome::Stale);
        assert_eq!(stale.count(), 3, "{outcomes:?}");
        // On a new snapshot the losers learn why: the version is there, or their session is gone.
        let seen = handles.one.skill(&adas.name).await.unwrap().unwrap();
        for mut commit in [adas, bobs] {
            commit.expect = Some(seen.revision);
            commit.skill = seen.id;
            let outcome = give(&*handles.two, skill(commit)).await;
            let expected = matches!(outcome, Outcome::Exists | Outcome::UploadClosed);
            assert!(expected, "{outcome:?}");
        }
        assert_eq!(seen.versions.len(), round + 1);
    }
    let unknown = VersionId::new(Uuid::now_v7());
    assert!(handles.two.version_by_id(unknown).await.unwrap().is_none());
}

pub async fn a_version_may_not_take_the_id_of_another_session(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    for owner in [&ada, &bob] {
        let other = an_upload(store, owner, "other", "1.0.0").await;
        let mut commit = prepared(store, &ada, "tool", "1.0.0").await;
        added(&mut commit).brief.id = other.id;
        assert_eq!(give(store, skill(commit)).await, Outcome::Exists);
        assert!(handles.two.upload(other.id).await.unwrap().is_some());
    }
}
