//! Calls, errors and time, by the name of what was called.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Meters(Mutex<BTreeMap<&'static str, Meter>>);

#[derive(Debug, Default)]
struct Meter {
    calls: u64,
    errors: u64,
    time: Duration,
    /// Calls that took no longer than each of [`BOUNDS`].
    within: [u64; BOUNDS.len()],
}

/// Seconds.
const BOUNDS: [f64; 5] = [0.000_1, 0.001, 0.01, 0.1, 1.0];

impl Meters {
    pub(crate) fn add(&self, call: &'static str, time: Duration, failed: bool) {
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = meters.entry(call).or_default();
        meter.calls += 1;
        meter.errors += u64::from(failed);
        meter.time += time;
        for (within, bound) in meter.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(time.as_secs_f64() <= bound);
        }
    }

    /// All of it in the text format that Prometheus reads.
    pub(crate) fn text(&self) -> String {
        let meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = "# TYPE store_errors_total counter\n".to_owned();
        for (call, meter) in &*meters {
            let _ = writeln!(text, "store_errors_total{{call={call:?}}} {}", meter.errors);
        }
        text += "# TYPE store_seconds histogram\n";
        for (
            call,
            Meter {
                calls,
                time,
                within,
                ..
            },
        ) in &*meters
        {
            for (within, bound) in within.iter().zip(BOUNDS) {
                let _ = writeln!(
                    text,
                    "store_seconds_bucket{{call={call:?},le=\"{bound}\"}} {within}"
                );
            }
            let _ = writeln!(
                text,
                "store_seconds_bucket{{call={call:?},le=\"+Inf\"}} {calls}"
            );
            let _ = writeln!(
                text,
                "store_seconds_sum{{call={call:?}}} {}",
                time.as_secs_f64()
            );
            let _ = writeln!(text, "store_seconds_count{{call={call:?}}} {calls}");
        }
        text
    }
}
