//! Thousands of clients that idle, dawdle or hang up, all at once: whoever behaves well beside them
//! is served as ever, and the server stays small and keeps nothing of them.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use tank_registry_tests::server::{Place, Raw, Server, until};
use tank_registry_tests::wire::{integrity, manifest, noise, pack, skill_files};

const IDLE: usize = 2000;
const READERS: usize = 200;
/// Half of them never come to the end of a head, a quarter each of two kinds of body.
const WRITERS: usize = 200;
const HANG_UPS: usize = 25;
const ROUNDS: usize = 6;
const WAVES: usize = 2;

/// Raises the number of files that this process and its servers may have open.
fn allow_open_files(number: u64) {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(u64::MAX);
    assert!(
        most >= number,
        "this test needs {number} open files and may have {most}: raise the hard limit (ulimit -Hn)"
    );
    if limit.current.is_some_and(|current| current < number) {
        let raised = Rlimit {
            current: Some(number),
            ..limit
        };
        setrlimit(Resource::Nofile, raised).unwrap();
    }
}

/// The most memory that the server ever held, in MiB.
fn peak_memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse::<u64>().unwrap() >> 10
}

fn open_files(server: &Server) -> usize {
    let files = fs::read_dir(format!("/proc/{}/fd", server.pid()));
    files.unwrap().count()
}

/// A whole request, of somebody who does not come again.
const GET: &str =
    "GET /api/v1/skills/large HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n\r\n";

/// Takes an answer piece by piece.
struct Reader {
    raw: Raw,
    taken: Vec<u8>,
}

impl Reader {
    fn new(server: &Server, path: &str) -> Self {
        let mut raw = server.connect();
        raw.send(format!(
            "GET {path} HTTP/1.1\r\nHost: registry\r\nConnection: close\r\n\r\n"
        ));
        let taken = Vec::new();
        Self { raw, taken }
    }

    fn go_on(&mut self) {
        self.taken.extend(self.raw.read_some(512));
    }

    /// The rest at once; the whole body.
    fn finish(mut self) -> Vec<u8> {
        self.taken.extend(self.raw.read_all());
        assert!(self.taken.starts_with(b"HTTP/1.1 200 "));
        let end = self.taken.windows(4).position(|four| four == b"\r\n\r\n");
        self.taken.split_off(end.unwrap() + 4)
    }
}

/// Says what it has to say letter by letter, but for its beginning.
struct Writer {
    raw: Raw,
    rest: std::vec::IntoIter<u8>,
}

impl Writer {
    fn new(server: &Server, beginning: &str, rest: impl Into<Vec<u8>>) -> Self {
        let mut raw = server.connect();
        raw.send(beginning);
        let rest = rest.into().into_iter();
        Self { raw, rest }
    }

    fn go_on(&mut self) {
        assert!(self.rest.len() > 1, "it would come to its end");
        self.raw.send([self.rest.next().unwrap()]);
    }

    /// The rest at once; the answer.
    fn finish(mut self) -> String {
        self.raw.send(self.rest.as_slice());
        self.raw.read_to_end()
    }
}

/// A skill that is larger than what lies in the buffers of a connection; a link to it.
fn publish_large(server: &Server) -> (String, Vec<u8>) {
    let manifest = manifest("large", "1.0.0");
    let mut files = skill_files(&manifest);
    files.push(("noise".to_owned(), noise(16 << 20, 1)));
    let archive = pack(&files);
    let client = server.administrator();
    assert_eq!(client.publish_archive(&manifest, &archive).status, 200);
    (client.link("large", "1.0.0"), archive)
}

/// All who behave badly and stay.
struct Crowd {
    idle: Vec<Raw>,
    readers: Vec<Reader>,
    writers: Vec<Writer>,
}

impl Crowd {
    fn gather(server: &Server, download: &str, wave: usize) -> Self {
        let client = server.administrator();
        let key = server.place.first_key();
        let version = |number: usize| manifest("slow", &format!("1.{wave}.{number}"));
        let writer = |number: usize| {
            if number < WRITERS / 2 {
                return Writer::new(server, "", GET);
            }
            let (request, body) = if number < WRITERS * 3 / 4 {
                let body = json!({ "manifest": version(number) });
                let request =
                    format!("POST /api/v1/skills HTTP/1.1\r\nAuthorization: Bearer {key}");
                (request, body.to_string().into_bytes())
            } else {
                let started = client.start(&version(number));
                let link = started.text("uploadUrl").strip_prefix(&server.url).unwrap();
                let body = pack(&skill_files(&version(number)));
                (format!("PUT {link} HTTP/1.1"), body)
            };
            let length = body.len();
            let head = format!(
                "{request}\r\nHost: registry\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
            );
            Writer::new(server, &head, body)
        };
        Self {
            idle: (0..IDLE).map(|_| server.connect()).collect(),
            readers: (0..READERS)
                .map(|_| Reader::new(server, download))
                .collect(),
            writers: (0..WRITERS).map(writer).collect(),
        }
    }

    fn go_on(&mut self) {
        self.readers.iter_mut().for_each(Reader::go_on);
        self.writers.iter_mut().for_each(Writer::go_on);
    }

    /// Some come to their end, which is as good as anybody's; the others hang up where they are.
    fn serve_some_and_leave(mut self, archive: &[u8]) {
        for writer in self.writers.drain(..).step_by(2) {
            let answer = writer.finish();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
        for reader in self.readers.drain(..5) {
            assert!(reader.finish() == archive, "an archive came out changed");
        }
        for mut idle in self.idle.drain(..).step_by(20) {
            idle.send(GET);
            let answer = idle.read_to_end();
            assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        }
    }
}

/// Begins downloads and hangs up in their middle.
fn hang_up(server: &Server, download: &str) {
    for _ in 0..HANG_UPS {
        let mut reader = Reader::new(server, download);
        while reader.taken.len() < 100_000 {
            reader.taken.extend(reader.raw.read_some(50_000));
        }
    }
}

/// Does what people do, all of which must go well; the time that most of its requests took at most.
fn behave(server: &Server, version: &str) -> Duration {
    let client = server.administrator();
    let archive = client.publish(&manifest("good", version));
    assert_eq!(client.download("good", version), archive);
    let mut times: Vec<Duration> = (0..40)
        .map(|_| {
            let started = Instant::now();
            let answer = client.version("good", version);
            assert_eq!(answer.text("integrity"), integrity(&archive));
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

#[test]
fn a_crowd_that_behaves_badly_costs_nobody_else_anything() {
    allow_open_files(4096);
    let server = Place::with(&[
        ("server.max_connections", "4000"),
        // Nobody is thrown out for being slow while this runs.
        ("server.header_timeout_seconds", "3600"),
        ("server.body_timeout_seconds", "3600"),
    ])
    .start();
    let at_start = open_files(&server);
    let (link, archive) = publish_large(&server);
    let download = link.strip_prefix(&server.url).unwrap();
    let mut alone = behave(&server, "1.0.0");
    let mut beside = Vec::new();
    let mut peaks = Vec::new();
    for wave in 1..=WAVES {
        let mut crowd = Crowd::gather(&server, download, wave);
        let all = at_start + IDLE + READERS + WRITERS;
        until("all of the crowd is connected", || {
            (open_files(&server) >= all).then_some(())
        });
        for round in 0..ROUNDS {
            crowd.go_on();
            beside.push(std::thread::scope(|scope| {
                scope.spawn(|| hang_up(&server, download));
                behave(&server, &format!("1.{wave}.{round}"))
            }));
        }
        assert!(open_files(&server) >= all, "none of them is served yet");
        crowd.serve_some_and_leave(&archive);
        until("the server has let go of the crowd", || {
            (open_files(&server) <= at_start + 4).then_some(())
        });
        peaks.push(peak_memory(&server));
        alone = alone.max(behave(&server, &format!("2.{wave}.0")));
    }
    // An archive for each reader alone would be more than ten times as much.
    assert!(peaks[0] < 256, "the server once held {peaks:?} MiB");
    assert!(peaks[1] < peaks[0] + 64, "memory grows: {peaks:?} MiB");
    // Not how fast it is, which depends on the machine: whether the crowd holds up everyone.
    beside.sort_unstable();
    let (beside, alone) = (
        beside[beside.len() / 2],
        alone.max(Duration::from_millis(10)),
    );
    assert!(
        beside < alone * 20,
        "{beside:?} beside the crowd, {alone:?} alone"
    );
    let ended = server.stop();
    assert_eq!(ended.status, Some(0), "{}", ended.stderr);
    assert!(!ended.stderr.contains("ERROR"), "{}", ended.stderr);
}
