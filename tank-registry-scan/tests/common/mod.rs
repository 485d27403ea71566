//! Packages of a few files, for tests from outside the crate.

use flate2::Compression;
use flate2::write::GzEncoder;
use tank_registry_core::scan::ScanReport;
use tank_registry_scan::{Input, ScanSettings};

/// A `.tgz` of these files.
pub(crate) fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::none()));
    for (path, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, path, *contents).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// Scans a package of these files.
pub(crate) fn scan(files: &[(&str, &[u8])]) -> ScanReport {
    Input::archive(&archive(files)).scan(&ScanSettings::default())
}

/// What a report must hold whatever was scanned.
pub(crate) fn check(report: &ScanReport) {
    assert!(report.findings.len() <= 202, "{}", report.findings.len());
    for finding in &report.findings {
        let evidence = finding.evidence.as_deref().unwrap_or_default();
        assert!(evidence.chars().count() <= 200, "{evidence}");
        assert!(!evidence.contains('\n'), "{evidence}");
        assert!(finding.description.len() < 4000);
        assert!(
            finding
                .tool
                .as_deref()
                .is_some_and(|tool| tool.starts_with("tank-scan/"))
        );
    }
}
