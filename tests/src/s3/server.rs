//! A server that ends with this process.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use crate::server::until;

/// A server. A shell stands between it and this process, and ends it by its id as soon as the
/// shell's input does: when this is dropped, and also when this process ends in any other way.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) url: String,
    shell: Child,
    input: Option<ChildStdin>,
    _log: TempDir,
}

const KEEPER: &str = "exec 3<&0
    \"$@\" </dev/null 3<&- & server=$!
    { read -r _ <&3; kill $server; } & reader=$!
    wait $server
    kill $reader 2>/dev/null";

impl Server {
    /// Starts a program and waits until it has logged, behind `mark`, where it listens.
    pub(super) fn start(program: &Path, arguments: &[&str], mark: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let log = folder.path().join("log");
        let file = File::create(&log).unwrap();
        let mut shell = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(program)
            .args(arguments)
            .env("RUST_LOG", "s3s_fs=info")
            .stdin(Stdio::piped())
            .stdout(file.try_clone().unwrap())
            .stderr(file)
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        let url = until("the server listens", || {
            let lines = BufReader::new(File::open(&log).unwrap()).lines();
            let url = lines.map_while(Result::ok).find_map(|line| {
                let (_, url) = line.split_once(mark)?;
                let end = url.find(|letter: char| letter.is_control() || letter == ' ');
                Some(url[..end.unwrap_or(url.len())].trim().to_owned())
            });
            let is_over = shell.try_wait().unwrap().is_some();
            assert!(!is_over, "{}", fs::read_to_string(&log).unwrap());
            url
        });
        Self {
            url,
            shell,
            input,
            _log: folder,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.shell.wait();
    }
}
