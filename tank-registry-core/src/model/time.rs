//! Points in time, as the wire and the stores know them: UTC, to the millisecond.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Milliseconds since the Unix epoch, UTC. Its text is RFC 3339 with three decimals,
/// `2026-03-01T11:00:00.000Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// The text is no RFC 3339 time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RFC 3339 time")]
pub struct TimestampError;

impl Timestamp {
    /// 9999-12-30T22:00:00.000Z, the last moment that is within the year 9999 in every time zone.
    const MAX: i64 = 253_402_207_200_000;

    /// From milliseconds since the epoch; what lies outside the years 1970 to 9999 is moved to
    /// the nearer end.
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Self(0)
        } else if millis > Self::MAX {
            Self(Self::MAX)
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn as_secs(self) -> i64 {
        self.0 / 1000
    }

    /// This moment and `duration` more.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(Self::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }

    /// This moment less `duration`.
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(Self::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }

    /// The last full hour.
    #[must_use]
    pub const fn hour_floor(self) -> Self {
        Self(self.0 - self.0 % 3_600_000)
    }

    /// The UTC day it falls on.
    pub const fn day(self) -> Day {
        Day(self.0 / 86_400_000)
    }
}

/// A UTC day, counted from 1970-01-01; downloads are counted by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(pub i64);

impl Day {
    /// The day `days` earlier.
    #[must_use]
    pub const fn minus(self, days: i64) -> Self {
        Self(self.0 - days)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl FromStr for Timestamp {
    type Err = TimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let time: jiff::Timestamp = text.parse().map_err(|_| TimestampError)?;
        Ok(Self::from_millis(time.as_millisecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_three_decimals_and_ends_in_z() {
        let text = "2026-03-01T11:00:00.000Z";
        let time: Timestamp = text.parse().unwrap();
        assert_eq!(time.to_string(), text);
        assert_eq!(time.as_millis(), 1_772_362_800_000);
        assert_eq!(
            Timestamp::from_millis(i64::MAX).to_string(),
            "9999-12-30T22:00:00.000Z"
        );
        assert_eq!(
            Timestamp::from_millis(-5).to_string(),
            "1970-01-01T00:00:00.000Z"
        );
    }

    #[test]
    fn the_hour_and_the_day_are_rounded_down() {
        let time: Timestamp = "2026-03-01T11:59:59.999Z".parse().unwrap();
        assert_eq!(time.hour_floor().to_string(), "2026-03-01T11:00:00.000Z");
        assert_eq!(time.day(), time.hour_floor().day());
        assert_eq!(time.after(Duration::from_millis(1)).day(), time.day());
        assert_eq!(
            time.after(Duration::from_hours(13)).day().minus(1),
            time.day()
        );
    }
}
