//! Names of stored bytes. [`BlobKey`] is closed: no text from outside can become a path.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha512};
use uuid::Uuid;

use crate::model::{Integrity, UploadId};

/// SHA-512 of some bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 64]);

impl Digest {
    /// Wraps a digest computed elsewhere.
    pub const fn new(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Computes the digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha512::digest(bytes).into())
    }

    /// The digest's own bytes.
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }

    /// From 128 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl From<&Integrity> for Digest {
    fn from(integrity: &Integrity) -> Self {
        Self(*integrity.digest())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| de::Error::custom("expected 128 hexadecimal digits"))
    }
}

/// One life of some bytes in the store. Once garbage collection has claimed a generation it is
/// gone for ever; the same bytes, wanted again, get the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobId {
    /// Which bytes.
    pub digest: Digest,
    /// Which life of them, from 1.
    pub generation: u32,
}

/// The name of an object in a blob store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlobKey {
    /// Bytes that a publisher has sent and not yet confirmed.
    Staged(UploadId),
    /// Verified bytes, immutable.
    Content(BlobId),
    /// Written and deleted again to see whether the store works.
    Probe(Uuid),
}

impl BlobKey {
    /// The object's path: relative, of lower-case letters, digits, `/`, `.` and `-` only.
    pub fn path(&self) -> String {
        match self {
            Self::Staged(upload) => format!("uploads/{upload}"),
            Self::Content(BlobId { digest, generation }) => {
                let hex = digest.to_string();
                format!("blobs/{}/{hex}.{generation}", &hex[..2])
            }
            Self::Probe(id) => format!("probe/{id}"),
        }
    }

    /// The key whose [`path`](Self::path) this is.
    pub fn from_path(path: &str) -> Option<Self> {
        let key = match path.split_once('/')? {
            ("uploads", id) => Self::Staged(id.parse().ok()?),
            ("probe", id) => Self::Probe(id.parse().ok()?),
            ("blobs", rest) => {
                let (digest, generation) = rest.split_once('/')?.1.split_once('.')?;
                Self::Content(BlobId {
                    digest: Digest::from_hex(digest)?,
                    generation: generation.parse().ok()?,
                })
            }
            _ => return None,
        };
        (key.path() == path).then_some(key)
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// A part of the store that can be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobArea {
    /// All [`BlobKey::Staged`].
    Staged,
    /// All [`BlobKey::Content`].
    Content,
    /// All [`BlobKey::Probe`].
    Probe,
}

impl BlobArea {
    /// What the paths of its keys begin with, without a slash at the end.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Staged => "uploads",
            Self::Content => "blobs",
            Self::Probe => "probe",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_from_its_own_path_only() {
        let digest = Digest::of(b"bytes");
        for key in [
            BlobKey::Staged(UploadId::new(Uuid::from_u128(7))),
            BlobKey::Content(BlobId {
                digest,
                generation: 3,
            }),
            BlobKey::Probe(Uuid::from_u128(9)),
        ] {
            assert_eq!(BlobKey::from_path(&key.path()), Some(key));
            assert_eq!(BlobKey::from_path(&key.path().to_uppercase()), None);
        }
        for path in [
            "",
            "uploads",
            "uploads/../x",
            "blobs/zz/00.1",
            "blobs/ab/cd",
            "other/1",
        ] {
            assert_eq!(BlobKey::from_path(path), None, "{path}");
        }
    }
}
