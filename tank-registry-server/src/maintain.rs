//! What must happen from time to time beside the requests.

use std::error::Error as StdError;
use std::future::Future;
use std::time::Duration;

use tank_registry_core::{Registry, maintenance};
use tank_registry_s3::LocalBlobs;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

const COUNTERS: Duration = Duration::from_secs(10);
const UPLOADS: Duration = Duration::from_mins(1);
const STAGING: Duration = Duration::from_mins(10);
const LEFTOVERS: Duration = Duration::from_hours(24);
const HISTORY: Duration = Duration::from_hours(1);
const DERIVING: Duration = Duration::from_hours(1);
const SCANNING: Duration = Duration::from_hours(1);
/// How long repeated commands are recognised, and how far back the feed reaches.
const KEPT: Duration = Duration::from_hours(7 * 24);

/// Keeps a registry tidy until dropped: writes counters, forgets expired uploads with their bytes,
/// and old command ids, makes again what an earlier release derived, and scans again what other rules
/// judged. What fails is logged and tried again at its next turn.
///
/// Counters of the last seconds are still in memory when it is dropped; call
/// [`maintenance::flush_counters`] once more after the last request.
pub async fn maintain(registry: Registry) {
    let counters = every(COUNTERS, "writing counters", async || {
        maintenance::flush_counters(&registry).await.map(|()| 0)
    });
    let uploads = every(UPLOADS, "forgetting expired uploads", async || {
        maintenance::expire_uploads(&registry).await
    });
    let staging = every(STAGING, "sweeping staged bytes", async || {
        maintenance::sweep_staging(&registry).await
    });
    let history = every(HISTORY, "pruning old commands", async || {
        maintenance::prune_history(&registry, KEPT).await
    });
    // At once too: a database of an earlier release may lack what searches need.
    let deriving = async {
        let derive = async || maintenance::rederive(&registry).await;
        turn("deriving again what older rules made", &derive).await;
        every(DERIVING, "deriving again what older rules made", derive).await;
    };
    // At once too: this release may have other rules, and the last one may have had no scanner.
    let scanning = async {
        let scan = async || maintenance::rescan_outdated(&registry).await;
        turn("scanning again what other rules judged", &scan).await;
        every(SCANNING, "scanning again what other rules judged", scan).await;
    };
    tokio::join!(counters, uploads, staging, history, deriving, scanning);
}

/// Removes what writers that died have left in the folder of the packages, if there is one, until
/// dropped.
pub(crate) async fn sweep(folder: Option<LocalBlobs>) {
    let Some(blobs) = folder else { return };
    every(LEFTOVERS, "removing leftovers", async || {
        blobs.sweep().await
    })
    .await;
}

async fn every<F, E>(period: Duration, doing: &'static str, work: impl Fn() -> F)
where
    F: Future<Output = Result<u64, E>>,
    E: StdError + 'static,
{
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        turn(doing, &work).await;
    }
}

async fn turn<F, E>(doing: &'static str, work: &impl Fn() -> F)
where
    F: Future<Output = Result<u64, E>>,
    E: StdError + 'static,
{
    match work().await {
        Ok(0) => {}
        Ok(count) => tracing::debug!(count, "{doing}"),
        Err(error) => tracing::error!(error = &error as &dyn StdError, "{doing} failed"),
    }
}
