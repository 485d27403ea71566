//! Who may see a skill at all.

use super::text::wire_string;

/// Whether a skill is open to everybody or only to those who may publish it or were granted access.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Visibility {
    /// Everybody may read it, without a key. What a first publish without a choice gets.
    #[default]
    Public,
    /// It does not exist for those who may not read it.
    Private,
}

/// The text names no visibility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid option: expected one of \"public\"|\"private\"")]
pub struct VisibilityError;

impl Visibility {
    /// Reads `public` or `private`, exactly so.
    pub fn parse(text: &str) -> Result<Self, VisibilityError> {
        match text {
            "public" => Ok(Self::Public),
            "private" => Ok(Self::Private),
            _ => Err(VisibilityError),
        }
    }

    /// The word on the wire.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
        }
    }

    /// Whether everybody may read it.
    pub const fn is_public(self) -> bool {
        matches!(self, Self::Public)
    }
}

wire_string!(Visibility, VisibilityError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_two_words_are_visibilities() {
        assert_eq!("public".parse(), Ok(Visibility::Public));
        assert_eq!("private".parse(), Ok(Visibility::Private));
        for wrong in ["", "Public", " public", "hidden"] {
            let error = Visibility::parse(wrong).unwrap_err();
            assert_eq!(
                error.to_string(),
                r#"Invalid option: expected one of "public"|"private""#
            );
        }
        assert_eq!(Visibility::default(), Visibility::Public);
        assert_eq!(
            serde_json::to_string(&Visibility::Private).unwrap(),
            r#""private""#
        );
    }
}
