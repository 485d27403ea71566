//! The canonical zip of a package.
//!
//! Written by hand, as every byte is specified: entries sorted by the bytes of their paths, the UTF-8 flag on
//! all of them, deflate, one fixed time, mode 0644 or 0755, no extra fields, no data descriptors, never
//! zip64. A general writer decides some of this by platform or by name, and does not tell where data lies.

use std::io::{self, Write as _};

use flate2::{Compression, Crc, write::DeflateEncoder};

use super::{FileRow, Package, PackageFile};

/// Version 2.0 of the format: folders and deflate.
const VERSION: u16 = 20;
/// Made on Unix, so that readers take the mode from the external attributes.
const MADE_BY: u16 = 3 << 8 | VERSION;
const UTF8: u16 = 1 << 11;
const DEFLATE: u16 = 8;
const TIME: u16 = 0;
/// 1980-01-01, the first day the format knows.
const DATE: u16 = 1 << 5 | 1;
/// Named rather than "default", so that another default changes no bytes.
const LEVEL: u32 = 6;
const REGULAR: u32 = 0o100_000;

/// The canonical zip of a package, and its index.
#[derive(Clone)]
pub struct DerivedZip {
    /// The zip. The same package gives the same bytes, on every machine.
    pub bytes: Vec<u8>,
    /// Its files, in the order of the archive they came from (the zip itself is sorted by path).
    pub files: Vec<FileRow>,
}

impl std::fmt::Debug for DerivedZip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DerivedZip")
            .field("bytes", &self.bytes.len())
            .field("files", &self.files.len())
            .finish()
    }
}

/// Why a package has no derived zip. Within the default limits every package has one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeriveError {
    /// It would need the zip64 format.
    #[error("the package does not fit a plain zip: at most 65535 files and 4 GiB are possible")]
    TooLarge,
    /// The compressor failed.
    #[error("a file could not be compressed")]
    Deflate(#[source] io::Error),
}

/// Writes the canonical zip of a package.
pub fn derive_zip(package: &Package) -> Result<DerivedZip, DeriveError> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    let mut rows = Vec::with_capacity(package.files().len());
    for (position, file) in package.sorted() {
        let header_at = fit::<_, u32>(bytes.len())?;
        let mut entry = Entry::new(file)?;
        entry.write_local(&mut bytes, &file.path);
        let offset = bytes.len();
        deflate(&mut bytes, &file.contents).map_err(DeriveError::Deflate)?;
        entry.compressed_size = fit(bytes.len() - offset)?;

        // Only now is the compressed size known.
        let mut local = Vec::new();
        entry.write_local(&mut local, &file.path);
        bytes[header_at as usize..offset].copy_from_slice(&local);

        entry.write_central(&mut directory, &file.path, header_at);
        rows.push((
            position,
            row(file, offset as u64, u64::from(entry.compressed_size)),
        ));
    }
    write_end(&mut bytes, &directory, rows.len())?;
    rows.sort_unstable_by_key(|(position, _)| *position);
    Ok(DerivedZip {
        bytes,
        files: rows.into_iter().map(|(_, row)| row).collect(),
    })
}

fn row(file: &PackageFile, offset: u64, compressed_size: u64) -> FileRow {
    FileRow {
        path: file.path.clone(),
        size: file.size(),
        sha256: file.sha256,
        offset,
        compressed_size,
        text: file.text,
        executable: file.executable,
    }
}

fn deflate(out: &mut Vec<u8>, contents: &[u8]) -> io::Result<()> {
    let mut encoder = DeflateEncoder::new(out, Compression::new(LEVEL));
    encoder.write_all(contents)?;
    encoder.finish()?;
    Ok(())
}

/// What both headers of an entry say.
struct Entry {
    crc: u32,
    compressed_size: u32,
    size: u32,
    path_length: u16,
    mode: u32,
}

impl Entry {
    fn new(file: &PackageFile) -> Result<Self, DeriveError> {
        let mut crc = Crc::new();
        crc.update(&file.contents);
        Ok(Self {
            crc: crc.sum(),
            compressed_size: 0,
            size: fit(file.contents.len())?,
            path_length: fit(file.path.len())?,
            mode: if file.executable { 0o755 } else { 0o644 },
        })
    }

    fn write_local(&self, out: &mut Vec<u8>, path: &str) {
        out.extend(b"PK\x03\x04");
        self.write_common(out);
        out.extend(path.as_bytes());
    }

    fn write_central(&self, out: &mut Vec<u8>, path: &str, header_at: u32) {
        out.extend(b"PK\x01\x02");
        out.extend(MADE_BY.to_le_bytes());
        self.write_common(out);
        // Length of the comment, number of the disk, internal attributes.
        out.extend([0; 6]);
        out.extend(((REGULAR | self.mode) << 16).to_le_bytes());
        out.extend(header_at.to_le_bytes());
        out.extend(path.as_bytes());
    }

    /// From the version needed to the length of the extra fields.
    fn write_common(&self, out: &mut Vec<u8>) {
        for value in [VERSION, UTF8, DEFLATE, TIME, DATE] {
            out.extend(value.to_le_bytes());
        }
        for value in [self.crc, self.compressed_size, self.size] {
            out.extend(value.to_le_bytes());
        }
        for value in [self.path_length, 0] {
            out.extend(value.to_le_bytes());
        }
    }
}

fn write_end(out: &mut Vec<u8>, directory: &[u8], count: usize) -> Result<(), DeriveError> {
    let directory_at: u32 = fit(out.len())?;
    let directory_size: u32 = fit(directory.len())?;
    let count: u16 = fit(count)?;
    // The highest values mean "see the zip64 record".
    if directory_at == u32::MAX || directory_size == u32::MAX || count == u16::MAX {
        return Err(DeriveError::TooLarge);
    }
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    // Number of this disk, and of the one the directory starts on.
    out.extend([0; 4]);
    for value in [count, count] {
        out.extend(value.to_le_bytes());
    }
    for value in [directory_size, directory_at] {
        out.extend(value.to_le_bytes());
    }
    // Length of the comment.
    out.extend([0; 2]);
    Ok(())
}

fn fit<T, U: TryFrom<T>>(value: T) -> Result<U, DeriveError> {
    value.try_into().map_err(|_| DeriveError::TooLarge)
}
