//! Reading and showing values. A value is text in every layer; what is shown can be read back.

use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

/// A whole number in a range.
pub(super) fn number<T: FromStr + PartialOrd + Copy>(text: &str, least: T, most: T) -> Option<T> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number: T = is_plain.then(|| text.parse().ok())??;
    (least <= number && number <= most).then_some(number)
}

/// The text is no quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a number from 1, or unlimited")]
pub(crate) struct QuotaError;

/// A number from 1, or `unlimited`, which is `None`.
pub(crate) fn quota(text: &str) -> Result<Option<NonZeroU32>, QuotaError> {
    if text == "unlimited" {
        return Ok(None);
    }
    let number = number(text, 1, u32::MAX).and_then(NonZeroU32::new);
    number.map(Some).ok_or(QuotaError)
}

pub(super) fn show_quota(quota: Option<NonZeroU32>) -> String {
    quota.map_or_else(|| quoted("unlimited"), |number| number.to_string())
}

/// Seconds, from 1 to a day.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    number(text, 1, 86_400).map(Duration::from_secs)
}

pub(super) fn show_seconds(duration: Duration) -> String {
    duration.as_secs().to_string()
}

const UNITS: [(&str, u64); 3] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];

/// Bytes, or a number with `KiB`, `MiB` or `GiB`; at least 1, at most 1 TiB.
pub(super) fn bytes(text: &str) -> Option<u64> {
    const MOST: u64 = 1 << 40;
    let (digits, unit) = UNITS
        .iter()
        .find_map(|(name, unit)| Some((text.strip_suffix(name)?.trim_end(), *unit)))
        .unwrap_or((text, 1));
    number(digits, 1, MOST)?
        .checked_mul(unit)
        .filter(|&bytes| bytes <= MOST)
}

/// Bytes as [`bytes`] reads them, or 0.
pub(super) fn bytes_or_none(text: &str) -> Option<u64> {
    if text == "0" { Some(0) } else { bytes(text) }
}

pub(super) fn show_bytes(bytes: u64) -> String {
    UNITS
        .iter()
        .find(|(_, unit)| bytes > 0 && bytes.is_multiple_of(*unit))
        .map_or_else(
            || bytes.to_string(),
            |(name, unit)| quoted(&format!("{} {name}", bytes / unit)),
        )
}

pub(super) fn switch(text: &str) -> Option<bool> {
    text.parse().ok()
}

const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// Directives of what is logged, at least one.
///
/// The filter itself takes a bare word that is no level for the name of a module, of which it then
/// shows everything and of all others nothing: a misspelt level would silence the log.
pub(super) fn log_filter(text: &str) -> Option<String> {
    let is_level = |word: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(word));
    // To the filter a space is a letter of a name too.
    let is_directive = |directive: &str| match directive.split_once('=') {
        // A filter of spans, which the filter itself reads.
        _ if directive.contains('[') => true,
        Some((_, level)) => is_level(level),
        None => is_level(directive),
    };
    let mut directives = text.split(',').filter(|part| !part.is_empty()).peekable();
    let is_filter = directives.peek().is_some()
        && directives.all(is_directive)
        && EnvFilter::try_new(text).is_ok();
    is_filter.then(|| text.to_owned())
}

/// A string as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units_or_none() {
        assert_eq!(bytes("52428800"), Some(50 << 20));
        assert_eq!(bytes("50MiB"), bytes("50 MiB"));
        assert_eq!(bytes("2 GiB"), Some(2 << 30));
        for wrong in [
            "",
            "0",
            "-1",
            "1.5 MiB",
            "5 MB",
            "MiB",
            "99999999 GiB",
            "+1",
        ] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
        assert_eq!(show_bytes(50 << 20), "\"50 MiB\"");
        assert_eq!(show_bytes(1000), "1000");
    }

    #[test]
    fn a_word_that_is_no_level_names_nothing_to_log() {
        for right in [
            "off",
            "warn",
            "INFO",
            "warn,tank_registry_core=debug",
            "info,hyper=off",
            "warn,[request]",
            "warn,tank_registry_core[request{id=1}]=trace",
        ] {
            assert_eq!(log_filter(right).as_deref(), Some(right));
        }
        for wrong in [
            "",
            ",",
            " ",
            "warning",
            "loud",
            "3",
            "info ",
            "info, debug",
            "tank_registry_core",
            "info,tank_registry_core",
            "info,tank_registry_core=",
            "tank_registry_core=loud",
            "=info",
            "info,[request",
        ] {
            assert_eq!(log_filter(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_quota_is_a_number_from_one_or_unlimited() {
        assert_eq!(quota("unlimited"), Ok(None));
        assert_eq!(quota("1"), Ok(NonZeroU32::new(1)));
        for wrong in ["0", "-1", "", "none", "4294967296"] {
            assert_eq!(quota(wrong), Err(QuotaError), "{wrong}");
        }
    }
}
