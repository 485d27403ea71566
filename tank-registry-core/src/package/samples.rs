//! Archives for tests, good and hostile, built block by block.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use tar::EntryType;

use super::{Package, PackageError, PackageLimits, Rule};

/// A tar archive in the making.
#[derive(Debug, Clone, Default)]
pub(super) struct Sample {
    tar: Vec<u8>,
}

impl Sample {
    /// What most tests start from.
    pub(super) fn good() -> Self {
        Self::default()
            .file("tank.json", b"{\"name\":\"a\",\"version\":\"1.0.0\"}")
            .file("SKILL.md", b"# A skill\n")
    }

    pub(super) fn file(self, path: &str, contents: &[u8]) -> Self {
        self.entry(
            &ustar(EntryType::Regular, path, contents.len() as u64),
            contents,
        )
    }

    pub(super) fn folder(self, path: &str) -> Self {
        self.entry(&ustar(EntryType::Directory, path, 0), b"")
    }

    pub(super) fn link(self, kind: EntryType, path: &str, target: &str) -> Self {
        let mut header = ustar(kind, path, 0);
        header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        header.set_cksum();
        self.entry(&header, b"")
    }

    pub(super) fn pax(self, records: &[(&str, &str)]) -> Self {
        self.pax_data(EntryType::XHeader, records_data(records).as_bytes())
    }

    pub(super) fn global(self, records: &[(&str, &str)]) -> Self {
        self.pax_data(EntryType::XGlobalHeader, records_data(records).as_bytes())
    }

    pub(super) fn pax_data(self, kind: EntryType, data: &[u8]) -> Self {
        self.entry(&ustar(kind, "PaxHeader/x", data.len() as u64), data)
    }

    pub(super) fn long_name(self, path: &str) -> Self {
        let data = [path.as_bytes(), b"\0"].concat();
        self.entry(
            &gnu(EntryType::GNULongName, "././@LongLink", data.len() as u64),
            &data,
        )
    }

    /// Any header with any data, padded to a block.
    pub(super) fn entry(mut self, header: &tar::Header, data: &[u8]) -> Self {
        self.tar.extend(header.as_bytes());
        self.tar.extend(data);
        self.tar.resize(self.tar.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.tar.extend(bytes);
        self
    }

    /// The tar stream as it is.
    pub(super) fn into_tar(self) -> Vec<u8> {
        self.tar
    }

    /// The archive as it is, without the end of an archive.
    pub(super) fn open(self) -> Vec<u8> {
        gzip(&self.tar)
    }

    /// The whole archive, padded to ten kibibytes as GNU tar and Python do.
    pub(super) fn archive(self) -> Vec<u8> {
        let mut closed = self.raw(&[0; 1024]);
        closed
            .tar
            .resize(closed.tar.len().next_multiple_of(10 * 1024), 0);
        closed.open()
    }

    pub(super) fn read(self) -> Result<Package, PackageError> {
        Package::read(&self.archive(), &PackageLimits::default())
    }

    pub(super) fn package(self) -> Package {
        self.read().unwrap()
    }

    /// The first refusal.
    pub(super) fn refusal(self) -> (String, Rule) {
        first(&self.read().unwrap_err())
    }
}

pub(super) fn first(error: &PackageError) -> (String, Rule) {
    let refusal = error.refusals().first().unwrap();
    assert!(!refusal.reason.is_empty());
    (refusal.field.clone(), refusal.rule)
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn ustar(kind: EntryType, path: &str, size: u64) -> tar::Header {
    fill(tar::Header::new_ustar(), kind, path.as_bytes(), size)
}

pub(super) fn gnu(kind: EntryType, path: &str, size: u64) -> tar::Header {
    fill(tar::Header::new_gnu(), kind, path.as_bytes(), size)
}

/// Fills a header without the checks of a well-meaning writer; the path is cut to its field.
pub(super) fn fill(
    mut header: tar::Header,
    kind: EntryType,
    path: &[u8],
    size: u64,
) -> tar::Header {
    let path = path.get(..100).unwrap_or(path);
    header.as_old_mut().name[..path.len()].copy_from_slice(path);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_mtime(1_700_000_000);
    header.set_cksum();
    header
}

/// The header after a change, with its checksum made right again.
pub(super) fn changed(
    mut header: tar::Header,
    change: impl FnOnce(&mut tar::Header),
) -> tar::Header {
    change(&mut header);
    header.set_cksum();
    header
}

pub(super) fn records_data(records: &[(&str, &str)]) -> String {
    records
        .iter()
        .map(|(keyword, value)| record(keyword, value))
        .collect()
}

fn record(keyword: &str, value: &str) -> String {
    let rest = format!(" {keyword}={value}\n");
    let mut length = rest.len();
    while length != rest.len() + length.to_string().len() {
        length = rest.len() + length.to_string().len();
    }
    format!("{length}{rest}")
}

/// Bytes that do not compress.
pub(super) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(length)
    .collect()
}
