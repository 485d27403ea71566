//! Which match is best.

use std::cmp::Reverse;

use super::query::{Query, Word};
use crate::store::{Hit, Terms};

/// Three characters of 21 bits.
type Trigram = u64;

impl Query {
    /// Orders hits by their score, the highest first. Of equal ones a deprecated skill comes last;
    /// else they stay in the order they came in.
    pub(crate) fn rank(&self, hits: &mut [Hit]) {
        let mut scorer = Scorer::new(self);
        // The bits of floats that are not negative are in order of the floats.
        hits.sort_by_cached_key(|hit| (Reverse(scorer.score(hit).to_bits()), hit.deprecated));
    }

    /// How many of the words are terms of name or description.
    fn held(&self, terms: &Terms) -> u32 {
        let last = self.words.len().saturating_sub(1);
        let words = self.words.iter().enumerate();
        let held = words.filter(|(at, word)| {
            let is_prefix = self.last_is_prefix && *at == last;
            is_held(word, terms, is_prefix)
        });
        held.fold(0, |count, _| count + 1)
    }
}

fn is_held(word: &Word, terms: &Terms, is_prefix: bool) -> bool {
    terms.iter().any(|held| {
        word.any.iter().any(|term| {
            let term = term.as_str();
            held == term || (is_prefix && held.starts_with(term))
        })
    })
}

/// Scores hits against one query; what it needs for each is allocated once.
struct Scorer<'a> {
    query: &'a Query,
    wanted: Vec<Trigram>,
    held: Vec<Trigram>,
}

impl<'a> Scorer<'a> {
    fn new(query: &'a Query) -> Self {
        let mut wanted = Vec::new();
        trigrams(
            query.words.iter().map(|word| word.text.as_str()),
            &mut wanted,
        );
        Self {
            query,
            wanted,
            held: Vec::new(),
        }
    }

    /// 1000 when the name is what was asked for, 800 when it starts with it, 600 when the part
    /// after `/` does, 400 when it contains it; 300 for the likeness of the names; 100 for the
    /// share of the words that are terms of name or description, and 50 for those of the readme.
    fn score(&mut self, hit: &Hit) -> f64 {
        let (name, base, wanted) = (hit.name.as_str(), hit.name.base(), &*self.query.name);
        let is_in_name = name.contains(wanted);
        let mut score = 0.0;
        for (fits, points) in [
            (name == wanted, 1000.0),
            (name.starts_with(wanted), 800.0),
            (base.starts_with(wanted), 600.0),
            (is_in_name, 400.0),
        ] {
            if fits {
                score += points;
            }
        }
        score += 300.0 * self.likeness(name).max(self.likeness(base));
        let all = u32::try_from(self.query.words.len()).unwrap_or(u32::MAX);
        if all > 0 {
            let in_head = self.query.held(&hit.terms);
            // A match that is not by its name holds every word, so those missing here are in its
            // readme; of a match by its name nobody knows.
            let in_readme = if is_in_name { 0 } else { all - in_head };
            score += (100.0 * f64::from(in_head) + 50.0 * f64::from(in_readme)) / f64::from(all);
        }
        score
    }

    /// The share of the trigrams of query and name that both have, 0 to 1. Words are padded with
    /// two blanks before and one after, as `PostgreSQL`'s `pg_trgm` does.
    fn likeness(&mut self, name: &str) -> f64 {
        let words = name.split(['@', '/', '-']).filter(|word| !word.is_empty());
        trigrams(words, &mut self.held);
        let both = common(&self.wanted, &self.held);
        let either = self.wanted.len() + self.held.len() - both;
        let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        if either == 0 {
            0.0
        } else {
            number(both) / number(either)
        }
    }
}

/// The distinct trigrams of some words, in order.
fn trigrams<'a>(words: impl Iterator<Item = &'a str>, into: &mut Vec<Trigram>) {
    into.clear();
    for word in words {
        let mut trigram = pushed(pushed(0, ' '), ' ');
        for c in word.chars().chain([' ']) {
            trigram = pushed(trigram, c);
            into.push(trigram);
        }
    }
    into.sort_unstable();
    into.dedup();
}

/// The last two characters and another.
fn pushed(trigram: Trigram, c: char) -> Trigram {
    const BITS: u32 = 21;
    const THREE: Trigram = (1 << (3 * BITS)) - 1;
    ((trigram << BITS) & THREE) | Trigram::from(u32::from(c))
}

/// How many elements two ordered lists share.
fn common(one: &[Trigram], other: &[Trigram]) -> usize {
    let (mut at, mut count) = (0, 0);
    for trigram in one {
        while at < other.len() && other[at] < *trigram {
            at += 1;
        }
        if other.get(at) == Some(trigram) {
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::model::{SkillId, SkillName, Timestamp, UserId, Version, Visibility};
    use crate::store::Term;

    fn hit(name: &str, terms: &str) -> Hit {
        Hit {
            skill: SkillId::new(Uuid::nil()),
            name: SkillName::parse(name).unwrap(),
            publisher: UserId::new(Uuid::nil()),
            visibility: Visibility::Public,
            deprecated: false,
            updated_at: Timestamp::from_millis(0),
            downloads: 0,
            stars: 0,
            terms: terms.split(' ').map(Term::new).collect(),
            description: None,
            latest: Version::parse("1.0.0").unwrap(),
            audit_score: None,
            verdict: None,
            atom_kinds: Vec::new(),
        }
    }

    fn score(query: &str, name: &str, terms: &str) -> f64 {
        let query = Query::parse(query);
        Scorer::new(&query).score(&hit(name, terms))
    }

    #[track_caller]
    fn assert_score(query: &str, name: &str, terms: &str, expected: f64) {
        let score = score(query, name, terms);
        assert!(
            (score - expected).abs() < 1e-9,
            "{score} for {query} and {name}"
        );
    }

    #[test]
    fn the_score_adds_up_what_fits() {
        // All of it, an unscoped name being its own second part.
        assert_score(
            "pdf",
            "pdf",
            "pdf",
            1000.0 + 800.0 + 600.0 + 400.0 + 300.0 + 100.0,
        );
        // `@acme/pdf` alike in full, but for the part after `/`.
        assert_score(
            "@acme/pdf",
            "@acme/pdf",
            "acm acme pdf",
            2200.0 + 300.0 + 100.0,
        );
        assert_score("pdf", "@acme/pdf", "acm acme pdf", 1000.0 + 300.0 + 100.0);
        assert_score(
            "@acme",
            "@acme/q",
            "acm acme q",
            800.0 + 400.0 + 300.0 * 5.0 / 7.0 + 100.0,
        );
        // Nothing is alike; one word of two is in the description, the other in the readme.
        assert_score("blue sky", "@acme/q", "acm acme q blue", 75.0);
        // A part of a name that is no word of anything.
        assert_score("cme", "@acme/q", "acm acme q", 400.0 + 300.0 * 2.0 / 9.0);
    }

    #[test]
    fn likeness_is_the_share_of_common_trigrams() {
        // "  w", " wo", "wor" and "ord" are common.
        assert_score(
            "word",
            "wordle-x",
            "",
            800.0 + 600.0 + 400.0 + 300.0 * 4.0 / 10.0,
        );
        assert_score("wordy", "word", "", 300.0 * 4.0 / 7.0 + 50.0);
        assert_score("words", "wordle", "", 300.0 * 4.0 / 9.0 + 50.0);
    }

    #[test]
    fn the_last_word_counts_as_a_beginning() {
        assert_score("blue sk", "@acme/q", "blue skies", 100.0);
        assert_score("bl skies", "@acme/q", "blue ski skies", 75.0);
    }

    #[test]
    fn of_equal_scores_a_deprecated_one_is_last_and_the_others_stay() {
        let mut hits = vec![
            hit("@a/one", "pdf"),
            hit("@b/one", "pdf"),
            hit("@c/one", "pdf"),
            hit("@d/pdf", "pdf"),
        ];
        hits[0].deprecated = true;
        hits[3].deprecated = true;
        Query::parse("pdf").rank(&mut hits);
        let names: Vec<&str> = hits.iter().map(|hit| hit.name.as_str()).collect();
        assert_eq!(names, ["@d/pdf", "@b/one", "@c/one", "@a/one"]);
    }
}
