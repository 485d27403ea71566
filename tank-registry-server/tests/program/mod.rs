//! The program itself, run in a folder of its own.

#![allow(dead_code, reason = "each test file uses another part of it")]
#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what helps it"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program in `folder`, with nothing of this process's environment that could be a setting.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tank-registry-server"));
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("TANK_") || name == "RUST_LOG" {
            command.env_remove(&*name);
        }
    }
    command
}

/// Runs it to its end.
pub(crate) fn run(folder: &Path, args: &[&str]) -> Output {
    program(folder).args(args).output().unwrap()
}

/// What it wrote to stdout, and that it was done.
pub(crate) fn done(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A server that runs.
pub(crate) struct Running {
    child: Child,
    pub(crate) url: String,
}

impl Running {
    /// Starts one on a free port and waits until it listens.
    pub(crate) fn start(folder: &Path, args: &[&str]) -> Self {
        let mut command = program(folder);
        command.args(["--listen", "127.0.0.1:0"]).args(args);
        Self::spawn(&mut command)
    }

    pub(crate) fn spawn(command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let Some(url) = line.strip_prefix("listening on ") else {
            let _ = child.kill();
            panic!("{line:?}: {:?}", child.wait_with_output());
        };
        let url = url.trim().to_owned();
        Self { child, url }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        // The shell's own: not every machine has a program of this name.
        let status = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &id])
            .status();
        assert!(status.unwrap().success());
    }

    /// Its exit status and what it wrote to stderr.
    pub(crate) fn wait(mut self) -> (Option<i32>, String) {
        let mut text = String::new();
        let stderr = self.child.stderr.as_mut().unwrap();
        stderr.read_to_string(&mut text).unwrap();
        (self.child.wait().unwrap().code(), text)
    }

    /// Ends it as an operator would.
    pub(crate) fn stop(self) -> (Option<i32>, String) {
        self.signal("TERM");
        self.wait()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
