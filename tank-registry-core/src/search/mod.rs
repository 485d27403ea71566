//! The language of searches: what words a text has, how far apart two are, and which match is best.
//!
//! A text is folded (case, compatibility forms and diacritics are taken away) and split into words
//! of letters and digits. A word is held in two forms, as it is and as its English stem, so that a
//! whole word in any inflection finds the others and an unfinished one finds what it begins.
//! Scripts that put no blanks between words are held as their characters and as each two
//! neighbours.
//!
//! Which rule made the terms of an entry is [`DERIVED_VERSION`]; a query is read by the same one.

mod correct;
mod distance;
mod query;
mod rank;
mod terms;
mod words;

pub(crate) use correct::{Correction, correction_distance, nearest};
pub use distance::distance;
pub(crate) use query::{Query, Word};
pub use terms::{DERIVED_VERSION, entry};
