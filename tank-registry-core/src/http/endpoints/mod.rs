//! The endpoints: each decodes, calls one operation, encodes.

mod access;
mod account;
mod badge;
mod document;
mod files;
mod health;
mod moderation;
mod openapi;
mod orgs;
mod publish;
mod read;
mod scan;
mod search;
mod stars;
mod storage;

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderMap, Response};
use serde_json::{Map, Value};

use super::body::{Body, Pieces};
use super::route::{Endpoint, Params};
use crate::access::Viewer;
use crate::error::Error;
use crate::json;
use crate::model::SkillName;
use crate::registry::Registry;

/// Bytes of a body that is neither a manifest nor a readme.
const SMALL_BODY: u64 = 64 << 10;

/// One request on its way to an operation.
pub(crate) struct Call<'a> {
    pub(crate) registry: &'a Registry,
    pub(crate) head: &'a Parts,
    pub(crate) viewer: &'a Viewer,
    pub(crate) params: Params,
}

impl Call<'_> {
    pub(crate) async fn run(
        &self,
        endpoint: Endpoint,
        body: Pieces,
    ) -> Result<Response<Body>, Error> {
        match endpoint {
            Endpoint::Health => Ok(self.health().await),
            Endpoint::Ready => Ok(self.ready().await),
            Endpoint::OpenApi => Ok(self.openapi().await),
            Endpoint::Badge => Ok(self.badge().await),
            Endpoint::Upload => self.upload(body).await,
            Endpoint::Download => self.download().await,
            Endpoint::WhoAmI => self.who_am_i(),
            Endpoint::Search => self.search().await,
            Endpoint::CreateOrg => self.create_org(body).await,
            Endpoint::Orgs => self.orgs().await,
            Endpoint::Org => self.org().await,
            Endpoint::SetMember => self.set_member(body).await,
            Endpoint::RemoveMember => self.remove_member().await,
            Endpoint::StartPublish => self.start_publish(body).await,
            Endpoint::ConfirmPublish => self.confirm_publish(body).await,
            Endpoint::Scan => self.scan(body).await,
            Endpoint::Versions => self.versions().await,
            Endpoint::VersionScan => self.version_scan().await,
            Endpoint::Files => self.files().await,
            Endpoint::File => self.file().await,
            Endpoint::Stars => self.stars().await,
            Endpoint::AddStar => self.add_star().await,
            Endpoint::RemoveStar => self.remove_star().await,
            Endpoint::Access => self.access().await,
            Endpoint::SetAccess => self.set_access(body).await,
            Endpoint::Talk => self.talk().await,
            Endpoint::Held => self.held().await,
            // Boxed, or every request would be as large as the largest of these.
            Endpoint::RescanMany => Box::pin(self.rescan_many(body)).await,
            Endpoint::Rescan => Box::pin(self.rescan()).await,
            Endpoint::RescanVersion => Box::pin(self.rescan_version()).await,
            Endpoint::Release => Box::pin(self.release(body)).await,
            Endpoint::Version => self.version().await,
            Endpoint::Skill => self.skill().await,
        }
    }

    /// The name in the path. What is no name names nothing.
    fn name(&self) -> Result<SkillName, Error> {
        SkillName::parse(&self.params.name).map_err(|_| Error::SkillNotFound)
    }

    /// Reads a body that must be a JSON object.
    async fn json(&self, body: Pieces, limit: u64) -> Result<Map<String, Value>, Error> {
        check_media_type(&self.head.headers, "application/json")?;
        let bytes = body.read(limit).await?;
        match json::parse_object(&bytes) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Error::InvalidJson),
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "refused a body");
                Err(Error::InvalidJson)
            }
        }
    }
}

/// What the body is said to be, without parameters.
fn media_type(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(CONTENT_TYPE)?.to_str().unwrap_or_default();
    text.split(';').next().map(str::trim)
}

fn is(kind: &str, expected: &str) -> bool {
    kind.eq_ignore_ascii_case(expected)
}

/// Whether the body is said to hold files.
pub(crate) fn is_multipart(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|kind| is(kind, "multipart/form-data"))
}

/// JSON, or nothing said; `expected` is for the refusal.
fn check_media_type(headers: &HeaderMap, expected: &'static str) -> Result<(), Error> {
    let is_json = media_type(headers).is_none_or(|kind| is(kind, "application/json"));
    if is_json && is_plain(headers) {
        Ok(())
    } else {
        Err(Error::UnsupportedMediaType(expected))
    }
}

/// Whether the body comes as it is. Nothing takes a compressed one: a limit on bytes is a limit on
/// memory.
fn is_plain(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_ENCODING)
        .is_none_or(|value| value.as_bytes().eq_ignore_ascii_case(b"identity"))
}
