//! What tests of rules share: packages of a few files.

use flate2::Compression;
use flate2::write::GzEncoder;
use tank_registry_core::model::{Manifest, NameRule};
use tank_registry_core::package::{Package, PackageLimits};
use tank_registry_core::scan::{ScanContext, ScanReport, Severity};

use crate::scanner::scan;
use crate::settings::ScanSettings;

/// A package of these files.
pub(crate) fn package(files: &[(&str, &[u8])]) -> Package {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for (path, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *contents).unwrap();
    }
    let bytes = archive.into_inner().unwrap().finish().unwrap();
    Package::read(&bytes, &PackageLimits::default()).unwrap()
}

/// Scans a package of these files, without a manifest.
pub(crate) fn scan_files(files: &[(&str, &str)]) -> ScanReport {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, contents)| (*path, contents.as_bytes()))
        .collect();
    scan(
        &package(&files),
        &ScanContext::new(None),
        &ScanSettings::default(),
    )
}

/// Scans these files with a manifest that declares these permissions.
pub(crate) fn scan_declared(files: &[(&str, &str)], permissions: &serde_json::Value) -> ScanReport {
    let manifest = serde_json::json!({
        "name": "sample", "version": "1.0.0", "permissions": permissions,
    });
    let rule = NameRule {
        require_scope: false,
    };
    let manifest = Manifest::parse(&manifest, rule).unwrap();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, contents)| (*path, contents.as_bytes()))
        .collect();
    let context = ScanContext::new(Some(manifest));
    scan(&package(&files), &context, &ScanSettings::default())
}

/// Scans a `SKILL.md` with front matter and this body.
pub(crate) fn scan_body(body: &str) -> ScanReport {
    let text = format!("---\nname: sample\ndescription: A sample skill\n---\n\n{body}\n");
    scan_files(&[("SKILL.md", &text)])
}

/// The worst severity among the findings of a rule; `None` where it found nothing.
pub(crate) fn severity_of(report: &ScanReport, rule: &str) -> Option<Severity> {
    let tool = format!("tank-scan/{rule}");
    report
        .findings
        .iter()
        .filter(|finding| finding.tool.as_deref() == Some(&*tool))
        .map(|finding| finding.severity)
        .max()
}

/// Whether a report blocks a publish: a high or critical finding.
pub(crate) fn blocks(report: &ScanReport) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.severity >= Severity::High)
}
