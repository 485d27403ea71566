//! What is scanned without a registry: a folder or an archive.

use std::path::{Path, PathBuf};
use std::{fs, io};

use flate2::Compression;
use flate2::write::GzEncoder;
use tank_registry_core::model::{Manifest, NameRule};
use tank_registry_core::package::{Package, PackageError, PackageLimits};
use tank_registry_core::scan::{Confidence, Finding, ScanContext, ScanReport, Severity, Stage};

use tar::{Builder, Header};

use crate::scanner::scan;
use crate::settings::ScanSettings;

/// A skill to scan without a registry.
#[derive(Debug)]
pub struct Input {
    package: Result<Package, PackageError>,
    /// Links in a folder: they are never followed, and no package holds one.
    links: Vec<(String, bool)>,
}

/// What could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}", path.display())]
pub struct InputError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

impl Input {
    /// Reads a folder or a `.tgz`.
    ///
    /// # Errors
    ///
    /// When it cannot be read. That an archive is no package is no error: the report says so.
    pub fn path(path: &Path) -> Result<Self, InputError> {
        if fs::metadata(path).map_err(failed(path))?.is_dir() {
            return Self::folder(path);
        }
        // One byte more than an archive may have is enough to see that it is too large.
        let limit = PackageLimits::default().compressed + 1;
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(failed(path))?;
        io::Read::read_to_end(&mut io::Read::take(file, limit), &mut bytes)
            .map_err(failed(path))?;
        Ok(Self::archive(&bytes))
    }

    /// Reads the bytes of a `.tgz`.
    pub fn archive(bytes: &[u8]) -> Self {
        Self {
            package: Package::read(bytes, &PackageLimits::default()),
            links: Vec::new(),
        }
    }

    /// Reads a folder as a package would hold it: `.git` and `node_modules` at its root are left
    /// out, as packers do. Links are not followed; they are reported.
    ///
    /// # Errors
    ///
    /// When the folder or a file in it cannot be read.
    pub fn folder(root: &Path) -> Result<Self, InputError> {
        let mut links = Vec::new();
        let mut archive = Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
        let limits = PackageLimits::default();
        let mut left = limits.unpacked + 1;
        let mut open = vec![PathBuf::new()];
        while let Some(folder) = open.pop() {
            let path = root.join(&folder);
            let mut entries: Vec<_> = fs::read_dir(&path)
                .and_then(Iterator::collect::<io::Result<Vec<fs::DirEntry>>>)
                .map_err(failed(&path))?;
            entries.sort_unstable_by_key(fs::DirEntry::file_name);
            for entry in entries {
                let relative = folder.join(entry.file_name());
                if folder.as_os_str().is_empty() && is_left_out(&entry) {
                    continue;
                }
                let path = entry.path();
                let kind = entry.file_type().map_err(failed(&path))?;
                if kind.is_symlink() {
                    let target = fs::read_link(&path).map_err(failed(&path))?;
                    links.push((
                        relative.to_string_lossy().into_owned(),
                        leads_out(&relative, &target),
                    ));
                } else if kind.is_dir() {
                    open.push(relative);
                } else if kind.is_file() {
                    // More than a package may hold is not read; what is read says that it is too much.
                    let metadata = entry.metadata().map_err(failed(&path))?;
                    let size = metadata.len().min(left);
                    left -= size;
                    let mut header = Header::new_gnu();
                    header.set_size(size);
                    header.set_mode(mode(&metadata));
                    let file = fs::File::open(&path).map_err(failed(&path))?;
                    archive
                        .append_data(&mut header, &relative, io::Read::take(file, size))
                        .map_err(failed(&path))?;
                }
            }
        }
        let bytes = archive
            .into_inner()
            .and_then(GzEncoder::finish)
            .map_err(failed(root))?;
        Ok(Self {
            package: Package::read(&bytes, &limits),
            links,
        })
    }

    /// The package, if it is one.
    pub fn package(&self) -> Option<&Package> {
        self.package.as_ref().ok()
    }

    /// The manifest in it, if there is one that can be read.
    pub fn manifest(&self) -> Option<Manifest> {
        let file = self.package()?.manifest()?;
        let value = serde_json::from_slice(&file.contents).ok()?;
        let rule = NameRule {
            require_scope: false,
        };
        Manifest::parse(&value, rule).ok()
    }

    /// Scans it with the manifest in it. Synchronous and bound by the processor.
    pub fn scan(&self, settings: &ScanSettings) -> ScanReport {
        let mut report = match &self.package {
            Ok(package) => scan(package, &ScanContext::new(self.manifest()), settings),
            Err(refusals) => ScanReport::refused(refusals, settings.rules_version()),
        };
        let links = self
            .links
            .iter()
            .map(|(path, leads_out)| link(path, *leads_out));
        report.findings.splice(0..0, links);
        report
    }
}

fn failed(path: &Path) -> impl Fn(io::Error) -> InputError {
    let path = path.to_owned();
    move |source| InputError {
        path: path.clone(),
        source,
    }
}

/// What packers leave out.
fn is_left_out(entry: &fs::DirEntry) -> bool {
    matches!(entry.file_name().to_str(), Some(".git" | "node_modules"))
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o7777
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> u32 {
    0o644
}

/// Whether a link leads out of the folder that is scanned.
fn leads_out(link: &Path, target: &Path) -> bool {
    use std::path::Component;
    let mut depth = link.components().count().saturating_sub(1);
    for part in target.components() {
        match part {
            Component::ParentDir if depth == 0 => return true,
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return true,
        }
    }
    false
}

fn link(path: &str, leads_out: bool) -> Finding {
    let (severity, description) = if leads_out {
        (
            Severity::Critical,
            "A link leads out of the skill's folder.",
        )
    } else {
        (Severity::High, "A link cannot be published.")
    };
    let mut finding = Finding::new(Stage::Archive, severity, "archive_link", description);
    finding.location = Some(path.to_owned());
    finding.confidence = Some(Confidence::percent(100));
    finding.tool = Some("tank-scan/archive-link".to_owned());
    finding.remediation = Some("Put the file itself in its place.".to_owned());
    finding
}
