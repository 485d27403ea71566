//! How many requests a caller has.

mod governed;

use std::fmt::Debug;
use std::num::NonZeroU32;
use std::time::Duration;

use async_trait::async_trait;

pub use governed::GovernorLimiter;

/// Counts requests.
///
/// Every bucket is a generic cell rate algorithm: the number is the burst, and once that is spent
/// one request is earned every period divided by the number.
#[async_trait]
pub trait RateLimiter: Debug + Send + Sync + 'static {
    /// Takes `cost` from the bucket that `key` has under `quota`, if so many are left; a refusal
    /// takes nothing. On an error core falls back to a limiter of its own, never to no limit.
    async fn check(
        &self,
        bucket: Bucket,
        key: &str,
        quota: Quota,
        cost: NonZeroU32,
    ) -> Result<Decision, LimitError>;
}

/// What is being counted. Keys of different buckets never meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Bucket {
    /// Requests of somebody known; the key is the API key's id, or the user's where a host vouches
    /// for them without one.
    Key,
    /// Requests without one; the key is an address.
    Anonymous,
    /// Scans of somebody known; the key is the user's id.
    Scan,
    /// Scans of others; the key is an address.
    AnonymousScan,
    /// Requests with a key that was never given to anybody; the key is an address. They are
    /// counted here besides, where a key is needed.
    FailedAuthentication,
}

impl Bucket {
    /// The last one and all before it.
    const COUNT: usize = Self::FailedAuthentication as usize + 1;
}

/// So many requests in so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    /// Requests, also the burst.
    pub limit: NonZeroU32,
    /// In how long the whole number comes back.
    pub period: Duration,
}

impl Quota {
    /// So many a day.
    pub const fn per_day(limit: NonZeroU32) -> Self {
        Self {
            limit,
            period: Duration::from_hours(24),
        }
    }

    /// So many a minute.
    pub const fn per_minute(limit: NonZeroU32) -> Self {
        Self {
            limit,
            period: Duration::from_mins(1),
        }
    }

    /// So many an hour.
    pub const fn per_hour(limit: NonZeroU32) -> Self {
        Self {
            limit,
            period: Duration::from_hours(1),
        }
    }
}

/// The answer of a limiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the request may go on.
    pub allowed: bool,
    /// The quota's number.
    pub limit: u32,
    /// How many requests would be accepted now.
    pub remaining: u32,
    /// In how long the full number is available again.
    pub reset: Duration,
    /// In how long the refused request would be accepted; zero when it was.
    pub retry_after: Duration,
}

/// A limiter could not decide.
#[derive(Debug, thiserror::Error)]
#[error("the rate limiter failed")]
pub struct LimitError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl LimitError {
    /// A failure with its cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
