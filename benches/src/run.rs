//! From the command line to the table.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use crate::Fault;
use crate::bench::Bench;
use crate::cli::Cli;
use crate::machine::Machine;
use crate::process::count_with;
use crate::render::{charts, into_page, text};
use crate::rows::{GROUPS, measure};
use crate::table::Table;

/// Measures, and prints the table. A missed aim is no failure; a server that answers anything but
/// what it should is one.
pub fn run(arguments: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let made = table(&cli).and_then(|table| hand_out(&cli, &table));
    match made {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            let _ = writeln!(std::io::stderr(), "no table: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn table(cli: &Cli) -> Result<Table, Fault> {
    if let Some(file) = &cli.from {
        return Ok(serde_json::from_slice(&fs::read(file)?)?);
    }
    if let Some(program) = &cli.counted {
        count_with(program);
    }
    let machine = Machine::here()?;
    // The generator of load has one thread: the servers under load have the others.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut bench = Bench::new(cli.clone())?;
    for group in GROUPS {
        if bench.wants(group) {
            runtime.block_on(measure(&mut bench, group))?;
        }
    }
    let rows = bench.into_rows();
    if rows.is_empty() {
        return Err(format!("`--only` names none of {}", GROUPS.join(", ")).into());
    }
    Ok(Table { machine, rows })
}

fn hand_out(cli: &Cli, table: &Table) -> Result<(), Fault> {
    if let Some(file) = &cli.json {
        fs::write(file, serde_json::to_vec_pretty(table)?)?;
    }
    if let Some(file) = &cli.markdown {
        let page = into_page(&fs::read_to_string(file)?, table)?;
        fs::write(file, page)?;
    }
    if let Some(folder) = &cli.charts {
        fs::create_dir_all(folder)?;
        for (name, chart) in charts(table) {
            fs::write(folder.join(name), chart)?;
        }
    }
    write!(std::io::stdout(), "{}", text(table))?;
    Ok(())
}
