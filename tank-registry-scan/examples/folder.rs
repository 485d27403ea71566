//! Scans a folder that holds a skill: `cargo run --example folder -- path/to/skill`.

#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::error::Error;
use std::path::Path;
use std::{env, process};

use tank_registry_core::scan::Verdict;
use tank_registry_scan::{Input, ScanSettings};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args().nth(1).ok_or("name a folder")?;
    let report = Input::folder(Path::new(&folder))?.scan(&ScanSettings::default());
    for finding in &report.findings {
        let place = finding.location.as_deref().unwrap_or("the skill");
        println!("{} {place}: {}", finding.severity, finding.description);
    }
    let verdict = Verdict::of(&report.findings);
    println!("{}", verdict.as_str());
    if verdict == Verdict::Fail {
        process::exit(2);
    }
    Ok(())
}
