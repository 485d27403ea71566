//! Packages: the only reader of a `.tgz` and the only writer of the zip derived from it.
//!
//! [`Package::read`] takes the bytes of an archive to a [`Package`] or to every reason why it is none. What it
//! guarantees of a package:
//!
//! - Each file has one path that every reader of the archive sees, that every system can write, and that stays
//!   below the folder it is written to. No two paths are one on a system that ignores case or composition.
//! - It holds regular files alone: no link, device, or sparse file was in the archive.
//! - The archive is one whole gzip member around one whole tar archive, with nothing after either.
//! - Everything was counted while reading; memory stays within [`PackageLimits`], whatever headers claim.
//!
//! [`derive_zip`] writes a package as a zip with the same bytes on every machine, and tells where in it the data
//! of each file lies, so that one file is served by one ranged read.
//!
//! All of this is synchronous and bound by the processor: call it where blocking is fine.

mod entry;
mod extension;
mod fact;
mod header;
mod index;
mod inflate;
mod limits;
mod path;
mod pax;
mod pick;
mod read;
mod refusal;
#[cfg(test)]
mod samples;
mod special;
#[cfg(test)]
mod tests;
mod twins;
mod zip;

use std::fmt;

use bytes::Bytes;
use tokio::sync::OwnedSemaphorePermit;

pub(crate) use self::{
    entry::Inflater,
    pick::{file_alone, folder_of},
};
pub use self::{
    fact::Fact,
    index::FileRow,
    limits::PackageLimits,
    refusal::{PackageError, Refusal, Rule},
    zip::{DeriveError, DerivedZip, derive_zip},
};

/// The contents of an archive that passed every rule.
///
/// There is no way to make one but to read an archive.
pub struct Package {
    files: Vec<PackageFile>,
    /// Positions in `files`, by the bytes of their paths.
    by_path: Vec<usize>,
    facts: Vec<Fact>,
    unpacked_size: u64,
    _memory: Option<OwnedSemaphorePermit>,
}

/// A regular file of a package.
#[derive(Clone)]
pub struct PackageFile {
    /// The path as in listings: relative, separated by `/`, without the archive's common top folder.
    pub path: String,
    /// Whether its owner may run it.
    pub executable: bool,
    /// SHA-256 of the contents.
    pub sha256: [u8; 32],
    /// Whether the contents are valid UTF-8 as a whole.
    pub text: bool,
    /// The contents.
    pub contents: Bytes,
}

impl Package {
    /// Reads a gzipped tar archive.
    ///
    /// # Errors
    ///
    /// With every rule the archive breaks, as far as it could be read: see [`PackageError`].
    pub fn read(archive: &[u8], limits: &PackageLimits) -> Result<Self, PackageError> {
        let read::Contents {
            mut files,
            mut facts,
        } = read::read(archive, limits)?;
        if let Some(folder) = common_folder(&files) {
            strip(&folder, files.iter_mut().map(|file| &mut file.path));
            strip(
                &folder,
                facts.iter_mut().filter_map(|fact| {
                    if let Fact::SetId { path, .. } = fact {
                        Some(path)
                    } else {
                        None
                    }
                }),
            );
        }
        let mut by_path: Vec<usize> = (0..files.len()).collect();
        by_path.sort_unstable_by(|a, b| files[*a].path.cmp(&files[*b].path));
        let unpacked_size = files.iter().map(PackageFile::size).sum();
        Ok(Self {
            files,
            by_path,
            facts,
            unpacked_size,
            _memory: None,
        })
    }

    /// Keeps reserved memory for as long as the package lives, whoever has it.
    pub(crate) fn holding(self, memory: OwnedSemaphorePermit) -> Self {
        Self {
            _memory: Some(memory),
            ..self
        }
    }

    /// The regular files, in the order of the archive.
    pub fn files(&self) -> &[PackageFile] {
        &self.files
    }

    /// The file with exactly this path.
    pub fn file(&self, path: &str) -> Option<&PackageFile> {
        let at = self
            .by_path
            .binary_search_by(|at| self.files[*at].path.as_str().cmp(path))
            .ok()?;
        self.files.get(*self.by_path.get(at)?)
    }

    /// What was noticed and is no reason to refuse the archive, in its order.
    pub fn facts(&self) -> &[Fact] {
        &self.facts
    }

    /// The manifest: `tank.json`, else `skills.json`, at the root.
    pub fn manifest(&self) -> Option<&PackageFile> {
        self.file("tank.json").or_else(|| self.file("skills.json"))
    }

    /// The text to introduce the package: `SKILL.md`, else `README.md`, at the root.
    pub fn readme(&self) -> Option<&PackageFile> {
        self.file("SKILL.md").or_else(|| self.file("README.md"))
    }

    /// Bytes of all files together.
    pub fn unpacked_size(&self) -> u64 {
        self.unpacked_size
    }

    /// The files by the bytes of their paths, each with its position in the archive.
    fn sorted(&self) -> impl Iterator<Item = (usize, &PackageFile)> {
        self.by_path
            .iter()
            .filter_map(|at| Some((*at, self.files.get(*at)?)))
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Package")
            .field("files", &self.files.len())
            .field("unpacked_size", &self.unpacked_size)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl PackageFile {
    /// Bytes of the contents.
    pub fn size(&self) -> u64 {
        self.contents.len() as u64
    }
}

impl fmt::Debug for PackageFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PackageFile")
            .field("path", &self.path)
            .field("size", &self.size())
            .field("sha256", &hex::encode(self.sha256))
            .field("text", &self.text)
            .field("executable", &self.executable)
            .finish_non_exhaustive()
    }
}

/// The first segment that all paths share, with its slash, unless it holds a dot: a folder such as `v1.2` is
/// taken for part of the package.
fn common_folder(files: &[PackageFile]) -> Option<String> {
    let (folder, _) = files.first()?.path.split_once('/')?;
    if folder.contains('.') {
        return None;
    }
    let folder = format!("{folder}/");
    files
        .iter()
        .all(|file| file.path.starts_with(&folder))
        .then_some(folder)
}

fn strip<'a>(folder: &str, paths: impl Iterator<Item = &'a mut String>) {
    for path in paths {
        path.drain(..folder.len());
    }
}
