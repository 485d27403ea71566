//! Wiring a registry together.

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use crate::auth::{Authenticator, Directory, NoAuthenticator, StoreDirectory};
use crate::blob::{BlobStore, SigningSecret, UrlSigner};
use crate::clock::{Clock, SystemClock};
use crate::limit::{GovernorLimiter, RateLimiter};
use crate::package::PackageLimits;
use crate::registry::Registry;
use crate::scan::{Gate, Scanner};
use crate::store::{MetadataStore, StoreError};
use crate::workers::{TokioWorkers, Workers};

/// Where clients find the registry: scheme, host and the path prefix it is mounted under, without
/// a slash at the end. The only source of absolute URLs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

/// The text is no public URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "expected an http or https URL without credentials, query and fragment, such as https://registry.example.org"
)]
pub struct PublicUrlError;

impl PublicUrl {
    /// Reads and normalises a public URL.
    pub fn parse(text: &str) -> Result<Self, PublicUrlError> {
        let url = url::Url::parse(text.trim()).map_err(|_| PublicUrlError)?;
        let plain = matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !plain {
            return Err(PublicUrlError);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// The URL, without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The numbers and switches of a registry. `Default` is the contract's.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Requests an hour for an address without a valid key; `None` is unlimited.
    pub anonymous_per_hour: Option<NonZeroU32>,
    /// Requests a day of a key that says nothing else; `None` is unlimited.
    pub key_per_day: Option<NonZeroU32>,
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
    /// Bytes of memory that all running confirms may hold together.
    pub confirm_memory: u64,
    /// How long a confirm waits for its part of that memory.
    pub confirm_wait: Duration,
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
            require_scope: false,
            upload_lifetime: Duration::from_hours(1),
            max_open_uploads: 200,
            max_staged_bytes: 2 << 30,
            package: PackageLimits::default(),
            max_versions: 5000,
            confirm_memory: 512 << 20,
            confirm_wait: Duration::from_secs(10),
            scan_timeout: Duration::from_secs(15),
            body_timeout: Duration::from_secs(30),
            health_timeout: Duration::from_secs(5),
        }
    }
}

/// Puts a [`Registry`] together from a store, a place for bytes, and whatever else is not the
/// default.
#[derive(Debug)]
pub struct RegistryBuilder {
    pub(crate) store: Arc<dyn MetadataStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) public_url: PublicUrl,
    pub(crate) directory: Option<Arc<dyn Directory>>,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) limiter: Option<Arc<dyn RateLimiter>>,
    pub(crate) scanner: Option<Arc<dyn Scanner>>,
    pub(crate) gate: Option<Gate>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) workers: Arc<dyn Workers>,
    pub(crate) signing_secrets: Vec<SigningSecret>,
    pub(crate) settings: Settings,
}

/// Why a registry cannot be put together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The store holds no registry yet.
    #[error("the store is empty: call `ops::initialise` on it first")]
    NotInitialised,
    /// A gate that judges scans, and nothing that scans.
    #[error("the scan gate is on but there is no scanner: give one, or leave the gate off")]
    GateWithoutScanner,
    /// The memory for confirms holds not even one archive.
    #[error("confirm_memory is too small for one archive: at least {0} bytes are needed")]
    ConfirmMemory(u64),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RegistryBuilder {
    pub(crate) fn new(
        store: Arc<dyn MetadataStore>,
        blobs: Arc<dyn BlobStore>,
        public_url: PublicUrl,
    ) -> Self {
        Self {
            store,
            blobs,
            public_url,
            directory: None,
            authenticator: Arc::new(NoAuthenticator),
            limiter: None,
            scanner: None,
            gate: None,
            clock: Arc::new(SystemClock),
            workers: Arc::new(TokioWorkers::default()),
            signing_secrets: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Organizations from the host's own teams instead of the store's.
    #[must_use]
    pub fn directory(mut self, directory: Arc<dyn Directory>) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Callers that come without a key.
    #[must_use]
    pub fn authenticator(mut self, authenticator: Arc<dyn Authenticator>) -> Self {
        self.authenticator = authenticator;
        self
    }

    /// Another limiter than the one in process.
    #[must_use]
    pub fn rate_limiter(mut self, limiter: Arc<dyn RateLimiter>) -> Self {
        self.limiter = Some(limiter);
        self
    }

    /// A scanner. The gate is then [`Gate::Quarantine`] with `flagged` held, unless
    /// [`gate`](Self::gate) says otherwise.
    #[must_use]
    pub fn scanner(mut self, scanner: Arc<dyn Scanner>) -> Self {
        self.scanner = Some(scanner);
        self
    }

    /// What a scan's verdict decides.
    #[must_use]
    pub fn gate(mut self, gate: Gate) -> Self {
        self.gate = Some(gate);
        self
    }

    /// Another source of time and ids.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another place for processor-bound work.
    #[must_use]
    pub fn workers(mut self, workers: Arc<dyn Workers>) -> Self {
        self.workers = workers;
        self
    }

    /// Secrets that sign links, instead of the one the store keeps: the first signs, all verify.
    /// Links that the store's secret signed end with it, unless it is given here too.
    #[must_use]
    pub fn signing_secrets(mut self, secrets: Vec<SigningSecret>) -> Self {
        self.signing_secrets = secrets;
        self
    }

    /// Numbers and switches.
    #[must_use]
    pub fn settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Puts the registry together.
    pub async fn build(mut self) -> Result<Registry, BuildError> {
        let record = self
            .store
            .registry()
            .await?
            .ok_or(BuildError::NotInitialised)?;
        let gate = match (self.gate, &self.scanner) {
            (gate, Some(_)) => gate.unwrap_or(Gate::Quarantine { hold_flagged: true }),
            (None | Some(Gate::Off), None) => Gate::Off,
            (Some(_), None) => return Err(BuildError::GateWithoutScanner),
        };
        let package = &self.settings.package;
        let least = package.working_memory(package.compressed);
        if self.settings.confirm_memory < least {
            return Err(BuildError::ConfirmMemory(least));
        }
        let mut secrets = std::mem::take(&mut self.signing_secrets).into_iter();
        let signer = match secrets.next() {
            // A secret that has leaked must stop working: the store's is no longer asked.
            Some(first) => UrlSigner::new(first, secrets),
            None => UrlSigner::new(record.signing_secret, []),
        };
        let directory = self
            .directory
            .take()
            .unwrap_or_else(|| Arc::new(StoreDirectory::new(Arc::clone(&self.store))));
        let limiter = self.limiter.take();
        Ok(Registry::assemble(
            self,
            directory,
            limiter,
            GovernorLimiter::default(),
            gate,
            signer,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_keeps_its_prefix_and_loses_its_last_slash() {
        let parse = |text| PublicUrl::parse(text).map(|url| url.as_str().to_owned());
        assert_eq!(parse("https://r.example/").unwrap(), "https://r.example");
        assert_eq!(
            parse("http://r.example:8470/skills/").unwrap(),
            "http://r.example:8470/skills"
        );
        for bad in [
            "r.example",
            "ftp://r.example",
            "https://u:p@r.example",
            "https://r/?a",
            "https://r/#a",
            "",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
