//! "Updated since" as tokens: an update lies in one short and in one long block of time, and some
//! short and some long blocks cover what is later than a time.

use rusqlite::{Connection, Result};
use tank_registry_core::model::Timestamp;

use super::tokens::{LONG_BLOCK, SHORT_BLOCK, Tokens, quoted};

/// Bits of a time within a short block: six days.
const SHORT: u32 = 29;

/// Bits of a time within a long block: about three months.
const LONG: u32 = 33;

/// The most blocks in a query. What began so long ago leaves out so little that looking at the rows
/// is enough.
const MOST: i64 = 64;

const SELECT_NEWEST: &str = "
    SELECT max(coalesce((SELECT max(updated_at) FROM search_entry WHERE shown = 1), ?1),
               coalesce((SELECT max(updated_at) FROM search_entry WHERE shown = 2), ?1))";

/// Adds the blocks that an update lies in.
pub(super) fn add_blocks(tokens: &mut Tokens, at: Timestamp) {
    for (mark, bits) in [(SHORT_BLOCK, SHORT), (LONG_BLOCK, LONG)] {
        tokens.add(mark, &(at.as_millis() >> bits).to_string());
    }
}

/// Blocks of which every update since then lies in one, and few that are earlier do; nothing if
/// there are too many.
pub(super) fn blocks(connection: &Connection, since: Timestamp) -> Result<Option<Vec<String>>> {
    let newest: i64 = connection
        .prepare_cached(SELECT_NEWEST)?
        .query_one([since.as_millis()], |row| row.get(0))?;
    Ok(between(since.as_millis(), newest))
}

fn between(since: i64, newest: i64) -> Option<Vec<String>> {
    let long = (since >> LONG) + 1;
    let last = newest >> LONG;
    if last - long >= MOST {
        return None;
    }
    let short = (since >> SHORT)..(long << (LONG - SHORT));
    let short = short.map(|block| quoted(SHORT_BLOCK, &block.to_string()));
    let long = (long..=last).map(|block| quoted(LONG_BLOCK, &block.to_string()));
    Some(short.chain(long).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_cover_what_is_later_and_little_that_is_earlier() {
        let since = 1_772_362_800_000;
        let newest = since + (365 << 27);
        let blocks = between(since, newest).unwrap();
        let is_covered = |at: i64| {
            let mut tokens = Tokens::default();
            add_blocks(&mut tokens, Timestamp::from_millis(at));
            let text = tokens.into_text();
            text.split(' ')
                .any(|token| blocks.contains(&format!("\"{token}\"")))
        };
        for step in 0..1000 {
            assert!(is_covered(since + step * (newest - since) / 999), "{step}");
        }
        assert!(!is_covered(since - (1 << SHORT)));
        assert!(between(i64::MIN, newest).is_none());
        assert!(between(newest + (1 << 40), newest).is_some());
    }
}
