//! Servers as processes: started, asked what they cost, killed.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Fault;
use crate::answers::{Answer, Answers};
use crate::child::{BARE, REGISTRY};

const COUNTED: &str = "tank-registry-benches-counted";

/// Which program is the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Build {
    /// As it is released.
    Plain,
    /// Every allocation is counted, which makes it slow.
    Counted,
}

/// What the log of a registry tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// What goes wrong: comparable to a server that has no log.
    Warnings,
    /// Whatever the server tells when nobody set anything.
    Default,
}

/// A server that runs; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// From before the process was there until it listened.
    pub(crate) start: Duration,
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    /// What the server reads, where that is its alone.
    _folder: Option<TempDir>,
}

/// Processor time of each thread of a process, in nanoseconds. Threads that have ended are no longer
/// in it: what lies between two of these should not be long.
#[derive(Debug)]
pub(crate) struct ProcessorTime(HashMap<OsString, u64>);

impl ProcessorTime {
    /// What was used since an earlier time.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let used = self.0.iter().map(|(thread, nanos)| {
            let before = earlier.0.get(thread).copied().unwrap_or_default();
            nanos.saturating_sub(before)
        });
        Duration::from_nanos(used.sum())
    }
}

/// Memory of a process, in bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    /// The most that was ever resident.
    pub(crate) peak: u64,
}

impl Server {
    /// The registry's reference server on a data folder.
    pub(crate) fn registry(build: Build, data: &Path, log: Log) -> Result<Self, Fault> {
        let mut command = program(build)?;
        command.args([REGISTRY, "serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data);
        // What is published here is noise, which a scanner calls what it is; scanning has figures of its
        // own.
        command.env("TANK_REGISTRY_SCAN__GATE", "off");
        if log == Log::Warnings {
            command.env("TANK_REGISTRY_LOG__LEVEL", "warn");
        }
        Self::start(command, None)
    }

    /// A bare server that gives these answers.
    pub(crate) fn bare(build: Build, answers: &[(String, Answer)]) -> Result<Self, Fault> {
        let folder = TempDir::new()?;
        Answers::write(folder.path(), answers)?;
        let mut command = program(build)?;
        command.arg(BARE).arg(folder.path());
        Self::start(command, Some(folder))
    }

    fn start(mut command: Command, folder: Option<TempDir>) -> Result<Self, Fault> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        // A log that is written costs what it costs; where it goes does not matter.
        command.stderr(Stdio::null());
        let began = Instant::now();
        let mut child = command.spawn()?;
        let stdin = child.stdin.take().ok_or("no stdin")?;
        let mut stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut line = String::new();
        stdout.read_line(&mut line)?;
        let start = began.elapsed();
        let Some(address) = line.trim_end().strip_prefix("listening on http://") else {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("a server did not start: {command:?}").into());
        };
        Ok(Self {
            address: address.parse()?,
            start,
            child,
            stdin,
            stdout,
            _folder: folder,
        })
    }

    /// Processor time that the process's threads have used so far.
    pub(crate) fn processor_time(&self) -> Result<ProcessorTime, Fault> {
        let mut threads = HashMap::new();
        for thread in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let thread = thread?;
            // A thread may end while it is looked at.
            if let Ok(text) = fs::read_to_string(thread.path().join("schedstat")) {
                let nanos = on_processor(&text).ok_or("an unknown form of schedstat")?;
                threads.insert(thread.file_name(), nanos);
            }
        }
        Ok(ProcessorTime(threads))
    }

    pub(crate) fn memory(&self) -> Result<Memory, Fault> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name| field(&status, name).ok_or("an unknown form of /proc/PID/status");
        Ok(Memory {
            resident: field("VmRSS:")?,
            peak: field("VmHWM:")?,
        })
    }

    /// How often a counted server has allocated so far.
    pub(crate) fn allocations(&mut self) -> Result<u64, Fault> {
        self.stdin.write_all(b"\n")?;
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        Ok(line.trim().parse()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing that it still has to say is of interest.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Nanoseconds on a processor, the first figure of `/proc/PID/task/TID/schedstat`.
fn on_processor(schedstat: &str) -> Option<u64> {
    schedstat.split_ascii_whitespace().next()?.parse().ok()
}

/// A field of `/proc/PID/status` that is in kibibytes, in bytes.
fn field(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// A program that can be a server, with nothing of this process's environment that could be a
/// setting.
fn program(build: Build) -> Result<Command, Fault> {
    let mut command = match build {
        Build::Plain => Command::new(std::env::current_exe()?),
        Build::Counted => Command::new(counted()?),
    };
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TANK_") || name == "RUST_LOG" {
            command.env_remove(&*name);
        }
    }
    Ok(command)
}

/// The program that counts.
static COUNTING: OnceLock<PathBuf> = OnceLock::new();

/// Takes this program for the one that counts; whoever says so has built it.
pub(crate) fn count_with(program: &Path) {
    COUNTING.get_or_init(|| program.to_owned());
}

/// The program that counts, built from the sources as they are now: `cargo run` builds only the
/// one that it runs.
fn counted() -> Result<&'static Path, Fault> {
    if let Some(path) = COUNTING.get() {
        return Ok(path);
    }
    let here = std::env::current_exe()?;
    let folder = here.parent().ok_or("no folder of programs")?;
    let target = folder.parent().ok_or("no target folder")?;
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(profile) => profile,
        None => return Err("no name of a profile".into()),
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--bin", COUNTED, "--profile", profile])
        .arg("--target-dir")
        .arg(target)
        .status()?;
    if !built.success() {
        return Err(format!("{COUNTED} could not be built").into());
    }
    Ok(COUNTING.get_or_init(|| folder.join(COUNTED)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_that_of_all_threads_new_ones_included() {
        let time = |threads: &[(&str, &str)]| {
            let threads = threads.iter();
            let threads = threads.map(|(id, text)| ((*id).into(), on_processor(text).unwrap()));
            ProcessorTime(threads.collect())
        };
        let before = time(&[("1", "100 7 3"), ("2", "50 0 1")]);
        let after = time(&[("1", "130 9 4"), ("3", "5 0 1")]);
        assert_eq!(after.since(&before), Duration::from_nanos(35));
    }

    #[test]
    fn memory_is_told_in_bytes() {
        let status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
        assert_eq!(field(status, "VmRSS:"), Some(1 << 20));
        assert_eq!(field(status, "VmHWM:"), Some(2 << 20));
        assert_eq!(field(status, "VmSwap:"), None);
    }
}
