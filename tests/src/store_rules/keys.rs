//! API keys.

use tank_registry_core::store::{Command, Key, Outcome};

use crate::StoreHandles;
use crate::fixtures::{NOW, a_key, a_user, done, done_at, give, key, minute, user};

fn create(key: &Key) -> Command {
    Command::CreateKey(Box::new(key.clone()))
}

pub async fn ids_and_hashes_of_keys_are_unique(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let held = a_key(&*handles.one, &ada).await;
    let same_id = Key {
        id: held.id,
        ..key(&ada)
    };
    let same_hash = Key {
        hash: held.hash,
        ..key(&ada)
    };
    for taken in [same_id, same_hash] {
        let outcome = give(&*handles.two, create(&taken)).await;
        assert_eq!(outcome, Outcome::Exists, "{taken:?}");
    }
    assert_eq!(handles.two.key(held.id).await.unwrap().as_ref(), Some(&held));
    let principal = handles.two.principal(&held.hash).await.unwrap();
    assert_eq!(principal, Some((held, ada.clone())));
    let unknown = handles.two.principal(&key(&ada).hash).await.unwrap();
    assert_eq!(unknown, None);
}

pub async fn a_key_has_a_user(handles: StoreHandles) {
    let orphan = key(&user("nobody"));
    let outcome = give(&*handles.one, create(&orphan)).await;
    assert_eq!(outcome, Outcome::Missing);
    assert_eq!(handles.two.key(orphan.id).await.unwrap(), None);
}

pub async fn a_key_keeps_the_time_of_its_first_revocation(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let held = a_key(&*handles.one, &ada).await;
    for at in [minute(1), minute(2)] {
        done_at(&*handles.one, at, Command::RevokeKey(held.id)).await;
        let found = handles.two.key(held.id).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(minute(1)));
        // Whether it still works is for core to say.
        let (found, _) = handles.two.principal(&held.hash).await.unwrap().unwrap();
        assert_eq!(found.revoked_at, Some(minute(1)));
    }
    let unknown = Command::RevokeKey(key(&ada).id);
    assert_eq!(give(&*handles.one, unknown).await, Outcome::Missing);
}

pub async fn keys_are_listed_oldest_first_with_those_that_ended(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let bob = a_user(store, "bob").await;
    a_key(store, &bob).await;
    let mut keys = Vec::new();
    for created in [7, 2, 9, 4] {
        let mut new = key(&ada);
        new.created_at = minute(created);
        if created == 2 {
            new.expires_at = NOW;
        }
        done(store, create(&new)).await;
        keys.push(new);
    }
    keys.sort_by_key(|key| key.created_at);
    done_at(store, minute(10), Command::RevokeKey(keys[3].id)).await;
    keys[3].revoked_at = Some(minute(10));
    assert_eq!(handles.two.keys(ada.id).await.unwrap(), keys);
}
