//! Bodies that are too long, too slow, cut, or no JSON: section 1 of the API.

use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, StreamExt as _};
use http::{Method, Request};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use serde_json::json;
use tank_registry_tests::wire::{TestRegistry, integrity, manifest, relative};

async fn registry() -> (TestRegistry, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    (test, ada)
}

fn post(ada: &str) -> http::request::Builder {
    Request::post("/api/v1/skills").header("authorization", format!("Bearer {ada}"))
}

#[tokio::test]
async fn a_body_is_json_and_not_compressed() {
    let (test, ada) = registry().await;
    let body = json!({ "manifest": manifest("tools", "2.0.0") }).to_string();
    let ask = async |name: &str, value: &str| {
        let request = post(&ada)
            .header(name, value)
            .body(Full::from(body.clone()))
            .unwrap();
        test.send(request).await.status
    };
    for good in [
        "application/json",
        "Application/JSON; charset=utf-8",
        "application/json;x=y",
    ] {
        assert_eq!(ask("content-type", good).await, 200, "{good}");
    }
    for bad in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
    ] {
        assert_eq!(ask("content-type", bad).await, 415, "{bad}");
    }
    assert_eq!(ask("content-encoding", "identity").await, 200);
    assert_eq!(ask("content-encoding", "gzip").await, 415);
}

#[tokio::test]
async fn a_body_that_is_no_plain_object_is_refused() {
    let (test, ada) = registry().await;
    let deep = |depth: usize| {
        format!(
            "{{\"a\":{}{}}}",
            "[".repeat(depth - 1),
            "]".repeat(depth - 1)
        )
    };
    for body in [
        String::new(),
        "null".into(),
        "[]".into(),
        "[{}]".into(),
        "\"text\"".into(),
        "{".into(),
        "{} {}".into(),
        "{\"a\":1,\"a\":2}".into(),
        "{\"manifest\":{\"name\":\"x\",\"name\":\"y\"}}".into(),
        "{\"a\":1,}".into(),
        "{'a':1}".into(),
        "{\"a\":NaN}".into(),
        deep(65),
        "[".repeat(100_000),
        "{\"\\ud800\":1}".into(),
    ] {
        let answer = test
            .call(
                Method::POST,
                "/api/v1/skills",
                Some(&ada),
                Some(body.clone().into()),
            )
            .await;
        assert_eq!(
            answer.refusal(),
            (400, "Invalid JSON body"),
            "{}",
            &body[..body.len().min(40)]
        );
    }
    let latin = Bytes::from_static(b"{\"a\":\"\xe9\"}");
    let answer = test
        .call(Method::POST, "/api/v1/skills", Some(&ada), Some(latin))
        .await;
    assert_eq!(answer.refusal(), (400, "Invalid JSON body"));
    let deepest = test
        .call(
            Method::POST,
            "/api/v1/skills",
            Some(&ada),
            Some(deep(64).into()),
        )
        .await;
    assert_eq!(deepest.refusal(), (400, "Missing manifest in request body"));
}

/// A body in pieces, whose length nobody announced.
fn chunked(
    pieces: Vec<std::io::Result<Bytes>>,
) -> impl http_body::Body<Data = Bytes, Error = std::io::Error> + Send {
    StreamBody::new(stream::iter(pieces).map(|piece| piece.map(Frame::data)))
}

#[tokio::test]
async fn a_body_over_its_limit_is_refused_announced_or_not() {
    let (test, ada) = registry().await;
    let limit = 4 << 20;
    let mut body = json!({ "manifest": manifest("tools", "2.0.0"), "readme": "" }).to_string();
    body.extend(std::iter::repeat_n(' ', limit - body.len()));
    let fits = test
        .call(
            Method::POST,
            "/api/v1/skills",
            Some(&ada),
            Some(body.clone().into()),
        )
        .await;
    assert_eq!(fits.status, 200);
    let pieces = |body: &str| {
        body.as_bytes()
            .chunks(100_000)
            .map(|piece| Ok(Bytes::copy_from_slice(piece)))
            .collect()
    };
    assert_eq!(
        test.send(post(&ada).body(chunked(pieces(&body))).unwrap())
            .await
            .status,
        200
    );
    body.push(' ');
    for path in ["/api/v1/skills", "/api/v1/skills/confirm"] {
        let answer = test
            .call(Method::POST, path, Some(&ada), Some(body.clone().into()))
            .await;
        assert_eq!(answer.refusal(), (413, "Request body too large"));
    }
    let answer = test
        .send(post(&ada).body(chunked(pieces(&body))).unwrap())
        .await;
    assert_eq!(answer.refusal(), (413, "Request body too large"));
    // What is announced is refused before any of it has come.
    let silent = StreamBody::new(stream::pending::<std::io::Result<Frame<Bytes>>>());
    let announced = post(&ada).header("content-length", (limit + 1).to_string());
    assert_eq!(test.send(announced.body(silent).unwrap()).await.status, 413);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_ends_the_connection_and_a_slow_one_does_not() {
    let (test, ada) = registry().await;
    let body = json!({ "manifest": manifest("tools", "2.0.0") }).to_string();
    let slow = |pause: Duration| {
        let pieces: Vec<_> = body
            .as_bytes()
            .chunks(20)
            .map(Bytes::copy_from_slice)
            .collect();
        StreamBody::new(stream::iter(pieces).then(move |piece| async move {
            tokio::time::sleep(pause).await;
            Ok::<_, std::io::Error>(Frame::data(piece))
        }))
    };
    let answer = test
        .send(
            post(&ada)
                .body(Box::pin(slow(Duration::from_secs(29))))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let started = answer.text("uploadUrl").to_owned();
    let answer = test
        .send(
            post(&ada)
                .body(Box::pin(slow(Duration::from_secs(31))))
                .unwrap(),
        )
        .await;
    assert_eq!(answer.refusal(), (408, "Request timeout"));
    assert_eq!(answer.header("connection"), Some("close"));
    let put = Request::put(relative(&started))
        .body(Box::pin(slow(Duration::from_secs(31))))
        .unwrap();
    let answer = test.send(put).await;
    assert_eq!(
        (answer.refusal(), answer.header("connection")),
        ((408, "Request timeout"), Some("close"))
    );
}

#[tokio::test]
async fn a_body_that_is_cut_is_refused_and_stored_nowhere() {
    let (test, ada) = registry().await;
    let cut = || {
        chunked(vec![
            Ok(Bytes::from_static(b"{\"mani")),
            Err(std::io::ErrorKind::ConnectionReset.into()),
        ])
    };
    let answer = test.send(post(&ada).body(cut()).unwrap()).await;
    assert_eq!(
        (answer.status, answer.header("connection")),
        (400, Some("close"))
    );
    let started = test.start(&ada, &manifest("tools", "2.0.0")).await;
    let put = Request::put(relative(started.text("uploadUrl")))
        .body(cut())
        .unwrap();
    assert_eq!(test.send(put).await.status, 400);
    let early = test
        .confirm(&ada, started.text("versionId"), &integrity(b""))
        .await;
    assert_eq!(early.refusal(), (400, "Tarball was not uploaded"));
}
