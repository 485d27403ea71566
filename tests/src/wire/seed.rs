//! Skills put into the store directly: a search needs many of them, and no bytes.

use serde_json::Value;
use tank_registry_core::access::Token;
use tank_registry_core::model::{
    CommandId, Integrity, Manifest, NameRule, SkillId, VersionId, Visibility,
};
use tank_registry_core::store::{
    Actor, Command, CountBatch, DownloadCount, Head, Meta, Outcome, SetStar, SkillCommit, UserRef,
    VersionBrief, VersionRecord,
};
use tank_registry_core::{Clock as _, search};
use uuid::Uuid;

use super::{TestRegistry, handle};

impl TestRegistry {
    /// A skill with one live version, as its publish would leave it. Private means readable by its
    /// publisher alone.
    pub async fn seed(&self, publisher: &str, manifest: &Value, readme: &str) -> SkillId {
        let manifest = Manifest::parse(manifest, NameRule::default()).unwrap();
        let by = UserRef::Handle(handle(publisher));
        let user = self.store.user(&by).await.unwrap().unwrap();
        let now = self.clock.now();
        let skill = SkillId::new(Uuid::now_v7());
        let brief = VersionBrief::new(
            VersionId::new(Uuid::now_v7()),
            manifest.version().clone(),
            user.id,
            now,
            Integrity::from_digest([0; 64]),
        );
        let visibility = manifest.visibility().unwrap_or(Visibility::Public);
        let mut head = Head::new(user.id, None, visibility, now);
        head.readers = match visibility {
            Visibility::Public => vec![Token::public()],
            Visibility::Private => vec![Token::user(user.id)],
        };
        head.listed = true;
        head.ever_live = true;
        head.latest = Some(brief.id);
        head.derived_version = u32::MAX;
        let name = manifest.name().clone();
        let record = VersionRecord::new(skill, name.clone(), brief, manifest, readme.to_owned());
        let mut commit = SkillCommit::new(name, skill, None, head);
        commit.search = Some(Box::new(search::entry(&record)));
        commit.add = Some(Box::new(record));
        self.apply(Command::Skill(Box::new(commit))).await;
        skill
    }

    /// Downloads of today that are in the store.
    pub async fn downloaded(&self, skill: SkillId, count: u64) {
        let mut batch = CountBatch::default();
        let today = self.clock.now().day();
        batch
            .downloads
            .push(DownloadCount::new(skill, today, count));
        self.apply(Command::Count(batch)).await;
    }

    pub async fn starred(&self, skill: SkillId, by: &str) {
        let by = UserRef::Handle(handle(by));
        let user = self.store.user(&by).await.unwrap().unwrap();
        self.apply(Command::Star(SetStar::new(skill, user.id, true)))
            .await;
    }

    async fn apply(&self, command: Command) {
        let meta = Meta::new(
            CommandId::new(self.clock.new_id()),
            self.clock.now(),
            Actor::Operator,
            None,
        );
        let outcome = self.store.apply(meta, command).await;
        assert!(matches!(outcome, Ok(Outcome::Applied(_))), "{outcome:?}");
    }
}
