//! Searching for skills.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;

use super::Page;
use crate::access::{Audience, Viewer};
use crate::error::Error;
use crate::model::{Day, UserId, longer_than};
use crate::registry::Registry;
use crate::search::{Correction, Query, Word, correction_distance, nearest};
use crate::store::{Filters, Find, Found, Hit, Sort, Term};

/// What is searched for, and which part of the answer is wanted.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SearchQuery {
    /// Words, or a part of a name; empty asks for everything.
    pub text: String,
    /// Which page; moved to the nearest that may be asked for.
    pub page: Page,
    /// The order. `None` is the best match first, and without a text the last update.
    pub sort: Option<Sort>,
    /// What else a skill must be.
    pub filters: Filters,
}

impl SearchQuery {
    const MAX_CHARS: usize = 256;

    /// Whether a text may be searched for.
    pub fn check_text(text: &str) -> Result<(), String> {
        if longer_than(text, Self::MAX_CHARS) {
            let limit = Self::MAX_CHARS;
            return Err(format!("Query must be {limit} characters or fewer"));
        }
        Ok(())
    }
}

/// A part of what was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SearchPage {
    /// The skills on this page.
    pub results: Vec<SearchResult>,
    /// Which page this is.
    pub page: Page,
    /// How long the whole list is.
    pub total: u64,
    /// Whether more would match than the list may hold.
    pub total_is_lower_bound: bool,
}

/// A skill that was found.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SearchResult {
    /// The skill; its downloads are those of today and the six days before.
    pub hit: Hit,
    /// The name of its publisher, as others see it.
    pub publisher: String,
}

/// How many of the first matches are put in order of their scores.
const RANKED: u32 = 200;

impl Registry {
    /// Searches among the skills that the viewer may read.
    pub async fn search(&self, viewer: &Viewer, query: SearchQuery) -> Result<SearchPage, Error> {
        SearchQuery::check_text(&query.text)
            .map_err(|reason| Error::InvalidQuery(BTreeMap::from([("q", vec![reason])])))?;
        let page = query.page.within_bounds();
        let since = self.inner.clock.now().day().minus(6);
        let audience = self.audience(viewer).await?;
        let words = Query::parse(&query.text);
        let mut find = Find {
            offset: page.offset(),
            limit: page.limit,
            filters: query.filters,
            ..Find::all(audience, since)
        };
        let found = if words.is_empty() {
            find.sort = query.sort.unwrap_or(Sort::Updated);
            let is_whole = find.filters.is_empty() && find.sort == Sort::Updated;
            find.bound = (!is_whole).then_some(self.inner.settings.search_bound);
            self.inner.store.find(find).await?
        } else {
            find.bound = Some(self.inner.settings.search_bound);
            self.matching(find, words, query.sort).await?
        };
        Ok(SearchPage {
            results: self.results(found.hits, since).await?,
            page,
            total: found.total,
            total_is_lower_bound: found.total_is_lower_bound,
        })
    }

    /// What a viewer may see: an administrator everything, others what everyone may, what names
    /// them, and what names an organization of theirs.
    async fn audience(&self, viewer: &Viewer) -> Result<Audience, Error> {
        if viewer.is_admin() {
            return Ok(Audience::All);
        }
        let Some(user) = viewer.user() else {
            return Ok(Audience::anonymous());
        };
        let memberships = self.cached_memberships(user).await?;
        Ok(Audience::of_user(user.id, &memberships))
    }

    /// The part of the list of matches that `find` asks for; when nothing matches, that of what
    /// may have been meant.
    async fn matching(&self, find: Find, query: Query, sort: Option<Sort>) -> Result<Found, Error> {
        let found = self.ordered(&find, &query, sort).await?;
        if found.total > 0 {
            return Ok(found);
        }
        match self.corrected(&find, query).await? {
            Some(corrected) => self.ordered(&find, &corrected, sort).await,
            None => Ok(found),
        }
    }

    /// The part of the list of matches that `find` asks for, in order. Without another order the
    /// first of the list are ordered by their scores, so all of those are asked for.
    async fn ordered(
        &self,
        find: &Find,
        query: &Query,
        sort: Option<Sort>,
    ) -> Result<Found, Error> {
        let (offset, limit) = (find.offset, find.limit);
        let mut find = Find {
            words: query.terms(),
            last_is_prefix: query.last_is_prefix,
            name: Some(query.name.clone()),
            sort: sort.unwrap_or(Sort::Listed),
            ..find.clone()
        };
        let (Ok(passed), true) = (u32::try_from(offset), offset < u64::from(RANKED)) else {
            return Ok(self.inner.store.find(find).await?);
        };
        if sort.is_some() {
            return Ok(self.inner.store.find(find).await?);
        }
        find.offset = 0;
        find.limit = RANKED.max(passed + limit);
        let mut found = self.inner.store.find(find).await?;
        let ranked = found.hits.len().min(RANKED as usize);
        query.rank(&mut found.hits[..ranked]);
        found.hits.truncate((passed + limit) as usize);
        found.hits.drain(..found.hits.len().min(passed as usize));
        Ok(found)
    }

    /// The query with each word that no listed skill of the audience holds replaced by the nearest
    /// that one does. `None` when nothing can come of it: all are held, or for one nothing is near.
    async fn corrected(&self, find: &Find, mut query: Query) -> Result<Option<Query>, Error> {
        /// Of a query with more misspelt words nothing sensible can be made, at their cost.
        const MOST: usize = 4;
        let mut corrected = 0;
        let last = query.words.len().saturating_sub(1);
        for (at, word) in query.words.iter_mut().enumerate() {
            let is_prefix = query.last_is_prefix && at == last;
            if is_prefix && self.is_beginning(find, word).await? {
                continue;
            }
            match self.meant(&find.audience, word).await? {
                Correction::Held => {}
                Correction::Nearest(terms) => {
                    if corrected == MOST {
                        return Ok(None);
                    }
                    word.any = terms;
                    corrected += 1;
                    // What is near is a whole word.
                    query.last_is_prefix &= !is_prefix;
                }
                Correction::Nothing => return Ok(None),
            }
        }
        Ok((corrected > 0).then_some(query))
    }

    /// Whether a term of a listed skill of the audience begins with a word.
    async fn is_beginning(&self, find: &Find, word: &Word) -> Result<bool, Error> {
        let one = Find {
            words: vec![word.any.clone()],
            last_is_prefix: true,
            sort: Sort::Listed,
            limit: 1,
            bound: Some(1),
            ..Find::all(find.audience.clone(), find.since)
        };
        Ok(self.inner.store.find(one).await?.total > 0)
    }

    /// What a word may stand for: what is near its stem, else what is near the word as written.
    async fn meant(&self, audience: &Audience, word: &Word) -> Result<Correction, Error> {
        let written = Term::new(word.text.as_str());
        let stem = word.any.first().unwrap_or(&written);
        for term in [stem, &written] {
            let distance = correction_distance(term);
            let near = self.inner.store.near(audience, term, distance).await?;
            let correction = nearest(term, near);
            if correction != Correction::Nothing || *stem == written {
                return Ok(correction);
            }
        }
        Ok(Correction::Nothing)
    }

    /// Hits with what the store's index does not know.
    async fn results(&self, hits: Vec<Hit>, since: Day) -> Result<Vec<SearchResult>, Error> {
        let mut publishers: Vec<UserId> = hits.iter().map(|hit| hit.publisher).collect();
        publishers.sort_unstable();
        publishers.dedup();
        let names = publishers.into_iter().map(async |id| {
            let user = self.cached_user(id).await?;
            let name = user.map_or_else(String::new, |user| user.name().to_owned());
            Ok::<_, Error>((id, name))
        });
        let names: BTreeMap<UserId, String> = try_join_all(names).await?.into_iter().collect();
        let results = hits.into_iter().map(|mut hit| {
            let pending = self.inner.counters.pending_downloads(hit.skill, since);
            hit.downloads = hit.downloads.saturating_add(pending);
            let publisher = names.get(&hit.publisher).cloned().unwrap_or_default();
            SearchResult { hit, publisher }
        });
        Ok(results.collect())
    }
}
