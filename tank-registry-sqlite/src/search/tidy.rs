//! Upkeep of the index.

use rusqlite::{Connection, Result};

use super::part::{OTHER, PUBLIC};

/// About how many pages of four kibibytes one call writes to each part.
const PAGES: i64 = 250;

const MERGE_RESTS: &str = "
    INSERT INTO vocabulary_rest (vocabulary_rest, rank) VALUES ('merge', ?1)";

/// Merges some segments of the index, where there are two of a size: a search looks into each.
pub(crate) fn tidy(connection: &Connection) -> Result<()> {
    for merge in [PUBLIC.merge, OTHER.merge, MERGE_RESTS] {
        connection.prepare_cached(merge)?.execute([PAGES])?;
    }
    Ok(())
}
