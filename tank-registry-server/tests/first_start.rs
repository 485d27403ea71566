//! The first start and the end of a server.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what helps it"
)]

mod program;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use program::{Running, done, program};

/// The status of an answer.
fn status(url: &str, path: &str, key: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text.split(' ').nth(1).unwrap().to_owned()
}

fn first_key(folder: &Path) -> String {
    let text = fs::read_to_string(folder.join("tank-registry-data/first-key")).unwrap();
    text.trim().to_owned()
}

#[test]
fn the_first_key_is_in_a_file_for_its_owner_and_works() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let key = first_key(folder.path());
    assert_eq!(status(&server.url, "/api/v1/auth/whoami", &key), "200");
    #[cfg(unix)]
    for (path, mode) in [("", 0o700), ("first-key", 0o600), ("registry.db", 0o600)] {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.path().join("tank-registry-data").join(path);
        assert_eq!(
            fs::metadata(path).unwrap().permissions().mode() & 0o777,
            mode
        );
    }
    let url = server.url.clone();
    let (code, text) = server.stop();
    assert_eq!(code, Some(0));
    assert!(!text.contains(&key), "{text}");
    assert!(text.contains("./tank-registry-data/first-key"), "{text}");
    // No examples here, so only the first command can work.
    assert!(
        text.contains(" admin org create acme --name Acme --owner admin\n"),
        "{text}"
    );
    assert!(
        !text.contains("publish.py") && text.contains("README"),
        "{text}"
    );

    let again = Running::start(folder.path(), &[]);
    assert_ne!(again.url, url);
    assert_eq!(status(&again.url, "/api/v1/auth/whoami", &key), "200");
    let (code, text) = again.stop();
    assert_eq!(code, Some(0));
    assert!(!text.contains("first-key"), "{text}");
    assert_eq!(first_key(folder.path()), key);
}

#[test]
fn on_a_terminal_the_first_key_is_shown_and_kept_nowhere() {
    /// Runs the program on a terminal of its own, until the commands to try are there.
    const PYTHON: &str = "
import os, pty, signal, sys
child, terminal = pty.fork()
if child == 0:
    os.execv(sys.argv[1], [sys.argv[1], '--listen', '127.0.0.1:0'])
text = b''
while b'admin org create' not in text:
    text += os.read(terminal, 4096)
os.kill(child, signal.SIGINT)
try:
    while piece := os.read(terminal, 4096):
        text += piece
except OSError:
    pass
assert os.waitpid(child, 0)[1] == 0
sys.stdout.buffer.write(text)
";
    let folder = tempfile::tempdir().unwrap();
    let binary = env!("CARGO_BIN_EXE_tank-registry-server");
    let mut python = std::process::Command::new("python3");
    let python = python.args(["-c", PYTHON, binary]);
    let output = python.current_dir(folder.path()).output();
    let output = output.expect("this test needs python3");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let keys: Vec<&str> = text
        .lines()
        .filter(|line| line.trim().starts_with("tank_"))
        .collect();
    assert_eq!(keys.len(), 1, "{text}");
    assert!(!folder.path().join("tank-registry-data/first-key").exists());
    let server = Running::start(folder.path(), &[]);
    assert_eq!(
        status(&server.url, "/api/v1/auth/whoami", keys[0].trim()),
        "200"
    );
}

#[test]
fn the_commands_to_try_are_complete() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("examples")).unwrap();
    fs::write(folder.path().join("examples/publish.py"), "").unwrap();
    fs::write(folder.path().join("tank.toml"), "").unwrap();
    let server = Running::start(
        folder.path(),
        &["--data", "my data", "--config", "tank.toml"],
    );
    let url = server.url.clone();
    let (_, text) = server.stop();
    let (_, commands) = text.split_once("Try next:\n\n").unwrap();
    let commands: Vec<&str> = commands.lines().take(3).map(str::trim).collect();
    let binary = env!("CARGO_BIN_EXE_tank-registry-server");
    assert_eq!(
        commands[0],
        format!(
            "{binary} admin org create acme --name Acme --owner admin --config tank.toml --data 'my data'"
        )
    );
    assert_eq!(
        commands[1],
        format!(
            "TANK_REGISTRY_URL={url} TANK_TOKEN=\"$(cat 'my data/first-key')\" python3 examples/publish.py examples/hello"
        )
    );
    let third = format!("TANK_REGISTRY_URL={url} python3 -c '");
    assert!(commands[2].starts_with(&third), "{}", commands[2]);
    let mut shell = std::process::Command::new("sh");
    let shell = shell.args(["-c", commands[0]]).current_dir(folder.path());
    assert!(shell.status().unwrap().success());
}

#[test]
fn of_servers_that_start_together_one_makes_the_registry_and_its_key_is_the_one_in_the_file() {
    const SERVERS: usize = 6;
    let folder = tempfile::tempdir().unwrap();
    let servers: Vec<Running> = std::thread::scope(|scope| {
        let starting: Vec<_> = (0..SERVERS)
            .map(|_| scope.spawn(|| Running::start(folder.path(), &[])))
            .collect();
        starting
            .into_iter()
            .map(|server| server.join().unwrap())
            .collect()
    });
    let key = first_key(folder.path());
    for server in &servers {
        assert_eq!(status(&server.url, "/api/v1/auth/whoami", &key), "200");
    }
    let ended = servers.into_iter().map(Running::stop);
    let told: Vec<(Option<i32>, String)> = ended.collect();
    assert!(told.iter().all(|(code, _)| *code == Some(0)), "{told:?}");
    let makers = told
        .iter()
        .filter(|(_, text)| text.contains("new registry"));
    assert_eq!(makers.count(), 1);
    let data = folder.path().join("tank-registry-data");
    let mut left: Vec<String> = fs::read_dir(data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.starts_with("registry.db"))
        .collect();
    left.sort();
    assert_eq!(left, ["blobs", "first-key"]);
}

#[test]
fn a_key_left_by_a_start_that_crashed_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("tank-registry-data");
    fs::create_dir(&data).unwrap();
    for name in ["first-key", "first-key.new", "first-start.lock"] {
        fs::write(data.join(name), "tank_old\n").unwrap();
    }
    let server = Running::start(folder.path(), &[]);
    let key = first_key(folder.path());
    assert_eq!(status(&server.url, "/api/v1/auth/whoami", &key), "200");
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    // A body that never comes keeps the request, and so the server, running.
    let key = first_key(folder.path());
    let mut stream = TcpStream::connect(server.url.strip_prefix("http://").unwrap()).unwrap();
    write!(
        stream,
        "POST /api/v1/skills HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n"
    )
    .unwrap();
    // Asked for the body, so the request runs.
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100");
    server.signal("INT");
    let until = std::time::Instant::now();
    while TcpStream::connect(server.url.strip_prefix("http://").unwrap()).is_ok() {
        assert!(until.elapsed().as_secs() < 10, "it still accepts");
        std::thread::yield_now();
    }
    server.signal("INT");
    let (code, _) = server.wait();
    assert_eq!(code, Some(1));
    assert!(until.elapsed().as_secs() < 10, "it waited for the request");
}

#[test]
fn counters_of_the_last_moment_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let server = Running::start(folder.path(), &[]);
    let key = first_key(folder.path());
    assert_eq!(status(&server.url, "/api/v1/auth/whoami", &key), "200");
    assert_eq!(server.stop().0, Some(0));
    let keys = done(
        folder.path(),
        &["admin", "key", "list", "--user", "admin", "--json"],
    );
    let keys: serde_json::Value = serde_json::from_str(&keys).unwrap();
    assert!(keys["keys"][0]["lastUsedAt"].is_string(), "{keys}");
}

#[test]
fn a_port_that_is_taken_is_refused_before_anything_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = program(folder.path()).args(["--listen", &address]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains(&format!("cannot listen on {address}")),
        "{text}"
    );
    assert!(!folder.path().join("tank-registry-data").exists());
}
