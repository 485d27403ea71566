//! What a hit shows.

use rusqlite::{Connection, Result, Row};
use tank_registry_core::model::{Day, SkillId, UserId};
use tank_registry_core::store::{Hit, Terms};

use super::recent::Recent;
use crate::rows::{Count, Json, json, text, time, uuid};

const SELECT_HIT: &str = "
    SELECT skill, name, publisher, visibility, deprecated, updated_at, recent, stars, terms,
           description, latest, audit_score, verdict, atom_kinds
    FROM search_entry WHERE row = ?1";

/// The hits of some rows, in their order.
pub(super) fn read(connection: &Connection, rows: &[i64], since: Day) -> Result<Vec<Hit>> {
    let mut select = connection.prepare_cached(SELECT_HIT)?;
    rows.iter()
        .map(|row| {
            let (mut hit, recent) = select.query_one([row], from_row)?;
            hit.downloads = recent.since(connection, *row, since)?;
            Ok(hit)
        })
        .collect()
}

fn from_row(row: &Row<'_>) -> Result<(Hit, Recent)> {
    let verdict: Option<Json<_>> = row.get(12)?;
    let Count(stars) = row.get(7)?;
    let hit = Hit {
        skill: SkillId::new(uuid(row, 0)?),
        name: text(row, 1)?,
        publisher: UserId::new(uuid(row, 2)?),
        visibility: text(row, 3)?,
        deprecated: row.get(4)?,
        updated_at: time(row, 5)?,
        downloads: 0,
        stars,
        terms: row.get::<_, String>(8).map(Terms::from_text)?,
        description: row.get(9)?,
        latest: text(row, 10)?,
        audit_score: row.get(11)?,
        verdict: verdict.map(|Json(verdict)| verdict),
        atom_kinds: json(row, 13)?,
    };
    Ok((hit, row.get(6).map(Recent::from_bytes)?))
}
