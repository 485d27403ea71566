//! Entries that no package may hold.

use tar::EntryType;

use crate::package::{
    Rule,
    samples::{Sample, changed, fill, gnu, ustar},
};

fn refused(path: &str, rule: Rule) -> (String, Rule) {
    (path.to_owned(), rule)
}

#[test]
fn a_path_that_leaves_the_package_is_refused() {
    for path in [
        "../a",
        "a/../../b",
        "/etc/passwd",
        "C:/x",
        "//server/x",
        "a\\..\\b",
    ] {
        assert_eq!(
            Sample::good().file(path, b"x").refusal(),
            refused(path, Rule::Traversal)
        );
    }
}

#[test]
fn a_path_that_leaves_the_package_is_refused_in_every_format() {
    let path = format!("../{}", "n".repeat(120));
    assert_eq!(
        Sample::good()
            .pax(&[("path", &path)])
            .file("fine", b"")
            .refusal()
            .1,
        Rule::Traversal
    );
    assert_eq!(
        Sample::good()
            .long_name(&path)
            .file("fine", b"")
            .refusal()
            .1,
        Rule::Traversal
    );
    let header = changed(ustar(EntryType::Regular, "fine", 0), |header| {
        header.as_ustar_mut().unwrap().prefix[..2].copy_from_slice(b"..");
    });
    assert_eq!(
        Sample::good().entry(&header, b"").refusal(),
        refused("../fine", Rule::Traversal)
    );
}

#[test]
fn a_path_that_not_every_system_can_write_is_refused() {
    for path in [
        "con.txt",
        "a/aux",
        "trailing.",
        "blank ",
        "a//b",
        "line\nbreak",
    ] {
        assert_eq!(
            Sample::good().file(path, b"x").refusal().1,
            Rule::Path,
            "{path:?}"
        );
    }
    let latin1 = fill(tar::Header::new_ustar(), EntryType::Regular, b"caf\xe9", 0);
    assert_eq!(
        Sample::good().entry(&latin1, b"").refusal(),
        refused("caf\u{fffd}", Rule::Path)
    );
}

#[test]
fn a_path_with_a_nul_is_refused() {
    assert_eq!(
        Sample::good()
            .long_name("a\0b")
            .file("fine", b"")
            .refusal()
            .1,
        Rule::Path
    );
    let hidden = changed(ustar(EntryType::Regular, "fine", 0), |header| {
        header.as_old_mut().name[50] = b'x';
    });
    assert_eq!(
        Sample::good().entry(&hidden, b"").refusal().1,
        Rule::Malformed
    );
}

#[test]
fn a_file_without_a_name_is_refused() {
    assert_eq!(Sample::good().file("", b"x").refusal().1, Rule::Path);
    assert_eq!(Sample::good().file(".", b"x").refusal().1, Rule::Path);
}

#[test]
fn folders_are_judged_by_their_paths_too() {
    assert_eq!(
        Sample::good().folder("../x/").refusal(),
        refused("../x", Rule::Traversal)
    );
    assert_eq!(Sample::good().folder("/").refusal().1, Rule::Traversal);
    assert_eq!(Sample::good().folder("con/").refusal().1, Rule::Path);
    assert_eq!(Sample::good().folder("a//").refusal().1, Rule::Path);
}

#[test]
fn skipped_files_are_judged_by_their_paths_too() {
    assert_eq!(
        Sample::good().file("../.DS_Store", b"").refusal().1,
        Rule::Traversal
    );
}

#[test]
fn a_link_that_leaves_the_package_is_refused() {
    for kind in [EntryType::Symlink, EntryType::Link] {
        for target in ["/etc/passwd", "../../x", "C:/x"] {
            assert_eq!(
                Sample::good().link(kind, "a/l", target).refusal(),
                refused("a/l", Rule::LinkOutside),
                "{target}"
            );
        }
    }
}

#[test]
fn a_link_that_stays_inside_is_refused_too() {
    assert_eq!(
        Sample::good()
            .link(EntryType::Symlink, "a/l", "../SKILL.md")
            .refusal(),
        refused("a/l", Rule::Link)
    );
    assert_eq!(
        Sample::good()
            .link(EntryType::Link, "l", "SKILL.md")
            .refusal(),
        refused("l", Rule::Link)
    );
    // A hard link starts from the root, so one step up is one too many.
    assert_eq!(
        Sample::good()
            .link(EntryType::Link, "a/l", "../SKILL.md")
            .refusal(),
        refused("a/l", Rule::LinkOutside)
    );
}

#[test]
fn the_target_of_a_link_may_come_from_an_extension_header() {
    let sample =
        Sample::good()
            .pax(&[("linkpath", "/etc/passwd")])
            .link(EntryType::Symlink, "l", "x");
    assert_eq!(sample.refusal(), refused("l", Rule::LinkOutside));
    let long = gnu(EntryType::GNULongLink, "././@LongLink", 12);
    let sample = Sample::good()
        .entry(&long, b"/etc/passwd\0")
        .link(EntryType::Symlink, "l", "x");
    assert_eq!(sample.refusal(), refused("l", Rule::LinkOutside));
}

#[test]
fn a_file_with_a_link_target_is_refused() {
    assert_eq!(
        Sample::good()
            .pax(&[("linkpath", "x")])
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .link(EntryType::Regular, "a", "x")
            .refusal()
            .1,
        Rule::Malformed
    );
}

#[test]
fn devices_and_other_specials_are_refused() {
    for kind in [
        b'3', b'4', b'6', b'7', b'S', b'D', b'M', b'V', b'X', b's', 0xff,
    ] {
        let sample = Sample::good().entry(&ustar(EntryType::new(kind), "s", 0), b"");
        assert_eq!(sample.refusal(), refused("s", Rule::Special), "{kind}");
    }
}

#[test]
fn a_sparse_file_in_pax_disguise_is_refused() {
    let sample = Sample::good()
        .pax(&[("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0")])
        .file("s", b"");
    assert_eq!(sample.refusal(), refused("s", Rule::Special));
}

#[test]
fn only_files_have_contents() {
    for kind in [EntryType::Directory, EntryType::Symlink, EntryType::Fifo] {
        let error = Sample::good()
            .entry(&ustar(kind, "x", 3), b"abc")
            .read()
            .unwrap_err();
        assert!(error.breaks(Rule::Malformed), "{kind:?}");
    }
    assert_eq!(
        Sample::good().file("x/", b"abc").refusal().1,
        Rule::Malformed
    );
}

#[test]
fn twins_are_refused() {
    for (first, second) in [
        ("a", "a"),
        ("./a", "a"),
        ("Read.md", "read.MD"),
        ("\u{e9}", "e\u{301}"),
        ("a", "a/b"),
    ] {
        assert_eq!(
            Sample::good()
                .file(first, b"1")
                .file(second, b"2")
                .refusal(),
            refused(second, Rule::Twin)
        );
    }
    assert_eq!(
        Sample::good().folder("a/").file("A", b"").refusal(),
        refused("A", Rule::Twin)
    );
}

#[test]
fn skipped_files_have_no_twins_either() {
    assert_eq!(
        Sample::good()
            .file("__MACOSX/a", b"1")
            .file("__MACOSX/A", b"2")
            .refusal()
            .1,
        Rule::Twin
    );
}

#[test]
fn all_reasons_are_told_together_twins_last() {
    let error = Sample::good()
        .file("../a", b"x")
        .file("b", b"")
        .link(EntryType::Symlink, "l", "b")
        .file("B", b"")
        .read()
        .unwrap_err();
    let told: Vec<_> = error
        .refusals()
        .iter()
        .map(|refusal| (refusal.field.as_str(), refusal.rule))
        .collect();
    assert_eq!(
        told,
        [
            ("../a", Rule::Traversal),
            ("l", Rule::Link),
            ("B", Rule::Twin)
        ]
    );
}

#[test]
fn the_number_of_reasons_is_bounded() {
    let sample = (0..200).fold(Sample::default(), |sample, n| {
        sample.file(&format!("../{n}"), b"")
    });
    assert_eq!(sample.read().unwrap_err().refusals().len(), 50);
    let sample = (0..200).fold(Sample::default(), |sample, _| sample.file("a", b""));
    assert_eq!(sample.read().unwrap_err().refusals().len(), 50);
}
