//! Objects are written whole or not at all.

use std::io;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use tank_registry_core::BlobStore;
use tank_registry_core::blob::{
    BlobErrorKind, BlobId, BlobKey, ByteStream, Digest, once, read_to_bytes,
};
use tank_registry_core::model::UploadId;
use uuid::Uuid;

use crate::BlobHandles;

/// A key in staging that nobody has used.
pub(super) fn staged_key() -> BlobKey {
    BlobKey::Staged(UploadId::new(Uuid::now_v7()))
}

/// The first generation of some bytes.
pub(super) fn blob(bytes: &[u8]) -> BlobId {
    BlobId {
        digest: Digest::of(bytes),
        generation: 1,
    }
}

/// The whole of an object.
pub(super) async fn read(store: &dyn BlobStore, key: &BlobKey) -> Bytes {
    let body = store.get(key, None).await.expect("an object");
    read_to_bytes(body, u64::MAX).await.expect("its bytes")
}

/// Some bytes, then an error.
fn interrupted(bytes: &'static [u8]) -> ByteStream {
    let broken = io::Error::from(io::ErrorKind::ConnectionReset);
    stream::iter([Ok(Bytes::from_static(bytes)), Err(broken)]).boxed()
}

/// Bytes in pieces of many sizes; the same for the same length. As other bodies may, it panics when
/// it is asked for more behind its end.
fn pieces(length: usize) -> (Bytes, ByteStream) {
    // A period that is prime, so that pieces in the wrong order are other bytes.
    let bytes: Vec<u8> = (0_u8..251).cycle().take(length).collect();
    let bytes = Bytes::from(bytes);
    let parts = stream::unfold((bytes.clone(), 1), async |(mut rest, size)| {
        let size = size * 7 % 100_003;
        let piece = rest.split_to(size.min(rest.len()));
        (!piece.is_empty()).then_some((Ok(piece), (rest, size)))
    });
    (bytes, parts.boxed())
}

async fn is_nothing(handles: &BlobHandles, key: &BlobKey) {
    assert_eq!(handles.one.stat(key).await.unwrap(), None);
    let error = handles.two.get(key, None).await.err().map(|error| error.kind());
    assert_eq!(error, Some(BlobErrorKind::NotFound));
}

pub async fn a_staged_object_is_replaced_whole(handles: BlobHandles) {
    let key = staged_key();
    for bytes in ["a long text that comes first", "short", ""] {
        let size = handles.one.stage(&key, once(bytes.into())).await.unwrap();
        assert_eq!(size, bytes.len() as u64);
        assert_eq!(read(&*handles.two, &key).await, bytes);
    }
}

pub async fn an_interrupted_body_replaces_nothing(handles: BlobHandles) {
    let key = staged_key();
    handles.one.stage(&key, once("first".into())).await.unwrap();
    let error = handles.one.stage(&key, interrupted(b"sec")).await.unwrap_err();
    assert_eq!(error.kind(), BlobErrorKind::Interrupted);
    assert_eq!(read(&*handles.two, &key).await, "first");
}

pub async fn an_interrupted_body_makes_no_object(handles: BlobHandles) {
    let key = staged_key();
    let error = handles.one.stage(&key, interrupted(b"some")).await.unwrap_err();
    assert_eq!(error.kind(), BlobErrorKind::Interrupted);
    is_nothing(&handles, &key).await;
}

pub async fn verified_bytes_are_read_back(handles: BlobHandles) {
    let (bytes, body) = pieces(300_000);
    let blob = blob(&bytes);
    let size = bytes.len() as u64;
    handles.one.put_verified(&blob, size, body).await.unwrap();
    assert_eq!(read(&*handles.two, &BlobKey::Content(blob)).await, bytes);
}

pub async fn bytes_of_another_digest_leave_nothing(handles: BlobHandles) {
    let blob = blob(b"right");
    let put = handles.one.put_verified(&blob, 5, once("wrong".into()));
    let error = put.await.expect_err("bytes of another digest");
    assert_eq!(error.kind(), BlobErrorKind::Mismatch);
    is_nothing(&handles, &BlobKey::Content(blob)).await;
    // Nothing of the first attempt is in the way of the right bytes.
    let put = handles.two.put_verified(&blob, 5, once("right".into()));
    put.await.unwrap();
    assert_eq!(read(&*handles.one, &BlobKey::Content(blob)).await, "right");
}

pub async fn bytes_of_another_size_leave_nothing(handles: BlobHandles) {
    let blob = blob(b"right");
    for size in [0, 4, 6, 1_000_000] {
        let put = handles.one.put_verified(&blob, size, once("right".into()));
        let error = put.await.expect_err("bytes of another size");
        assert_eq!(error.kind(), BlobErrorKind::Mismatch, "{size}");
        is_nothing(&handles, &BlobKey::Content(blob)).await;
    }
}

pub async fn an_interrupted_body_leaves_no_content(handles: BlobHandles) {
    let blob = blob(b"right");
    let put = handles.one.put_verified(&blob, 5, interrupted(b"right"));
    let error = put.await.expect_err("a body that ends early");
    assert_eq!(error.kind(), BlobErrorKind::Interrupted);
    is_nothing(&handles, &BlobKey::Content(blob)).await;
}

pub async fn content_is_written_once(handles: BlobHandles) {
    let blob = blob(b"right");
    let key = BlobKey::Content(blob);
    handles.one.put_verified(&blob, 5, once("right".into())).await.unwrap();
    let written = handles.one.stat(&key).await.unwrap();
    // The body may be left unread, so that it does not matter what it is.
    for body in [once("right".into()), interrupted(b"ri")] {
        handles.two.put_verified(&blob, 5, body).await.unwrap();
        assert_eq!(handles.two.stat(&key).await.unwrap(), written);
        assert_eq!(read(&*handles.one, &key).await, "right");
    }
}

pub async fn content_of_another_size_is_damaged(handles: BlobHandles) {
    let blob = blob(b"right");
    let key = BlobKey::Content(blob);
    handles.one.put_verified(&blob, 5, once("right".into())).await.unwrap();
    for (size, body) in [(4, "righ"), (6, "right!")] {
        let put = handles.two.put_verified(&blob, size, once(body.into()));
        let error = put.await.expect_err("an object of another size");
        assert_eq!(error.kind(), BlobErrorKind::Internal, "{size}");
        assert_eq!(read(&*handles.one, &key).await, "right");
    }
}

pub async fn content_may_be_written_by_many_at_once(handles: BlobHandles) {
    let (bytes, _) = pieces(200_000);
    let blob = blob(&bytes);
    let size = bytes.len() as u64;
    let mut writing = Vec::new();
    for number in 0..16 {
        let store = handles.turn(number);
        let (_, body) = pieces(200_000);
        writing.push(tokio::spawn(async move {
            store.put_verified(&blob, size, body).await.unwrap();
            read(&*store, &BlobKey::Content(blob)).await
        }));
    }
    for writer in writing {
        assert_eq!(writer.await.expect("a write that succeeds"), bytes);
    }
}

pub async fn generations_are_objects_of_their_own(handles: BlobHandles) {
    let first = blob(b"right");
    let second = BlobId {
        generation: 2,
        ..first
    };
    for blob in [&first, &second] {
        let put = handles.one.put_verified(blob, 5, once("right".into()));
        put.await.unwrap();
    }
    handles.two.delete(&BlobKey::Content(first)).await.unwrap();
    is_nothing(&handles, &BlobKey::Content(first)).await;
    assert_eq!(read(&*handles.one, &BlobKey::Content(second)).await, "right");
}

pub async fn an_object_may_be_empty(handles: BlobHandles) {
    let staged = staged_key();
    let size = handles.one.stage(&staged, stream::empty().boxed()).await.unwrap();
    assert_eq!(size, 0);
    let content = blob(b"");
    let put = handles.one.put_verified(&content, 0, stream::empty().boxed());
    put.await.unwrap();
    for key in [staged, BlobKey::Content(content)] {
        let stat = handles.two.stat(&key).await.unwrap().expect("an empty object");
        assert_eq!(stat.size, 0);
        assert!(read(&*handles.two, &key).await.is_empty());
    }
}

pub async fn a_large_body_arrives_whole(handles: BlobHandles) {
    const SIZE: usize = 8 << 20;
    let (bytes, body) = pieces(SIZE);
    let key = staged_key();
    assert_eq!(handles.one.stage(&key, body).await.unwrap(), SIZE as u64);
    assert!(read(&*handles.two, &key).await == bytes, "other bytes in staging");
    let (_, body) = pieces(SIZE);
    let blob = blob(&bytes);
    handles.one.put_verified(&blob, SIZE as u64, body).await.unwrap();
    let found = read(&*handles.two, &BlobKey::Content(blob)).await;
    assert!(found == bytes, "other bytes under the digest");
}
