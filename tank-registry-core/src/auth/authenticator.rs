//! The seam to a host's own way of signing in.

use std::fmt::Debug;

use async_trait::async_trait;

use crate::store::ExternalId;

/// Knows callers that come without a key of this registry: by a session of the host application, a
/// proxy's header, a token of another system.
#[async_trait]
pub trait Authenticator: Debug + Send + Sync + 'static {
    /// Who sent a request with this head; `None` when it does not know. It is asked only when the
    /// request carries no `tank_` key. Core then keeps a user row for the identity, so that
    /// publishers and grants always point at one.
    async fn authenticate(
        &self,
        head: &http::request::Parts,
    ) -> Result<Option<ExternalIdentity>, AuthenticatorError>;
}

/// What another system says of a caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// Who it is, for ever.
    pub id: ExternalId,
    /// What others see.
    pub display_name: Option<String>,
    /// The address; empty when none is known.
    pub email: String,
    /// Whether this is an administrator.
    pub administrator: bool,
}

/// The other system did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the authenticator failed")]
pub struct AuthenticatorError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl AuthenticatorError {
    /// A failure with its cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// Knows nobody: only keys identify.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoAuthenticator;

#[async_trait]
impl Authenticator for NoAuthenticator {
    async fn authenticate(
        &self,
        _head: &http::request::Parts,
    ) -> Result<Option<ExternalIdentity>, AuthenticatorError> {
        Ok(None)
    }
}
