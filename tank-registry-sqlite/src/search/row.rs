//! Row ids that are the order of lists.

use tank_registry_core::store::popularity_class;

/// Bits for the ordinal: more skills than there will be.
const ORDINAL_BITS: u32 = 40;

/// The highest popularity class there is.
const HIGHEST: u32 = u64::MAX.ilog2();

/// The row of a skill with so many downloads in its life: the most popular class first, within it
/// the order of first commits.
pub(super) fn row_id(downloads: u64, ordinal: i64) -> i64 {
    let class = HIGHEST - popularity_class(downloads);
    (i64::from(class) << ORDINAL_BITS) | ordinal
}

/// The ordinal in a row id.
pub(super) fn ordinal(row: i64) -> i64 {
    row & ((1 << ORDINAL_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_ascend_from_the_most_popular_and_then_by_ordinal() {
        let rows = [
            row_id(u64::MAX, 9),
            row_id(7, 1),
            row_id(14, 2),
            row_id(8, 9),
            row_id(1, 1),
            row_id(0, 1),
            row_id(0, 2),
            row_id(0, (1 << ORDINAL_BITS) - 1),
        ];
        assert!(rows.is_sorted(), "{rows:?}");
        assert_eq!(rows.map(ordinal), [9, 1, 2, 9, 1, 1, 2, (1 << 40) - 1]);
    }
}
