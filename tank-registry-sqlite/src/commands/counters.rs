//! Counters, which move no revision and tell the feed nothing.

use rusqlite::{Connection, Result, params};
use tank_registry_core::store::{CountBatch, Effect, Outcome};

use crate::rows::Count;

const ADD_LIFETIME: &str = "UPDATE skill SET downloads = downloads + ?2 WHERE id = ?1";

const ADD_DAY: &str = "
    INSERT INTO downloads (skill, day, count) VALUES (?1, ?2, ?3)
    ON CONFLICT (skill, day) DO UPDATE SET count = count + excluded.count";

const SET_LAST_USED: &str = "
    UPDATE api_key SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";

pub(super) fn count(connection: &Connection, batch: &CountBatch) -> Result<Outcome> {
    let mut add_lifetime = connection.prepare_cached(ADD_LIFETIME)?;
    let mut add_day = connection.prepare_cached(ADD_DAY)?;
    for downloads in &batch.downloads {
        let skill = downloads.skill.as_uuid().as_bytes();
        let count = downloads.count;
        if add_lifetime.execute(params![skill, Count(count)])? > 0 {
            add_day.execute(params![skill, downloads.day.0, Count(count)])?;
        }
    }
    let mut set_last_used = connection.prepare_cached(SET_LAST_USED)?;
    for used in &batch.keys {
        set_last_used.execute(params![used.key.as_uuid().as_bytes(), used.at.as_millis()])?;
    }
    Ok(Outcome::Applied(Effect::none()))
}
