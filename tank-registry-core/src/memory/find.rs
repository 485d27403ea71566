//! Search, as plainly as it can be said: look at every skill, keep what matches, sort.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::state::{SkillRow, State};
use crate::access::Audience;
use crate::model::{Day, SkillId, SkillName, SkillStatus};
use crate::search::distance;
use crate::store::{Find, Found, Hit, SearchEntry, Sort, Term, popularity_class};

/// A skill that a search may show to someone.
type Shown<'a> = (&'a SkillName, &'a SkillRow, &'a SearchEntry);

pub(super) fn find(state: &State, find: &Find) -> Found {
    let mut matches: Vec<Shown<'_>> = shown(state, &find.audience)
        .filter(|(name, row, entry)| passes(row, entry, find) && is_match(name, entry, find))
        .collect();
    matches.sort_by_key(|(name, row, _)| {
        let name_class = name_class(name, find.name.as_deref());
        let popularity = popularity_class(downloads(state, row.id, Day(i64::MIN)));
        (Reverse(name_class), Reverse(popularity), row.ordinal)
    });
    let all = matches.len();
    if let Some(bound) = find.bound {
        matches.truncate(usize::try_from(bound).unwrap_or(usize::MAX));
    }
    let mut list: Vec<(usize, Hit)> = matches
        .iter()
        .map(|shown| (shown.1.ordinal, hit(state, shown, find.since)))
        .collect();
    match find.sort {
        Sort::Listed => {}
        Sort::Updated => list.sort_by_key(|(ordinal, hit)| (Reverse(hit.updated_at), *ordinal)),
        Sort::Downloads => list.sort_by_key(|(ordinal, hit)| (Reverse(hit.downloads), *ordinal)),
        Sort::Stars => list.sort_by_key(|(ordinal, hit)| (Reverse(hit.stars), *ordinal)),
        // `None` is less than any score.
        Sort::Score => list.sort_by_key(|(ordinal, hit)| (Reverse(hit.audit_score), *ordinal)),
        Sort::Name => list.sort_by(|(_, one), (_, other)| one.name.cmp(&other.name)),
    }
    let total = list.len();
    Found {
        hits: list
            .into_iter()
            .skip(usize::try_from(find.offset).unwrap_or(usize::MAX))
            .take(usize::try_from(find.limit).unwrap_or(usize::MAX))
            .map(|(_, hit)| hit)
            .collect(),
        total: total as u64,
        total_is_lower_bound: all > total,
    }
}

pub(super) fn near(state: &State, audience: &Audience, term: &Term, max: u32) -> Vec<Term> {
    let held: BTreeSet<&str> = shown(state, audience)
        .flat_map(|(_, _, entry)| entry.terms.iter().chain(entry.readme_terms.iter()))
        .filter(|held| distance(held, term.as_str()) <= max)
        .collect();
    held.into_iter().map(Term::new).collect()
}

/// Listed skills that the audience may read.
fn shown<'a>(state: &'a State, audience: &'a Audience) -> impl Iterator<Item = Shown<'a>> {
    state.skills.iter().filter_map(|(name, row)| {
        let is_shown = row.head.listed && row.head.is_visible_to(audience);
        let entry = row.search.as_ref()?;
        is_shown.then_some((name, row, entry))
    })
}

fn passes(row: &SkillRow, entry: &SearchEntry, find: &Find) -> bool {
    let filters = &find.filters;
    filters
        .visibility
        .is_none_or(|wanted| row.head.visibility == wanted)
        && filters
            .verdict
            .is_none_or(|wanted| entry.verdict == Some(wanted))
        && filters
            .updated_since
            .is_none_or(|since| row.head.updated_at >= since)
        && (entry.has_readme || !filters.has_readme)
        && filters
            .atom_kind
            .as_ref()
            .is_none_or(|kind| entry.atom_kinds.contains(kind))
}

fn is_match(name: &SkillName, entry: &SearchEntry, find: &Find) -> bool {
    if find.words.is_empty() && find.name.is_none() {
        return true;
    }
    let holds = |term: &Term, is_prefix: bool| {
        let mut held = entry.terms.iter().chain(entry.readme_terms.iter());
        held.any(|held| held == term.as_str() || (is_prefix && held.starts_with(term.as_str())))
    };
    let last = find.words.len().saturating_sub(1);
    let mut words = find.words.iter().enumerate();
    let by_words = !find.words.is_empty()
        && words.all(|(at, any)| {
            let is_prefix = find.last_is_prefix && at == last;
            any.iter().any(|term| holds(term, is_prefix))
        });
    by_words || name_class(name, find.name.as_deref()) > 0
}

/// See [`Sort::Listed`].
fn name_class(name: &SkillName, wanted: Option<&str>) -> u32 {
    let name = name.as_str();
    let part = name.split_once('/').map(|(_, part)| part);
    match wanted {
        Some(wanted) if name == wanted => 4,
        Some(wanted) if wanted.chars().count() < 3 => 0,
        Some(wanted) if name.starts_with(wanted) => 3,
        Some(wanted) if part.is_some_and(|part| part.starts_with(wanted)) => 2,
        Some(wanted) if name.contains(wanted) => 1,
        _ => 0,
    }
}

fn hit(state: &State, (name, row, entry): &Shown<'_>, since: Day) -> Hit {
    Hit {
        skill: row.id,
        name: (*name).clone(),
        publisher: row.head.publisher,
        visibility: row.head.visibility,
        deprecated: matches!(row.head.status, SkillStatus::Deprecated { .. }),
        updated_at: row.head.updated_at,
        downloads: downloads(state, row.id, since),
        stars: super::reads::stars(state, row.id, None).count,
        terms: entry.terms.clone(),
        description: entry.description.clone(),
        latest: entry.latest.clone(),
        audit_score: entry.audit_score,
        verdict: entry.verdict,
        atom_kinds: entry.atom_kinds.clone(),
    }
}

fn downloads(state: &State, skill: SkillId, since: Day) -> u64 {
    super::reads::downloads(state, skill, since)
}
