//! The one way to run a scanner.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::time::timeout;

use crate::error::Error;
use crate::package::Package;
use crate::registry::Registry;
use crate::scan::{ScanContext, ScanError, ScanReport};

/// Why a scanner made no report.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotScanned {
    #[error("there is no scanner")]
    NoScanner,
    #[error("the scan failed")]
    Failed(#[source] ScanError),
    #[error("the scanner panicked")]
    Panicked,
    #[error("the scan took too long")]
    TooLong,
}

impl From<NotScanned> for Error {
    fn from(reason: NotScanned) -> Self {
        match reason {
            NotScanned::NoScanner => Self::NoScanner,
            NotScanned::TooLong => Self::ScanTimedOut,
            failed => Self::scan_failed(failed),
        }
    }
}

impl Registry {
    /// Runs the scanner on a package. One that fails, panics or takes too long makes no report.
    pub(super) async fn run_scan(
        &self,
        package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, NotScanned> {
        let scanner = self.inner.scanner.as_ref().ok_or(NotScanned::NoScanner)?;
        let scan = AssertUnwindSafe(scanner.scan(package, context)).catch_unwind();
        match timeout(self.inner.settings.scan_timeout, scan).await {
            Ok(Ok(Ok(report))) => Ok(report),
            Ok(Ok(Err(error))) => Err(NotScanned::Failed(error)),
            Ok(Err(_)) => Err(NotScanned::Panicked),
            Err(_) => Err(NotScanned::TooLong),
        }
    }
}
