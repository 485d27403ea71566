//! Settings: defaults, then a TOML file, then the environment, then flags; the later wins.
//!
//! Every setting is one row of [`TABLE`]: its name, what it takes, how it is read and shown. A
//! name that is not in the table, or a value that its row does not take, is an error that says
//! where it came from; nothing is ignored in silence.

#[cfg(feature = "s3")]
mod bucket;
mod check;
mod error;
mod hosts;
mod layers;
mod parse;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use tank_registry_core::PublicUrl;
use tank_registry_core::blob::SigningSecret;
use tank_registry_core::http::TrustedProxies;

pub use error::{Origin, SettingsError, SettingsErrors};
pub use hosts::Hosts;
pub use layers::{Flag, Loaded, Sources, load};
pub(crate) use parse::{QuotaError, quota};
pub use table::{Setting, TABLE, setting};

/// All settings of a server. `Default` is what a start without any setting uses.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Settings {
    /// `[server]`
    pub server: ServerSettings,
    /// `[limits]`
    pub limits: LimitSettings,
    /// `[publish]`
    pub publish: PublishSettings,
    /// `[scan]`
    pub scan: ScanSettings,
    /// `[storage]`
    pub storage: StorageSettings,
    /// `[sqlite]`
    pub sqlite: SqliteSettings,
    /// `[log]`
    pub log: LogSettings,
}

/// Where it listens, and how patient it is.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServerSettings {
    /// The address and port to listen on; port 0 picks one.
    pub listen: SocketAddr,
    /// Where clients find it; follows `listen` when not set.
    pub public_url: Option<PublicUrl>,
    /// The folder of the database and the packages.
    pub data: PathBuf,
    /// Connections at one time; further ones wait to be accepted.
    pub max_connections: u32,
    /// How long a request's head may take, and how long a connection may idle.
    pub header_timeout: Duration,
    /// How long a body may pause between two pieces, in either direction.
    pub body_timeout: Duration,
    /// How long running requests may take to end at shutdown.
    pub shutdown_timeout: Duration,
}

impl Default for ServerSettings {
    fn default() -> Self {
        let core = tank_registry_core::Settings::default();
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8470)),
            public_url: None,
            data: PathBuf::from("./tank-registry-data"),
            // Leaves room for files below the common limit of 1024 open ones.
            max_connections: 768,
            header_timeout: Duration::from_secs(30),
            body_timeout: core.body_timeout,
            shutdown_timeout: Duration::from_secs(20),
        }
    }
}

/// How much callers may ask for. The defaults are those of the registry.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LimitSettings {
    /// Requests an hour for an address without a valid key; `None` is unlimited.
    pub anonymous_per_hour: Option<NonZeroU32>,
    /// Requests a day for keys that are created without a number of their own; `None` is
    /// unlimited.
    pub key_per_day: Option<NonZeroU32>,
    /// Scans an hour for an address without a valid key; `None` is unlimited.
    pub anonymous_scans_per_hour: Option<NonZeroU32>,
    /// Scans an hour for a user; `None` is unlimited.
    pub scans_per_hour: Option<NonZeroU32>,
    /// Requests a minute for an address with unknown keys where a key is needed; `None` is
    /// unlimited.
    pub failed_authentications_per_minute: Option<NonZeroU32>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Bytes of an archive.
    pub archive_bytes: u64,
    /// Bytes of all files in an archive.
    pub unpacked_bytes: u64,
    /// Files in an archive.
    pub files: usize,
    /// Versions of a skill.
    pub versions: usize,
    /// Open upload sessions of a user.
    pub max_open_uploads: u32,
    /// Bytes in open upload sessions of a user.
    pub max_staged_bytes: u64,
    /// How long an upload session stays open.
    pub upload_lifetime: Duration,
    /// Memory that all confirms running at one time share.
    pub confirm_memory: u64,
    /// Memory for what was read of the database and for answers made of it.
    pub cache_memory: u64,
    /// Memory for small archives.
    pub archive_cache_memory: u64,
}

impl Default for LimitSettings {
    fn default() -> Self {
        let core = tank_registry_core::Settings::default();
        Self {
            anonymous_per_hour: core.anonymous_per_hour,
            key_per_day: core.key_per_day,
            anonymous_scans_per_hour: core.anonymous_scans_per_hour,
            scans_per_hour: core.scans_per_hour,
            failed_authentications_per_minute: core.failed_authentications_per_minute,
            trusted_proxies: core.trusted_proxies,
            archive_bytes: core.package.compressed,
            unpacked_bytes: core.package.unpacked,
            files: core.package.files,
            versions: core.max_versions,
            max_open_uploads: core.max_open_uploads,
            max_staged_bytes: core.max_staged_bytes,
            upload_lifetime: core.upload_lifetime,
            confirm_memory: core.confirm_memory,
            cache_memory: core.cache_memory,
            archive_cache_memory: core.archive_cache_memory,
        }
    }
}

/// What may be published.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct PublishSettings {
    /// Whether a name without a scope is refused.
    pub require_scope: bool,
}

/// What is scanned.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScanSettings {
    /// What a scan decides.
    pub gate: ScanGate,
    /// Whether [`ScanGate::Quarantine`] holds `flagged` versions too, not only `fail`.
    pub hold_flagged: bool,
    /// A file that changes the rules.
    pub rules: Option<PathBuf>,
    /// Whether a package elsewhere is fetched for whoever wants it scanned.
    pub fetch: bool,
    /// From which hosts.
    pub fetch_hosts: Hosts,
}

impl Default for ScanSettings {
    fn default() -> Self {
        Self {
            gate: ScanGate::Quarantine,
            hold_flagged: true,
            rules: None,
            fetch: false,
            fetch_hosts: Hosts::default(),
        }
    }
}

/// What a scan decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScanGate {
    /// Bad versions are held back.
    Quarantine,
    /// All versions go live; what was found is shown.
    Report,
    /// Nothing is scanned.
    Off,
}

/// How bytes are kept and linked to.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct StorageSettings {
    /// Where.
    pub kind: StorageKind,
    /// The bucket, where it is one.
    pub s3: S3Settings,
    /// Signs links, instead of the secret made at the first start.
    pub signing_secret: Option<SigningSecret>,
    /// Still verifies links that it signed, while a new secret takes over.
    pub previous_signing_secret: Option<SigningSecret>,
}

/// Where bytes are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum StorageKind {
    /// In the data folder.
    #[default]
    Local,
    /// In a bucket of S3, or of a store that speaks its protocol.
    S3,
}

/// A bucket, as far as something is set.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct S3Settings {
    /// Its name.
    pub bucket: Option<String>,
    /// Where it lies.
    pub region: Option<String>,
    /// The URL of a store other than Amazon's.
    pub endpoint: Option<String>,
    /// What the names of objects begin with.
    pub prefix: Option<String>,
    /// Whether the bucket stands in the path of a URL rather than in its host.
    pub path_style: Option<bool>,
    /// Whether the endpoint may be `http`.
    pub allow_http: bool,
    /// The id of an access key; without one the environment says who we are.
    pub access_key_id: Option<String>,
    /// Its secret.
    pub secret_access_key: Option<String>,
    /// Whether publishers send archives to the bucket themselves.
    pub presigned_uploads: bool,
    /// Whether clients fetch archives from the bucket themselves.
    pub presigned_downloads: bool,
}

impl fmt::Debug for S3Settings {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// The database.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SqliteSettings {
    /// What happens to a database of an earlier release.
    pub migrate: Migrate,
    /// Threads that read.
    pub readers: usize,
}

impl Default for SqliteSettings {
    fn default() -> Self {
        Self {
            migrate: Migrate::default(),
            readers: tank_registry_sqlite::SqliteOptions::default().readers,
        }
    }
}

/// What happens at a start to a database of an earlier release.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Migrate {
    /// It is brought up to date.
    #[default]
    Auto,
    /// The start is refused; `admin migrate` brings it up to date.
    Check,
}

/// What is logged, and how.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LogSettings {
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// A level, or directives such as `info,tank_registry_core=debug`.
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            format: LogFormat::default(),
            level: "info".to_owned(),
        }
    }
}

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Text.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

impl Settings {
    /// The part of the settings that the registry itself follows.
    pub fn for_core(&self) -> tank_registry_core::Settings {
        let mut core = tank_registry_core::Settings::default();
        let limits = &self.limits;
        // What headers and padding take beside the files stays the same.
        let overhead = core.package.stream.saturating_sub(core.package.unpacked);
        core.anonymous_per_hour = limits.anonymous_per_hour;
        core.key_per_day = limits.key_per_day;
        core.anonymous_scans_per_hour = limits.anonymous_scans_per_hour;
        core.scans_per_hour = limits.scans_per_hour;
        core.failed_authentications_per_minute = limits.failed_authentications_per_minute;
        core.trusted_proxies = limits.trusted_proxies.clone();
        core.require_scope = self.publish.require_scope;
        core.upload_lifetime = limits.upload_lifetime;
        core.max_open_uploads = limits.max_open_uploads;
        core.max_staged_bytes = limits.max_staged_bytes;
        core.package.compressed = limits.archive_bytes;
        core.package.unpacked = limits.unpacked_bytes;
        core.package.stream = limits.unpacked_bytes.saturating_add(overhead);
        core.package.files = limits.files;
        core.max_versions = limits.versions;
        core.confirm_memory = limits.confirm_memory;
        core.cache_memory = limits.cache_memory;
        core.archive_cache_memory = limits.archive_cache_memory;
        core.body_timeout = self.server.body_timeout;
        core
    }

    /// The public URL of a server that listens on `bound`.
    ///
    /// # Errors
    ///
    /// Never for an address of a socket; the signature leaves it to the URL's own rules.
    pub fn public_url(
        &self,
        bound: SocketAddr,
    ) -> Result<PublicUrl, tank_registry_core::PublicUrlError> {
        match &self.server.public_url {
            Some(url) => Ok(url.clone()),
            None => PublicUrl::parse(&format!("http://{bound}")),
        }
    }

    /// The secrets that sign links, the one that signs first.
    pub fn signing_secrets(&self) -> Vec<SigningSecret> {
        let storage = &self.storage;
        let secrets = [&storage.signing_secret, &storage.previous_signing_secret];
        secrets.into_iter().flatten().cloned().collect()
    }
}
