//! The digest of an archive, in the form that lockfiles keep.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::display::Base64Display;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What the text begins with.
const PREFIX: &str = "sha512-";

/// Bytes of a SHA-512 digest.
const DIGEST_BYTES: usize = 64;

/// SHA-512 over the bytes of an archive: `sha512-` and padded base64, 95 characters.
///
/// A digest has exactly one text. Other spellings of the same bits are refused, so that texts can be compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Integrity([u8; DIGEST_BYTES]);

/// The text is no integrity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("Must be a sha512 integrity hash")]
pub struct IntegrityError;

impl Integrity {
    /// Reads the canonical text.
    pub fn parse(text: &str) -> Result<Self, IntegrityError> {
        let encoded = text.strip_prefix(PREFIX).ok_or(IntegrityError)?;
        let mut digest = [0; DIGEST_BYTES];
        // The engine refuses missing padding and set trailing bits, so what decodes is canonical.
        match STANDARD.decode_slice(encoded, &mut digest) {
            Ok(DIGEST_BYTES) => Ok(Self(digest)),
            _ => Err(IntegrityError),
        }
    }

    /// The integrity of bytes that have this SHA-512 digest.
    pub const fn from_digest(digest: [u8; DIGEST_BYTES]) -> Self {
        Self(digest)
    }

    /// The SHA-512 digest itself.
    pub const fn digest(&self) -> &[u8; DIGEST_BYTES] {
        &self.0
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}", Base64Display::new(&self.0, &STANDARD))
    }
}

impl fmt::Debug for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Integrity({self})")
    }
}

impl FromStr for Integrity {
    type Err = IntegrityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Integrity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Integrity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zero() -> String {
        format!("sha512-{}==", "A".repeat(86))
    }

    #[test]
    fn an_integrity_has_95_characters() {
        let integrity = Integrity::from_digest([0; 64]);
        assert_eq!(integrity.to_string(), zero());
        assert_eq!(zero().len(), 95);
        assert_eq!(Integrity::parse(&zero()), Ok(integrity));
        assert_eq!(integrity.digest(), &[0; 64]);
    }

    #[test]
    fn only_the_canonical_text_is_accepted() {
        let canonical = zero();
        let stem = &canonical[..92];
        for wrong in [
            String::new(),
            "sha512-".to_owned(),
            canonical.replace("sha512", "sha256"),
            canonical.replace("sha512", "SHA512"),
            // Trailing bits that decode to the same bytes.
            format!("{stem}B=="),
            format!("{stem}A"),
            format!("{stem}A="),
            format!("{canonical}="),
            format!("{canonical} "),
            format!("sha512-{}", "A".repeat(88)),
            format!("sha512-{}", "A".repeat(84)),
            format!("sha512-_{}==", "A".repeat(85)),
            format!("sha512-{}", "A".repeat(4096)),
        ] {
            assert_eq!(
                Integrity::parse(&wrong).unwrap_err().to_string(),
                "Must be a sha512 integrity hash",
                "{wrong:?}"
            );
        }
    }

    #[test]
    fn serde_speaks_the_plain_string_and_checks_it() {
        let json = format!("\"{}\"", zero());
        let integrity: Integrity = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&integrity).unwrap(), json);
        assert!(serde_json::from_str::<Integrity>("\"sha512-\"").is_err());
    }

    proptest! {
        #[test]
        fn every_digest_reads_back(bytes in proptest::collection::vec(any::<u8>(), 64)) {
            let digest: [u8; 64] = bytes.try_into().unwrap();
            let integrity = Integrity::from_digest(digest);
            prop_assert_eq!(integrity.to_string().parse(), Ok(integrity));
            prop_assert_eq!(*integrity.digest(), digest);
        }

        #[test]
        fn what_parses_is_its_own_text(text in "sha512-[A-Za-z0-9+/]{86}(==|=|)|\\PC{0,95}") {
            if let Ok(integrity) = Integrity::parse(&text) {
                prop_assert_eq!(integrity.to_string(), text);
            }
        }
    }
}
