//! A rate limiter of one's own: several processes count in one table, and the internal network is
//! not counted.
//!
//! `cargo run -p tank-registry-examples --bin limiter -- FOLDER`, more than once at a time

use std::error::Error;
use std::net::Ipv4Addr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension as _, params};
use tank_registry_core::{Bucket, Decision, LimitError, Quota, RateLimiter};
use tank_registry_server::{ServeOptions, maintain, serve};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: limiter FOLDER")?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let registry = tank_registry_examples::prepare(&folder, &format!("http://{address}"))
        .await?
        .rate_limiter(Arc::new(SharedLimiter::open(&folder.join("limits.db"))?))
        .build()
        .await?;
    tokio::spawn(maintain(registry.clone()));

    println!("listening on http://{address}");
    serve(
        listener,
        registry,
        ServeOptions::default(),
        std::future::pending(),
    )
    .await;
    Ok(())
}

/// Keeps, for each key, until when the requests that it has made would have taken if they had come
/// evenly. To be ahead of that by up to one period is allowed: that is the burst.
#[derive(Debug)]
struct SharedLimiter(Arc<Mutex<Connection>>);

impl SharedLimiter {
    fn open(path: &Path) -> rusqlite::Result<Self> {
        let table = Connection::open(path)?;
        table.execute_batch(
            "PRAGMA busy_timeout = 1000; PRAGMA journal_mode = wal; PRAGMA synchronous = normal;
             CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, until INTEGER NOT NULL);
             CREATE INDEX IF NOT EXISTS keys_by_until ON keys (until);",
        )?;
        Ok(Self(Arc::new(Mutex::new(table))))
    }
}

#[async_trait::async_trait]
impl RateLimiter for SharedLimiter {
    async fn check(
        &self,
        bucket: Bucket,
        key: &str,
        quota: Quota,
        cost: NonZeroU32,
    ) -> Result<Decision, LimitError> {
        if is_internal(bucket, key) {
            return Ok(decision(quota, true, Duration::ZERO));
        }
        let table = Arc::clone(&self.0);
        let key = format!("{bucket:?} {key}");
        let price = interval(quota) * cost.get();
        let taken = tokio::task::spawn_blocking(move || {
            let table = table.lock().unwrap_or_else(PoisonError::into_inner);
            take(&table, &key, price, quota.period)
        });
        // When the table fails, the registry counts by itself until it is back.
        let taken = taken.await.map_err(LimitError::new)?;
        let (allowed, ahead) = taken.map_err(LimitError::new)?;
        Ok(decision(quota, allowed, ahead))
    }
}

/// Takes the price if that is allowed, in one statement; also answers how far ahead the key is.
fn take(
    table: &Connection,
    key: &str,
    price: Duration,
    period: Duration,
) -> rusqlite::Result<(bool, Duration)> {
    let now = micros(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    );
    // Who is not ahead is like somebody never seen; so the table does not grow for ever.
    table.execute("DELETE FROM keys WHERE until <= ?1", [now])?;
    let taken: Option<i64> = table
        .query_row(
            "INSERT INTO keys VALUES (?1, ?2 + ?3)
             ON CONFLICT DO UPDATE SET until = until + ?3 WHERE until + ?3 <= ?2 + ?4
             RETURNING until",
            params![key, now, micros(price), micros(period)],
            |row| row.get(0),
        )
        .optional()?;
    let until = match taken {
        Some(until) => until,
        None => table.query_row("SELECT until FROM keys WHERE key = ?1", [key], |row| {
            row.get(0)
        })?,
    };
    let ahead = u64::try_from(until - now).unwrap_or_default();
    Ok((taken.is_some(), Duration::from_micros(ahead)))
}

fn decision(quota: Quota, allowed: bool, ahead: Duration) -> Decision {
    let limit = quota.limit.get();
    let free = quota.period.saturating_sub(ahead);
    let remaining = free.as_micros() / interval(quota).as_micros();
    let wait = interval(quota).saturating_sub(free);
    Decision {
        allowed,
        limit,
        remaining: u32::try_from(remaining).unwrap_or(limit).min(limit),
        reset: ahead,
        retry_after: if allowed { Duration::ZERO } else { wait },
    }
}

/// Anonymous callers are known by their address.
fn is_internal(bucket: Bucket, key: &str) -> bool {
    let address = key.parse::<Ipv4Addr>();
    bucket == Bucket::Anonymous
        && address.is_ok_and(|address| address.is_loopback() || address.is_private())
}

fn interval(quota: Quota) -> Duration {
    quota.period / quota.limit.get()
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}
