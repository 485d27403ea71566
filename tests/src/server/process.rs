//! A server that runs.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::client::Client;
use super::place::Place;
use super::raw::Raw;
use super::wait::until;

/// A server process; it is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// What it said on stdout.
    pub url: String,
    pub place: Place,
    child: Child,
    stderr: Arc<Mutex<String>>,
    /// Reads stderr all the time, so that the server never waits for its log to be read.
    reading: Option<JoinHandle<()>>,
}

/// How a server ended.
#[derive(Debug)]
pub struct Ended {
    /// Nothing when a signal ended it.
    pub status: Option<i32>,
    /// All it wrote there.
    pub stderr: String,
}

impl Server {
    /// A server on a new place without settings.
    pub fn new() -> Self {
        Place::new().start()
    }

    pub(super) fn spawn(place: &Place, command: &mut Command) -> Self {
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let stderr = Arc::new(Mutex::new(String::new()));
        let text = Arc::clone(&stderr);
        let reading = std::thread::spawn(move || {
            for line in lines {
                let line = line.unwrap();
                let mut text = text.lock().unwrap();
                text.push_str(&line);
                text.push('\n');
            }
        });
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let mut server = Self {
            url: String::new(),
            place: place.clone(),
            child,
            stderr,
            reading: Some(reading),
        };
        match line.trim_end().strip_prefix("listening on ") {
            Some(url) => url.clone_into(&mut server.url),
            None => panic!("it did not start: {line:?}, {:?}", server.kill()),
        }
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// A client without a key.
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url, None)
    }

    pub fn client(&self, key: &str) -> Client {
        Client::new(&self.url, Some(key))
    }

    /// The administrator of a registry that was made here.
    pub fn administrator(&self) -> Client {
        self.client(&self.place.first_key())
    }

    /// A connection on which a test says what it wants.
    pub fn connect(&self) -> Raw {
        Raw::connect(self.address())
    }

    /// What it wrote to stderr so far.
    pub fn told(&self) -> String {
        self.stderr.lock().unwrap().clone()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, `TERM` for example.
    pub fn signal(&self, name: &str) {
        // The shell's own, as not every system has a program of that name.
        let kill = format!("kill -s {name} {}", self.pid());
        let sent = Command::new("sh").args(["-c", &kill]).status();
        assert!(sent.unwrap().success());
    }

    /// Whether it has not ended by itself.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits until it has ended by itself.
    pub fn wait(mut self) -> Ended {
        let status = until("the server has ended", || self.child.try_wait().unwrap());
        self.reading.take().unwrap().join().unwrap();
        Ended {
            status: status.code(),
            stderr: self.told(),
        }
    }

    /// Ends it as an operator would.
    pub fn stop(self) -> Ended {
        self.signal("TERM");
        self.wait()
    }

    /// Ends it as a crash would.
    pub fn kill(mut self) -> Ended {
        self.child.kill().unwrap();
        self.wait()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
