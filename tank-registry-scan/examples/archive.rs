//! Scans the bytes of a `.tgz` with rules of one's own: `cargo run --example archive -- skill.tgz`.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::{env, fs};

use tank_registry_core::scan::ScanResponse;
use tank_registry_scan::{Input, ScanSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).ok_or("name an archive")?;
    let settings = ScanSettings::from_toml(
        r#"
        allowed_hosts = ["*.internal.example"]

        [[patterns]]
        id = "code-name"
        regex = "(?i)project\\s+nightjar"
        severity = "high"
        description = "The code name of an unannounced product."
        "#,
    )?;
    let input = Input::archive(&fs::read(path)?);
    let report = input.scan(&settings);
    let manifest = input.manifest();
    let response = ScanResponse::new(&report, input.package(), manifest.as_ref());
    println!("{}", serde_json::to_string_pretty(&response)?);
    Ok(())
}
