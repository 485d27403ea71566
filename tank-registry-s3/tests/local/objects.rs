//! The contract of a blob store, on local disk.

use std::fs;
use std::io;
use std::time::Duration;

use crate::common::{Store, blob, kind, pieces, staged, unread};
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use tank_registry_core::blob::{
    BlobArea, BlobErrorKind, BlobKey, BlobStore as _, Delegation, once, read_to_bytes,
};
use tokio::sync::oneshot;
use uuid::Uuid;

const MIB: usize = 1024 * 1024;

/// Bytes of which no two pages are the same.
fn sample(size: usize) -> Bytes {
    (0..size)
        .map(|at| (at / 251 + at).to_le_bytes()[0])
        .collect()
}

#[tokio::test]
async fn staging_replaces_and_answers_the_size() {
    let store = Store::new();
    let key = staged(1);
    for size in [0, 1, 256 * 1024 - 1, 256 * 1024, 3 * MIB + 7] {
        let bytes = sample(size);
        let split = bytes
            .chunks(100_000)
            .map(|piece| Ok(bytes.slice_ref(piece)));
        let written = store.blobs.stage(&key, pieces(split.collect())).await;
        assert_eq!(written.unwrap(), size as u64);
        assert_eq!(store.read(&key).await.unwrap(), bytes);
        let stat = store.blobs.stat(&key).await.unwrap().unwrap();
        assert_eq!(stat.size, size as u64);
    }
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn a_body_that_ends_with_an_error_replaces_nothing() {
    let store = Store::new();
    let key = staged(1);
    store.blobs.stage(&key, once("old".into())).await.unwrap();
    for error in [io::ErrorKind::InvalidData, io::ErrorKind::ConnectionReset] {
        let body = || pieces(vec![Ok(sample(MIB)), Err(error.into())]);
        let failed = store.blobs.stage(&key, body()).await;
        assert_eq!(kind(failed), BlobErrorKind::Interrupted);
        assert_eq!(store.read(&key).await.unwrap(), "old");

        let content = blob(&sample(MIB));
        let failed = store.blobs.put_verified(&content, MIB as u64, body()).await;
        assert_eq!(kind(failed), BlobErrorKind::Interrupted);
        let stat = store.blobs.stat(&BlobKey::Content(content)).await;
        assert_eq!(stat.unwrap(), None);
        assert_eq!(store.drafts(), 0);
    }
}

#[tokio::test]
async fn a_writer_that_is_dropped_leaves_nothing() {
    let store = Store::new();
    let key = staged(1);
    store.blobs.stage(&key, once("old".into())).await.unwrap();

    let (reached, reaching) = oneshot::channel();
    let body = once(sample(MIB)).chain(stream::once(async {
        // Asked for the second piece, so the first has been written.
        reached.send(()).unwrap();
        std::future::pending().await
    }));
    let blobs = store.blobs.clone();
    let writer = tokio::spawn(async move { blobs.stage(&key, body.boxed()).await });
    reaching.await.unwrap();
    assert_eq!(store.drafts(), 1);
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());

    assert_eq!(store.drafts(), 0);
    assert_eq!(store.read(&key).await.unwrap(), "old");
}

#[tokio::test]
async fn content_appears_under_its_digest_and_is_written_once() {
    let store = Store::new();
    let bytes = sample(2 * MIB);
    let id = blob(&bytes);
    let size = bytes.len() as u64;
    let put = store.blobs.put_verified(&id, size, once(bytes.clone()));
    put.await.unwrap();
    assert_eq!(store.read(&BlobKey::Content(id)).await.unwrap(), bytes);
    let again = store.blobs.put_verified(&id, size, unread());
    again.await.unwrap();
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn content_of_another_digest_or_size_is_refused() {
    let store = Store::new();
    let id = blob(b"right");
    for (size, body) in [(5, "wrong"), (4, "right"), (6, "right"), (5, "")] {
        let put = store.blobs.put_verified(&id, size, once(body.into()));
        assert_eq!(kind(put.await), BlobErrorKind::Mismatch, "{size} {body}");
    }
    let key = BlobKey::Content(id);
    assert_eq!(store.blobs.stat(&key).await.unwrap(), None);
    assert_eq!(store.drafts(), 0);
}

#[tokio::test]
async fn content_that_was_spoilt_is_not_taken_for_written() {
    let store = Store::new();
    let id = blob(b"right");
    let path = store.path(BlobKey::Content(id).path());
    fs::write(&path, "righ").unwrap();
    let put = store.blobs.put_verified(&id, 5, unread());
    assert_eq!(kind(put.await), BlobErrorKind::Internal);
    assert_eq!(fs::read(&path).unwrap(), b"righ");
}

#[tokio::test]
async fn content_cannot_be_staged() {
    let store = Store::new();
    let key = BlobKey::Content(blob(b"right"));
    let staged = store.blobs.stage(&key, unread()).await;
    assert_eq!(kind(staged), BlobErrorKind::Internal);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn racing_writers_of_the_same_content_all_succeed() {
    let store = Store::new();
    let bytes = sample(MIB);
    let id = blob(&bytes);
    let writers = (0..16).map(|_| {
        let (blobs, body) = (store.blobs.clone(), once(bytes.clone()));
        tokio::spawn(async move { blobs.put_verified(&id, MIB as u64, body).await })
    });
    for written in join_all(writers).await {
        written.unwrap().unwrap();
    }
    let page = store.blobs.list(BlobArea::Content, None).await.unwrap();
    assert_eq!(page.objects.len(), 1);
    assert_eq!(store.read(&BlobKey::Content(id)).await.unwrap(), bytes);
    assert_eq!(store.drafts(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_sees_one_staged_object_whole_while_it_is_replaced() {
    let store = Store::new();
    let key = staged(1);
    let old = sample(2 * MIB);
    store.blobs.stage(&key, once(old.clone())).await.unwrap();
    let mut reader = store.blobs.get(&key, None).await.unwrap();
    let first = reader.next().await.unwrap().unwrap();
    store.blobs.stage(&key, once("new".into())).await.unwrap();
    let rest = read_to_bytes(reader, u64::MAX).await.unwrap();
    assert_eq!([first, rest].concat(), old);
    assert_eq!(store.read(&key).await.unwrap(), "new");
}

#[tokio::test]
async fn a_range_gives_exactly_its_bytes_or_is_refused() {
    let store = Store::new();
    let bytes = sample(MIB);
    let key = staged(1);
    store.blobs.stage(&key, once(bytes.clone())).await.unwrap();
    let end = MIB as u64;
    for range in [
        0..0,
        0..1,
        5..300_000,
        262_144..262_145,
        end - 1..end,
        end..end,
        0..end,
    ] {
        let part = store.blobs.get(&key, Some(range.clone())).await.unwrap();
        let part = read_to_bytes(part, u64::MAX).await.unwrap();
        let [from, to] = [range.start, range.end].map(|at| usize::try_from(at).unwrap());
        assert_eq!(part, bytes[from..to], "{range:?}");
    }
    #[expect(clippy::reversed_empty_ranges, reason = "it is to be refused")]
    for range in [
        0..end + 1,
        end..end + 1,
        end + 1..end + 1,
        0..u64::MAX,
        5..4,
    ] {
        let refused = store.blobs.get(&key, Some(range.clone())).await;
        assert_eq!(kind(refused), BlobErrorKind::Range, "{range:?}");
    }
}

#[tokio::test]
async fn an_object_is_read_in_pieces_of_bounded_size() {
    let store = Store::new();
    let key = staged(1);
    store.blobs.stage(&key, once(sample(MIB))).await.unwrap();
    let pieces: Vec<_> = store.blobs.get(&key, None).await.unwrap().collect().await;
    assert_eq!(pieces.len(), 4);
    for piece in pieces {
        assert_eq!(piece.unwrap().len(), 256 * 1024);
    }
}

#[tokio::test]
async fn an_object_that_is_cut_while_read_ends_with_an_error() {
    let store = Store::new();
    let key = staged(1);
    store.blobs.stage(&key, once(sample(MIB))).await.unwrap();
    let body = store.blobs.get(&key, None).await.unwrap();
    let file = fs::File::options().write(true).open(store.path(key.path()));
    file.unwrap().set_len(300_000).unwrap();
    let error = read_to_bytes(body, u64::MAX).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_deleted_without_complaint() {
    let store = Store::new();
    for key in [
        staged(1),
        BlobKey::Content(blob(b"x")),
        BlobKey::Probe(Uuid::nil()),
    ] {
        assert_eq!(store.read(&key).await, Err(BlobErrorKind::NotFound));
        assert_eq!(store.blobs.stat(&key).await.unwrap(), None);
        store.blobs.delete(&key).await.unwrap();
    }
}

#[tokio::test]
async fn a_deleted_object_is_gone_for_all_but_its_readers() {
    let store = Store::new();
    let key = BlobKey::Probe(Uuid::nil());
    store.blobs.stage(&key, once("probe".into())).await.unwrap();
    let reader = store.blobs.get(&key, None).await.unwrap();
    store.blobs.delete(&key).await.unwrap();
    assert_eq!(store.read(&key).await, Err(BlobErrorKind::NotFound));
    assert_eq!(read_to_bytes(reader, 10).await.unwrap(), "probe");
}

#[tokio::test]
async fn bytes_are_never_delegated() {
    let store = Store::new();
    let read = Delegation::Read {
        content_type: "application/gzip",
        cache_control: "private, no-store",
    };
    for access in [read, Delegation::Write] {
        let valid = Duration::from_mins(1);
        let link = store.blobs.delegate(&staged(1), access, valid).await;
        assert_eq!(link.unwrap(), None);
    }
}
