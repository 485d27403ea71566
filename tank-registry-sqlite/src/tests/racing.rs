//! Writers that race, in one process and in several.

use std::collections::HashSet;

use tank_registry_core::model::{Revision, SkillId, VersionKey};
use tank_registry_core::store::{
    ChangesSince, Command, Feed as _, Outcome, Position, Reads as _, Writes as _,
};
use tokio::task::JoinSet;

use super::fixtures::{
    NOW, World, adding, applied, id, initialise, meta, name, open_upload, outcome, skill, upload,
    user,
};
use crate::SqliteStore;

async fn all(store: &SqliteStore, commands: impl IntoIterator<Item = Command>) -> Vec<Outcome> {
    let mut tasks = JoinSet::new();
    for command in commands {
        let store = store.clone();
        tasks.spawn(async move { outcome(&store, command).await });
    }
    tasks.join_all().await
}

fn count_applied(outcomes: &[Outcome]) -> usize {
    let applied = |outcome: &&Outcome| matches!(outcome, Outcome::Applied(_));
    outcomes.iter().filter(applied).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_commits_that_expect_one_revision_one_is_applied() {
    let world = World::new();
    let stores = [world.open().await, world.open().await];
    let ada = user("ada").id;
    let first = upload(ada, "tools", "1.0.0");
    applied(&stores[0], skill(adding(&first, None))).await;
    for (round, expect) in [Revision(1), Revision(2)].into_iter().enumerate() {
        let commits = (0..32).map(|number| {
            let mut session = upload(ada, "tools", &format!("2.{round}.{number}"));
            session.skill = first.skill;
            skill(adding(&session, Some(expect)))
        });
        let (left, right): (Vec<_>, Vec<_>) = commits
            .enumerate()
            .partition(|(number, _)| number % 2 == round);
        let take = |commits: Vec<(usize, Command)>| commits.into_iter().map(|(_, command)| command);
        let (mut outcomes, others) =
            tokio::join!(all(&stores[0], take(left)), all(&stores[1], take(right)));
        outcomes.extend(others);
        assert_eq!(count_applied(&outcomes), 1);
        let stale = |outcome: &&Outcome| **outcome == Outcome::Stale;
        assert_eq!(outcomes.iter().filter(stale).count(), 31);
    }
    let found = stores[1].skill(&first.name).await.unwrap().unwrap();
    assert_eq!(found.revision, Revision(3));
    assert_eq!(found.versions.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_first_commits_of_one_name_one_is_applied() {
    let world = World::new();
    let store = world.open().await;
    let commits = (0..32).map(|number| {
        let session = upload(user("ada").id, "tools", &format!("1.0.{number}"));
        skill(adding(&session, None))
    });
    let outcomes = all(&store, commits).await;
    assert_eq!(count_applied(&outcomes), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_command_sent_twice_at_once_is_applied_once() {
    let world = World::new();
    let store = world.open().await;
    let other = world.open().await;
    for round in 0..16 {
        let meta = meta();
        let command = Command::CreateUser(Box::new(user(&format!("user-{round}"))));
        let (first, second, third) = tokio::join!(
            store.apply(meta.clone(), command.clone()),
            store.apply(meta.clone(), command.clone()),
            other.apply(meta, command),
        );
        let answers = [first.unwrap(), second.unwrap(), third.unwrap()];
        assert_eq!(count_applied(&answers), 1, "{answers:?}");
        let effect = answers.iter().find_map(|answer| match answer {
            Outcome::Applied(effect) => Some(effect.clone()),
            _ => None,
        });
        let repeat = Outcome::Repeat(effect.unwrap());
        let repeated = answers.iter().filter(|answer| **answer == repeat);
        assert_eq!(repeated.count(), 2, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_on_open_uploads_holds_under_a_race() {
    let world = World::new();
    let store = world.open().await;
    let ada = user("ada").id;
    let sessions: Vec<_> = (0..32)
        .map(|number| upload(ada, "tools", &format!("1.0.{number}")))
        .collect();
    let opened = sessions.iter().map(|session| open_upload(session, 5));
    let outcomes = all(&store, opened).await;
    assert_eq!(count_applied(&outcomes), 5);
    let limited = |outcome: &&Outcome| **outcome == Outcome::LimitReached;
    assert_eq!(outcomes.iter().filter(limited).count(), 27);
    let mut held = 0;
    for session in sessions {
        held += usize::from(store.upload(session.id).await.unwrap().is_some());
    }
    assert_eq!(held, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_see_each_others_writes_at_once() {
    let world = World::new();
    let stores = [world.open().await, world.open().await];
    applied(&stores[0], Command::Initialise(Box::new(initialise()))).await;
    let again = Command::Initialise(Box::new(initialise()));
    assert_eq!(outcome(&stores[1], again).await, Outcome::Exists);
    for number in 0..50 {
        let (writer, reader) = (&stores[number % 2], &stores[(number + 1) % 2]);
        let ada = user(&format!("ada-{number}"));
        applied(writer, Command::CreateUser(Box::new(ada.clone()))).await;
        let reference = tank_registry_core::store::UserRef::Id(ada.id);
        assert_eq!(reader.user(&reference).await.unwrap(), Some(ada));
        assert_eq!(
            reader.position().await.unwrap(),
            writer.position().await.unwrap()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_follower_of_the_feed_misses_nothing_while_two_processes_write() {
    let world = World::new();
    let stores = [world.open().await, world.open().await];
    let follower = world.open().await;
    let mut position = follower.position().await.unwrap();
    let writers = stores.map(|store| {
        let users = (0..100).map(|_| user(&format!("u{}", id().simple())));
        let users = users.map(|user| Command::CreateUser(Box::new(user)));
        let users: Vec<_> = users.collect();
        tokio::spawn(async move { all(&store, users).await.len() })
    });
    let mut seen = Vec::new();
    while seen.len() < 200 {
        let ChangesSince::Changes(changes) = follower.changes_since(&position, 7).await.unwrap()
        else {
            panic!("expected changes");
        };
        position = changes.next;
        seen.extend(changes.items.into_iter().map(|change| change.position));
    }
    let sequences: Vec<u64> = seen.iter().map(|position| position.sequence).collect();
    assert_eq!(sequences, (1..=200).collect::<Vec<_>>());
    for writer in writers {
        assert_eq!(writer.await.unwrap(), 100);
    }
    let Position { sequence, .. } = follower.position().await.unwrap();
    assert_eq!(sequence, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_is_read_as_it_was_at_one_moment() {
    let world = World::new();
    let writer = world.open().await;
    let reader = world.open().await;
    let ada = user("ada").id;
    let skill_id = SkillId::new(id());
    let writing = tokio::spawn(async move {
        let mut expect = None;
        for number in 0..100 {
            let mut session = upload(ada, "tools", &format!("1.0.{number}"));
            session.skill = skill_id;
            let mut commit = adding(&session, expect);
            // The head names the newest version: a torn read would name one that is not listed.
            commit.head.latest = Some(session.id);
            expect = applied(&writer, skill(commit)).await.revision;
        }
    });
    let mut lengths = HashSet::new();
    while !writing.is_finished() {
        if let Some(found) = reader.skill(&name("tools")).await.unwrap() {
            let last = found.versions.last().unwrap();
            assert_eq!(found.head.latest, Some(last.id));
            assert_eq!(found.revision.0, found.versions.len() as u64);
            lengths.insert(found.versions.len());
            let key = VersionKey::from(&last.version);
            let record = reader.version(found.id, &key).await.unwrap().unwrap();
            assert_eq!(record.brief.published_at, NOW);
        }
    }
    writing.await.unwrap();
    assert!(!lengths.is_empty());
}
