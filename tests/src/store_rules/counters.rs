//! Counters.

use tank_registry_core::model::{Day, SkillId, Timestamp};
use tank_registry_core::store::{Command, CountBatch, DownloadCount, Key, KeyUse};

use super::world::no_skill;
use crate::StoreHandles;
use crate::fixtures::{NOW, a_key, a_user, applied, done, key, meta, minute, publish, race};

fn downloads(skill: SkillId, day: Day, count: u64) -> Command {
    let mut batch = CountBatch::default();
    batch.downloads.push(DownloadCount::new(skill, day, count));
    Command::Count(batch)
}

fn used(key: &Key, at: Timestamp) -> Command {
    let mut batch = CountBatch::default();
    batch.keys.push(KeyUse::new(key.id, at));
    Command::Count(batch)
}

pub async fn a_last_use_never_moves_back(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let held = a_key(&*handles.one, &ada).await;
    for (at, expected) in [(5, 5), (3, 5), (5, 5), (8, 8), (0, 8)] {
        done(&*handles.one, used(&held, minute(at))).await;
        let found = handles.two.key(held.id).await.unwrap().unwrap();
        assert_eq!(found.last_used, Some(minute(expected)));
    }
    // Twice in one batch, the later time first.
    let mut batch = CountBatch::default();
    for at in [12, 10] {
        batch.keys.push(KeyUse::new(held.id, minute(at)));
    }
    done(&*handles.one, Command::Count(batch)).await;
    let found = handles.two.key(held.id).await.unwrap().unwrap();
    assert_eq!(found.last_used, Some(minute(12)));
}

pub async fn downloads_add_up_by_day(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let tool = publish(store, &ada, "tool", "1.0.0").await.skill;
    let other = publish(store, &ada, "other", "1.0.0").await.skill;
    let today = NOW.day();
    done(store, downloads(tool, today, 5)).await;
    done(store, downloads(tool, today, 2)).await;
    done(store, downloads(tool, today.minus(1), 10)).await;
    done(store, downloads(tool, today.minus(9), 100)).await;
    done(store, downloads(other, today, 1000)).await;
    for (since, expected) in [(-1, 0), (0, 7), (1, 17), (8, 17), (9, 117), (20_000, 117)] {
        let sum = handles.two.downloads(tool, today.minus(since)).await.unwrap();
        assert_eq!(sum, expected, "since {since} days ago");
    }
}

pub async fn what_no_longer_exists_is_not_counted(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let held = a_key(store, &ada).await;
    let tool = publish(store, &ada, "tool", "1.0.0").await.skill;
    let gone = no_skill();
    let mut batch = CountBatch::default();
    for skill in [gone, tool] {
        batch.downloads.push(DownloadCount::new(skill, NOW.day(), 3));
    }
    for key in [key(&ada).id, held.id] {
        batch.keys.push(KeyUse::new(key, minute(1)));
    }
    done(store, Command::Count(batch)).await;
    assert_eq!(store.downloads(gone, Day(0)).await.unwrap(), 0);
    assert_eq!(store.downloads(tool, Day(0)).await.unwrap(), 3);
    let found = store.key(held.id).await.unwrap().unwrap();
    assert_eq!(found.last_used, Some(minute(1)));
}

pub async fn counts_that_come_at_once_all_count(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let mut skills = Vec::new();
    for name in ["one", "two", "three"] {
        skills.push(publish(&*handles.one, &ada, name, "1.0.0").await.skill);
    }
    // Each batch names the same rows in another order: what locks row by row must not deadlock.
    let commands = (0..32).map(|number| {
        let mut batch = CountBatch::default();
        for place in 0..3 {
            batch.downloads.push(DownloadCount::new(skills[(number + place) % 3], NOW.day(), 1));
        }
        (meta(NOW), Command::Count(batch))
    });
    let outcomes = race(&handles, commands.collect()).await;
    assert_eq!(applied(&outcomes), 32, "{outcomes:?}");
    for skill in skills {
        assert_eq!(handles.two.downloads(skill, Day(0)).await.unwrap(), 32);
    }
}
