//! Broken archives, and those that readers would take for different things.

use proptest::prelude::*;
use tar::EntryType;

use crate::package::{
    Package, PackageLimits, Rule,
    samples::{Sample, changed, first, gnu, gzip, records_data, ustar},
};

fn refusal(archive: &[u8]) -> (Rule, String) {
    let error = Package::read(archive, &PackageLimits::default()).unwrap_err();
    (first(&error).1, error.refusals()[0].reason.clone())
}

fn is_malformed(archive: &[u8]) -> bool {
    refusal(archive).0 == Rule::Malformed
}

#[test]
fn what_is_no_gzip_stream_is_refused() {
    for bytes in [&b""[..], b"\x1f", b"\x1f\x8b", b"PK\x03\x04", &[0; 600]] {
        assert!(is_malformed(bytes));
    }
    assert!(is_malformed(&gzip(b"")));
    assert!(is_malformed(&gzip(b"no tar archive")));
}

#[test]
fn an_archive_cut_short_anywhere_is_refused() {
    let archive = Sample::good().archive();
    for length in 0..archive.len() {
        assert!(is_malformed(&archive[..length]), "{length}");
    }
}

#[test]
fn a_wrong_checksum_or_length_of_the_gzip_member_is_refused() {
    let archive = Sample::good().archive();
    for from_end in 1..=8 {
        let mut bad = archive.clone();
        let at = bad.len() - from_end;
        bad[at] ^= 1;
        assert!(is_malformed(&bad), "{from_end}");
    }
}

#[test]
fn a_second_gzip_member_is_refused() {
    let archive = [Sample::good().archive(), Sample::good().archive()].concat();
    let (rule, reason) = refusal(&archive);
    assert_eq!(rule, Rule::Malformed);
    assert!(reason.contains("second gzip member"));
    // As `cat` makes of a split archive.
    let split = [gzip(&[0; 1024]), gzip(&[])].concat();
    assert!(is_malformed(&split));
}

#[test]
fn bytes_after_the_gzip_member_are_refused() {
    for trailing in [&b"\0"[..], b"x", &[0; 512]] {
        assert!(is_malformed(
            &[&Sample::good().archive(), trailing].concat()
        ));
    }
}

#[test]
fn an_archive_needs_its_end() {
    assert!(is_malformed(&Sample::good().open()));
    assert!(is_malformed(&Sample::good().raw(&[0; 512]).open()));
    assert!(is_malformed(&Sample::good().raw(&[0; 1000]).open()));
}

#[test]
fn nothing_may_follow_the_end() {
    let sample = Sample::good().raw(&[0; 512]).file("hidden", b"x");
    assert!(is_malformed(&sample.archive()));
    let sample = Sample::good().raw(&[0; 1024]).file("hidden", b"x");
    assert!(is_malformed(&sample.archive()));
    assert!(is_malformed(
        &Sample::good().raw(&[0; 5000]).raw(b"x").open()
    ));
}

#[test]
fn a_wrong_header_checksum_is_refused() {
    let mut header = ustar(EntryType::Regular, "a", 0);
    header.as_old_mut().name[0] = b'b';
    assert_eq!(
        Sample::good().entry(&header, b"").refusal().1,
        Rule::Malformed
    );
}

#[test]
fn numbers_that_are_not_octal_are_refused() {
    for size in [
        *b"00000000008\0",
        *b"-0000000001\0",
        *b"           \0",
        [0; 12],
        *b"0000 000001\0",
    ] {
        let header = changed(ustar(EntryType::Regular, "a", 0), |header| {
            header.as_old_mut().size = size;
        });
        assert_eq!(
            Sample::good().entry(&header, b"").refusal().1,
            Rule::Malformed
        );
    }
}

#[test]
fn an_unknown_format_is_refused() {
    let header = changed(ustar(EntryType::Regular, "a", 0), |header| {
        header.as_ustar_mut().unwrap().version = *b"01";
    });
    assert_eq!(
        Sample::good().entry(&header, b"").refusal().1,
        Rule::Malformed
    );
    // Python takes what follows for a prefix, GNU tar does not.
    let header = changed(gnu(EntryType::Regular, "a", 0), |header| {
        header.as_gnu_mut().unwrap().atime = *b"00000000001\0";
    });
    assert_eq!(
        Sample::good().entry(&header, b"").refusal().1,
        Rule::Malformed
    );
}

#[test]
fn a_pax_header_that_disagrees_is_refused() {
    assert_eq!(
        Sample::good()
            .pax(&[("size", "2")])
            .file("a", b"abc")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .pax(&[("size", "0")])
            .file("a", b"abc")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .pax(&[("path", "a"), ("path", "b")])
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .pax(&[("path", "a")])
            .pax(&[("path", "b")])
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .pax(&[("path", "a")])
            .long_name("b")
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
    assert_eq!(
        Sample::good()
            .long_name("a")
            .long_name("b")
            .file("a", b"")
            .refusal()
            .1,
        Rule::Malformed
    );
}

#[test]
fn broken_pax_records_are_refused() {
    for data in [
        &b"8 path=a\n"[..],
        b"9 path=a\n\0",
        b"12 path=a\0b\n",
        b"path=a\n",
        b"9999999 path=a\n",
    ] {
        let sample = Sample::good()
            .pax_data(EntryType::XHeader, data)
            .file("a", b"");
        assert_eq!(
            sample.refusal().1,
            Rule::Malformed,
            "{}",
            data.escape_ascii()
        );
    }
}

#[test]
fn a_global_header_may_not_redefine_entries() {
    for keyword in ["path", "linkpath", "size", "GNU.sparse.major"] {
        assert_eq!(
            Sample::good()
                .global(&[(keyword, "0")])
                .file("a", b"")
                .refusal()
                .1,
            Rule::Malformed,
            "{keyword}"
        );
    }
}

#[test]
fn an_extension_header_needs_an_entry() {
    assert_eq!(
        Sample::good().pax(&[("path", "a")]).refusal().1,
        Rule::Malformed
    );
    assert_eq!(Sample::good().long_name("a").refusal().1, Rule::Malformed);
}

/// Tar streams that use every kind of header.
fn varied() -> Vec<u8> {
    let records = records_data(&[("path", "é/long"), ("size", "3")]);
    Sample::good()
        .global(&[("comment", "c")])
        .folder("d/")
        .pax_data(EntryType::XHeader, records.as_bytes())
        .file("d/x", b"abc")
        .long_name(&"n".repeat(130))
        .file("n", &[7; 700])
        .raw(&[0; 1024])
        .into_tar()
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = Package::read(&bytes, &PackageLimits::default());
        let _ = Package::read(&gzip(&bytes), &PackageLimits::default());
        let magic = [&[0x1f, 0x8b, 8, 0][..], &bytes].concat();
        let _ = Package::read(&magic, &PackageLimits::default());
    }

    #[test]
    fn a_changed_archive_is_read_or_refused(at in any::<prop::sample::Index>(), bits in 1..=u8::MAX) {
        let mut archive = Sample::good().archive();
        let at = at.index(archive.len());
        archive[at] ^= bits;
        let _ = Package::read(&archive, &PackageLimits::default());
    }

    #[test]
    fn a_changed_tar_stream_is_read_or_refused(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut tar = varied();
        for (at, byte) in changes {
            let at = at.index(tar.len());
            tar[at] = byte;
            // Half of all changes are to a header; without its checksum they would not get far.
            let block = at / 512 * 512;
            let mut header = tar::Header::new_old();
            header.as_mut_bytes().copy_from_slice(&tar[block..block + 512]);
            if header.as_bytes()[257..262] == *b"ustar" {
                header.set_cksum();
                tar[block..block + 512].copy_from_slice(header.as_bytes());
            }
        }
        if let Ok(package) = Package::read(&gzip(&tar), &PackageLimits::default()) {
            for file in package.files() {
                prop_assert!(!file.path.is_empty() && !file.path.split('/').any(|segment| segment == ".." || segment.is_empty()));
            }
        }
    }
}
