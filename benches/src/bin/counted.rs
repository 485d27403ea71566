//! The servers of the benchmarks with every allocation counted.
//!
//! For each line on stdin it answers one on stdout: how often it has allocated so far.

use std::io::{BufRead as _, Write as _};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

fn main() -> ExitCode {
    // "Testing" collects figures and writes no file.
    let _profiler = dhat::Profiler::builder().testing().build();
    std::thread::spawn(answer);
    let arguments: Vec<_> = std::env::args_os().collect();
    tank_registry_benches::child(&arguments).unwrap_or(ExitCode::from(2))
}

/// Ends with stdin, or when nobody reads the answers.
fn answer() {
    for _ in std::io::stdin().lock().lines() {
        let allocations = dhat::HeapStats::get().total_blocks;
        let mut stdout = std::io::stdout().lock();
        let said = writeln!(stdout, "{allocations}");
        if said.and_then(|()| stdout.flush()).is_err() {
            return;
        }
    }
}
