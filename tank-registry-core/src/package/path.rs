//! Which paths an entry may have.
//!
//! A path that passes can be written on every system, stays below the folder it is joined to, and means
//! the same to every reader of the archive.

use super::refusal::{Refusal, Rule};

const SEGMENT_BYTES: usize = 255;
const PATH_BYTES: usize = 1024;
const SEGMENTS: usize = 32;
/// How much of a bad path is repeated to its publisher.
const SHOWN_CHARS: usize = 200;

/// Judges a path as the archive spells it and returns it without its `.` segments.
///
/// The result is empty when nothing but `.` segments was there: the root itself.
pub(super) fn judge(raw: &[u8]) -> Result<String, Refusal> {
    clean(raw).map_err(|(rule, reason)| Refusal::entry(raw, rule, reason))
}

type Problem = (Rule, &'static str);

fn clean(raw: &[u8]) -> Result<String, Problem> {
    let Ok(path) = str::from_utf8(raw) else {
        return Err((Rule::Path, "the path is not UTF-8"));
    };
    if path.is_empty() {
        return Err((Rule::Path, "the path is empty"));
    }
    if path.chars().any(char::is_control) {
        return Err((
            Rule::Path,
            "the path holds a NUL or control character; paths are printable text",
        ));
    }
    if path.contains('\\') {
        return Err((
            Rule::Traversal,
            "the path holds a backslash; segments are separated by `/`",
        ));
    }
    if path.starts_with('/') {
        return Err((
            Rule::Traversal,
            "the path is absolute; paths are relative to the package",
        ));
    }

    let mut segments = Vec::new();
    for segment in path.split('/').filter(|segment| *segment != ".") {
        judge_segment(segment)?;
        if segments.len() == SEGMENTS {
            return Err((
                Rule::Path,
                "the path is too deep; at most 32 segments are allowed",
            ));
        }
        segments.push(segment);
    }
    let path = segments.join("/");
    if path.len() > PATH_BYTES {
        return Err((
            Rule::Path,
            "the path is too long; at most 1024 bytes are allowed",
        ));
    }
    Ok(path)
}

fn judge_segment(segment: &str) -> Result<(), Problem> {
    if segment.is_empty() {
        return Err((
            Rule::Path,
            "the path holds an empty segment; segments are separated by one `/`",
        ));
    }
    if segment == ".." {
        return Err((
            Rule::Traversal,
            "the path holds `..`; paths stay inside the package",
        ));
    }
    if has_drive(segment) {
        return Err((
            Rule::Traversal,
            "the path names a drive; paths are relative to the package",
        ));
    }
    // `SKILL.md::$DATA` is `SKILL.md` there, and `a:b` a part of `a` that no listing shows.
    if segment.contains(':') {
        return Err((
            Rule::Path,
            "a segment of the path holds `:`, which names a stream of another file on Windows",
        ));
    }
    // Windows drops these when it creates the file, which would make two paths one.
    if segment.ends_with(|last: char| last == '.' || last.is_whitespace()) {
        return Err((
            Rule::Path,
            "a segment of the path ends in a dot or blank, which Windows drops",
        ));
    }
    if is_device(segment) {
        return Err((
            Rule::Path,
            "a segment of the path is a device name on Windows",
        ));
    }
    if segment.len() > SEGMENT_BYTES {
        return Err((
            Rule::Path,
            "a segment of the path is too long; at most 255 bytes are allowed",
        ));
    }
    Ok(())
}

/// Whether a segment begins like `C:`. Any segment, as some joiners let a later drive replace what is before it.
fn has_drive(segment: &str) -> bool {
    matches!(segment.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// Whether Windows opens a device under this name. It does so whatever the extension is, and for a stream
/// of it (`con:x`), and with blanks before either.
fn is_device(segment: &str) -> bool {
    let stem = segment
        .split(['.', ':'])
        .next()
        .unwrap_or(segment)
        .trim_end()
        .to_ascii_lowercase();
    if matches!(
        stem.as_str(),
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$"
    ) {
        return true;
    }
    stem.strip_prefix("com")
        .or_else(|| stem.strip_prefix("lpt"))
        .is_some_and(|port| {
            let mut digits = port.chars();
            matches!(digits.next(), Some('1'..='9' | '¹' | '²' | '³')) && digits.next().is_none()
        })
}

/// Whether a link leads out of the package. `folder` is where the target starts from: the folder of a
/// symbolic link, the root (empty) for a hard link.
pub(super) fn leaves_root(folder: &str, target: &[u8]) -> bool {
    let Ok(target) = str::from_utf8(target) else {
        return true;
    };
    if target.starts_with('/') || target.contains(['\\', '\0']) || has_drive(target) {
        return true;
    }
    let mut depth = folder
        .split('/')
        .filter(|segment| !segment.is_empty())
        .count();
    for segment in target.split('/') {
        match segment {
            "" | "." => {}
            ".." if depth == 0 => return true,
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    false
}

/// A path for a message: printable, on one line, and short.
pub(super) fn shown(raw: &[u8]) -> String {
    // Four bytes are the longest character, so cutting here loses nothing that would be shown.
    let start = raw.get(..SHOWN_CHARS * 4).unwrap_or(raw);
    let text = String::from_utf8_lossy(start);
    let mut out = String::new();
    for c in text.chars().take(SHOWN_CHARS) {
        if c.is_control() || is_invisible(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    if raw.len() > start.len() || text.chars().nth(SHOWN_CHARS).is_some() {
        out.push('…');
    }
    out
}

/// Characters that reorder or hide text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rule(path: &str) -> Option<Rule> {
        judge(path.as_bytes()).err().map(|refusal| refusal.rule)
    }

    #[test]
    fn ordinary_paths_pass_as_they_are() {
        for path in [
            "a",
            "a/b.txt",
            "v2..0/x",
            "..a",
            "a..b",
            "console.txt",
            "com10",
            "nullable",
            "日本/é",
            "a b",
            ".env",
        ] {
            assert_eq!(judge(path.as_bytes()).as_deref(), Ok(path));
        }
    }

    #[test]
    fn dot_segments_are_dropped_first() {
        assert_eq!(judge(b"./a").as_deref(), Ok("a"));
        assert_eq!(judge(b"././a/./b").as_deref(), Ok("a/b"));
        assert_eq!(judge(b".").as_deref(), Ok(""));
        let dotted = format!("{}a", "./".repeat(2000));
        assert_eq!(judge(dotted.as_bytes()).as_deref(), Ok("a"));
    }

    #[test]
    fn a_path_that_may_lead_out_is_a_traversal() {
        for path in [
            "..",
            "../a",
            "a/../b",
            "./..",
            "/a",
            "//server/share",
            "C:/a",
            "c:",
            "a/C:x",
            "a\\b",
            "\\\\server",
        ] {
            assert_eq!(rule(path), Some(Rule::Traversal), "{path}");
        }
    }

    #[test]
    fn a_path_that_some_system_cannot_write_is_refused() {
        for path in [
            "",
            "a\0",
            "a\nb",
            "a\u{7f}",
            "a\u{85}b",
            "a//b",
            "./",
            "a.",
            "a ",
            "a./b",
            "a /b",
            "...",
            "a\u{a0}",
            "con",
            "CON.txt",
            "x/aux",
            "nul.tar.gz",
            "com1",
            "lpt9.x",
            "com¹",
            "con .txt",
            "SKILL.md::$DATA",
            "a/name:stream",
            "conin$",
            "aux:x",
        ] {
            assert_eq!(rule(path), Some(Rule::Path), "{path:?}");
        }
        assert_eq!(
            judge(b"a\xff").err().map(|refusal| refusal.rule),
            Some(Rule::Path)
        );
    }

    #[test]
    fn lengths_are_counted_in_bytes_and_depth_in_segments() {
        assert_eq!(rule(&"a".repeat(255)), None);
        assert_eq!(rule(&"a".repeat(256)), Some(Rule::Path));
        assert_eq!(rule(&"é".repeat(128)), Some(Rule::Path));
        assert_eq!(rule(&vec!["a"; 32].join("/")), None);
        assert_eq!(rule(&vec!["a"; 33].join("/")), Some(Rule::Path));
        let segment = "a".repeat(204);
        assert_eq!(rule(&[segment.as_str(); 5].join("/")), None);
        assert_eq!(
            rule(&format!("{}a", [segment.as_str(); 5].join("/"))),
            Some(Rule::Path)
        );
    }

    #[test]
    fn a_link_leaves_the_root_only_by_more_steps_up_than_it_is_deep() {
        assert!(!leaves_root("a/b", b"../../c"));
        assert!(leaves_root("a/b", b"../../../c"));
        assert!(!leaves_root("", b"a/../b"));
        assert!(leaves_root("", b"a/../../b/c/d"));
        assert!(leaves_root("a", b"/etc/passwd"));
        assert!(leaves_root("a", b"C:/x"));
        assert!(leaves_root("a", b"..\\x"));
    }

    #[test]
    fn a_bad_path_is_shown_printable_and_short() {
        assert_eq!(shown(b"a\x1b[31m\n"), "a\\u{1b}[31m\\n");
        assert_eq!(shown("a\u{202e}b".as_bytes()), "a\\u{202e}b");
        assert_eq!(shown(b"it's a\\b"), "it's a\\b");
        assert_eq!(shown(&vec![b'a'; 70_000]).chars().count(), SHOWN_CHARS + 1);
    }

    proptest! {
        #[test]
        fn a_path_that_passes_stays_below_its_folder(raw in "[ -~./\\\\é]{0,40}") {
            if let Ok(path) = judge(raw.as_bytes()) {
                prop_assert!(!path.starts_with('/') && !path.contains('\\'));
                prop_assert!(path.split('/').all(|segment| segment != ".." && segment != "."));
                prop_assert_eq!(path.is_empty(), raw.split('/').all(|segment| segment == "."));
                if !path.is_empty() {
                    prop_assert_eq!(judge(path.as_bytes()), Ok(path.clone()));
                }
            }
        }
    }
}
