//! Programs of the system that tests use. One that is missing fails the test, it is never skipped.

use std::process::{Command, Output};

/// A program of the system, with no proxy between it and this machine.
pub fn tool(name: &str) -> Command {
    let known = Command::new(name).arg("--version").output();
    let package = match name {
        "node" => "nodejs",
        other => other,
    };
    assert!(
        known.is_ok(),
        "this test needs {name}: install the package {package}, or run ./scripts/test, which does"
    );
    let mut command = Command::new(name);
    command.env("NO_PROXY", "*").env("no_proxy", "*");
    command
}

/// What a command wrote to stdout, and that it went well.
pub fn done(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}: {stderr}");
    String::from_utf8(stdout).unwrap()
}
