//! Forms as clients send them.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::Value;

use super::{Answer, TestRegistry, pack, skill_files};

/// The body of a form, and the boundary between its parts.
#[derive(Debug, Clone)]
pub struct Form {
    boundary: String,
    body: Vec<u8>,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            boundary: "----formdata-undici-012345678901".to_owned(),
            body: Vec::new(),
        }
    }
}

impl Form {
    /// Where a form is scanned.
    pub const SCAN: &str = "/api/v1/scan";

    /// What the command line sends of a skill.
    pub fn of_skill(manifest: &Value) -> Self {
        Self::of_archive(&pack(&skill_files(manifest)), manifest)
    }

    /// What the command line sends of an archive.
    pub fn of_archive(archive: &[u8], manifest: &Value) -> Self {
        Self::default()
            .file("tarball", archive)
            .text("manifest", &manifest.to_string())
    }

    /// A part that is a file.
    #[must_use]
    pub fn file(self, name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "Content-Disposition: form-data; name=\"{name}\"; filename=\"skill.tgz\"\r\nContent-Type: application/gzip"
        );
        self.part(&head, bytes)
    }

    /// A part that is a text.
    #[must_use]
    pub fn text(self, name: &str, text: &str) -> Self {
        let head = format!("Content-Disposition: form-data; name=\"{name}\"");
        self.part(&head, text.as_bytes())
    }

    /// A part with this head.
    #[must_use]
    pub fn part(mut self, head: &str, bytes: &[u8]) -> Self {
        let before = format!("--{}\r\n{head}\r\n\r\n", self.boundary);
        self.body.extend_from_slice(before.as_bytes());
        self.body.extend_from_slice(bytes);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    pub fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// All of it.
    pub fn body(mut self) -> Bytes {
        let end = format!("--{}--\r\n", self.boundary);
        self.body.extend_from_slice(end.as_bytes());
        self.body.into()
    }

    /// A request that is still without its body.
    pub fn request(&self, key: &str) -> http::request::Builder {
        Request::post(Self::SCAN)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", self.content_type())
    }

    pub async fn scan(self, test: &TestRegistry, key: &str) -> Answer {
        let request = self.request(key);
        test.send(request.body(Full::new(self.body())).unwrap())
            .await
    }
}
