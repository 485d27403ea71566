//! The downloads of the newest days, beside the entry: adding them up costs a hit no look-up.

use rusqlite::{Connection, Result, params};
use tank_registry_core::model::{Day, SkillId};

use crate::reads;
use crate::rows::{Count, uuid};

/// Days that are kept: one more than core adds up.
const DAYS: u8 = 8;

/// Bytes of a day with its count.
const BYTES: usize = 16;

const SELECT_NEWEST: &str = "
    SELECT day, count FROM downloads WHERE skill = ?1 ORDER BY day DESC LIMIT ?2";

const SELECT_SKILL: &str = "SELECT skill FROM search_entry WHERE row = ?1";

/// The newest days on which a skill was downloaded, the newest first.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Recent(Vec<u8>);

impl Recent {
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn read(connection: &Connection, skill: SkillId) -> Result<Self> {
        let mut select = connection.prepare_cached(SELECT_NEWEST)?;
        let mut rows = select.query(params![skill.as_uuid().as_bytes(), DAYS])?;
        let mut bytes = Vec::new();
        while let Some(row) = rows.next()? {
            let day: i64 = row.get(0)?;
            let Count(count) = row.get(1)?;
            bytes.extend(day.to_le_bytes());
            bytes.extend(count.to_le_bytes());
        }
        Ok(Self(bytes))
    }

    /// The sum from a day on, of the skill whose entry this is of.
    pub(super) fn since(&self, connection: &Connection, row: i64, since: Day) -> Result<u64> {
        let kept = self.0.len() / BYTES;
        let oldest = self.days().last().map(|(day, _)| day);
        if kept == usize::from(DAYS) && oldest > Some(since) {
            let skill = connection
                .prepare_cached(SELECT_SKILL)?
                .query_one([row], |row| uuid(row, 0).map(SkillId::new))?;
            return reads::downloads(connection, skill, since);
        }
        let days = self.days().filter(|(day, _)| *day >= since);
        Ok(days.fold(0, |sum, (_, count)| sum.saturating_add(count)))
    }

    fn days(&self) -> impl Iterator<Item = (Day, u64)> {
        let (days, _) = self.0.as_chunks::<BYTES>();
        days.iter().filter_map(|bytes| {
            let (day, count) = bytes.split_first_chunk()?;
            let count = count.first_chunk()?;
            Some((Day(i64::from_le_bytes(*day)), u64::from_le_bytes(*count)))
        })
    }
}
