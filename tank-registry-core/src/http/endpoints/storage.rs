//! Bytes, through signed links.

use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    RANGE, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::json;

use super::Call;
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::range::{self, Wanted};
use crate::http::{answer, condition};
use crate::ops::{ARCHIVE_TYPE, archive_caching};

impl Call<'_> {
    /// `PUT /api/storage/upload?t=…`
    pub(super) async fn upload(&self, body: Pieces) -> Result<Response<Body>, Error> {
        let token = self.token()?;
        self.registry
            .receive_upload(&token, body.declared, body.pieces)
            .await?;
        let mut response = answer::value(StatusCode::OK, &json!({ "ok": true }));
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }

    /// `GET /api/storage/download?t=…`
    pub(super) async fn download(&self) -> Result<Response<Body>, Error> {
        let download = self.registry.download(&self.token()?).await?;
        let etag = format!("\"{}\"", download.integrity);
        let is_known = condition::is_known(&self.head.headers, &etag);
        let etag = HeaderValue::try_from(etag)
            .map_err(|error| Error::internal("writing an ETag", error))?;
        if is_known {
            let mut answer = condition::not_modified(etag);
            let caching = HeaderValue::from_static(archive_caching(download.is_public));
            answer.headers_mut().insert(CACHE_CONTROL, caching);
            return Ok(answer);
        }
        let header = |name| {
            self.head
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        // A range of other bytes than the client has is of no use to it.
        let same = self
            .head
            .headers
            .get(IF_RANGE)
            .is_none_or(|value| value == etag);
        let wanted = range::parse(header(RANGE).filter(|_| same), download.size);
        let (status, part) = match wanted {
            Wanted::Whole => (StatusCode::OK, 0..download.size),
            Wanted::Part(part) => (StatusCode::PARTIAL_CONTENT, part),
            Wanted::Unsatisfiable => {
                let mut refusal =
                    answer::message(StatusCode::RANGE_NOT_SATISFIABLE, "Range not satisfiable");
                let size = HeaderValue::try_from(format!("bytes */{}", download.size))
                    .map_err(|error| Error::internal("writing a range", error))?;
                refusal.headers_mut().insert(CONTENT_RANGE, size);
                return Ok(refusal);
            }
        };
        let length = part.end - part.start;
        let is_part = status == StatusCode::PARTIAL_CONTENT;
        let content_range = format!(
            "bytes {}-{}/{}",
            part.start,
            part.end.saturating_sub(1),
            download.size
        );
        let body = if self.head.method == Method::HEAD {
            Body::empty()
        } else {
            let part = is_part.then_some(part);
            Body::stream(self.registry.download_bytes(&download, part).await?, length)
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(ARCHIVE_TYPE));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        headers.insert(ETAG, etag);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let caching = archive_caching(download.is_public);
        headers.insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        if download.is_public {
            answer::allow_any_origin(headers);
        }
        if is_part {
            let range = HeaderValue::try_from(content_range)
                .map_err(|error| Error::internal("writing a range", error))?;
            headers.insert(CONTENT_RANGE, range);
        }
        Ok(response)
    }

    fn token(&self) -> Result<String, Error> {
        let query = self.head.uri.query().unwrap_or_default();
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let token = pairs.find(|(name, value)| name == "t" && !value.is_empty());
        token
            .map(|(_, value)| value.into_owned())
            .ok_or(Error::MissingParameters)
    }
}
