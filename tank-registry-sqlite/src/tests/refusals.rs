//! A command that is not applied changes nothing.

use std::time::Duration;

use tank_registry_core::model::{
    CommandId, KeyId, OrgId, OrgRole, OrgSlug, Revision, Role, SkillId, UploadId, UserId,
    UserStatus, VersionId, VersionKey, VersionState,
};
use tank_registry_core::store::{
    CloseUpload, Command, ExternalId, Member, Meta, Outcome, RefreshUser, SetMember, SetUserStatus,
    SkillCommit, Staged, Upload, User, Writes as _,
};

use super::fixtures::{
    NOW, World, adding, applied, blob, id, initialise, key, meta, meta_at, name, open_upload, org,
    pin, publishing, skill, upload, user,
};
use crate::SqliteStore;

/// A registry with one of everything.
struct Full {
    world: World,
    store: SqliteStore,
    ada: User,
    bob: User,
    /// Published as 1.0.0.
    published: Upload,
    /// Ada's open session for 2.0.0.
    open: Upload,
    /// Bob's open session for another skill.
    bobs: Upload,
}

impl Full {
    async fn new() -> Self {
        let world = World::new();
        let store = world.open().await;
        let mut ada = user("ada");
        ada.external = Some(ExternalId {
            issuer: "https://login".to_owned(),
            subject: "1".to_owned(),
        });
        let bob = user("bob");
        applied(&store, Command::Initialise(Box::new(initialise()))).await;
        applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
        applied(&store, Command::CreateUser(Box::new(bob.clone()))).await;
        let published = upload(ada.id, "tools", "1.0.0");
        applied(&store, open_upload(&published, 9)).await;
        applied(&store, pin(published.id, &[b"one"])).await;
        let mut commit = adding(&published, None);
        commit.close_upload = Some(CloseUpload::new(published.id, ada.id));
        if let Some(record) = &mut commit.add {
            record.blobs = vec![blob(b"one")];
        }
        applied(&store, skill(commit)).await;
        let mut open = upload(ada.id, "tools", "2.0.0");
        open.skill = published.skill;
        applied(&store, open_upload(&open, 9)).await;
        applied(&store, pin(open.id, &[b"two", b"claimed"])).await;
        let bobs = upload(bob.id, "other", "1.0.0");
        applied(&store, open_upload(&bobs, 9)).await;
        let staged = Staged::new(bobs.id, 10, 10);
        applied(&store, Command::Staged(staged)).await;
        world
            .raw()
            .execute("UPDATE blob SET claimed_at = 1 WHERE size = 7", [])
            .unwrap();
        Self {
            world,
            store,
            ada,
            bob,
            published,
            open,
            bobs,
        }
    }

    async fn refuses(&self, why: &str, meta: Meta, command: Command, expected: Outcome) {
        let before = self.world.dump();
        let answer = self.store.apply(meta, command).await.unwrap();
        assert_eq!(answer, expected, "{why}");
        assert_eq!(self.world.dump(), before, "{why}");
    }

    /// A commit of 2.0.0 that would be applied, changed.
    async fn refuses_commit(
        &self,
        why: &str,
        expected: Outcome,
        change: impl FnOnce(&mut SkillCommit),
    ) {
        let mut commit = adding(&self.open, Some(Revision(1)));
        commit.close_upload = Some(CloseUpload::new(self.open.id, self.ada.id));
        if let Some(record) = &mut commit.add {
            record.blobs = vec![blob(b"two")];
        }
        change(&mut commit);
        self.refuses(why, meta(), skill(commit), expected).await;
    }
}

#[tokio::test]
async fn a_commit_refused_for_what_it_expects_changes_nothing() {
    let full = Full::new().await;
    full.refuses_commit("another revision", Outcome::Stale, |commit| {
        commit.expect = Some(Revision(2));
    })
    .await;
    full.refuses_commit("the name is taken", Outcome::Stale, |commit| {
        commit.expect = None;
    })
    .await;
    full.refuses_commit("no such skill", Outcome::Stale, |commit| {
        commit.name = name("nobodys");
    })
    .await;
    full.refuses_commit("another skill's id", Outcome::Stale, |commit| {
        commit.skill = SkillId::new(id());
    })
    .await;
    full.refuses_commit("no such session", Outcome::UploadClosed, |commit| {
        commit.close_upload = Some(CloseUpload::new(UploadId::new(id()), full.ada.id));
    })
    .await;
    full.refuses_commit("another's session", Outcome::UploadClosed, |commit| {
        commit.close_upload = Some(CloseUpload::new(full.open.id, full.bob.id));
    })
    .await;
    let mut late = adding(&full.open, Some(Revision(1)));
    late.close_upload = Some(CloseUpload::new(full.open.id, full.ada.id));
    let at = meta_at(full.open.expires_at);
    full.refuses("expired", at, skill(late), Outcome::UploadClosed)
        .await;
}

#[tokio::test]
async fn a_commit_refused_for_what_it_brings_changes_nothing() {
    let full = Full::new().await;
    let blobs = |commit: &mut SkillCommit, change: fn() -> _| {
        if let Some(record) = &mut commit.add {
            record.blobs = vec![blob(b"two"), change()];
        }
    };
    full.refuses_commit("an unknown blob", Outcome::BlobGone, |commit| {
        blobs(commit, || blob(b"never pinned"));
    })
    .await;
    full.refuses_commit("another generation", Outcome::BlobGone, |commit| {
        blobs(commit, || {
            let mut blob = blob(b"one");
            blob.id.generation = 2;
            blob
        });
    })
    .await;
    full.refuses_commit("another size", Outcome::BlobGone, |commit| {
        blobs(commit, || {
            let mut blob = blob(b"one");
            blob.size = 4;
            blob
        });
    })
    .await;
    full.refuses_commit("a claimed blob", Outcome::BlobGone, |commit| {
        blobs(commit, || blob(b"claimed"));
    })
    .await;
    let brief = |commit: &mut SkillCommit, version: &str, id: VersionId| {
        if let Some(record) = &mut commit.add {
            record.brief.version = version.parse().unwrap();
            record.brief.id = id;
        }
    };
    full.refuses_commit("a taken number", Outcome::Exists, |commit| {
        brief(commit, "1.0.0+build", full.open.id);
    })
    .await;
    full.refuses_commit("a taken id", Outcome::Exists, |commit| {
        brief(commit, "2.0.0", full.published.id);
    })
    .await;
    full.refuses_commit("the id of another's session", Outcome::Exists, |commit| {
        brief(commit, "2.0.0", full.bobs.id);
    })
    .await;
    full.refuses_commit("a new name for a taken id", Outcome::Exists, |commit| {
        commit.name = name("new");
        commit.expect = None;
    })
    .await;
    full.refuses_commit("a state of no version", Outcome::Missing, |commit| {
        let key = |text| VersionKey::parse(text).unwrap();
        commit.states = vec![
            (key("1.0.0"), VersionState::Removed),
            (key("3.0.0"), VersionState::Removed),
        ];
    })
    .await;
    full.refuses_commit("a state of the new version", Outcome::Missing, |commit| {
        let new = VersionKey::parse("2.0.0").unwrap();
        commit.states = vec![(new, VersionState::Held)];
    })
    .await;
}

#[tokio::test]
async fn a_refused_command_on_an_upload_changes_nothing() {
    let full = Full::new().await;
    let again = upload(full.ada.id, "tools", "2.0.0+build");
    full.refuses(
        "no more",
        meta(),
        open_upload(&again, 0),
        Outcome::LimitReached,
    )
    .await;
    let mut taken = upload(full.ada.id, "tools", "2.0.0");
    for id in [full.open.id, full.bobs.id, full.published.id] {
        taken.id = id;
        full.refuses(
            "a taken id",
            meta(),
            open_upload(&taken, 9),
            Outcome::Exists,
        )
        .await;
    }
    let staged = |upload, size, max_total| Command::Staged(Staged::new(upload, size, max_total));
    let unknown = staged(UploadId::new(id()), 1, 9);
    full.refuses("no such session", meta(), unknown, Outcome::UploadClosed)
        .await;
    let late = meta_at(full.open.expires_at);
    let expired = staged(full.open.id, 1, 9);
    full.refuses("expired", late.clone(), expired, Outcome::UploadClosed)
        .await;
    let too_much = staged(full.bobs.id, 11, 10);
    full.refuses("too much", meta(), too_much, Outcome::LimitReached)
        .await;
    let unknown = pin(UploadId::new(id()), &[b"new"]);
    full.refuses("no such session", meta(), unknown, Outcome::UploadClosed)
        .await;
    let expired = pin(full.open.id, &[b"new"]);
    full.refuses("expired", late, expired, Outcome::UploadClosed)
        .await;
}

#[tokio::test]
async fn a_refused_command_on_an_account_changes_nothing() {
    let full = Full::new().await;
    let again = Command::Initialise(Box::new(initialise()));
    full.refuses("initialised", meta(), again, Outcome::Exists)
        .await;
    let takers: [fn(&mut User, &User); 3] = [
        |user, ada| user.id = ada.id,
        |user, ada| user.handle = ada.handle.clone(),
        |user, ada| user.external = ada.external.clone(),
    ];
    for take in takers {
        let mut user = user("eve");
        take(&mut user, &full.ada);
        let create = Command::CreateUser(Box::new(user));
        full.refuses("a taken user", meta(), create, Outcome::Exists)
            .await;
    }
    let refresh = |user, expect| {
        Command::RefreshUser(RefreshUser::new(
            user,
            expect,
            None,
            String::new(),
            Role::Admin,
        ))
    };
    let nobody = UserId::new(id());
    let stale = refresh(full.ada.id, Revision(2));
    full.refuses("another revision", meta(), stale, Outcome::Stale)
        .await;
    let missing = refresh(nobody, Revision(1));
    full.refuses("no such user", meta(), missing, Outcome::Missing)
        .await;
    let suspend = Command::SetUserStatus(SetUserStatus::new(
        nobody,
        UserStatus::Suspended { until: None },
    ));
    full.refuses("no such user", meta(), suspend, Outcome::Missing)
        .await;

    let held = key(full.ada.id);
    applied(&full.store, Command::CreateKey(Box::new(held.clone()))).await;
    let mut same_id = key(full.bob.id);
    same_id.id = held.id;
    let mut same_hash = key(full.bob.id);
    same_hash.hash = held.hash;
    for (key, expected) in [
        (same_id, Outcome::Exists),
        (same_hash, Outcome::Exists),
        (key(nobody), Outcome::Missing),
    ] {
        let create = Command::CreateKey(Box::new(key));
        full.refuses("a key", meta(), create, expected).await;
    }
    let revoke = Command::RevokeKey(KeyId::new(id()));
    full.refuses("no such key", meta(), revoke, Outcome::Missing)
        .await;
}

#[tokio::test]
async fn a_refused_command_on_an_organization_changes_nothing() {
    let full = Full::new().await;
    let acme = org("acme", full.ada.id);
    applied(&full.store, Command::CreateOrg(Box::new(acme.clone()))).await;
    let nobody = UserId::new(id());
    let mut same_id = org("other", full.ada.id);
    same_id.id = OrgId::new(acme.id.as_str());
    let mut strangers = org("third", full.ada.id);
    strangers.members.push(Member {
        user: nobody,
        role: OrgRole::Member,
    });
    for (org, expected) in [
        (same_id, Outcome::Exists),
        (org("acme", full.ada.id), Outcome::Exists),
        (strangers, Outcome::Missing),
    ] {
        let create = Command::CreateOrg(Box::new(org));
        full.refuses("an organization", meta(), create, expected)
            .await;
    }
    let set = |slug: &str, expect, user, role| {
        Command::SetMember(SetMember::new(
            OrgSlug::parse(slug).unwrap(),
            Revision(expect),
            user,
            role,
        ))
    };
    let member = Some(OrgRole::Member);
    for (command, expected) in [
        (set("acme", 2, full.bob.id, member), Outcome::Stale),
        (set("none", 1, full.bob.id, member), Outcome::Missing),
        (set("acme", 1, nobody, member), Outcome::Missing),
        (set("acme", 1, full.bob.id, None), Outcome::Missing),
    ] {
        full.refuses("a member", meta(), command, expected).await;
    }
}

#[tokio::test]
async fn a_repeated_command_answers_its_first_effect_and_changes_nothing() {
    let full = Full::new().await;
    let commit = publishing(&full.open, Some(Revision(1)));
    let first = meta();
    let answer = full.store.apply(first.clone(), skill(commit.clone())).await;
    let Outcome::Applied(effect) = answer.unwrap() else {
        panic!("expected the first to be applied");
    };
    assert_eq!(effect.revision, Some(Revision(2)));
    let repeat = Outcome::Repeat(effect);
    full.refuses("again", first, skill(commit.clone()), repeat)
        .await;
    let mut other = meta();
    other.id = CommandId::new(id());
    other.at = NOW.after(Duration::from_secs(1));
    full.refuses("by another id", other, skill(commit), Outcome::Stale)
        .await;
}
