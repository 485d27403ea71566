//! Which match is best.

use std::cmp::Reverse;

use super::query::{Query, Word};
use crate::model::SkillName;
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
    /// Distinct, in order.
    wanted: Vec<Trigram>,
    /// Those of the name at hand, each with whether it is of the scope.
    held: Vec<(Trigram, bool)>,
}

impl<'a> Scorer<'a> {
    fn new(query: &'a Query) -> Self {
        let words = query.words.iter();
        let mut wanted: Vec<Trigram> = words.flat_map(|word| trigrams(&word.text)).collect();
        wanted.sort_unstable();
        wanted.dedup();
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
        score += 300.0 * self.likeness(&hit.name);
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

    /// The share of their trigrams that query and name have in common, 0 to 1: of the whole name or
    /// of its part after `/`, whichever is more. Words are padded with two blanks before and one
    /// after, as `PostgreSQL`'s `pg_trgm` does.
    fn likeness(&mut self, name: &SkillName) -> f64 {
        self.held.clear();
        for (part, is_scope) in [
            (name.scope().unwrap_or_default(), true),
            (name.base(), false),
        ] {
            for word in part.split('-').filter(|word| !word.is_empty()) {
                self.held
                    .extend(trigrams(word).map(|trigram| (trigram, is_scope)));
            }
        }
        // What is of both parts comes with the base first.
        self.held.sort_unstable();
        self.held.dedup_by_key(|(trigram, _)| *trigram);
        let (mut whole, mut base) = (Overlap::default(), Overlap::default());
        let mut at = 0;
        for (trigram, is_scope) in &self.held {
            while self.wanted.get(at).is_some_and(|wanted| wanted < trigram) {
                at += 1;
            }
            let is_common = self.wanted.get(at) == Some(trigram);
            whole.add(is_common);
            if !is_scope {
                base.add(is_common);
            }
        }
        let wanted = u32::try_from(self.wanted.len()).unwrap_or(u32::MAX);
        whole.share(wanted).max(base.share(wanted))
    }
}

/// How many trigrams a name has, and how many of them the query has too.
#[derive(Default)]
struct Overlap {
    all: u32,
    common: u32,
}

impl Overlap {
    fn add(&mut self, is_common: bool) {
        self.all += 1;
        self.common += u32::from(is_common);
    }

    fn share(&self, wanted: u32) -> f64 {
        // A name has at least one.
        f64::from(self.common) / f64::from(wanted + self.all - self.common)
    }
}

fn trigrams(word: &str) -> impl Iterator<Item = Trigram> {
    let blanks = pushed(pushed(0, ' '), ' ');
    word.chars().chain([' ']).scan(blanks, |trigram, c| {
        *trigram = pushed(*trigram, c);
        Some(*trigram)
    })
}

/// The last two characters and another.
fn pushed(trigram: Trigram, c: char) -> Trigram {
    const BITS: u32 = 21;
    const THREE: Trigram = (1 << (3 * BITS)) - 1;
    ((trigram << BITS) & THREE) | Trigram::from(u32::from(c))
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
