//! The rows of a package's file index.

use serde::{Deserialize, Serialize};

/// One regular file of a package, and where its data lies in the derived zip: `compressed_size` bytes of raw
/// deflate at `offset` inflate to exactly the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The path as in listings: relative, separated by `/`.
    pub path: String,
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file; lower-case hexadecimal when serialised.
    #[serde(with = "hex_digest")]
    pub sha256: [u8; 32],
    /// Bytes before the file's data in the zip.
    pub offset: u64,
    /// Bytes of the file's data in the zip.
    pub compressed_size: u64,
    /// Whether the whole file is valid UTF-8.
    pub text: bool,
    /// Whether its owner may run it.
    pub executable: bool,
}

mod hex_digest {
    use std::borrow::Cow;

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(
        digest: &[u8; 32],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(digest))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let mut digest = [0; 32];
        hex::decode_to_slice(text.as_bytes(), &mut digest)
            .map_err(|_| D::Error::custom("a SHA-256 digest must be 64 hexadecimal digits"))?;
        Ok(digest)
    }
}
