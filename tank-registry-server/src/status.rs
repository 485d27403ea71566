//! The exit statuses besides 0.

/// What was asked was refused, or failed.
pub(crate) const REFUSED: u8 = 1;
/// The command line cannot be understood.
pub(crate) const USAGE: u8 = 2;
