//! Skills as a search sees them, and questions for them.

use tank_registry_core::MetadataStore;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::model::{Day, SkillId, UserId, Version, Visibility};
use tank_registry_core::store::{
    Command, CountBatch, DownloadCount, Find, Found, SearchEntry, SetStar, SkillCommit, Sort, Term,
    Terms,
};
use uuid::Uuid;

use crate::fixtures::{NOW, done, head, head_only, skill, skill_name};

/// Every day there is.
pub(super) const EVER: Day = Day(0);

/// Words with blanks between as terms.
pub(super) fn terms(text: &str) -> Terms {
    text.split_ascii_whitespace().map(Term::new).collect()
}

pub(super) fn entry(head: &str, readme: &str) -> SearchEntry {
    let mut entry = SearchEntry::new(Version::parse("1.0.0").unwrap());
    entry.terms = terms(head);
    entry.readme_terms = terms(readme);
    entry.has_readme = !readme.is_empty();
    entry.atom_kinds = vec!["skill".to_owned()];
    entry.derived_version = 1;
    entry
}

/// The first commit of a public skill with these terms.
pub(super) fn public(name: &str, terms: &str, readme: &str) -> SkillCommit {
    let mut head = head(UserId::new(Uuid::now_v7()));
    head.readers = vec![Token::public()];
    head.listed = true;
    let id = SkillId::new(Uuid::now_v7());
    let mut commit = SkillCommit::new(skill_name(name), id, None, head);
    commit.search = Some(Box::new(entry(terms, readme)));
    commit
}

/// The first commit of a private skill.
pub(super) fn private(name: &str, terms: &str, readers: &[Token]) -> SkillCommit {
    let mut commit = public(name, terms, "");
    commit.head.visibility = Visibility::Private;
    commit.head.readers = readers.to_vec();
    commit
}

/// Gives a commit that must be applied.
pub(super) async fn shelve(store: &dyn MetadataStore, commit: SkillCommit) -> SkillId {
    let id = commit.skill;
    done(store, skill(commit)).await;
    id
}

/// Changes a skill that is there.
pub(super) async fn change(
    store: &dyn MetadataStore,
    name: &str,
    change: impl FnOnce(&mut SkillCommit),
) {
    let mut commit = head_only(store, name).await;
    change(&mut commit);
    done(store, skill(commit)).await;
}

pub(super) fn downloaded(skill: SkillId, days_ago: i64, count: u64) -> Command {
    let mut batch = CountBatch::default();
    let day = NOW.day().minus(days_ago);
    batch.downloads.push(DownloadCount::new(skill, day, count));
    Command::Count(batch)
}

pub(super) fn star(skill: SkillId, user: UserId, starred: bool) -> Command {
    Command::Star(SetStar::new(skill, user, starred))
}

/// A question of an anonymous viewer, for words with alternatives.
pub(super) fn find(words: &[&[&str]]) -> Find {
    let mut find = Find::all(Audience::anonymous(), EVER);
    find.words = words
        .iter()
        .map(|any| any.iter().map(|term| Term::new(*term)).collect())
        .collect();
    find.sort = Sort::Listed;
    find.limit = 50;
    find.bound = Some(1000);
    find
}

/// A question for a name.
pub(super) fn named(name: &str) -> Find {
    let mut find = find(&[]);
    find.name = Some(name.to_owned());
    find
}

pub(super) fn names(found: &Found) -> Vec<&str> {
    found.hits.iter().map(|hit| hit.name.as_str()).collect()
}

/// Numbers that are the same in each run.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of 0 to `sides` - 1.
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    pub(super) fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.roll(from.len())]
    }
}
