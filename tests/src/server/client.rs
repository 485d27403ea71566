//! What clients do, over a socket.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::{Value, json};
use ureq::Agent;

use crate::wire::{Answer, integrity, manifest, pack, skill_files};

/// Speaks to one server as one caller.
#[derive(Debug, Clone)]
pub struct Client {
    agent: Agent,
    url: String,
    authorization: Option<String>,
}

impl Client {
    pub fn new(url: &str, key: Option<&str>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_mins(1)))
            .build();
        Self {
            agent: agent.into(),
            url: url.to_owned(),
            authorization: key.map(|key| format!("Bearer {key}")),
        }
    }

    /// One request; the target is a path, or a link that the server gave.
    pub fn try_call(
        &self,
        method: Method,
        target: &str,
        body: Option<&[u8]>,
    ) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(method);
        // Links carry their own right.
        request = if target.starts_with('/') {
            let request = request.uri(format!("{}{target}", self.url));
            match &self.authorization {
                Some(key) => request.header("authorization", key),
                None => request,
            }
        } else {
            request.uri(target)
        };
        let response = match body {
            Some(body) => self.agent.run(request.body(body)?)?,
            None => self.agent.run(request.body(())?)?,
        };
        let (head, mut body) = response.into_parts();
        let bytes = body.with_config().limit(128 << 20).read_to_vec()?;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            json: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes: Bytes::from(bytes),
        })
    }

    pub fn call(&self, method: Method, target: &str, body: Option<&[u8]>) -> Answer {
        self.try_call(method, target, body)
            .unwrap_or_else(|error| panic!("{target}: {error}"))
    }

    pub fn get(&self, target: &str) -> Answer {
        self.call(Method::GET, target, None)
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body.to_string().as_bytes()))
    }

    pub fn put(&self, link: &str, bytes: &[u8]) -> Answer {
        self.call(Method::PUT, link, Some(bytes))
    }

    pub fn whoami(&self) -> Answer {
        self.get("/api/v1/auth/whoami")
    }

    pub fn skill(&self, name: &str) -> Answer {
        self.get(&format!("/api/v1/skills/{name}"))
    }

    pub fn version(&self, name: &str, version: &str) -> Answer {
        self.get(&format!("/api/v1/skills/{name}/{version}"))
    }

    pub fn start(&self, manifest: &Value) -> Answer {
        self.post("/api/v1/skills", &json!({ "manifest": manifest }))
    }

    pub fn confirm(&self, version_id: &str, integrity: &str) -> Answer {
        let body = json!({ "versionId": version_id, "integrity": integrity });
        self.post("/api/v1/skills/confirm", &body)
    }

    /// Starts, uploads and confirms; the first refusal, or the last answer.
    pub fn publish_archive(&self, manifest: &Value, archive: &[u8]) -> Answer {
        let started = self.start(manifest);
        if started.status != 200 {
            return started;
        }
        let put = self.put(started.text("uploadUrl"), archive);
        if put.status != 200 {
            return put;
        }
        self.confirm(started.text("versionId"), &integrity(archive))
    }

    /// Publishes a small skill, which must go well; answers its archive.
    pub fn publish(&self, manifest: &Value) -> Vec<u8> {
        let archive = pack(&skill_files(manifest));
        let answer = self.publish_archive(manifest, &archive);
        assert_eq!(answer.status, 200, "{answer:?}");
        archive
    }

    /// Publishes a version of a small skill that only its people see.
    pub fn publish_private(&self, name: &str, version: &str) -> Vec<u8> {
        let mut manifest = manifest(name, version);
        manifest["visibility"] = json!("private");
        self.publish(&manifest)
    }

    /// The link with which this caller downloads a version.
    pub fn link(&self, name: &str, version: &str) -> String {
        let answer = self.version(name, version);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text("downloadUrl").to_owned()
    }

    /// Downloads a version, whose bytes must match its integrity.
    pub fn download(&self, name: &str, version: &str) -> Bytes {
        let detail = self.version(name, version);
        assert_eq!(detail.status, 200, "{detail:?}");
        let answer = self.get(detail.text("downloadUrl"));
        assert_eq!(answer.status, 200, "{name} {version}");
        assert_eq!(integrity(&answer.bytes), detail.text("integrity"));
        answer.bytes
    }
}
