//! What is asked for, as words.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::terms::stem;
use super::words::{Letters, Piece, split};
use crate::model::trimmed;
use crate::store::Term;

/// How many distinct words of a query are looked at, the first ones; what follows narrows nothing.
const MAX_WORDS: usize = 32;

/// A query as the store and the ranking take it.
#[derive(Debug, Clone)]
pub(crate) struct Query {
    /// What was asked for, trimmed and lower-cased; names are compared with it.
    pub(crate) name: String,
    /// The words, distinct, in the order of the query.
    pub(crate) words: Vec<Word>,
    /// Whether the last word may be the beginning of another: it has 2 to 8 letters, and nothing
    /// follows it.
    pub(crate) last_is_prefix: bool,
}

/// A word of a query.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    /// The word as it was written, folded.
    pub(crate) text: String,
    /// The terms of which any may be held.
    pub(crate) any: Vec<Term>,
}

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let mut words: Vec<Word> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        // Where the word that came last stands, unless it was one too many.
        let mut last = None;
        split(text, Letters::Alone, |piece| {
            let (Piece::Word(text) | Piece::Pair(text) | Piece::Letter(text)) = piece;
            if let Some(place) = places.get(text) {
                last = Some(*place);
                return ControlFlow::Continue(());
            }
            if words.len() == MAX_WORDS {
                last = None;
                return ControlFlow::Break(());
            }
            let term = match piece {
                Piece::Word(word) => Term::new(stem(word)),
                Piece::Pair(text) | Piece::Letter(text) => Term::new(text),
            };
            last = Some(words.len());
            places.insert(text.to_owned(), words.len());
            words.push(Word {
                text: text.to_owned(),
                any: vec![term],
            });
            ControlFlow::Continue(())
        });
        let mut last_is_prefix = false;
        // A word that was asked for before, and whole, says nothing new as a beginning.
        if let Some(place) = last
            && place + 1 == words.len()
            && let Some(word) = words.last_mut()
        {
            last_is_prefix = (2..=8).contains(&word.text.chars().count());
            let begins_with_stem = word
                .any
                .iter()
                .any(|term| word.text.starts_with(term.as_str()));
            if last_is_prefix && !begins_with_stem {
                // `happy` is no beginning of its stem `happi`, nor the other way round.
                word.any.push(Term::new(word.text.as_str()));
            }
        }
        Self {
            name: trimmed(text).to_lowercase(),
            words,
            last_is_prefix,
        }
    }

    /// Whether nothing is asked for: everything is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.name.is_empty()
    }

    /// The words, as a store takes them.
    pub(crate) fn terms(&self) -> Vec<Vec<Term>> {
        self.words.iter().map(|word| word.any.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Vec<String>>, bool) {
        let query = Query::parse(text);
        let words = query.words.iter().map(|word| {
            let any = word.any.iter();
            any.map(|term| term.as_str().to_owned()).collect()
        });
        (words.collect(), query.last_is_prefix)
    }

    fn words(words: &[&[&str]]) -> Vec<Vec<String>> {
        let words = words.iter();
        words
            .map(|any| any.iter().map(|term| (*term).to_owned()).collect())
            .collect()
    }

    #[test]
    fn a_query_is_read_as_a_text_is() {
        for (text, expected, last_is_prefix) in [
            ("", &[][..], false),
            (" \u{feff}", &[], false),
            ("@ / % _ ' ; \u{1f680}", &[], false),
            ("invoice", &[&["invoic"][..]], true),
            ("invoices", &[&["invoic"]], true),
            ("Invoicing", &[&["invoic"]], false),
            ("happy", &[&["happi", "happy"]], true),
            ("happy tools", &[&["happi"], &["tool"]], true),
            (
                "@acme/invoice-tools",
                &[&["acm"], &["invoic"], &["tool"]],
                true,
            ),
            ("x", &[&["x"]], false),
            ("react react", &[&["react"]], true),
            ("re tool re", &[&["re"], &["tool"]], false),
            ("入門", &[&["入門"]], true),
        ] {
            assert_eq!(read(text), (words(expected), last_is_prefix), "{text:?}");
        }
    }

    #[test]
    fn what_names_are_compared_with_is_trimmed_and_lower_cased_and_nothing_else() {
        assert_eq!(Query::parse("\t @Acme/%_ \u{feff}").name, "@acme/%_");
        assert!(Query::parse(" \n ").is_empty());
        assert!(!Query::parse("%").is_empty());
    }

    #[test]
    fn words_beyond_the_thirty_second_are_not_looked_at() {
        let text: Vec<String> = (0..40).map(|number| format!("w{number}")).collect();
        let query = Query::parse(&text.join(" "));
        assert_eq!(query.words.len(), MAX_WORDS);
        assert!(!query.last_is_prefix);
        assert!(Query::parse(&text[..MAX_WORDS].join(" ")).last_is_prefix);
    }
}
