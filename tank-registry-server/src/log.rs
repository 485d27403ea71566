//! The log: lines on stderr, for people or for machines.

use std::io;
use std::panic;

use tracing_subscriber::EnvFilter;

use crate::settings::{LogFormat, LogSettings};

/// Sends the process's log to stderr. In a process that has a log already, this changes nothing.
pub(crate) fn install(settings: &LogSettings) {
    // The text was checked when the settings were read.
    let filter = EnvFilter::try_new(&settings.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // Colours would be one crate more.
        .with_ansi(false);
    let installed = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    if installed.is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string);
            let text = panic.payload_as_str().unwrap_or("without a text");
            tracing::error!(place, "panicked: {text}");
        }));
    }
}
