//! How far apart two words are.

/// The optimal string alignment distance of two words, in characters: one for each character that
/// is put in, left out or replaced, and for each two neighbours that are swapped, where no part is
/// edited twice.
///
/// ```
/// use tank_registry_core::search::distance;
/// assert_eq!(distance("recat", "react"), 1);
/// assert_eq!(distance("react", "react"), 0);
/// assert_eq!(distance("ca", "abc"), 3);
/// ```
pub fn distance(one: &str, other: &str) -> u32 {
    let other: Vec<char> = other.chars().collect();
    let width = other.len() + 1;
    let (mut older, mut above) = (vec![0_u32; width], vec![0_u32; width]);
    let mut row: Vec<u32> = (0..).take(width).collect();
    let mut previous = None;
    for (at, letter) in (1_u32..).zip(one.chars()) {
        std::mem::swap(&mut older, &mut above);
        std::mem::swap(&mut above, &mut row);
        row[0] = at;
        for column in 1..width {
            let same = other[column - 1] == letter;
            let mut least = (above[column] + 1)
                .min(row[column - 1] + 1)
                .min(above[column - 1] + u32::from(!same));
            let swapped =
                column > 1 && Some(other[column - 1]) == previous && other[column - 2] == letter;
            if swapped {
                least = least.min(older[column - 2] + 1);
            }
            row[column] = least;
        }
        previous = Some(letter);
    }
    row[width - 1]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn each_edit_and_each_swap_of_neighbours_counts_one() {
        for (one, other, expected) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("react", "reac", 1),
            ("react", "recat", 1),
            ("react", "eract", 1),
            ("react", "ract", 1),
            ("react", "rxact", 1),
            ("größe", "grösse", 2),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }
}
