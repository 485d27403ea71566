//! Searches of any store and of the one in memory, which says what they mean, asked the same.

use std::sync::Arc;

use tank_registry_core::MetadataStore;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::memory::MemoryStore;
use tank_registry_core::model::{SkillId, SkillStatus, UserId, Version, Visibility};
use tank_registry_core::scan::Verdict;
use tank_registry_core::store::{
    Command, Find, Search as _, SearchEntry, SkillCommit, Sort, Term, Terms,
};
use tokio::sync::Barrier;
use uuid::Uuid;

use super::shelf::{Dice, EVER, change, downloaded, find, public, shelve, star};
use crate::StoreHandles;
use crate::fixtures::{NOW, done, head, head_only, minute, skill, skill_name, user};

const WORDS: [&str; 14] = [
    "pdf", "pdfs", "read", "reader", "reading", "größe", "grosse", "入門", "invoice", "invoic",
    "react", "recat", "x", "internationalisation",
];
const NAMES: [&str; 12] = [
    "pdf", "pdf-reader", "@acme/pdf", "@acme/reader", "@acme/react", "@pdf/tools", "react",
    "my-react", "@org/my-pdf", "in", "invoice", "@org/invoices",
];
const QUESTIONS: [&str; 14] = [
    "pdf", "@acme", "acme", "@acme/", "react", "in", "read", "p%f", "@org/my-pdf", "", "-", "'",
    "\u{1f680}", "_df",
];

pub async fn any_question_is_answered_as_by_the_store_in_memory(handles: StoreHandles) {
    for seed in 0..3 {
        let mut dice = Dice::new(seed);
        let model = MemoryStore::new();
        let world = Drawn::new(&[&*handles.one, &model], &mut dice, seed).await;
        for _ in 0..40 {
            world.something_changes(&[&*handles.one, &model], &mut dice).await;
            for _ in 0..6 {
                let question = world.question(&mut dice);
                let expected = model.find(question.clone()).await.unwrap();
                let found = handles.two.find(question.clone()).await.unwrap();
                assert_eq!(found, expected, "seed {seed}: {question:?}");
            }
            let (audience, term) = (world.audience(&mut dice), Term::new(dice.pick(&WORDS)));
            for distance in [1, 2] {
                let mut expected = model.near(&audience, &term, distance).await.unwrap();
                let mut found = handles.two.near(&audience, &term, distance).await.unwrap();
                expected.sort_unstable();
                found.sort_unstable();
                assert_eq!(found, expected, "seed {seed}: {term} {audience:?}");
            }
        }
        world.everything_is_hidden(&*handles.one).await;
    }
}

/// Skills by chance, the same in each of some stores.
struct Drawn {
    people: Vec<UserId>,
    skills: Vec<(String, SkillId)>,
}

impl Drawn {
    async fn new(stores: &[&dyn MetadataStore], dice: &mut Dice, round: u64) -> Self {
        let mut world = Self { people: Vec::new(), skills: Vec::new() };
        for number in 0..3 {
            let user = user(&format!("u{number}-of-{round}"));
            world.people.push(user.id);
            for store in stores {
                done(*store, Command::CreateUser(Box::new(user.clone()))).await;
            }
        }
        for name in NAMES {
            let name = match round {
                0 => name.to_owned(),
                _ => format!("{name}{round}"),
            };
            let id = SkillId::new(Uuid::now_v7());
            let mut commit = SkillCommit::new(skill_name(&name), id, None, head(world.people[0]));
            world.draw(&mut commit, dice);
            for store in stores {
                done(*store, skill(commit.clone())).await;
            }
            world.skills.push((name, id));
        }
        world
    }

    fn draw(&self, commit: &mut SkillCommit, dice: &mut Dice) {
        let head = &mut commit.head;
        head.publisher = self.people[dice.roll(3)];
        head.listed = dice.roll(5) > 0;
        head.visibility = [Visibility::Public, Visibility::Private][dice.roll(2)];
        head.readers = match head.visibility {
            Visibility::Public => vec![Token::public()],
            Visibility::Private => {
                let people = self.people.iter().filter(|_| dice.roll(2) == 0);
                people.copied().map(Token::user).collect()
            }
        };
        head.status = match dice.roll(4) {
            0 => SkillStatus::Deprecated { message: None },
            _ => SkillStatus::Active,
        };
        head.updated_at = minute(dice.roll(5) as u64);
        if dice.roll(3) > 0 {
            commit.search = Some(Box::new(drawn_entry(dice)));
        }
    }

    async fn something_changes(&self, stores: &[&dyn MetadataStore], dice: &mut Dice) {
        let (name, id) = &self.skills[dice.roll(self.skills.len())];
        let command = match dice.roll(4) {
            0 => downloaded(*id, [0, 6, 7, 900][dice.roll(4)], 1 << dice.roll(8)),
            1 => {
                let (user, starred) = (self.people[dice.roll(3)], dice.roll(3) > 0);
                for store in stores {
                    // A star that is there, or is not, is no failure.
                    crate::fixtures::give(*store, star(*id, user, starred)).await;
                }
                return;
            }
            _ => {
                let mut commit = head_only(stores[0], name).await;
                self.draw(&mut commit, dice);
                skill(commit)
            }
        };
        for store in stores {
            done(*store, command.clone()).await;
        }
    }

    fn audience(&self, dice: &mut Dice) -> Audience {
        match dice.roll(4) {
            0 => Audience::anonymous(),
            1 => Audience::All,
            number => {
                let token = Token::user(self.people[number - 1]);
                Audience::AnyOf(vec![Token::public(), token])
            }
        }
    }

    fn question(&self, dice: &mut Dice) -> Find {
        let mut question = Find::all(self.audience(dice), NOW.day().minus(6));
        for _ in 0..dice.roll(3) {
            let alternatives = 1 + dice.roll(2);
            question.words.push((0..alternatives).map(|_| Term::new(dice.pick(&WORDS))).collect());
        }
        let short = |term: &Term| (2..=8).contains(&term.as_str().chars().count());
        question.last_is_prefix = dice.roll(2) == 0
            && question.words.last().is_some_and(|any| any.iter().all(short));
        question.name = (dice.roll(3) > 0).then(|| dice.pick(&QUESTIONS).to_owned());
        let filters = &mut question.filters;
        match dice.roll(8) {
            0 => filters.visibility = Some(Visibility::Private),
            1 => filters.verdict = Some(Verdict::Pass),
            2 => filters.updated_since = Some(minute(2)),
            3 => filters.has_readme = true,
            4 => filters.atom_kind = Some("tool".to_owned()),
            _ => {}
        }
        question.sort = [
            Sort::Listed,
            Sort::Listed,
            Sort::Updated,
            Sort::Downloads,
            Sort::Stars,
            Sort::Score,
            Sort::Name,
        ][dice.roll(7)];
        question.offset = [0, 0, 1, 4, 20][dice.roll(5)];
        question.limit = [1, 3, 50, 200][dice.roll(4)];
        let is_whole = question.words.is_empty()
            && question.name.is_none()
            && question.filters.is_empty()
            && question.sort == Sort::Updated;
        question.bound = match dice.roll(3) {
            _ if is_whole => None,
            0 => Some(3),
            _ => Some(1000),
        };
        question
    }

    async fn everything_is_hidden(&self, store: &dyn MetadataStore) {
        for (name, _) in &self.skills {
            change(store, name, |commit| commit.head.listed = false).await;
        }
    }
}

fn drawn_entry(dice: &mut Dice) -> SearchEntry {
    let mut draw = |count: usize| {
        let words = (0..count).map(|_| Term::new(dice.pick(&WORDS)));
        words.collect::<Terms>()
    };
    let (terms, readme) = (draw(3), draw(4));
    let mut entry = SearchEntry::new(Version::parse("1.2.3").unwrap());
    entry.readme_terms = readme
        .iter()
        .filter(|term| !terms.contains(term))
        .map(Term::new)
        .collect();
    entry.terms = terms;
    entry.description = (dice.roll(2) == 0).then(|| "what it does".to_owned());
    entry.audit_score = [None, Some(0), Some(7), Some(10)][dice.roll(4)];
    entry.verdict = [None, Some(Verdict::Pass), Some(Verdict::Flagged)][dice.roll(3)];
    entry.atom_kinds = vec![dice.pick(&["skill", "tool"]).to_owned()];
    entry.has_readme = dice.roll(2) == 0;
    entry.derived_version = 1;
    entry
}

pub async fn a_list_and_its_total_are_one_point_in_time(handles: StoreHandles) {
    let store = &*handles.one;
    for name in ["one", "two"] {
        shelve(store, public(name, "pdf", "")).await;
    }
    let start = Arc::new(Barrier::new(2));
    let writer = {
        let (store, start) = (Arc::clone(&handles.one), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            for number in 0..60 {
                change(&*store, "two", |commit| commit.head.listed = number % 2 == 1).await;
            }
        })
    };
    start.wait().await;
    let whole = Find::all(Audience::anonymous(), EVER);
    while !writer.is_finished() {
        for question in [find(&[&["pdf"]]), whole.clone()] {
            let found = handles.two.find(question).await.unwrap();
            assert_eq!(found.hits.len() as u64, found.total);
        }
    }
    writer.await.unwrap();
}
