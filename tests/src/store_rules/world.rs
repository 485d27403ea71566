//! A store with something of everything, and all that can be read of it as one text.

use std::fmt::Write as _;

use tank_registry_core::MetadataStore;
use tank_registry_core::model::{Day, OrgRole, SkillId};
use tank_registry_core::store::{
    ChangesSince, Command, Key, Organization, Staged, Upload, User, UserRef, VersionRecord,
};

use crate::fixtures::{
    NOW, a_key, an_org, an_upload, done, external, external_user, initialise, publish, upload,
};

/// What a store holds after [`World::make`].
pub(super) struct World {
    /// Owns all that follows.
    pub(super) ada: User,
    /// Has an external identity and nothing else.
    pub(super) bob: User,
    pub(super) key: Key,
    /// Ada's alone.
    pub(super) org: Organization,
    /// The skill `tool` in its first version.
    pub(super) tool: VersionRecord,
    /// An open session with 50 bytes in staging.
    pub(super) open: Upload,
    /// A session that ends at [`NOW`].
    pub(super) ended: Upload,
}

impl World {
    pub(super) async fn make(store: &dyn MetadataStore) -> Self {
        done(store, Command::Initialise(Box::new(initialise()))).await;
        let ada = crate::fixtures::a_user(store, "ada").await;
        let bob = external_user("bob", "bob's subject");
        done(store, Command::CreateUser(Box::new(bob.clone()))).await;
        let key = a_key(store, &ada).await;
        let org = an_org(store, "acme", &[&ada]).await;
        let tool = publish(store, &ada, "tool", "1.0.0").await;
        let open = an_upload(store, &ada, "other", "1.0.0").await;
        let staged = Staged::new(open.id, 50, u64::MAX);
        done(store, Command::Staged(staged)).await;
        let mut ended = upload(&ada, "late", "1.0.0");
        ended.expires_at = NOW;
        done(store, crate::fixtures::open(&ended, u32::MAX)).await;
        Self {
            ada,
            bob,
            key,
            org,
            tool,
            open,
            ended,
        }
    }

    /// All that the store tells, the newest change of the feed included.
    pub(super) async fn seen(&self, store: &dyn MetadataStore) -> String {
        let mut text = String::new();
        let mut add = |part: &dyn std::fmt::Debug| writeln!(text, "{part:?}").unwrap();
        add(&store.registry().await.unwrap());
        add(&store.skill(&self.tool.name).await.unwrap());
        add(&store.skill(&self.open.name).await.unwrap());
        add(&store.version_by_id(self.tool.brief.id).await.unwrap());
        add(&store.scans(self.tool.brief.id, 0, 50).await.unwrap());
        add(&store.downloads(self.tool.skill, Day(0)).await.unwrap());
        for session in [&self.open, &self.ended] {
            add(&store.upload(session.id).await.unwrap());
        }
        for user in [&self.ada, &self.bob] {
            add(&store.user(&UserRef::Id(user.id)).await.unwrap());
            add(&store
                .user(&UserRef::Handle(user.handle.clone()))
                .await
                .unwrap());
            add(&store.keys(user.id).await.unwrap());
            add(&store.memberships(user.id).await.unwrap());
        }
        let external = UserRef::External(external("bob's subject"));
        add(&store.user(&external).await.unwrap());
        add(&store.principal(&self.key.hash).await.unwrap());
        add(&store.organization(&self.org.slug).await.unwrap());
        add(&store.position().await.unwrap());
        text
    }
}

/// A role that differs from those in the world.
pub(super) const OTHER_ROLE: OrgRole = OrgRole::Member;

/// An id that no skill has.
pub(super) fn no_skill() -> SkillId {
    SkillId::new(uuid::Uuid::now_v7())
}

/// The changes since a position, which must not be lost.
pub(super) fn changes(answer: ChangesSince) -> tank_registry_core::store::Changes {
    match answer {
        ChangesSince::Changes(changes) => changes,
        ChangesSince::Lost => panic!("the position was lost"),
    }
}
