use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use tank_registry_core::scan::{ScanContext, ScanReport, Severity, Verdict};

use crate::scanner::scan;
use crate::settings::ScanSettings;
use crate::testing::{package, severity_of};

const SKILL: (&str, &[u8]) = ("SKILL.md", b"---\nname: a\ndescription: b\n---\nHello\n");

fn scanned(path: &str, bytes: &[u8]) -> ScanReport {
    scan(
        &package(&[SKILL, (path, bytes)]),
        &ScanContext::new(None),
        &ScanSettings::default(),
    )
}

fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(300, 0);
    bytes
}

/// A zip archive of one entry.
fn zip(name: &str, contents: &[u8], flags: u16) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(contents).unwrap();
    let packed = packed.finish().unwrap();
    let length = u32::try_from(packed.len()).unwrap();
    let mut common = Vec::new();
    common.extend(20_u16.to_le_bytes());
    common.extend(flags.to_le_bytes());
    common.extend(8_u16.to_le_bytes());
    common.extend([0; 8]);
    common.extend(length.to_le_bytes());
    common.extend(u32::try_from(contents.len()).unwrap().to_le_bytes());
    common.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    common.extend([0; 2]);
    let mut bytes = b"PK\x03\x04".to_vec();
    bytes.extend(&common);
    bytes.extend(name.as_bytes());
    bytes.extend(packed);
    let directory = u32::try_from(bytes.len()).unwrap();
    bytes.extend(b"PK\x01\x02\x14\x00");
    bytes.extend(&common);
    bytes.extend([0; 14]);
    bytes.extend(name.as_bytes());
    let size = u32::try_from(bytes.len()).unwrap() - directory;
    bytes.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend(size.to_le_bytes());
    bytes.extend(directory.to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [
        (b"IHDR", &[1_u8; 13][..]),
        (b"IDAT", &[0xAB; 20]),
        (b"IEND", &[]),
    ] {
        bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
        bytes.extend(kind);
        bytes.extend(data);
        bytes.extend([0; 4]);
    }
    bytes
}

#[test]
fn a_program_fails_whatever_it_is_called() {
    for path in ["tool", "notes.txt", "logo.png", "lib.so"] {
        let report = scanned(path, &elf());
        assert_eq!(Verdict::of(&report.findings), Verdict::Fail, "{path}");
        assert_eq!(
            severity_of(&report, "blocked-file-type"),
            Some(Severity::Critical)
        );
    }
    assert_eq!(
        severity_of(&scanned("notes.txt", &elf()), "type-mismatch"),
        Some(Severity::High)
    );
}

#[test]
fn the_name_of_a_program_alone_is_worth_a_note() {
    let report = scanned("list.dat", b"one\ntwo\n");
    assert_eq!(severity_of(&report, "blocked-file-type"), None);
    assert_eq!(
        severity_of(&report, "blocked-extension"),
        Some(Severity::Medium)
    );
    let report = scanned(
        "MZ.txt",
        b"MZ is how some programs begin, and so does this text.\n",
    );
    assert_eq!(Verdict::of(&report.findings), Verdict::Pass);
}

#[test]
fn an_archive_is_looked_into() {
    let report = scanned("data.zip", &zip("a.csv", b"1,2,3\n", 0));
    assert_eq!(
        severity_of(&report, "nested-archive"),
        Some(Severity::Medium)
    );
    assert_eq!(severity_of(&report, "blocked-file-type"), None);
    let report = scanned("data.zip", &zip("a.csv", b"1,2,3\n", 1));
    assert_eq!(
        severity_of(&report, "encrypted-archive"),
        Some(Severity::High)
    );
    for inner in [zip("setup.exe", b"text", 0), zip("notes", &elf(), 0)] {
        assert_eq!(
            severity_of(&scanned("data.zip", &inner), "blocked-file-type"),
            Some(Severity::Critical)
        );
    }
    let report = scanned("report.docx", &zip("word/document.xml", b"<a/>", 0));
    assert_eq!(Verdict::of(&report.findings), Verdict::Pass);
    let report = scanned("photo.jpg", &zip("a.csv", b"1,2,3\n", 0));
    assert_eq!(severity_of(&report, "type-mismatch"), Some(Severity::High));
}

#[test]
fn what_stands_behind_a_picture_is_noticed() {
    let mut bytes = png();
    assert_eq!(
        severity_of(&scanned("a.png", &bytes), "appended-data"),
        None
    );
    bytes.extend(b"0123456789".repeat(20));
    assert_eq!(
        severity_of(&scanned("a.png", &bytes), "appended-data"),
        Some(Severity::Medium)
    );
    let mut bytes =
        b"\xFF\xD8\xFF\xE0\x00\x04ab\xFF\xDA\x00\x04cd\x12\xFF\x00\x34\xFF\xD9".to_vec();
    assert_eq!(super::trailer::appended(super::Magic::Jpeg, &bytes), None);
    bytes.extend([9; 100]);
    assert_eq!(
        super::trailer::appended(super::Magic::Jpeg, &bytes),
        Some(100)
    );
    let mut bytes =
        b"GIF89a\x01\0\x01\0\0\0\0\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b".to_vec();
    assert_eq!(super::trailer::appended(super::Magic::Gif, &bytes), None);
    bytes.extend([9; 100]);
    assert_eq!(
        super::trailer::appended(super::Magic::Gif, &bytes),
        Some(100)
    );
}

#[test]
fn a_script_is_no_picture_and_no_text_that_is_run() {
    let script = b"#!/bin/sh\necho hi\n";
    assert_eq!(
        severity_of(&scanned("logo.png", script), "type-mismatch"),
        Some(Severity::High)
    );
    // A pointer of Git LFS, and a page of an error.
    for text in [
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\n",
        "<html>404</html>",
    ] {
        assert_eq!(
            severity_of(&scanned("logo.png", text.as_bytes()), "type-mismatch"),
            None
        );
    }
    assert_eq!(
        severity_of(&scanned("sample.txt", script), "type-mismatch"),
        None
    );
    let report = scan(
        &package(&[
            (
                "SKILL.md",
                b"---\nname: a\ndescription: b\n---\nRun `bash scripts/notes.txt` first.\n",
            ),
            ("scripts/notes.txt", script),
        ]),
        &ScanContext::new(None),
        &ScanSettings::default(),
    );
    assert_eq!(severity_of(&report, "type-mismatch"), Some(Severity::High));
}

#[test]
fn forgotten_trees_are_noticed_once() {
    let report = scan(
        &package(&[
            SKILL,
            ("node_modules/a/index.js", b"1"),
            ("node_modules/b/index.js", b"2"),
        ]),
        &ScanContext::new(None),
        &ScanSettings::default(),
    );
    assert_eq!(
        severity_of(&report, "vendored-tree"),
        Some(Severity::Medium)
    );
}

#[test]
fn the_test_of_antivirus_programs_fails() {
    let mut bytes = br"X5O!P%@AP[4\PZX54(P^)7CC)7}$".to_vec();
    bytes.extend(b"EICAR-STANDARD-ANTIVIRUS");
    bytes.extend(b"-TEST-FILE!$H+H*");
    assert_eq!(
        severity_of(&scanned("sample.txt", &bytes), "antivirus-test-file"),
        Some(Severity::Critical)
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_fall(start in 0..6_usize, bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
        let heads: [&[u8]; 6] = [b"", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\xFF\xD8\xFF", b"GIF89a", b"\x1f\x8b\x08"];
        let mut all = heads[start].to_vec();
        all.extend(&bytes);
        if start == 1 {
            all.extend(b"PK\x05\x06");
            all.extend(&bytes);
        }
        if let Some(magic) = super::Magic::of(&all) {
            super::trailer::appended(magic, &all);
            super::inside::entries(magic, &all);
        }
    }
}
