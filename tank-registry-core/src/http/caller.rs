//! What a request costs its caller.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::request::Parts;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::json;

use super::body::Body;
use super::route::Endpoint;
use super::{ClientAddr, answer};
use crate::access::{Credential, Viewer};
use crate::limit::{Bucket, Decision, Quota};
use crate::model::Timestamp;
use crate::ops::Caller;
use crate::registry::Registry;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

impl Registry {
    /// Takes one request from the caller's bucket, and from that of failed authentications where
    /// it is one. Answers what the response shall tell of; nothing where there is no limit.
    pub(crate) async fn spend(
        &self,
        head: &Parts,
        caller: &Caller,
        endpoint: Option<Endpoint>,
    ) -> Option<Decision> {
        let decision = self.spend_request(head, &caller.viewer, endpoint).await;
        let needs_key = endpoint.is_some_and(|endpoint| endpoint.needs_identity(&head.headers));
        let is_refused = decision.is_some_and(|decision| !decision.allowed);
        if is_refused || !needs_key || !caller.has_unknown_key {
            return decision;
        }
        let per_minute = self.inner.settings.failed_authentications_per_minute;
        let failed = self
            .take(
                Bucket::FailedAuthentication,
                &self.network(head),
                per_minute.map(Quota::per_minute),
            )
            .await;
        // As long as it allows the request, the headers are those of the ordinary bucket.
        failed.filter(|failed| !failed.allowed).or(decision)
    }

    async fn spend_request(
        &self,
        head: &Parts,
        viewer: &Viewer,
        endpoint: Option<Endpoint>,
    ) -> Option<Decision> {
        let settings = &self.inner.settings;
        let is_scan = endpoint == Some(Endpoint::Scan);
        let (bucket, key, quota) = match viewer {
            Viewer::Operator => return None,
            Viewer::Anonymous if is_scan => (
                Bucket::AnonymousScan,
                self.network(head),
                settings.anonymous_scans_per_hour.map(Quota::per_hour),
            ),
            Viewer::Anonymous => (
                Bucket::Anonymous,
                self.network(head),
                settings.anonymous_per_hour.map(Quota::per_hour),
            ),
            Viewer::Principal(principal) if is_scan => (
                Bucket::Scan,
                principal.user.id.to_string(),
                settings.scans_per_hour.map(Quota::per_hour),
            ),
            Viewer::Principal(principal) => match principal.credential {
                Credential::Key { id, per_day, .. } => {
                    (Bucket::Key, id.to_string(), per_day.map(Quota::per_day))
                }
                Credential::External | Credential::Link => {
                    let key = principal.user.id.to_string();
                    (Bucket::Key, key, settings.key_per_day.map(Quota::per_day))
                }
            },
        };
        self.take(bucket, &key, quota).await
    }

    /// Takes one from a bucket; nothing where there is no limit.
    async fn take(&self, bucket: Bucket, key: &str, quota: Option<Quota>) -> Option<Decision> {
        let quota = quota?;
        if let Some(limiter) = &self.inner.limiter {
            match limiter.check(bucket, key, quota, NonZeroU32::MIN).await {
                Ok(decision) => return Some(decision),
                Err(error) => {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(error, "counting in this process until the limiter is back");
                }
            }
        }
        let local = &self.inner.local_limiter;
        match local.check_now(bucket, key, quota) {
            Ok(decision) => Some(decision),
            Err(error) => {
                // Only a quota that is no quota can do this, and those are not built.
                tracing::error!(error = &error as &dyn std::error::Error, "no limit applied");
                None
            }
        }
    }

    /// What an anonymous caller is counted by; all share one bucket where nobody says who asks.
    pub(crate) fn network(&self, head: &Parts) -> String {
        let peer = head.extensions.get::<ClientAddr>();
        peer.map_or_else(String::new, |peer| {
            let proxies = &self.inner.settings.trusted_proxies;
            network(proxies.client(peer.0.ip(), &head.headers))
        })
    }
}

/// The part of an address that one caller holds: all of IPv4, the upper half of IPv6.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// The answer to a request that was one too many.
pub(crate) fn limited(decision: &Decision) -> Response<Body> {
    let seconds = ceil_seconds(decision.retry_after).max(1);
    let body = json!({ "error": "Rate limit exceeded", "retryAfter": seconds });
    let mut response = answer::value(StatusCode::TOO_MANY_REQUESTS, &body);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

pub(crate) fn add_rate_headers(response: &mut Response<Body>, decision: &Decision, now: Timestamp) {
    let reset = now.after(decision.reset);
    let reset = reset.as_secs() + i64::from(reset.as_millis() % 1000 != 0);
    let headers = response.headers_mut();
    headers.insert(LIMIT, HeaderValue::from(decision.limit));
    headers.insert(REMAINING, HeaderValue::from(decision.remaining));
    headers.insert(RESET, HeaderValue::from(reset));
}

fn ceil_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_is_an_ipv4_address_or_an_ipv6_network() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("203.0.113.7"), "203.0.113.7");
        assert_eq!(of("::ffff:203.0.113.7"), "203.0.113.7");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::9"));
        assert_ne!(of("2001:db8:1:2::9"), of("2001:db8:1:3::9"));
    }
}
