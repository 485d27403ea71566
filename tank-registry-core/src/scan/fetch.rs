//! The seam for what lies elsewhere: how a URL becomes bytes to scan.

use std::fmt::Debug;

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

/// Fetches what a URL leads to, for a scan.
///
/// Callers need not be known, so an implementation decides which hosts may be asked at all, and it
/// must not be led to addresses that only the server can reach: it resolves a name once, refuses
/// every address that is not a public one, connects to the very address it looked at, and does all
/// of this again for each redirect.
#[async_trait]
pub trait Fetcher: Debug + Send + Sync + 'static {
    /// Fetches at most `limit` bytes; more are [`FetchError::TooLarge`], found while they arrive.
    async fn fetch(&self, url: &Url, limit: u64) -> Result<Fetched, FetchError>;
}

/// What was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The bytes as they came.
    pub bytes: Bytes,
    /// What they are.
    pub kind: FetchedKind,
}

/// What fetched bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchedKind {
    /// A gzipped tar archive of a whole skill.
    Archive,
    /// A gzipped tar archive with a skill in one of its folders.
    Folder {
        /// Where the skill is, below the archive's top folder.
        path: String,
    },
    /// A file that stands for itself.
    File {
        /// Its name, by which its language is known.
        name: String,
    },
}

/// Why nothing was fetched. The text is the sentence that a client is shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL has a user, a password or a port, or names nothing that could be fetched.
    #[error("URL must lead to an archive or a file of a skill")]
    NotASkill,
    /// The URL, or a redirect, is not `https`.
    #[error("URL must use HTTPS")]
    NotHttps,
    /// The URL, or a redirect, leads to a host that may not be asked.
    #[error(
        "URL host must be a known registry (npmjs.org, github.com, ghcr.io, skills.sh, agentskills.co.il, clawhub.ai)"
    )]
    UnknownHost,
    /// The host has an address that is not a public one.
    #[error("URL must not point to a private IP address")]
    PrivateAddress,
    /// The host has no address.
    #[error("Failed to resolve URL")]
    Unresolved(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The host does not answer, or not with what was asked for.
    #[error("Failed to fetch URL")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There are more bytes than are allowed.
    #[error("Tarball too large: {size} bytes exceeds {limit} bytes")]
    TooLarge {
        /// How many there are, or were before the rest was left alone.
        size: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// It took too long.
    #[error("Scan timed out (55s limit)")]
    TimedOut,
}
