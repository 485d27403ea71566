//! `scan PATH…`: what the rules say of folders and archives, without a registry.

mod people;
mod sarif;

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use clap::Args;
use tank_registry_core::scan::{ScanReport, ScanResponse, Verdict};
use tank_registry_scan::{Input, ScanSettings, SettingsError, rules};

use crate::output;

/// The exit status when a path could not be scanned, or the command line is wrong: 0 to 2 are
/// verdicts, on which scripts rely.
pub(crate) const NOT_SCANNED: u8 = 3;

#[derive(Debug, Args)]
#[command(
    after_help = "Exit status: 0 pass, 1 flagged, 2 fail, 3 could not scan or wrong usage; \
of several paths the highest."
)]
pub(crate) struct ScanArgs {
    /// Folders or .tgz archives
    #[arg(value_name = "PATH", required_unless_present = "list_rules")]
    paths: Vec<PathBuf>,
    /// Prints the response of the API; of several paths one line each, with the path
    #[arg(long, conflicts_with = "sarif")]
    json: bool,
    /// Prints SARIF 2.1
    #[arg(long)]
    sarif: bool,
    /// A TOML file that changes the rules
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Lists the rules and scans nothing
    #[arg(long, conflicts_with_all = ["json", "sarif", "paths", "rules"])]
    list_rules: bool,
}

/// Rules could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RulesError {
    #[error("cannot read the rules {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    #[error("the rules {} cannot be used", .0.display())]
    Settings(PathBuf, #[source] SettingsError),
}

/// Reads what an operator changes of the rules; nothing without a file.
pub(crate) fn read_rules(file: Option<&Path>) -> Result<ScanSettings, RulesError> {
    let Some(file) = file else {
        return Ok(ScanSettings::default());
    };
    let text = fs::read_to_string(file).map_err(|error| RulesError::Read(file.into(), error))?;
    ScanSettings::from_toml(&text).map_err(|error| RulesError::Settings(file.into(), error))
}

/// One path and what was found there.
struct Scanned {
    path: PathBuf,
    input: Input,
    report: ScanReport,
}

/// Scans, prints, and answers the exit status.
pub(crate) fn run(args: &ScanArgs) -> u8 {
    if args.list_rules {
        return printed(list_rules(), 0);
    }
    let settings = match read_rules(args.rules.as_deref()) {
        Ok(settings) => settings,
        Err(error) => {
            output::complain(&error);
            return NOT_SCANNED;
        }
    };
    let mut worst = 0;
    let mut all = Vec::new();
    for (at, path) in args.paths.iter().enumerate() {
        progress(at, args.paths.len());
        match Input::path(path) {
            Ok(input) => {
                let report = input.scan(&settings);
                worst = worst.max(status(Verdict::of(&report.findings)));
                let path = path.clone();
                all.push(Scanned {
                    path,
                    input,
                    report,
                });
                if !args.sarif {
                    clear(args.paths.len());
                    let shown = all.pop().map(|scanned| shown(&scanned, args));
                    if let Some(shown) = shown
                        && printed(shown, 0) != 0
                    {
                        return NOT_SCANNED;
                    }
                }
            }
            Err(error) => {
                clear(args.paths.len());
                output::complain(&error);
                worst = NOT_SCANNED;
            }
        }
    }
    clear(args.paths.len());
    if args.sarif {
        let scans = all.iter().map(|scanned| (&*scanned.path, &scanned.report));
        return printed(sarif::document(scans, &settings), worst);
    }
    worst
}

/// The status that tells a verdict.
fn status(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Pass | Verdict::PassWithNotes => 0,
        Verdict::Flagged => 1,
        Verdict::Fail => 2,
    }
}

fn printed(text: impl fmt::Display, status: u8) -> u8 {
    match output::say(text) {
        Ok(()) => status,
        Err(_) => NOT_SCANNED,
    }
}

fn shown(scanned: &Scanned, args: &ScanArgs) -> String {
    let manifest = scanned.input.manifest();
    let response = ScanResponse::new(&scanned.report, scanned.input.package(), manifest.as_ref());
    if !args.json {
        return people::report(&scanned.path, &scanned.report, response.audit_score());
    }
    if args.paths.len() == 1 {
        serde_json::json!(response).to_string()
    } else {
        let path = scanned.path.display().to_string();
        serde_json::json!({ "path": path, "scan": response }).to_string()
    }
}

/// On a terminal, how far it is.
fn progress(at: usize, of: usize) {
    if of > 1 && io::stderr().is_terminal() {
        eprint!("\rscanning {} of {of} ", at + 1);
    }
}

fn clear(of: usize) {
    if of > 1 && io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
}

fn list_rules() -> String {
    let lines = rules().into_iter().map(|rule| {
        format!(
            "{} {:8} {:32} {}",
            rule.stage, rule.severity, rule.id, rule.kind
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
