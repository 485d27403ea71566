//! The description of the API.

use http::header::CACHE_CONTROL;
use http::{HeaderValue, Response};

use super::Call;
use crate::http::body::Body;
use crate::http::{answer, openapi};

impl Call<'_> {
    /// `GET /openapi.json`: the same for everyone, until another release runs.
    pub(super) async fn openapi(&self) -> Response<Body> {
        let mut response = self.tagged(openapi::document()).await;
        let headers = response.headers_mut();
        headers.insert(
            CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        );
        answer::allow_any_origin(headers);
        response
    }
}
