//! The command line.

use std::path::PathBuf;

use clap::Parser;

/// Measures the registry beside bare servers and bare writes, and prints one table.
#[derive(Debug, Clone, Parser)]
#[command(name = "tank-registry-benches", version)]
pub(crate) struct Cli {
    /// Few and short rounds: shows that everything works, measures nothing
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only groups whose name contains this; may be given more than once
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Registries of how many skills; the largest is the one that is read and started
    #[arg(long, value_name = "N,N", value_delimiter = ',', value_parser = count, default_value = "10k,100k")]
    pub(crate) skills: Vec<usize>,
    /// Rounds of each measurement, each on both sides
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: Option<u32>,
    /// Where the data is written: its disk is part of what is measured
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Keeps registries that were filled here, and takes copies of those that are
    #[arg(long, value_name = "DIR")]
    pub(crate) filled: Option<PathBuf>,
    /// Writes the table as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Prints the table of a JSON file instead of measuring
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    /// Writes the table into a page, between its lines `<!-- table -->` and `<!-- end of table -->`
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// The program whose servers count allocations, where it need not be built first
    #[arg(long, value_name = "PROGRAM", hide = true)]
    pub(crate) counted: Option<PathBuf>,
    /// Writes charts of the table, as SVG
    #[arg(long, value_name = "DIR")]
    pub(crate) charts: Option<PathBuf>,
}

/// A number from 1, with `k` for thousands.
fn count(text: &str) -> Result<usize, String> {
    let (digits, factor) = match text.strip_suffix('k') {
        Some(digits) => (digits, 1000),
        None => (text, 1),
    };
    digits
        .parse()
        .ok()
        .and_then(|number: usize| number.checked_mul(factor))
        .filter(|number| (1..=10_000_000).contains(number))
        .ok_or_else(|| "expected a number from 1 to 10000k, such as 500 or 10k".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_may_be_written_with_a_letter() {
        assert_eq!(count("10k"), Ok(10_000));
        assert_eq!(count("7"), Ok(7));
        assert!(count("0").is_err() && count("k").is_err() && count("10m").is_err());
    }

    #[test]
    fn there_are_two_sizes_unless_told_otherwise() {
        let cli = Cli::try_parse_from(["benches"]).unwrap();
        assert_eq!(cli.skills, [10_000, 100_000]);
    }
}
