//! Writing to the two streams. A reader that went away is no reason to panic.

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};

/// A line to stdout.
pub(crate) fn say(text: impl Display) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

/// A line to stderr; where that is gone there is nowhere left to complain.
pub(crate) fn tell(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// What went wrong, with its causes.
pub(crate) fn complain(error: &dyn Error) {
    tell(format_args!("tank-registry-server: {}", chain(error)));
}

/// An error and its causes in one line; a cause that repeats what was just said is left out.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            let _ = write!(text, ": {next}");
        }
        cause = error.source();
    }
    text
}
