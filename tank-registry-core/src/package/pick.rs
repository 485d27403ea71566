//! Archives made of something else, for [`Package::read`](super::Package::read) to judge: one folder
//! of a larger archive, or a file that stands for itself.

use std::io::{self, Read as _};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tar::{Archive, Builder, EntryType, Header};

use super::{PackageError, PackageLimits, Refusal, Rule};

/// How many times the stream of a package may be inflated to find one folder in it.
const STREAMS: u64 = 8;

/// Everything in `folder` of an archive, below its top folder; `None` if there is nothing. Entries
/// of every kind are kept as they are: whether they may be in a package is judged by its reader.
pub(crate) fn folder_of(
    archive: &[u8],
    folder: &str,
    limits: &PackageLimits,
) -> Result<Option<Vec<u8>>, PackageError> {
    let inflated = GzDecoder::new(archive).take(limits.stream.saturating_mul(STREAMS));
    let mut archive = Archive::new(inflated);
    let picked = pick(&mut archive, folder, limits);
    let is_cut = archive.into_inner().limit() == 0;
    picked.map_err(|error| {
        let refusal = if is_cut || error.kind() == io::ErrorKind::FileTooLarge {
            Refusal::archive(Rule::Size, "too large to find the folder in it")
        } else {
            Refusal::archive(Rule::Malformed, format!("cannot be read: {error}"))
        };
        PackageError::of(refusal)
    })
}

fn pick(
    archive: &mut Archive<impl io::Read>,
    folder: &str,
    limits: &PackageLimits,
) -> io::Result<Option<Vec<u8>>> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let (mut found, mut bytes, mut headers) = (false, 0_u64, 0_usize);
    let prefix = format!("{}/", folder.trim_end_matches('/'));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let below = path.split_once('/').map_or("", |(_, below)| below);
        let Some(path) = below.strip_prefix(&prefix) else {
            continue;
        };
        let kind = entry.header().entry_type();
        if path.is_empty() || kind == EntryType::Directory {
            continue;
        }
        bytes = bytes.saturating_add(entry.size());
        headers += 1;
        if bytes > limits.unpacked || headers > limits.headers {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        found = true;
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_mode(entry.header().mode().unwrap_or(0o644));
        header.set_size(entry.size());
        match entry.link_name_bytes() {
            Some(target) => {
                let target = String::from_utf8_lossy(&target).into_owned();
                tar.append_link(&mut header, path, target)?;
            }
            None => tar.append_data(&mut header, path, &mut entry)?,
        }
    }
    let archive = tar.into_inner()?.finish()?;
    Ok(found.then_some(archive))
}

/// An archive of one file.
pub(crate) fn file_alone(name: &str, contents: &[u8]) -> io::Result<Vec<u8>> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let mut header = Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    tar.append_data(&mut header, name, contents)?;
    tar.into_inner()?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::Package;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, contents) in files {
            let mut header = Header::new_ustar();
            header.set_mode(0o755);
            header.set_size(contents.len() as u64);
            tar.append_data(&mut header, path, *contents).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn paths(archive: &[u8]) -> Vec<String> {
        let package = Package::read(archive, &PackageLimits::default()).unwrap();
        let files = package.files().iter();
        files.map(|file| file.path.clone()).collect()
    }

    #[test]
    fn a_folder_is_taken_out_of_an_archive_whatever_else_is_in_it() {
        let whole = archive(&[
            ("repo-main/README.md", b"all"),
            ("repo-main/skills/a/SKILL.md", b"a"),
            ("repo-main/skills/a/run.sh", b"echo"),
            ("repo-main/skills/ab/SKILL.md", b"ab"),
        ]);
        let limits = PackageLimits::default();
        let picked = folder_of(&whole, "skills/a", &limits).unwrap().unwrap();
        assert_eq!(paths(&picked), ["SKILL.md", "run.sh"]);
        let package = Package::read(&picked, &limits).unwrap();
        assert!(package.file("run.sh").unwrap().executable);
        assert_eq!(folder_of(&whole, "skills/b", &limits).unwrap(), None);
        assert_eq!(folder_of(&whole, "skill", &limits).unwrap(), None);
    }

    #[test]
    fn a_link_in_the_folder_stays_for_the_reader_to_refuse() {
        let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        tar.append_link(&mut header, "repo-main/a/link", "/etc/passwd")
            .unwrap();
        let whole = tar.into_inner().unwrap().finish().unwrap();
        let limits = PackageLimits::default();
        let picked = folder_of(&whole, "a", &limits).unwrap().unwrap();
        let refusal = Package::read(&picked, &limits).unwrap_err();
        assert!(refusal.breaks(Rule::LinkOutside));
    }

    #[test]
    fn what_is_no_archive_or_holds_too_much_is_refused() {
        let mut limits = PackageLimits::default();
        let refusal = folder_of(b"not gzip", "a", &limits).unwrap_err();
        assert!(refusal.breaks(Rule::Malformed));
        limits.unpacked = 3;
        let whole = archive(&[("repo-main/a/SKILL.md", b"long")]);
        let refusal = folder_of(&whole, "a", &limits).unwrap_err();
        assert!(refusal.breaks(Rule::Size));
        limits = PackageLimits::default();
        limits.stream = 200;
        let whole = archive(&[("repo-main/x", &[0; 4096]), ("repo-main/a/SKILL.md", b"a")]);
        let refusal = folder_of(&whole, "a", &limits).unwrap_err();
        assert!(refusal.breaks(Rule::Size));
    }

    #[test]
    fn a_file_alone_is_a_package() {
        let long = format!("{}.md", "n".repeat(150));
        assert_eq!(paths(&file_alone(&long, b"# Text").unwrap()), [long]);
    }
}
