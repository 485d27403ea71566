//! The description of the API.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use http::{HeaderValue, Response, StatusCode};

use super::Call;
use crate::http::body::Body;
use crate::http::{answer, condition, openapi};

impl Call<'_> {
    /// `GET /openapi.json`: the same for everyone, until another release runs.
    pub(super) fn openapi(&self) -> Response<Body> {
        let document = openapi::document();
        let is_known = condition::is_known(&self.head.headers, &document.etag);
        let mut response = if is_known {
            answer::empty(StatusCode::NOT_MODIFIED)
        } else {
            Response::new(Body::whole(document.bytes.clone()))
        };
        let headers = response.headers_mut();
        if !is_known {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Ok(etag) = HeaderValue::try_from(&document.etag) {
            headers.insert(ETAG, etag);
        }
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        );
        answer::allow_any_origin(headers);
        response
    }
}
