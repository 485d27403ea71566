//! The seam to a host's own teams.

use std::fmt::Debug;
use std::sync::Arc;

use async_trait::async_trait;

use crate::model::{OrgId, OrgSlug};
use crate::store::{Member, Membership, MetadataStore, Organization, StoreError, User};

/// Knows organizations and who belongs to them.
///
/// Core asks only when an answer depends on membership, never for a public skill, and asks again
/// for every such request: a removal takes effect on the next one.
#[async_trait]
pub trait Directory: Debug + Send + Sync + 'static {
    /// The organization with this slug.
    async fn organization(&self, slug: &OrgSlug)
    -> Result<Option<OrganizationRef>, DirectoryError>;

    /// The organization with this id.
    async fn organization_by_id(
        &self,
        id: &OrgId,
    ) -> Result<Option<OrganizationRef>, DirectoryError>;

    /// The organizations that a user belongs to.
    async fn memberships(&self, user: &User) -> Result<Vec<Membership>, DirectoryError>;

    /// The members of an organization that have a user row here.
    async fn members(&self, slug: &OrgSlug) -> Result<Vec<Member>, DirectoryError>;

    /// Whether this registry's own commands may change organizations and members. A directory
    /// over the host's teams says no, and they answer that organizations are managed elsewhere.
    fn is_managed_here(&self) -> bool;
}

/// What core needs to know of an organization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationRef {
    /// Its id, as access tokens name it; it must never be given to another organization.
    pub id: OrgId,
    /// Its slug.
    pub slug: OrgSlug,
    /// What people call it.
    pub name: String,
}

impl From<Organization> for OrganizationRef {
    fn from(org: Organization) -> Self {
        Self {
            id: org.id,
            slug: org.slug,
            name: org.name,
        }
    }
}

/// A directory did not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// The registry's own store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The host's directory failed.
    #[error("the directory failed")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DirectoryError {
    /// A failure of a host's directory with its cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(source.into())
    }
}

/// The organizations that the registry's own store holds.
#[derive(Debug, Clone)]
pub struct StoreDirectory {
    store: Arc<dyn MetadataStore>,
}

impl StoreDirectory {
    /// Reads from `store`.
    pub fn new(store: Arc<dyn MetadataStore>) -> Self {
        Self { store }
    }
}

#[async_trait]
impl Directory for StoreDirectory {
    async fn organization(
        &self,
        slug: &OrgSlug,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        let org = self.store.organization(slug).await?;
        Ok(org.map(OrganizationRef::from))
    }

    async fn organization_by_id(
        &self,
        id: &OrgId,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        let org = self.store.organization_by_id(id).await?;
        Ok(org.map(OrganizationRef::from))
    }

    async fn memberships(&self, user: &User) -> Result<Vec<Membership>, DirectoryError> {
        Ok(self.store.memberships(user.id).await?)
    }

    async fn members(&self, slug: &OrgSlug) -> Result<Vec<Member>, DirectoryError> {
        Ok(self
            .store
            .organization(slug)
            .await?
            .map(|org| org.members)
            .unwrap_or_default())
    }

    fn is_managed_here(&self) -> bool {
        true
    }
}
