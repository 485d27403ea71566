//! JSON, compressed for whoever takes it so.

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response};

use super::body::Body;
use crate::cache::{WORTH_COMPRESSING, gzip};
use crate::registry::Registry;

impl Registry {
    /// Compresses an answer to a read when it is JSON and long enough. Archives and files never
    /// are: clients hash what they receive.
    pub(crate) async fn compress(&self, head: &Parts, response: &mut Response<Body>) {
        let is_json = response
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|value| value == "application/json");
        if !is_json || !matches!(head.method, Method::GET | Method::HEAD) {
            return;
        }
        let is_compressed = response.headers().contains_key(CONTENT_ENCODING);
        let body = response.body().at_hand();
        let body = body.filter(|body| is_compressed || body.len() >= WORTH_COMPRESSING);
        let Some(body) = body.cloned() else {
            return;
        };
        if !response
            .headers()
            .get_all(VARY)
            .iter()
            .any(|value| value == BY_ENCODING)
        {
            response.headers_mut().append(VARY, BY_ENCODING);
        }
        if is_compressed || !takes_gzip(&head.headers) {
            return;
        }
        if let Some(bytes) = gzip(body, &*self.inner.workers).await {
            set_gzip(response, bytes);
        }
    }
}

/// Part of `Vary` where an answer may be compressed.
pub(crate) const BY_ENCODING: HeaderValue = HeaderValue::from_static("Accept-Encoding");

/// Sends these compressed bytes.
pub(crate) fn set_gzip(response: &mut Response<Body>, bytes: bytes::Bytes) {
    *response.body_mut() = Body::whole(bytes);
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
}

/// Whether a client takes gzip, by its `Accept-Encoding` (RFC 9110, section 12.5.3).
pub(crate) fn takes_gzip(headers: &HeaderMap) -> bool {
    let mut any = None;
    for value in headers.get_all(ACCEPT_ENCODING) {
        for part in value.to_str().unwrap_or_default().split(',') {
            let (coding, weight) = part.split_once(';').unwrap_or((part, ""));
            let weight = weight.trim().trim_start_matches(['q', 'Q', '=', ' ']);
            let is_taken =
                weight.is_empty() || weight.parse().is_ok_and(|weight: f32| weight > 0.0);
            let coding = coding.trim();
            if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                return is_taken;
            }
            if coding == "*" {
                any = Some(is_taken);
            }
        }
    }
    any.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gzip_is_sent_to_who_takes_it() {
        for (given, expected) in [
            ("gzip", true),
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP ; q=0.5", true),
            ("*", true),
            ("identity", false),
            ("gzip;q=0", false),
            ("gzip;q=0.000, *", false),
            ("*;q=0", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, given.parse().unwrap());
            assert_eq!(takes_gzip(&headers), expected, "{given}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
