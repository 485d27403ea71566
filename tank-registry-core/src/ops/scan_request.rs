//! Scans on request, which keep nothing.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, SemaphorePermit};
use tokio::time::timeout;
use url::Url;

use super::FilePath;
use crate::access::Viewer;
use crate::error::Error;
use crate::json;
use crate::model::{Manifest, NameRule};
use crate::package::{Package, PackageError, PackageLimits, file_alone, folder_of};
use crate::registry::Registry;
use crate::scan::{
    FetchError, Fetched, FetchedKind, Fetcher, ScanContext, ScanReport, ScanResponse, Scanner,
    Severity, Stage,
};
use crate::workers::compute;

/// Characters of a URL, counted as UTF-16 units.
const MAX_URL: usize = 2048;

/// How long a scan of a URL may take in all: less than clients wait.
const WHOLE_TIME: Duration = Duration::from_secs(55);

/// Fetches that run at one time.
pub(crate) const FETCHES: usize = 4;

/// What a file alone can be scanned for: the rest is about whole packages.
const STAGES_OF_A_FILE: [Stage; 3] = [Stage::Code, Stage::Injection, Stage::Secrets];

/// A scan on request.
#[derive(Debug)]
#[non_exhaustive]
pub struct Scanned {
    /// What was found.
    pub report: ScanReport,
    /// The package; `None` where the archive could not be read as one.
    pub package: Option<Arc<Package>>,
    /// What is declared of it, if it is a manifest.
    pub manifest: Option<Manifest>,
}

impl Scanned {
    /// What is answered.
    pub fn response(&self) -> ScanResponse<'_> {
        let package = self.package.as_deref();
        ScanResponse::new(&self.report, package, self.manifest.as_ref())
    }

    fn unread(report: ScanReport) -> Self {
        Self {
            report,
            package: None,
            manifest: None,
        }
    }
}

impl Registry {
    /// Scans an archive for somebody known, and keeps nothing. `manifest` is what is declared of it;
    /// without one, the manifest inside counts. An archive that is no package, and a manifest that
    /// is none, are told in the report.
    pub async fn scan_archive(
        &self,
        viewer: &Viewer,
        archive: Bytes,
        manifest: Option<&Value>,
    ) -> Result<Scanned, Error> {
        let memory = self.room_for_scan(Some(archive.len() as u64)).await?;
        self.scan_sent(viewer, archive, manifest, memory).await
    }

    /// As [`scan_archive`](Self::scan_archive), of bytes that are in reserved memory already.
    pub(crate) async fn scan_sent(
        &self,
        viewer: &Viewer,
        archive: Bytes,
        manifest: Option<&Value>,
        memory: OwnedSemaphorePermit,
    ) -> Result<Scanned, Error> {
        if matches!(viewer, Viewer::Anonymous) {
            return Err(Error::Unauthorized);
        }
        self.scanner()?;
        let (size, limit) = (archive.len() as u64, self.inner.settings.package.compressed);
        if size > limit {
            return Err(Error::TarballTooLarge { size, limit });
        }
        let (archive, kind) = (archive, FetchedKind::Archive);
        self.scan_bytes(archive, kind, manifest, memory).await
    }

    /// Scans what a URL leads to, and keeps nothing.
    pub async fn scan_url(&self, url: &str) -> Result<Scanned, Error> {
        let fetcher = self.can_scan_urls()?;
        let is_long = url.len() > MAX_URL && url.encode_utf16().count() > MAX_URL;
        let url = Url::parse(url).ok().filter(|_| !is_long).ok_or_else(|| {
            Error::InvalidValue(format!(
                "url must be an absolute URL of at most {MAX_URL} characters"
            ))
        })?;
        let scanning = self.scan_elsewhere(fetcher, &url);
        let scanned = timeout(WHOLE_TIME, scanning).await;
        scanned.unwrap_or(Err(Error::ScanTimedOut))
    }

    async fn scan_elsewhere(&self, fetcher: &dyn Fetcher, url: &Url) -> Result<Scanned, Error> {
        let turn = self.turn_to_fetch().await?;
        let limit = self.inner.settings.package.compressed;
        let memory = self.room_for_scan(None).await?;
        let answer = fetcher.fetch(url, limit).await;
        drop(turn);
        let Fetched { bytes, kind } = answer.inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            tracing::info!(error, "nothing was fetched to be scanned");
        })?;
        let size = bytes.len() as u64;
        if size > limit {
            return Err(FetchError::TooLarge { size, limit }.into());
        }
        self.scan_bytes(bytes, kind, None, memory).await
    }

    /// The scanner, if there is one.
    pub(crate) fn scanner(&self) -> Result<&Arc<dyn Scanner>, Error> {
        self.inner.scanner.as_ref().ok_or(Error::NoScanner)
    }

    /// What fetches, if URLs are scanned here.
    pub(crate) fn can_scan_urls(&self) -> Result<&dyn Fetcher, Error> {
        self.scanner()?;
        self.inner.fetcher.as_deref().ok_or(Error::NoScanner)
    }

    /// Waits for the memory to receive so many bytes of an archive, or as many as one may have. What
    /// it takes to read them comes to it when it is known how many they are.
    pub(crate) async fn room_for_scan(
        &self,
        declared: Option<u64>,
    ) -> Result<OwnedSemaphorePermit, Error> {
        let most = self.inner.settings.package.compressed;
        let size = declared.map_or(most, |declared| declared.min(most));
        self.inner
            .memory
            .reserve(size, self.inner.settings.confirm_wait)
            .await
    }

    async fn turn_to_fetch(&self) -> Result<SemaphorePermit<'_>, Error> {
        let turn = self.inner.fetches.acquire();
        match timeout(self.inner.settings.confirm_wait, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) | Err(_) => Err(Error::Overloaded),
        }
    }

    async fn scan_bytes(
        &self,
        bytes: Bytes,
        kind: FetchedKind,
        manifest: Option<&Value>,
        memory: OwnedSemaphorePermit,
    ) -> Result<Scanned, Error> {
        let scanner = self.scanner()?;
        let rules = scanner.rules_version();
        let settings = &self.inner.settings;
        let needed = settings.package.working_memory(bytes.len() as u64);
        let wait = settings.confirm_wait;
        let memory = self.inner.memory.resize(memory, needed, wait).await?;
        let limits = settings.package.clone();
        let is_file = matches!(kind, FetchedKind::File { .. });
        let opened = compute(&*self.inner.workers, move || {
            // Whoever holds the package holds the memory, also when nobody waits any more.
            open(&bytes, &kind, &limits).map(|package| package.holding(memory))
        });
        let package = match opened.await? {
            Ok(package) => Arc::new(package),
            Err(unread) => return Ok(Scanned::unread(unread.report(rules)?)),
        };
        let (manifest, fault) = declared(manifest, &package);
        let context = ScanContext::new(manifest.clone());
        let mut report = self
            .scan_package(scanner, Arc::clone(&package), context)
            .await?;
        if let Some(fault) = fault {
            report.note_invalid_manifest(&fault);
        }
        if is_file {
            report.keep_stages(&STAGES_OF_A_FILE);
        }
        Ok(Scanned {
            report,
            package: Some(package),
            manifest,
        })
    }
}

/// Why bytes are no package.
enum Unread {
    Refused(PackageError),
    WrongFolder,
    NoFolder,
    Failed(std::io::Error),
}

impl Unread {
    fn report(self, rules: String) -> Result<ScanReport, Error> {
        match self {
            Self::Refused(error) => Ok(ScanReport::refused(&error, rules)),
            Self::WrongFolder => Ok(ScanReport::unread(
                Severity::Critical,
                "invalid_sub_path",
                "The URL names a folder that no archive may have.",
                rules,
            )),
            Self::NoFolder => Ok(ScanReport::unread(
                Severity::Medium,
                "sub_path_not_found",
                "The archive has no such folder.",
                rules,
            )),
            Self::Failed(error) => Err(Error::internal("packing a file to scan", error)),
        }
    }
}

fn open(bytes: &[u8], kind: &FetchedKind, limits: &PackageLimits) -> Result<Package, Unread> {
    let read = |archive: &[u8]| Package::read(archive, limits).map_err(Unread::Refused);
    match kind {
        FetchedKind::Archive => read(bytes),
        FetchedKind::Folder { path } => {
            let path = FilePath::parse(path).map_err(|_| Unread::WrongFolder)?;
            let picked = folder_of(bytes, path.as_str(), limits).map_err(Unread::Refused)?;
            read(&picked.ok_or(Unread::NoFolder)?)
        }
        FetchedKind::File { name } => read(&file_alone(name, bytes).map_err(Unread::Failed)?),
    }
}

/// What is declared of a package: what was sent, else what is in it; and what is wrong with that,
/// where it is no manifest.
fn declared(sent: Option<&Value>, package: &Package) -> (Option<Manifest>, Option<String>) {
    let inside = || {
        let file = package.manifest()?;
        Some(json::parse_object(&file.contents).map_err(|error| error.to_string()))
    };
    let value = match sent {
        Some(sent) => Some(Ok(sent.clone())),
        None => inside(),
    };
    let parsed = value.map(|value| {
        let parsed = |value| Manifest::parse(&value, NameRule::default());
        value.and_then(|value| parsed(value).map_err(|errors| errors.to_string()))
    });
    match parsed {
        None => (None, None),
        Some(Ok(manifest)) => (Some(manifest), None),
        Some(Err(fault)) => (None, Some(fault)),
    }
}
