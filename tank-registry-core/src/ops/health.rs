//! Whether what is behind the registry answers.

use std::future::Future;
use std::time::{Duration, Instant};

use crate::blob::BlobKey;
use crate::error::Error;
use crate::registry::Registry;

/// The state of the registry and of what is behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// The metadata store.
    pub database: Component,
    /// The blob store.
    pub storage: Component,
    /// Whether there is a scanner.
    pub has_scanner: bool,
}

/// How one part of it answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Component {
    /// Whether it answered in time.
    pub healthy: bool,
    /// How long that took.
    pub latency: Duration,
}

/// All of it in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthStatus {
    /// Everything answers.
    Ok,
    /// What exists can still be read about, but not downloaded or published.
    Degraded,
    /// Nothing can be served.
    Error,
}

impl Health {
    /// All of it in one word.
    pub const fn status(&self) -> HealthStatus {
        match (self.database.healthy, self.storage.healthy) {
            (true, true) => HealthStatus::Ok,
            (true, false) => HealthStatus::Degraded,
            (false, _) => HealthStatus::Error,
        }
    }
}

impl Registry {
    /// Asks the stores for something small. What fails is logged; the answer holds no cause.
    pub async fn health(&self) -> Health {
        let limit = self.inner.settings.health_timeout;
        let nothing = BlobKey::Probe(uuid::Uuid::nil());
        let database = async {
            let record = self.inner.store.registry().await.map_err(Error::from)?;
            record
                .map(drop)
                .ok_or_else(|| Error::internal("asking the store", "it is empty"))
        };
        let storage = async { Ok(self.inner.blobs.stat(&nothing).await.map(drop)?) };
        let (database, storage) = futures_util::future::join(
            timed("database", limit, database),
            timed("storage", limit, storage),
        )
        .await;
        Health {
            database,
            storage,
            has_scanner: self.inner.scanner.is_some(),
        }
    }
}

async fn timed(
    name: &'static str,
    limit: Duration,
    check: impl Future<Output = Result<(), Error>>,
) -> Component {
    let started = Instant::now();
    let answer = tokio::time::timeout(limit, check).await;
    match &answer {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            tracing::error!(
                check = name,
                error = error as &dyn std::error::Error,
                "unhealthy"
            );
        }
        Err(_) => tracing::error!(check = name, "unhealthy: no answer in time"),
    }
    Component {
        healthy: matches!(answer, Ok(Ok(()))),
        latency: started.elapsed(),
    }
}
