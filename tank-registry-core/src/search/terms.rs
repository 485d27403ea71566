//! The terms of a skill.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::ControlFlow;

use rust_stemmers::{Algorithm, Stemmer};

use super::words::{Letters, Piece, split};
use crate::store::{SearchEntry, Terms, VersionRecord};

/// Which rule makes the terms of an entry; it is raised with the rule.
pub const DERIVED_VERSION: u32 = 1;

/// How many distinct terms of a readme are kept, the first ones.
const MAX_README_TERMS: usize = 2000;

/// What a search knows of a skill whose latest version this is. Time is linear in the readme.
///
/// ```
/// use serde_json::json;
/// use tank_registry_core::model::*;
/// use tank_registry_core::search;
/// use tank_registry_core::store::{VersionBrief, VersionRecord};
/// # use uuid::Uuid;
///
/// let manifest = json!({ "name": "@acme/invoice-tools", "version": "1.0.0" });
/// let manifest = Manifest::parse(&manifest, NameRule::default())?;
/// let brief = VersionBrief::new(
///     VersionId::new(Uuid::now_v7()),
///     manifest.version().clone(),
///     UserId::new(Uuid::now_v7()),
///     Timestamp::from_millis(0),
///     Integrity::from_digest([0; 64]),
/// );
/// let skill = SkillId::new(Uuid::now_v7());
/// let readme = "Checks what invoices say.".to_owned();
/// let record = VersionRecord::new(skill, manifest.name().clone(), brief, manifest, readme);
///
/// let entry = search::entry(&record);
/// assert_eq!(entry.terms.as_text(), "acm acme invoic invoice tool tools");
/// assert_eq!(entry.readme_terms.as_text(), "check checks what invoices say");
/// # Ok::<(), ManifestErrors>(())
/// ```
pub fn entry(record: &VersionRecord) -> SearchEntry {
    let manifest = &record.manifest;
    let mut seen = Seen::default();
    let mut head = Collected::new(usize::MAX);
    head.add(record.name.as_str(), &mut seen);
    head.add(manifest.description().unwrap_or_default(), &mut seen);
    let mut readme = Collected::new(MAX_README_TERMS);
    readme.add(&record.readme, &mut seen);
    let kinds = manifest.atom_kinds();
    SearchEntry {
        terms: Terms::from_text(head.text),
        readme_terms: Terms::from_text(readme.text),
        description: manifest.description().map(ToOwned::to_owned),
        latest: record.brief.version.clone(),
        audit_score: record.brief.audit_score,
        verdict: record.brief.verdict,
        atom_kinds: kinds.into_iter().map(ToOwned::to_owned).collect(),
        has_readme: !record.readme.trim().is_empty(),
        derived_version: DERIVED_VERSION,
    }
}

/// The form of a word that its inflections share: of an English one its stem, never longer than
/// the word and never a single letter; of any other the word itself.
pub(super) fn stem(word: &str) -> Cow<'_, str> {
    if !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(word);
    }
    let stem = Stemmer::create(Algorithm::English).stem(word);
    if (2..=word.len()).contains(&stem.len()) {
        stem
    } else {
        Cow::Borrowed(word)
    }
}

/// The terms that were added, each with whether it was a word of the text; else it is so far the
/// stem of one, and its own stem may be another.
type Seen = HashMap<Box<str>, bool>;

/// Distinct terms, in one text.
struct Collected {
    text: String,
    room: usize,
}

impl Collected {
    fn new(room: usize) -> Self {
        Self {
            text: String::new(),
            room,
        }
    }

    /// Adds the terms of a text that nobody has seen, as many as there is room for.
    fn add(&mut self, text: &str, seen: &mut Seen) {
        split(text, Letters::All, |piece| match piece {
            Piece::Word(word) if seen.get(word) == Some(&true) => ControlFlow::Continue(()),
            Piece::Word(word) => {
                self.push(&stem(word), false, seen)?;
                self.push(word, true, seen)
            }
            Piece::Pair(text) | Piece::Letter(text) => self.push(text, true, seen),
        });
    }

    fn push(&mut self, term: &str, is_word: bool, seen: &mut Seen) -> ControlFlow<()> {
        if let Some(was_word) = seen.get_mut(term) {
            *was_word |= is_word;
            return ControlFlow::Continue(());
        }
        if self.room == 0 {
            return ControlFlow::Break(());
        }
        self.room -= 1;
        if !self.text.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(term);
        seen.insert(term.into(), is_word);
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::model::{Integrity, Manifest, NameRule, SkillId, Timestamp, UserId, VersionId};
    use crate::store::VersionBrief;

    fn made(manifest: &Value, readme: &str) -> SearchEntry {
        let manifest = Manifest::parse(manifest, NameRule::default()).unwrap();
        let brief = VersionBrief::new(
            VersionId::new(Uuid::nil()),
            manifest.version().clone(),
            UserId::new(Uuid::nil()),
            Timestamp::from_millis(0),
            Integrity::from_digest([0; 64]),
        );
        let skill = SkillId::new(Uuid::nil());
        let name = manifest.name().clone();
        entry(&VersionRecord::new(
            skill,
            name,
            brief,
            manifest,
            readme.to_owned(),
        ))
    }

    fn of_readme(readme: &str) -> SearchEntry {
        made(&json!({ "name": "x", "version": "1.0.0" }), readme)
    }

    #[test]
    fn name_and_description_come_first_and_the_readme_adds_what_they_lack() {
        let manifest = json!({
            "name": "@acme/pdf", "version": "1.2.0", "description": "Prints PDF files",
            "atoms": [{ "kind": "tool" }],
        });
        let entry = made(&manifest, "# Printing files, printed");
        assert_eq!(
            entry.terms.as_text(),
            "acm acme pdf print prints file files"
        );
        assert_eq!(entry.readme_terms.as_text(), "printing printed");
        assert_eq!(entry.description.as_deref(), Some("Prints PDF files"));
        assert_eq!(entry.latest.to_string(), "1.2.0");
        assert_eq!(entry.atom_kinds, ["tool"]);
        assert!(entry.has_readme);
        assert_eq!(entry.derived_version, DERIVED_VERSION);
    }

    #[test]
    fn a_readme_of_blanks_is_none() {
        assert!(!of_readme(" \n\t").has_readme);
        assert!(of_readme("-").has_readme);
    }

    #[test]
    fn a_word_that_was_seen_as_a_stem_leaves_its_own_stem_too() {
        // The stem of `agreed` is `agre`, which as a word has another.
        let (first, second) = (stem("agreed"), stem("agre"));
        assert_ne!(first, second);
        let entry = of_readme("agreed agre");
        assert!(entry.readme_terms.contains(&second), "{entry:?}");
    }

    #[test]
    fn at_most_two_thousand_terms_of_a_readme_are_kept() {
        let readme: Vec<String> = (0..5000).map(|number| format!("w{number}")).collect();
        let entry = of_readme(&readme.join(" "));
        assert_eq!(entry.readme_terms.iter().count(), MAX_README_TERMS);
        assert!(entry.readme_terms.contains("w1999"));
    }

    #[test]
    fn a_stem_is_no_longer_than_its_word_and_no_single_letter() {
        for (word, expected) in [
            ("invoices", "invoic"),
            ("invoice", "invoic"),
            ("invoic", "invoic"),
            ("running", "run"),
            ("s", "s"),
            ("es", "es"),
            ("123", "123"),
            ("größen", "größen"),
            ("v2s", "v2s"),
            ("", ""),
        ] {
            assert_eq!(stem(word), expected, "{word}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_terms_of_the_one_form(readme in "\\PC{0,200}") {
            let entry = of_readme(&readme);
            let mut seen = std::collections::HashSet::new();
            for term in entry.terms.iter().chain(entry.readme_terms.iter()) {
                let chars = term.chars().count();
                proptest::prop_assert!((1..=64).contains(&chars), "{term:?}");
                proptest::prop_assert!(!term.contains(char::is_whitespace), "{term:?}");
                proptest::prop_assert!(seen.insert(term.to_owned()), "twice: {term:?}");
                proptest::prop_assert_eq!(term, caseless::default_case_fold_str(term));
            }
        }

        #[test]
        fn no_word_breaks_the_stemmer(word in "[a-z]{0,64}") {
            proptest::prop_assert!(stem(&word).len() <= word.len());
        }
    }
}
