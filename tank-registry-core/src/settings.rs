//! The numbers and switches of a registry.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::http::TrustedProxies;
use crate::package::PackageLimits;

/// The numbers and switches of a registry. `Default` is the contract's.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Requests an hour for an address without a valid key; `None` is unlimited.
    pub anonymous_per_hour: Option<NonZeroU32>,
    /// Requests a day of a key that says nothing else; `None` is unlimited.
    pub key_per_day: Option<NonZeroU32>,
    /// Scans an hour for an address without a valid key; `None` is unlimited.
    pub anonymous_scans_per_hour: Option<NonZeroU32>,
    /// Scans an hour for a user; `None` is unlimited.
    pub scans_per_hour: Option<NonZeroU32>,
    /// Requests a minute for an address with keys that were never given to anybody, where a key is
    /// needed; `None` is unlimited.
    pub failed_authentications_per_minute: Option<NonZeroU32>,
    /// Proxies whose word about the address of a client is taken.
    pub trusted_proxies: TrustedProxies,
    /// Whether a name without a scope is refused at publishing.
    pub require_scope: bool,
    /// How long an upload session stays open.
    pub upload_lifetime: Duration,
    /// How many upload sessions a user may have open.
    pub max_open_uploads: u32,
    /// How many bytes a user's open upload sessions may hold.
    pub max_staged_bytes: u64,
    /// What an archive may be.
    pub package: PackageLimits,
    /// How many versions a skill may have.
    pub max_versions: usize,
    /// How long the list of a search may be, at least 1; what matches beyond is not counted.
    pub search_bound: u32,
    /// Bytes of memory that all running confirms may hold together.
    pub confirm_memory: u64,
    /// How long a confirm waits for its part of that memory.
    pub confirm_wait: Duration,
    /// Bytes of memory for what was read of the store and for the documents made of it; with zero
    /// every request reads the store.
    pub cache_memory: u64,
    /// Bytes of memory for small archives; zero keeps none.
    pub archive_cache_memory: u64,
    /// How long a scan may take before it counts as failed.
    pub scan_timeout: Duration,
    /// How long a body may pause between two pieces.
    pub body_timeout: Duration,
    /// How long a health check waits for store and blobs.
    pub health_timeout: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            anonymous_per_hour: NonZeroU32::new(1000),
            key_per_day: NonZeroU32::new(1000),
            anonymous_scans_per_hour: NonZeroU32::new(3),
            scans_per_hour: NonZeroU32::new(20),
            failed_authentications_per_minute: NonZeroU32::new(30),
            trusted_proxies: TrustedProxies::default(),
            require_scope: false,
            upload_lifetime: Duration::from_hours(1),
            max_open_uploads: 200,
            max_staged_bytes: 2 << 30,
            package: PackageLimits::default(),
            max_versions: 5000,
            search_bound: 1000,
            confirm_memory: 512 << 20,
            cache_memory: 64 << 20,
            archive_cache_memory: 64 << 20,
            confirm_wait: Duration::from_secs(10),
            scan_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            health_timeout: Duration::from_secs(5),
        }
    }
}
