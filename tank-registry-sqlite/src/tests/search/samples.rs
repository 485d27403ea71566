//! Anything that a search may meet, with values so few that they meet each other.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::model::{
    Day, OrgId, SkillStatus, Timestamp, UserId, Version, VersionId, Visibility,
};
use tank_registry_core::scan::Verdict;
use tank_registry_core::store::{Filters, Find, Head, SearchEntry, Sort, Term};
use uuid::Uuid;

use super::super::fixtures::NOW;

pub(super) const NAMES: [&str; 8] = [
    "tools",
    "@acme/tools",
    "@acme/tool-box",
    "@acme-tools/a",
    "@a/acme",
    "to",
    "@acme/acme-tools-for-everyone-who-has-acme-tools",
    "tools-",
];

const TERMS: [&str; 16] = [
    "react", "recat", "reactive", "ract", "re", "s", "ſ", "größe", "grösse", "groesse", "ab", "ba",
    "abcdef", "bacdfe", "A\"", "near",
];

const TEXTS: [&str; 16] = [
    "tools",
    "@acme/tools",
    "@acme/",
    "acme",
    "acme-tools-for-everyone",
    "tool",
    "to",
    "ool",
    "ols-",
    "-",
    "%oo%",
    "___",
    "\" OR \"tools",
    "tools*",
    "größe\0",
    "",
];

fn token() -> impl Strategy<Value = Token> {
    select(vec![
        Token::public(),
        Token::user(UserId::new(Uuid::from_u128(1))),
        Token::user(UserId::new(Uuid::from_u128(2))),
        Token::org(&OrgId::new("Acme")),
        Token::org(&OrgId::new("acme")),
        Token::org(&OrgId::new("\" OR \"public' ")),
    ])
}

pub(super) fn term() -> impl Strategy<Value = Term> {
    select(&TERMS[..]).prop_map(Term::new)
}

fn time() -> impl Strategy<Value = Timestamp> {
    // Within a block, in the next ones, and long ago.
    select(vec![0, 1, 2, 1 << 29, 5 << 29, 1 << 33, 1 << 34, 200 << 33])
        .prop_map(|back| Timestamp::from_millis(NOW.as_millis() - back))
}

fn verdict() -> impl Strategy<Value = Verdict> {
    select(vec![
        Verdict::Pass,
        Verdict::PassWithNotes,
        Verdict::Flagged,
        Verdict::Fail,
    ])
}

fn kind() -> impl Strategy<Value = String> {
    select(vec!["skill", "skill x", "hook"]).prop_map(str::to_owned)
}

fn visibility() -> impl Strategy<Value = Visibility> {
    select(vec![Visibility::Public, Visibility::Private])
}

fn entry() -> impl Strategy<Value = SearchEntry> {
    let words = (vec(term(), 0..5), vec(term(), 0..5));
    let verdict = proptest::option::of(verdict());
    let kinds = vec(kind(), 1..3);
    let more = (proptest::option::of(0_u8..11), any::<bool>(), 0_u32..3);
    (words, verdict, kinds, more).prop_map(|(words, verdict, kinds, more)| {
        let mut entry = SearchEntry::new(Version::parse("1.2.3-rc.1+b").unwrap());
        entry.terms = words.0.into_iter().collect();
        let readme = words.1.into_iter();
        let readme = readme.filter(|term| !entry.terms.contains(term.as_str()));
        entry.readme_terms = readme.collect();
        entry.description = Some("Words\0".to_owned());
        entry.verdict = verdict;
        entry.atom_kinds = kinds;
        (entry.audit_score, entry.has_readme, entry.derived_version) = more;
        entry
    })
}

fn head() -> impl Strategy<Value = Head> {
    let status = select(vec![
        SkillStatus::Active,
        SkillStatus::Active,
        SkillStatus::Deprecated { message: None },
        SkillStatus::Removed,
    ]);
    let seen = (
        vec(token(), 0..3),
        visibility(),
        proptest::bool::weighted(0.8),
    );
    let more = (status, time(), any::<bool>(), 0_u32..3);
    (seen, more).prop_map(|((readers, visibility, listed), more)| {
        let (status, at, has_latest, rule) = more;
        let mut head = Head::new(UserId::new(Uuid::from_u128(1)), None, visibility, at);
        head.readers = readers;
        head.listed = listed;
        head.status = status;
        head.latest = has_latest.then(|| VersionId::new(Uuid::from_u128(9)));
        head.derived_version = rule;
        head
    })
}

/// A skill is named by its place in `NAMES`.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Commit(usize, Box<Head>, Option<SearchEntry>),
    Star(usize, bool),
    Count(Vec<(usize, i64, u64)>),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let skill = 0..NAMES.len();
    let downloads = (skill.clone(), 0_i64..12, select(vec![0_u64, 1, 2, 5, 1000]));
    prop_oneof![
        5 => (skill.clone(), head(), proptest::option::weighted(0.7, entry()))
            .prop_map(|(skill, head, entry)| Step::Commit(skill, Box::new(head), entry)),
        1 => (skill, any::<bool>()).prop_map(|(skill, starred)| Step::Star(skill, starred)),
        3 => vec(downloads, 1..5).prop_map(Step::Count),
    ]
}

fn filters() -> impl Strategy<Value = Filters> {
    let rarely = 0.15;
    (
        proptest::option::weighted(rarely, visibility()),
        proptest::option::weighted(rarely, verdict()),
        proptest::option::weighted(rarely, time()),
        proptest::bool::weighted(rarely),
        proptest::option::weighted(rarely, kind()),
    )
        .prop_map(
            |(visibility, verdict, updated_since, has_readme, atom_kind)| {
                let mut filters = Filters::default();
                filters.visibility = visibility;
                filters.verdict = verdict;
                filters.updated_since = updated_since;
                filters.has_readme = has_readme;
                filters.atom_kind = atom_kind;
                filters
            },
        )
}

pub(super) fn audience() -> impl Strategy<Value = Audience> {
    prop_oneof![
        1 => Just(Audience::All),
        2 => Just(Audience::anonymous()),
        4 => vec(token(), 0..4).prop_map(Audience::AnyOf),
    ]
}

pub(super) fn question() -> impl Strategy<Value = Find> {
    let words = prop_oneof![Just(Vec::new()), vec(vec(term(), 1..3), 1..3),];
    let prefix = proptest::option::weighted(0.3, select(vec!["re", "rea", "gr", "ab", "reactive"]));
    let text = proptest::option::of(select(&TEXTS[..]));
    let sort = select(vec![
        Sort::Listed,
        Sort::Updated,
        Sort::Downloads,
        Sort::Stars,
        Sort::Score,
        Sort::Name,
    ]);
    let page = (
        0_u64..6,
        0_u32..9,
        proptest::option::of(0_u32..8),
        -1_i64..13,
    );
    let asked = (words, prefix, text);
    (asked, audience(), filters(), sort, page).prop_map(
        |((mut words, prefix, text), audience, filters, sort, page)| {
            let mut find = Find::all(audience, Day(page.3));
            if let Some(prefix) = prefix {
                words.push(vec![Term::new(prefix)]);
                find.last_is_prefix = true;
            }
            find.words = words;
            find.name = text.map(str::to_owned);
            find.filters = filters;
            find.sort = sort;
            (find.offset, find.limit, find.bound) = (page.0, page.1, page.2);
            find
        },
    )
}
