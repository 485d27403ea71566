//! Parts of lists.

/// Which part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub number: u64,
    /// How many a page holds, 1 to [`Page::MAX_LIMIT`].
    pub limit: u32,
}

impl Page {
    /// Most a page may hold.
    pub const MAX_LIMIT: u32 = 50;

    /// The last page: clients count in floating point.
    pub const MAX_NUMBER: u64 = (1 << 53) - 1;

    /// The nearest page that may be asked for.
    #[must_use]
    pub fn within_bounds(self) -> Self {
        Self {
            number: self.number.clamp(1, Self::MAX_NUMBER),
            limit: self.limit.clamp(1, Self::MAX_LIMIT),
        }
    }

    /// How many come before it.
    pub fn offset(self) -> u64 {
        self.number
            .saturating_sub(1)
            .saturating_mul(u64::from(self.limit))
    }

    /// The part of `all` that is on this page.
    pub(super) fn of<T>(self, all: &[T]) -> &[T] {
        let place = |at: u64| usize::try_from(at).map_or(all.len(), |at| at.min(all.len()));
        let start = self.offset();
        &all[place(start)..place(start.saturating_add(u64::from(self.limit)))]
    }
}

impl Default for Page {
    /// The first twenty.
    fn default() -> Self {
        Self {
            number: 1,
            limit: 20,
        }
    }
}

/// A part of a list.
#[derive(Debug, Clone)]
pub struct Paged<T> {
    /// What is on the page.
    pub items: Vec<T>,
    /// The length of the whole list.
    pub total: u64,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_pages_of_a_list_are_the_list(length in 0..120_u32, limit in 1..=Page::MAX_LIMIT) {
            let all: Vec<u32> = (0..length).collect();
            let pages = (1..=200).map(|number| Page { number, limit });
            let joined: Vec<u32> = pages.flat_map(|page| page.of(&all).to_vec()).collect();
            prop_assert_eq!(joined, all);
        }

        #[test]
        fn a_page_past_the_end_is_empty(number in 2_u64.., limit in 1..=Page::MAX_LIMIT) {
            let page = Page { number, limit };
            prop_assert!(page.of(&[1]).is_empty());
        }
    }
}
