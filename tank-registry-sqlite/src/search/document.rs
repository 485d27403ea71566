//! What a skill is indexed as.

use rusqlite::types::{ToSql, ToSqlOutput};
use rusqlite::{Result, Row};
use tank_registry_core::access::Token;
use tank_registry_core::model::SkillStatus;
use tank_registry_core::scan::Verdict;
use tank_registry_core::store::{Head, SearchEntry, SkillCommit};

use super::part::{OTHER, PUBLIC, Part};
use super::tokens::{self, Tokens};
use super::updates;

/// Whether a search shows an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// The skill is not listed.
    No = 0,
    /// To some readers alone.
    Privately = 1,
    /// To everyone.
    Publicly = 2,
}

impl Shown {
    fn of(head: &Head) -> Self {
        if !head.listed || head.status == SkillStatus::Removed {
            Self::No
        } else if head.readers.contains(&Token::public()) {
            Self::Publicly
        } else {
            Self::Privately
        }
    }
}

impl Shown {
    /// The part of the index that it is in.
    pub(super) fn part(self) -> Option<&'static Part> {
        match self {
            Self::No => None,
            Self::Privately => Some(&OTHER),
            Self::Publicly => Some(&PUBLIC),
        }
    }
}

impl ToSql for Shown {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        Ok((*self as i64).into())
    }
}

/// An entry as far as it makes tokens. The marks of head and entry are kept as tokens, so that
/// a change of one needs nothing of the other.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) shown: Shown,
    pub(super) name: String,
    pub(super) terms: String,
    pub(super) readme_terms: String,
    pub(super) head_marks: String,
    pub(super) entry_marks: String,
    pub(super) rule: u32,
}

impl Document {
    /// What a commit makes of what was kept; nothing where there is no entry, before or now.
    pub(super) fn after(commit: &SkillCommit, kept: Option<&Self>) -> Option<Self> {
        let shown = Shown::of(&commit.head);
        let name = commit.name.as_str().to_owned();
        let head_marks = head_marks(&commit.head);
        if let Some(entry) = &commit.search {
            return Some(Self {
                shown,
                name,
                terms: entry.terms.as_text().to_owned(),
                readme_terms: entry.readme_terms.as_text().to_owned(),
                head_marks,
                entry_marks: entry_marks(entry),
                rule: entry.derived_version,
            });
        }
        kept.map(|kept| Self {
            shown,
            name,
            terms: kept.terms.clone(),
            readme_terms: kept.readme_terms.clone(),
            head_marks,
            entry_marks: kept.entry_marks.clone(),
            rule: kept.rule,
        })
    }

    /// One that was kept.
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self> {
        let shown: i64 = row.get(0)?;
        Ok(Self {
            shown: match shown {
                1 => Shown::Privately,
                2 => Shown::Publicly,
                _ => Shown::No,
            },
            name: row.get(1)?,
            terms: row.get(2)?,
            readme_terms: row.get(3)?,
            head_marks: row.get(4)?,
            entry_marks: row.get(5)?,
            rule: row.get(6)?,
        })
    }

    /// Whether its row of the table of documents is the other's.
    pub(super) fn is_stored_as(&self, other: &Self) -> bool {
        self.rule == other.rule
            && self.head_marks == other.head_marks
            && self.entry_marks == other.entry_marks
            && self.readme_terms == other.readme_terms
    }

    /// Whether the index holds for it what it holds for the other.
    pub(super) fn is_indexed_as(&self, other: &Self) -> bool {
        let is_hidden = self.shown == Shown::No;
        self.shown == other.shown
            && (is_hidden
                || (self.head_marks == other.head_marks
                    && self.entry_marks == other.entry_marks
                    && self.terms == other.terms
                    && self.readme_terms == other.readme_terms))
    }

    /// Each term, some of them perhaps twice.
    pub(super) fn each_term(&self) -> impl Iterator<Item = &str> {
        let terms = self.terms.split_ascii_whitespace();
        terms.chain(self.readme_terms.split_ascii_whitespace())
    }

    /// All tokens, as the text that is indexed.
    pub(super) fn tokens(&self) -> String {
        let mut tokens = Tokens::default();
        tokens.add(tokens::SHOWN, "");
        tokens.add_tokens(&self.head_marks);
        tokens.add_tokens(&self.entry_marks);
        tokens.add_name(&self.name);
        for term in self.each_term() {
            tokens.add("", term);
        }
        tokens.into_text()
    }
}

fn head_marks(head: &Head) -> String {
    let mut marks = Tokens::default();
    for reader in &head.readers {
        marks.add(tokens::READER, reader.as_str());
    }
    marks.add(tokens::VISIBILITY, head.visibility.as_str());
    updates::add_blocks(&mut marks, head.updated_at);
    marks.into_text()
}

/// The verdict's part of its mark, not shown to anyone.
pub(super) fn verdict_mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::PassWithNotes => "notes",
        Verdict::Flagged => "flagged",
        Verdict::Fail => "fail",
    }
}

fn entry_marks(entry: &SearchEntry) -> String {
    let mut marks = Tokens::default();
    if let Some(verdict) = entry.verdict {
        marks.add(tokens::VERDICT, verdict_mark(verdict));
    }
    if entry.has_readme {
        marks.add(tokens::README, "");
    }
    for kind in &entry.atom_kinds {
        marks.add(tokens::ATOM_KIND, kind);
    }
    marks.into_text()
}
