//! Organizations and their members. They are changed only where this registry's own store holds
//! them.

use crate::access::{Scope, Viewer};
use crate::error::Error;
use crate::model::{Handle, OrgId, OrgRole, OrgSlug, Revision, Timestamp, UserId};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Member, Organization, Outcome, SetMember, User, UserRef};

use super::page::{Page, Paged};

/// How a request names a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Person {
    /// By handle.
    Handle(Handle),
    /// By id.
    Id(UserId),
    /// By an address that no other user has.
    Email(String),
}

impl From<&Handle> for Person {
    fn from(handle: &Handle) -> Self {
        Self::Handle(handle.clone())
    }
}

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
        let owner = viewer.with_scope(Scope::Publish)?.user.id;
        self.require_own_directory()?;
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

    /// Adds a member, or gives one another role. For owners and admins of the organization,
    /// administrators and the operator.
    pub async fn set_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        person: impl Into<Person> + Send,
        role: OrgRole,
    ) -> Result<OrganizationMember, Error> {
        let person = person.into();
        // Whoever may not change members learns nothing about users either.
        self.require_organization_admin(viewer, slug).await?;
        let user = self.person(&person).await?;
        self.change_member(viewer, slug, user.id, Some(role))
            .await?;
        Ok(OrganizationMember {
            user: user.id,
            name: user.name().to_owned(),
            role,
        })
    }

    /// Removes a member; the last owner stays. For those who may add one.
    pub async fn remove_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        person: impl Into<Person> + Send,
    ) -> Result<(), Error> {
        let person = person.into();
        self.require_organization_admin(viewer, slug).await?;
        let user = match person {
            Person::Id(id) => id,
            person => self.person(&person).await?.id,
        };
        self.change_member(viewer, slug, user, None).await
    }

    async fn change_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        user: UserId,
        role: Option<OrgRole>,
    ) -> Result<(), Error> {
        /// Each turn but the first follows a race that somebody else won.
        const ATTEMPTS: u32 = 100;
        for _ in 0..ATTEMPTS {
            let org = self.inner.store.organization(slug).await?;
            let org = org.ok_or(Error::OrganizationNotFound)?;
            let role_of = |user| {
                let mut members = org.members.iter();
                let member = members.find(|member| Some(member.user) == user);
                member.map(|member| member.role)
            };
            // The rights of this very revision: who loses them meanwhile changes nothing any more.
            if !viewer.is_admin() {
                may_administer(role_of(viewer.user_id()))?;
            }
            let held = role_of(Some(user));
            if held == role && role.is_some() {
                return Ok(());
            }
            if held.is_none() && role.is_none() {
                return Err(Error::MemberNotFound);
            }
            let other_owner = org
                .members
                .iter()
                .any(|member| member.user != user && member.role == OrgRole::Owner);
            if held == Some(OrgRole::Owner) && !other_owner {
                return Err(Error::LastOwner);
            }
            let action = if role.is_some() {
                "org.member.set"
            } else {
                "org.member.remove"
            };
            let audit = AuditEvent::new(
                action,
                org.id.as_str(),
                serde_json::json!({ "userId": user, "role": role }),
            );
            let command = Command::SetMember(SetMember {
                org: slug.clone(),
                expect: org.revision,
                user,
                role,
            });
            match self.apply(viewer.actor(), Some(audit), command).await? {
                Outcome::Applied(_) => {
                    if held > role {
                        self.settle().await;
                    }
                    return Ok(());
                }
                // Somebody else changed the organization, or it or the user went: look again.
                Outcome::Stale | Outcome::Missing => {}
                outcome => {
                    let source = format!("unexpected outcome {outcome:?}");
                    return Err(Error::internal("changing a member", source));
                }
            }
        }
        Err(Error::Overloaded)
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
    async fn organization_role(
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

    /// Refuses all who may not change the members of an organization, where they can be changed
    /// here at all.
    async fn require_organization_admin(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
    ) -> Result<(), Error> {
        let role = self.organization_role(viewer, slug).await?;
        if !viewer.is_admin() {
            may_administer(role)?;
        }
        self.require_own_directory()
    }

    async fn person(&self, person: &Person) -> Result<User, Error> {
        let store = &self.inner.store;
        let user = match person {
            Person::Handle(handle) => store.user(&UserRef::Handle(handle.clone())).await?,
            Person::Id(id) => store.user(&UserRef::Id(*id)).await?,
            // A user without an address has the empty one.
            Person::Email(email) if email.is_empty() => None,
            // One more than one is enough to know that it names nobody in particular.
            Person::Email(email) => {
                let mut users = store.users_by_email(email, 2).await?;
                users.pop().filter(|_| users.is_empty())
            }
        };
        user.ok_or(Error::UserNotFound)
    }

    fn require_own_directory(&self) -> Result<(), Error> {
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

/// Whether a member with this role changes members; who is none may not know of the organization.
fn may_administer(role: Option<OrgRole>) -> Result<(), Error> {
    match role {
        Some(OrgRole::Owner | OrgRole::Admin) => Ok(()),
        Some(OrgRole::Member) => Err(Error::Forbidden),
        None => Err(Error::OrganizationNotFound),
    }
}

fn check_name(name: &str) -> Result<(), &'static str> {
    if name.trim().is_empty() || name.chars().count() > 100 || name.chars().any(char::is_control) {
        Err("expected 1 to 100 characters, none of them a control character")
    } else {
        Ok(())
    }
}
