//! What is too much, and that nobody's word is taken for it.

use tar::EntryType;

use crate::package::{
    Package, PackageLimits, Rule,
    samples::{Sample, changed, first, noise, ustar},
};

const MIB: usize = 1024 * 1024;

fn rule(archive: &[u8], limits: &PackageLimits) -> Rule {
    first(&Package::read(archive, limits).unwrap_err()).1
}

#[test]
fn an_archive_may_be_as_large_as_the_limit() {
    let archive = Sample::good().archive();
    let exact = PackageLimits {
        compressed: archive.len() as u64,
        ..PackageLimits::default()
    };
    assert!(Package::read(&archive, &exact).is_ok());
    let less = PackageLimits {
        compressed: exact.compressed - 1,
        ..exact
    };
    assert_eq!(rule(&archive, &less), Rule::Size);
}

#[test]
fn files_are_counted_together() {
    let archive = Sample::default()
        .file("a", &noise(600))
        .file("b", &noise(400))
        .archive();
    let exact = PackageLimits {
        unpacked: 1000,
        ..PackageLimits::default()
    };
    assert!(Package::read(&archive, &exact).is_ok());
    assert_eq!(
        rule(
            &archive,
            &PackageLimits {
                unpacked: 999,
                ..exact
            }
        ),
        Rule::Size
    );
}

#[test]
fn skipped_files_count_too() {
    let archive = Sample::default()
        .file("a", b"x")
        .file(".DS_Store", &noise(1000))
        .archive();
    assert_eq!(
        rule(
            &archive,
            &PackageLimits {
                unpacked: 1000,
                ..PackageLimits::default()
            }
        ),
        Rule::Size
    );
    assert_eq!(
        rule(
            &archive,
            &PackageLimits {
                files: 1,
                ..PackageLimits::default()
            }
        ),
        Rule::TooManyFiles
    );
}

#[test]
fn a_small_file_of_one_letter_is_no_bomb() {
    assert!(
        Sample::good()
            .file("a", &vec![b'a'; MIB - 40])
            .read()
            .is_ok()
    );
}

#[test]
fn what_inflates_a_hundredfold_is_a_bomb() {
    assert_eq!(
        Sample::good().file("a", &vec![b'a'; 2 * MIB]).refusal().1,
        Rule::Bomb
    );
    let halves = Sample::good()
        .file("a", &vec![b'a'; MIB])
        .file("b", &vec![b'a'; MIB]);
    assert_eq!(halves.refusal().1, Rule::Bomb);
}

#[test]
fn a_large_file_that_is_really_there_is_no_bomb() {
    assert!(Sample::good().file("a", &noise(3 * MIB)).read().is_ok());
}

#[test]
fn a_total_beyond_the_limit_is_refused() {
    let file = noise(11 * MIB);
    let sample = (0..5).fold(Sample::default(), |sample, n| {
        sample.file(&n.to_string(), &file)
    });
    let limits = PackageLimits {
        compressed: u64::MAX,
        ratio: u64::MAX,
        ..PackageLimits::default()
    };
    assert_eq!(rule(&sample.archive(), &limits), Rule::Size);
}

#[test]
fn padding_counts_towards_the_stream() {
    let archive = Sample::good().raw(&vec![0; 65 * MIB]).archive();
    assert_eq!(rule(&archive, &PackageLimits::default()), Rule::Size);
}

#[test]
fn a_claimed_size_is_not_believed() {
    // The largest size that octal digits can claim, and nothing behind it.
    let header = ustar(EntryType::Regular, "a", 0o77_777_777_777);
    assert_eq!(
        Sample::good().entry(&header, b"x").refusal().1,
        Rule::Malformed
    );
}

#[test]
fn binary_sizes_are_refused() {
    for bytes in [
        [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xff; 12],
        [
            0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
    ] {
        let header = changed(ustar(EntryType::Regular, "a", 0), |header| {
            header.as_old_mut().size = bytes;
        });
        assert_eq!(
            Sample::good().entry(&header, b"x").refusal().1,
            Rule::Malformed
        );
    }
}

#[test]
fn a_thousand_files_are_enough() {
    let thousand = (0..1000).fold(Sample::default(), |sample, n| {
        sample.file(&n.to_string(), b"")
    });
    assert!(thousand.clone().read().is_ok());
    assert_eq!(
        thousand.file("one more", b"").refusal().1,
        Rule::TooManyFiles
    );
}

#[test]
fn headers_of_any_kind_are_counted() {
    let limits = PackageLimits {
        headers: 6,
        ..PackageLimits::default()
    };
    let six = Sample::default()
        .folder("a/")
        .pax(&[])
        .file("b", b"")
        .global(&[])
        .long_name("c")
        .file("d", b"");
    assert!(Package::read(&six.clone().archive(), &limits).is_ok());
    assert_eq!(
        rule(&six.folder("e/").archive(), &limits),
        Rule::TooManyFiles
    );
    let many = (0..10_001).fold(Sample::default(), |sample, _| sample.folder("a/"));
    assert_eq!(many.refusal().1, Rule::TooManyFiles);
}

#[test]
fn an_extension_header_over_64_kib_is_refused() {
    let comment = "c".repeat(65_000);
    assert!(
        Sample::good()
            .pax(&[("comment", &comment)])
            .file("a", b"")
            .read()
            .is_ok()
    );
    let comment = "c".repeat(66_000);
    assert_eq!(
        Sample::good()
            .pax(&[("comment", &comment)])
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .global(&[("comment", &comment)])
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .long_name(&comment)
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
}
