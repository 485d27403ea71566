//! What a package looks like once read, and the formats it may come in.

use tar::EntryType;

use crate::package::{
    Fact, Package, PackageLimits,
    samples::{Sample, changed, fill, gnu, gzip, ustar},
};

fn paths(package: &Package) -> Vec<&str> {
    package
        .files()
        .iter()
        .map(|file| file.path.as_str())
        .collect()
}

fn executable(path: &str, mode: u32, contents: &[u8]) -> (tar::Header, Vec<u8>) {
    let header = ustar(EntryType::Regular, path, contents.len() as u64);
    (
        changed(header, |header| header.set_mode(mode)),
        contents.to_vec(),
    )
}

#[test]
fn files_come_in_archive_order_with_digest_and_kind() {
    let package = Sample::good()
        .file("b/data.bin", b"\xff\xfe")
        .file("a.txt", b"")
        .package();
    assert_eq!(
        paths(&package),
        ["tank.json", "SKILL.md", "b/data.bin", "a.txt"]
    );
    let data = package.file("b/data.bin").unwrap();
    assert!(!data.text && !data.executable);
    assert_eq!(data.size(), 2);
    let empty = package.file("a.txt").unwrap();
    assert!(empty.text);
    assert_eq!(
        hex::encode(empty.sha256),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    assert_eq!(package.unpacked_size(), 30 + 10 + 2);
    assert!(package.file("b").is_none());
}

#[test]
fn manifest_and_readme_have_second_choices() {
    let both = Sample::good()
        .file("skills.json", b"{}")
        .file("README.md", b"")
        .package();
    assert_eq!(both.manifest().unwrap().path, "tank.json");
    assert_eq!(both.readme().unwrap().path, "SKILL.md");
    let second = Sample::default()
        .file("skills.json", b"{}")
        .file("README.md", b"")
        .file("a.b/tank.json", b"")
        .package();
    assert_eq!(second.manifest().unwrap().path, "skills.json");
    assert_eq!(second.readme().unwrap().path, "README.md");
    let neither = Sample::default().file("a.b/tank.json", b"").package();
    assert!(neither.manifest().is_none() && neither.readme().is_none());
}

#[test]
fn a_leading_dot_segment_is_dropped() {
    let package = Sample::default()
        .folder("./")
        .file("./tank.json", b"{}")
        .file("./a/./b", b"")
        .package();
    assert_eq!(paths(&package), ["tank.json", "a/b"]);
}

#[test]
fn a_common_top_folder_is_stripped() {
    let package = Sample::default()
        .folder("skill/")
        .file("skill/tank.json", b"{}")
        .file("skill/a/b", b"")
        .package();
    assert_eq!(paths(&package), ["tank.json", "a/b"]);
    assert!(package.manifest().is_some());
}

#[test]
fn what_is_skipped_does_not_keep_the_top_folder() {
    let package = Sample::default()
        .file("__MACOSX/._x", b"12")
        .file("skill/tank.json", b"{}")
        .file("skill/.DS_Store", b"")
        .package();
    assert_eq!(paths(&package), ["tank.json"]);
    assert_eq!(
        package.facts(),
        [
            Fact::Skipped {
                path: "__MACOSX/._x".to_owned(),
                size: 2
            },
            Fact::Skipped {
                path: "skill/.DS_Store".to_owned(),
                size: 0
            },
        ]
    );
    assert_eq!(package.unpacked_size(), 2);
}

#[test]
fn a_top_folder_with_a_dot_stays() {
    let package = Sample::default()
        .file("v1.2/tank.json", b"{}")
        .file("v1.2/b", b"")
        .package();
    assert_eq!(paths(&package), ["v1.2/tank.json", "v1.2/b"]);
}

#[test]
fn a_top_folder_that_not_all_share_stays() {
    let package = Sample::default()
        .file("a/tank.json", b"{}")
        .file("ab/c", b"")
        .package();
    assert_eq!(paths(&package), ["a/tank.json", "ab/c"]);
    let package = Sample::default()
        .file("a/b", b"{}")
        .file("c", b"")
        .package();
    assert_eq!(paths(&package), ["a/b", "c"]);
}

#[test]
fn an_archive_without_files_is_an_empty_package() {
    assert!(Sample::default().folder("a/").package().files().is_empty());
}

#[test]
fn only_the_owners_right_makes_a_file_executable() {
    let mut sample = Sample::good();
    for (path, mode) in [("owner", 0o744), ("group", 0o654), ("nobody", 0o644)] {
        let (header, contents) = executable(path, mode, b"x");
        sample = sample.entry(&header, &contents);
    }
    let package = sample.package();
    assert!(package.file("owner").unwrap().executable);
    assert!(!package.file("group").unwrap().executable);
    assert!(!package.file("nobody").unwrap().executable);
}

#[test]
fn a_setuid_bit_is_a_fact_under_the_path_of_the_listing() {
    let (header, contents) = executable("top/run", 0o4755, b"x");
    let package = Sample::default().entry(&header, &contents).package();
    assert_eq!(
        package.facts(),
        [Fact::SetId {
            path: "run".to_owned(),
            mode: 0o4755
        }]
    );
    let (header, contents) = executable("run", 0o1755, b"x");
    assert!(
        Sample::default()
            .entry(&header, &contents)
            .package()
            .facts()
            .is_empty()
    );
}

#[test]
fn a_global_pax_header_is_ignored() {
    let package = Sample::default()
        .global(&[("comment", "0123abc")])
        .file("a", b"")
        .package();
    assert_eq!(package.facts(), [Fact::GlobalHeader]);
}

#[test]
fn pax_names_and_equal_sizes_are_taken() {
    let long = format!("{}/{}", "d".repeat(150), "é".repeat(100));
    let package = Sample::good()
        .pax(&[("path", &long), ("size", "3"), ("mtime", "1.5")])
        .file("short", b"abc")
        .package();
    assert_eq!(paths(&package), ["tank.json", "SKILL.md", &long]);
}

#[test]
fn gnu_long_names_are_taken() {
    let long = "n".repeat(120);
    let package = Sample::good()
        .long_name(&long)
        .entry(&gnu(EntryType::Regular, &long, 1), b"x")
        .package();
    assert!(package.file(&long).is_some());
}

#[test]
fn what_the_tar_crate_writes_is_read() {
    let long = format!("a/{}", "n".repeat(200));
    let mut builder = tar::Builder::new(Vec::new());
    for path in ["b", &long] {
        let mut header = tar::Header::new_gnu();
        header.set_size(3);
        header.set_mode(0o755);
        builder.append_data(&mut header, path, &b"abc"[..]).unwrap();
    }
    let package = Package::read(
        &gzip(&builder.into_inner().unwrap()),
        &PackageLimits::default(),
    )
    .unwrap();
    assert_eq!(paths(&package), ["b", &long]);
    assert!(
        package
            .files()
            .iter()
            .all(|file| file.executable && &file.contents[..] == b"abc")
    );
}

#[test]
fn a_ustar_prefix_is_the_first_part_of_the_path() {
    let header = changed(ustar(EntryType::Regular, "name", 0), |header| {
        header.as_ustar_mut().unwrap().prefix[..150].fill(b'p');
    });
    let path = format!("{}/name", "p".repeat(150));
    assert!(
        Sample::good()
            .entry(&header, b"")
            .package()
            .file(&path)
            .is_some()
    );
}

#[test]
fn times_after_a_short_prefix_are_no_part_of_the_path() {
    let header = changed(ustar(EntryType::Regular, "name", 0), |header| {
        let prefix = &mut header.as_ustar_mut().unwrap().prefix;
        prefix[0] = b'p';
        prefix[131..].fill(b'7');
    });
    assert!(
        Sample::good()
            .entry(&header, b"")
            .package()
            .file("p/name")
            .is_some()
    );
}

#[test]
fn the_oldest_format_marks_folders_by_a_slash() {
    let folder = fill(tar::Header::new_old(), EntryType::Regular, b"d/", 0);
    let file = fill(tar::Header::new_old(), EntryType::Regular, b"d/f", 1);
    let package = Sample::good()
        .entry(&folder, b"")
        .entry(&file, b"x")
        .package();
    assert_eq!(paths(&package), ["tank.json", "SKILL.md", "d/f"]);
}

#[test]
fn any_number_of_zeros_may_follow_the_end() {
    for zeros in [0, 1, 511, 70_000] {
        let archive = Sample::good().raw(&[0; 1024]).raw(&vec![0; zeros]).open();
        assert!(
            Package::read(&archive, &PackageLimits::default()).is_ok(),
            "{zeros}"
        );
    }
}

#[test]
fn debug_output_holds_no_contents() {
    let package = Sample::good().file("secret", b"hunter2").package();
    let shown = format!("{package:?} {:?}", package.files());
    assert!(!shown.contains("hunter2"));
    assert!(!shown.contains("hunter2".as_bytes().escape_ascii().to_string().as_str()));
}
