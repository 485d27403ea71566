//! The derived zip and its index.

use std::io::{Cursor, Read as _};

use flate2::read::DeflateDecoder;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use tar::EntryType;
use zip::{CompressionMethod, DateTime, ZipArchive};

use crate::package::{
    FileRow, Package, derive_zip,
    samples::{Sample, changed, noise, ustar},
};

fn sample() -> Package {
    let script = changed(ustar(EntryType::Regular, "scripts/run.sh", 2), |header| {
        header.set_mode(0o700);
    });
    Sample::good()
        .entry(&script, b"ls")
        .file("日本/é.md", "日本".as_bytes())
        .file("empty", b"")
        .file("noise.bin", &noise(100_000))
        .package()
}

/// Checks all that is promised of a derived zip.
fn check(package: &Package) {
    let derived = derive_zip(package).unwrap();
    assert_eq!(derive_zip(package).unwrap().bytes, derived.bytes);

    let listed: Vec<_> = package
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect();
    let rows: Vec<_> = derived.files.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(rows, listed);
    for (row, file) in derived.files.iter().zip(package.files()) {
        let from = usize::try_from(row.offset).unwrap();
        let data = &derived.bytes[from..from + usize::try_from(row.compressed_size).unwrap()];
        let mut inflated = Vec::new();
        let mut decoder = DeflateDecoder::new(data);
        decoder.read_to_end(&mut inflated).unwrap();
        assert_eq!(decoder.total_in(), row.compressed_size);
        assert_eq!(inflated, file.contents);
        assert_eq!(row.sha256, <[u8; 32]>::from(Sha256::digest(&inflated)));
        assert_eq!(
            (row.size, row.text, row.executable),
            (file.size(), file.text, file.executable)
        );
    }

    let mut archive = ZipArchive::new(Cursor::new(&derived.bytes)).unwrap();
    let mut sorted = listed.clone();
    sorted.sort_unstable();
    assert_eq!(
        archive.file_names().map(Result::unwrap).collect::<Vec<_>>(),
        sorted
    );
    for path in sorted {
        let file = package.file(path).unwrap();
        let mut entry = archive.by_name(path).unwrap();
        assert_eq!(entry.compression(), CompressionMethod::Deflated);
        assert_eq!(entry.last_modified(), Some(DateTime::default()));
        assert_eq!(
            entry.unix_mode(),
            Some(if file.executable {
                0o100_755
            } else {
                0o100_644
            })
        );
        let mut contents = Vec::new();
        // Reading to the end checks the CRC.
        entry.read_to_end(&mut contents).unwrap();
        assert_eq!(contents, file.contents);
    }
}

#[test]
fn a_derived_zip_holds_the_files_of_the_package() {
    check(&sample());
    check(&Sample::default().package());
}

#[test]
fn every_entry_has_the_utf8_flag_and_no_extras() {
    let derived = derive_zip(&sample()).unwrap();
    for row in &derived.files {
        let name_at = usize::try_from(row.offset).unwrap() - row.path.len();
        let header = &derived.bytes[name_at - 30..name_at];
        assert_eq!(header[..8], *b"PK\x03\x04\x14\x00\x00\x08");
        assert_eq!(header[28..30], [0, 0]);
    }
}

#[test]
fn the_same_files_in_another_order_give_the_same_zip() {
    let one = Sample::default().file("a", b"1").file("b", b"2").package();
    let other = Sample::default().file("b", b"2").file("a", b"1").package();
    let (one, other) = (derive_zip(&one).unwrap(), derive_zip(&other).unwrap());
    assert_eq!(one.bytes, other.bytes);
    assert_ne!(one.files, other.files);
}

/// A change of these bytes is a change of the format: old blobs stay as they are, new ones get other names.
#[test]
fn the_bytes_are_pinned() {
    let derived = derive_zip(&Sample::good().package()).unwrap();
    assert_eq!(
        hex::encode(Sha256::digest(&derived.bytes)),
        "7381a9f0f54d094ad8b7d3063e85032596e91fb0f1f537629c38ccf731d463de"
    );
}

#[test]
fn a_row_is_serialised_with_a_hexadecimal_digest() {
    let derived = derive_zip(&Sample::default().file("empty", b"").package()).unwrap();
    let json = serde_json::to_value(&derived.files[0]).unwrap();
    assert_eq!(
        json,
        serde_json::json!({
            "path": "empty",
            "size": 0,
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "offset": 35,
            "compressed_size": 2,
            "text": true,
            "executable": false,
        })
    );
    assert_eq!(
        serde_json::from_value::<FileRow>(json.clone()).unwrap(),
        derived.files[0]
    );
    let mut short = json;
    short["sha256"] = "e3b0".into();
    assert!(serde_json::from_value::<FileRow>(short).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_package_has_a_derived_zip(
        files in proptest::collection::btree_map("[a-z]{1,3}/[a-zé]{1,8}", proptest::collection::vec(any::<u8>(), 0..3000), 0..12),
    ) {
        let sample = files.iter().fold(Sample::default(), |sample, (path, contents)| sample.file(path, contents));
        if let Ok(package) = sample.read() {
            check(&package);
        }
    }
}
