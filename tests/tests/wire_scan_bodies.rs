//! Forms that are too long, too slow, cut, or no forms: sections 1 and 4.12 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http::Request;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use tank_registry_core::package::{Package, PackageLimits};
use tank_registry_core::scan::{ScanContext, ScanError, ScanReport};
use tank_registry_core::{Scanner, Settings};
use tank_registry_tests::wire::{
    Answer, Form, TestRegistry, TestScanner, gzip, manifest, noise, pack, report, skill_files,
};

const MIB: usize = 1 << 20;

async fn registry() -> (TestRegistry, String) {
    let scanner = TestScanner::new(report(vec![]));
    let test = TestRegistry::with(|builder| builder.scanner(scanner)).await;
    let ada = test.user("ada").await;
    (test, ada)
}

/// Memory for one archive and no more.
fn scarce() -> Settings {
    let mut settings = Settings::default();
    let limits = PackageLimits::default();
    settings.confirm_memory = limits.working_memory(limits.compressed);
    settings
}

fn small() -> Form {
    Form::of_skill(&manifest("tools", "1.0.0"))
}

/// A third of a mebibyte may inflate to all that a package may hold.
fn large() -> Form {
    let file = ("noise".to_owned(), noise(MIB / 3, 1));
    Form::default().file("tarball", &pack(&[file]))
}

type Chunks = StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>>;

/// A body of unknown length.
fn chunked(pieces: Vec<io::Result<Bytes>>) -> Chunks {
    StreamBody::new(
        stream::iter(pieces)
            .map(|piece| piece.map(Frame::data))
            .boxed(),
    )
}

fn cut_up(body: &Bytes, length: usize) -> Vec<io::Result<Bytes>> {
    body.chunks(length)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect()
}

async fn send_raw(test: &TestRegistry, key: &str, kind: &str, body: impl Into<Bytes>) -> Answer {
    let request = Request::post(Form::SCAN)
        .header("authorization", format!("Bearer {key}"))
        .header("content-type", kind);
    test.send(request.body(Full::new(body.into())).unwrap())
        .await
}

#[tokio::test]
async fn an_archive_of_the_most_bytes_is_scanned_and_one_more_is_refused() {
    let (test, ada) = registry().await;
    let limit = 50 * MIB;
    let most = Form::default().file("tarball", &noise(limit, 1));
    let answer = most.scan(&test, &ada).await;
    assert_eq!((answer.status, answer.text("verdict")), (200, "fail"));
    let more = Form::default().file("tarball", &noise(limit + 1, 1));
    let expected = (
        413,
        "Tarball too large: 52428801 bytes exceeds 52428800 bytes",
    );
    let answer = more.clone().scan(&test, &ada).await;
    assert_eq!(answer.refusal(), expected);
    // Without a length it is found while the bytes come.
    let body = chunked(cut_up(&more.clone().body(), MIB));
    let answer = test.send(more.request(&ada).body(body).unwrap()).await;
    assert_eq!(answer.refusal(), expected);
}

#[tokio::test]
async fn far_too_much_is_refused_before_it_comes_and_endless_bytes_are_not_read() {
    let (test, ada) = registry().await;
    let silent = StreamBody::new(stream::pending::<io::Result<Frame<Bytes>>>());
    let announced = small().request(&ada).header("content-length", "99999999");
    let answer = test.send(announced.body(silent).unwrap()).await;
    assert_eq!(
        answer.refusal(),
        (
            413,
            "Tarball too large: 99999999 bytes exceeds 52428800 bytes"
        )
    );
    let form = Form::default().file("tarball", b"");
    let mut head = form.clone().body();
    head.truncate(head.len() - 40);
    let endless = stream::iter([head]).chain(stream::repeat(Bytes::from(vec![7; MIB])));
    let endless = StreamBody::new(endless.map(|piece| Ok::<_, io::Error>(Frame::data(piece))));
    let request = form.request(&ada).body(Box::pin(endless)).unwrap();
    let answer = test.send(request).await;
    assert_eq!(answer.status, 413, "{answer:?}");
}

#[tokio::test]
async fn how_the_body_is_cut_into_pieces_does_not_matter() {
    let (test, ada) = registry().await;
    let whole = small().scan(&test, &ada).await;
    for length in [1, 7, 64, 1000] {
        let body = chunked(cut_up(&small().body(), length));
        let answer = test.send(small().request(&ada).body(body).unwrap()).await;
        assert_eq!(answer.json, whole.json, "{length}");
    }
}

#[tokio::test]
async fn fields_that_are_missing_unknown_or_repeated_are_named() {
    let (test, ada) = registry().await;
    let archive = pack(&skill_files(&manifest("tools", "1.0.0")));
    let form = Form::default;
    for (form, expected) in [
        (form(), "Missing tarball file"),
        (form().text("manifest", "{}"), "Missing tarball file"),
        (small().file("tarball", &archive), "Repeated field: tarball"),
        (small().text("manifest", "{}"), "Repeated field: manifest"),
        (
            small().text("versionId", "1"),
            "Unknown field: \"versionId\"; expected tarball and manifest",
        ),
        (
            small().part("Content-Type: text/plain", b"x"),
            "Unknown field: \"\"; expected tarball and manifest",
        ),
    ] {
        let answer = form.scan(&test, &ada).await;
        assert_eq!(answer.refusal(), (400, expected));
    }
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let (test, ada) = registry().await;
    let body = small().body();
    let no_boundary = "Invalid multipart body: its type names no boundary";
    let long = format!("multipart/form-data; boundary={}", "x".repeat(71));
    for kind in [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        &long,
    ] {
        let answer = send_raw(&test, &ada, kind, body.clone()).await;
        assert_eq!(answer.refusal(), (400, no_boundary), "{kind}");
    }
    let early = "Invalid multipart body: it ends early";
    let kind = small().content_type();
    let half = body.slice(..body.len() / 2);
    let other = send_raw(&test, &ada, "multipart/form-data; boundary=other", body);
    assert_eq!(other.await.refusal(), (400, early));
    for cut in [Bytes::new(), half] {
        let answer = send_raw(&test, &ada, &kind, cut).await;
        assert_eq!(answer.refusal(), (400, early));
    }
    let head = Form::default().part("no head at all\u{0}", b"x");
    let answer = head.scan(&test, &ada).await;
    let expected = "Invalid multipart body: the head of a part cannot be read";
    assert_eq!(answer.refusal(), (400, expected));
    for kind in ["text/plain", "multipart/mixed; boundary=x", ""] {
        let answer = send_raw(&test, &ada, kind, "x").await;
        let expected = "Unsupported media type: expected multipart/form-data or application/json";
        assert_eq!(answer.refusal(), (415, expected), "{kind}");
    }
    let request = small().request(&ada).header("content-encoding", "gzip");
    let packed = Full::new(Bytes::from(gzip(&small().body())));
    assert_eq!(test.send(request.body(packed).unwrap()).await.status, 415);
}

#[tokio::test]
async fn what_stands_between_parts_is_bounded() {
    let (test, ada) = registry().await;
    let expected = "Invalid multipart body: too much stands between its parts";
    let kind = small().content_type();
    let blank = vec![b' '; MIB];
    let answer = send_raw(&test, &ada, &kind, blank.clone()).await;
    assert_eq!(answer.refusal(), (400, expected));
    let head = format!("X: {}", "y".repeat(MIB));
    let long = Form::default().part(&head, b"x").scan(&test, &ada).await;
    assert_eq!(long.refusal(), (400, expected));
    // What follows the last part is nobody's.
    let behind = [&small().body()[..], &blank].concat();
    assert_eq!(send_raw(&test, &ada, &kind, behind).await.status, 200);
}

/// A body that pauses before each of its pieces.
fn slow(
    pieces: usize,
    pause: Duration,
) -> StreamBody<BoxStream<'static, io::Result<Frame<Bytes>>>> {
    let body = small().body();
    let pieces = cut_up(&body, body.len().div_ceil(pieces));
    let slow = stream::iter(pieces).then(move |piece| async move {
        tokio::time::sleep(pause).await;
        piece.map(Frame::data)
    });
    StreamBody::new(slow.boxed())
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_or_takes_more_than_a_minute_in_all_ends_the_connection() {
    let (test, ada) = registry().await;
    for (pieces, pause, expected) in [(2, 29, 200), (2, 31, 408), (20, 1, 200), (20, 5, 408)] {
        let body = slow(pieces, Duration::from_secs(pause));
        let answer = test.send(small().request(&ada).body(body).unwrap()).await;
        assert_eq!(answer.status, expected, "{answer:?}");
        if expected == 408 {
            assert_eq!(answer.refusal(), (408, "Request timeout"));
            assert_eq!(answer.header("connection"), Some("close"));
        }
    }
}

#[tokio::test]
async fn a_client_that_hangs_up_is_refused_and_leaves_no_memory_behind() {
    let scanner = TestScanner::paused(report(vec![]));
    let builder = |builder: tank_registry_core::RegistryBuilder| {
        builder.scanner(scanner.clone()).settings(scarce())
    };
    let test = TestRegistry::with(builder).await;
    let ada = test.user("ada").await;
    let body = small().body();
    let cut = chunked(vec![
        Ok(body.slice(..100)),
        Err(io::ErrorKind::ConnectionReset.into()),
    ]);
    let answer = test.send(small().request(&ada).body(cut).unwrap()).await;
    assert_eq!(
        (answer.refusal(), answer.header("connection")),
        ((400, "Request body ended early"), Some("close"))
    );
    // In the middle of a body, and in the middle of a scan.
    let begun = Ok::<_, io::Error>(Frame::data(body.slice(..100)));
    let silent = stream::iter([begun]).chain(stream::pending());
    let silent = StreamBody::new(silent.boxed());
    let (one, key) = (test.clone(), ada.clone());
    let waiting =
        tokio::spawn(async move { one.send(small().request(&key).body(silent).unwrap()).await });
    tokio::task::yield_now().await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    let (one, key) = (test.clone(), ada.clone());
    let scanning = tokio::spawn(async move { small().scan(&one, &key).await });
    scanner.reached().await;
    scanning.abort();
    assert!(scanning.await.unwrap_err().is_cancelled());
    scanner.resume();
    assert_eq!(large().scan(&test, &ada).await.status, 200);
}

/// Goes on with a package behind everybody's back, as a job does that nobody waits for.
#[derive(Debug, Default)]
struct Keeps(Mutex<Vec<Arc<Package>>>);

#[async_trait]
impl Scanner for Keeps {
    async fn scan(&self, package: Arc<Package>, _: ScanContext) -> Result<ScanReport, ScanError> {
        self.0.lock().unwrap().push(package);
        Ok(report(vec![]))
    }

    fn rules_version(&self) -> String {
        "keeps".to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn memory_is_free_again_when_the_last_one_lets_the_package_go() {
    let scanner = Arc::new(Keeps::default());
    let builder = |builder: tank_registry_core::RegistryBuilder| {
        builder.scanner(scanner.clone()).settings(scarce())
    };
    let test = TestRegistry::with(builder).await;
    let ada = test.user("ada").await;
    assert_eq!(large().scan(&test, &ada).await.status, 200);
    let full = large().scan(&test, &ada).await;
    assert_eq!(full.refusal(), (503, "Service overloaded, try again later"));
    scanner.0.lock().unwrap().clear();
    assert_eq!(large().scan(&test, &ada).await.status, 200);
}
