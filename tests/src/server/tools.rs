//! Programs of the system that tests use. One that is missing fails the test, it is never skipped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Output};

use super::binary::target_folder;

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

/// A Python that has a package; its virtual environment is made once, under `name` in cargo's
/// folder, and kept.
pub fn python_with(name: &str, package: &str) -> PathBuf {
    let folder = target_folder().join(name);
    fs::create_dir_all(&folder).unwrap();
    // One test makes it, the others wait; a half-made one is made again.
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let environment = folder.join("venv");
    let python = environment.join("bin/python");
    let made = folder.join("made");
    if fs::read_to_string(&made).is_ok_and(|what| what == package) && python.exists() {
        return python;
    }
    let mut venv = tool("python3");
    done(venv.args(["-m", "venv", "--clear"]).arg(&environment));
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    done(pip.arg(package));
    fs::write(made, package).unwrap();
    python
}
