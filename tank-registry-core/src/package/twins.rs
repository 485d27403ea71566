//! Entries that would overwrite each other.
//!
//! What one system keeps apart is one path on another: macOS and Windows ignore case, macOS ignores how an
//! accent is composed. A package must unpack to the same files everywhere.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

use super::refusal::{Refusal, Rule};

/// The paths of an archive, collected to be compared at its end.
#[derive(Debug, Default)]
pub(super) struct Twins {
    seen: Vec<Seen>,
}

#[derive(Debug)]
struct Seen {
    /// The folded path with NUL (which no path holds) for `/`: sorted, everything below a path then
    /// directly follows it.
    key: String,
    file: bool,
    path: String,
}

impl Twins {
    /// Notes a regular file.
    pub(super) fn file(&mut self, path: &str) {
        self.note(path, true);
    }

    /// Notes a folder entry.
    pub(super) fn folder(&mut self, path: &str) {
        self.note(path, false);
    }

    fn note(&mut self, path: &str, file: bool) {
        let key = fold(path).replace('/', "\0");
        self.seen.push(Seen {
            key,
            file,
            path: path.to_owned(),
        });
    }

    /// The paths that are not alone. Folders may be repeated.
    pub(super) fn refusals(mut self) -> Vec<Refusal> {
        // Stable: of equal paths the one that came first stays first.
        self.seen.sort_by(|a, b| a.key.cmp(&b.key));
        self.seen
            .windows(2)
            .filter_map(|pair| {
                if let [first, second] = pair {
                    collision(first, second)
                } else {
                    None
                }
            })
            .collect()
    }
}

fn collision(first: &Seen, second: &Seen) -> Option<Refusal> {
    let rest = second.key.strip_prefix(&first.key)?;
    let reason = if rest.is_empty() {
        match (first.file, second.file) {
            (false, false) => return None,
            (true, true) if first.path == second.path => {
                "the archive holds two files with this path".to_owned()
            }
            (true, true) => format!(
                "on some systems this is the same file as `{}`; only one may exist",
                first.path
            ),
            _ => "the archive holds a file and a folder with this path; only one may exist"
                .to_owned(),
        }
    } else if first.file && rest.starts_with('\0') {
        format!("`{}` is a file and cannot hold other files", first.path)
    } else {
        return None;
    };
    Some(Refusal::entry(second.path.as_bytes(), Rule::Twin, reason))
}

/// Canonical caseless form: two paths that differ only in case or in composition become equal.
fn fold(path: &str) -> String {
    path.nfd().default_case_fold().nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn twins(paths: &[&str]) -> Vec<String> {
        let mut twins = Twins::default();
        for path in paths {
            match path.strip_suffix('/') {
                Some(folder) => twins.folder(folder),
                None => twins.file(path),
            }
        }
        let refusals = twins.refusals();
        assert!(refusals.iter().all(|refusal| refusal.rule == Rule::Twin));
        refusals.into_iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn different_paths_are_no_twins() {
        let none: [&str; 0] = [];
        assert_eq!(
            twins(&["a", "ab", "a.b", "a-b/c", "b/a", "b/c", "é", "e"]),
            none
        );
    }

    #[test]
    fn the_same_path_twice_is_a_twin() {
        assert_eq!(twins(&["a/b", "c", "a/b"]), ["a/b"]);
    }

    #[test]
    fn paths_equal_after_full_case_folding_are_twins() {
        assert_eq!(twins(&["README", "readme"]), ["readme"]);
        assert_eq!(twins(&["straße", "STRASSE"]), ["STRASSE"]);
        assert_eq!(twins(&["ΣΑΣ", "σας"]), ["σας"]);
        assert_eq!(twins(&["K", "\u{212a}"]), ["\u{212a}"]);
    }

    #[test]
    fn paths_equal_after_normalization_are_twins() {
        assert_eq!(twins(&["caf\u{e9}", "cafe\u{301}"]), ["cafe\u{301}"]);
        assert_eq!(twins(&["CAF\u{c9}", "cafe\u{301}"]), ["cafe\u{301}"]);
    }

    #[test]
    fn a_file_is_not_used_as_a_folder() {
        assert_eq!(twins(&["a/b", "a"]), ["a/b"]);
        assert_eq!(twins(&["A", "a b", "a!", "a/b/c"]), ["a/b/c"]);
        assert_eq!(twins(&["a/", "a"]), ["a"]);
        assert_eq!(twins(&["a", "a/"]), ["a"]);
        assert_eq!(twins(&["a", "a/b/"]), ["a/b"]);
    }

    #[test]
    fn folders_may_be_repeated() {
        let none: [&str; 0] = [];
        assert_eq!(twins(&["a/", "a/", "A/", "a/b", "A/c"]), none);
    }
}
