//! Organizations. They are created only where this registry's own store holds them.

use crate::access::{Scope, Viewer};
use crate::error::Error;
use crate::model::{Handle, OrgId, OrgRole, OrgSlug, Revision, Timestamp, UserId};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Member, Organization, Outcome, UserRef};

use super::page::{Page, Paged};

/// An organization, without its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationSummary {
    /// The id, as grants name it.
    pub id: OrgId,
    /// The scope of its skills' names.
    pub slug: OrgSlug,
    /// What people call it.
    pub name: String,
    /// When it was made, where that is known.
    pub created_at: Option<Timestamp>,
}

/// An organization with some of its members.
#[derive(Debug, Clone)]
pub struct OrganizationPage {
    /// The organization.
    pub organization: OrganizationSummary,
    /// A page of its members, in order of joining.
    pub members: Paged<OrganizationMember>,
}

/// A member of an organization, as others see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationMember {
    /// The user.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: OrgRole,
}

impl Registry {
    /// Creates an organization with its first owner. One of the same slug and name that this user
    /// owns already is answered as it is. For administrators and the operator.
    pub async fn create_organization(
        &self,
        viewer: &Viewer,
        slug: OrgSlug,
        name: String,
        owner: &Handle,
    ) -> Result<Organization, Error> {
        let owner = self.user(viewer, owner).await?;
        self.require_own_directory()?;
        check_name(&name).map_err(|reason| Error::InvalidValue(format!("name: {reason}")))?;
        let org = self.new_organization(slug, name, owner.id);
        if self.add_organization(viewer, &org, owner.id).await? {
            return Ok(org);
        }
        match self.inner.store.organization(&org.slug).await? {
            Some(held) if held.name == org.name && held.members.contains(&org.members[0]) => {
                Ok(held)
            }
            _ => Err(Error::Exists(format!("Organization '{}'", org.slug))),
        }
    }

    /// Creates an organization that the viewer owns.
    pub async fn found_organization(
        &self,
        viewer: &Viewer,
        slug: OrgSlug,
        name: String,
    ) -> Result<OrganizationSummary, Error> {
        let founder = &viewer.with_scope(Scope::Publish)?.user;
        let owner = founder.id;
        self.require_own_directory()?;
        self.require_room(founder, &slug).await?;
        check_name(&name).map_err(|reason| Error::InvalidBody {
            field: "name",
            reason: reason.to_owned(),
        })?;
        let org = self.new_organization(slug, name, owner);
        if self.add_organization(viewer, &org, owner).await? {
            Ok(org.into())
        } else {
            Err(Error::Exists(format!("Organization '{}'", org.slug)))
        }
    }

    /// A page of the organizations that the viewer is a member of, in order of their slugs.
    pub async fn organizations(
        &self,
        viewer: &Viewer,
        page: Page,
    ) -> Result<Paged<OrganizationSummary>, Error> {
        let principal = viewer.with_scope(Scope::Publish)?;
        let mut memberships = self.memberships(&principal.user).await?;
        memberships.sort_unstable_by(|a, b| a.slug.cmp(&b.slug));
        let mut items = Vec::new();
        for membership in page.of(&memberships) {
            // One that went between the two reads is passed over.
            items.extend(self.organization_summary(&membership.slug).await?);
        }
        Ok(Paged {
            items,
            total: memberships.len() as u64,
        })
    }

    /// An organization with a page of its members. For its members and administrators; for others
    /// it does not exist.
    pub async fn organization(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        page: Page,
    ) -> Result<OrganizationPage, Error> {
        self.organization_role(viewer, slug).await?;
        let organization = self.organization_summary(slug).await?;
        let organization = organization.ok_or(Error::OrganizationNotFound)?;
        let members = self.inner.directory.members(slug).await?;
        let mut items = Vec::new();
        for member in page.of(&members) {
            let user = self.inner.store.user(&UserRef::Id(member.user)).await?;
            items.push(OrganizationMember {
                user: member.user,
                name: user.map_or_else(String::new, |user| user.name().to_owned()),
                role: member.role,
            });
        }
        Ok(OrganizationPage {
            organization,
            members: Paged {
                items,
                total: members.len() as u64,
            },
        })
    }

    fn new_organization(&self, slug: OrgSlug, name: String, owner: UserId) -> Organization {
        Organization {
            id: OrgId::new(self.inner.clock.new_id().to_string()),
            slug,
            name,
            revision: Revision::FIRST,
            created_at: self.inner.clock.now(),
            members: vec![Member {
                user: owner,
                role: OrgRole::Owner,
            }],
        }
    }

    /// Whether the organization is there now because of this call.
    async fn add_organization(
        &self,
        viewer: &Viewer,
        org: &Organization,
        owner: UserId,
    ) -> Result<bool, Error> {
        let audit = AuditEvent::new(
            "org.create",
            org.id.as_str(),
            serde_json::json!({ "slug": org.slug, "owner": owner }),
        );
        let command = Command::CreateOrg(Box::new(org.clone()));
        match self.apply(viewer.actor(), Some(audit), command).await? {
            Outcome::Applied(_) => Ok(true),
            Outcome::Missing => Err(Error::UserNotFound),
            _ => Ok(false),
        }
    }

    /// An organization's own rows, or what the host's directory says of it.
    async fn organization_summary(
        &self,
        slug: &OrgSlug,
    ) -> Result<Option<OrganizationSummary>, Error> {
        if self.inner.directory.is_managed_here() {
            let org = self.inner.store.organization(slug).await?;
            return Ok(org.map(OrganizationSummary::from));
        }
        let org = self.inner.directory.organization(slug).await?;
        Ok(org.map(|org| OrganizationSummary {
            id: org.id,
            slug: org.slug,
            name: org.name,
            created_at: None,
        }))
    }

    /// The viewer's role in an organization, `None` for administrators that have none. For others
    /// who have none the organization does not exist.
    pub(super) async fn organization_role(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
    ) -> Result<Option<OrgRole>, Error> {
        if matches!(viewer, Viewer::Operator) {
            return Ok(None);
        }
        let principal = viewer.with_scope(Scope::Publish)?;
        let memberships = self.memberships(&principal.user).await?;
        let membership = memberships.iter().find(|held| held.slug == *slug);
        match membership.map(|membership| membership.role) {
            None if !viewer.is_admin() => Err(Error::OrganizationNotFound),
            role => Ok(role),
        }
    }

    pub(super) fn require_own_directory(&self) -> Result<(), Error> {
        if self.inner.directory.is_managed_here() {
            Ok(())
        } else {
            Err(Error::ManagedElsewhere)
        }
    }
}

impl From<Organization> for OrganizationSummary {
    fn from(org: Organization) -> Self {
        Self {
            id: org.id,
            slug: org.slug,
            name: org.name,
            created_at: Some(org.created_at),
        }
    }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        Err("expected 1 to 100 characters, none of them a control character")
    } else {
        Ok(())
    }
}
