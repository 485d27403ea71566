//! What the comparison with the in-memory store cannot show: old databases, other processes,
//! failures, and what is left alone.

use rusqlite::params;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::blob::Digest;
use tank_registry_core::model::{Day, OrgId, Revision, SkillId, Version, VersionId};
use tank_registry_core::store::{
    Command, CountBatch, DerivedVersions, DownloadCount, Find, Head, PruneHistory, Reads as _,
    Search as _, SearchEntry, SetStar, SkillCommit, Sort, Term, Writes as _,
};

use super::super::fixtures::{
    Fault, NOW, World, applied, failing, head, id, meta, name, skill, user,
};
use crate::SqliteStore;

const FIRST_SCHEMA: &str = include_str!("../../../migrations/0001_first_schema.sql");

/// A head that everyone may find.
fn listed() -> Head {
    let mut head = head(user("ada").id);
    head.readers = vec![Token::public()];
    head.listed = true;
    head.latest = Some(VersionId::new(id()));
    head.derived_version = 3;
    head
}

fn entry(terms: &[&str]) -> Box<SearchEntry> {
    let mut entry = SearchEntry::new(Version::parse("1.0.0").unwrap());
    entry.terms = terms.iter().map(|term| Term::new(*term)).collect();
    entry.derived_version = 1;
    Box::new(entry)
}

/// The first commit of a skill.
fn first(name_: &str, head: Head, terms: &[&str]) -> SkillCommit {
    let mut commit = SkillCommit::new(name(name_), SkillId::new(id()), None, head);
    commit.search = Some(entry(terms));
    commit
}

async fn found(store: &SqliteStore, audience: Audience, term: &str) -> Vec<String> {
    let mut find = Find::all(audience, Day(0));
    find.words = vec![vec![Term::new(term)]];
    find.sort = Sort::Listed;
    (find.limit, find.bound) = (1000, Some(1000));
    let found = store.find(find).await.unwrap();
    let hits = found.hits.into_iter();
    hits.map(|hit| hit.name.to_string()).collect()
}

async fn near(store: &SqliteStore, audience: &Audience, term: &str) -> Vec<Term> {
    store.near(audience, &Term::new(term), 2).await.unwrap()
}

/// The rows of the index and of the vocabulary.
fn index(world: &World) -> Vec<String> {
    let mut rows = world.dump();
    rows.retain(|row| {
        let tables = ["search_public", "search_other", "vocabulary"];
        tables.iter().any(|table| row.starts_with(table))
    });
    rows
}

/// A database as the first release made it, with one skill.
fn old_database(world: &World, skill: SkillId, head: &Head) {
    let raw = world.raw();
    raw.execute_batch(FIRST_SCHEMA).unwrap();
    raw.execute_batch(
        "CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,
                                 sha512 BLOB NOT NULL) STRICT",
    )
    .unwrap();
    let digest = Digest::of(FIRST_SCHEMA.as_bytes());
    let row = params![1, "first_schema", digest.as_bytes()];
    raw.execute("INSERT INTO migration VALUES (?1, ?2, ?3)", row)
        .unwrap();
    let row = params![
        skill.as_uuid().as_bytes(),
        NOW.as_millis(),
        serde_json::to_string(head).unwrap(),
    ];
    raw.execute(
        "INSERT INTO skill (id, name, revision, created_at, downloads, head)
         VALUES (?1, 'old', 1, ?2, 5, ?3)",
        row,
    )
    .unwrap();
    raw.pragma_update(None, "application_id", 0x7461_6e6b)
        .unwrap();
    raw.pragma_update(None, "user_version", 1).unwrap();
}

#[tokio::test]
async fn skills_of_an_older_schema_have_no_entry_until_core_makes_one() {
    let world = World::new();
    let (old, mut head) = (SkillId::new(id()), listed());
    old_database(&world, old, &head);
    let store = world.open().await;
    let older_than = async |access, search| {
        let current = DerivedVersions { access, search };
        let old = store.derived_before(current, None, 9).await.unwrap();
        old.len()
    };
    assert_eq!(older_than(3, 0).await, 0);
    assert_eq!(older_than(3, 1).await, 1);
    assert_eq!(older_than(4, 0).await, 1);
    assert!(found(&store, Audience::All, "react").await.is_empty());

    let ada = user("ada");
    applied(&store, Command::CreateUser(Box::new(ada.clone()))).await;
    applied(&store, Command::Star(SetStar::new(old, ada.id, true))).await;
    applied(&store, skill(first("new", listed(), &["react"]))).await;
    let mut commit = SkillCommit::new(name("old"), old, Some(Revision(1)), head.clone());
    commit.search = Some(entry(&["react"]));
    applied(&store, skill(commit)).await;
    assert_eq!(older_than(3, 1).await, 0);
    // Its downloads and stars from before it had an entry count.
    assert_eq!(found(&store, Audience::All, "react").await, ["old", "new"]);
    let all = store.find(Find::all(Audience::All, Day(0))).await.unwrap();
    let stars: Vec<u64> = all.hits.iter().map(|hit| hit.stars).collect();
    assert_eq!(stars, [1, 0]);

    // Without a latest version there is nothing to derive.
    head.latest = None;
    let commit = SkillCommit::new(name("old"), old, Some(Revision(2)), head);
    applied(&store, skill(commit)).await;
    assert_eq!(older_than(3, 9).await, 1);
}

#[tokio::test]
async fn a_command_that_fails_leaves_the_index_as_it_was() {
    let world = World::new();
    let store = world.open().await;
    let mut kept = first("kept", listed(), &["react", "voice"]);
    applied(&store, skill(kept.clone())).await;
    let before = world.dump();
    kept.expect = Some(Revision::FIRST);
    kept.search = Some(entry(&["voice", "other"]));
    kept.head.readers.clear();
    let mut batch = CountBatch::default();
    batch.downloads = vec![DownloadCount::new(kept.skill, Day(1), 9)];
    for fault in [Fault::Panic, Fault::Rollback, Fault::Commit] {
        for command in [
            skill(first("lost", listed(), &["react", "lost"])),
            skill(kept.clone()),
            Command::Count(batch.clone()),
        ] {
            store.apply(failing(fault), command).await.unwrap_err();
            assert_eq!(world.dump(), before, "{fault:?}");
        }
    }
    // What the index had in memory is gone too.
    applied(&store, skill(first("next", listed(), &["react"]))).await;
    let everyone = Audience::anonymous();
    assert_eq!(
        found(&store, everyone.clone(), "react").await,
        ["kept", "next"]
    );
    assert!(found(&store, everyone.clone(), "lost").await.is_empty());
    assert!(near(&store, &everyone, "lost").await.is_empty());
}

#[tokio::test]
async fn two_processes_allot_rows_in_the_order_of_first_commits() {
    let world = World::new();
    let stores = [world.open().await, world.open().await];
    let mut running = Vec::new();
    for number in 0..40 {
        let store = stores[number % 2].clone();
        let commit = first(&format!("skill-{number}"), listed(), &["react"]);
        running.push(tokio::spawn(async move {
            let skill_id = commit.skill;
            applied(&store, skill(commit)).await;
            let mut batch = CountBatch::default();
            batch.downloads = vec![DownloadCount::new(skill_id, Day(1), number as u64 % 4)];
            applied(&store, Command::Count(batch)).await;
        }));
    }
    for one in running {
        one.await.unwrap();
    }
    let raw = world.raw();
    let mut select = raw
        .prepare("SELECT name FROM skill ORDER BY downloads = 0, downloads < 3, ordinal")
        .unwrap();
    let names = select.query_map([], |row| row.get(0)).unwrap();
    let names: Vec<String> = names.map(Result::unwrap).collect();
    for store in &stores {
        assert_eq!(found(store, Audience::anonymous(), "react").await, names);
    }
}

#[tokio::test]
async fn a_commit_that_changes_no_token_leaves_the_index_alone() {
    let world = World::new();
    let store = world.open().await;
    let mut commit = first("tools", listed(), &["react"]);
    applied(&store, skill(commit.clone())).await;
    let before = index(&world);
    commit.expect = Some(Revision::FIRST);
    applied(&store, skill(commit.clone())).await;
    commit.expect = Some(Revision(2));
    commit.search = None;
    applied(&store, skill(commit.clone())).await;
    let mut batch = CountBatch::default();
    batch.downloads = vec![DownloadCount::new(commit.skill, Day(1), 0)];
    applied(&store, Command::Count(batch)).await;
    assert_eq!(index(&world), before);
}

#[tokio::test]
async fn pruning_merges_the_segments_of_the_index_and_loses_nothing() {
    let world = World::new();
    let store = world.open().await;
    let mut names = Vec::new();
    for number in 0..6 {
        names.push(format!("skill-{number}"));
        let commit = first(&names[number], listed(), &["react", &names[number]]);
        applied(&store, skill(commit)).await;
    }
    let segments = || -> i64 {
        let select = "SELECT count(DISTINCT segid) FROM search_public_idx";
        world.raw().query_row(select, [], |row| row.get(0)).unwrap()
    };
    let before = segments();
    let prune = PruneHistory::new(NOW.before(std::time::Duration::from_hours(1)), 9);
    applied(&store, Command::PruneHistory(prune)).await;
    assert!(segments() < before, "{before} {}", segments());
    assert_eq!(found(&store, Audience::anonymous(), "react").await, names);
}

#[tokio::test]
async fn no_text_is_taken_for_a_mark_a_second_token_or_syntax() {
    let world = World::new();
    let store = world.open().await;
    let org = |name: &str| Token::org(&OrgId::new(name));
    let mut hidden = listed();
    hidden.readers = vec![org("A b\" OR \"public")];
    let text = "react\" OR \".rpublic";
    applied(&store, skill(first("hidden", hidden, &["secret", text]))).await;
    applied(&store, skill(first("shown", listed(), &[".rpublic", "x*"]))).await;

    for stranger in ["A", "b", "a b\" or \"public", "A b", "*", ""] {
        let stranger = Audience::AnyOf(vec![org(stranger)]);
        assert!(found(&store, stranger.clone(), "secret").await.is_empty());
        assert!(near(&store, &stranger, "secret").await.is_empty());
    }
    let friend = Audience::AnyOf(vec![org("A b\" OR \"public")]);
    assert_eq!(found(&store, friend.clone(), "secret").await, ["hidden"]);
    assert_eq!(near(&store, &friend, "sceret").await, [Term::new("secret")]);
    // A text with blanks comes from a store as several terms; each is whole.
    assert_eq!(found(&store, friend.clone(), "react\"").await, ["hidden"]);
    assert_eq!(found(&store, friend, "\".rpublic").await, ["hidden"]);
    let everyone = Audience::anonymous();
    assert_eq!(found(&store, everyone.clone(), ".rpublic").await, ["shown"]);
    assert_eq!(found(&store, everyone.clone(), "x*").await, ["shown"]);
    for nothing in ["x", "rpublic", "X*", "\"", "", ".", ".4shown", ".vpublic"] {
        let found = found(&store, everyone.clone(), nothing).await;
        assert!(found.is_empty(), "{nothing} {found:?}");
    }
}

#[tokio::test]
async fn users_are_found_by_their_address_whatever_the_case_of_its_ascii_letters() {
    let world = World::new();
    let store = world.open().await;
    let mut ids = Vec::new();
    for (handle, email) in [
        ("ada", "Ada@Example.test"),
        ("bob", "ada@example.test"),
        ("cy", "ädA@example.test"),
        ("di", "ada@example.tes"),
    ] {
        let mut user = user(handle);
        user.email = email.to_owned();
        ids.push(user.id);
        let command = Command::CreateUser(Box::new(user));
        store.apply(meta(), command).await.unwrap();
    }
    let found = async |email: &str, limit| {
        let users = store.users_by_email(email, limit).await.unwrap();
        users.into_iter().map(|user| user.id).collect::<Vec<_>>()
    };
    assert_eq!(found("ADA@EXAMPLE.TEST", 9).await, ids[..2]);
    assert_eq!(found("ada@example.test", 1).await, ids[..1]);
    assert_eq!(found("ÄDA@example.test", 9).await, []);
    assert_eq!(found("äda@example.test", 9).await, ids[2..3]);
    assert_eq!(found("%", 9).await, []);
}
