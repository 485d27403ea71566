//! The folders of a store.
//!
//! All of them exist from [`Layout::open`] on, and their names are on the disk: so a write never
//! has to make one, no acknowledged object can lie in a folder that a power cut takes away, and
//! a folder that is missing later is a fault rather than an absent object.
//!
//! Unfinished files lie in a folder of their own, not next to the objects: no listing ever meets
//! one, and finding leftovers does not take longer the more objects there are.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tank_registry_core::blob::{BlobArea, BlobKey};
use tempfile::NamedTempFile;

use super::error::OpenError;

const PARTIAL: &str = "partial";
/// What the names of unfinished files begin with.
const DRAFT: &str = "draft-";
/// How long a file must have been left alone before its writer is taken for dead.
const ABANDONED: Duration = Duration::from_hours(24);

/// Where things lie.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The folder as it is, if it is one.
    pub(super) fn existing(folder: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::Create {
            path: folder.to_owned(),
            source,
        };
        let root = std::path::absolute(folder).map_err(failed)?;
        if fs::metadata(&root).map_err(failed)?.is_dir() {
            Ok(Self { root })
        } else {
            Err(OpenError::NotAFolder { path: root })
        }
    }

    /// Creates what is missing of the folders, durably, and sees whether they can be written to.
    pub(super) fn open(folder: &Path) -> Result<Self, OpenError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| OpenError::Create { path, source }
        };
        // Not to depend on the working directory later.
        let root = std::path::absolute(folder).map_err(failed(folder))?;
        match fs::metadata(&root) {
            Ok(found) if found.is_dir() => {}
            Ok(_) => return Err(OpenError::NotAFolder { path: root }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_with_parents(&root).map_err(failed(&root))?;
            }
            Err(error) => return Err(failed(&root)(error)),
        }

        let layout = Self { root };
        let blobs = layout.root.join(BlobArea::Content.prefix());
        for name in [
            BlobArea::Staged.prefix(),
            BlobArea::Content.prefix(),
            BlobArea::Probe.prefix(),
            PARTIAL,
        ] {
            create_within(&layout.root.join(name))?;
        }
        for name in content_folders() {
            create_within(&layout.root.join(name))?;
        }
        // Also when nothing was missing: whoever made the folders may have died before this.
        for folder in [&blobs, &layout.root] {
            sync_folder(folder).map_err(failed(folder))?;
        }

        let partial = layout.partial();
        match layout.draft() {
            Ok(_) => Ok(layout),
            Err(source) => Err(OpenError::Write {
                path: partial,
                source,
            }),
        }
    }

    /// The file of an object.
    pub(super) fn object(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.path())
    }

    /// Something by its path within the store.
    pub(super) fn within(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Where unfinished files lie.
    pub(super) fn partial(&self) -> PathBuf {
        self.root.join(PARTIAL)
    }

    /// A new unfinished file. It is gone when dropped, unless it was given the name of an object.
    pub(super) fn draft(&self) -> io::Result<NamedTempFile> {
        tempfile::Builder::new()
            .prefix(DRAFT)
            .tempfile_in(self.partial())
    }

    /// Removes unfinished files whose writers are dead; answers how many.
    pub(super) fn sweep(&self, now: SystemTime) -> io::Result<u64> {
        let mut removed = 0;
        for entry in fs::read_dir(self.partial())? {
            let entry = entry?;
            if !entry.file_name().to_string_lossy().starts_with(DRAFT) {
                continue;
            }
            let gone = match entry.metadata() {
                Ok(found) => {
                    let age = now.duration_since(found.modified()?).unwrap_or_default();
                    if !found.is_file() || age < ABANDONED {
                        continue;
                    }
                    fs::remove_file(entry.path())
                }
                Err(error) => Err(error),
            };
            match gone {
                Ok(()) => removed += 1,
                // Its writer has finished, or another process sweeps as well.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(removed)
    }
}

/// The folders of an area, in the order of their paths.
pub(super) fn folders(area: BlobArea) -> Vec<String> {
    match area {
        BlobArea::Staged | BlobArea::Probe => vec![area.prefix().to_owned()],
        BlobArea::Content => content_folders().collect(),
    }
}

fn content_folders() -> impl Iterator<Item = String> {
    (0..=0xff_u8).map(|first| format!("{}/{first:02x}", BlobArea::Content.prefix()))
}

/// Makes the names in a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Elsewhere a folder cannot be opened, and the file system keeps its names by itself.
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// Makes the name of a file or folder durable.
pub(super) fn sync_name(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), sync_folder)
}

fn create_with_parents(folder: &Path) -> io::Result<()> {
    match (create(folder), folder.parent()) {
        (Err(error), Some(parent)) if error.kind() == io::ErrorKind::NotFound => {
            create_with_parents(parent)?;
            create(folder)?;
        }
        (created, _) => created?,
    }
    sync_name(folder)
}

fn create_within(folder: &Path) -> Result<(), OpenError> {
    let failed = |source| OpenError::Create {
        path: folder.to_owned(),
        source,
    };
    create(folder).map_err(failed)?;
    // Unlike the root they may not be symbolic links: renaming would cross file systems.
    if fs::symlink_metadata(folder).map_err(failed)?.is_dir() {
        Ok(())
    } else {
        Err(OpenError::NotAFolder {
            path: folder.to_owned(),
        })
    }
}

/// Creates a folder for this user alone; one that exists is left as it is.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}
