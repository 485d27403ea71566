//! How values become columns and rows become values.

use std::error::Error;
use std::str::FromStr;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Result, Row};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tank_registry_core::auth::KeyHash;
use tank_registry_core::model::{KeyId, Revision, Timestamp, UserId};
use tank_registry_core::store::{ExternalId, Key, User};
use uuid::Uuid;

/// A value in a column of JSON.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(text.into())
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        serde_json::from_str(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A value that is read from its own text; it is written as that text.
pub(crate) struct Text<T>(pub(crate) T);

impl<T: FromStr<Err: Error + Send + Sync + 'static>> FromSql for Text<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value
            .as_str()?
            .parse()
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// A count. SQLite keeps 63 bits of it; what needs more is refused.
pub(crate) struct Count(pub(crate) u64);

impl ToSql for Count {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>> {
        let number = i64::try_from(self.0)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(number.into())
    }
}

impl FromSql for Count {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// Instead of a time, where something has not happened yet: before every time.
pub(crate) const NEVER: i64 = -1;

/// A column with the bytes of a UUID.
pub(crate) fn uuid(row: &Row<'_>, column: usize) -> Result<Uuid> {
    row.get(column).map(Uuid::from_bytes)
}

/// A column with a time.
pub(crate) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

/// A column with a time, or without one.
pub(crate) fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>> {
    let millis: Option<i64> = row.get(column)?;
    Ok(millis.map(Timestamp::from_millis))
}

/// A column with a revision.
pub(crate) fn revision(row: &Row<'_>, column: usize) -> Result<Revision> {
    let Count(number) = row.get(column)?;
    Ok(Revision(number))
}

/// A column of JSON.
pub(crate) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    row.get(column).map(|Json(value)| value)
}

/// A column with the text of a value.
pub(crate) fn text<T>(row: &Row<'_>, column: usize) -> Result<T>
where
    T: FromStr<Err: Error + Send + Sync + 'static>,
{
    row.get(column).map(|Text(value)| value)
}

/// The columns that [`user`] reads.
macro_rules! user_columns {
    () => {
        "user.id, user.handle, user.display_name, user.email, user.role, user.status, \
         user.issuer, user.subject, user.revision, user.created_at"
    };
}
pub(crate) use user_columns;

/// A user from the columns of `user_columns!` that begin at `first`.
pub(crate) fn user(row: &Row<'_>, first: usize) -> Result<User> {
    let issuer: Option<String> = row.get(first + 6)?;
    let subject: Option<String> = row.get(first + 7)?;
    Ok(User {
        id: UserId::new(uuid(row, first)?),
        handle: text(row, first + 1)?,
        display_name: row.get(first + 2)?,
        email: row.get(first + 3)?,
        role: json(row, first + 4)?,
        status: json(row, first + 5)?,
        external: issuer
            .zip(subject)
            .map(|(issuer, subject)| ExternalId { issuer, subject }),
        revision: revision(row, first + 8)?,
        created_at: time(row, first + 9)?,
    })
}

/// The columns that [`key`] reads.
macro_rules! key_columns {
    () => {
        "api_key.id, api_key.user, api_key.name, api_key.hash, api_key.start, api_key.scopes, \
         api_key.per_day, api_key.created_at, api_key.expires_at, api_key.last_used, \
         api_key.revoked_at"
    };
}
pub(crate) use key_columns;

/// How many columns `key_columns!` names.
pub(crate) const KEY_COLUMNS: usize = 11;

/// A key from the columns of `key_columns!`.
pub(crate) fn key(row: &Row<'_>) -> Result<Key> {
    Ok(Key {
        id: KeyId::new(uuid(row, 0)?),
        user: UserId::new(uuid(row, 1)?),
        name: row.get(2)?,
        hash: row.get(3).map(KeyHash::new)?,
        start: row.get(4)?,
        scopes: json(row, 5)?,
        per_day: row.get(6)?,
        created_at: time(row, 7)?,
        expires_at: time(row, 8)?,
        last_used: maybe_time(row, 9)?,
        revoked_at: maybe_time(row, 10)?,
    })
}
