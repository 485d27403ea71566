//! The id under which a request is found in the log.

use http::{HeaderMap, HeaderName, HeaderValue, Response};

use crate::clock::Clock;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

#[derive(Debug)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The client's own when it is 1 to 128 of `[A-Za-z0-9._-]`, else a new one.
    pub(crate) fn of(headers: &HeaderMap, clock: &dyn Clock) -> Self {
        let own = headers
            .get(X_REQUEST_ID)
            .and_then(|value| value.to_str().ok());
        let own = own.filter(|text| {
            (1..=128).contains(&text.len())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        });
        Self(own.map_or_else(|| clock.new_id().to_string(), ToOwned::to_owned))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn add_to<B>(&self, response: &mut Response<B>) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(X_REQUEST_ID, value);
        }
    }
}
