//! The limit on bringing unknown keys: section 6 of the API.
//! All numbers here are so small, against a minute or an hour, that nothing is earned back while a
//! test runs.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Method;
use tank_registry_core::auth::{AuthenticatorError, ExternalIdentity};
use tank_registry_core::model::UserStatus;
use tank_registry_core::ops::CreateKey;
use tank_registry_core::store::ExternalId;
use tank_registry_core::{ApiKey, Authenticator, GovernorLimiter, Scope, Settings};
use tank_registry_tests::wire::{TestRegistry, assert_spent, counted};

const WHOAMI: &str = "/api/v1/auth/whoami";

/// Settings under which an address may bring `number` unknown keys a minute.
fn failures(number: u32) -> Settings {
    let mut settings = Settings::default();
    settings.failed_authentications_per_minute = NonZeroU32::new(number);
    settings
}

async fn registry(number: u32) -> TestRegistry {
    TestRegistry::with(|builder| builder.settings(failures(number))).await
}

fn unknown() -> String {
    ApiKey::generate().unwrap().reveal().to_owned()
}

/// Spends the bucket of failed authentications of the usual address.
async fn spend_failures(test: &TestRegistry, number: u32) {
    for _ in 0..number {
        assert_eq!(test.get(Some(&unknown()), WHOAMI).await.status, 401);
    }
    let spent = test.get(Some(&unknown()), WHOAMI).await;
    assert_spent(&spent, 60, number.into());
}

#[tokio::test]
async fn an_address_may_bring_its_number_of_unknown_keys_where_one_is_needed() {
    let cut = unknown();
    let kinds = [
        unknown(),
        cut[..cut.len() - 1].to_owned(),
        "tank_".to_owned(),
        "another-systems-token".to_owned(),
    ];
    for key in kinds {
        let test = registry(2).await;
        for left in [999, 998] {
            let answer = test.get(Some(&key), WHOAMI).await;
            let expected = (401, "Unauthorized. Valid API key required.");
            assert_eq!(answer.refusal(), expected);
            // The headers are those of the address.
            assert_eq!(counted(&answer), Some((1000, left)));
        }
        for _ in 0..2 {
            let answer = test.get(Some(&key), WHOAMI).await;
            assert_spent(&answer, 60, 2);
            assert_eq!(counted(&answer), Some((2, 0)));
        }
        // Each of the four cost the address one besides.
        assert_eq!(counted(&test.get(None, WHOAMI).await), Some((1000, 995)));
    }
}

#[tokio::test]
async fn a_spent_bucket_of_failures_stops_nothing_but_unknown_keys_where_one_is_needed() {
    let test = registry(2).await;
    let ada = test.user("ada").await;
    let revoked = test.key("ada", &[Scope::Read]).await;
    test.revoke(&revoked).await;
    spend_failures(&test, 2).await;
    let read = "/api/v1/skills/tools";
    let start = "/api/v1/skills";
    let unknown = unknown();
    for (method, path, key, status) in [
        (Method::GET, WHOAMI, Some(ada.as_str()), 200),
        (Method::GET, WHOAMI, None, 401),
        (Method::GET, WHOAMI, Some(&revoked.secret), 401),
        (Method::POST, start, Some(&ada), 400),
        (Method::GET, read, Some(&unknown), 404),
        (Method::GET, read, None, 404),
        (Method::GET, "/api/v1/nothing", Some(&unknown), 404),
        (Method::DELETE, WHOAMI, Some(&unknown), 405),
        (Method::OPTIONS, WHOAMI, Some(&unknown), 204),
        (Method::GET, "/api/health", Some(&unknown), 200),
        (Method::HEAD, WHOAMI, Some(&unknown), 429),
        (Method::POST, start, Some(&unknown), 429),
        (Method::POST, start, Some("tank_x"), 429),
    ] {
        let answer = test.call(method.clone(), path, key, None).await;
        assert_eq!(answer.status, status, "{method} {path} {key:?}");
    }
    let elsewhere = test.get_from("203.0.113.8:1", Some(&unknown), WHOAMI).await;
    assert_eq!(elsewhere.status, 401);
}

#[tokio::test]
async fn keys_that_are_over_and_what_is_no_key_are_no_failures() {
    let test = registry(1).await;
    test.create_user("ada").await;
    test.create_user("eve").await;
    let expired = test.key("ada", &[Scope::Read]).await;
    let days = u64::from(CreateKey::DEFAULT_DAYS) + 1;
    test.clock.advance(Duration::from_hours(24 * days));
    let revoked = test.key("ada", &[Scope::Read]).await;
    test.revoke(&revoked).await;
    let suspended = test.key("eve", &[Scope::Read]).await;
    test.set_status("eve", UserStatus::Suspended { until: None })
        .await;
    for _ in 0..3 {
        for key in [&revoked, &expired, &suspended] {
            let answer = test.get(Some(&key.secret), WHOAMI).await;
            assert_eq!(answer.status, 401);
        }
        for value in ["Basic dGFuazp0YW5r", "Bearer", "tank_x"] {
            let answer = test.get_with(WHOAMI, &[("authorization", value)]).await;
            assert_eq!(answer.status, 401, "{value}");
        }
    }
    // None of all these cost anything: there still is one.
    spend_failures(&test, 1).await;
}

#[tokio::test]
async fn a_refusal_tells_unknown_keys_and_dead_ones_not_apart() {
    let test = TestRegistry::new().await;
    test.create_user("ada").await;
    let revoked = test.key("ada", &[Scope::Read]).await;
    test.revoke(&revoked).await;
    let dead = test.get(Some(&revoked.secret), WHOAMI).await;
    for key in [unknown(), "tank_x".to_owned(), "x".to_owned()] {
        assert_eq!(test.get(Some(&key), WHOAMI).await.shown(), dead.shown());
    }
}

#[tokio::test]
async fn unknown_keys_of_one_network_of_64_bits_are_counted_together() {
    let test = registry(2).await;
    let status = async |address: &str| {
        let answer = test.get_from(address, Some(&unknown()), WHOAMI).await;
        answer.status
    };
    assert_eq!(status("[2001:db8:1:2::1]:1").await, 401);
    assert_eq!(status("[2001:db8:1:2:ffff::1]:1").await, 401);
    assert_eq!(status("[2001:db8:1:2::3]:1").await, 429);
    assert_eq!(status("[2001:db8:1:3::1]:1").await, 401);
}

#[tokio::test]
async fn a_spent_address_is_refused_as_such_whatever_it_brings() {
    let mut settings = failures(1);
    settings.anonymous_per_hour = NonZeroU32::new(2);
    let test = TestRegistry::with(|builder| builder.settings(settings)).await;
    spend_failures(&test, 1).await;
    let answer = test.get(Some(&unknown()), WHOAMI).await;
    assert_spent(&answer, 3600, 2);
    assert_eq!(counted(&answer), Some((2, 0)));
}

#[tokio::test]
async fn without_a_limit_on_failures_or_on_addresses_the_other_still_holds() {
    let mut settings = failures(1);
    settings.failed_authentications_per_minute = None;
    settings.anonymous_per_hour = NonZeroU32::new(50);
    let test = TestRegistry::with(|builder| builder.settings(settings)).await;
    for _ in 0..50 {
        assert_eq!(test.get(Some(&unknown()), WHOAMI).await.status, 401);
    }
    assert_spent(&test.get(Some(&unknown()), WHOAMI).await, 3600, 50);

    let mut settings = failures(1);
    settings.anonymous_per_hour = None;
    let test = TestRegistry::with(|builder| builder.settings(settings)).await;
    let answer = test.get(Some(&unknown()), WHOAMI).await;
    assert_eq!((answer.status, counted(&answer)), (401, None));
    let spent = test.get(Some(&unknown()), WHOAMI).await;
    assert_spent(&spent, 60, 1);
    assert_eq!(counted(&spent), Some((1, 0)));
    let nobody = test.get(None, WHOAMI).await;
    assert_eq!((nobody.status, counted(&nobody)), (401, None));
}

#[tokio::test]
async fn there_are_thirty_a_minute_unless_said_otherwise() {
    let thirty = NonZeroU32::new(30);
    assert_eq!(
        Settings::default().failed_authentications_per_minute,
        thirty
    );
    let test = TestRegistry::new().await;
    // One comes back every other second, so that on a slow machine it may take some more.
    let spent = loop {
        let answer = test.get(Some(&unknown()), WHOAMI).await;
        if answer.status == 429 {
            break answer;
        }
    };
    assert_eq!(counted(&spent), Some((30, 0)));
    assert_spent(&spent, 60, 30);
}

/// Knows one bearer token.
#[derive(Debug)]
struct Sessions;

#[async_trait]
impl Authenticator for Sessions {
    async fn authenticate(
        &self,
        head: &http::request::Parts,
    ) -> Result<Option<ExternalIdentity>, AuthenticatorError> {
        let bearer = head.headers.get("authorization");
        let is_known = bearer.is_some_and(|value| value == "Bearer session-1");
        Ok(is_known.then(|| ExternalIdentity {
            id: ExternalId {
                issuer: "host".to_owned(),
                subject: "ada".to_owned(),
            },
            display_name: Some("ada".to_owned()),
            email: String::new(),
            administrator: false,
        }))
    }
}

#[tokio::test]
async fn a_bearer_is_unknown_when_the_host_does_not_know_it_either() {
    let builder = |builder: tank_registry_core::RegistryBuilder| {
        builder
            .settings(failures(1))
            .authenticator(Arc::new(Sessions))
    };
    let test = TestRegistry::with(builder).await;
    for _ in 0..3 {
        assert_eq!(test.get(Some("session-1"), WHOAMI).await.status, 200);
    }
    assert_eq!(test.get(Some("session-2"), WHOAMI).await.status, 401);
    assert_spent(&test.get(Some("session-2"), WHOAMI).await, 60, 1);
    assert_eq!(test.get(Some("session-1"), WHOAMI).await.status, 200);
    // Whom the host knows and the registry has suspended did not guess.
    let blocked = UserStatus::Suspended { until: None };
    test.set_status("ada", blocked).await;
    for _ in 0..3 {
        assert_eq!(test.get(Some("session-1"), WHOAMI).await.status, 401);
    }
}

#[tokio::test]
async fn a_flood_from_many_addresses_shares_a_bucket_and_hits_nobody_with_a_key() {
    let limiter = Arc::new(GovernorLimiter::new(4));
    let builder = |builder: tank_registry_core::RegistryBuilder| {
        builder.settings(failures(1)).rate_limiter(limiter.clone())
    };
    let test = TestRegistry::with(builder).await;
    let mut refused = 0;
    for network in 0..200 {
        let address = format!("[2001:db8:0:{network:x}::1]:1");
        let answer = test.get_from(&address, Some(&unknown()), WHOAMI).await;
        refused += u32::from(answer.status == 429);
    }
    // Four addresses and all others together had one each, and whatever a slow run earned.
    assert!((100..=195).contains(&refused), "{refused}");
    let ada = test.user("ada").await;
    let answer = test.get(Some(&ada), WHOAMI).await;
    assert_eq!((answer.status, counted(&answer)), (200, Some((1000, 999))));
}
