//! Members of an organization, changed only where this registry's own store holds them.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Handle, OrgRole, OrgSlug, UserId};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Outcome, SetMember, User, UserRef};

use super::orgs::OrganizationMember;

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

impl Registry {
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
        if !viewer.is_admin() {
            self.require_room(&user, slug).await?;
        }
        self.change_member(viewer, slug, user.id, Some(role))
            .await?;
        Ok(OrganizationMember {
            user: user.id,
            name: user.name().to_owned(),
            role,
        })
    }

    /// Whether a user may become a member of one more organization: each makes their every search
    /// cost more, and they are not asked.
    pub(super) async fn require_room(&self, user: &User, slug: &OrgSlug) -> Result<(), Error> {
        const MOST: usize = 200;
        let memberships = self.memberships(user).await?;
        let is_one = memberships.iter().any(|held| held.slug == *slug);
        if memberships.len() >= MOST && !is_one {
            return Err(Error::TooManyOrganizations(MOST));
        }
        Ok(())
    }

    /// Removes a member; the last owner stays. For those who may add one, and for members who
    /// leave.
    pub async fn remove_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        person: impl Into<Person> + Send,
    ) -> Result<(), Error> {
        let person = person.into();
        if matches!(person, Person::Id(id) if viewer.user_id() == Some(id)) {
            self.organization_role(viewer, slug).await?;
            self.require_own_directory()?;
        } else {
            self.require_organization_admin(viewer, slug).await?;
        }
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
            let leaves = role.is_none() && viewer.user_id() == Some(user);
            if !viewer.is_admin() && !leaves {
                may_administer(role_of(viewer.user_id()))?;
            }
            let held = role_of(Some(user));
            if held == role {
                // Whoever made it so may still be waiting.
                self.settle().await;
                return role.map_or(Err(Error::MemberNotFound), |_| Ok(()));
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
}

/// Whether a member with this role changes members; who is none may not know of the organization.
fn may_administer(role: Option<OrgRole>) -> Result<(), Error> {
    match role {
        Some(OrgRole::Owner | OrgRole::Admin) => Ok(()),
        Some(OrgRole::Member) => Err(Error::Forbidden),
        None => Err(Error::OrganizationNotFound),
    }
}
