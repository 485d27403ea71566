//! Downloads: whole, in part, and counted. Section 4.10 of the API.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use tank_registry_core::blob::SigningSecret;
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::Visibility;
use tank_registry_core::store::Reads as _;
use tank_registry_core::{Scope, Viewer, maintenance};
use tank_registry_tests::wire::{
    Answer, TestRegistry, integrity, manifest, pack, relative, skill_files, skill_name,
};

async fn ranged(test: &TestRegistry, url: &str, headers: &[(&str, &str)]) -> Answer {
    test.get_with(relative(url), headers).await
}

async fn downloads(test: &TestRegistry) -> u64 {
    let skill = test.get(None, "/api/v1/skills/tools").await;
    skill.number("downloads")
}

async fn published() -> (TestRegistry, Vec<u8>, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    test.published(&ada, &manifest).await;
    let url = test.download_url(None, "tools", "1.0.0").await;
    (test, pack(&skill_files(&manifest)), url)
}

#[tokio::test]
async fn a_download_is_the_bytes_as_they_were_uploaded() {
    let (test, archive, url) = published().await;
    let answer = test.follow(&url).await;
    let etag = format!("\"{}\"", integrity(&archive));
    assert_eq!((answer.status, &answer.bytes[..]), (200, &archive[..]));
    for (name, value) in [
        ("content-type", Some("application/gzip")),
        ("content-length", Some(archive.len().to_string().as_str())),
        ("etag", Some(etag.as_str())),
        ("accept-ranges", Some("bytes")),
        ("x-content-type-options", Some("nosniff")),
        ("cache-control", Some("public, max-age=3600, immutable")),
        ("content-encoding", None),
        ("set-cookie", None),
        ("location", None),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    let eager = ranged(&test, &url, &[("accept-encoding", "gzip, br")]).await;
    assert_eq!(
        (eager.header("content-encoding"), &eager.bytes[..]),
        (None, &archive[..])
    );
}

#[tokio::test]
async fn who_has_the_bytes_is_told_so_and_it_is_no_download() {
    let (test, archive, url) = published().await;
    let etag = format!("\"{}\"", integrity(&archive));
    let same = ranged(&test, &url, &[("if-none-match", &etag)]).await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    assert_eq!(same.header("etag"), Some(&*etag));
    assert_eq!(downloads(&test).await, 0);
    let other = ranged(&test, &url, &[("if-none-match", "\"other\"")]).await;
    assert_eq!((other.status, &other.bytes[..]), (200, &archive[..]));
    assert_eq!(downloads(&test).await, 1);
}

#[tokio::test]
async fn no_cache_keeps_the_refusal_of_a_link() {
    let (test, _, url) = published().await;
    let name = skill_name("tools");
    test.registry
        .set_visibility(&Viewer::Operator, &name, Visibility::Private)
        .await
        .unwrap();
    for (path, status) in [(relative(&url), 404), ("/api/storage/download?t=x", 403)] {
        let refused = test.get(None, path).await;
        assert_eq!(refused.status, status);
        assert_eq!(refused.header("cache-control"), Some("private, no-store"));
    }
}

#[tokio::test]
async fn a_range_is_a_part_or_refused_or_ignored() {
    let (test, archive, url) = published().await;
    let size = archive.len();
    for (range, part) in [
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=5-9".to_owned(), 5..10),
        ("bytes=10-".to_owned(), 10..size),
        ("bytes=-7".to_owned(), size - 7..size),
        (format!("bytes=3-{}", size * 2), 3..size),
        (format!("bytes=0-{}", size - 1), 0..size),
    ] {
        let answer = ranged(&test, &url, &[("range", &range)]).await;
        assert_eq!(
            (answer.status, &answer.bytes[..]),
            (206, &archive[part.clone()]),
            "{range}"
        );
        let told = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        assert_eq!(answer.header("content-range"), Some(told.as_str()));
        assert_eq!(
            answer.header("content-length"),
            Some(part.len().to_string().as_str())
        );
    }
    for range in [
        format!("bytes={size}-"),
        "bytes=-0".to_owned(),
        format!("bytes={size}-{}", size + 5),
    ] {
        let answer = ranged(&test, &url, &[("range", &range)]).await;
        assert_eq!(answer.status, 416, "{range}");
        assert_eq!(
            answer.header("content-range"),
            Some(format!("bytes */{size}").as_str())
        );
        assert!(answer.json["error"].is_string());
    }
    for range in [
        "bytes=0-1,3-4",
        "bytes=9-5",
        "lines=0-1",
        "bytes=",
        "bytes=-",
    ] {
        let answer = ranged(&test, &url, &[("range", range)]).await;
        assert_eq!((answer.status, answer.bytes.len()), (200, size), "{range}");
    }
}

#[tokio::test]
async fn a_range_of_other_bytes_is_not_served() {
    let (test, archive, url) = published().await;
    let same = format!("\"{}\"", integrity(&archive));
    let weak = format!("W/{same}");
    let other = format!("\"{}\"", integrity(b"other"));
    for (if_range, status) in [
        (same.as_str(), 206),
        (weak.as_str(), 200),
        (other.as_str(), 200),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 200),
    ] {
        let answer = ranged(
            &test,
            &url,
            &[("range", "bytes=0-3"), ("if-range", if_range)],
        )
        .await;
        assert_eq!(answer.status, status, "{if_range}");
    }
}

#[tokio::test]
async fn a_download_counts_when_its_last_byte_has_gone_out() {
    let (test, archive, url) = published().await;
    let last = archive.len() - 1;
    ranged(&test, &url, &[("range", "bytes=0-3")]).await;
    ranged(&test, &url, &[("range", "bytes=4-")]).await;
    ranged(&test, &url, &[("range", "bytes=99999999-")]).await;
    test.call(http::Method::HEAD, relative(&url), None, None)
        .await;
    let request = Request::get(relative(&url))
        .body(Full::<Bytes>::default())
        .unwrap();
    drop(test.registry.handle(request).await);
    assert_eq!(downloads(&test).await, 0);
    ranged(&test, &url, &[("range", &format!("bytes=0-{last}"))]).await;
    assert_eq!(downloads(&test).await, 1, "a range of all is all");
    let request = Request::get(relative(&url))
        .body(Full::<Bytes>::default())
        .unwrap();
    let mut body = test.registry.handle(request).await.into_body();
    let mut got = 0;
    while got < archive.len() {
        got += body
            .frame()
            .await
            .unwrap()
            .unwrap()
            .into_data()
            .unwrap()
            .len();
    }
    assert_eq!(
        downloads(&test).await,
        2,
        "the end of the stream need not be asked for"
    );
}

#[tokio::test]
async fn counts_are_the_same_before_and_after_they_are_written_and_last_a_week() {
    let (test, _, url) = published().await;
    test.follow(&url).await;
    assert_eq!(downloads(&test).await, 1);
    for _ in 0..2 {
        maintenance::flush_counters(&test.registry).await.unwrap();
        assert_eq!(downloads(&test).await, 1);
    }
    test.follow(&url).await;
    assert_eq!(downloads(&test).await, 2);
    // It is 11 o'clock: thirteen hours less a moment to the end of the day, and six days more.
    test.clock
        .advance(Duration::from_hours(6 * 24 + 13) - Duration::from_millis(1));
    assert_eq!(downloads(&test).await, 2);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(downloads(&test).await, 0);
    maintenance::flush_counters(&test.registry).await.unwrap();
    assert_eq!(downloads(&test).await, 0);
}

#[tokio::test]
async fn pages_of_any_origin_may_read_what_anyone_may_have() {
    let (test, _, url) = published().await;
    let origin = |answer: &Answer| {
        answer
            .header("access-control-allow-origin")
            .map(str::to_owned)
    };
    for path in [relative(&url), "/api/v1/skills/tools", "/api/health"] {
        assert_eq!(
            origin(&test.get(None, path).await).as_deref(),
            Some("*"),
            "{path}"
        );
    }
    let private = Visibility::Private;
    test.registry
        .set_visibility(&Viewer::Operator, &skill_name("tools"), private)
        .await
        .unwrap();
    let key = test.key("ada", &[Scope::Read]).await.secret;
    let secret = test.download_url(Some(&key), "tools", "1.0.0").await;
    assert_eq!(origin(&test.follow(&secret).await), None);
}

#[tokio::test]
async fn a_secret_that_is_given_retires_the_one_in_the_store() {
    let (store, blobs) = (Arc::new(MemoryStore::new()), Arc::new(MemoryBlobs::new()));
    let test = TestRegistry::over(store.clone(), blobs.clone(), |builder| builder).await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    let url = test.download_url(None, "tools", "1.0.0").await;
    assert_eq!(test.follow(&url).await.status, 200);

    let held = store.registry().await.unwrap().unwrap().signing_secret;
    let given = SigningSecret::new([7; 32]);
    for (secrets, status) in [(vec![given.clone()], 403), (vec![given, held], 200)] {
        let next = TestRegistry::over(store.clone(), blobs.clone(), |builder| {
            builder.signing_secrets(secrets)
        });
        assert_eq!(next.await.follow(&url).await.status, status);
    }
}
