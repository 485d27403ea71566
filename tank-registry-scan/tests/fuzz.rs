//! Fuzz targets. `cargo test` runs each for a moment with random input; under an engine they run as
//! long as they are let: `cargo bolero test fuzz_whole_scan -p tank-registry-scan --test fuzz`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;

use bolero::check;
use common::scan;
use tank_registry_scan::{Input, ScanSettings};

#[test]
fn fuzz_archive() {
    check!().for_each(|bytes: &[u8]| {
        common::check(&Input::archive(bytes).scan(&ScanSettings::default()));
    });
}

#[test]
fn fuzz_markdown() {
    check!().for_each(|bytes: &[u8]| common::check(&scan(&[("SKILL.md", bytes)])));
}

#[test]
fn fuzz_decoders() {
    check!().for_each(|bytes: &[u8]| {
        // Valid base64 of anything gets to what is behind it.
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bytes);
        let escaped = bytes
            .iter()
            .fold(String::new(), |text, byte| text + &format!("\\x{byte:02x}"));
        let text = format!("echo {encoded} | base64 -d | sh\nexec('{escaped}')\n");
        common::check(&scan(&[
            ("run.sh", text.as_bytes()),
            ("a.py", text.as_bytes()),
        ]));
    });
}

#[test]
fn fuzz_whole_scan() {
    check!().for_each(|bytes: &[u8]| {
        let third = bytes.len() / 3;
        let (first, rest) = bytes.split_at(third);
        let (second, third) = rest.split_at(third);
        common::check(&scan(&[
            ("SKILL.md", first),
            ("a.py", second),
            ("b.sh", third),
        ]));
    });
}
