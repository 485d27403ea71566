//! The data folder: a database, and a folder of packages unless they are in a bucket.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tank_registry_core::{BlobStore, BuildError, Fetcher, PublicUrl, Registry};
use tank_registry_s3::LocalBlobs;
use tank_registry_sqlite::{Migrated, SqliteOptions, SqliteStore};

use crate::scan::RulesError;
use crate::scanner::with_scanner;
use crate::settings::{Migrate, Settings, StorageKind};

/// A data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoresError {
    #[error("cannot create the data folder {}", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    #[error(transparent)]
    Database(#[from] tank_registry_sqlite::OpenError),
    #[error(transparent)]
    Blobs(#[from] tank_registry_s3::OpenError),
    #[cfg(feature = "s3")]
    #[error(transparent)]
    Bucket(#[from] tank_registry_s3::S3OpenError),
    #[cfg(not(feature = "s3"))]
    #[error(
        "storage.kind is s3, and this server was built without it; build it with the feature s3"
    )]
    NoS3,
    #[cfg(not(feature = "fetch"))]
    #[error(
        "scan.fetch is on, and this server was built without it; build it with the feature fetch"
    )]
    NoFetch,
    #[error(transparent)]
    Rules(#[from] RulesError),
    #[error(transparent)]
    Build(#[from] BuildError),
    #[error(
        "{} holds no registry yet: start the server on it once first (or name another folder with --data or --config)",
        .0.display()
    )]
    NoRegistry(PathBuf),
    #[error(
        "{} holds no registry yet, and with sqlite.migrate = \"check\" a start makes none: start the server on it once with --migrate auto (or name another folder with --data or --config)",
        .0.display()
    )]
    MakesNone(PathBuf),
}

/// Where metadata and bytes are.
pub(crate) struct Stores {
    pub(crate) metadata: SqliteStore,
    blobs: Arc<dyn BlobStore>,
    /// The folder of packages, if there is one.
    pub(crate) folder: Option<LocalBlobs>,
}

/// Opens the stores of a data folder, making what is missing; without a database only where the
/// settings let a start make one.
pub(crate) async fn open(settings: &Settings) -> Result<Stores, StoresError> {
    let folder = &settings.server.data;
    if settings.sqlite.migrate == Migrate::Check && !database(folder).is_file() {
        return Err(StoresError::MakesNone(folder.clone()));
    }
    create_folder(folder)?;
    let metadata = SqliteStore::open(database(folder), options(settings)).await?;
    match settings.storage.kind {
        StorageKind::Local => Ok(Stores::local(metadata, LocalBlobs::open(blobs(folder))?)),
        StorageKind::S3 => Ok(Stores {
            metadata,
            blobs: bucket(settings, true).await?,
            folder: None,
        }),
    }
}

/// Opens the stores of a registry that is there; makes nothing and migrates nothing.
pub(crate) async fn open_existing(settings: &Settings) -> Result<Stores, StoresError> {
    let folder = &settings.server.data;
    let database = existing(folder)?;
    let mut options = options(settings);
    options.migrate = tank_registry_sqlite::Migrate::Check;
    // One command needs no more.
    options.readers = 1;
    let metadata = SqliteStore::open(database, options).await?;
    match settings.storage.kind {
        StorageKind::Local => Ok(Stores::local(
            metadata,
            LocalBlobs::open_existing(blobs(folder))?,
        )),
        StorageKind::S3 => Ok(Stores {
            metadata,
            blobs: bucket(settings, false).await?,
            folder: None,
        }),
    }
}

/// The bucket, which may be asked first whether it works.
#[cfg(feature = "s3")]
async fn bucket(settings: &Settings, is_asked: bool) -> Result<Arc<dyn BlobStore>, StoresError> {
    use tank_registry_s3::S3Blobs;

    let options = settings.storage.s3.options();
    Ok(Arc::new(if is_asked {
        S3Blobs::open(options).await?
    } else {
        S3Blobs::open_existing(options)?
    }))
}

#[cfg(not(feature = "s3"))]
#[expect(clippy::unused_async, reason = "the one with a bucket asks it")]
async fn bucket(_: &Settings, _: bool) -> Result<Arc<dyn BlobStore>, StoresError> {
    Err(StoresError::NoS3)
}

/// Brings the database up to date; makes none.
pub(crate) async fn migrate(settings: &Settings) -> Result<Migrated, StoresError> {
    let database = existing(&settings.server.data)?;
    Ok(tank_registry_sqlite::migrate(database).await?)
}

impl Stores {
    fn local(metadata: SqliteStore, folder: LocalBlobs) -> Self {
        Self {
            metadata,
            blobs: Arc::new(folder.clone()),
            folder: Some(folder),
        }
    }

    /// The registry in them.
    pub(crate) async fn registry(
        &self,
        settings: &Settings,
        public_url: PublicUrl,
    ) -> Result<Registry, StoresError> {
        let metadata = Arc::new(self.metadata.clone());
        let mut builder = Registry::builder(metadata, Arc::clone(&self.blobs), public_url)
            .settings(settings.for_core())
            .signing_secrets(settings.signing_secrets());
        if settings.scan.fetch {
            builder = builder.fetcher(fetcher(settings)?);
        }
        builder = with_scanner(builder, settings)?;
        match builder.build().await {
            Err(BuildError::NotInitialised) => {
                Err(StoresError::NoRegistry(settings.server.data.clone()))
            }
            built => Ok(built?),
        }
    }
}

/// What fetches packages that are to be scanned.
#[cfg(feature = "fetch")]
#[expect(
    clippy::unnecessary_wraps,
    reason = "a server that was built without it refuses"
)]
fn fetcher(settings: &Settings) -> Result<Arc<dyn Fetcher>, StoresError> {
    let hosts = settings.scan.fetch_hosts.clone();
    Ok(Arc::new(crate::fetch::HttpsFetcher::new(hosts)))
}

#[cfg(not(feature = "fetch"))]
fn fetcher(_: &Settings) -> Result<Arc<dyn Fetcher>, StoresError> {
    Err(StoresError::NoFetch)
}

fn options(settings: &Settings) -> SqliteOptions {
    let mut options = SqliteOptions::default();
    options.readers = settings.sqlite.readers;
    options.migrate = match settings.sqlite.migrate {
        Migrate::Auto => tank_registry_sqlite::Migrate::Auto,
        Migrate::Check => tank_registry_sqlite::Migrate::Check,
    };
    options
}

fn database(folder: &Path) -> PathBuf {
    folder.join("registry.db")
}

/// The database of a folder that has one.
fn existing(folder: &Path) -> Result<PathBuf, StoresError> {
    let database = database(folder);
    if database.is_file() {
        Ok(database)
    } else {
        Err(StoresError::NoRegistry(folder.to_owned()))
    }
}

fn blobs(folder: &Path) -> PathBuf {
    folder.join("blobs")
}

/// Makes the folder for its owner alone; one that is there stays as it is, with a warning where
/// others may look into it.
fn create_folder(folder: &Path) -> Result<(), StoresError> {
    let failed = |error| StoresError::Folder(folder.to_owned(), error);
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder)
            .map_err(failed)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            tracing::warn!(
                folder = %folder.display(),
                mode = format_args!("{:04o}", mode & 0o7777),
                "other users may look into the data folder; chmod 700 keeps them out"
            );
        }
    }
    Ok(())
}
