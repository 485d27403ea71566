//! Links, staged bytes and downloads: sections 4.1, 4.2 and 4.10 of the API.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Method, Request};
use http_body::Frame;
use http_body_util::StreamBody;
use serde_json::{Value, json};
use tank_registry_core::blob::{BlobArea, BlobKey, BlobStore as _, once};
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::{OrgRole, UploadId};
use tank_registry_core::{Clock as _, Scope, SystemClock, maintenance};
use tank_registry_tests::wire::{TestRegistry, integrity, manifest, pack, relative, skill_files};

const HOUR: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);
const ALMOST_AN_HOUR: Duration = Duration::from_secs(3599);

fn tools(version: &str) -> Value {
    manifest("tools", version)
}

fn archive() -> Vec<u8> {
    pack(&skill_files(&tools("1.0.0")))
}

#[tokio::test]
async fn an_upload_link_lives_an_hour_and_its_session_as_long() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let started = test.start(&ada, &tools("1.0.0")).await;
    let (url, id) = (started.text("uploadUrl"), started.text("versionId"));
    test.clock.advance(ALMOST_AN_HOUR);
    assert_eq!(test.put(url, archive()).await.status, 200);
    test.clock.advance(SECOND);
    let late = test.put(url, archive()).await;
    assert_eq!(late.refusal(), (403, "Invalid or expired token"));
    let late = test.confirm(&ada, id, &integrity(&archive())).await;
    assert_eq!(late.refusal(), (404, "Skill version not found"));
    // Nothing is left of it: the version may be started again.
    test.published(&ada, &tools("1.0.0")).await;
}

#[tokio::test]
async fn a_put_to_a_session_that_ended_before_its_link_finds_it_closed() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let started = test.start(&ada, &tools("1.0.0")).await;
    let again = test.start(&ada, &tools("1.0.0")).await;
    let late = test.put(started.text("uploadUrl"), archive()).await;
    assert_eq!(late.refusal(), (409, "Upload is closed"));
    test.put(again.text("uploadUrl"), archive()).await;
    let confirmed = test
        .confirm(&ada, again.text("versionId"), &integrity(&archive()))
        .await;
    assert_eq!(confirmed.status, 200);
    let late = test.put(again.text("uploadUrl"), "other bytes").await;
    assert_eq!(late.refusal(), (409, "Upload is closed"));
    let served = test
        .follow(&test.download_url(None, "tools", "1.0.0").await)
        .await;
    assert_eq!(served.bytes, archive());
}

#[tokio::test]
async fn a_version_answers_the_same_for_an_hour_and_its_link_lives_at_least_one() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &tools("1.0.0")).await;
    let read = async || test.get(None, "/api/v1/skills/tools/1.0.0").await;
    let first = read().await;
    test.clock.advance(ALMOST_AN_HOUR);
    let last = read().await;
    assert_eq!(first.bytes, last.bytes);
    // The last moment at which this link is given out, and an hour later.
    test.clock.advance(HOUR);
    assert_eq!(test.follow(last.text("downloadUrl")).await.status, 200);
    test.clock.advance(SECOND);
    let late = test.follow(last.text("downloadUrl")).await;
    assert_eq!(late.refusal(), (403, "Invalid or expired token"));
    assert_ne!(read().await.bytes, first.bytes);
}

#[tokio::test]
async fn a_token_is_good_for_its_purpose_only_and_only_as_it_was_made() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &tools("1.0.0")).await;
    let started = test.start(&ada, &tools("1.0.1")).await;
    let token = |url: &str| url.split_once("?t=").unwrap().1.to_owned();
    let put = token(started.text("uploadUrl"));
    let get = token(&test.download_url(None, "tools", "1.0.0").await);
    let elsewhere = TestRegistry::new().await;
    let eve = elsewhere.user("eve").await;
    let foreign = token(
        elsewhere
            .start(&eve, &tools("1.0.1"))
            .await
            .text("uploadUrl"),
    );
    let (claim, signature) = put.split_once('.').unwrap();
    let invalid = (403, "Invalid or expired token");
    for forged in [
        get.clone(),
        foreign,
        "x".to_owned(),
        ".".to_owned(),
        claim.to_owned(),
        format!("{claim}."),
        format!(".{signature}"),
        format!("{put}A"),
        format!("{put}."),
        format!("{claim}.{signature}."),
        put.to_uppercase(),
        "%FF".to_owned(),
    ] {
        let path = format!("/api/storage/upload?t={forged}");
        let answer = test
            .call(Method::PUT, &path, None, Some(archive().into()))
            .await;
        assert_eq!(answer.refusal(), invalid, "{forged}");
    }
    let answer = test
        .get(Some(&test.admin), &format!("/api/storage/download?t={put}"))
        .await;
    assert_eq!(answer.refusal(), invalid);
    for (method, link, allow) in [
        (Method::GET, "upload", "PUT, OPTIONS"),
        (Method::POST, "upload", "PUT, OPTIONS"),
        (Method::PUT, "download", "GET, HEAD, OPTIONS"),
    ] {
        let token = if link == "upload" { &put } else { &get };
        let answer = test
            .call(
                method,
                &format!("/api/storage/{link}?t={token}"),
                None,
                None,
            )
            .await;
        assert_eq!((answer.status, answer.header("allow")), (405, Some(allow)));
    }
    for query in ["", "?", "?t=", "?T=x", "?token=x"] {
        let answer = test
            .get(None, &format!("/api/storage/download{query}"))
            .await;
        assert_eq!(answer.refusal(), (400, "Missing parameters"), "{query}");
        let path = format!("/api/storage/upload{query}");
        let answer = test.call(Method::PUT, &path, None, None).await;
        assert_eq!(answer.refusal(), (400, "Missing parameters"), "{query}");
    }
}

#[tokio::test]
async fn a_repeated_put_replaces_the_bytes_and_a_refused_one_does_not() {
    let test = TestRegistry::with_settings(|settings| settings.package.compressed = 1000).await;
    let ada = test.user("ada").await;
    let started = test.start(&ada, &tools("1.0.0")).await;
    let (url, id) = (started.text("uploadUrl"), started.text("versionId"));
    assert_eq!(
        test.put(url, "no archive").await.json,
        json!({ "ok": true })
    );
    assert_eq!(test.put(url, archive()).await.status, 200);
    let too_large = test.put(url, vec![0; 1001]).await;
    assert_eq!(too_large.refusal(), (413, "Request body too large"));
    let pieces = stream::iter(0..101)
        .map(|_| Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(&[0; 10]))));
    let put = Request::put(relative(url))
        .body(StreamBody::new(pieces))
        .unwrap();
    assert_eq!(
        test.send(put).await.refusal(),
        (413, "Request body too large")
    );
    assert_eq!(
        test.confirm(&ada, id, &integrity(&archive())).await.status,
        200
    );
}

#[tokio::test]
async fn an_open_session_is_its_owners_alone() {
    let test = TestRegistry::new().await;
    let (ada, bob) = (test.user("ada").await, test.user("bob").await);
    test.org("acme", "ada").await;
    test.member("acme", "bob", OrgRole::Member).await;
    let declared = manifest("@acme/tools", "1.0.0");
    let bytes = pack(&skill_files(&declared));
    let id = test.staged(&ada, &declared, &bytes).await;
    // Bob may publish this very version, in a session of his own.
    for key in [&bob, &test.admin] {
        let refused = test.confirm(key, &id, &integrity(&bytes)).await;
        assert_eq!(refused.refusal(), (404, "Skill version not found"));
    }
    let second_key = test.key("ada", &[Scope::Publish]).await.secret;
    let confirmed = test.confirm(&second_key, &id, &integrity(&bytes)).await;
    assert_eq!(confirmed.status, 200);
}

#[tokio::test]
async fn open_uploads_are_capped_and_replaced_or_expired_ones_do_not_count() {
    let test = TestRegistry::with_settings(|settings| settings.max_open_uploads = 3).await;
    let ada = test.user("ada").await;
    let start = async |version: &str| test.start(&ada, &tools(version)).await;
    for version in ["1.0.0", "1.0.1", "1.0.2", "1.0.2", "1.0.0"] {
        assert_eq!(start(version).await.status, 200, "{version}");
    }
    assert_eq!(
        start("1.0.3").await.refusal(),
        (429, "Too many open uploads")
    );
    // It is checked last: what is wrong with the publish itself is told first.
    let invalid = test.start(&ada, &json!({ "name": "tools" })).await;
    assert_eq!(invalid.refusal(), (400, "Invalid manifest"));
    let bob = test.user("bob").await;
    assert_eq!(test.start(&bob, &tools("1.0.3")).await.status, 200);
    test.published(&ada, &tools("1.0.0")).await;
    assert_eq!(
        start("1.0.3").await.status,
        200,
        "a confirmed one is closed"
    );
    assert_eq!(start("1.0.4").await.status, 429);
    test.clock.advance(HOUR);
    assert_eq!(start("1.0.4").await.status, 200);
}

#[tokio::test]
async fn staged_bytes_of_a_user_are_capped_as_announced_and_as_received() {
    let test = TestRegistry::with_settings(|settings| settings.max_staged_bytes = 100).await;
    let (ada, bob) = (test.user("ada").await, test.user("bob").await);
    let first = test.start(&ada, &tools("1.0.0")).await;
    let second = test.start(&ada, &tools("1.0.1")).await;
    let (first, second) = (first.text("uploadUrl"), second.text("uploadUrl"));
    assert_eq!(test.put(first, vec![0; 60]).await.status, 200);
    let too_many = (429, "Too many bytes in open uploads");
    assert_eq!(test.put(second, vec![0; 41]).await.refusal(), too_many);
    let unannounced = |bytes: usize| {
        let piece = Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![0; bytes])));
        Request::put(relative(second))
            .body(StreamBody::new(stream::iter([piece])))
            .unwrap()
    };
    assert_eq!(test.send(unannounced(41)).await.refusal(), too_many);
    assert_eq!(test.send(unannounced(40)).await.status, 200);
    // A replacement counts instead of what it replaces.
    assert_eq!(test.put(first, vec![0; 60]).await.status, 200);
    assert_eq!(test.put(first, vec![0; 61]).await.refusal(), too_many);
    let other = test.start(&bob, &tools("1.0.0")).await;
    assert_eq!(
        test.put(other.text("uploadUrl"), vec![0; 100]).await.status,
        200
    );
}

#[tokio::test]
async fn the_sweep_deletes_only_bytes_without_a_session_older_than_an_upload_lives() {
    let blobs = MemoryBlobs::new();
    let test = TestRegistry::over(
        Arc::new(MemoryStore::new()),
        Arc::new(blobs.clone()),
        |builder| builder,
    )
    .await;
    // The blobs tell the system's time.
    test.clock.set(SystemClock.now());
    let ada = test.user("ada").await;
    let orphan = BlobKey::Staged(UploadId::new(test.clock.new_id()));
    blobs.stage(&orphan, once(archive().into())).await.unwrap();
    let kept = test.staged(&ada, &tools("1.0.0"), &archive()).await;
    let staged = async || {
        let page = blobs.list(BlobArea::Staged, None).await.unwrap();
        page.objects
            .iter()
            .map(|(key, _)| key.path())
            .collect::<Vec<_>>()
    };
    assert_eq!(staged().await.len(), 2);
    assert_eq!(
        maintenance::sweep_staging(&test.registry).await.unwrap(),
        0,
        "too young"
    );
    test.clock.advance(ALMOST_AN_HOUR);
    assert_eq!(
        maintenance::sweep_staging(&test.registry).await.unwrap(),
        0,
        "too young"
    );
    test.clock.advance(2 * SECOND);
    // An expired session is one until it is forgotten.
    assert_eq!(maintenance::sweep_staging(&test.registry).await.unwrap(), 1);
    assert_eq!(staged().await, [format!("uploads/{kept}")]);
    assert_eq!(
        maintenance::expire_uploads(&test.registry).await.unwrap(),
        1
    );
    assert_eq!(
        maintenance::expire_uploads(&test.registry).await.unwrap(),
        0
    );
    assert_eq!(maintenance::sweep_staging(&test.registry).await.unwrap(), 1);
    assert!(staged().await.is_empty());
}

#[tokio::test]
async fn maintenance_takes_nothing_from_an_open_session() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let id = test.staged(&ada, &tools("1.0.0"), &archive()).await;
    test.clock.advance(ALMOST_AN_HOUR);
    assert_eq!(
        maintenance::expire_uploads(&test.registry).await.unwrap(),
        0
    );
    maintenance::prune_history(&test.registry, Duration::ZERO)
        .await
        .unwrap();
    maintenance::probe_blobs(&test.registry).await.unwrap();
    assert_eq!(
        test.confirm(&ada, &id, &integrity(&archive())).await.status,
        200
    );
}

async fn beside_its_blobs() -> (TestRegistry, MemoryBlobs) {
    let blobs = MemoryBlobs::new();
    let store = Arc::new(MemoryStore::new());
    let test = TestRegistry::over(store, Arc::new(blobs.clone()), |builder| builder).await;
    (test, blobs)
}

#[tokio::test]
async fn bytes_of_a_session_that_is_replaced_go_at_once() {
    let (test, blobs) = beside_its_blobs().await;
    let ada = test.user("ada").await;
    for _ in 0..3 {
        test.staged(&ada, &tools("1.0.0"), &archive()).await;
        let page = blobs.list(BlobArea::Staged, None).await.unwrap();
        assert_eq!(page.objects.len(), 1);
    }
}

#[tokio::test]
async fn a_confirm_that_is_refused_keeps_no_bytes() {
    let (test, blobs) = beside_its_blobs().await;
    let ada = test.user("ada").await;
    let mut louder = tools("1.0.1");
    louder["permissions"] = json!({ "subprocess": true });
    let files = pack(&skill_files(&louder));
    let session = test.staged(&ada, &louder, &files).await;
    test.published(&ada, &tools("1.0.0")).await;
    let before = blobs.list(BlobArea::Content, None).await.unwrap();
    let refused = test.confirm(&ada, &session, &integrity(&files)).await;
    assert_eq!(refused.refusal(), (400, "Permission escalation detected"));
    assert_eq!(blobs.list(BlobArea::Content, None).await.unwrap(), before);
}
