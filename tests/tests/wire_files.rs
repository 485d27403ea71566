//! Single files of a version: sections 4.8 and 4.9 of the API.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tank_registry_core::model::VersionState;
use tank_registry_core::store::StoreErrorKind;
use tank_registry_tests::wire::{Answer, Fault, Frail, TestRegistry, manifest, pack};

const FILES: &str = "/api/v1/skills/@acme/tools/1.0.0/files";

fn contents() -> Vec<(String, Vec<u8>)> {
    let manifest = manifest("@acme/tools", "1.0.0").to_string();
    [
        ("pack/scripts/run.sh", b"#!/bin/sh\n".to_vec()),
        ("pack/SKILL.md", "# Tools — für alle\n".into()),
        ("pack/tank.json", manifest.into_bytes()),
        ("pack/docs/files/a b.md", b"inner".to_vec()),
        ("pack/page.html", b"<script>alert(1)</script>".to_vec()),
        ("pack/logo.png", vec![0x89, b'P', 0xff, 0]),
        ("pack/empty", Vec::new()),
        ("pack/100%.txt", b"percent".to_vec()),
        ("pack/%41.txt", b"literal".to_vec()),
        ("pack/a+b", b"plus".to_vec()),
        ("pack/é🚀.md", b"letters".to_vec()),
    ]
    .map(|(path, bytes)| (path.to_owned(), bytes))
    .to_vec()
}

async fn published() -> (TestRegistry, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    let answer = test
        .publish_archive(&ada, &manifest("@acme/tools", "1.0.0"), &pack(&contents()))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    (test, ada)
}

async fn file(test: &TestRegistry, path: &str) -> Answer {
    test.get(None, &format!("{FILES}/{path}")).await
}

#[tokio::test]
async fn files_are_listed_in_archive_order_without_their_common_folder() {
    let (test, _) = published().await;
    let paths: Vec<String> = contents()
        .into_iter()
        .map(|(path, _)| path["pack/".len()..].to_owned())
        .collect();
    for end in ["", "/"] {
        let answer = test.get(None, &format!("{FILES}{end}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.json,
            json!({ "name": "@acme/tools", "version": "1.0.0", "files": paths })
        );
    }
}

#[tokio::test]
async fn every_listed_file_is_served_as_it_is() {
    let (test, _) = published().await;
    for (path, bytes) in contents() {
        let path = &path["pack/".len()..];
        let encode = |segment: &str| -> String {
            url::form_urlencoded::byte_serialize(segment.as_bytes())
                .collect::<String>()
                .replace('+', "%20")
        };
        let by_segment: Vec<_> = path.split('/').map(encode).collect();
        // Each segment by itself, or all of it as one: clients do both.
        for spelling in [by_segment.join("/"), encode(path)] {
            let answer = file(&test, &spelling).await;
            assert_eq!(
                (answer.status, &answer.bytes[..]),
                (200, &bytes[..]),
                "{spelling}"
            );
            let media_type = if path == "logo.png" {
                "application/octet-stream"
            } else {
                "text/plain; charset=utf-8"
            };
            let etag = format!("\"{:x}\"", Bytes::copy_from_slice(&Sha256::digest(&bytes)));
            for (name, value) in [
                ("content-type", media_type),
                ("content-length", &bytes.len().to_string()),
                ("etag", &etag),
                ("content-security-policy", "sandbox"),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "public, no-cache"),
            ] {
                assert_eq!(answer.header(name), Some(value), "{name} of {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_path_is_decoded_once() {
    let (test, _) = published().await;
    for (path, found) in [
        ("SKILL.md", true),
        ("SKILL.md/", true),
        ("docs/files/a%20b.md", true),
        ("docs%2Ffiles%2Fa b.md".replace(' ', "%20").as_str(), true),
        ("a+b", true),
        ("%61%2Bb", true),
        ("%2541.txt", true),
        ("%41.txt", false),
        ("A.txt", false),
        ("skill.md", false),
        ("./SKILL.md", false),
        ("docs//files/a%20b.md", false),
        ("docs", false),
        ("pack/SKILL.md", false),
        ("SKILL.md%20", false),
    ] {
        let answer = file(&test, path).await;
        if found {
            assert_eq!(answer.status, 200, "{path}");
        } else {
            assert_eq!(
                answer.refusal(),
                (404, "File not found in package"),
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_path_is_refused_before_anything_is_looked_for() {
    let (test, _) = published().await;
    for path in [
        "/",
        "/SKILL.md",
        "%2FSKILL.md",
        "..",
        "../x",
        "docs/..",
        "docs/%2e%2E/SKILL.md",
        "..%2F..%2Fetc%2Fpasswd",
        "a%5Cb",
        "%00",
        "SKILL.md%00",
    ] {
        assert_eq!(
            file(&test, path).await.refusal(),
            (400, "Invalid file path"),
            "{path}"
        );
    }
    for path in ["%", "%zz", "docs/%c3%28", "%ff", "a/%2/b"] {
        assert_eq!(
            file(&test, path).await.refusal(),
            (400, "Invalid file path encoding"),
            "{path}"
        );
    }
    for (path, status, error) in [
        (
            "/api/v1/skills/%zz/1.0.0/files/a",
            400,
            "Invalid path encoding",
        ),
        (
            "/api/v1/skills/@acme/tools/%zz/files/a",
            400,
            "Invalid path encoding",
        ),
        (
            "/api/v1/skills/@acme/absent/1.0.0/files/..",
            400,
            "Invalid file path",
        ),
        (
            "/api/v1/skills/a_b/1.0.0/files/%2Fa",
            400,
            "Invalid file path",
        ),
        (
            "/api/v1/skills/@acme/absent/1.0.0/files/a",
            404,
            "Skill not found",
        ),
        (
            "/api/v1/skills/@acme/absent/1.0.0/files",
            404,
            "Skill not found",
        ),
        (
            "/api/v1/skills/@acme/tools/9.0.0/files/SKILL.md",
            404,
            "Version 9.0.0 not found for @acme/tools",
        ),
        (
            "/api/v1/skills/@acme/tools/9.0.0/files",
            404,
            "Version 9.0.0 not found for @acme/tools",
        ),
    ] {
        assert_eq!(
            test.get(None, path).await.refusal(),
            (status, error),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_client_that_has_the_file_is_told_so() {
    let (test, ada) = published().await;
    let path = format!("{FILES}/SKILL.md");
    let first = test.get(None, &path).await;
    let etag = first.header("etag").unwrap();
    for known in [etag, "*", &format!("W/{etag}"), &format!("\"x\", {etag}")] {
        let answer = test.get_with(&path, &[("if-none-match", known)]).await;
        assert_eq!((answer.status, answer.bytes.len()), (304, 0), "{known}");
        for name in ["etag", "cache-control", "vary"] {
            assert_eq!(answer.header(name), first.header(name), "{name}");
        }
    }
    let bearer = format!("Bearer {ada}");
    let headers = [("if-none-match", etag), ("authorization", &*bearer)];
    let own = test.get_with(&path, &headers).await;
    assert_eq!(
        (own.status, own.header("cache-control")),
        (304, Some("private, no-store"))
    );
    let other = test.get_with(&path, &[("if-none-match", "\"x\"")]).await;
    assert_eq!((other.status, &other.bytes), (200, &first.bytes));
    let absent = test
        .get_with(&format!("{FILES}/x"), &[("if-none-match", "*")])
        .await;
    assert_eq!(absent.status, 404, "a condition is no way around a refusal");
}

#[tokio::test]
async fn a_head_of_a_file_reads_nothing() {
    let frail = Frail::new().await;
    frail
        .test
        .published(&frail.ada, &manifest("@acme/tools", "1.0.0"))
        .await;
    let path = format!("{FILES}/SKILL.md");
    let get = frail.test.get(None, &path).await;
    frail
        .blobs
        .plan
        .always("get", Fault::Fails(StoreErrorKind::Unavailable));
    let head = frail.test.call(Method::HEAD, &path, None, None).await;
    assert_eq!((head.status, head.bytes.len()), (200, 0));
    assert_eq!(head.header("content-length"), get.header("content-length"));
    assert_eq!(head.header("etag"), get.header("etag"));
    let known = [("if-none-match", get.header("etag").unwrap())];
    assert_eq!(frail.test.get_with(&path, &known).await.status, 304);
    let failed = frail.test.get(None, &path).await;
    assert_eq!(
        failed.refusal(),
        (503, "Service unavailable, try again later")
    );
}

#[tokio::test]
async fn files_follow_the_state_of_their_version() {
    let (test, ada) = published().await;
    let strange = test.user("eve").await;
    for (state, of_others, of_ada) in [
        (VersionState::Yanked { reason: None }, 200, 200),
        (VersionState::Held, 404, 200),
        (VersionState::Removed, 404, 404),
        (VersionState::Live, 200, 200),
    ] {
        test.set_state("@acme/tools", "1.0.0", state.clone()).await;
        for path in [FILES.to_owned(), format!("{FILES}/SKILL.md")] {
            for (key, status) in [
                (None, of_others),
                (Some(&strange), of_others),
                (Some(&ada), of_ada),
            ] {
                let answer = test.get(key.map(String::as_str), &path).await;
                assert_eq!(answer.status, status, "{state:?} {path}");
            }
        }
    }
}

/// Bytes that no compressor makes smaller.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.flatten().take(length).collect()
}

#[tokio::test]
async fn a_file_of_more_than_ten_mebibytes_is_too_large_to_serve() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    let largest = noise(10 << 20);
    let archive = pack(&[
        ("tank.json".to_owned(), manifest.to_string().into_bytes()),
        ("large".to_owned(), largest.clone()),
        ("larger".to_owned(), noise((10 << 20) + 1)),
    ]);
    assert_eq!(
        test.publish_archive(&ada, &manifest, &archive).await.status,
        200
    );
    let get = async |path: &str| {
        test.get(None, &format!("/api/v1/skills/tools/1.0.0/files/{path}"))
            .await
    };
    let refused = get("larger").await;
    assert_eq!(refused.refusal(), (413, "File too large to serve"));
    assert!(get("large").await.bytes == largest);
    let listed = get("").await;
    assert_eq!(
        listed.json["files"],
        json!(["tank.json", "large", "larger"])
    );
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_index_never_arrive_whole() {
    let frail = Frail::new().await;
    let manifest = manifest("@acme/tools", "1.0.0");
    let large = noise(300_000);
    let archive = pack(&[
        ("tank.json".to_owned(), manifest.to_string().into_bytes()),
        ("large".to_owned(), large.clone()),
        ("small".to_owned(), b"small".to_vec()),
        ("empty".to_owned(), Vec::new()),
    ]);
    let answer = frail
        .test
        .publish_archive(&frail.ada, &manifest, &archive)
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    // The body of a file, or nothing when it breaks off.
    let read = async |path: &str| {
        let request = Request::get(format!("{FILES}/{path}"));
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let response = frail.test.registry.handle(request).await;
        assert_eq!(response.status(), 200);
        let body = response.into_body().collect().await;
        body.ok().map(http_body_util::Collected::to_bytes)
    };
    assert_eq!(read("large").await.as_deref(), Some(&large[..]));
    frail.blobs.rot(true);
    for (path, expected) in [("large", None), ("small", None), ("empty", Some(&b""[..]))] {
        assert_eq!(read(path).await.as_deref(), expected, "{path}");
    }
    frail.blobs.rot(false);
    assert_eq!(read("small").await.as_deref(), Some(&b"small"[..]));
}
