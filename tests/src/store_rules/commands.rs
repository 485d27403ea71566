//! What holds for every command.

use std::future::Future as _;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

use tank_registry_core::blob::BlobId;
use tank_registry_core::model::{Day, KeyId, Revision, UploadId, UserId, VersionKey, VersionState};
use tank_registry_core::store::{
    Command, CountBatch, DownloadCount, Effect, OpenUpload, Outcome, Pin, RefreshUser, SetMember,
    SetUserStatus, SkillCommit, Staged, UserRef,
};
use uuid::Uuid;

use super::world::{OTHER_ROLE, World};
use crate::StoreHandles;
use crate::fixtures::{
    NOW, a_user, applied, done, external_user, fresh_blob, give, head_only, initialise, key, meta,
    minute, open, org, prepared, publish, race, skill, skill_name, upload, user,
};

/// One more download of a skill.
fn one_download(skill: tank_registry_core::model::SkillId) -> Command {
    let mut batch = CountBatch::default();
    batch.downloads.push(DownloadCount::new(skill, NOW.day(), 1));
    Command::Count(batch)
}

pub async fn a_command_given_twice_is_applied_once(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let version = publish(&*handles.one, &ada, "tool", "1.0.0").await;
    let meta = meta(NOW);
    let command = one_download(version.skill);
    let first = handles.one.apply(meta.clone(), command.clone()).await.unwrap();
    let second = handles.two.apply(meta, command).await.unwrap();
    assert_eq!(first, Outcome::Applied(Effect::none()));
    assert_eq!(second, Outcome::Repeat(Effect::none()));
    let sum = handles.one.downloads(version.skill, Day(0)).await.unwrap();
    assert_eq!(sum, 1);
}

pub async fn a_command_given_many_times_at_once_is_applied_once(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let version = publish(&*handles.one, &ada, "tool", "1.0.0").await;
    for round in 1..=10 {
        let meta = meta(NOW);
        let commands = vec![(meta, one_download(version.skill)); 16];
        let outcomes = race(&handles, commands).await;
        assert_eq!(applied(&outcomes), 1, "{outcomes:?}");
        let repeats = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Repeat(_)));
        assert_eq!(repeats.count(), 15, "{outcomes:?}");
        let sum = handles.one.downloads(version.skill, Day(0)).await.unwrap();
        assert_eq!(sum, round);
    }
}

pub async fn a_repeat_tells_the_effect_of_the_first_time(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let commit = prepared(store, &ada, "tool", "1.0.0").await;
    let meta = meta(NOW);
    let first = store.apply(meta.clone(), skill(commit.clone())).await.unwrap();
    assert_eq!(first, Outcome::Applied(Effect::revision(Revision::FIRST)));
    publish(store, &ada, "tool", "1.1.0").await;
    let repeat = handles.two.apply(meta, skill(commit)).await.unwrap();
    assert_eq!(repeat, Outcome::Repeat(Effect::revision(Revision::FIRST)));
    let held = store.skill(&skill_name("tool")).await.unwrap().unwrap();
    assert_eq!(held.versions.len(), 2);
}

/// Every refusal that the docs of the commands list, on one store, which stays as it was.
pub async fn a_refused_command_changes_nothing(handles: StoreHandles) {
    let store = &*handles.one;
    let world = World::make(store).await;
    let mut refusals = refused_by_skills(store, &world).await;
    refusals.extend(refused_by_uploads(&world));
    refusals.extend(refused_by_people(&world));
    let before = world.seen(store).await;
    for (command, refusal) in refusals {
        let shown = format!("{command:?}");
        assert_eq!(give(store, command).await, refusal, "{shown}");
        assert_eq!(world.seen(&*handles.two).await, before, "after {shown}");
    }
}

async fn refused_by_skills(
    store: &dyn tank_registry_core::MetadataStore,
    world: &World,
) -> Vec<(Command, Outcome)> {
    // Each would be applied but for the one thing that is changed in it.
    let good = prepared(store, &world.ada, "tool", "2.0.0").await;
    let states = vec![(VersionKey::from(&world.tool.brief.version), VersionState::Removed)];
    let change = |edit: &dyn Fn(&mut SkillCommit)| {
        let mut commit = good.clone();
        commit.states.clone_from(&states);
        edit(&mut commit);
        skill(commit)
    };
    vec![
        (change(&|commit| commit.expect = None), Outcome::Stale),
        (change(&|commit| commit.expect = Some(Revision(9))), Outcome::Stale),
        (change(&|commit| commit.name = skill_name("nothing")), Outcome::Stale),
        (
            change(&|commit| commit.close_upload.as_mut().unwrap().owner = world.bob.id),
            Outcome::UploadClosed,
        ),
        (
            change(&|commit| commit.close_upload.as_mut().unwrap().upload = world.ended.id),
            Outcome::UploadClosed,
        ),
        (
            change(&|commit| commit.add.as_mut().unwrap().blobs[0].id.generation = 2),
            Outcome::BlobGone,
        ),
        (
            change(&|commit| {
                commit.add.as_mut().unwrap().brief.version = world.tool.brief.version.clone();
            }),
            Outcome::Exists,
        ),
        (
            change(&|commit| {
                let unknown = VersionKey::parse("7.0.0").unwrap();
                commit.states.push((unknown, VersionState::Removed));
            }),
            Outcome::Missing,
        ),
    ]
}

fn refused_by_uploads(world: &World) -> Vec<(Command, Outcome)> {
    let again = upload(&world.ada, "other", "1.0.0");
    let mut same_id = upload(&world.bob, "more", "1.0.0");
    same_id.id = world.tool.brief.id;
    let stage = |upload: UploadId, max_total| {
        Command::Staged(Staged::new(upload, 60, max_total))
    };
    let pin = |upload| {
        Command::Pin(Pin::new(upload, minute(5), vec![fresh_blob(1)]))
    };
    let none = UploadId::new(Uuid::now_v7());
    vec![
        // The session for `tool` 2.0.0 is another that is open.
        (
            Command::OpenUpload(Box::new(OpenUpload::new(again, 1))),
            Outcome::LimitReached,
        ),
        (open(&same_id, 9), Outcome::Exists),
        (stage(world.open.id, 59), Outcome::LimitReached),
        (stage(world.ended.id, 999), Outcome::UploadClosed),
        (stage(none, 999), Outcome::UploadClosed),
        (pin(world.ended.id), Outcome::UploadClosed),
        (pin(none), Outcome::UploadClosed),
    ]
}

fn refused_by_people(world: &World) -> Vec<(Command, Outcome)> {
    let nobody = user("nobody");
    let mut same_hash = key(&world.ada);
    same_hash.hash = world.key.hash;
    let mut same_org = org("other", &[&world.bob]);
    same_org.id = world.org.id.clone();
    let refresh = |user: UserId, expect| {
        Command::RefreshUser(RefreshUser::new(user, expect, Some("Other".to_owned()), "other@example.org".to_owned(), tank_registry_core::model::Role::Admin))
    };
    let member = |expect, user, role| {
        Command::SetMember(SetMember::new(world.org.slug.clone(), expect, user, role))
    };
    let status = tank_registry_core::model::UserStatus::Suspended { until: None };
    vec![
        (Command::Initialise(Box::new(initialise())), Outcome::Exists),
        (Command::CreateUser(Box::new(user("ada"))), Outcome::Exists),
        (
            Command::CreateUser(Box::new(external_user("robert", "bob's subject"))),
            Outcome::Exists,
        ),
        (refresh(world.ada.id, Revision(9)), Outcome::Stale),
        (refresh(nobody.id, Revision::FIRST), Outcome::Missing),
        (
            Command::SetUserStatus(SetUserStatus::new(nobody.id, status)),
            Outcome::Missing,
        ),
        (
            Command::CreateOrg(Box::new(org("acme", &[&world.bob]))),
            Outcome::Exists,
        ),
        (Command::CreateOrg(Box::new(same_org)), Outcome::Exists),
        (
            Command::CreateOrg(Box::new(org("new", &[&world.bob, &nobody]))),
            Outcome::Missing,
        ),
        (
            member(Revision(9), world.bob.id, Some(OTHER_ROLE)),
            Outcome::Stale,
        ),
        (
            member(Revision::FIRST, nobody.id, Some(OTHER_ROLE)),
            Outcome::Missing,
        ),
        (
            member(Revision::FIRST, world.bob.id, None),
            Outcome::Missing,
        ),
        (Command::CreateKey(Box::new(same_hash)), Outcome::Exists),
        (
            Command::CreateKey(Box::new(key(&nobody))),
            Outcome::Missing,
        ),
        (
            Command::RevokeKey(KeyId::new(Uuid::now_v7())),
            Outcome::Missing,
        ),
    ]
}

pub async fn a_refused_command_leaves_its_id_free(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = user("ada");
    let meta = meta(NOW);
    let command = Command::CreateKey(Box::new(key(&ada)));
    let refused = store.apply(meta.clone(), command.clone()).await.unwrap();
    assert_eq!(refused, Outcome::Missing);
    done(store, Command::CreateUser(Box::new(ada))).await;
    let outcome = handles.two.apply(meta, command).await.unwrap();
    assert!(matches!(outcome, Outcome::Applied(_)), "{outcome:?}");
}

pub async fn a_call_that_was_dropped_has_happened_whole_or_not_at_all(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    let version = publish(&*handles.one, &ada, "tool", "1.0.0").await;
    for round in 1..=20 {
        let meta = meta(NOW);
        let command = one_download(version.skill);
        {
            let call = pin!(handles.one.apply(meta.clone(), command.clone()));
            let _ = call.poll(&mut Context::from_waker(Waker::noop()));
        }
        let again = handles.two.apply(meta, command).await.unwrap();
        assert!(
            matches!(again, Outcome::Applied(_) | Outcome::Repeat(_)),
            "{again:?}"
        );
        let sum = handles.two.downloads(version.skill, Day(0)).await.unwrap();
        assert_eq!(sum, round);
    }
}

pub async fn a_read_sees_what_another_handle_was_told_is_done(handles: StoreHandles) {
    let ada = a_user(&*handles.one, "ada").await;
    publish(&*handles.one, &ada, "tool", "1.0.0").await;
    for number in 0..50 {
        let (writer, reader) = (handles.turn(number), handles.turn(number + 1));
        let commit = head_only(&*writer, "tool").await;
        let effect = done(&*writer, skill(commit)).await;
        let seen = reader.skill(&skill_name("tool")).await.unwrap().unwrap();
        assert_eq!(Some(seen.revision), effect.revision);
        let user = a_user(&*writer, &format!("user-{number}")).await;
        let found = reader.user(&UserRef::Id(user.id)).await.unwrap();
        assert_eq!(found, Some(user));
    }
    // Blobs pinned through one handle can be referred to through the other.
    let commit = prepared(&*handles.one, &ada, "tool", "1.1.0").await;
    let blob: BlobId = commit.add.as_ref().unwrap().blobs[0].id;
    done(&*handles.two, skill(commit)).await;
    let store = Arc::clone(&handles.two);
    let held = store.skill(&skill_name("tool")).await.unwrap().unwrap();
    assert_eq!(held.versions[1].integrity.digest(), blob.digest.as_bytes());
}
