//! The id under which a request is found in the log.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue, Response};

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Ids of requests that bring none: of this process, in order.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u64,
    next: AtomicU64,
}

impl RequestIds {
    /// `process` tells the ids of one process from those of others.
    pub(crate) fn new(process: u64) -> Self {
        Self {
            process,
            next: AtomicU64::new(0),
        }
    }

    fn next(&self) -> HeaderValue {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{:016x}-{number:x}", self.process);
        // Hexadecimal digits and a hyphen are always a header's value.
        HeaderValue::try_from(id).unwrap_or(HeaderValue::from_static("-"))
    }
}

#[derive(Debug)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// The client's own when it is 1 to 128 of `[A-Za-z0-9._-]`, else a new one.
    pub(crate) fn of(headers: &HeaderMap, ids: &RequestIds) -> Self {
        let own = headers.get(X_REQUEST_ID).filter(|value| {
            let mut bytes = value.as_bytes().iter();
            (1..=128).contains(&value.len())
                && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
        });
        Self(own.map_or_else(|| ids.next(), HeaderValue::clone))
    }

    pub(crate) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(crate) fn add_to<B>(self, response: &mut Response<B>) {
        response.headers_mut().insert(X_REQUEST_ID, self.0);
    }
}
