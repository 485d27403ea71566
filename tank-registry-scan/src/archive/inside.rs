//! What stands in an archive that is a file of the package: one level, by name and first bytes.

use std::io::Read as _;

use flate2::read::{DeflateDecoder, GzDecoder};

use super::magic::Magic;

/// Entries of one archive that are listed.
const ENTRIES: usize = 2_000;
/// Bytes of an entry that are unpacked to know what it is.
const HEAD: u64 = 300;
/// Bytes of a packed tar archive that are unpacked.
const UNPACKED: u64 = 4 << 20;

/// An entry of an archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) encrypted: bool,
    pub(super) magic: Option<Magic>,
}

/// The entries of a zip or tar archive, as far as they can be read; empty for other archives.
pub(super) fn entries(magic: Magic, bytes: &[u8]) -> Vec<Entry> {
    match magic {
        Magic::Zip => zip_entries(bytes),
        Magic::Tar => tar_entries(bytes),
        Magic::Gzip => {
            let mut unpacked = Vec::new();
            // What can be read of a broken stream is looked at.
            let _ = GzDecoder::new(bytes)
                .take(UNPACKED)
                .read_to_end(&mut unpacked);
            match Magic::of(&unpacked) {
                Some(Magic::Tar) => tar_entries(&unpacked),
                Some(magic) if magic.is_program() => vec![Entry {
                    path: String::new(),
                    encrypted: false,
                    magic: Some(magic),
                }],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..at.checked_add(N)?)?;
    let value = field
        .iter()
        .rev()
        .fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    usize::try_from(value).ok()
}

/// Where the central directory and its end are.
fn zip_end(bytes: &[u8]) -> Option<(usize, usize)> {
    const LONGEST_COMMENT: usize = 65_557;
    let from = bytes.len().saturating_sub(LONGEST_COMMENT);
    let end = from + memchr::memmem::rfind(bytes.get(from..)?, b"PK\x05\x06")?;
    Some((number::<4>(bytes, end + 16)?, end))
}

/// The offset behind the end of a zip archive.
pub(super) fn zip_length(bytes: &[u8]) -> Option<usize> {
    let (_, end) = zip_end(bytes)?;
    end.checked_add(22)?
        .checked_add(number::<2>(bytes, end + 20)?)
}

fn zip_entries(bytes: &[u8]) -> Vec<Entry> {
    let mut entries = Vec::new();
    let Some((mut at, end)) = zip_end(bytes) else {
        return entries;
    };
    while at < end && entries.len() < ENTRIES {
        let Some((entry, next)) = zip_entry(bytes, at) else {
            break;
        };
        entries.push(entry);
        at = next;
    }
    entries
}

fn zip_entry(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
    if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
        return None;
    }
    let flags = number::<2>(bytes, at + 8)?;
    let method = number::<2>(bytes, at + 10)?;
    let name = number::<2>(bytes, at + 28)?;
    let extra = number::<2>(bytes, at + 30)?;
    let comment = number::<2>(bytes, at + 32)?;
    let local = number::<4>(bytes, at + 42)?;
    let path = String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).into_owned();
    let encrypted = flags & 1 == 1;
    let magic = (!encrypted)
        .then(|| zip_head(bytes, local, method))
        .flatten()
        .and_then(|head| Magic::of(&head));
    let entry = Entry {
        path,
        encrypted,
        magic,
    };
    Some((entry, at + 46 + name + extra + comment))
}

/// The first bytes of an entry.
fn zip_head(bytes: &[u8], local: usize, method: usize) -> Option<Vec<u8>> {
    let name = number::<2>(bytes, local.checked_add(26)?)?;
    let extra = number::<2>(bytes, local + 28)?;
    let data = bytes.get(local + 30 + name + extra..)?;
    let mut head = Vec::new();
    match method {
        0 => data.take(HEAD).read_to_end(&mut head).ok()?,
        8 => DeflateDecoder::new(data)
            .take(HEAD)
            .read_to_end(&mut head)
            .ok()?,
        _ => return None,
    };
    Some(head)
}

fn tar_entries(bytes: &[u8]) -> Vec<Entry> {
    let mut archive = tar::Archive::new(bytes);
    let Ok(entries) = archive.entries() else {
        return Vec::new();
    };
    entries
        .take(ENTRIES)
        .map_while(Result::ok)
        .map(|mut entry| {
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let mut head = Vec::new();
            let magic = (&mut entry)
                .take(HEAD)
                .read_to_end(&mut head)
                .ok()
                .and_then(|_| Magic::of(&head));
            Entry {
                path,
                encrypted: false,
                magic,
            }
        })
        .collect()
}
