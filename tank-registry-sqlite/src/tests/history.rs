//! The feed, and forgetting.

use std::time::Duration;

use tank_registry_core::store::{
    ChangeKey, ChangesSince, Command, Feed as _, Outcome, Position, PruneHistory, Writes as _,
};
use uuid::Uuid;

use super::fixtures::{
    NOW, World, applied, id, initialise, key, meta, meta_at, open_upload, org, outcome, publishing,
    skill, upload, user,
};
use crate::SqliteStore;

async fn changes(store: &SqliteStore, from: &Position, limit: u32) -> Vec<(u64, ChangeKey)> {
    match store.changes_since(from, limit).await.unwrap() {
        ChangesSince::Changes(changes) => changes
            .items
            .into_iter()
            .map(|change| (change.position.sequence, change.key))
            .collect(),
        ChangesSince::Lost => panic!("expected changes"),
    }
}

#[tokio::test]
async fn the_feed_tells_what_changed_in_order() {
    let world = World::new();
    let store = world.open().await;
    let before = store.position().await.unwrap();
    assert_eq!((before.incarnation, before.sequence), (Uuid::nil(), 0));
    let first = initialise();
    applied(&store, Command::Initialise(Box::new(first.clone()))).await;
    assert_eq!(
        store.changes_since(&before, 9).await.unwrap(),
        ChangesSince::Lost
    );
    let start = Position {
        incarnation: first.incarnation,
        sequence: 0,
    };
    let ada = user("ada");
    let key = key(ada.id);
    let org = org("acme", ada.id);
    let session = upload(ada.id, "tools", "1.0.0");
    applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
    applied(&store, Command::CreateOrg(Box::new(org.clone()))).await;
    applied(&store, Command::CreateKey(Box::new(key.clone()))).await;
    applied(&store, open_upload(&session, 1)).await;
    applied(&store, skill(publishing(&session, None))).await;
    applied(&store, Command::RevokeKey(key.id)).await;
    // The second time changes nothing that anyone could have kept.
    applied(&store, Command::RevokeKey(key.id)).await;
    let refused = Command::CreateUser(Box::new(ada.clone()));
    assert_eq!(outcome(&store, refused).await, Outcome::Exists);
    let expected = [
        (1, ChangeKey::User(first.user.id)),
        (2, ChangeKey::Key(first.key.id)),
        (3, ChangeKey::User(ada.id)),
        (4, ChangeKey::Organization(org.slug)),
        (5, ChangeKey::Key(key.id)),
        (6, ChangeKey::Skill(session.name)),
        (7, ChangeKey::Key(key.id)),
    ];
    assert_eq!(changes(&store, &start, 99).await, expected);

    let ChangesSince::Changes(page) = store.changes_since(&start, 3).await.unwrap() else {
        panic!("expected changes");
    };
    assert!(page.more);
    assert_eq!(page.next.sequence, 3);
    assert_eq!(changes(&store, &page.next, 99).await, expected[3..]);
    let newest = store.position().await.unwrap();
    let ChangesSince::Changes(page) = store.changes_since(&newest, 3).await.unwrap() else {
        panic!("expected no changes");
    };
    assert_eq!((page.items.len(), page.next, page.more), (0, newest, false));

    let ahead = Position {
        sequence: 8,
        ..newest
    };
    let elsewhere = Position {
        incarnation: id(),
        ..newest
    };
    for lost in [ahead, elsewhere] {
        let answer = store.changes_since(&lost, 9).await.unwrap();
        assert_eq!(answer, ChangesSince::Lost);
    }
}

#[tokio::test]
async fn a_reader_of_the_feed_that_is_further_back_than_it_is_lost() {
    let world = World::new();
    let store = world.open().await;
    let start = store.position().await.unwrap();
    let second = Duration::from_secs(1);
    // The clock of the third went back: the feed keeps it behind the second, which is kept.
    let times = [0, 2, 1, 2].map(|seconds| NOW.after(seconds * second));
    let mut ids = Vec::new();
    for (number, at) in times.into_iter().enumerate() {
        let meta = meta_at(at);
        ids.push(meta.clone());
        let create = Command::CreateUser(Box::new(user(&format!("user-{number}"))));
        store.apply(meta, create).await.unwrap();
    }
    let prune = |limit| Command::PruneHistory(PruneHistory::new(NOW.after(2 * second), limit));
    let at = || meta_at(NOW.after(10 * second));
    let Outcome::Applied(effect) = store.apply(at(), prune(1)).await.unwrap() else {
        panic!("expected the sweep to be applied");
    };
    assert_eq!(effect.removed, 1);
    let Outcome::Applied(effect) = store.apply(at(), prune(9)).await.unwrap() else {
        panic!("expected the sweep to be applied");
    };
    assert_eq!(effect.removed, 1);
    assert_eq!(
        store.changes_since(&start, 9).await.unwrap(),
        ChangesSince::Lost
    );
    let kept = Position {
        sequence: 1,
        ..start
    };
    assert_eq!(changes(&store, &kept, 9).await.len(), 3);

    let all = Command::PruneHistory(PruneHistory::new(NOW.after(3 * second), 9));
    store.apply(at(), all).await.unwrap();
    assert_eq!(store.position().await.unwrap().sequence, 4);
    assert_eq!(
        store.changes_since(&kept, 9).await.unwrap(),
        ChangesSince::Lost
    );
    // Forgotten, so it is judged anew; the user is there.
    let again = Command::CreateUser(Box::new(user("user-0")));
    let answer = store.apply(ids.swap_remove(0), again).await.unwrap();
    assert_eq!(answer, Outcome::Exists);
    let next = Command::CreateUser(Box::new(user("next")));
    store.apply(meta(), next).await.unwrap();
    assert_eq!(store.position().await.unwrap().sequence, 5);
}
