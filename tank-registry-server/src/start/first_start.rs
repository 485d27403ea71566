//! The first start: an empty database becomes a registry, and somebody gets its first key.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tank_registry_core::auth::ApiKey;
use tank_registry_core::ops::{Initialised, initialise};
use tank_registry_core::{Clock, MetadataStore};

/// The first key, and where its owner finds it.
pub(super) enum FirstKey {
    /// It is shown on the terminal.
    Shown(ApiKey),
    /// It is in this file.
    InFile(PathBuf),
}

impl fmt::Display for FirstKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\nThis is a new registry. Its administrator is `admin`, whose key"
        )?;
        match self {
            Self::Shown(key) => writeln!(f, "is shown this once:\n\n    {}\n", key.reveal()),
            Self::InFile(path) => writeln!(f, "is in this file:\n\n    {}\n", path.display()),
        }
    }
}

/// The first start failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstStartError {
    #[error("cannot keep the first key in {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    #[error("cannot make a key: the system has no randomness to give")]
    Key,
    #[error("cannot make a registry of the empty database")]
    Initialise(#[source] tank_registry_core::Error),
}

/// Makes a registry of an empty store; answers nothing where it is one already.
///
/// Unless it is to be `shown`, the key is in a file, safely on the disk, before the store is asked:
/// a crash in between leaves a key that opens nothing, never a registry that nobody can open. Of
/// several processes on one data folder one at a time gets here, so that none removes or replaces
/// the file of the one that makes the registry.
pub(super) async fn first_start(
    store: &dyn MetadataStore,
    clock: &dyn Clock,
    folder: &Path,
    shown: bool,
) -> Result<Option<FirstKey>, FirstStartError> {
    let asked = |error| FirstStartError::Initialise(tank_registry_core::Error::from(error));
    if store.registry().await.map_err(asked)?.is_some() {
        return Ok(None);
    }
    let turn = Turn::take(folder).await?;
    let key = ApiKey::generate().map_err(|_| FirstStartError::Key)?;
    let path = folder.join("first-key");
    let failed = |error| FirstStartError::File(path.clone(), error);
    let is_made = store.registry().await.map_err(asked)?.is_some();
    if !is_made && !shown {
        write(folder, &path, &key).map_err(failed)?;
    }
    // An error says nothing about whether it was done, so the file then stays.
    let initialised = initialise(store, clock, &key).await;
    let initialised = initialised.map_err(FirstStartError::Initialise)?;
    if initialised == Initialised::Before && !is_made && !shown {
        // Somebody who has another data folder was faster: the file is this process's own.
        fs::remove_file(&path).map_err(failed)?;
    }
    turn.end();
    Ok(match initialised {
        Initialised::Before => None,
        Initialised::Now if shown => Some(FirstKey::Shown(key)),
        Initialised::Now => Some(FirstKey::InFile(path)),
    })
}

/// Writes the key so that it is there whole or not at all, and stays there.
fn write(folder: &Path, path: &Path, key: &ApiKey) -> io::Result<()> {
    let unfinished = folder.join("first-key.new");
    match fs::remove_file(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    writeln!(file, "{}", key.reveal())?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The turn of this process to make the registry of a folder; it ends with the process at last.
struct Turn {
    lock: File,
    path: PathBuf,
}

impl Turn {
    async fn take(folder: &Path) -> Result<Self, FirstStartError> {
        let path = folder.join("first-start.lock");
        let at = path.clone();
        let locked = tokio::task::spawn_blocking(move || {
            let lock = OpenOptions::new().create(true).append(true).open(&at)?;
            lock.lock()?;
            Ok(lock)
        });
        let locked = locked
            .await
            .unwrap_or_else(|lost| Err(io::Error::other(lost)));
        match locked {
            Ok(lock) => Ok(Self { lock, path }),
            Err(error) => Err(FirstStartError::File(path, error)),
        }
    }

    /// The registry is made: whoever waits, or comes later, finds it and writes nothing, so the
    /// file is no longer needed. It stays behind only where it cannot be removed.
    fn end(self) {
        let _ = fs::remove_file(&self.path);
        drop(self.lock);
    }
}
