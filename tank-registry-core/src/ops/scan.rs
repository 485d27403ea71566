//! One scan, whatever it is for.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;

use crate::error::Error;
use crate::model::{Version, VersionKey};
use crate::package::Package;
use crate::registry::Registry;
use crate::scan::{ScanContext, ScanReport, Scanner};
use crate::store::Skill;

use super::publish::baseline;

/// Why there is no report; the log says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanFailure {
    /// The scanner failed, or panicked.
    Failed,
    /// It took longer than a scan may.
    TimedOut,
}

impl From<ScanFailure> for Error {
    fn from(failure: ScanFailure) -> Self {
        match failure {
            ScanFailure::Failed => Self::ScanFailed,
            ScanFailure::TimedOut => Self::ScanTimedOut,
        }
    }
}

impl Registry {
    /// Scans a package. A scanner that fails, panics or takes too long is a failure of the scan,
    /// never of who asked for it.
    pub(crate) async fn scan_package(
        &self,
        scanner: &Arc<dyn Scanner>,
        package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanFailure> {
        let scan = AssertUnwindSafe(scanner.scan(package, context)).catch_unwind();
        match tokio::time::timeout(self.inner.settings.scan_timeout, scan).await {
            Ok(Ok(Ok(report))) => Ok(report),
            Ok(Ok(Err(error))) => {
                tracing::error!(error = &error as &dyn std::error::Error, "the scan failed");
                Err(ScanFailure::Failed)
            }
            Ok(Err(_)) => {
                tracing::error!("the scan failed: the scanner panicked");
                Err(ScanFailure::Failed)
            }
            Err(_) => {
                tracing::error!("the scan failed: it took too long");
                Err(ScanFailure::TimedOut)
            }
        }
    }

    /// What the version before `version`, the one that its permissions are compared with, was found
    /// able to do.
    pub(super) async fn capabilities_before(
        &self,
        skill: &Skill,
        version: &Version,
    ) -> Result<Option<BTreeSet<String>>, Error> {
        let Some(before) = baseline(&skill.versions, version) else {
            return Ok(None);
        };
        let key = VersionKey::from(&before.version);
        let record = self.inner.store.version(skill.id, &key).await?;
        // Of what was not looked at in full, nobody knows what it was able to do.
        let report = record
            .and_then(|record| record.scan?.report)
            .filter(|report| report.complete);
        Ok(report.map(|report| report.capabilities))
    }
}
