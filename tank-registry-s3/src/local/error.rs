//! What failures of the file system mean to a caller.

use std::io;
use std::path::PathBuf;

use tank_registry_core::blob::{BlobError, BlobErrorKind, BlobKey};

/// A folder cannot be used for blobs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Something other than a folder has its name.
    #[error("`{}` is not a folder; blobs need a folder of their own there", path.display())]
    NotAFolder {
        /// What was found.
        path: PathBuf,
    },
    /// It does not exist and cannot be created, or cannot be looked at.
    #[error("cannot create or open the folder `{}`; create it, owned by the user this runs as", path.display())]
    Create {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It exists and does not take files.
    #[error("cannot write to the folder `{}`; the user this runs as must be able to", path.display())]
    Write {
        /// Which folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The failure of an operation on one object.
pub(super) fn of_key(key: &BlobKey, error: io::Error) -> BlobError {
    BlobError::new(kind(&error), key, error)
}

/// What a failure means, where the object itself being missing has been ruled out. All folders
/// exist from the start, so one that is missing is a disk that is not mounted.
pub(super) fn kind(error: &io::Error) -> BlobErrorKind {
    use io::ErrorKind as E;
    match error.kind() {
        E::NotFound
        | E::PermissionDenied
        | E::ReadOnlyFilesystem
        | E::StorageFull
        | E::QuotaExceeded
        | E::StaleNetworkFileHandle
        | E::TimedOut => BlobErrorKind::Unavailable,
        _ => BlobErrorKind::Internal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_and_a_refused_access_are_unavailable() {
        // The numbers are those of Linux: ENOSPC, EDQUOT, EACCES, EROFS.
        #[cfg(target_os = "linux")]
        for code in [28, 122, 13, 30] {
            let error = io::Error::from_raw_os_error(code);
            assert_eq!(kind(&error), BlobErrorKind::Unavailable, "{error}");
        }
        assert_eq!(kind(&io::Error::other("x")), BlobErrorKind::Internal);
    }
}
