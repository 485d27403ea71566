//! The two calls of a publish that carry a key.

use http::Response;
use serde_json::{Map, Value};

use super::Call;
use crate::access::Scope;
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::{answer, fields, wire};
use crate::model::VersionId;
use crate::ops::{ConfirmPublish, StartPublish};

/// Bytes of a manifest, a readme and a list of files.
const BODY_LIMIT: u64 = 4 << 20;

impl Call<'_> {
    /// `POST /skills`
    pub(super) async fn start_publish(&self, body: Pieces) -> Result<Response<Body>, Error> {
        // Before the body is read: who may not publish need not send it.
        self.viewer.with_scope(Scope::Publish)?;
        let mut body = self.json(body, BODY_LIMIT).await?;
        let Some(manifest @ Value::Object(_)) = body.remove("manifest") else {
            return Err(Error::MissingManifest);
        };
        let readme = readme(&mut body)?;
        drop(body);
        let request = StartPublish { manifest, readme };
        let started = self.registry.start_publish(self.viewer, request).await?;
        answer::json(&wire::PublishStarted {
            upload_url: started.upload_url,
            skill_id: started.skill,
            version_id: started.version,
        })
    }

    /// `POST /skills/confirm`. `fileCount`, `tarballSize` and `skillId` are hints that nothing
    /// depends on.
    pub(super) async fn confirm_publish(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let mut body = self.json(body, BODY_LIMIT).await?;
        let mut given = |field| body.remove(field).filter(|value: &Value| !value.is_null());
        let (Some(upload), Some(integrity)) = (given("versionId"), given("integrity")) else {
            return Err(Error::MissingFields("versionId, integrity"));
        };
        let request = ConfirmPublish {
            upload: version_id(&upload)?,
            integrity: fields::string("integrity", Some(integrity))?,
            readme: readme(&mut body)?,
        };
        drop(body);
        let confirmed = self.registry.confirm_publish(self.viewer, request).await?;
        answer::json(&wire::PublishConfirmed::from(&confirmed))
    }
}

fn readme(body: &mut Map<String, Value>) -> Result<Option<String>, Error> {
    body.remove("readme")
        .map(|readme| fields::string("readme", Some(readme)))
        .transpose()
}

fn version_id(value: &Value) -> Result<VersionId, Error> {
    let invalid = || Error::InvalidBody {
        field: "versionId",
        reason: "Invalid UUID".to_owned(),
    };
    // The parser also knows forms in braces and without hyphens.
    let text = value.as_str().filter(|text| text.len() == 36);
    text.and_then(|text| text.parse().ok()).ok_or_else(invalid)
}
