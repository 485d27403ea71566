//! Upload sessions.

use tank_registry_core::MetadataStore;
use tank_registry_core::model::UploadId;
use tank_registry_core::store::{Command, Effect, ExpireUploads, Outcome, Upload};

use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, an_upload, applied, done, done_at, give, give_at, meta, minute, open, publish,
    race, upload,
};

async fn is_there(store: &dyn MetadataStore, upload: &Upload) -> bool {
    store.upload(upload.id).await.unwrap().is_some()
}

fn expire(before: u64, limit: u32) -> Command {
    let before = minute(before);
    Command::ExpireUploads(ExpireUploads::new(before, limit))
}

pub async fn an_upload_replaces_its_owners_session_for_the_same_version(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let first = an_upload(store, &ada, "tool", "1.0.0").await;
    let others = [
        an_upload(store, &bob, "tool", "1.0.0").await,
        an_upload(store, &ada, "tool", "1.0.1").await,
        an_upload(store, &ada, "other", "1.0.0").await,
    ];
    let second = upload(&ada, "tool", "1.0.0");
    let effect = done(&*handles.two, open(&second, 10)).await;
    assert_eq!(effect.closed, [first.id]);
    assert!(!is_there(store, &first).await);
    let held = store.upload(second.id).await.unwrap().unwrap();
    assert_eq!(held.owner, ada.id);
    assert_eq!((&held.name, &held.version), (&second.name, &second.version));
    assert_eq!(held.manifest, second.manifest);
    assert_eq!(
        (held.skill, held.created_at, held.expires_at, held.staged),
        (second.skill, second.created_at, second.expires_at, None)
    );
    for other in &others {
        assert!(is_there(store, other).await, "{other:?}");
    }
}

pub async fn build_metadata_makes_no_other_session(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let first = an_upload(store, &ada, "tool", "1.0.0+one").await;
    let second = an_upload(store, &ada, "tool", "1.0.0+two").await;
    assert!(!is_there(store, &first).await);
    assert!(is_there(store, &second).await);
}

pub async fn the_cap_on_open_uploads_holds_under_concurrency(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let bob = a_user(&*handles.one, "bob").await;
    an_upload(&*handles.one, &bob, "bobs", "1.0.0").await;
    let sessions: Vec<_> = (0..32)
        .map(|number| upload(&ada, &format!("tool-{number}"), "1.0.0"))
        .collect();
    let commands = sessions.iter().map(|session| (meta(NOW), open(session, 5)));
    let outcomes = race(&handles, commands.collect()).await;
    assert_eq!(applied(&outcomes), 5, "{outcomes:?}");
    for (session, outcome) in sessions.iter().zip(&outcomes) {
        let opened = *outcome == Outcome::Applied(Effect::none());
        assert!(opened || *outcome == Outcome::LimitReached, "{outcome:?}");
        assert_eq!(is_there(&*handles.one, session).await, opened);
    }
}

pub async fn an_expired_upload_leaves_the_cap(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let abandoned = upload(&ada, "abandoned", "1.0.0");
    done(store, open(&abandoned, 1)).await;
    let mut next = upload(&ada, "tool", "1.0.0");
    next.expires_at = minute(120);
    let just_before = abandoned.expires_at.before(std::time::Duration::from_millis(1));
    let early = give_at(store, just_before, open(&next, 1)).await;
    assert_eq!(early, Outcome::LimitReached);
    // Nobody swept it: that its time is over is enough.
    done_at(store, abandoned.expires_at, open(&next, 1)).await;
}

pub async fn the_session_that_is_replaced_does_not_count(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    for _ in 0..3 {
        done(store, open(&upload(&ada, "tool", "1.0.0"), 1)).await;
    }
    let other = give(store, open(&upload(&ada, "other", "1.0.0"), 1)).await;
    assert_eq!(other, Outcome::LimitReached);
}

pub async fn a_limit_reached_leaves_the_earlier_session(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let earlier = an_upload(store, &ada, "tool", "1.0.0").await;
    an_upload(store, &ada, "other", "1.0.0").await;
    // The setting was lowered in between.
    let refused = upload(&ada, "tool", "1.0.0");
    assert_eq!(give(store, open(&refused, 1)).await, Outcome::LimitReached);
    assert!(is_there(&*handles.two, &earlier).await);
    assert!(!is_there(&*handles.two, &refused).await);
}

pub async fn an_upload_id_is_used_once(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let session = an_upload(store, &ada, "other", "1.0.0").await;
    let version = publish(store, &ada, "tool", "1.0.0").await;
    let taken: [UploadId; 2] = [session.id, version.brief.id];
    for id in taken {
        let mut new = upload(&ada, "third", "1.0.0");
        new.id = id;
        assert_eq!(give(&*handles.two, open(&new, 9)).await, Outcome::Exists);
    }
    let held = store.upload(session.id).await.unwrap().unwrap();
    assert_eq!(held.name, session.name);
}

pub async fn expired_uploads_are_forgotten_the_oldest_first(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let mut sessions = Vec::new();
    for ends in [30, 10, 40, 20] {
        let mut session = upload(&ada, &format!("tool-{ends}"), "1.0.0");
        session.expires_at = minute(ends);
        done(store, open(&session, 9)).await;
        sessions.push(session);
    }
    sessions.sort_by_key(|session| session.expires_at);
    // Before, limit, taken away, left.
    for (before, limit, removed, left) in [(9, 9, 0, 4), (30, 2, 2, 2), (30, 2, 1, 1)] {
        let effect = done_at(store, minute(60), expire(before, limit)).await;
        assert_eq!(effect, Effect::removed(removed));
        for (number, session) in sessions.iter().enumerate() {
            let kept = number >= sessions.len() - left;
            assert_eq!(is_there(&*handles.two, session).await, kept, "{number}");
        }
    }
}
