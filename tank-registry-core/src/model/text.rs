//! Text as the clients' JavaScript sees it, and the wire form that all single-string values share.

/// Removes what JavaScript's `trim` removes: unlike Rust's it takes U+FEFF and leaves U+0085.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c == '\u{feff}' || (c.is_whitespace() && c != '\u{85}'))
}

/// Whether the text has more than `limit` UTF-16 units, the characters that clients count.
pub(crate) fn longer_than(text: &str, limit: usize) -> bool {
    text.encode_utf16().nth(limit).is_some()
}

/// Gives a parsed type its `Display`, `FromStr`, conversions and serde form, all of them its wire string.
///
/// The type brings `parse(&str) -> Result<Self, $error>` and `as_str(&self) -> &str`.
macro_rules! wire_string {
    ($type:ty, $error:ty) => {
        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $type {
            type Error = $error;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                Self::parse(text)
            }
        }

        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text =
                    <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use wire_string;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trimming_follows_javascript() {
        assert_eq!(trim("\u{feff} \t\n\u{a0}a b\u{2003}\u{2028}"), "a b");
        assert_eq!(trim("\u{85}a"), "\u{85}a");
    }

    #[test]
    fn length_is_counted_in_utf16_units() {
        assert!(!longer_than("ab", 2));
        assert!(longer_than("abc", 2));
        assert!(!longer_than("\u{1f980}", 2));
        assert!(longer_than("\u{1f980}", 1));
    }
}
