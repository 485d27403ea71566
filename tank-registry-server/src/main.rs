//! The reference server; all of it is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tank_registry_server::run(std::env::args_os())
}
