//! The seam for a scanner, and what core makes of its report.

mod fetch;
mod record;
mod refused;
mod report;
mod response;
mod verdict;

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::Manifest;
use crate::package::Package;

pub(crate) use self::response::{FindingLine, StageResult, millis, stage_results};
pub use self::{
    fetch::{FetchError, Fetched, FetchedKind, Fetcher},
    record::{ScanRecord, audit_score},
    report::{
        Confidence, Finding, PermissionUse, ScanReport, Severity, Stage, StageRun, StageStatus,
    },
    response::ScanResponse,
    verdict::{AuditStatus, Gate, STAGE_INCOMPLETE, Verdict},
};

/// Looks for what a skill should not do.
///
/// Asynchronous, so that a remote scanner holds no processor slot; rules that run in process go
/// through [`Workers`](crate::Workers).
#[async_trait]
pub trait Scanner: Debug + Send + Sync + 'static {
    /// Scans a package.
    ///
    /// # Errors
    ///
    /// When the scanner could not run, or not to its end in time. That a package is bad is no
    /// error, and neither is that it was too much to be looked at in full: a report says that.
    async fn scan(
        &self,
        package: Arc<Package>,
        context: ScanContext,
    ) -> Result<ScanReport, ScanError>;

    /// The rules that a scan would apply now, as [`ScanReport::rules_version`] names them. A version
    /// whose report names others is worth scanning again.
    fn rules_version(&self) -> String;
}

/// What is known of a package besides its bytes.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ScanContext {
    /// What is declared of it: name, version, and the permissions that its author says it needs.
    /// `None` where a package is scanned that has no manifest.
    pub manifest: Option<Manifest>,
    /// What the version before this one was found able to do, as its report says; `None` without
    /// such a version or report. What is new since then is worth a finding.
    pub capabilities_before: Option<BTreeSet<String>>,
}

impl ScanContext {
    /// A package that declares this, and has no version before it; the fields are public.
    pub fn new(manifest: Option<Manifest>) -> Self {
        Self {
            manifest,
            capabilities_before: None,
        }
    }
}

/// Scanning failed; that is not the same as a bad report.
#[derive(Debug, thiserror::Error)]
#[error("the scanner failed")]
pub struct ScanError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl ScanError {
    /// A failure with its cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}
