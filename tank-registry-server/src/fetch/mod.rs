//! Fetches what somebody wants scanned, from hosts that the operator allows, and never from an
//! address that only this machine can reach.
//!
//! Before every request, those that redirects ask for included: the URL is `https` without user,
//! password or port; its host is one of those allowed; the host's name is resolved once, none of its
//! addresses is other than public, and the connection goes to the addresses that were looked at. No
//! proxy of the environment is asked, and nothing is sent that says who wants it.

mod address;
mod link;
#[cfg(test)]
mod tests;

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, LOCATION};
use reqwest::{Certificate, Client, Response, redirect, retry};
use serde_json::Value;
use tank_registry_core::Fetcher;
use tank_registry_core::scan::{FetchError, Fetched, FetchedKind};
use url::Url;

use crate::settings::Hosts;
use address::is_public;
use link::{LeadsTo, Link, file_name};

/// How long all of it may take: less than the registry waits.
const TIME: Duration = Duration::from_secs(30);

/// How long a connection may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);

const MAX_REDIRECTS: usize = 5;

/// Bytes of a document that names an archive.
const MAX_DOCUMENT: u64 = 4 << 20;

const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Fetches over HTTPS.
#[derive(Debug)]
pub(crate) struct HttpsFetcher {
    hosts: Hosts,
    names: Arc<dyn Names>,
    rules: Rules,
}

/// What tests must be able to do otherwise, having no public address.
#[derive(Debug, Clone)]
struct Rules {
    scheme: &'static str,
    is_public: fn(IpAddr) -> bool,
    time: Duration,
    /// Whom to believe instead of whom the system believes; nobody, but for tests.
    roots: Vec<Certificate>,
}

/// Finds the addresses of a host.
#[async_trait]
trait Names: Debug + Send + Sync {
    async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>>;
}

/// As the system finds them.
#[derive(Debug)]
struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn addresses(&self, host: &str) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((host, 443)).await?.collect())
    }
}

/// What came, and from where.
struct Reply {
    url: Url,
    bytes: Bytes,
    is_page: bool,
}

impl HttpsFetcher {
    /// From these hosts alone.
    pub(crate) fn new(hosts: Hosts) -> Self {
        let rules = Rules {
            scheme: "https",
            is_public,
            time: TIME,
            roots: Vec::new(),
        };
        Self {
            hosts,
            names: Arc::new(SystemNames),
            rules,
        }
    }

    async fn follow(&self, url: &Url, limit: u64) -> Result<Fetched, FetchError> {
        self.check_form(url)?;
        let Link { mut url, leads_to } = Link::read(url)?;
        // What stands for another URL is written as it is outside of tests.
        if url.scheme() == "https" && url.set_scheme(self.rules.scheme).is_err() {
            return Err(FetchError::NotASkill);
        }
        match leads_to {
            LeadsTo::Archive { folder } => {
                let bytes = self.get(url, limit).await?.bytes;
                let kind = match folder {
                    Some(path) => FetchedKind::Folder { path },
                    None => FetchedKind::Archive,
                };
                Ok(Fetched { bytes, kind })
            }
            LeadsTo::Either => {
                let Reply {
                    url,
                    bytes,
                    is_page,
                } = self.get(url, limit).await?;
                let kind = if bytes.starts_with(&GZIP) {
                    FetchedKind::Archive
                } else if !is_page && is_text(&bytes) {
                    let name = file_name(&url)?;
                    FetchedKind::File { name }
                } else {
                    return Err(FetchError::NotASkill);
                };
                Ok(Fetched { bytes, kind })
            }
            LeadsTo::NpmVersion => {
                let document = self.get(url, MAX_DOCUMENT).await?.bytes;
                let archive = tarball_of(&document)?;
                let bytes = self.get(archive, limit).await?.bytes;
                let kind = FetchedKind::Archive;
                Ok(Fetched { bytes, kind })
            }
        }
    }

    /// Asks for a URL, and for those that it redirects to.
    async fn get(&self, mut url: Url, limit: u64) -> Result<Reply, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            self.check_form(&url)?;
            let client = self.client(&url).await?;
            let asked = client
                .get(url.clone())
                .header(ACCEPT_ENCODING, "identity")
                .send();
            let response = asked.await.map_err(failed)?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(LOCATION);
                let location = location.and_then(|location| location.to_str().ok());
                let next = location.and_then(|location| url.join(location).ok());
                url = next.ok_or_else(|| failed("a redirect leads nowhere"))?;
                continue;
            }
            if !status.is_success() {
                return Err(failed(format!("answered {status}")));
            }
            let kind = response.headers().get(CONTENT_TYPE);
            let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let is_page = kind.to_ascii_lowercase().starts_with("text/html");
            let bytes = read(response, limit).await?;
            return Ok(Reply {
                url,
                bytes,
                is_page,
            });
        }
        Err(failed("too many redirects"))
    }

    /// Whether a URL is of the form that any one must have.
    fn check_form(&self, url: &Url) -> Result<(), FetchError> {
        if url.scheme() != self.rules.scheme {
            return Err(FetchError::NotHttps);
        }
        let is_plain =
            url.username().is_empty() && url.password().is_none() && url.port().is_none();
        is_plain.then_some(()).ok_or(FetchError::NotASkill)
    }

    /// A client that knows one host, at the addresses that were looked at.
    async fn client(&self, url: &Url) -> Result<Client, FetchError> {
        let host = url.host_str().unwrap_or_default();
        if !self.hosts.contains(host) {
            return Err(FetchError::UnknownHost);
        }
        let addresses = self.names.addresses(host).await;
        let addresses = addresses.map_err(|error| FetchError::Unresolved(error.into()))?;
        if addresses.is_empty() {
            return Err(FetchError::Unresolved("the host has no address".into()));
        }
        let is_public = |address: &SocketAddr| (self.rules.is_public)(address.ip());
        if !addresses.iter().all(is_public) {
            return Err(FetchError::PrivateAddress);
        }
        let mut builder = Client::builder();
        if !self.rules.roots.is_empty() {
            builder = builder.tls_certs_only(self.rules.roots.iter().cloned());
        }
        builder
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .connect_timeout(CONNECT_TIME)
            .user_agent(concat!("tank-registry/", env!("CARGO_PKG_VERSION")))
            .resolve_to_addrs(host, &addresses)
            .build()
            .map_err(failed)
    }
}

#[async_trait]
impl Fetcher for HttpsFetcher {
    async fn fetch(&self, url: &Url, limit: u64) -> Result<Fetched, FetchError> {
        let following = self.follow(url, limit);
        let fetched = tokio::time::timeout(self.rules.time, following).await;
        fetched.map_err(|_| FetchError::TimedOut)?
    }
}

/// Reads a body, at most `limit` bytes of it.
async fn read(mut response: Response, limit: u64) -> Result<Bytes, FetchError> {
    let too_large = |size| FetchError::TooLarge { size, limit };
    if let Some(size) = response.content_length().filter(|size| *size > limit) {
        return Err(too_large(size));
    }
    let mut bytes = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        let size = (bytes.len() + piece.len()) as u64;
        if size > limit {
            return Err(too_large(size));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0'))
}

/// Where the document of a version says that its archive is.
fn tarball_of(document: &[u8]) -> Result<Url, FetchError> {
    let document: Value = serde_json::from_slice(document).map_err(failed)?;
    let url = document["dist"]["tarball"].as_str();
    let url = url.ok_or_else(|| failed("the document names no archive"))?;
    Url::parse(url).map_err(failed)
}

fn failed(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> FetchError {
    FetchError::Failed(source.into())
}
