//! `cargo run --release -p tank-registry-benches` prints the table.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().collect();
    tank_registry_benches::child(&arguments)
        .unwrap_or_else(|| tank_registry_benches::run(arguments))
}
