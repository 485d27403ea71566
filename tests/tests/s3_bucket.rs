//! What a bucket does besides the rules of every blob store: links, parts, and faults that are told
//! in one sentence.

#![allow(clippy::unwrap_used, reason = "a panic reports a broken rule")]

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tank_registry_core::BlobStore as _;
use tank_registry_core::blob::{
    BlobArea, BlobErrorKind, BlobId, BlobKey, ByteStream, Delegation, Digest, once, read_to_bytes,
};
use tank_registry_core::model::UploadId;
use tank_registry_s3::{S3Blobs, S3Credentials, S3OpenError, S3Options};
use tank_registry_tests::s3::{KEY, S3, moto, open, own_s3s_fs, s3s_fs};
use tank_registry_tests::server::until;
use uuid::Uuid;

const READ: Delegation = Delegation::Read {
    content_type: "application/gzip",
    cache_control: "private, no-store",
};
const MINUTE: Duration = Duration::from_mins(1);
const MIB: usize = 1 << 20;

fn staged_key() -> BlobKey {
    BlobKey::Staged(UploadId::new(Uuid::now_v7()))
}

/// So many mebibytes in pieces of 64 KiB; `at` is told how many bytes have gone.
fn mebibytes(count: usize, mut at: impl FnMut(usize) + Send + 'static) -> ByteStream {
    const PIECE: usize = 64 << 10;
    let pieces = stream::iter(0..count * MIB / PIECE);
    let pieces = pieces.map(move |number| {
        at(number * PIECE);
        Ok(Bytes::from(vec![b'x'; PIECE]))
    });
    pieces.boxed()
}

async fn presigned(server: &S3) -> S3Blobs {
    let mut bucket = server.bucket();
    bucket.presigned_uploads = true;
    bucket.presigned_downloads = true;
    open(bucket).await
}

/// The link, as text.
async fn link(blobs: &S3Blobs, key: &BlobKey, access: Delegation, valid: Duration) -> String {
    let url = blobs.delegate(key, access, valid).await.unwrap();
    url.unwrap().into()
}

fn put(link: &str, content_type: Option<&str>, body: &str) -> u16 {
    let mut request = ureq::put(link).config().http_status_as_error(false).build();
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    request.send(body).unwrap().status().as_u16()
}

fn get(link: &str) -> (u16, String) {
    let request = ureq::get(link).config().http_status_as_error(false).build();
    let mut response = request.call().unwrap();
    let text = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), text)
}

#[tokio::test]
async fn a_link_writes_and_reads_over_plain_http_whatever_its_type_is() {
    for server in [s3s_fs(), moto()] {
        let blobs = presigned(server).await;
        let key = staged_key();
        for content_type in [
            None,
            Some("application/octet-stream"),
            Some("application/gzip"),
        ] {
            let body = format!("sent as {content_type:?}");
            let write = link(&blobs, &key, Delegation::Write, MINUTE).await;
            assert_eq!(put(&write, content_type, &body), 200);
            let read = link(&blobs, &key, READ, MINUTE).await;
            assert_eq!(get(&read), (200, body));
        }
    }
}

#[tokio::test]
async fn what_is_read_by_a_link_has_the_headers_that_were_asked_for() {
    let blobs = presigned(moto()).await;
    let key = staged_key();
    blobs.stage(&key, once("archive".into())).await.unwrap();
    let read = link(&blobs, &key, READ, MINUTE).await;
    let response = ureq::get(&read).call().unwrap();
    let header = |name| response.headers().get(name).unwrap().to_str().unwrap();
    assert_eq!(header("content-type"), "application/gzip");
    assert_eq!(header("cache-control"), "private, no-store");
}

#[tokio::test]
async fn a_link_that_has_expired_is_refused() {
    let blobs = presigned(s3s_fs()).await;
    let key = staged_key();
    let write = link(&blobs, &key, Delegation::Write, Duration::ZERO).await;
    assert_eq!(put(&write, None, "late"), 403);
    assert_eq!(blobs.stat(&key).await.unwrap(), None);
}

#[tokio::test]
async fn a_link_is_bound_to_its_method_its_object_and_its_end() {
    let blobs = presigned(s3s_fs()).await;
    let [key, other] = [staged_key(), staged_key()];
    for key in [&key, &other] {
        blobs.stage(key, once("first".into())).await.unwrap();
    }
    let read = link(&blobs, &key, READ, MINUTE).await;
    assert_eq!(put(&read, None, "second"), 403);
    let elsewhere = read.replace(&key.path(), &other.path());
    assert_eq!(get(&elsewhere).0, 403);
    let longer = read.replace("X-Amz-Expires=3660", "X-Amz-Expires=7200");
    assert_ne!(longer, read);
    assert_eq!(get(&longer).0, 403);
    assert_eq!(get(&read), (200, "first".to_owned()));
}

#[tokio::test]
async fn a_link_to_read_is_the_same_for_all_of_an_hour() {
    let blobs = presigned(moto()).await;
    let key = staged_key();
    let first = link(&blobs, &key, READ, MINUTE).await;
    assert!(first.contains("0000Z&X-Amz-Expires=3660&"), "{first}");
    let same = async || link(&blobs, &key, READ, MINUTE).await == first;
    // Between the first two an hour may have ended.
    assert!(same().await || link(&blobs, &key, READ, MINUTE).await != first);
}

#[tokio::test]
async fn nothing_is_delegated_that_was_not_asked_for_and_content_never_for_writing() {
    let blobs = open(moto().bucket()).await;
    for access in [READ, Delegation::Write] {
        let url = blobs.delegate(&staged_key(), access, MINUTE).await;
        assert_eq!(url.unwrap(), None);
    }
    let content = BlobKey::Content(BlobId {
        digest: Digest::of(b"content"),
        generation: 1,
    });
    let blobs = presigned(moto()).await;
    let refused = blobs.delegate(&content, Delegation::Write, MINUTE).await;
    assert_eq!(refused.unwrap_err().kind(), BlobErrorKind::Internal);
}

#[tokio::test]
async fn a_large_body_is_sent_as_it_comes() {
    let server = own_s3s_fs();
    let bucket = server.bucket();
    let blobs = open(bucket.clone()).await;
    let key = staged_key();
    let folder = server.folder().to_owned();
    let body = mebibytes(30, move |sent| {
        let names = fs::read_dir(&folder).unwrap();
        let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let parts = names.filter(|name| name.contains(".part-")).count();
        // What is not there yet is in memory: less than one part and one piece.
        assert!(sent - parts * 5 * MIB <= 5 * MIB, "{sent} in {parts} parts");
    });
    assert_eq!(blobs.stage(&key, body).await.unwrap(), 30 << 20);
    let read = blobs.get(&key, None).await.unwrap();
    let read = read_to_bytes(read, 31 << 20).await.unwrap();
    assert!(read.len() == 30 * MIB && read.iter().all(|&byte| byte == b'x'));
    assert_eq!(server.unfinished(&bucket.bucket), Vec::<String>::new());
}

#[tokio::test]
async fn a_large_object_under_its_digest_is_written_in_parts_too() {
    // The names that `s3s-fs` gives to parts of such an object are too long for a file.
    let bucket = moto().bucket();
    let blobs = open(bucket.clone()).await;
    let bytes = vec![b'x'; 20 * MIB];
    let blob = BlobId {
        digest: Digest::of(&bytes),
        generation: 1,
    };
    let size = bytes.len() as u64;
    let other = BlobId {
        digest: Digest::of(b"other"),
        ..blob
    };
    let refused = blobs
        .put_verified(&other, size, mebibytes(20, |_| ()))
        .await;
    assert_eq!(refused.unwrap_err().kind(), BlobErrorKind::Mismatch);
    assert_eq!(blobs.stat(&BlobKey::Content(other)).await.unwrap(), None);
    assert_eq!(moto().unfinished(&bucket.bucket), Vec::<String>::new());
    blobs
        .put_verified(&blob, size, mebibytes(20, |_| ()))
        .await
        .unwrap();
    let stat = blobs.stat(&BlobKey::Content(blob)).await.unwrap();
    assert_eq!(stat.unwrap().size, size);
}

/// Twelve mebibytes, and then what is given.
fn twelve_and(end: ByteStream) -> ByteStream {
    mebibytes(12, |_| ()).chain(end).boxed()
}

#[tokio::test]
async fn an_interrupted_body_leaves_no_part() {
    let own = own_s3s_fs();
    for server in [&own, moto()] {
        let bucket = server.bucket();
        let blobs = open(bucket.clone()).await;
        let key = staged_key();
        blobs.stage(&key, once("first".into())).await.unwrap();
        let broken = io::Error::from(io::ErrorKind::ConnectionReset);
        let body = twelve_and(stream::iter([Err(broken)]).boxed());
        let error = blobs.stage(&key, body).await.unwrap_err();
        assert_eq!(error.kind(), BlobErrorKind::Interrupted);
        assert_eq!(server.unfinished(&bucket.bucket), Vec::<String>::new());
        let read = blobs.get(&key, None).await.unwrap();
        assert_eq!(read_to_bytes(read, 99).await.unwrap(), "first");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_nobody_waits_for_leaves_no_part() {
    let bucket = moto().bucket();
    let blobs = open(bucket.clone()).await;
    let (reached, is_reached) = tokio::sync::oneshot::channel();
    let mut reached = Some(reached);
    let end = stream::poll_fn(move |_| {
        if let Some(reached) = reached.take() {
            reached.send(()).unwrap();
        }
        std::task::Poll::Pending
    });
    let write =
        tokio::spawn(async move { blobs.stage(&staged_key(), twelve_and(end.boxed())).await });
    is_reached.await.unwrap();
    assert_eq!(moto().unfinished(&bucket.bucket).len(), 1);
    write.abort();
    until("the parts are gone", || {
        moto().unfinished(&bucket.bucket).is_empty().then_some(())
    });
}

#[tokio::test]
async fn what_others_put_there_is_passed_over() {
    let server = own_s3s_fs();
    let bucket = server.bucket();
    let blobs = open(bucket.clone()).await;
    let key = staged_key();
    blobs.stage(&key, once("ours".into())).await.unwrap();
    let folder = server.folder().join(&bucket.bucket).join("registry/one");
    fs::write(folder.join("uploads/0-notes.txt"), "theirs").unwrap();
    fs::write(folder.join("uploads/zz"), "theirs").unwrap();
    let page = blobs.list(BlobArea::Staged, None).await.unwrap();
    let keys: Vec<_> = page.objects.iter().map(|(key, _)| *key).collect();
    assert_eq!((keys, page.more), (vec![key], false));
}

#[tokio::test]
async fn two_prefixes_of_one_bucket_are_two_stores() {
    let bucket = moto().bucket();
    let blobs = open(bucket.clone()).await;
    let mut other = bucket;
    "registry/two".clone_into(&mut other.prefix);
    let other = open(other).await;
    let key = staged_key();
    blobs.stage(&key, once("one".into())).await.unwrap();
    assert_eq!(other.stat(&key).await.unwrap(), None);
    assert_eq!(
        other.list(BlobArea::Staged, None).await.unwrap().objects,
        []
    );
}

/// What a bucket says that cannot be opened, all in one line, and which fault it is.
async fn refused(options: S3Options) -> S3OpenError {
    let error = S3Blobs::open(options).await.unwrap_err();
    let text = error.to_string();
    assert!(!text.contains(['\n', '<']), "{text}");
    assert!(!text.contains("tank-secret"), "{text}");
    error
}

#[tokio::test]
async fn a_bucket_that_works_leaves_nothing_of_the_probe() {
    for server in [s3s_fs(), moto()] {
        let blobs = open(server.bucket()).await;
        assert_eq!(blobs.list(BlobArea::Probe, None).await.unwrap().objects, []);
    }
}

#[tokio::test]
async fn a_wrong_key_is_told() {
    let mut bucket = s3s_fs().bucket();
    bucket.credentials = S3Credentials::key(KEY.0, "wrong");
    let error = refused(bucket.clone()).await;
    assert!(matches!(error, S3OpenError::WrongSecret(_)), "{error:?}");
    bucket.credentials = S3Credentials::key("nobody", KEY.1);
    let error = refused(bucket).await;
    assert!(matches!(error, S3OpenError::UnknownKey(_)), "{error:?}");
}

#[tokio::test]
async fn a_bucket_that_is_missing_is_told_at_the_start_and_later() {
    for server in [s3s_fs(), moto()] {
        let error = refused(server.named("missing")).await;
        assert!(matches!(error, S3OpenError::NoSuchBucket(..)), "{error:?}");
        let blobs = S3Blobs::open_existing(server.named("missing")).unwrap();
        let stat = blobs.stat(&staged_key()).await;
        assert_eq!(stat.unwrap_err().kind(), BlobErrorKind::Unavailable);
        let list = blobs.list(BlobArea::Staged, None).await;
        assert_eq!(list.unwrap_err().kind(), BlobErrorKind::Unavailable);
    }
    // `s3s-fs` makes the bucket that it is to write to.
    let blobs = S3Blobs::open_existing(moto().named("missing")).unwrap();
    let stage = blobs.stage(&staged_key(), once("bytes".into())).await;
    assert_eq!(stage.unwrap_err().kind(), BlobErrorKind::Unavailable);
}

/// A store that answers every request with this status and this word of the protocol's.
fn answering(status: &'static str, code: &'static str) -> S3Options {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let body = format!("<Error><Code>{code}</Code><Message>no</Message></Error>");
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let mut head = [0; 4096];
            let _ = connection.read(&mut head);
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    let mut options = S3Options::new("bucket");
    options.endpoint = Some(format!("http://{address}"));
    options.allow_http = true;
    options.credentials = S3Credentials::key(KEY.0, KEY.1);
    options
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    let error = refused(answering("403 Forbidden", "RequestTimeTooSkewed")).await;
    assert!(matches!(error, S3OpenError::Clock(_)), "{error:?}");
}

#[tokio::test]
async fn a_denied_access_and_another_region_are_told() {
    let error = refused(answering("403 Forbidden", "AccessDenied")).await;
    assert!(matches!(error, S3OpenError::Denied(..)), "{error:?}");
    let error = refused(answering("400 Bad Request", "AuthorizationHeaderMalformed")).await;
    assert!(matches!(error, S3OpenError::Region(..)), "{error:?}");
    let error = refused(answering("301 Moved Permanently", "PermanentRedirect")).await;
    assert!(matches!(error, S3OpenError::Region(..)), "{error:?}");
}

#[tokio::test]
async fn a_store_in_trouble_is_asked_again_and_then_unavailable() {
    let blobs = S3Blobs::open_existing(answering("503 Slow Down", "SlowDown")).unwrap();
    let error = blobs.get(&staged_key(), None).await.err().unwrap();
    assert_eq!(error.kind(), BlobErrorKind::Unavailable);
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("after 4 retries"), "{cause}");
}

#[tokio::test]
async fn a_store_that_cannot_be_reached_is_told() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let mut options = moto().named("bucket");
    options.endpoint = Some(format!("http://{address}"));
    let error = refused(options).await;
    assert!(matches!(error, S3OpenError::Unreachable(..)), "{error:?}");
}
