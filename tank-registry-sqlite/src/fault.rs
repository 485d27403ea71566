//! What a failure of SQLite means to core.

use rusqlite::{Error, ErrorCode};
use tank_registry_core::store::{StoreError, StoreErrorKind};

/// A failure that changed nothing.
pub(crate) fn store_error(error: Error) -> StoreError {
    StoreError::new(kind(&error), error)
}

/// The store is closed, or the thread that had the work is gone.
pub(crate) fn closed() -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, "the database is closed")
}

/// The kind of a failure.
pub(crate) fn kind(error: &Error) -> StoreErrorKind {
    match error {
        Error::SqliteFailure(failure, _) => match failure.code {
            // The busy timeout has been waited for already.
            ErrorCode::DatabaseBusy | ErrorCode::OperationInterrupted => StoreErrorKind::Timeout,
            ErrorCode::DatabaseLocked => StoreErrorKind::Overloaded,
            ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::ReadOnly
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed
            | ErrorCode::OutOfMemory => StoreErrorKind::Unavailable,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => StoreErrorKind::Corrupt,
            _ => StoreErrorKind::Internal,
        },
        Error::FromSqlConversionFailure(..)
        | Error::IntegralValueOutOfRange(..)
        | Error::InvalidColumnType(..)
        | Error::Utf8Error(..) => StoreErrorKind::Corrupt,
        _ => StoreErrorKind::Internal,
    }
}
