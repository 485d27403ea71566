//! The scanner of this process.

use std::sync::Arc;

use tank_registry_core::Scanner;

use crate::settings::Settings;

/// The scanner that the settings ask for, for the server and for the commands beside it.
pub(crate) fn scanner(_settings: &Settings) -> Option<Arc<dyn Scanner>> {
    None
}
