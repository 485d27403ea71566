//! Searches beside a model that looks at every skill and says each rule of section 4.11 plainly.
//!
//! All words are such as no inflection changes, so the model needs no rule of language.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use tank_registry_tests::wire::TestRegistry;

const WORDS: [&str; 12] = [
    "pdf", "git", "kit", "kid", "csv", "http", "golang", "golan", "fortran", "cobol", "x", "go",
];

#[derive(Debug, Clone)]
struct Skill {
    name: String,
    description: Vec<&'static str>,
    readme: Vec<&'static str>,
    downloads: u64,
    deprecated: bool,
    private: bool,
}

/// All words of a skill's name and description, and of all of it.
impl Skill {
    fn head(&self) -> Vec<&str> {
        let name = self.name.split(|c: char| !c.is_alphanumeric());
        name.filter(|word| !word.is_empty())
            .chain(self.description.iter().copied())
            .collect()
    }

    fn all(&self) -> Vec<&str> {
        self.head()
            .into_iter()
            .chain(self.readme.iter().copied())
            .collect()
    }

    fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap()
    }

    fn name_class(&self, q: &str) -> u32 {
        let short = q.chars().count() < 3;
        match () {
            () if self.name == q => 4,
            () if short => 0,
            () if self.name.starts_with(q) => 3,
            () if self.base().starts_with(q) => 2,
            () if self.name.contains(q) => 1,
            () => 0,
        }
    }
}

/// What a query means: its words, each with what may be held for it.
#[derive(Debug, Clone)]
struct Wanted {
    q: String,
    words: Vec<BTreeSet<String>>,
    prefix: bool,
}

impl Wanted {
    fn new(q: &str) -> Self {
        let q = q.trim().to_lowercase();
        let mut words: Vec<String> = Vec::new();
        let mut repeated = false;
        for word in q
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
        {
            repeated = words.iter().any(|held| held == word) && words.last().unwrap() != word;
            if !words.iter().any(|held| held == word) {
                words.push(word.to_owned());
            }
        }
        let letters = words.last().map_or(0, |word| word.chars().count());
        Self {
            prefix: (2..=8).contains(&letters) && !repeated,
            words: words
                .into_iter()
                .map(|word| BTreeSet::from([word]))
                .collect(),
            q,
        }
    }

    fn holds(&self, at: usize, words: &[&str]) -> bool {
        let prefix = self.prefix && at + 1 == self.words.len();
        let wanted = &self.words[at];
        words.iter().any(|held| {
            wanted.contains(*held) || (prefix && wanted.iter().any(|word| held.starts_with(word)))
        })
    }

    fn matches(&self, skill: &Skill) -> bool {
        let all = skill.all();
        let by_words = (0..self.words.len()).all(|at| self.holds(at, &all));
        (!self.words.is_empty() && by_words) || skill.name_class(&self.q) > 0
    }

    fn score(&self, skill: &Skill) -> f64 {
        let (name, q) = (&skill.name, &self.q);
        let mut score = 0.0;
        score += if name == q { 1000.0 } else { 0.0 };
        score += if name.starts_with(q) { 800.0 } else { 0.0 };
        score += if skill.base().starts_with(q) {
            600.0
        } else {
            0.0
        };
        score += if name.contains(q) { 400.0 } else { 0.0 };
        score += 300.0 * likeness(q, name).max(likeness(q, skill.base()));
        let head = skill.head();
        let count = f64::from(u32::try_from(self.words.len()).unwrap());
        for at in 0..self.words.len() {
            if self.holds(at, &head) {
                score += 100.0 / count;
            } else if !name.contains(q) {
                score += 50.0 / count;
            }
        }
        score
    }

    fn list<'a>(&self, skills: &[&'a Skill]) -> Vec<&'a Skill> {
        let mut list: Vec<&Skill> = skills
            .iter()
            .copied()
            .filter(|skill| self.matches(skill))
            .collect();
        let popularity = |skill: &Skill| {
            f64::from(u32::try_from(skill.downloads).unwrap() + 1)
                .log2()
                .floor()
        };
        // Stable: what is equal stays in order of age.
        list.sort_by(|one, other| {
            let class = |skill: &Skill| (f64::from(skill.name_class(&self.q)), popularity(skill));
            class(other).partial_cmp(&class(one)).unwrap()
        });
        // Sums of the same parts in another order differ in their last digits.
        let rounded = |skill: &Skill| (self.score(skill) * 1e6).round();
        list.sort_by(|one, other| {
            let by_score = rounded(other).partial_cmp(&rounded(one)).unwrap();
            by_score.then(one.deprecated.cmp(&other.deprecated))
        });
        list
    }

    fn corrected(&self, skills: &[&Skill]) -> Option<Self> {
        let vocabulary: BTreeSet<&str> = skills.iter().flat_map(|skill| skill.all()).collect();
        let vocabulary: Vec<&str> = vocabulary.into_iter().collect();
        let mut corrected = self.clone();
        for at in 0..self.words.len() {
            if self.holds(at, &vocabulary) {
                continue;
            }
            let word = self.words[at].first().unwrap();
            let limit = if word.chars().count() <= 5 { 1 } else { 2 };
            let near = |max: usize| -> Vec<String> {
                let near = vocabulary.iter().filter(|held| edits(held, word) == max);
                near.take(8).map(ToString::to_string).collect()
            };
            let nearest = (1..=limit).map(near).find(|near| !near.is_empty())?;
            corrected.words[at] = nearest.into_iter().collect();
            if at + 1 == self.words.len() {
                corrected.prefix = false;
            }
        }
        Some(corrected)
    }
}

fn trigrams(text: &str) -> BTreeSet<String> {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .flat_map(|word| {
            let padded: Vec<char> = format!("  {word} ").chars().collect();
            padded
                .windows(3)
                .map(|three| three.iter().collect())
                .collect::<Vec<String>>()
        })
        .collect()
}

fn likeness(one: &str, other: &str) -> f64 {
    let (one, other) = (trigrams(one), trigrams(other));
    let either = one.union(&other).count();
    if either == 0 {
        return 0.0;
    }
    let number = |count: usize| f64::from(u32::try_from(count).unwrap());
    number(one.intersection(&other).count()) / number(either)
}

/// Edits between two words, a swap of neighbours being one, as its definition says it.
fn edits(one: &str, other: &str) -> usize {
    fn of(one: &[char], other: &[char]) -> usize {
        match (one, other) {
            ([], rest) | (rest, []) => rest.len(),
            ([a, one_rest @ ..], [b, other_rest @ ..]) if a == b => of(one_rest, other_rest),
            ([a, one_rest @ ..], [b, other_rest @ ..]) => {
                let mut least = 1 + of(one_rest, other_rest)
                    .min(of(one, other_rest))
                    .min(of(one_rest, other));
                if let ([c, one_rest @ ..], [d, other_rest @ ..]) = (one_rest, other_rest)
                    && (a, c) == (d, b)
                {
                    least = least.min(1 + of(one_rest, other_rest));
                }
                least
            }
        }
    }
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    of(&one, &other)
}

fn words(most: usize) -> impl Strategy<Value = Vec<&'static str>> {
    proptest::collection::vec(proptest::sample::select(&WORDS[..]), 0..=most)
}

fn name() -> impl Strategy<Value = String> {
    let part = || {
        let word = || proptest::sample::select(&WORDS[..]);
        prop_oneof![
            word().prop_map(str::to_owned),
            (word(), word()).prop_map(|(a, b)| format!("{a}-{b}"))
        ]
    };
    prop_oneof![
        part(),
        (
            proptest::sample::select(&["acme", "org", "git"][..]),
            part()
        )
            .prop_map(|(org, base)| format!("@{org}/{base}")),
    ]
}

fn skill() -> impl Strategy<Value = Skill> {
    let downloads = prop_oneof![Just(0), Just(1), 0_u64..100];
    (name(), words(3), words(4), downloads, 0..4_u8).prop_map(
        |(name, description, readme, downloads, kind)| Skill {
            name,
            description,
            readme,
            downloads,
            deprecated: kind == 0,
            private: kind == 1,
        },
    )
}

fn question() -> impl Strategy<Value = String> {
    let word = || proptest::sample::select(&WORDS[..]);
    prop_oneof![
        word().prop_map(str::to_owned),
        (word(), word()).prop_map(|(a, b)| format!("{a} {b}")),
        (word(), word(), word()).prop_map(|(a, b, c)| format!(" {a}, {b}/{c}")),
        name().prop_map(|name| name.to_uppercase()),
        name().prop_map(|name| name[..name.len() - name.len() / 3].to_owned()),
        (name(), 1_usize..4).prop_map(|(name, from)| name[from.min(name.len() - 1)..].to_owned()),
        Just("@acme".to_owned()),
        "[gkpdfihoa]{1,7}",
        ("[@/%_';! -]{1,4}", word()).prop_map(|(sign, word)| format!("{sign}{word}")),
    ]
}

async fn pages(
    test: &TestRegistry,
    key: Option<&str>,
    q: &str,
    limit: usize,
) -> (Vec<String>, u64) {
    let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
    let (mut all, mut totals) = (Vec::new(), BTreeSet::new());
    for page in 1.. {
        let answer = test
            .get(
                key,
                &format!("/api/v1/search?q={q}&page={page}&limit={limit}"),
            )
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        totals.insert(answer.number("total"));
        let results = answer.list("results");
        assert!(results.len() <= limit);
        if results.is_empty() {
            break;
        }
        all.extend(
            results
                .iter()
                .map(|result| result["name"].as_str().unwrap().to_owned()),
        );
    }
    assert_eq!(totals.len(), 1, "the total is the same on every page");
    (all, totals.pop_first().unwrap())
}

async fn check(skills: Vec<Skill>, questions: Vec<String>, limit: usize) {
    let test = TestRegistry::with_settings(|settings| settings.anonymous_per_hour = None).await;
    let admin = test
        .key_with("admin", &[tank_registry_core::Scope::Admin], None)
        .await
        .secret;
    let mut held: Vec<Skill> = Vec::new();
    for skill in skills {
        let reserved = ["confirm", "top", "access", "compare", "star"];
        if reserved.contains(&&*skill.name) || held.iter().any(|other| other.name == skill.name) {
            continue;
        }
        let visibility = if skill.private { "private" } else { "public" };
        let manifest = json!({
            "name": skill.name,
            "version": "1.0.0",
            "visibility": visibility,
            "description": skill.description.join(", "),
        });
        let id = test
            .seed("admin", &manifest, &skill.readme.join("\n"))
            .await;
        if skill.downloads > 0 {
            test.downloaded(id, skill.downloads).await;
        }
        if skill.deprecated {
            test.change_skill(&skill.name, |commit| {
                let message = None;
                commit.head.status = tank_registry_core::model::SkillStatus::Deprecated { message };
            })
            .await;
        }
        held.push(skill);
    }
    for (key, is_admin) in [(None, false), (Some(&*admin), true)] {
        let seen: Vec<&Skill> = held
            .iter()
            .filter(|skill| is_admin || !skill.private)
            .collect();
        for q in &questions {
            let wanted = Wanted::new(q);
            let mut expected = wanted.list(&seen);
            if expected.is_empty()
                && let Some(corrected) = wanted.corrected(&seen)
            {
                expected = corrected.list(&seen);
            }
            let expected: Vec<&str> = expected.iter().map(|skill| &*skill.name).collect();
            let (found, total) = pages(&test, key, q, limit).await;
            assert_eq!(found, expected, "{q:?} {wanted:?}");
            assert_eq!(total, expected.len() as u64, "{q:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_search_finds_what_the_model_finds_in_its_order(
        skills in proptest::collection::vec(skill(), 0..14),
        questions in proptest::collection::vec(question(), 1..12),
        limit in 1_usize..6,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(check(skills, questions, limit));
    }
}
