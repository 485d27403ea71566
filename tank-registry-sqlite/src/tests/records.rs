//! What was written is read back.

use std::time::Duration;

use tank_registry_core::model::{
    Day, OrgRole, OrgSlug, Revision, Role, UserStatus, VersionKey, VersionState,
};
use tank_registry_core::package::FileRow;
use tank_registry_core::store::{
    CloseUpload, Command, CountBatch, DownloadCount, ExpireUploads, ExternalId, KeyUse, Member,
    Membership, Outcome, Reads as _, RefreshUser, SetMember, SetUserStatus, SkillCommit, Staged,
    UserRef, Writes as _,
};

use super::fixtures::{
    NOW, World, adding, applied, blob, head, initialise, key, meta_at, name, open_upload, org,
    outcome, pin, skill, upload, user,
};

fn states(states: &[(&str, VersionState)]) -> Vec<(VersionKey, VersionState)> {
    states
        .iter()
        .map(|(key, state)| (VersionKey::parse(key).unwrap(), state.clone()))
        .collect()
}

#[tokio::test]
async fn a_version_is_read_back_whole_and_with_the_state_it_has_now() {
    let world = World::new();
    let store = world.open().await;
    let session = upload(user("ada").id, "@acme/tools", "1.2.3-rc.1+build.7");
    applied(&store, open_upload(&session, 1)).await;
    applied(&store, pin(session.id, &[b"archive", b"zip"])).await;
    let mut commit = adding(&session, None);
    let mut record = *commit.add.take().unwrap();
    record.brief.archive_size = u64::MAX;
    record.files = vec![FileRow {
        path: "dir/\"ü\".md".to_owned(),
        size: 5,
        sha256: [9; 32],
        offset: 7,
        compressed_size: 4,
        text: true,
        executable: false,
    }];
    record.blobs = vec![blob(b"archive"), blob(b"zip")];
    record.derived_version = 3;
    commit.add = Some(Box::new(record.clone()));
    commit.close_upload = Some(CloseUpload::new(session.id, session.owner));
    applied(&store, skill(commit)).await;

    let key = VersionKey::from(&session.version);
    let by_key = store.version(session.skill, &key).await.unwrap().unwrap();
    let by_id = store.version_by_id(session.id).await.unwrap().unwrap();
    for found in [by_key, by_id] {
        assert_eq!(
            serde_json::to_value(&found).unwrap(),
            serde_json::to_value(&record).unwrap()
        );
    }
    assert!(store.upload(session.id).await.unwrap().is_none());
    let pins: i64 = world
        .raw()
        .query_row("SELECT count(*) FROM pin", [], |row| row.get(0))
        .unwrap();
    assert_eq!(pins, 0, "a closed session pins nothing");

    let yanked = VersionState::Yanked {
        reason: Some("a \"reason\"".to_owned()),
    };
    let mut commit = SkillCommit::new(
        session.name.clone(),
        session.skill,
        Some(Revision::FIRST),
        head(session.owner),
    );
    commit.states = states(&[(key.as_str(), yanked.clone())]);
    applied(&store, skill(commit)).await;
    record.brief.state = yanked;
    let found = store.skill(&session.name).await.unwrap().unwrap();
    assert_eq!(found.revision, Revision(2));
    assert_eq!(found.created_at, NOW);
    assert_eq!(found.head, head(session.owner));
    assert_eq!(found.versions, [record.brief.clone()]);
    let found = store.version(session.skill, &key).await.unwrap().unwrap();
    assert_eq!(found.brief, record.brief);
}

#[tokio::test]
async fn versions_come_in_order_of_publication() {
    let world = World::new();
    let store = world.open().await;
    let ada = user("ada").id;
    let first = upload(ada, "tools", "2.0.0");
    let mut expect = None;
    for version in ["2.0.0", "1.0.0", "10.0.0", "1.0.1"] {
        let mut session = upload(ada, "tools", version);
        session.skill = first.skill;
        expect = applied(&store, skill(adding(&session, expect)))
            .await
            .revision;
    }
    let found = store.skill(&name("tools")).await.unwrap().unwrap();
    let versions: Vec<&str> = found
        .versions
        .iter()
        .map(|brief| brief.version.as_str())
        .collect();
    assert_eq!(versions, ["2.0.0", "1.0.0", "10.0.0", "1.0.1"]);
}

#[tokio::test]
async fn accounts_are_read_back() {
    let world = World::new();
    let store = world.open().await;
    assert!(store.registry().await.unwrap().is_none());
    let first = initialise();
    applied(&store, Command::Initialise(Box::new(first.clone()))).await;
    let registry = store.registry().await.unwrap().unwrap();
    assert_eq!(registry.incarnation, first.incarnation);
    assert_eq!(registry.signing_secret, first.signing_secret);
    assert_eq!(registry.initialised_at, NOW);

    let mut ada = user("ada");
    ada.display_name = None;
    let external = ExternalId {
        issuer: "https://login".to_owned(),
        subject: "1".to_owned(),
    };
    ada.external = Some(external.clone());
    applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
    for reference in [
        UserRef::Id(ada.id),
        UserRef::Handle(ada.handle.clone()),
        UserRef::External(external),
    ] {
        assert_eq!(store.user(&reference).await.unwrap(), Some(ada.clone()));
    }

    let status = UserStatus::Suspended { until: Some(NOW) };
    let suspend = SetUserStatus::new(ada.id, status);
    let effect = applied(&store, Command::SetUserStatus(suspend)).await;
    assert_eq!(effect.revision, Some(Revision(2)));
    let refresh = RefreshUser::new(
        ada.id,
        Revision(2),
        Some("Ada".to_owned()),
        "new@example.test".to_owned(),
        Role::Admin,
    );
    let effect = applied(&store, Command::RefreshUser(refresh)).await;
    assert_eq!(effect.revision, Some(Revision(3)));
    ada.status = status;
    ada.display_name = Some("Ada".to_owned());
    ada.email = "new@example.test".to_owned();
    ada.role = Role::Admin;
    ada.revision = Revision(3);

    let mut newer = key(ada.id);
    newer.created_at = NOW.after(Duration::from_secs(1));
    let mut older = key(ada.id);
    applied(&store, Command::CreateKey(Box::new(newer.clone()))).await;
    applied(&store, Command::CreateKey(Box::new(older.clone()))).await;
    applied(&store, Command::RevokeKey(older.id)).await;
    let again = meta_at(NOW.after(Duration::from_secs(9)));
    let answer = store.apply(again, Command::RevokeKey(older.id)).await;
    assert!(matches!(answer, Ok(Outcome::Applied(_))));
    older.revoked_at = Some(NOW);
    assert_eq!(store.key(older.id).await.unwrap(), Some(older.clone()));
    let found = store.principal(&newer.hash).await.unwrap();
    assert_eq!(found, Some((newer.clone(), ada.clone())));
    assert_eq!(store.keys(ada.id).await.unwrap(), [older, newer]);
}

#[tokio::test]
async fn members_come_in_order_of_joining_and_memberships_in_order_of_slugs() {
    let world = World::new();
    let store = world.open().await;
    let [ada, bob, eve] = ["ada", "bob", "eve"].map(user);
    for user in [&ada, &bob, &eve] {
        applied(&store, Command::CreateUser(Box::new(user.clone()))).await;
    }
    let mut acme = org("acme", eve.id);
    let zeta = org("zeta", bob.id);
    applied(&store, Command::CreateOrg(Box::new(zeta.clone()))).await;
    applied(&store, Command::CreateOrg(Box::new(acme.clone()))).await;
    let slug = OrgSlug::parse("acme").unwrap();
    for (expect, user, role) in [
        (1, ada.id, Some(OrgRole::Member)),
        (2, bob.id, Some(OrgRole::Member)),
        (3, ada.id, Some(OrgRole::Admin)),
        (4, eve.id, None),
        (5, eve.id, Some(OrgRole::Owner)),
    ] {
        let set = SetMember::new(slug.clone(), Revision(expect), user, role);
        let effect = applied(&store, Command::SetMember(set)).await;
        assert_eq!(effect.revision, Some(Revision(expect + 1)));
    }
    let member = |user, role| Member { user, role };
    acme.revision = Revision(6);
    acme.members = vec![
        member(ada.id, OrgRole::Admin),
        member(bob.id, OrgRole::Member),
        member(eve.id, OrgRole::Owner),
    ];
    assert_eq!(store.organization(&slug).await.unwrap(), Some(acme.clone()));
    let membership = |org: &tank_registry_core::store::Organization, role| Membership {
        org: org.id.clone(),
        slug: org.slug.clone(),
        role,
    };
    assert_eq!(
        store.memberships(bob.id).await.unwrap(),
        [
            membership(&acme, OrgRole::Member),
            membership(&zeta, OrgRole::Owner)
        ]
    );
}

#[tokio::test]
async fn a_session_is_read_back_and_replaced_by_the_next_for_the_same_version() {
    let world = World::new();
    let store = world.open().await;
    let ada = user("ada").id;
    let first = upload(ada, "tools", "1.0.0");
    applied(&store, open_upload(&first, 1)).await;
    let staged = |upload, size| Command::Staged(Staged::new(upload, size, 100));
    applied(&store, staged(first.id, 60)).await;
    applied(&store, staged(first.id, 100)).await;
    let found = store.upload(first.id).await.unwrap().unwrap();
    assert_eq!(found.staged, Some(100));
    assert_eq!(found.manifest, first.manifest);
    assert_eq!(found.readme, first.readme);
    assert_eq!(store.staged_bytes(ada, first.id, NOW).await.unwrap(), 0);

    let second = upload(ada, "tools", "1.0.0+build");
    applied(&store, open_upload(&second, 1)).await;
    assert!(store.upload(first.id).await.unwrap().is_none());
    let third = upload(ada, "tools", "2.0.0");
    let refused = outcome(&store, open_upload(&third, 1)).await;
    assert_eq!(refused, Outcome::LimitReached);
    applied(&store, staged(second.id, 70)).await;
    assert_eq!(store.staged_bytes(ada, third.id, NOW).await.unwrap(), 70);

    let later = second.expires_at;
    assert_eq!(store.staged_bytes(ada, third.id, later).await.unwrap(), 0);
    let answer = store.apply(meta_at(later), open_upload(&third, 1)).await;
    assert!(
        matches!(answer, Ok(Outcome::Applied(_))),
        "an expired session does not count"
    );
    let expire = |limit| Command::ExpireUploads(ExpireUploads::new(later, limit));
    assert_eq!(applied(&store, expire(0)).await.removed, 0);
    assert_eq!(applied(&store, expire(1)).await.removed, 1);
    assert_eq!(applied(&store, expire(9)).await.removed, 1);
}

#[tokio::test]
async fn a_claimed_generation_is_followed_by_the_next() {
    let world = World::new();
    let store = world.open().await;
    let session = upload(user("ada").id, "tools", "1.0.0");
    applied(&store, open_upload(&session, 1)).await;
    let generations = |effect: tank_registry_core::store::Effect| {
        let blobs = effect.blobs.iter();
        blobs.map(|blob| blob.generation).collect::<Vec<_>>()
    };
    let first = applied(&store, pin(session.id, &[b"a", b"b", b"a"])).await;
    assert_eq!(first.blobs[0], first.blobs[2]);
    assert_eq!(first.blobs[1], blob(b"b").id);
    assert_eq!(generations(first), [1, 1, 1]);
    let claim = "UPDATE blob SET claimed_at = 1 WHERE digest = ?1";
    let digest = blob(b"a").id.digest;
    world.raw().execute(claim, [digest.as_bytes()]).unwrap();
    let second = applied(&store, pin(session.id, &[b"b", b"a"])).await;
    assert_eq!(generations(second), [1, 2]);
    let third = applied(&store, pin(session.id, &[b"a"])).await;
    assert_eq!(generations(third), [2]);
}

#[tokio::test]
async fn counters_add_up_and_pass_over_what_is_gone() {
    let world = World::new();
    let store = world.open().await;
    let ada = user("ada");
    applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
    let key = key(ada.id);
    applied(&store, Command::CreateKey(Box::new(key.clone()))).await;
    let session = upload(ada.id, "tools", "1.0.0");
    applied(&store, skill(adding(&session, None))).await;
    let download = |skill, day, count| DownloadCount::new(skill, Day(day), count);
    let later = NOW.after(Duration::from_secs(5));
    let mut batch = CountBatch::default();
    batch.downloads = vec![
        download(session.skill, 10, 2),
        download(upload(ada.id, "gone", "1.0.0").skill, 10, 5),
        download(session.skill, 11, 3),
    ];
    batch.keys = vec![KeyUse::new(key.id, later), KeyUse::new(key.id, NOW)];
    for _ in 0..2 {
        applied(&store, Command::Count(batch.clone())).await;
    }
    assert_eq!(store.downloads(session.skill, Day(0)).await.unwrap(), 10);
    assert_eq!(store.downloads(session.skill, Day(11)).await.unwrap(), 6);
    let found = store.key(key.id).await.unwrap().unwrap();
    assert_eq!(found.last_used, Some(later));
    let found = store.skill(&session.name).await.unwrap().unwrap();
    assert_eq!(found.revision, Revision::FIRST, "counting is no change");
}
