//! The ledger of blobs, as far as it can be seen: through pins, and through the commits of
//! `publishing`.

use tank_registry_core::blob::BlobId;
use tank_registry_core::store::{Effect, Outcome};

use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, an_upload, done, fresh_blob, give, give_at, meta, pin, race, upload,
};

pub async fn a_pin_opens_the_first_generation_and_holds_it(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    let adas = an_upload(store, &ada, "tool", "1.0.0").await;
    let bobs = an_upload(store, &bob, "tool", "1.0.0").await;
    let bytes = fresh_blob(10);
    let expected = Effect::pinned(vec![BlobId {
        digest: bytes.digest,
        generation: 1,
    }]);
    for session in [&adas, &adas, &bobs] {
        assert_eq!(done(store, pin(session, &[bytes])).await, expected);
        assert_eq!(done(&*handles.two, pin(session, &[bytes])).await, expected);
    }
}

pub async fn pins_are_told_in_the_order_asked(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let session = an_upload(store, &ada, "tool", "1.0.0").await;
    let blobs: Vec<_> = (1..=8).map(fresh_blob).collect();
    done(store, pin(&session, &blobs[3..5])).await;
    let mut asked = blobs.clone();
    asked.push(blobs[0]);
    asked.reverse();
    let effect = done(store, pin(&session, &asked)).await;
    let told: Vec<_> = effect.blobs.iter().map(|blob| blob.digest).collect();
    let expected: Vec<_> = asked.iter().map(|blob| blob.digest).collect();
    assert_eq!(told, expected);
    assert!(effect.blobs.iter().all(|blob| blob.generation == 1));
    assert_eq!(done(store, pin(&session, &[])).await, Effect::none());
}

pub async fn pins_that_come_at_once_agree_on_the_generation(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let blob = fresh_blob(10);
    let mut commands = Vec::new();
    for number in 0..16 {
        let session = an_upload(&*handles.one, &ada, &format!("tool-{number}"), "1.0.0").await;
        commands.push((meta(NOW), pin(&session, &[blob])));
    }
    let expected = Outcome::Applied(Effect::pinned(vec![BlobId {
        digest: blob.digest,
        generation: 1,
    }]));
    for outcome in race(&handles, commands).await {
        assert_eq!(outcome, expected);
    }
}

pub async fn a_pin_needs_an_open_session(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let session = an_upload(store, &ada, "tool", "1.0.0").await;
    let command = pin(&session, &[fresh_blob(1)]);
    let late = give_at(store, session.expires_at, command).await;
    assert_eq!(late, Outcome::UploadClosed);
    let unknown = pin(&upload(&ada, "tool", "1.0.0"), &[fresh_blob(1)]);
    assert_eq!(give(store, unknown).await, Outcome::UploadClosed);
}
