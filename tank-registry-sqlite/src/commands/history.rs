//! Forgetting commands and changes, and other upkeep.

use rusqlite::{Connection, Result, params};
use tank_registry_core::store::{Effect, Outcome, PruneHistory};

use crate::search;

const DELETE_COMMANDS: &str = "
    DELETE FROM command WHERE id IN (
        SELECT id FROM command WHERE at < ?1 ORDER BY at, id LIMIT ?2)";

// Only a run of the oldest changes: times of commands may go back a little, and a gap in the feed
// would lose a change in silence.
const SELECT_FORGOTTEN: &str = "
    SELECT coalesce(
        (SELECT sequence - 1 FROM change WHERE at >= ?1 ORDER BY sequence LIMIT 1),
        (SELECT newest FROM feed))";

const DELETE_CHANGES: &str = "DELETE FROM change WHERE sequence <= ?1";

const SET_FORGOTTEN: &str = "UPDATE feed SET forgotten = max(forgotten, ?1)";

pub(super) fn prune(connection: &Connection, prune: PruneHistory) -> Result<Outcome> {
    let before = prune.before.as_millis();
    let removed = connection
        .prepare_cached(DELETE_COMMANDS)?
        .execute(params![before, prune.limit])?;
    let forgotten: i64 = connection
        .prepare_cached(SELECT_FORGOTTEN)?
        .query_one([before], |row| row.get(0))?;
    connection
        .prepare_cached(DELETE_CHANGES)?
        .execute([forgotten])?;
    connection
        .prepare_cached(SET_FORGOTTEN)?
        .execute([forgotten])?;
    // Nobody waits for this command, and when all is forgotten it does not come again at once.
    if u64::from(prune.limit) > removed as u64 {
        search::tidy(connection)?;
    }
    Ok(Outcome::Applied(Effect::removed(removed as u64)))
}
