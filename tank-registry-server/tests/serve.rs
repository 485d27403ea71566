//! The accept loop over real sockets, with services that are not the registry.

#![allow(
    clippy::unwrap_used,
    reason = "a test may panic, and so may what helps it"
)]

mod support;

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::BodyExt as _;
use support::{Server, answer, client, read_answer, read_to_end, send};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;

const MIB: usize = 1 << 20;
/// Longer than any test that works takes.
const PATIENCE: Duration = Duration::from_secs(20);
const MOMENT: Duration = Duration::from_millis(200);

/// Refuses `PUT` without a look at its body, answers everything else.
fn refusing() -> impl support::Handler {
    support::handler(async |request: http::Request<_>| {
        let is_put = request.method() == "PUT";
        drop(request);
        // As with a registry, the body is gone some time before there is an answer.
        for _ in 0..16 {
            tokio::task::yield_now().await;
        }
        if is_put {
            answer(StatusCode::PAYLOAD_TOO_LARGE, "too large")
        } else {
            answer(StatusCode::OK, "fine")
        }
    })
}

async fn put(stream: &mut TcpStream, length: usize, head: &str) {
    let head = format!("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{head}\r\n");
    send(stream, &head).await;
}

/// Writes a body of zeros and only then looks at the answer; answers how far it came.
async fn write_zeros(stream: &mut TcpStream, length: usize) -> usize {
    let piece = vec![0; MIB];
    for sent in (0..length).step_by(MIB) {
        if stream.write_all(&piece).await.is_err() {
            return sent;
        }
    }
    length
}

#[tokio::test]
async fn an_early_refusal_reaches_a_client_that_sends_everything_first() {
    let server = Server::start(refusing()).await;
    let mut stream = client(&server).await;
    put(&mut stream, 20 * MIB, "").await;
    assert_eq!(write_zeros(&mut stream, 20 * MIB).await, 20 * MIB);
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413"));
    // All of the body was read away, so the connection still serves.
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn beyond_the_bound_the_connection_lingers_and_ends_without_a_reset() {
    let server = Server::with(refusing(), |options| {
        options.drain_bytes = MIB as u64;
    })
    .await;
    let mut stream = client(&server).await;
    put(&mut stream, 64 * MIB, "").await;
    assert_eq!(write_zeros(&mut stream, 64 * MIB).await, 64 * MIB);
    assert!(read_to_end(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_chunked_body_is_read_away_too() {
    let server = Server::start(refusing()).await;
    let mut stream = client(&server).await;
    send(
        &mut stream,
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    )
    .await;
    for _ in 0..8 {
        send(&mut stream, "100000\r\n").await;
        assert_eq!(write_zeros(&mut stream, MIB).await, MIB);
        send(&mut stream, "\r\n").await;
    }
    send(&mut stream, "0\r\n\r\n").await;
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 413"));
}

#[tokio::test]
async fn a_client_that_waits_to_be_asked_is_not_asked_for_a_body_that_nobody_wants() {
    let server = Server::start(refusing()).await;
    let mut stream = client(&server).await;
    put(&mut stream, 64 * MIB, "Expect: 100-continue\r\n").await;
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

/// Clients that hand over a body as a whole and look at the answer later.
#[tokio::test]
async fn python_and_node_see_a_413_for_small_and_for_huge_bodies() {
    const PYTHON: &str = "
import http.client, sys
for mib in (1, 20, 1024):
    connection = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=20)
    piece = bytes(1 << 20)
    connection.request('PUT', '/', body=(piece for _ in range(mib)), headers={'Content-Length': str(mib << 20)})
    answer = connection.getresponse()
    assert answer.status == 413 and answer.read() == b'too large', answer.status
";
    const NODE: &str = "
(async () => {
    for (const mib of [1, 20, 512]) {
        const body = new Uint8Array(mib * 1048576);
        const answer = await fetch(`http://127.0.0.1:${process.argv[1]}/`, { method: 'PUT', body });
        if (answer.status !== 413 || await answer.text() !== 'too large') process.exit(1);
    }
})();
";
    let server = Server::start(refusing()).await;
    let port = server.address.port().to_string();
    for (program, flag, script) in [("python3", "-c", PYTHON), ("node", "-e", NODE)] {
        let output = Command::new(program)
            .args([flag, script, &port])
            .stdin(Stdio::null())
            .output();
        let output = timeout(PATIENCE * 3, output).await.unwrap();
        let output = output.unwrap_or_else(|error| panic!("this test needs {program}: {error}"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {complaint}");
    }
}

/// Some clients take a reset for a failure even when it follows a whole answer.
#[tokio::test]
async fn on_http_2_a_stream_is_not_reset_while_its_body_is_read_away() {
    const DATA: u8 = 0;
    const HEADERS: u8 = 1;
    const RESET: u8 = 3;
    const PING: u8 = 6;
    const END_OF_STREAM: u8 = 1;
    const END_OF_HEAD: u8 = 4;
    let server = Server::start(refusing()).await;
    let mut stream = client(&server).await;
    let start = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    send(&mut stream, start).await;
    // `PUT http://a/`, in the notation of HPACK.
    let head = b"\x02\x03PUT\x86\x84\x01\x01a";
    write_frame(&mut stream, HEADERS, END_OF_HEAD, 1, head).await;
    write_frame(&mut stream, DATA, 0, 1, &[0; 4096]).await;
    let mut kinds = Vec::new();
    loop {
        let (kind, flags, about) = read_frame(&mut stream).await;
        if about == 1 {
            kinds.push(kind);
            if kind == DATA && flags & END_OF_STREAM != 0 {
                break;
            }
        }
    }
    write_frame(&mut stream, DATA, END_OF_STREAM, 1, &[0; 4096]).await;
    write_frame(&mut stream, PING, 0, 0, &[0; 8]).await;
    loop {
        match read_frame(&mut stream).await {
            (PING, _, _) => break,
            (kind, _, 1) => kinds.push(kind),
            _ => {}
        }
    }
    assert!(
        kinds.contains(&HEADERS) && !kinds.contains(&RESET),
        "{kinds:?}"
    );
}

async fn write_frame(stream: &mut TcpStream, kind: u8, flags: u8, about: u8, content: &[u8]) {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let start = [0, length[0], length[1], kind, flags, 0, 0, 0, about];
    stream.write_all(&[&start, content].concat()).await.unwrap();
}

/// Kind, flags and stream of the next frame.
async fn read_frame(stream: &mut TcpStream) -> (u8, u8, u8) {
    let mut start = [0; 9];
    stream.read_exact(&mut start).await.unwrap();
    let length = u32::from_be_bytes([0, start[0], start[1], start[2]]);
    let mut content = vec![0; length as usize];
    stream.read_exact(&mut content).await.unwrap();
    (start[3], start[4], start[8])
}

#[tokio::test]
async fn a_connection_without_a_whole_head_ends_without_an_answer() {
    let server = Server::with(refusing(), |options| options.header_timeout = MOMENT).await;
    // Silence; the first letter of a method and of HTTP/2; half a head; HTTP/2 without a request.
    for start in [
        "",
        "P",
        "GET / HTTP/1.1\r\nHost",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
    ] {
        let mut stream = client(&server).await;
        send(&mut stream, start).await;
        let answer = read_to_end(&mut stream).await;
        assert!(!answer.contains("HTTP/1.1"), "{start:?}: {answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_ends_and_one_with_a_slow_request_does_not() {
    let (started, release) = (Arc::new(Semaphore::new(0)), Arc::new(Notify::new()));
    let slow = {
        let (started, release) = (Arc::clone(&started), Arc::clone(&release));
        support::handler(move |request: http::Request<_>| {
            let (started, release) = (Arc::clone(&started), Arc::clone(&release));
            async move {
                if request.uri().path() == "/slow" {
                    started.add_permits(1);
                    release.notified().await;
                }
                answer(StatusCode::OK, "fine")
            }
        })
    };
    let server = Server::with(slow, |options| options.header_timeout = MOMENT).await;
    let mut slow = client(&server).await;
    send(&mut slow, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let _ = started.acquire().await.unwrap();
    let mut idle = client(&server).await;
    send(&mut idle, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut idle).await.starts_with("HTTP/1.1 200"));
    // Its end shows that the time-out has passed, also for the slow one.
    assert_eq!(read_to_end(&mut idle).await, "");
    release.notify_one();
    assert!(read_answer(&mut slow).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_connection_too_many_waits_for_another_to_end() {
    let server = Server::with(refusing(), |options| options.max_connections = 1).await;
    let mut first = client(&server).await;
    send(&mut first, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut first).await.starts_with("HTTP/1.1 200"));
    let mut second = client(&server).await;
    send(&mut second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut byte = [0];
    assert!(timeout(MOMENT, second.peek(&mut byte)).await.is_err());
    drop(first);
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn whoever_takes_nothing_of_an_answer_loses_the_connection() {
    let large = support::handler(
        async |request: http::Request<_>| match request.uri().path() {
            "/large" => answer(StatusCode::OK, vec![0; 64 * MIB]),
            _ => answer(StatusCode::OK, "fine"),
        },
    );
    let server = Server::with(large, |options| {
        options.max_connections = 1;
        options.write_timeout = MOMENT;
    })
    .await;
    let mut first = client(&server).await;
    send(&mut first, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut second = client(&server).await;
    send(&mut second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_client_that_closed_its_write_side_is_answered() {
    let reading = support::handler(
        async |request: http::Request<tank_registry_server::serve::RequestBody>| match request
            .into_body()
            .collect()
            .await
        {
            Ok(body) => answer(StatusCode::OK, body.to_bytes()),
            Err(_) => answer(StatusCode::BAD_REQUEST, "cut"),
        },
    );
    let server = Server::start(reading).await;
    for (length, status) in [(4, "HTTP/1.1 200"), (5, "HTTP/1.1 400")] {
        let mut stream = client(&server).await;
        put(&mut stream, length, "").await;
        send(&mut stream, "four").await;
        stream.shutdown().await.unwrap();
        let answer = read_to_end(&mut stream).await;
        assert!(answer.starts_with(status), "{answer}");
    }
}

#[tokio::test]
async fn a_panic_costs_one_connection() {
    let panicking = support::handler(async |request: http::Request<_>| {
        assert_eq!(request.uri().path(), "/", "as this test wants it");
        answer(StatusCode::OK, "fine")
    });
    let server = Server::start(panicking).await;
    let mut first = client(&server).await;
    send(&mut first, "GET /panic HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(read_to_end(&mut first).await, "");
    let mut second = client(&server).await;
    send(&mut second, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn every_request_carries_its_peers_address() {
    let telling = support::handler(async |request: http::Request<_>| {
        let peer = request
            .extensions()
            .get::<tank_registry_core::http::ClientAddr>();
        answer(StatusCode::OK, peer.unwrap().0.to_string())
    });
    let server = Server::start(telling).await;
    let mut stream = client(&server).await;
    let own = stream.local_addr().unwrap().to_string();
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(read_answer(&mut stream).await.ends_with(&own));
}

/// A service whose `/slow` says that it has begun and then waits.
fn slow() -> (impl support::Handler, mpsc::Receiver<()>, Arc<Notify>) {
    let (begun, has_begun) = mpsc::channel(8);
    let release = Arc::new(Notify::new());
    let waiting = Arc::clone(&release);
    let handler = support::handler(move |_| {
        let (begun, waiting) = (begun.clone(), Arc::clone(&waiting));
        async move {
            begun.send(()).await.unwrap();
            waiting.notified().await;
            answer(StatusCode::OK, Bytes::from(vec![b'x'; 4 * MIB]))
        }
    });
    (handler, has_begun, release)
}

#[tokio::test]
async fn shutdown_lets_a_request_end_and_accepts_no_other() {
    let (handler, mut begun, release) = slow();
    let server = Server::start(handler).await;
    let mut idle = client(&server).await;
    let mut stream = client(&server).await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    begun.recv().await.unwrap();
    let address = server.address;
    let ending = server.stop();
    assert_eq!(read_to_end(&mut idle).await, "");
    assert!(TcpStream::connect(address).await.is_err());
    release.notify_one();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert!(received.len() > 4 * MIB);
    assert_eq!(timeout(PATIENCE, ending).await.unwrap(), 0);
}

#[tokio::test]
async fn shutdown_cuts_what_does_not_end() {
    let (handler, mut begun, _release) = slow();
    let server = Server::with(handler, |options| options.shutdown_timeout = MOMENT).await;
    let mut stream = client(&server).await;
    send(&mut stream, "GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    begun.recv().await.unwrap();
    assert_eq!(timeout(PATIENCE, server.stop()).await.unwrap(), 1);
    assert_eq!(read_to_end(&mut stream).await, "");
}
