//! The limits on scans: section 6 of the API. Three or twenty an hour are so few that nothing is
//! earned back while a test runs.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use tank_registry_core::http::ClientAddr;
use tank_registry_core::{
    ApiKey, Bucket, Decision, LimitError, Quota, RateLimiter, RegistryBuilder, Scope, Settings,
};
use tank_registry_tests::wire::{Answer, TestRegistry, assert_spent, counted};

const WHOAMI: &str = "/api/v1/auth/whoami";
const SCAN: &str = "/api/v1/scan";
const JSON: &str = "application/json";
const MULTIPART: &str = "Multipart/Form-Data; boundary=x";

async fn scan(test: &TestRegistry, key: Option<&str>, kind: &str) -> Answer {
    let mut request = Request::post(SCAN).header("content-type", kind);
    if let Some(key) = key {
        request = request.header("authorization", format!("Bearer {key}"));
    }
    test.send(request.body(Full::from("{}")).unwrap()).await
}

fn assert_not_configured(answer: &Answer, limit: i64, left: i64) {
    let expected = (503, "Scanner service not configured");
    assert_eq!(answer.refusal(), expected, "{answer:?}");
    assert_eq!(counted(answer), Some((limit, left)));
}

#[tokio::test]
async fn an_anonymous_caller_has_three_scans_an_hour_that_cost_nothing_else() {
    let test = TestRegistry::new().await;
    for left in [2, 1, 0] {
        assert_not_configured(&scan(&test, None, JSON).await, 3, left);
    }
    for kind in [JSON, MULTIPART] {
        let spent = scan(&test, None, kind).await;
        assert_spent(&spent, 3600, 3);
        assert_eq!(counted(&spent), Some((3, 0)));
    }
    let elsewhere = Request::post(SCAN).extension(ClientAddr("203.0.113.8:1".parse().unwrap()));
    let elsewhere = test.send(elsewhere.body(Full::<Bytes>::default()).unwrap());
    assert_not_configured(&elsewhere.await, 3, 2);
    assert_eq!(counted(&test.get(None, WHOAMI).await), Some((1000, 999)));
}

#[tokio::test]
async fn a_user_has_twenty_scans_an_hour_with_all_keys_together() {
    let test = TestRegistry::new().await;
    let one = test.user("ada").await;
    let two = test
        .key_with("ada", &[Scope::Read], NonZeroU32::new(1))
        .await;
    let eve = test.user("eve").await;
    for left in (0..20).rev() {
        let key = if left % 2 == 0 { &one } else { &two.secret };
        let kind = if left % 3 == 0 { JSON } else { MULTIPART };
        assert_not_configured(&scan(&test, Some(key), kind).await, 20, left);
    }
    for key in [&one, &two.secret] {
        assert_spent(&scan(&test, Some(key), JSON).await, 3600, 20);
    }
    assert_not_configured(&scan(&test, Some(&eve), JSON).await, 20, 19);
    assert_not_configured(&scan(&test, None, JSON).await, 3, 2);
    // Scans cost nothing of a key's own number, and a key that is spent may scan.
    let own = test.get(Some(&two.secret), WHOAMI).await;
    assert_eq!((own.status, counted(&own)), (200, Some((1, 0))));
    assert_eq!(test.get(Some(&two.secret), WHOAMI).await.status, 429);
}

#[tokio::test]
async fn a_scan_of_what_is_uploaded_needs_a_key() {
    let test = TestRegistry::with_settings(|settings| {
        settings.failed_authentications_per_minute = NonZeroU32::new(1);
        settings.anonymous_scans_per_hour = NonZeroU32::new(100);
    })
    .await;
    let unknown = ApiKey::generate().unwrap();
    let unknown = Some(unknown.reveal());
    let nobody = scan(&test, None, MULTIPART).await;
    assert_eq!(nobody.status, 401);
    assert_eq!(nobody.header("www-authenticate"), Some("Bearer"));
    assert_eq!(counted(&nobody), Some((100, 99)));
    let stranger = scan(&test, unknown, MULTIPART).await;
    assert_eq!(
        (stranger.status, counted(&stranger)),
        (401, Some((100, 98)))
    );
    assert_spent(&scan(&test, unknown, MULTIPART).await, 60, 1);
    // A scan of what lies elsewhere needs none, so that an unknown one is nobody's.
    assert_not_configured(&scan(&test, unknown, JSON).await, 100, 96);
}

#[tokio::test]
async fn what_is_no_scan_costs_none() {
    let test = TestRegistry::new().await;
    let wrong = test.get(None, SCAN).await;
    assert_eq!((wrong.status, counted(&wrong)), (405, Some((1000, 999))));
    assert_eq!(wrong.header("allow"), Some("POST, OPTIONS"));
    let options = test.call(Method::OPTIONS, SCAN, None, None).await;
    assert_eq!((options.status, counted(&options)), (204, None));
    assert_not_configured(&scan(&test, None, JSON).await, 3, 2);
}

#[tokio::test]
async fn scans_without_a_limit_have_no_headers() {
    let change = |settings: &mut Settings| {
        settings.anonymous_scans_per_hour = None;
        settings.scans_per_hour = None;
    };
    let test = TestRegistry::with_settings(change).await;
    let ada = test.user("ada").await;
    for key in [None, Some(ada.as_str())] {
        for _ in 0..30 {
            let answer = scan(&test, key, JSON).await;
            assert_eq!((answer.status, counted(&answer)), (503, None));
        }
    }
}

/// Is away.
#[derive(Debug)]
struct Away;

#[async_trait]
impl RateLimiter for Away {
    async fn check(
        &self,
        _: Bucket,
        _: &str,
        _: Quota,
        _: NonZeroU32,
    ) -> Result<Decision, LimitError> {
        Err(LimitError::new("the shared limiter is away"))
    }
}

#[tokio::test]
async fn a_limiter_that_fails_is_replaced_for_every_bucket() {
    let mut settings = Settings::default();
    settings.failed_authentications_per_minute = NonZeroU32::new(1);
    let builder =
        |builder: RegistryBuilder| builder.settings(settings).rate_limiter(Arc::new(Away));
    let test = TestRegistry::with(builder).await;
    assert_eq!(test.get(Some("unknown"), WHOAMI).await.status, 401);
    assert_spent(&test.get(Some("unknown"), WHOAMI).await, 60, 1);
    for left in [2, 1, 0] {
        assert_not_configured(&scan(&test, None, JSON).await, 3, left);
    }
    assert_spent(&scan(&test, None, JSON).await, 3600, 3);
    let ada = test.user("ada").await;
    assert_not_configured(&scan(&test, Some(&ada), JSON).await, 20, 19);
}
