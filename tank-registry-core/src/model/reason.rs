//! Why a person did something.

use std::str::FromStr;

/// Why a person did something, in their words: 1 to [`Reason::MAX`] characters without the blanks
/// around them, none of them a control character but line breaks and tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// The text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected 1 to {} characters, none of them a control character",
    Reason::MAX
)]
pub struct ReasonError;

impl Reason {
    /// Characters that a reason may have.
    pub const MAX: usize = 1000;

    /// A reason, if the text is one.
    pub fn parse(text: &str) -> Result<Self, ReasonError> {
        let text = text.trim();
        let is_wrong = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
        if text.is_empty() || text.chars().count() > Self::MAX || text.chars().any(is_wrong) {
            return Err(ReasonError);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something_and_not_too_much() {
        for (text, expected) in [
            ("Read it twice", Some("Read it twice")),
            ("  two\nlines\t ", Some("two\nlines")),
            ("", None),
            (" \n ", None),
            ("a\u{7}b", None),
            ("a\u{1b}[2Jb", None),
        ] {
            let reason = Reason::parse(text).ok();
            assert_eq!(reason.as_ref().map(Reason::as_str), expected, "{text:?}");
        }
        assert!(Reason::parse(&"ü".repeat(Reason::MAX)).is_ok());
        assert!(Reason::parse(&"ü".repeat(Reason::MAX + 1)).is_err());
    }
}
