//! Rate limits: section 6 of the API. All numbers here are so small, against an hour or a day,
//! that nothing is earned back while a test runs.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::json;
use tank_registry_core::{ApiKey, Bucket, Decision, LimitError, Quota, RateLimiter, Scope};
use tank_registry_tests::wire::{
    TestKey, TestRegistry, assert_spent, counted, manifest, pack, relative, skill_files,
};

const WHOAMI: &str = "/api/v1/auth/whoami";

async fn registry(anonymous_per_hour: u32) -> TestRegistry {
    TestRegistry::with_settings(|settings| {
        settings.anonymous_per_hour = NonZeroU32::new(anonymous_per_hour);
    })
    .await
}

async fn key(test: &TestRegistry, name: &str, per_day: u32) -> TestKey {
    test.create_user(name).await;
    test.key_with(name, &[Scope::Publish], NonZeroU32::new(per_day))
        .await
}

#[tokio::test]
async fn a_key_has_exactly_its_number_of_requests() {
    let test = registry(1000).await;
    let ada = key(&test, "ada", 5).await.secret;
    for left in (0..5).rev() {
        let answer = test.get(Some(&ada), WHOAMI).await;
        assert_eq!((answer.status, counted(&answer)), (200, Some((5, left))));
    }
    for _ in 0..3 {
        let answer = test.get(Some(&ada), WHOAMI).await;
        assert_spent(&answer, 86_400, 5);
        assert_eq!(counted(&answer), Some((5, 0)));
    }
    // A spent key is not anonymous, on reads of public data neither.
    assert_eq!(
        test.get(Some(&ada), "/api/v1/skills/tools").await.status,
        429
    );
    assert_eq!(test.get(None, "/api/v1/skills/tools").await.status, 404);
}

#[tokio::test]
async fn the_reset_is_when_the_full_number_is_back() {
    let test = registry(1000).await;
    let ada = key(&test, "ada", 10).await.secret;
    let start = "2026-03-01T11:00:00.000Z"
        .parse::<tank_registry_core::model::Timestamp>()
        .unwrap();
    for used in 1..=12_i64 {
        let answer = test.get(Some(&ada), WHOAMI).await;
        let reset: i64 = answer.header("x-ratelimit-reset").unwrap().parse().unwrap();
        let full = used.min(10) * 8640;
        let wait = reset - start.as_secs();
        assert!((full - 5..=full + 1).contains(&wait), "{used}: {wait}");
    }
}

#[tokio::test]
async fn an_address_has_exactly_its_number_of_requests() {
    let test = registry(4).await;
    for left in (0..4).rev() {
        let answer = test.get(None, "/api/v1/skills/tools").await;
        assert_eq!((answer.status, counted(&answer)), (404, Some((4, left))));
    }
    let answer = test.get(None, "/api/v1/skills/tools").await;
    assert_spent(&answer, 3600, 4);
    // A port is no other caller, another address is; so is a key from the spent address.
    assert_eq!(
        test.get_from("203.0.113.7:1", None, WHOAMI).await.status,
        429
    );
    assert_eq!(
        test.get_from("203.0.113.8:1", None, WHOAMI).await.status,
        401
    );
    let ada = key(&test, "ada", 5).await.secret;
    assert_eq!(test.get(Some(&ada), WHOAMI).await.status, 200);
}

#[tokio::test]
async fn two_keys_of_one_user_count_apart() {
    let test = registry(1000).await;
    let one = key(&test, "ada", 2).await.secret;
    let two = test
        .key_with("ada", &[Scope::Read], NonZeroU32::new(2))
        .await
        .secret;
    for _ in 0..2 {
        assert_eq!(test.get(Some(&one), WHOAMI).await.status, 200);
    }
    assert_eq!(test.get(Some(&one), WHOAMI).await.status, 429);
    assert_eq!(counted(&test.get(Some(&two), WHOAMI).await), Some((2, 1)));
}

#[tokio::test]
async fn an_ipv6_caller_is_the_network_of_64_bits() {
    let test = registry(2).await;
    let status = async |address: &str| test.get_from(address, None, WHOAMI).await.status;
    assert_eq!(status("[2001:db8:1:2::1]:80").await, 401);
    assert_eq!(status("[2001:db8:1:2:ffff:ffff:ffff:ffff]:80").await, 401);
    assert_eq!(status("[2001:db8:1:2::3]:80").await, 429);
    assert_eq!(status("[2001:db8:1:3::1]:80").await, 401);
    // An IPv4 address in the clothes of IPv6 is the IPv4 address.
    assert_eq!(status("198.51.100.1:80").await, 401);
    assert_eq!(status("[::ffff:198.51.100.1]:80").await, 401);
    assert_eq!(status("198.51.100.1:80").await, 429);
}

#[tokio::test]
async fn every_answer_costs_one_and_says_so() {
    let test = registry(100).await;
    let ada = key(&test, "ada", 100).await.secret;
    let huge = Bytes::from(vec![b' '; (4 << 20) + 1]);
    let mut left = 100;
    for (method, path, body, status) in [
        (Method::GET, "/api/v1/nothing", None, 404),
        (Method::GET, "/api/v1/skills/%zz", None, 400),
        (Method::GET, "/%zz", None, 400),
        (Method::DELETE, "/api/v1/skills/tools", None, 405),
        (Method::POST, "/api/v1/skills", Some(huge), 413),
        (Method::POST, "/api/v1/skills", Some(Bytes::from("[]")), 400),
        (Method::HEAD, WHOAMI, None, 200),
        (Method::GET, WHOAMI, None, 200),
    ] {
        let answer = test.call(method.clone(), path, Some(&ada), body).await;
        left -= 1;
        assert_eq!(
            (answer.status, counted(&answer)),
            (status, Some((100, left))),
            "{method} {path}"
        );
    }
    let anonymous = test.post(None, "/api/v1/skills", &json!({})).await;
    assert_eq!(
        (anonymous.status, counted(&anonymous)),
        (401, Some((100, 99)))
    );
    let read_only = test
        .key_with("ada", &[Scope::Read], NonZeroU32::new(9))
        .await
        .secret;
    let forbidden = test
        .post(Some(&read_only), "/api/v1/skills", &json!({}))
        .await;
    assert_eq!((forbidden.status, counted(&forbidden)), (403, Some((9, 8))));
    let request = Request::post("/api/v1/skills")
        .header("authorization", format!("Bearer {ada}"))
        .header("content-type", "text/plain");
    let unsupported = test.send(request.body(Full::from("{}")).unwrap()).await;
    assert_eq!(
        (unsupported.status, counted(&unsupported)),
        (415, Some((100, left - 1)))
    );
}

#[tokio::test]
async fn a_dead_key_is_counted_as_its_address() {
    let test = registry(3).await;
    let revoked = key(&test, "ada", 50).await;
    test.revoke(&revoked).await;
    let unknown = ApiKey::generate().unwrap();
    let first = test.get(Some(unknown.reveal()), WHOAMI).await;
    assert_eq!((first.status, counted(&first)), (401, Some((3, 2))));
    let second = test.get(Some(&revoked.secret), WHOAMI).await;
    assert_eq!((second.status, counted(&second)), (401, Some((3, 1))));
    assert_eq!(counted(&test.get(None, WHOAMI).await), Some((3, 0)));
    assert_eq!(test.get(Some(unknown.reveal()), WHOAMI).await.status, 429);
}

#[tokio::test]
async fn health_links_and_options_cost_nothing() {
    let test = registry(1).await;
    let ada = key(&test, "ada", 3).await.secret;
    let manifest = manifest("tools", "1.0.0");
    test.published(&ada, &manifest).await;
    let link = test.download_url(None, "tools", "1.0.0").await;
    assert_eq!(test.get(None, WHOAMI).await.status, 429);
    let started = test
        .start(&ada, &json!({ "name": "tools", "version": "1.0.1" }))
        .await;
    assert_eq!(test.get(Some(&ada), WHOAMI).await.status, 429);
    for _ in 0..3 {
        for (method, path, status) in [
            (Method::GET, "/api/health", 200),
            (Method::GET, "/api/v1/health", 200),
            (Method::GET, "/api/ready", 200),
            (Method::POST, "/api/health", 405),
            (Method::GET, relative(&link), 200),
            (Method::GET, "/api/storage/download?t=x", 403),
            (Method::GET, "/api/storage/upload", 405),
            (Method::OPTIONS, WHOAMI, 204),
            (Method::OPTIONS, "/api/v1/skills/tools", 204),
        ] {
            let answer = test.call(method.clone(), path, Some(&ada), None).await;
            assert_eq!(
                (answer.status, counted(&answer)),
                (status, None),
                "{method} {path}"
            );
        }
        let put = test
            .put(started.text("uploadUrl"), pack(&skill_files(&manifest)))
            .await;
        assert_eq!((put.status, counted(&put)), (200, None));
    }
}

#[tokio::test]
async fn without_a_limit_there_are_no_headers() {
    let test = TestRegistry::with_settings(|settings| settings.anonymous_per_hour = None).await;
    test.create_user("ada").await;
    let ada = test.key_with("ada", &[Scope::Read], None).await.secret;
    for _ in 0..50 {
        assert_eq!(counted(&test.get(Some(&ada), WHOAMI).await), None);
        let anonymous = test.get(None, WHOAMI).await;
        assert_eq!((anonymous.status, counted(&anonymous)), (401, None));
    }
}

#[tokio::test]
async fn a_request_that_is_one_too_many_does_nothing() {
    let test = registry(1000).await;
    let ada = key(&test, "ada", 1).await.secret;
    let started = test.start(&ada, &manifest("tools", "1.0.0")).await;
    // The second start would replace the first and close its link.
    assert_spent(
        &test.start(&ada, &manifest("tools", "1.0.0")).await,
        86_400,
        1,
    );
    assert_eq!(
        test.put(started.text("uploadUrl"), "bytes").await.status,
        200
    );
    // The body that comes with it is not even read.
    let endless =
        futures_util::stream::pending::<Result<http_body::Frame<Bytes>, std::io::Error>>();
    let request = Request::post("/api/v1/skills").header("authorization", format!("Bearer {ada}"));
    let request = request
        .body(http_body_util::StreamBody::new(endless))
        .unwrap();
    assert_spent(&test.send(request).await, 86_400, 1);
}

/// Allows three requests, then breaks.
#[derive(Debug, Default)]
struct Breaking(AtomicUsize);

#[async_trait]
impl RateLimiter for Breaking {
    async fn check(
        &self,
        _: Bucket,
        _: &str,
        quota: Quota,
        _: NonZeroU32,
    ) -> Result<Decision, LimitError> {
        if self.0.fetch_add(1, Ordering::Relaxed) >= 3 {
            return Err(LimitError::new("the shared limiter is away"));
        }
        Ok(Decision {
            allowed: true,
            limit: quota.limit.get(),
            remaining: 77,
            reset: quota.period,
            retry_after: std::time::Duration::ZERO,
        })
    }
}

#[tokio::test]
async fn a_limiter_that_fails_is_replaced_by_the_local_one_never_by_none() {
    let limiter = Arc::new(Breaking::default());
    let test = TestRegistry::with(|builder| builder.rate_limiter(limiter)).await;
    let ada = key(&test, "ada", 2).await.secret;
    for _ in 0..3 {
        assert_eq!(counted(&test.get(Some(&ada), WHOAMI).await), Some((2, 77)));
    }
    for left in [1, 0] {
        assert_eq!(
            counted(&test.get(Some(&ada), WHOAMI).await),
            Some((2, left))
        );
    }
    assert_spent(&test.get(Some(&ada), WHOAMI).await, 86_400, 2);
}
