//! The files of a version.

use http::header::{
    CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderValue, Method, Response};

use super::Call;
use crate::cache::DocumentKind;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, condition, wire};
use crate::model::VersionKey;
use crate::ops::{FilePath, VersionFile, is_for_anyone, readable_brief};

impl Call<'_> {
    /// `GET /skills/{name}/{version}/files`
    pub(super) async fn files(&self) -> Result<Response<Body>, Error> {
        let (viewer, name) = (self.viewer, self.name()?);
        let skill = self.registry.readable_skill(viewer, &name).await?;
        let brief = readable_brief(viewer, &skill, &self.params.version)?;
        let make = async {
            let record = self.registry.version_record(viewer, &skill, brief).await?;
            answer::bytes_of(&wire::Files::from(&*record))
        };
        let for_anyone = is_for_anyone(&skill, brief);
        let kind = DocumentKind::Files(VersionKey::from(&brief.version));
        self.document(&skill, for_anyone, kind, make).await
    }

    /// `GET /skills/{name}/{version}/files/{path…}`: raw, and never anything that a browser runs.
    pub(super) async fn file(&self) -> Result<Response<Body>, Error> {
        // Before the name is looked at: a path that is none is told to everyone alike.
        let path = FilePath::parse(&self.params.path)?;
        let (name, version) = (self.name()?, &self.params.version);
        let file = self
            .registry
            .file(self.viewer, &name, version, &path)
            .await?;
        let etag = format!("\"{}\"", hex::encode(file.row.sha256));
        let is_known = condition::is_known(&self.head.headers, &etag);
        let etag = HeaderValue::try_from(etag)
            .map_err(|error| Error::internal("writing an ETag", error))?;
        let mut response = if is_known {
            condition::not_modified(etag)
        } else {
            self.whole_file(&file, etag).await?
        };
        let headers = response.headers_mut();
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox"));
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        Ok(response)
    }

    async fn whole_file(
        &self,
        file: &VersionFile,
        etag: HeaderValue,
    ) -> Result<Response<Body>, Error> {
        let row = &file.row;
        let body = if self.head.method == Method::HEAD {
            Body::empty()
        } else {
            Body::stream(self.registry.file_bytes(file).await?, row.size)
        };
        let mut response = Response::new(body);
        let headers = response.headers_mut();
        headers.insert(ETAG, etag);
        let media_type = if row.text {
            "text/plain; charset=utf-8"
        } else {
            "application/octet-stream"
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(row.size));
        Ok(response)
    }
}
