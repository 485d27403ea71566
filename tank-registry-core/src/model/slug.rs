//! Slugs of organizations and handles of users: one form, two types that cannot be mistaken for each other.

use super::text::wire_string;

/// Longest slug or handle.
const MAX_CHARS: usize = 39;

/// The slug of an organization, which never changes and is the scope of its skills' names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgSlug(Box<str>);

/// The handle of a user: what administration commands call them by. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(Box<str>);

/// Why a text is no slug. Displays as the contract's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SlugError {
    /// Nothing was given.
    #[error("Slug is required")]
    Empty,
    /// More than 39 characters.
    #[error("Slug must be 39 characters or fewer")]
    TooLong,
    /// Other characters than `a-z`, `0-9` and inner hyphens.
    #[error("Slug must be lowercase alphanumeric with hyphens, cannot start or end with a hyphen")]
    Form,
}

/// Why a text is no handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HandleError {
    /// Nothing was given.
    #[error("Handle is required")]
    Empty,
    /// More than 39 characters.
    #[error("Handle must be 39 characters or fewer")]
    TooLong,
    /// Other characters than `a-z`, `0-9` and inner hyphens.
    #[error(
        "Handle must be lowercase alphanumeric with hyphens, cannot start or end with a hyphen"
    )]
    Form,
}

impl OrgSlug {
    /// Reads a slug, exactly as it is: nothing is trimmed or lower-cased.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        match fault(text) {
            None => Ok(Self(text.into())),
            Some(Fault::Empty) => Err(SlugError::Empty),
            Some(Fault::TooLong) => Err(SlugError::TooLong),
            Some(Fault::Form) => Err(SlugError::Form),
        }
    }

    /// The slug, `acme`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(OrgSlug, SlugError);

impl Handle {
    /// Reads a handle, exactly as it is: nothing is trimmed or lower-cased.
    pub fn parse(text: &str) -> Result<Self, HandleError> {
        match fault(text) {
            None => Ok(Self(text.into())),
            Some(Fault::Empty) => Err(HandleError::Empty),
            Some(Fault::TooLong) => Err(HandleError::TooLong),
            Some(Fault::Form) => Err(HandleError::Form),
        }
    }

    /// The handle, `ada`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

wire_string!(Handle, HandleError);

enum Fault {
    Empty,
    TooLong,
    Form,
}

/// The first fault in the order in which the clients' schema looks for them.
fn fault(text: &str) -> Option<Fault> {
    if text.is_empty() {
        return Some(Fault::Empty);
    }
    if super::text::longer_than(text, MAX_CHARS) {
        return Some(Fault::TooLong);
    }
    let plain = text
        .bytes()
        .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !plain || text.starts_with('-') || text.ends_with('-') {
        return Some(Fault::Form);
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_slug_is_told_what_is_wrong_with_it() {
        let message = |text: &str| OrgSlug::parse(text).unwrap_err().to_string();
        assert_eq!(message(""), "Slug is required");
        assert_eq!(
            message(&"a".repeat(40)),
            "Slug must be 39 characters or fewer"
        );
        for wrong in [
            "-acme", "acme-", "-", "Acme", "a_b", " acme", "é", "a/b", "@acme",
        ] {
            assert_eq!(
                message(wrong),
                "Slug must be lowercase alphanumeric with hyphens, cannot start or end with a hyphen",
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn a_handle_has_the_form_of_a_slug_and_its_own_words() {
        let message = |text: &str| Handle::parse(text).unwrap_err().to_string();
        assert_eq!(message(""), "Handle is required");
        assert_eq!(
            message(&"a".repeat(40)),
            "Handle must be 39 characters or fewer"
        );
        assert_eq!(
            message("Ada"),
            "Handle must be lowercase alphanumeric with hyphens, cannot start or end with a hyphen"
        );
        assert_eq!(Handle::parse("ada-2").unwrap().as_str(), "ada-2");
    }

    #[test]
    fn the_longest_slug_has_39_characters() {
        assert!(OrgSlug::parse(&"a".repeat(39)).is_ok());
        assert!(OrgSlug::parse("a").is_ok());
    }

    proptest! {
        #[test]
        fn every_well_formed_slug_reads_back(text in "[a-z0-9]([a-z0-9-]{0,37}[a-z0-9])?") {
            let slug = OrgSlug::parse(&text).unwrap();
            prop_assert_eq!(slug.to_string(), text.clone());
            let json = serde_json::to_string(&slug).unwrap();
            prop_assert_eq!(serde_json::from_str::<OrgSlug>(&json).unwrap(), slug);
        }

        #[test]
        fn slugs_and_handles_accept_the_same_texts(text in "\\PC{0,45}|[a-z-]{0,45}") {
            prop_assert_eq!(OrgSlug::parse(&text).is_ok(), Handle::parse(&text).is_ok());
        }
    }
}
