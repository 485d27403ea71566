//! "Updated since" as tokens: each update lies in one block of time of each length, and few blocks
//! cover all that is later than a time.

use rusqlite::{Connection, Result};
use tank_registry_core::model::Timestamp;

use super::tokens::{BLOCK, Tokens, quoted};

/// Bits of a time within the blocks of each length: 6, 25, 99 and 398 days, each four times as long
/// as the one before.
const LENGTHS: [u32; 4] = [29, 31, 33, 35];

/// The most of the longest blocks in a query. What began so long ago leaves out so little that
/// looking at the rows is enough.
const MOST: i64 = 32;

// Not earlier than the time that is asked about, so that there is a block.
const SELECT_NEWEST: &str = "
    SELECT max(?1,
               coalesce((SELECT max(updated_at) FROM search_entry WHERE shown = 1), ?1),
               coalesce((SELECT max(updated_at) FROM search_entry WHERE shown = 2), ?1))";

/// Adds the blocks that an update lies in.
pub(super) fn add_blocks(tokens: &mut Tokens, at: Timestamp) {
    for bits in LENGTHS {
        tokens.add(BLOCK, &block(bits, at.as_millis() >> bits));
    }
}

fn block(bits: u32, number: i64) -> String {
    format!("{bits}:{number}")
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
    let mut blocks = Vec::new();
    let mut next = since >> LENGTHS[0];
    for (at, bits) in LENGTHS.into_iter().enumerate() {
        let last = newest >> bits;
        let Some(longer) = LENGTHS.get(at + 1) else {
            if last - next >= MOST {
                return None;
            }
            blocks.extend((next..=last).map(|number| block(bits, number)));
            break;
        };
        // Up to where a longer block begins.
        let together = 1 << (longer - bits);
        while next <= last && next % together != 0 {
            blocks.push(block(bits, next));
            next += 1;
        }
        if next > last {
            break;
        }
        next /= together;
    }
    let blocks = blocks.iter().map(|block| quoted(BLOCK, block));
    Some(blocks.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEWEST: i64 = 1_772_362_800_000;
    const DAY: i64 = 86_400_000;

    #[test]
    fn a_few_blocks_cover_what_is_later_and_little_that_is_earlier() {
        for days in [0, 1, 7, 31, 100, 366, 1000, 5000] {
            let since = NEWEST - days * DAY;
            let blocks = between(since, NEWEST).unwrap();
            assert!((1..20).contains(&blocks.len()), "{days} {blocks:?}");
            let is_covered = |at: i64| {
                let mut tokens = Tokens::default();
                add_blocks(&mut tokens, Timestamp::from_millis(at));
                let text = tokens.into_text();
                text.split(' ')
                    .any(|token| blocks.contains(&format!("\"{token}\"")))
            };
            for step in 0..1000 {
                assert!(
                    is_covered(since + step * (NEWEST - since) / 999),
                    "{days} {step}"
                );
            }
            assert!(!is_covered(since - (1 << LENGTHS[0])), "{days}");
        }
    }

    #[test]
    fn what_began_long_ago_needs_no_blocks() {
        assert!(between(i64::MIN, NEWEST).is_none());
        assert!(between(0, NEWEST).is_none());
        assert_eq!(between(NEWEST, NEWEST).map(|blocks| blocks.len()), Some(1));
    }
}
