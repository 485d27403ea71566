//! Bytes in staging.

use tank_registry_core::model::UploadId;
use tank_registry_core::store::{Command, Outcome, Staged, Upload};
use uuid::Uuid;

use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, an_upload, applied, done, done_at, give, give_at, meta, minute, open, race, upload,
};

fn stage(upload: &Upload, size: u64, max_total: u64) -> Command {
    Command::Staged(Staged::new(upload.id, size, max_total))
}

pub async fn staged_bytes_of_all_open_sessions_have_a_limit(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let bobs = an_upload(store, &bob, "bobs", "1.0.0").await;
    done(store, stage(&bobs, 1000, 1000)).await;
    let mut short = upload(&ada, "short", "1.0.0");
    short.expires_at = minute(10);
    done(store, open(&short, 9)).await;
    let long = an_upload(store, &ada, "long", "1.0.0").await;
    done(store, stage(&short, 60, 100)).await;
    let refused = give(&*handles.two, stage(&long, 41, 100)).await;
    assert_eq!(refused, Outcome::LimitReached);
    let held = store.upload(long.id).await.unwrap().unwrap();
    assert_eq!(held.staged, None);
    done(store, stage(&long, 40, 100)).await;
    // The bytes of a session whose time is over no longer count.
    done_at(store, minute(10), stage(&long, 100, 100)).await;
    let huge = give_at(store, minute(10), stage(&long, u64::MAX >> 1, 100)).await;
    assert_eq!(huge, Outcome::LimitReached);
}

pub async fn a_second_upload_of_bytes_replaces_the_first(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let session = an_upload(store, &ada, "tool", "1.0.0").await;
    for size in [90, 100, 0, 10] {
        done(store, stage(&session, size, 100)).await;
        let held = handles.two.upload(session.id).await.unwrap().unwrap();
        assert_eq!(held.staged, Some(size));
    }
    let refused = give(store, stage(&session, 101, 100)).await;
    assert_eq!(refused, Outcome::LimitReached);
    let held = handles.two.upload(session.id).await.unwrap().unwrap();
    assert_eq!(held.staged, Some(10));
}

pub async fn the_limit_of_staged_bytes_holds_under_concurrency(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let mut commands = Vec::new();
    for number in 0..32 {
        let session = an_upload(&*handles.one, &ada, &format!("tool-{number}"), "1.0.0").await;
        commands.push((meta(NOW), stage(&session, 10, 55)));
    }
    let outcomes = race(&handles, commands).await;
    assert_eq!(applied(&outcomes), 5, "{outcomes:?}");
    let none = UploadId::new(Uuid::now_v7());
    let sum = handles.two.staged_bytes(ada.id, none, NOW).await.unwrap();
    assert_eq!(sum, 50);
}

pub async fn bytes_are_staged_for_open_sessions_only(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let session = an_upload(store, &ada, "tool", "1.0.0").await;
    let late = give_at(store, session.expires_at, stage(&session, 1, 9)).await;
    assert_eq!(late, Outcome::UploadClosed);
    let never = give(store, stage(&upload(&ada, "tool", "1.0.0"), 1, 9)).await;
    assert_eq!(never, Outcome::UploadClosed);
    an_upload(store, &ada, "tool", "1.0.0").await;
    let replaced = give(store, stage(&session, 1, 9)).await;
    assert_eq!(replaced, Outcome::UploadClosed);
}

pub async fn staged_bytes_are_those_of_other_open_sessions(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let mut sessions = Vec::new();
    for (number, size) in [(1, 1), (2, 20), (3, 300)] {
        let mut session = upload(&ada, &format!("tool-{number}"), "1.0.0");
        session.expires_at = minute(10 * number);
        done(store, open(&session, 9)).await;
        done(store, stage(&session, size, 1000)).await;
        sessions.push(session);
    }
    an_upload(store, &ada, "nothing-yet", "1.0.0").await;
    let bobs = an_upload(store, &bob, "bobs", "1.0.0").await;
    done(store, stage(&bobs, 4000, 4000)).await;
    for (except, at, expected) in [
        (bobs.id, 0, 321),
        (sessions[0].id, 0, 320),
        (sessions[2].id, 0, 21),
        (bobs.id, 10, 320),
        (sessions[2].id, 20, 0),
        (bobs.id, 30, 0),
    ] {
        let now = minute(at);
        let sum = handles.two.staged_bytes(ada.id, except, now).await.unwrap();
        assert_eq!(sum, expected, "at {at} minutes");
    }
}
