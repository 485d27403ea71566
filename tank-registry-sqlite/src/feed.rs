//! The change feed, told and read.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, Result, params};
use tank_registry_core::store::{
    Change, ChangeKey, Changes, ChangesSince, Feed, Meta, Position, StoreError,
};
use uuid::Uuid;

use crate::rows::{Count, Json, json};
use crate::store::SqliteStore;

/// How far another process's change may be overlooked.
const SETTLE: Duration = Duration::from_millis(5);

const NEXT: &str = "UPDATE feed SET newest = newest + 1 RETURNING newest";

const INSERT_CHANGE: &str = "
    INSERT INTO change (sequence, command, at, key) VALUES (?1, ?2, ?3, ?4)";

const SELECT_STATE: &str = "
    SELECT newest, forgotten, (SELECT incarnation FROM registry) FROM feed";

const SELECT_CHANGES: &str = "
    SELECT sequence, key FROM change WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

/// Adds a change. The number is taken under the write lock and kept with the change, so numbers
/// follow the order of commits and a rolled back one is given again.
pub(crate) fn tell(connection: &Connection, meta: &Meta, key: &ChangeKey) -> Result<()> {
    let sequence: i64 = connection
        .prepare_cached(NEXT)?
        .query_one([], |row| row.get(0))?;
    connection.prepare_cached(INSERT_CHANGE)?.execute(params![
        sequence,
        meta.id.as_uuid().as_bytes(),
        meta.at.as_millis(),
        Json(key),
    ])?;
    Ok(())
}

struct State {
    newest: Position,
    forgotten: u64,
}

fn state(connection: &Connection) -> Result<State> {
    connection
        .prepare_cached(SELECT_STATE)?
        .query_one([], |row| {
            let Count(sequence) = row.get(0)?;
            let Count(forgotten) = row.get(1)?;
            let incarnation: Option<[u8; 16]> = row.get(2)?;
            Ok(State {
                newest: Position {
                    incarnation: incarnation.map_or(Uuid::nil(), Uuid::from_bytes),
                    sequence,
                },
                forgotten,
            })
        })
}

fn changes_since(connection: &Connection, position: Position, limit: u32) -> Result<ChangesSince> {
    let State { newest, forgotten } = state(connection)?;
    if position.incarnation != newest.incarnation
        || position.sequence > newest.sequence
        || position.sequence < forgotten
    {
        return Ok(ChangesSince::Lost);
    }
    let mut select = connection.prepare_cached(SELECT_CHANGES)?;
    let items: Vec<Change> = select
        .query_map(params![Count(position.sequence), limit], |row| {
            let Count(sequence) = row.get(0)?;
            Ok(Change {
                position: Position {
                    incarnation: newest.incarnation,
                    sequence,
                },
                key: json(row, 1)?,
            })
        })?
        .collect::<Result<_>>()?;
    let next = items.last().map_or(position, |change| change.position);
    Ok(ChangesSince::Changes(Changes {
        items,
        next,
        more: next != newest,
    }))
}

#[async_trait]
impl Feed for SqliteStore {
    async fn position(&self) -> std::result::Result<Position, StoreError> {
        self.read(|connection| state(connection).map(|state| state.newest))
            .await
    }

    async fn changes_since(
        &self,
        position: &Position,
        limit: u32,
    ) -> std::result::Result<ChangesSince, StoreError> {
        let position = *position;
        self.read(move |connection| changes_since(connection, position, limit))
            .await
    }

    fn settle(&self) -> Duration {
        SETTLE
    }
}
