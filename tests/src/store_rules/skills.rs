//! Commits of a skill.

use std::sync::Arc;

use tank_registry_core::access::Token;
use tank_registry_core::model::{
    OrgId, Revision, SkillStatus, VersionKey, VersionState, Visibility,
};
use tank_registry_core::store::{Effect, Head, Outcome, SkillCommit};

use tokio::sync::Barrier;

use super::world::no_skill;
use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, applied, done, done_at, give, head, head_only, meta, minute, prepared, publish,
    race, skill, skill_name, user,
};

pub async fn a_first_commit_makes_the_skill(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let name = skill_name("tool");
    assert!(handles.two.skill(&name).await.unwrap().is_none());
    let commit = prepared(&*handles.one, &ada, "tool", "1.0.0").await;
    let effect = done_at(&*handles.one, minute(1), skill(commit.clone())).await;
    assert_eq!(effect, Effect::revision(Revision::FIRST));
    let held = handles.two.skill(&name).await.unwrap().unwrap();
    assert_eq!(held.name, name);
    assert_eq!(held.id, commit.skill);
    assert_eq!(held.revision, Revision::FIRST);
    assert_eq!(held.created_at, minute(1));
    assert_eq!(held.head, commit.head);
    assert_eq!(held.versions, [commit.add.unwrap().brief]);
}

pub async fn a_commit_needs_the_revision_that_was_seen(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = user("ada");
    let name = skill_name("tool");
    let nothing_there = SkillCommit::new(
        name.clone(),
        no_skill(),
        Some(Revision::FIRST),
        head(ada.id),
    );
    assert_eq!(give(store, skill(nothing_there)).await, Outcome::Stale);
    let create = SkillCommit::new(name, no_skill(), None, head(ada.id));
    done(store, skill(create.clone())).await;
    assert_eq!(give(&*handles.two, skill(create)).await, Outcome::Stale);
    let second = head_only(store, "tool").await;
    let effect = done(store, skill(second.clone())).await;
    assert_eq!(effect, Effect::revision(Revision::FIRST.next()));
    assert_eq!(give(&*handles.two, skill(second)).await, Outcome::Stale);
    let mut ahead = head_only(store, "tool").await;
    ahead.expect = ahead.expect.map(Revision::next);
    assert_eq!(give(store, skill(ahead)).await, Outcome::Stale);
}

pub async fn a_commit_replaces_the_whole_head(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let version = publish(&*handles.one, &ada, "tool", "1.0.0").await;
    let mut commit = head_only(&*handles.one, "tool").await;
    let acme = OrgId::new("of the host, without a row here");
    let mut new = Head::new(
        user("elsewhere").id,
        Some(acme.clone()),
        Visibility::Private,
        minute(1),
    );
    new.status = SkillStatus::Deprecated {
        message: Some("use other".to_owned()),
    };
    new.ever_live = true;
    new.latest = Some(version.brief.id);
    new.grants.users.insert(ada.id);
    new.grants.orgs.insert(acme.clone());
    new.readers = vec![Token::user(ada.id), Token::org(&acme)];
    new.listed = true;
    new.derived_version = 7;
    for head in [new, head(ada.id)] {
        commit.head = head.clone();
        let revision = done(&*handles.one, skill(commit.clone())).await.revision;
        let held = handles.two.skill(&commit.name).await.unwrap().unwrap();
        assert_eq!(held.head, head);
        assert_eq!(Some(held.revision), revision);
        assert_eq!(held.created_at, NOW);
        assert_eq!(held.versions, std::slice::from_ref(&version.brief));
        commit.expect = revision;
    }
}

pub async fn versions_are_listed_in_order_of_publication(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let numbers = ["1.10.0", "1.2.0", "2.0.0-rc.1", "0.9.0+build"];
    let mut briefs = Vec::new();
    for number in numbers {
        let mut commit = prepared(&*handles.one, &ada, "tool", number).await;
        // Times that go back do not change the order of commits.
        let brief = &mut commit.add.as_mut().unwrap().brief;
        brief.published_at = minute(100 - briefs.len() as u64);
        briefs.push(brief.clone());
        done(&*handles.one, skill(commit)).await;
    }
    let held = handles.two.skill(&skill_name("tool")).await.unwrap().unwrap();
    assert_eq!(held.versions, briefs);
}

pub async fn of_commits_on_one_revision_one_is_applied(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    publish(&*handles.one, &ada, "tool", "1.0.0").await;
    for _ in 0..10 {
        let commit = head_only(&*handles.one, "tool").await;
        let commands = (0..16).map(|_| (meta(NOW), skill(commit.clone())));
        let outcomes = race(&handles, commands.collect()).await;
        assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
        let stale = outcomes.iter().filter(|outcome| **outcome == Outcome::Stale);
        assert_eq!(stale.count(), 15, "{outcomes:?}");
        let held = handles.two.skill(&commit.name).await.unwrap().unwrap();
        assert_eq!(Some(held.revision), commit.expect.map(Revision::next));
    }
}

pub async fn of_first_commits_of_one_name_one_is_applied(handles: StoreHandles) {
    let mut commits = Vec::new();
    for number in 0..16 {
        let owner = a_user(&*handles.one, &format!("owner-{number}")).await;
        let version = format!("1.0.{number}");
        commits.push(prepared(&*handles.one, &owner, "tool", &version).await);
    }
    let commands = commits.iter().map(|commit| (meta(NOW), skill(commit.clone())));
    let outcomes = race(&handles, commands.collect()).await;
    assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
    let held = handles.one.skill(&skill_name("tool")).await.unwrap().unwrap();
    for (commit, outcome) in commits.iter().zip(&outcomes) {
        let won = commit.skill == held.id;
        assert_eq!(won, matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
        assert!(won || *outcome == Outcome::Stale, "{outcome:?}");
        let id = commit.add.as_ref().unwrap().brief.id;
        assert_eq!(handles.two.version_by_id(id).await.unwrap().is_some(), won);
        // Who lost may try again: the session is still open.
        assert_eq!(handles.two.upload(id).await.unwrap().is_some(), !won);
    }
    assert_eq!(held.versions.len(), 1);
}

pub async fn a_state_is_seen_in_the_skill_and_in_the_version(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let first = publish(&*handles.one, &ada, "tool", "1.0.0").await;
    let second = publish(&*handles.one, &ada, "tool", "1.1.0+build").await;
    let yanked = VersionState::Yanked {
        reason: Some("broken".to_owned()),
    };
    for state in [VersionState::Held, yanked, VersionState::Live, VersionState::Removed] {
        let mut commit = head_only(&*handles.one, "tool").await;
        let key = VersionKey::from(&second.brief.version);
        commit.states = vec![(key.clone(), state.clone())];
        done(&*handles.one, skill(commit)).await;
        let held = handles.two.skill(&second.name).await.unwrap().unwrap();
        let states: Vec<_> = held.versions.iter().map(|brief| &brief.state).collect();
        assert_eq!(states, [&VersionState::Live, &state]);
        let by_key = handles.two.version(second.skill, &key).await.unwrap().unwrap();
        let by_id = handles.two.version_by_id(second.brief.id).await.unwrap().unwrap();
        assert_eq!(by_key.brief, held.versions[1]);
        assert_eq!(by_id.brief, held.versions[1]);
    }
    let other = handles.two.version_by_id(first.brief.id).await.unwrap().unwrap();
    assert_eq!(other.brief, first.brief);
}

pub async fn a_state_is_of_a_version_that_the_skill_has(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    publish(store, &ada, "tool", "1.0.0").await;
    publish(store, &ada, "other", "2.0.0").await;
    let mut commit = head_only(store, "tool").await;
    commit.states = ["1.0.0", "2.0.0"]
        .map(|number| (VersionKey::parse(number).unwrap(), VersionState::Removed))
        .to_vec();
    let name = commit.name.clone();
    assert_eq!(give(store, skill(commit)).await, Outcome::Missing);
    let held = handles.two.skill(&name).await.unwrap().unwrap();
    assert_eq!(held.versions[0].state, VersionState::Live);
}

/// Every commit adds a version and makes it the latest: a reader that sees a head with the
/// versions of another commit has seen two points in time.
pub async fn a_snapshot_of_a_skill_is_one_point_in_time(handles: StoreHandles) {
    const VERSIONS: usize = 60;
    const READERS: usize = 3;
    let ada = a_user(&*handles.one, "ada").await;
    publish(&*handles.one, &ada, "tool", "1.0.0").await;
    // Nobody begins before all are there, else the last version is all that is ever read.
    let start = Arc::new(Barrier::new(READERS + 1));
    let writer = Arc::clone(&handles.one);
    let begin = Arc::clone(&start);
    let writing = tokio::spawn(async move {
        begin.wait().await;
        for number in 1..VERSIONS {
            publish(&*writer, &ada, "tool", &format!("1.0.{number}")).await;
            tokio::task::yield_now().await;
        }
    });
    let mut readers = Vec::new();
    for number in 0..READERS {
        let store = handles.turn(number);
        let begin = Arc::clone(&start);
        readers.push(tokio::spawn(async move {
            begin.wait().await;
            loop {
                let seen = store.skill(&skill_name("tool")).await.unwrap().unwrap();
                let newest = seen.versions.last().map(|brief| brief.id);
                assert_eq!(seen.head.latest, newest);
                assert_eq!(seen.revision.0, seen.versions.len() as u64);
                if seen.versions.len() == VERSIONS {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }));
    }
    writing.await.expect("commits without a race");
    for reader in readers {
        reader.await.expect("a snapshot of one point in time");
    }
}
