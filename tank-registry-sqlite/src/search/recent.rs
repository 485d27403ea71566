//! The downloads of the newest days, beside the entry: adding them up costs a hit no look-up.

use rusqlite::{Connection, Result, params};
use tank_registry_core::model::{Day, SkillId};

use crate::rows::Count;

/// Days that are kept: one more than core adds up.
const DAYS: u8 = 8;

/// Bytes of a day with its count.
const BYTES: usize = 16;

const SELECT_NEWEST: &str = "
    SELECT day, count FROM downloads WHERE skill = ?1 ORDER BY day DESC LIMIT ?2";

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

    /// The sum from a day on, if it can be told from what is kept.
    pub(super) fn since(&self, since: Day) -> Option<u64> {
        let mut sum = 0_u64;
        for (day, count) in self.days() {
            if day < since {
                return Some(sum);
            }
            sum = sum.saturating_add(count);
        }
        // All that is kept counts: enough if nothing was left out, or all that was is earlier.
        let oldest = self.days().last().map(|(day, _)| day);
        (self.0.len() < usize::from(DAYS) * BYTES || oldest == Some(since)).then_some(sum)
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
