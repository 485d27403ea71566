//! Searches compared with the in-memory store's, and the counts with a recount, after any commands.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::Connection;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::memory::MemoryStore;
use tank_registry_core::model::{Day, SkillId, SkillStatus, UserId};
use tank_registry_core::store::{
    Command, CountBatch, DerivedVersions, DownloadCount, Find, Head, Reads as _, Search as _,
    SearchEntry, SetStar, SkillCommit, Term, Writes as _,
};
use uuid::Uuid;

use super::super::fixtures::{World, meta, name, skill, user};
use super::samples::{NAMES, Step, audience, question, step, term};
use crate::SqliteStore;

/// Both stores, and what was last said of each skill.
struct Twins {
    world: World,
    sqlite: SqliteStore,
    memory: MemoryStore,
    user: UserId,
    skills: BTreeMap<usize, (Head, Option<SearchEntry>)>,
}

impl Twins {
    async fn new() -> Self {
        let world = World::new();
        let mut twins = Self {
            sqlite: world.open().await,
            world,
            memory: MemoryStore::new(),
            user: UserId::new(Uuid::nil()),
            skills: BTreeMap::new(),
        };
        let ada = user("ada");
        twins.user = ada.id;
        twins.give(Command::CreateUser(Box::new(ada))).await;
        twins
    }

    async fn give(&self, command: Command) {
        let meta = meta();
        let expected = self.memory.apply(meta.clone(), command.clone()).await;
        let outcome = self.sqlite.apply(meta, command).await;
        assert_eq!(outcome.unwrap(), expected.unwrap());
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Commit(place, head, entry) => self.commit(place, *head, entry).await,
            Step::Star(place, starred) => {
                let star = SetStar::new(id(place), self.user, starred);
                self.give(Command::Star(star)).await;
            }
            Step::Count(downloads) => {
                let mut batch = CountBatch::default();
                let downloads = downloads.into_iter();
                batch.downloads = downloads
                    .map(|(place, day, count)| DownloadCount::new(id(place), Day(day), count))
                    .collect();
                self.give(Command::Count(batch)).await;
            }
        }
    }

    async fn commit(&mut self, place: usize, head: Head, entry: Option<SearchEntry>) {
        let name = name(NAMES[place]);
        let before = self.memory.skill(&name).await.unwrap();
        let expect = before.map(|skill| skill.revision);
        let mut commit = SkillCommit::new(name, id(place), expect, head.clone());
        commit.search = entry.clone().map(Box::new);
        self.give(skill(commit)).await;
        let said = self.skills.entry(place).or_insert((head.clone(), None));
        said.0 = head;
        said.1 = entry.or(said.1.take());
    }

    async fn compare_reads(&self) {
        for place in 0..NAMES.len() {
            for user in [None, Some(self.user), Some(UserId::new(Uuid::max()))] {
                let expected = self.memory.stars(id(place), user).await.unwrap();
                let stars = self.sqlite.stars(id(place), user).await.unwrap();
                assert_eq!(stars, expected);
            }
        }
        for (access, search) in [(0, 0), (1, 1), (2, 0), (0, 2), (9, 9)] {
            let current = DerivedVersions { access, search };
            let first = name(NAMES[0]);
            for (after, limit) in [(None, 100), (None, 2), (Some(&first), 100)] {
                let expected = self.memory.derived_before(current, after, limit).await;
                let old = self.sqlite.derived_before(current, after, limit).await;
                assert_eq!(old.unwrap(), expected.unwrap());
            }
        }
    }

    async fn compare_find(&self, find: &Find) {
        let expected = self.memory.find(find.clone()).await.unwrap();
        let found = self.sqlite.find(find.clone()).await.unwrap();
        assert_eq!(found, expected, "{find:?}");
    }

    async fn compare_near(&self, audience: &Audience, term: &Term) {
        for distance in [1, 2] {
            let expected = self.memory.near(audience, term, distance).await.unwrap();
            let near = self.sqlite.near(audience, term, distance).await.unwrap();
            let sorted: BTreeSet<Term> = near.iter().cloned().collect();
            assert_eq!(sorted.len(), near.len(), "{near:?}");
            assert_eq!(Vec::from_iter(sorted), expected, "{term} {distance}");
        }
    }

    /// Every term with its counts, from what was last said of each skill.
    fn recount(&self) -> Vec<(String, i64, i64)> {
        let mut counts: BTreeMap<String, (i64, i64)> = BTreeMap::new();
        for (head, entry) in self.skills.values() {
            let Some(entry) = entry.as_ref().filter(|_| is_shown(head)) else {
                continue;
            };
            let terms = entry.terms.iter().chain(entry.readme_terms.iter());
            for term in terms.collect::<BTreeSet<_>>() {
                let (public, other) = counts.entry(term.to_owned()).or_default();
                if head.readers.contains(&Token::public()) {
                    *public += 1;
                } else {
                    *other += 1;
                }
            }
        }
        let counts = counts.into_iter();
        counts
            .map(|(term, (public, other))| (term, public, other))
            .collect()
    }

    fn check_counts(&self) {
        let connection = self.world.raw();
        let counts = "SELECT term, public, other FROM vocabulary ORDER BY term";
        let counts: Vec<(String, i64, i64)> = rows(&connection, counts, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        });
        assert_eq!(counts, self.recount());
        for (one, other) in [
            (
                "SELECT id FROM vocabulary",
                "SELECT rowid FROM vocabulary_rest",
            ),
            (
                "SELECT row FROM search_entry WHERE shown = 2",
                "SELECT rowid FROM search_public",
            ),
            (
                "SELECT row FROM search_entry WHERE shown = 1",
                "SELECT rowid FROM search_other",
            ),
        ] {
            let one: Vec<i64> = rows(&connection, &format!("{one} ORDER BY 1"), |row| row.get(0));
            let other: Vec<i64> = rows(&connection, &format!("{other} ORDER BY 1"), |row| {
                row.get(0)
            });
            assert_eq!(one, other);
        }
        for table in ["vocabulary_rest", "search_public", "search_other"] {
            let check = format!("INSERT INTO {table} ({table}) VALUES ('integrity-check')");
            connection.execute_batch(&check).unwrap();
        }
    }
}

fn is_shown(head: &Head) -> bool {
    head.listed && head.status != SkillStatus::Removed
}

fn id(place: usize) -> SkillId {
    SkillId::new(Uuid::from_u128(1000 + place as u128))
}

fn rows<T>(
    connection: &Connection,
    select: &str,
    row: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut select = connection.prepare(select).unwrap();
    let rows = select.query_map([], row).unwrap();
    rows.map(Result::unwrap).collect()
}

async fn compare(steps: Vec<Step>, questions: &[Find], terms: &[(Audience, Term)]) {
    let mut twins = Twins::new().await;
    for step in steps {
        twins.take(step).await;
    }
    twins.check_counts();
    twins.compare_reads().await;
    for question in questions {
        twins.compare_find(question).await;
    }
    for (audience, term) in terms {
        twins.compare_near(audience, term).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_finds_what_memory_finds(
        steps in vec(step(), 1..40),
        questions in vec(question(), 60),
        terms in vec((audience(), term()), 12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(steps, &questions, &terms));
    }
}
