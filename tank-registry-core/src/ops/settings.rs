//! What the owners of a skill may set: its visibility and who else may read it.

use serde_json::json;

use crate::access::{Principal, Scope, Viewer, derive_access};
use crate::error::Error;
use crate::model::{Handle, OrgRole, OrgSlug, SkillName, Visibility};
use crate::registry::Registry;
use crate::store::{AuditEvent, Command, Grants, Head, Outcome, Skill, SkillCommit, UserRef};

/// Who is granted a skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// A user.
    User(Handle),
    /// All members of an organization.
    Organization(OrgSlug),
}

impl Registry {
    /// Makes a skill public or private.
    pub async fn set_visibility(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        visibility: Visibility,
    ) -> Result<(), Error> {
        self.change_head(viewer, name, |head| {
            if head.visibility == visibility {
                return Ok(None);
            }
            let before = std::mem::replace(&mut head.visibility, visibility);
            Ok(Some((
                "skill.visibility",
                json!({ "from": before, "to": visibility }),
            )))
        })
        .await
    }

    /// Lets a user or an organization read a skill while it is private. Granting again changes
    /// nothing and is no error.
    pub async fn add_grant(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        grantee: &Grantee,
    ) -> Result<(), Error> {
        self.change_grant(viewer, name, grantee, true).await
    }

    /// Takes a grant back. One that was never given changes nothing and is no error.
    pub async fn remove_grant(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        grantee: &Grantee,
    ) -> Result<(), Error> {
        self.change_grant(viewer, name, grantee, false).await
    }

    /// Who is granted a skill. For those who may change it.
    pub async fn grants(&self, viewer: &Viewer, name: &SkillName) -> Result<Grants, Error> {
        Ok(self.administered_skill(viewer, name).await?.head.grants)
    }

    /// Replaces all grants of a skill. Users and organizations that are granted it already need
    /// not exist any more; of the others one that does not is refused by name.
    pub async fn set_grants(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        grants: Grants,
    ) -> Result<(), Error> {
        if grants.len() > Grants::MAX {
            return Err(Error::TooManyGrants(Grants::MAX));
        }
        let held = self.administered_skill(viewer, name).await?.head.grants;
        let mut unknown = Vec::new();
        for id in grants.users.difference(&held.users) {
            if self.inner.store.user(&UserRef::Id(*id)).await?.is_none() {
                unknown.push(id.to_string());
            }
            if unknown.len() == NAMED {
                break;
            }
        }
        refuse_unknown("userIds", "user", &unknown)?;
        for id in grants.orgs.difference(&held.orgs) {
            let org = self.inner.directory.organization_by_id(id).await?;
            if org.is_none() {
                unknown.push(id.to_string());
            }
            if unknown.len() == NAMED {
                break;
            }
        }
        refuse_unknown("orgIds", "organization", &unknown)?;
        self.change_head(viewer, name, |head| {
            let before = std::mem::replace(&mut head.grants, grants.clone());
            let changed = before != grants;
            let only_in = |one: &Grants, other: &Grants| {
                json!({
                    "userIds": one.users.difference(&other.users).collect::<Vec<_>>(),
                    "orgIds": one.orgs.difference(&other.orgs).collect::<Vec<_>>(),
                })
            };
            let details = json!({
                "added": only_in(&grants, &before),
                "removed": only_in(&before, &grants),
            });
            Ok(changed.then_some(("skill.access", details)))
        })
        .await
    }

    async fn change_grant(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        grantee: &Grantee,
        add: bool,
    ) -> Result<(), Error> {
        // Whoever may not change the skill learns nothing about users and organizations either.
        self.administered_skill(viewer, name).await?;
        let (user, org) = match grantee {
            Grantee::User(handle) => {
                let user = self
                    .inner
                    .store
                    .user(&UserRef::Handle(handle.clone()))
                    .await?;
                (Some(user.ok_or(Error::UserNotFound)?.id), None)
            }
            Grantee::Organization(slug) => {
                let org = self.inner.directory.organization(slug).await?;
                (None, Some(org.ok_or(Error::OrganizationNotFound)?.id))
            }
        };
        self.change_head(viewer, name, |head| {
            let Grants { users, orgs } = &mut head.grants;
            let changed = match (user, &org, add) {
                (Some(user), _, true) => users.insert(user),
                (Some(user), _, false) => users.remove(&user),
                (None, Some(org), true) => orgs.insert(org.clone()),
                (None, Some(org), false) => orgs.remove(org),
                (None, None, _) => false,
            };
            if head.grants.len() > Grants::MAX {
                return Err(Error::TooManyGrants(Grants::MAX));
            }
            let action = if add {
                "skill.grant"
            } else {
                "skill.grant.remove"
            };
            Ok(changed.then(|| (action, json!({ "userId": user, "orgId": org }))))
        })
        .await
    }

    /// Changes a skill's head, unless `change` says that there is nothing to change.
    async fn change_head(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        change: impl Fn(&mut Head) -> Result<Option<(&'static str, serde_json::Value)>, Error>,
    ) -> Result<(), Error> {
        /// Each turn but the first follows a commit that came first.
        const ATTEMPTS: u32 = 64;
        let _turn = self.publishing(name).await;
        for _ in 0..ATTEMPTS {
            let Skill {
                id,
                revision,
                mut head,
                versions,
                ..
            } = self.administered_skill(viewer, name).await?;
            let before = head.clone();
            let Some((action, details)) = change(&mut head)? else {
                // Whoever made it so may still be waiting.
                self.settle().await;
                return Ok(());
            };
            derive_access(&mut head, versions.iter());
            let takes_away = head.shows_less_than(&before);
            let audit = AuditEvent::new(action, name.as_str(), details);
            let commit = SkillCommit::new(name.clone(), id, Some(revision), head);
            let command = Command::Skill(Box::new(commit));
            match self.apply(viewer.actor(), Some(audit), command).await? {
                Outcome::Applied(_) => {
                    if takes_away {
                        self.settle().await;
                    }
                    return Ok(());
                }
                Outcome::Stale => {}
                outcome => {
                    let source = format!("unexpected outcome {outcome:?}");
                    return Err(Error::internal("changing a skill", source));
                }
            }
        }
        Err(Error::Overloaded)
    }

    /// A skill whose access the viewer may change: the publisher of an unscoped one, owners and
    /// admins of the organization in a scoped name, administrators. For others it does not exist.
    async fn administered_skill(&self, viewer: &Viewer, name: &SkillName) -> Result<Skill, Error> {
        if !matches!(viewer, Viewer::Operator) {
            viewer.with_scope(Scope::Publish)?;
        }
        // From the store itself: a change is computed from what this answers.
        let skill = self.inner.store.skill(name).await?;
        let skill = skill.ok_or(Error::SkillNotFound)?;
        if !self.may_read(viewer, &skill.head).await? {
            return Err(Error::SkillNotFound);
        }
        let allowed = match viewer {
            _ if viewer.is_admin() => true,
            Viewer::Principal(principal) => self.owns(principal, &skill).await?,
            Viewer::Anonymous | Viewer::Operator => false,
        };
        if allowed {
            Ok(skill)
        } else {
            Err(Error::SkillNotFound)
        }
    }

    async fn owns(&self, principal: &Principal, skill: &Skill) -> Result<bool, Error> {
        let Some(org) = &skill.head.org else {
            return Ok(skill.head.publisher == principal.user.id);
        };
        let memberships = self.memberships(&principal.user).await?;
        Ok(memberships
            .iter()
            .any(|member| member.org == *org && member.role >= OrgRole::Admin))
    }
}

/// Unknown ids that a refusal names; no more are looked for.
const NAMED: usize = 10;

/// Refuses ids that name nothing, naming the first few.
fn refuse_unknown(field: &'static str, kind: &str, ids: &[String]) -> Result<(), Error> {
    if ids.is_empty() {
        return Ok(());
    }
    let named = ids[..ids.len().min(NAMED)].join(", ");
    Err(Error::InvalidBody {
        field,
        reason: format!("Unknown {kind}: {named}"),
    })
}
