//! The change feed, and how history ends.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tank_registry_core::MetadataStore;
use tank_registry_core::model::OrgRole;
use tank_registry_core::store::{
    Change, ChangeKey, ChangesSince, Command, CountBatch, DownloadCount, Effect, ExpireUploads,
    KeyUse, Outcome, Position, PruneHistory, RefreshUser, SetMember, SetUserStatus, Staged,
};
use uuid::Uuid;

use super::world::{World, changes};
use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, done, done_at, fresh_blob, head_only, initialise, meta, minute, open, org,
    pin, prepared, skill, skill_name, upload, user,
};

/// What changed since a position, all of it.
async fn since(store: &dyn MetadataStore, position: &Position) -> Vec<Change> {
    let answer = store.changes_since(position, u32::MAX).await.unwrap();
    let found = changes(answer);
    assert!(!found.more, "there was no limit");
    found.items
}

/// Gives a command and answers the keys it told of.
async fn told(handles: &StoreHandles, command: Command) -> Vec<ChangeKey> {
    let before = handles.two.position().await.unwrap();
    done(&*handles.one, command).await;
    let items = since(&*handles.two, &before).await;
    items.into_iter().map(|change| change.key).collect()
}

fn prune(before: u64, limit: u32) -> Command {
    let before = minute(before);
    Command::PruneHistory(PruneHistory::new(before, limit))
}

pub async fn the_feed_names_what_changed(handles: StoreHandles) {
    let start = initialise();
    done(&*handles.one, Command::Initialise(Box::new(start.clone()))).await;
    let beginning = Position {
        incarnation: start.incarnation,
        sequence: 0,
    };
    let first = since(&*handles.two, &beginning).await;
    let first: HashSet<_> = first.into_iter().map(|change| change.key).collect();
    let expected = [ChangeKey::User(start.user.id), ChangeKey::Key(start.key.id)];
    assert_eq!(first, HashSet::from(expected));

    let ada = user("ada");
    let create = Command::CreateUser(Box::new(ada.clone()));
    let refresh = Command::RefreshUser(RefreshUser::new(ada.id, ada.revision, None, String::new(), ada.role));
    let suspend = Command::SetUserStatus(SetUserStatus::new(ada.id, tank_registry_core::model::UserStatus::Suspended { until: None }));
    for command in [create, refresh, suspend] {
        assert_eq!(told(&handles, command).await, [ChangeKey::User(ada.id)]);
    }
    let acme = org("acme", &[&ada]);
    let create = Command::CreateOrg(Box::new(acme.clone()));
    let change = Command::SetMember(SetMember::new(acme.slug.clone(), acme.revision, ada.id, Some(OrgRole::Member)));
    for command in [create, change] {
        let expected = ChangeKey::Organization(acme.slug.clone());
        assert_eq!(told(&handles, command).await, [expected]);
    }
    let key = crate::fixtures::key(&ada);
    let create = Command::CreateKey(Box::new(key.clone()));
    for command in [create, Command::RevokeKey(key.id)] {
        assert_eq!(told(&handles, command).await, [ChangeKey::Key(key.id)]);
    }
    let publish = prepared(&*handles.one, &ada, "tool", "1.0.0").await;
    let expected = [ChangeKey::Skill(skill_name("tool"))];
    assert_eq!(told(&handles, skill(publish)).await, expected);
    let change = head_only(&*handles.one, "tool").await;
    assert_eq!(told(&handles, skill(change)).await, expected);
}

/// Sessions, pins, counters and sweeps would empty caches for nothing.
pub async fn the_feed_passes_over_what_no_reader_sees(handles: StoreHandles) {
    let world = World::make(&*handles.one).await;
    let session = upload(&world.ada, "new", "1.0.0");
    let mut batch = CountBatch::default();
    batch.downloads.push(DownloadCount::new(world.tool.skill, NOW.day(), 1));
    batch.keys.push(KeyUse::new(world.key.id, NOW));
    for command in [
        open(&session, 9),
        Command::Staged(Staged::new(session.id, 1, 999)),
        pin(&session, &[fresh_blob(1)]),
        Command::Count(batch),
        Command::ExpireUploads(ExpireUploads::new(NOW, 9)),
    ] {
        let shown = format!("{command:?}");
        assert_eq!(told(&handles, command).await, [], "{shown}");
    }
}

pub async fn the_feed_is_read_in_parts(handles: StoreHandles) {
    done(&*handles.one, Command::Initialise(Box::new(initialise()))).await;
    let start = handles.one.position().await.unwrap();
    let mut expected = Vec::new();
    for number in 0..7 {
        let user = a_user(&*handles.one, &format!("user-{number}")).await;
        expected.push(ChangeKey::User(user.id));
    }
    let end = handles.two.position().await.unwrap();
    let mut keys = Vec::new();
    let mut next = start;
    for (length, more) in [(3, true), (3, true), (1, false), (0, false)] {
        let part = changes(handles.two.changes_since(&next, 3).await.unwrap());
        assert_eq!((part.items.len(), part.more), (length, more));
        let last = part.items.last().map_or(next, |change| change.position);
        assert_eq!(part.next, last);
        next = part.next;
        keys.extend(part.items.into_iter().map(|change| change.key));
    }
    assert_eq!(keys, expected);
    assert_eq!(next, end);
    // A part that ends just at the newest change has nothing more behind it.
    let all = changes(handles.two.changes_since(&start, 7).await.unwrap());
    assert_eq!((all.items.len(), all.more), (7, false));
}

/// Whoever has read up to a position has seen everything below it, so a reader that only ever
/// reads on misses nothing, and what was acknowledged is in the next read.
pub async fn the_feed_loses_nothing_under_concurrency(handles: StoreHandles) {
    const WRITERS: usize = 8;
    const EACH: usize = 20;
    done(&*handles.one, Command::Initialise(Box::new(initialise()))).await;
    let start = handles.one.position().await.unwrap();
    let mut writing = Vec::new();
    for writer in 0..WRITERS {
        let store = handles.turn(writer);
        writing.push(tokio::spawn(async move {
            let mut written = Vec::new();
            for number in 0..EACH {
                let before = store.position().await.unwrap();
                let user = a_user(&*store, &format!("user-{writer}-{number}")).await;
                let key = ChangeKey::User(user.id);
                let items = since(&*store, &before).await;
                assert!(items.iter().any(|change| change.key == key));
                written.push(key);
            }
            written
        }));
    }
    let reader = Arc::clone(&handles.two);
    let all_written = Arc::new(AtomicBool::new(false));
    let reads_until = Arc::clone(&all_written);
    let reading = tokio::spawn(async move {
        let mut seen: Vec<Change> = Vec::new();
        let mut next = start;
        loop {
            // Looked at before the read: what comes after the last writer's end is the last part.
            let is_last = reads_until.load(Ordering::Acquire);
            let part = changes(reader.changes_since(&next, 5).await.unwrap());
            next = part.next;
            seen.extend(part.items);
            if is_last && !part.more {
                return seen;
            }
            tokio::task::yield_now().await;
        }
    });
    let mut written = HashSet::new();
    for writer in writing {
        written.extend(writer.await.expect("a writer that sees its own change"));
    }
    all_written.store(true, Ordering::Release);
    let seen = reading.await.expect("a reader that is not lost");
    let rising = |pair: &[Change]| pair[0].position.sequence < pair[1].position.sequence;
    assert!(seen.windows(2).all(rising), "positions rise");
    let seen: HashSet<_> = seen.into_iter().map(|change| change.key).collect();
    assert_eq!(seen, written);
}

pub async fn a_position_of_another_life_or_ahead_is_lost(handles: StoreHandles) {
    let store = &*handles.one;
    let before = store.position().await.unwrap();
    assert_eq!(before.incarnation, Uuid::nil());
    let start = initialise();
    done(store, Command::Initialise(Box::new(start.clone()))).await;
    let newest = handles.two.position().await.unwrap();
    assert_eq!(newest.incarnation, start.incarnation);
    let ahead = Position {
        sequence: newest.sequence + 1,
        ..newest
    };
    let other_life = Position {
        incarnation: Uuid::now_v7(),
        ..newest
    };
    for position in [before, ahead, other_life] {
        let answer = handles.two.changes_since(&position, 9).await.unwrap();
        assert_eq!(answer, ChangesSince::Lost, "{position:?}");
    }
    assert_eq!(since(store, &newest).await, []);
}

pub async fn a_position_that_was_pruned_is_lost(handles: StoreHandles) {
    let store = &*handles.one;
    let start = Command::Initialise(Box::new(initialise()));
    done_at(store, minute(0), start).await;
    let mut positions = vec![store.position().await.unwrap()];
    let mut users = Vec::new();
    for number in 1..=4 {
        let user = user(&format!("user-{number}"));
        users.push(user.id);
        let command = Command::CreateUser(Box::new(user));
        done_at(store, minute(number), command).await;
        positions.push(store.position().await.unwrap());
    }
    // The changes of minutes 0 to 2 go. Who has seen them all has missed nothing.
    done_at(store, minute(10), prune(3, 1000)).await;
    for lost in &positions[..2] {
        let answer = handles.two.changes_since(lost, 9).await.unwrap();
        assert_eq!(answer, ChangesSince::Lost, "{lost:?}");
    }
    for (number, position) in positions.iter().enumerate().skip(2) {
        let items = since(&*handles.two, position).await;
        let keys: Vec<_> = items.into_iter().map(|change| change.key).collect();
        let expected = users[number..].iter().map(|user| ChangeKey::User(*user));
        assert_eq!(keys, expected.collect::<Vec<_>>());
    }
    // A feed without a single change left still knows where it is.
    done_at(store, minute(10), prune(9, 1000)).await;
    assert_eq!(store.position().await.unwrap(), positions[4]);
    assert_eq!(since(store, &positions[4]).await, []);
    let answer = store.changes_since(&positions[3], 9).await.unwrap();
    assert_eq!(answer, ChangesSince::Lost);
}

pub async fn history_is_forgotten_the_oldest_first(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user_at_the_end(store).await;
    let key = a_key_at_the_end(store, &ada).await;
    let mut given = Vec::new();
    for number in [3, 1, 4, 2] {
        let meta = meta(minute(number));
        let outcome = store.apply(meta.clone(), Command::RevokeKey(key)).await.unwrap();
        assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
        given.push(meta);
    }
    given.sort_by_key(|meta| meta.at);
    for (before, limit, removed) in [(1, 9, 0), (4, 2, 2), (4, 2, 1), (4, 2, 0)] {
        let effect = done_at(store, minute(59), prune(before, limit)).await;
        assert_eq!(effect, Effect::removed(removed));
    }
    // The one of minute 4 is kept and known by its id; the others would be applied again.
    for (meta, kept) in given.into_iter().zip([false, false, false, true]) {
        let outcome = handles.two.apply(meta, Command::RevokeKey(key)).await.unwrap();
        assert_eq!(matches!(outcome, Outcome::Repeat(_)), kept, "{outcome:?}");
    }
}

/// A user whose command is younger than any that is pruned here.
async fn a_user_at_the_end(store: &dyn MetadataStore) -> tank_registry_core::store::User {
    let ada = user("ada");
    let command = Command::CreateUser(Box::new(ada.clone()));
    done_at(store, minute(50), command).await;
    ada
}

async fn a_key_at_the_end(
    store: &dyn MetadataStore,
    owner: &tank_registry_core::store::User,
) -> tank_registry_core::model::KeyId {
    let key = crate::fixtures::key(owner);
    let id = key.id;
    done_at(store, minute(50), Command::CreateKey(Box::new(key))).await;
    id
}

/// Clocks of several nodes differ a little, so times along the feed do not only rise. A reader
/// may be told that it is lost, and is never told a part of what it missed.
pub async fn no_change_is_forgotten_from_between_two_that_stay(handles: StoreHandles) {
    let store = &*handles.one;
    let start = store.position().await.unwrap();
    let mut expected = Vec::new();
    for number in [5, 1, 6] {
        let user = user(&format!("user-{number}"));
        expected.push(ChangeKey::User(user.id));
        let command = Command::CreateUser(Box::new(user));
        done_at(store, minute(number), command).await;
    }
    done_at(store, minute(10), prune(3, 1000)).await;
    let answer = handles.two.changes_since(&start, 9).await.unwrap();
    if let ChangesSince::Changes(found) = answer {
        let keys: Vec<_> = found.items.into_iter().map(|change| change.key).collect();
        assert_eq!(keys, expected);
    }
}
