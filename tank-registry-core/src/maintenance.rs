//! What must happen from time to time. The registry starts no task of its own: a host calls these
//! functions, at intervals it chooses. All of them may run on several nodes at once.

use std::time::Duration;

use crate::access::{self, derive_access};
use crate::blob::{BlobArea, BlobKey};
use crate::error::Error;
use crate::model::{CommandId, SkillName};
use crate::registry::{Registry, apply_again};
use crate::search;
use crate::store::{
    Actor, Command, DerivedVersions, ExpireUploads, Meta, Outcome, PruneHistory, Skill, SkillCommit,
};

/// Counts written in one command.
const BATCH: usize = 1000;

/// Writes the counters to the store: downloads and the last use of keys. Worth calling every few
/// seconds, and once more before the process ends. What could not be written is kept for the next
/// call.
pub async fn flush_counters(registry: &Registry) -> Result<(), Error> {
    let inner = &registry.inner;
    let _alone = inner.counters.flushing.lock().await;
    let meta = || Meta {
        id: CommandId::new(inner.clock.new_id()),
        at: inner.clock.now(),
        actor: Actor::System,
        audit: None,
    };
    while let Some((meta, batch)) = inner.counters.leave(BATCH, meta) {
        apply_again(&*inner.store, meta, Command::Count(batch)).await?;
        inner.counters.arrived();
    }
    Ok(())
}

/// Forgets upload sessions that have expired; answers how many.
pub async fn expire_uploads(registry: &Registry) -> Result<u64, Error> {
    let before = registry.inner.clock.now();
    sweep(registry, |limit| {
        Command::ExpireUploads(ExpireUploads { before, limit })
    })
    .await
}

/// Forgets commands, and changes of the feed, that are older than `keep` (at least a day, because
/// a command may be repeated so long); answers how many commands.
pub async fn prune_history(registry: &Registry, keep: Duration) -> Result<u64, Error> {
    let before = registry
        .inner
        .clock
        .now()
        .before(keep.max(Duration::from_hours(24)));
    sweep(registry, |limit| {
        Command::PruneHistory(PruneHistory { before, limit })
    })
    .await
}

async fn sweep(registry: &Registry, command: impl Fn(u32) -> Command) -> Result<u64, Error> {
    const LIMIT: u32 = 500;
    let mut total = 0;
    loop {
        let outcome = registry.apply(Actor::System, None, command(LIMIT)).await?;
        let Outcome::Applied(effect) = outcome else {
            return Ok(total);
        };
        total += effect.removed;
        if effect.removed < u64::from(LIMIT) {
            return Ok(total);
        }
    }
}

/// Deletes bytes in staging whose upload session is gone, and probes that a killed process left
/// behind; answers how many objects. Objects younger than an upload's lifetime stay: their `PUT`
/// may still be running.
pub async fn sweep_staging(registry: &Registry) -> Result<u64, Error> {
    let staged = sweep_area(registry, BlobArea::Staged).await;
    let probes = sweep_area(registry, BlobArea::Probe).await;
    Ok(staged? + probes?)
}

/// One object that cannot be deleted does not keep the others: the first failure is answered when
/// all have been looked at.
async fn sweep_area(registry: &Registry, area: BlobArea) -> Result<u64, Error> {
    let old = registry
        .inner
        .clock
        .now()
        .before(registry.inner.settings.upload_lifetime);
    let mut after: Option<BlobKey> = None;
    let mut removed = 0;
    let mut failure = None;
    loop {
        let page = registry.inner.blobs.list(area, after.as_ref()).await?;
        for (key, stat) in &page.objects {
            if stat.modified >= old {
                continue;
            }
            match sweep_object(registry, key).await {
                Ok(true) => removed += 1,
                Ok(false) => {}
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match page.objects.last() {
            Some((key, _)) if page.more => after = Some(*key),
            _ => break,
        }
    }
    failure.map_or(Ok(removed), Err)
}

async fn sweep_object(registry: &Registry, key: &BlobKey) -> Result<bool, Error> {
    if is_wanted(registry, key).await? {
        return Ok(false);
    }
    registry.inner.blobs.delete(key).await?;
    Ok(true)
}

async fn is_wanted(registry: &Registry, key: &BlobKey) -> Result<bool, Error> {
    match key {
        BlobKey::Staged(upload) => Ok(registry.inner.store.upload(*upload).await?.is_some()),
        BlobKey::Content(_) => Ok(true),
        BlobKey::Probe(_) => Ok(false),
    }
}

/// Makes again, for every skill, what an earlier release derived by an older rule: who may read it,
/// and its search entry. Answers how many skills were changed; a run that was cut short leaves the
/// rest to the next one.
///
/// One skill that cannot be read does not keep the others: the first failure is answered when all
/// have been looked at.
pub async fn rederive(registry: &Registry) -> Result<u64, Error> {
    const LIMIT: u32 = 100;
    let current = DerivedVersions {
        access: access::DERIVED_VERSION,
        search: search::DERIVED_VERSION,
    };
    let mut after: Option<SkillName> = None;
    let mut changed = 0;
    let mut takes_away = false;
    let mut failure = None;
    loop {
        let old = registry
            .inner
            .store
            .derived_before(current, after.as_ref(), LIMIT)
            .await?;
        for name in &old {
            match rederive_skill(registry, name).await {
                Ok(done) => {
                    changed += u64::from(done.changed);
                    takes_away |= done.takes_away;
                }
                Err(error) => {
                    let cause = &error as &dyn std::error::Error;
                    tracing::warn!(skill = %name, error = cause, "could not derive a skill again");
                    failure = failure.or(Some(error));
                }
            }
        }
        let is_last = old.len() < LIMIT as usize;
        match old.into_iter().next_back() {
            Some(name) if !is_last => after = Some(name),
            _ => break,
        }
    }
    if takes_away {
        registry.settle().await;
    }
    failure.map_or(Ok(changed), Err)
}

/// What deriving a skill again did.
#[derive(Default)]
struct Rederived {
    changed: bool,
    takes_away: bool,
}

async fn rederive_skill(registry: &Registry, name: &SkillName) -> Result<Rederived, Error> {
    /// Each turn but the first follows a commit that came first.
    const ATTEMPTS: u32 = 16;
    for _ in 0..ATTEMPTS {
        let Some(skill) = registry.inner.store.skill(name).await? else {
            return Ok(Rederived::default());
        };
        if let Some(done) = rederive_once(registry, skill).await? {
            return Ok(done);
        }
    }
    Err(Error::Overloaded)
}

/// `None` when a commit came first.
async fn rederive_once(registry: &Registry, skill: Skill) -> Result<Option<Rederived>, Error> {
    let mut head = skill.head.clone();
    derive_access(&mut head, skill.versions.iter());
    let latest = head.latest;
    let done = Rederived {
        changed: true,
        takes_away: head.shows_less_than(&skill.head),
    };
    let mut commit = SkillCommit::new(skill.name, skill.id, Some(skill.revision), head);
    if let Some(id) = latest {
        let record = registry.inner.store.version_by_id(id).await?;
        let record = record.ok_or_else(|| {
            Error::internal("deriving a skill again", "its latest version is missing")
        })?;
        let (_, entry) = registry.search_entry(record).await?;
        commit.search = Some(Box::new(entry));
    }
    let command = Command::Skill(Box::new(commit));
    match registry.apply(Actor::System, None, command).await? {
        Outcome::Applied(_) => Ok(Some(done)),
        Outcome::Stale => Ok(None),
        outcome => {
            let source = format!("unexpected outcome {outcome:?}");
            Err(Error::internal("deriving a skill again", source))
        }
    }
}

/// Scans again every version whose current report does not apply the rules that the scanner applies
/// now: the rules have changed, the scan failed, or there was no scanner. Each is judged as by
/// [`Registry::rescan`]. Answers how many were scanned; without a scanner none.
///
/// It takes one version at a time, the longest unscanned first, and may stop anywhere: the next run
/// goes on with those that are left. Where it runs on several nodes at once, one that another node
/// has done is passed over. A version that cannot be scanned does not keep the others, but after ten
/// of them in a row the scanner is taken to be down: the last failure is answered, and the next run
/// in this process begins behind them.
pub async fn rescan_outdated(registry: &Registry) -> Result<u64, Error> {
    registry.rescan_outdated().await
}

/// Writes, reads and deletes a small object, to see at the start whether the blob store works.
pub async fn probe_blobs(registry: &Registry) -> Result<(), Error> {
    let key = BlobKey::Probe(registry.inner.clock.new_id());
    let written = bytes::Bytes::from_static(b"probe");
    registry
        .inner
        .blobs
        .stage(&key, crate::blob::once(written.clone()))
        .await?;
    let read = registry.inner.blobs.get(&key, None).await?;
    let read = crate::blob::read_to_bytes(read, 1024).await;
    registry.inner.blobs.delete(&key).await?;
    match read {
        Ok(read) if read == written => Ok(()),
        Ok(_) => Err(Error::internal(
            "probing the blob store",
            "other bytes came back",
        )),
        Err(error) => Err(Error::internal("probing the blob store", error)),
    }
}
