//! Scans: of versions, and on request.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::Response;
use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::{Call, SMALL_BODY, check_media_type, is_multipart, is_plain};
use crate::cache::DocumentKind;
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::multipart::{Form, Part};
use crate::http::{answer, wire};
use crate::json;
use crate::model::VersionKey;
use crate::ops::{is_for_anyone, readable_brief};

const TYPES: &str = "multipart/form-data or application/json";

/// Bytes of a manifest as it is sent.
const MAX_MANIFEST: usize = 1 << 20;

/// Bytes of a body that is read on to tell how large an archive is that is too large.
const MOST_READ: u64 = 64 << 20;

/// How long a whole body may take. While it comes, memory is set aside for it, and no client waits
/// longer.
const BODY_TIME: Duration = Duration::from_mins(1);

impl Call<'_> {
    /// `GET /skills/{name}/{version}/scan`
    pub(super) async fn version_scan(&self) -> Result<Response<Body>, Error> {
        let (viewer, name) = (self.viewer, self.name()?);
        let skill = self.registry.readable_skill(viewer, &name).await?;
        let brief = readable_brief(viewer, &skill, &self.params.version)?;
        // Whoever may publish may see what the scanner saw; so may who judges what is held.
        let with_evidence = viewer.is_admin() || self.registry.may_publish(viewer, &skill).await?;
        let make = async {
            let record = self.registry.version_record(viewer, &skill, brief).await?;
            let scan = record.scan.as_ref().ok_or(Error::ScanNotFound)?;
            let report = scan.report.as_ref().ok_or(Error::ScanNotFound)?;
            let score = record.brief.audit_score;
            answer::bytes_of(&wire::VersionScan::new(
                report,
                scan.scanned_at,
                score,
                record.release.as_ref(),
                with_evidence,
            ))
        };
        // What is kept for everyone holds no evidence.
        let for_anyone = is_for_anyone(&skill, brief) && !with_evidence;
        let kind = DocumentKind::Scan(VersionKey::from(&brief.version));
        self.document(&skill, for_anyone, kind, make).await
    }

    /// `POST /scan`: of an archive in a form, or of what a URL leads to.
    pub(super) async fn scan(&self, body: Pieces) -> Result<Response<Body>, Error> {
        // Before the body is read: where nothing scans nobody need send it.
        if !is_multipart(&self.head.headers) {
            check_media_type(&self.head.headers, TYPES)?;
            self.registry.can_scan_urls()?;
            let mut body = self.json(body, SMALL_BODY).await?;
            let Some(Value::String(url)) = body.remove("url") else {
                return Err(Error::InvalidValue("url must be a string".to_owned()));
            };
            let scanned = self.registry.scan_url(&url).await?;
            return answer::json(&scanned.response());
        }
        if !is_plain(&self.head.headers) {
            return Err(Error::UnsupportedMediaType(TYPES));
        }
        self.registry.scanner()?;
        let limit = self.registry.inner.settings.package.compressed;
        let declared = body.declared;
        if let Some(size) = declared.filter(|size| *size > limit.max(MOST_READ)) {
            return Err(Error::TarballTooLarge { size, limit });
        }
        let kind = self.head.headers.get(CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let form = Form::new(kind, body.pieces)?;
        let memory = self.registry.room_for_scan(declared).await?;
        let most = declared.map_or(limit, |declared| declared.min(limit));
        let reading = tokio::time::timeout(BODY_TIME, Upload::read(form, most, limit)).await;
        let upload = reading.map_err(|_| Error::BodyTimeout)??;
        let tarball = upload
            .tarball
            .ok_or_else(|| refused("Missing tarball file"))?;
        let manifest = upload.manifest.as_ref();
        let scanned = self
            .registry
            .scan_sent(self.viewer, tarball, manifest, memory)
            .await?;
        answer::json(&scanned.response())
    }
}

/// The fields of an uploaded scan, in whatever order they come.
#[derive(Default)]
struct Upload {
    tarball: Option<Bytes>,
    manifest: Option<Value>,
}

impl Upload {
    /// `most` is what a tarball may have in the memory set aside, `limit` what any may have.
    async fn read(mut form: Form, most: u64, limit: u64) -> Result<Self, Error> {
        let mut upload = Self::default();
        while let Some(part) = form.next().await? {
            match part.name() {
                "tarball" if upload.tarball.is_none() => {
                    upload.tarball = Some(tarball(part, most, limit).await?);
                }
                "manifest" if upload.manifest.is_none() => {
                    let text = part.read(MAX_MANIFEST).await?;
                    let manifest = json::parse_object(&text);
                    upload.manifest = Some(manifest.map_err(|_| refused("Invalid manifest JSON"))?);
                }
                name @ ("tarball" | "manifest") => {
                    return Err(refused(format!("Repeated field: {name}")));
                }
                name => {
                    let name: String = name.chars().take(100).collect();
                    let expected = "expected tarball and manifest";
                    return Err(refused(format!("Unknown field: {name:?}; {expected}")));
                }
            }
        }
        Ok(upload)
    }
}

async fn tarball(mut part: Part<'_>, most: u64, limit: u64) -> Result<Bytes, Error> {
    let (mut bytes, mut size) = (BytesMut::new(), 0);
    while let Some(piece) = part.piece().await? {
        size += piece.len() as u64;
        if size <= most {
            bytes.extend_from_slice(&piece);
            continue;
        }
        // It is only counted, so that the refusal can tell how large it is.
        bytes = BytesMut::new();
        if size > limit.max(MOST_READ) {
            break;
        }
    }
    if size > limit {
        return Err(Error::TarballTooLarge { size, limit });
    }
    if size > most {
        return Err(refused("Invalid multipart body: longer than announced"));
    }
    Ok(bytes.freeze())
}

fn refused(sentence: impl Into<String>) -> Error {
    Error::InvalidValue(sentence.into())
}
