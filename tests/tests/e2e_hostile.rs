//! Clients that stall, flood or never come to the point: the server answers and stays small.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::fs;
use std::time::Duration;

use tank_registry_tests::server::{Place, Raw, Server, until};
use tank_registry_tests::wire::{manifest, pack, skill_files};

/// The path and query of a fresh upload link.
fn upload_target(server: &Server) -> String {
    let started = server.administrator().start(&manifest("large", "1.0.0"));
    let link = started.text("uploadUrl").to_owned();
    link.strip_prefix(&server.url).unwrap().to_owned()
}

#[test]
fn a_body_that_stalls_is_a_408_and_the_end_of_the_connection() {
    let server = Place::with(&[("server.body_timeout_seconds", "1")]).start();
    let key = server.place.first_key();
    let upload = upload_target(&server);
    for head in [
        format!("POST /api/v1/skills HTTP/1.1\r\nAuthorization: Bearer {key}"),
        format!("PUT {upload} HTTP/1.1"),
    ] {
        for framing in [
            "Content-Length: 100\r\n\r\n{\"",
            "Transfer-Encoding: chunked\r\n\r\n2\r\n{\"\r\n",
        ] {
            let mut client = server.connect();
            client.send(format!("{head}\r\nHost: a\r\n{framing}"));
            let answer = client.read_to_end();
            assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
            assert!(
                answer.ends_with(r#"{"error":"Request timeout"}"#),
                "{answer}"
            );
            assert!(answer.to_ascii_lowercase().contains("connection: close"));
        }
    }
}

/// The most memory that a process ever held, in MiB.
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse::<u64>().unwrap() >> 10
}

#[cfg(target_os = "linux")]
#[test]
fn a_body_of_1_gib_is_refused_to_who_listens_and_the_server_stays_small() {
    const PIECE: usize = 1 << 20;
    let server = Server::new();
    let key = server.place.first_key();
    let upload = upload_target(&server);
    let bare = vec![b' '; PIECE];
    let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &bare, b"\r\n"].concat();
    let length = format!("Content-Length: {}", 1 << 30);
    let (length, chunked) = (length.as_str(), "Transfer-Encoding: chunked");
    let start = format!("POST /api/v1/skills HTTP/1.1\r\nAuthorization: Bearer {key}");
    let put = format!("PUT {upload} HTTP/1.1");
    for (head, framing, piece) in [
        (&start, length, &bare),
        (&start, chunked, &chunk),
        (&put, length, &bare),
        (&put, chunked, &chunk),
    ] {
        let mut client = server.connect();
        let mut sending = client.twin();
        let head = format!("{head}\r\nHost: a\r\n{framing}\r\n\r\n");
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let _ = sending.try_send(head);
                // Goes on after the refusal, until the server has had enough.
                (0..1 << 10).try_for_each(|_| sending.try_send(piece))
            });
            let answer = client.read_until(r#"{"error":"Request body too large"}"#);
            assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        });
        assert_eq!(server.administrator().whoami().status, 200);
    }
    let peak = peak_memory(server.pid());
    assert!(peak < 200, "the server once held {peak} MiB");
}

#[test]
fn a_head_that_never_completes_is_closed_without_an_answer() {
    let server = Place::with(&[("server.header_timeout_seconds", "1")]).start();
    for beginning in ["", "G", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut client = server.connect();
        client.send(beginning);
        assert_eq!(client.read_to_end(), "", "{beginning:?}");
    }
}

#[test]
fn a_head_that_trickles_in_is_closed_without_an_answer() {
    let server = Place::with(&[("server.header_timeout_seconds", "1")]).start();
    let mut client = server.connect();
    let mut dripping = client.twin();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let _ = dripping.try_send("GET / HTTP/1.1\r\n");
            // The pace of this client is what the test is about.
            while dripping.try_send("a: b\r\n").is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        assert_eq!(client.read_to_end(), "");
        drop(client);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn thousands_of_idle_connections_are_held_to_the_limit_and_nobody_is_locked_out() {
    const LIMIT: usize = 400;
    // Each wave fits below the usual limit of 1024 open files.
    const WAVE: usize = 700;
    let server = Place::with(&[
        ("server.max_connections", "400"),
        ("server.header_timeout_seconds", "1"),
    ])
    .start();
    let files = || fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let before = files().count();
    for _ in 0..3 {
        let idle: Vec<Raw> = (0..WAVE).map(|_| server.connect()).collect();
        until("the limit is reached", || {
            (files().count() >= before + LIMIT / 2).then_some(())
        });
        let open = files().count();
        assert!(
            open <= before + LIMIT + 16,
            "{open} files are open, {before} before"
        );
        assert_eq!(server.anonymous().get("/api/health").status, 200);
        drop(idle);
    }
    until("all connections are gone", || {
        (files().count() <= before + 16).then_some(())
    });
}

#[tokio::test]
async fn http_2_is_spoken_to_who_knows() {
    let server = Server::new();
    let stream = tokio::net::TcpStream::connect(server.address()).await;
    let (mut sender, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
    let connection = tokio::spawn(connection);
    let key = server.place.first_key();
    let requests: Vec<_> = [
        "/api/health",
        "/api/v1/auth/whoami",
        "/api/v1/skills/nothing",
    ]
    .into_iter()
    .map(|path| {
        let request = http::Request::get(format!("{}{path}", server.url));
        let request = request.header("authorization", format!("Bearer {key}"));
        let (answer, _) = sender
            .send_request(request.body(()).unwrap(), true)
            .unwrap();
        answer
    })
    .collect();
    let mut statuses = Vec::new();
    for answer in requests {
        let answer = answer.await.unwrap();
        assert_eq!(answer.version(), http::Version::HTTP_2);
        statuses.push(answer.status().as_u16());
    }
    assert_eq!(statuses, [200, 200, 404]);
    drop(sender);
    connection.await.unwrap().unwrap();
}

/// A client of HTTP/2 whose answers have a window of so many bytes each, and a download of 1 MiB.
async fn behind_a_window(
    server: &Server,
    window: u32,
) -> (
    h2::client::SendRequest<bytes::Bytes>,
    tokio::task::JoinHandle<Result<(), h2::Error>>,
    String,
) {
    let manifest = manifest("large", "1.0.0");
    let mut files = skill_files(&manifest);
    // Compresses to nothing smaller, so that the link gives as much.
    let noise = (0_u64..1 << 17).flat_map(|number| {
        number
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
            .wrapping_mul(number | 1)
            .to_le_bytes()
    });
    files.push(("noise".to_owned(), noise.collect()));
    let client = server.administrator();
    let link = tokio::task::block_in_place(|| {
        let published = client.publish_archive(&manifest, &pack(&files));
        assert_eq!(published.status, 200, "{published:?}");
        client.link("large", "1.0.0")
    });
    let stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    let (sender, connection) = h2::client::Builder::new()
        .initial_window_size(window)
        .handshake(stream)
        .await
        .unwrap();
    (sender, tokio::spawn(connection), link)
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn who_takes_nothing_of_an_answer_over_http_2_holds_nothing_for_long() {
    let server = Place::with(&[("server.body_timeout_seconds", "1")]).start();
    let files = || {
        fs::read_dir(format!("/proc/{}/fd", server.pid()))
            .unwrap()
            .count()
    };
    let (mut sender, connection, link) = behind_a_window(&server, 0).await;
    let before = files();
    let mut answers = Vec::new();
    for _ in 0..16 {
        let request = http::Request::get(&link).body(()).unwrap();
        let (answer, _) = sender.send_request(request, true).unwrap();
        answers.push(answer.await.unwrap());
    }
    assert!(
        files() <= before + 4,
        "an answer that waits holds no file open"
    );
    let ended = tokio::time::timeout(Duration::from_secs(20), connection).await;
    assert!(
        ended.is_ok(),
        "the server keeps a connection that takes nothing"
    );
    tokio::task::block_in_place(|| {
        assert_eq!(server.anonymous().get("/api/health").status, 200);
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_an_answer_over_http_2_slowly_gets_all_of_it() {
    let server = Place::with(&[("server.body_timeout_seconds", "1")]).start();
    let (mut sender, _connection, link) = behind_a_window(&server, 64 * 1024).await;
    let request = http::Request::get(&link).body(()).unwrap();
    let answer = sender.send_request(request, true).unwrap().0.await.unwrap();
    let length: usize = answer.headers()["content-length"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    let mut body = answer.into_body();
    let mut taken = 0;
    while let Some(piece) = body.data().await {
        let piece = piece.unwrap();
        taken += piece.len();
        // The pace of this client is what the test is about: about 3 s for all of it.
        tokio::time::sleep(Duration::from_millis(50)).await;
        body.flow_control().release_capacity(piece.len()).unwrap();
    }
    assert_eq!(taken, length);
}
