//! Words that nobody wrote, and those that were meant.

use super::distance;
use crate::store::Term;

/// How many terms may stand for one that is misspelt.
const MAX_NEAREST: usize = 8;

/// How far a term may be from one that is held: one edit up to five letters, else two.
pub(crate) fn correction_distance(term: &Term) -> u32 {
    if term.as_str().chars().count() <= 5 {
        1
    } else {
        2
    }
}

/// What becomes of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Correction {
    /// It is held: it stays.
    Held,
    /// These are the nearest that are.
    Nearest(Vec<Term>),
    /// Nothing is near.
    Nothing,
}

/// Of the terms that are near one, those at the least distance, in order, not too many.
pub(crate) fn nearest(term: &Term, near: Vec<Term>) -> Correction {
    let mut near: Vec<(u32, Term)> = near
        .into_iter()
        .map(|held| (distance(term.as_str(), held.as_str()), held))
        .collect();
    near.sort_unstable();
    let Some(least) = near.first().map(|(distance, _)| *distance) else {
        return Correction::Nothing;
    };
    if least == 0 {
        return Correction::Held;
    }
    near.retain(|(distance, _)| *distance == least);
    near.truncate(MAX_NEAREST);
    Correction::Nearest(near.into_iter().map(|(_, term)| term).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(term: &str, near: &[&str]) -> Correction {
        let near = near.iter().map(|term| Term::new(*term)).collect();
        nearest(&Term::new(term), near)
    }

    #[test]
    fn the_terms_at_the_least_distance_are_meant_in_their_order() {
        assert_eq!(of("recat", &[]), Correction::Nothing);
        assert_eq!(of("react", &["reacts", "react"]), Correction::Held);
        let meant = of("invioc", &["voice", "invoke", "invoic"]);
        assert_eq!(meant, Correction::Nearest(vec![Term::new("invoic")]));
        let letters = ["k", "b", "j", "c", "i", "d", "h", "e", "g", "f"];
        let Correction::Nearest(meant) = of("a", &letters) else {
            panic!("nothing near");
        };
        let meant: Vec<&str> = meant.iter().map(Term::as_str).collect();
        assert_eq!(meant, ["b", "c", "d", "e", "f", "g", "h", "i"]);
    }

    #[test]
    fn short_terms_are_corrected_by_one_edit_and_long_ones_by_two() {
        for (term, expected) in [("größe", 1), ("recat", 1), ("invoic", 2)] {
            assert_eq!(correction_distance(&Term::new(term)), expected, "{term}");
        }
    }
}
