//! The registry: all seams in one cheap handle.

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{MutexGuard, OwnedSemaphorePermit, Semaphore};

use crate::auth::{Authenticator, Directory};
use crate::blob::{BlobStore, UrlSigner};
use crate::builder::RegistryBuilder;
use crate::cache::Cache;
use crate::clock::Clock;
use crate::counters::Counters;
use crate::error::Error;
use crate::http::RequestIds;
use crate::limit::{GovernorLimiter, RateLimiter};
use crate::model::{CommandId, SkillName};
use crate::ops::{Arriving, Delegated, FETCHES, RescanFrom};
use crate::public_url::PublicUrl;
use crate::scan::{Fetcher, Gate, Scanner};
use crate::settings::Settings;
use crate::store::{
    Actor, AuditEvent, Certainty, Command, Meta, MetadataStore, Outcome, StoreError,
};
use crate::turns::{MemoryBudget, SkillLocks};
use crate::workers::Workers;

/// A registry. Cloning is cheap; all clones are the same registry.
///
/// It starts no task of its own: what must happen from time to time is in
/// [`maintenance`](crate::maintenance), for the host to call.
#[derive(Clone)]
pub struct Registry {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn MetadataStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) directory: Arc<dyn Directory>,
    /// Whether it reads this registry's own store, whose feed tells of its changes.
    pub(crate) directory_is_ours: bool,
    pub(crate) authenticator: Arc<dyn Authenticator>,
    pub(crate) limiter: Option<Arc<dyn RateLimiter>>,
    pub(crate) local_limiter: GovernorLimiter,
    pub(crate) scanner: Option<Arc<dyn Scanner>>,
    pub(crate) fetcher: Option<Arc<dyn Fetcher>>,
    pub(crate) gate: Gate,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) workers: Arc<dyn Workers>,
    pub(crate) signer: UrlSigner,
    pub(crate) public_url: PublicUrl,
    pub(crate) settings: Settings,
    pub(crate) counters: Counters,
    pub(crate) arriving: Arriving,
    pub(crate) delegated: Delegated,
    pub(crate) cache: Cache,
    pub(crate) request_ids: RequestIds,
    pub(crate) memory: MemoryBudget,
    /// Turns to fetch what lies elsewhere.
    pub(crate) fetches: Semaphore,
    /// Where the next rescan of outdated versions begins, when the last one gave up.
    pub(crate) rescan_from: RescanFrom,
    publishing: SkillLocks,
}

impl Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("store", &self.inner.store)
            .field("blobs", &self.inner.blobs)
            .field("public_url", &self.inner.public_url)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Begins to put a registry together.
    pub fn builder(
        store: Arc<dyn MetadataStore>,
        blobs: Arc<dyn BlobStore>,
        public_url: PublicUrl,
    ) -> RegistryBuilder {
        RegistryBuilder::new(store, blobs, public_url)
    }

    pub(crate) fn assemble(
        parts: RegistryBuilder,
        directory: Arc<dyn Directory>,
        directory_is_ours: bool,
        cache: Cache,
        limiter: Option<Arc<dyn RateLimiter>>,
        gate: Gate,
        signer: UrlSigner,
    ) -> Self {
        // The lower half of an id is random, whatever kind of UUID the clock makes.
        let request_ids = RequestIds::new(parts.clock.new_id().as_u64_pair().1);
        let memory = MemoryBudget::new(parts.settings.confirm_memory);
        Self {
            inner: Arc::new(Inner {
                store: parts.store,
                blobs: parts.blobs,
                directory,
                directory_is_ours,
                authenticator: parts.authenticator,
                limiter,
                local_limiter: GovernorLimiter::default(),
                scanner: parts.scanner,
                fetcher: parts.fetcher,
                gate,
                clock: parts.clock,
                workers: parts.workers,
                signer,
                public_url: parts.public_url,
                settings: parts.settings,
                counters: Counters::default(),
                arriving: Arriving::default(),
                delegated: Delegated::default(),
                cache,
                request_ids,
                rescan_from: RescanFrom::default(),
                memory,
                fetches: Semaphore::new(FETCHES),
                publishing: SkillLocks::default(),
            }),
        }
    }

    /// Waits for the memory to confirm an archive of `size`.
    pub(crate) async fn reserve_memory(&self, size: u64) -> Result<OwnedSemaphorePermit, Error> {
        let bytes = self.inner.settings.package.working_memory(size);
        self.inner
            .memory
            .reserve(bytes, self.inner.settings.confirm_wait)
            .await
    }

    /// Lets one commit of a skill at a time try, in this process: racing ones would lose to each
    /// other again and again.
    pub(crate) async fn publishing(&self, name: &SkillName) -> MutexGuard<'_, ()> {
        self.inner.publishing.lock(name).await
    }

    /// Gives the store one command; see [`apply`]. What it makes untrue is no longer in memory
    /// afterwards, also when it is not known whether it was applied.
    pub(crate) async fn apply(
        &self,
        actor: Actor,
        audit: Option<AuditEvent>,
        command: Command,
    ) -> Result<Outcome, Error> {
        let touched = command.touches();
        let outcome = apply(
            &*self.inner.store,
            &*self.inner.clock,
            actor,
            audit,
            command,
        )
        .await;
        if let Some(change) = touched {
            self.cache().forget(&change);
        }
        Ok(outcome?)
    }

    /// Waits until no process serves what a command has just taken away: each has read the feed
    /// since, or will before it answers. To be called after a command that takes anything from
    /// anyone, before its success is told.
    pub(crate) async fn settle(&self) {
        let settle = self.inner.store.settle();
        if !settle.is_zero() {
            tokio::time::sleep(settle).await;
        }
    }
}

/// Gives a store one command under a new id; see [`apply_again`].
pub(crate) async fn apply(
    store: &dyn MetadataStore,
    clock: &dyn Clock,
    actor: Actor,
    audit: Option<AuditEvent>,
    command: Command,
) -> Result<Outcome, StoreError> {
    let meta = Meta {
        id: CommandId::new(clock.new_id()),
        at: clock.now(),
        actor,
        audit,
    };
    apply_again(store, meta, command).await
}

/// Gives a store one command that it may have been given before. After a failure that leaves open
/// whether the command was applied, and only then, the same command is given again: a store that
/// has it answers with the effect of the first time. When even that fails, what the first attempt
/// did stays unknown.
pub(crate) async fn apply_again(
    store: &dyn MetadataStore,
    meta: Meta,
    command: Command,
) -> Result<Outcome, StoreError> {
    const PAUSES: [Duration; 3] = [
        Duration::from_millis(50),
        Duration::from_millis(250),
        Duration::from_secs(1),
    ];
    let mut pauses = PAUSES.into_iter();
    let mut unknown = false;
    loop {
        let error = match store.apply(meta.clone(), command.clone()).await {
            // The first attempt was ours too: its effect is this command's effect.
            Ok(Outcome::Repeat(effect)) => return Ok(Outcome::Applied(effect)),
            Ok(outcome) => return Ok(outcome),
            Err(error) => error,
        };
        unknown |= error.certainty() == Certainty::Unknown;
        match pauses.next() {
            Some(pause) if unknown => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "asking the store again"
                );
                tokio::time::sleep(pause).await;
            }
            _ if unknown => return Err(error.with_unknown_effect()),
            _ => return Err(error),
        }
    }
}
