//! Organizations and their members, where this registry's own store holds them.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Handle, OrgId, OrgRole, OrgSlug, Revision};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Member, Organization, Outcome, SetMember};

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
        if name.trim().is_empty()
            || name.chars().count() > 100
            || name.chars().any(char::is_control)
        {
            let reason = "name: expected 1 to 100 characters, none of them a control character";
            return Err(Error::InvalidValue(reason.to_owned()));
        }
        let org = Organization {
            id: OrgId::new(self.inner.clock.new_id().to_string()),
            slug,
            name,
            revision: Revision::FIRST,
            created_at: self.inner.clock.now(),
            members: vec![Member {
                user: owner.id,
                role: OrgRole::Owner,
            }],
        };
        let audit = AuditEvent::new(
            "org.create",
            org.id.as_str(),
            serde_json::json!({ "slug": org.slug, "owner": owner.id }),
        );
        let command = Command::CreateOrg(Box::new(org.clone()));
        match self.apply(viewer.actor(), Some(audit), command).await? {
            Outcome::Applied(_) => return Ok(org),
            Outcome::Missing => return Err(Error::UserNotFound),
            _ => {}
        }
        match self.inner.store.organization(&org.slug).await? {
            Some(held) if held.name == org.name && held.members.contains(&org.members[0]) => {
                Ok(held)
            }
            _ => Err(Error::Exists(format!("Organization '{}'", org.slug))),
        }
    }

    /// Adds a member, or gives one another role. For administrators and the operator.
    pub async fn set_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        user: &Handle,
        role: OrgRole,
    ) -> Result<(), Error> {
        self.change_member(viewer, slug, user, Some(role)).await
    }

    /// Removes a member; the last owner stays. For administrators and the operator.
    pub async fn remove_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        user: &Handle,
    ) -> Result<(), Error> {
        self.change_member(viewer, slug, user, None).await
    }

    async fn change_member(
        &self,
        viewer: &Viewer,
        slug: &OrgSlug,
        user: &Handle,
        role: Option<OrgRole>,
    ) -> Result<(), Error> {
        /// Each turn but the first follows a race that somebody else won.
        const ATTEMPTS: u32 = 100;
        let user = self.user(viewer, user).await?.id;
        self.require_own_directory()?;
        for _ in 0..ATTEMPTS {
            let org = self.inner.store.organization(slug).await?;
            let org = org.ok_or(Error::OrganizationNotFound)?;
            let held = org
                .members
                .iter()
                .find(|member| member.user == user)
                .map(|m| m.role);
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

    fn require_own_directory(&self) -> Result<(), Error> {
        if self.inner.directory.is_managed_here() {
            Ok(())
        } else {
            Err(Error::ManagedElsewhere)
        }
    }
}
