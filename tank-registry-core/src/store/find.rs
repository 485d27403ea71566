//! Looking for skills: what a store is given to index, and what it is asked.
//!
//! Core makes the terms of a skill and of a query, ranks what is found and corrects what is
//! misspelt. A store keeps the terms that it is given, looks up those that it is asked for, and
//! has one order.

use std::fmt::{self, Debug};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::access::Audience;
use crate::model::{Day, SkillId, SkillName, Timestamp, UserId, Version, Visibility};
use crate::scan::Verdict;

/// A word in a form in which it is indexed and looked up. Core makes it: 1 to 64 letters, digits and
/// marks of any script, case-folded, never a blank. A store compares terms as text.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Term(String);

impl Term {
    /// A term that core made; also for a store that reads one back.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The term's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Distinct terms, in one text with a blank between two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Terms(String);

impl Terms {
    /// Terms read back from a store.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be stored.
    pub fn as_text(&self) -> &str {
        &self.0
    }

    /// The terms, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split_ascii_whitespace()
    }

    /// Whether one of them is `term`.
    pub fn contains(&self, term: &str) -> bool {
        self.iter().any(|held| held == term)
    }
}

impl FromIterator<Term> for Terms {
    /// Repetitions are dropped; the first of them keeps its place.
    fn from_iter<I: IntoIterator<Item = Term>>(terms: I) -> Self {
        let mut seen = std::collections::HashSet::new();
        let mut text = String::new();
        for term in terms {
            if seen.contains(&term) {
                continue;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(term.as_str());
            seen.insert(term);
        }
        Self(text)
    }
}

/// What a search knows of a skill: made by core from its latest version. A store keeps it beside
/// the skill's head, from which it takes readers, whether the skill is listed, visibility, status,
/// publisher and `updated_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SearchEntry {
    /// The terms of name and description.
    pub terms: Terms,
    /// The terms of the readme that are not among `terms`; at most 2,000.
    pub readme_terms: Terms,
    /// The description.
    pub description: Option<String>,
    /// The number of the latest version.
    pub latest: Version,
    /// The audit score of the latest version, 0 to 10.
    pub audit_score: Option<u8>,
    /// The verdict on the latest version.
    pub verdict: Option<Verdict>,
    /// The kinds of atoms in the latest version, at least one.
    pub atom_kinds: Vec<String>,
    /// Whether the readme has any text.
    pub has_readme: bool,
    /// Which rule made the terms.
    pub derived_version: u32,
}

impl SearchEntry {
    /// An entry without terms; the fields are public.
    pub fn new(latest: Version) -> Self {
        Self {
            terms: Terms::default(),
            readme_terms: Terms::default(),
            description: None,
            latest,
            audit_score: None,
            verdict: None,
            atom_kinds: Vec::new(),
            has_readme: false,
            derived_version: 0,
        }
    }
}

/// A question for skills.
///
/// Only listed skills with an entry are found, that `audience` may read and that pass all
/// `filters`. Of those a
/// skill matches when it holds, of every one of `words`, at least one alternative, or when its name
/// contains `name`. Without words it matches by its name alone; without words and a name every
/// skill does.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Find {
    /// All of these must be held; of the alternatives of one, any.
    pub words: Vec<Vec<Term>>,
    /// Whether it is enough that a held term begins with an alternative of the last word; these
    /// have then 2 to 8 characters.
    pub last_is_prefix: bool,
    /// What was asked for, trimmed and lower-cased; each character stands for itself. Up to two
    /// characters it is compared with whole names only.
    pub name: Option<String>,
    /// Who asks.
    pub audience: Audience,
    /// What else must hold.
    pub filters: Filters,
    /// The order of the answer.
    pub sort: Sort,
    /// How many of the list to pass over.
    pub offset: u64,
    /// How many of the list to answer.
    pub limit: u32,
    /// How long the list may be; `None` only without words, name and filters, in the order
    /// [`Sort::Updated`].
    pub bound: Option<u32>,
    /// From which day on the downloads of a hit are added up.
    pub since: Day,
}

impl Find {
    /// Every skill of an audience, the one updated last first.
    pub fn all(audience: Audience, since: Day) -> Self {
        Self {
            words: Vec::new(),
            last_is_prefix: false,
            name: None,
            audience,
            filters: Filters::default(),
            sort: Sort::Updated,
            offset: 0,
            limit: 20,
            bound: None,
            since,
        }
    }
}

/// What a skill must be to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Filters {
    /// Public, or private.
    pub visibility: Option<Visibility>,
    /// The verdict on its latest version.
    pub verdict: Option<Verdict>,
    /// Updated at this time or later.
    pub updated_since: Option<Timestamp>,
    /// Whether its readme has any text; `false` asks for nothing.
    pub has_readme: bool,
    /// A kind among its atoms.
    pub atom_kind: Option<String>,
}

impl Filters {
    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The order of a list. The first `bound` of what matches, in the order [`Sort::Listed`], are the
/// list; another order arranges that list and brings nothing else into it. Ties are in order of the
/// skills' first commits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// The store's own: name class, then popularity class, both highest first, then the order of
    /// first commits.
    ///
    /// The *name class* of a match compares its name with `name`: 4 it is that; and where `name`
    /// has three characters or more, 3 it starts with it, 2 the part after `/` does, 1 it contains
    /// it; else 0. The *popularity class* is
    /// [`popularity_class`](super::popularity_class) of all downloads there ever were.
    Listed,
    /// Updated last, first.
    Updated,
    /// Most downloads since [`Find::since`] first.
    Downloads,
    /// Most stars first.
    Stars,
    /// Highest audit score first, those without one last.
    Score,
    /// By name, in order of bytes.
    Name,
}

/// The answer to [`Find`], from one point in time.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The part of the list that was asked for.
    pub hits: Vec<Hit>,
    /// How long the list is.
    pub total: u64,
    /// Whether more would match than the list may hold.
    pub total_is_lower_bound: bool,
}

/// A skill that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The skill.
    pub skill: SkillId,
    /// Its name.
    pub name: SkillName,
    /// Who first published it.
    pub publisher: UserId,
    /// Public or private.
    pub visibility: Visibility,
    /// Whether its status is deprecated.
    pub deprecated: bool,
    /// When a version of it last went live.
    pub updated_at: Timestamp,
    /// Downloads since [`Find::since`].
    pub downloads: u64,
    /// Its stars.
    pub stars: u64,
    /// [`SearchEntry::terms`].
    pub terms: Terms,
    /// [`SearchEntry::description`].
    pub description: Option<String>,
    /// [`SearchEntry::latest`].
    pub latest: Version,
    /// [`SearchEntry::audit_score`].
    pub audit_score: Option<u8>,
    /// [`SearchEntry::verdict`].
    pub verdict: Option<Verdict>,
    /// [`SearchEntry::atom_kinds`].
    pub atom_kinds: Vec<String>,
}

/// The popularity class of a skill with so many downloads in its life: ⌊log2(downloads + 1)⌋.
pub fn popularity_class(downloads: u64) -> u32 {
    downloads.saturating_add(1).ilog2()
}

/// What core asks of a store's index.
#[async_trait]
pub trait Search: Debug + Send + Sync + 'static {
    /// Finds skills. What it costs depends on the page and on `bound`, not on how many match.
    async fn find(&self, find: Find) -> Result<Found, StoreError>;

    /// Every term of a listed skill of the audience within `max_distance` of `term`, itself
    /// included when it is held, in any order. Distance is
    /// [`search::distance`](crate::search::distance); `max_distance` is 1 or 2.
    ///
    /// A term that only skills hold which the audience may not read is not answered. Where very many
    /// terms are as near a store may leave out some: what this costs is bounded.
    async fn near(
        &self,
        audience: &Audience,
        term: &Term,
        max_distance: u32,
    ) -> Result<Vec<Term>, StoreError>;
}
