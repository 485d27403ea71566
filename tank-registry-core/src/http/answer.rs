//! Answers in the contract's shape.

use bytes::Bytes;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use super::body::Body;
use crate::error::Error;

pub(crate) fn json<T: Serialize>(value: &T) -> Result<Response<Body>, Error> {
    Ok(with_json(StatusCode::OK, bytes_of(value)?))
}

/// A value as JSON.
pub(crate) fn bytes_of<T: Serialize>(value: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(value).map_err(|error| Error::internal("writing an answer as JSON", error))
}

pub(crate) fn value(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    with_json(status, value.to_string().into_bytes())
}

pub(crate) fn message(status: StatusCode, error: &str) -> Response<Body> {
    value(status, &json!({ "error": error }))
}

pub(crate) fn empty(status: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// Pages of any origin may read what anyone may have.
pub(crate) fn allow_any_origin(headers: &mut HeaderMap) {
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

pub(crate) fn with_json(status: StatusCode, bytes: impl Into<Bytes>) -> Response<Body> {
    let mut response = Response::new(Body::whole(bytes));
    *response.status_mut() = status;
    // What is told of limits, caching and the request's id comes to it.
    response.headers_mut().reserve(12);
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
