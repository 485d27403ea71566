//! The files of a version, from its index and its derived zip.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};

use crate::access::Viewer;
use crate::blob::{BlobErrorKind, BlobKey, ByteStream};
use crate::error::Error;
use crate::model::SkillName;
use crate::package::{FileRow, Inflater};
use crate::registry::Registry;
use crate::store::{BlobKind, VersionRecord};

/// Larger files come with the archive only.
const MAX_SIZE: u64 = 10 << 20;

/// A path that a file in a package could have: relative, without a way up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePath(String);

impl FilePath {
    /// Reads a path, its segments decoded. What no package can hold but cannot lead anywhere else
    /// either, such as an empty segment in the middle, is a path of no file.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let is_wrong = text.is_empty()
            || text.starts_with('/')
            || text.contains(['\\', '\0'])
            || text.split('/').any(|segment| segment == "..");
        if is_wrong {
            Err(Error::InvalidFilePath)
        } else {
            Ok(Self(text.to_owned()))
        }
    }

    /// The path's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file of a version, before any byte of it is read.
#[derive(Debug, Clone)]
pub struct VersionFile {
    /// Its path, size and digest.
    pub row: FileRow,
    zip: BlobKey,
}

impl Registry {
    /// A version's record, for the paths of its files. Whoever may have the version may have them.
    pub async fn files(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
    ) -> Result<Arc<VersionRecord>, Error> {
        self.readable_version(viewer, name, number).await
    }

    /// One file of a version, of at most 10 MiB.
    pub async fn file(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
        path: &FilePath,
    ) -> Result<VersionFile, Error> {
        let version = self.readable_version(viewer, name, number).await?;
        let row = version.files.iter().find(|row| row.path == path.0);
        let row = row.ok_or(Error::PackageFileNotFound)?;
        if row.size > MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        let zip = version
            .blob(BlobKind::Zip)
            .ok_or_else(|| Error::internal("serving a file", "the version has no zip"))?;
        Ok(VersionFile {
            row: row.clone(),
            zip: BlobKey::Content(zip.id),
        })
    }

    /// The bytes of a file, by one read of a part of the zip. They are inflated as they are taken:
    /// memory does not depend on the size. The stream ends well only if they are the bytes of the
    /// index; else the last of them do not come.
    pub async fn file_bytes(&self, file: &VersionFile) -> Result<ByteStream, Error> {
        let VersionFile { row, zip } = file;
        if row.size == 0 {
            return Ok(stream::empty().boxed());
        }
        let part = row.offset..row.offset.saturating_add(row.compressed_size);
        match self.inner.blobs.get(zip, Some(part)).await {
            Ok(deflated) => Ok(inflated(deflated, Inflater::new(row))),
            Err(error) => match error.kind() {
                BlobErrorKind::NotFound | BlobErrorKind::Range => {
                    Err(Error::internal("serving a file", error))
                }
                _ => Err(error.into()),
            },
        }
    }
}

fn inflated(deflated: ByteStream, inflater: Inflater) -> ByteStream {
    let start = (deflated, inflater, Bytes::new());
    stream::try_unfold(
        start,
        |(mut deflated, mut inflater, mut input)| async move {
            while !inflater.is_done() {
                let piece = inflater.inflate(&mut input)?;
                if !piece.is_empty() {
                    return Ok(Some((piece, (deflated, inflater, input))));
                }
                input = match deflated.next().await {
                    Some(next) => next?,
                    None => return Err(std::io::ErrorKind::UnexpectedEof.into()),
                };
            }
            Ok(None)
        },
    )
    .boxed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_that_leads_elsewhere_is_none() {
        for wrong in [
            "", "/", "/a", "//a", "..", "../a", "a/..", "a/../b", "a\\b", "\\", "a\0", "\0",
        ] {
            assert!(
                matches!(FilePath::parse(wrong), Err(Error::InvalidFilePath)),
                "{wrong:?}"
            );
        }
        for path in [
            "a", "a/b", "a//b", "./a", "...", "a..", "..a/b", "a/", "C:/a", "é", " ",
        ] {
            assert_eq!(FilePath::parse(path).unwrap().as_str(), path);
        }
    }

    proptest! {
        #[test]
        fn an_accepted_path_is_kept_as_it_is_and_stays_below_its_root(path in r"(\PC|[./\\\x00]){0,12}") {
            match FilePath::parse(&path) {
                Ok(parsed) => {
                    prop_assert_eq!(parsed.as_str(), &path);
                    let below = std::path::Path::new("/root").join(&path);
                    prop_assert!(below.starts_with("/root"));
                    let up = std::path::Component::ParentDir;
                    prop_assert!(below.components().all(|part| part != up));
                }
                Err(error) => prop_assert!(matches!(error, Error::InvalidFilePath)),
            }
        }
    }
}
