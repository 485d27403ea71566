//! Counters, which move no revision and tell the feed nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use rusqlite::{Connection, OptionalExtension as _, Result, params};
use tank_registry_core::model::SkillId;
use tank_registry_core::store::{CountBatch, DownloadCount, Effect, Outcome};

use crate::rows::Count;
use crate::search;

const ADD_LIFETIME: &str = "
    UPDATE skill SET downloads = downloads + ?2 WHERE id = ?1 RETURNING ordinal, downloads";

const ADD_DAY: &str = "
    INSERT INTO downloads (skill, day, count) VALUES (?1, ?2, ?3)
    ON CONFLICT (skill, day) DO UPDATE SET count = count + excluded.count";

const SET_LAST_USED: &str = "
    UPDATE api_key SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";

pub(super) fn count(connection: &Connection, batch: &CountBatch) -> Result<Outcome> {
    count_downloads(connection, &batch.downloads)?;
    let mut set_last_used = connection.prepare_cached(SET_LAST_USED)?;
    for used in &batch.keys {
        set_last_used.execute(params![used.key.as_uuid().as_bytes(), used.at.as_millis()])?;
    }
    Ok(Outcome::Applied(Effect::none()))
}

fn count_downloads(connection: &Connection, downloads: &[DownloadCount]) -> Result<()> {
    let mut add_lifetime = connection.prepare_cached(ADD_LIFETIME)?;
    let mut add_day = connection.prepare_cached(ADD_DAY)?;
    // Of each skill its lifetime downloads before and after: its entry moves once at most.
    let mut grown: BTreeMap<i64, (SkillId, Range<u64>)> = BTreeMap::new();
    for DownloadCount {
        skill, day, count, ..
    } in downloads
    {
        let id = skill.as_uuid().as_bytes();
        let lifetime = add_lifetime
            .query_one(params![id, Count(*count)], |row| {
                let Count(downloads) = row.get(1)?;
                Ok((row.get(0)?, downloads))
            })
            .optional()?;
        let Some((ordinal, after)) = lifetime else {
            continue;
        };
        add_day.execute(params![id, day.0, Count(*count)])?;
        let before = after - count;
        let (_, range) = grown.entry(ordinal).or_insert((*skill, before..after));
        range.end = after;
    }
    for (ordinal, (skill, downloads)) in grown {
        search::counted(connection, skill, ordinal, downloads)?;
    }
    Ok(())
}
