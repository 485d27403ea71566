//! Wiring a registry together.

use std::sync::Arc;

use crate::auth::{Authenticator, Directory, NoAuthenticator, StoreDirectory};
use crate::blob::{BlobStore, SigningSecret, UrlSigner};
use crate::cache::Cache;
use crate::clock::{Clock, SystemClock};
use crate::limit::RateLimiter;
use crate::public_url::PublicUrl;
use crate::registry::Registry;
use crate::scan::{Fetcher, Gate, Scanner};
use crate::settings::Settings;
use crate::store::{MetadataStore, StoreError};
use crate::workers::{TokioWorkers, Workers};

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
    pub(crate) fetcher: Option<Arc<dyn Fetcher>>,
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
            fetcher: None,
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

    /// What fetches a package that somebody wants scanned by its URL; without one such scans are
    /// refused, and so are they without a scanner.
    #[must_use]
    pub fn fetcher(mut self, fetcher: Arc<dyn Fetcher>) -> Self {
        self.fetcher = Some(fetcher);
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
        let (directory, is_ours): (Arc<dyn Directory>, _) = match self.directory.take() {
            Some(directory) => (directory, false),
            None => (Arc::new(StoreDirectory::new(Arc::clone(&self.store))), true),
        };
        let position = self.store.position().await?;
        let cache = Cache::new(position, self.store.settle(), &self.settings);
        let limiter = self.limiter.take();
        Ok(Registry::assemble(
            self, directory, is_ours, cache, limiter, gate, signer,
        ))
    }
}
