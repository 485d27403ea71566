//! Upkeep of the index.

use rusqlite::{Connection, Result};

/// About how many pages of four kibibytes one call writes: 20 milliseconds of the writer.
const PAGES: i64 = 1000;

const MERGE_INDEX: &str = "INSERT INTO search_index (search_index, rank) VALUES ('merge', ?1)";

const MERGE_RESTS: &str =
    "INSERT INTO vocabulary_rest (vocabulary_rest, rank) VALUES ('merge', ?1)";

/// Merges some segments of the index, where there are two of a size: a search looks into each.
pub(crate) fn tidy(connection: &Connection) -> Result<()> {
    for merge in [MERGE_INDEX, MERGE_RESTS] {
        connection.prepare_cached(merge)?.execute([PAGES])?;
    }
    Ok(())
}
