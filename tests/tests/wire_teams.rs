//! Organizations that a host manages: they are shown, granted and published to, and not changed.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use serde_json::json;
use tank_registry_core::Directory;
use tank_registry_core::auth::{DirectoryError, OrganizationRef};
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::{OrgId, OrgRole, OrgSlug};
use tank_registry_core::store::{Member, Membership, Reads as _, User, UserRef};
use tank_registry_tests::wire::{TestRegistry, handle, manifest};

const ELSEWHERE: (u16, &str) = (403, "Organizations are managed elsewhere");

/// One team, whose members are named by their handles.
#[derive(Debug)]
struct Teams {
    store: MemoryStore,
}

impl Teams {
    const MEMBERS: [(&str, OrgRole); 2] = [("ada", OrgRole::Owner), ("bob", OrgRole::Member)];

    fn team() -> OrganizationRef {
        OrganizationRef {
            id: OrgId::new("team-7"),
            slug: OrgSlug::parse("acme").unwrap(),
            name: "Acme".to_owned(),
        }
    }
}

#[async_trait]
impl Directory for Teams {
    async fn organization(
        &self,
        slug: &OrgSlug,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        Ok(Some(Self::team()).filter(|team| team.slug == *slug))
    }

    async fn organization_by_id(
        &self,
        id: &OrgId,
    ) -> Result<Option<OrganizationRef>, DirectoryError> {
        Ok(Some(Self::team()).filter(|team| team.id == *id))
    }

    async fn memberships(&self, user: &User) -> Result<Vec<Membership>, DirectoryError> {
        let mut members = Self::MEMBERS.iter();
        let member = members.find(|(name, _)| *name == user.handle.as_str());
        let team = Self::team();
        let membership = member.map(|(_, role)| Membership {
            org: team.id,
            slug: team.slug,
            role: *role,
        });
        Ok(membership.into_iter().collect())
    }

    async fn members(&self, _slug: &OrgSlug) -> Result<Vec<Member>, DirectoryError> {
        let mut members = Vec::new();
        for (name, role) in Self::MEMBERS {
            let user = self.store.user(&UserRef::Handle(handle(name))).await?;
            members.extend(user.map(|user| Member {
                user: user.id,
                role,
            }));
        }
        Ok(members)
    }

    fn is_managed_here(&self) -> bool {
        false
    }
}

async fn hosted() -> TestRegistry {
    let store = MemoryStore::new();
    let teams = Arc::new(Teams {
        store: store.clone(),
    });
    TestRegistry::over(Arc::new(store), Arc::new(MemoryBlobs::new()), |builder| {
        builder.directory(teams)
    })
    .await
}

#[tokio::test]
async fn a_hosts_organizations_are_shown_to_their_members() {
    let test = hosted().await;
    let (ada, bob, eve) = (
        test.user("ada").await,
        test.user("bob").await,
        test.user("eve").await,
    );
    let team = json!({ "id": "team-7", "slug": "acme", "name": "Acme", "createdAt": null });
    let list = test.get(Some(&bob), "/api/v1/orgs").await;
    assert_eq!(
        list.json,
        json!({ "orgs": [team], "page": 1, "limit": 20, "total": 1 })
    );
    for key in [&ada, &bob, &test.admin] {
        let org = test.get(Some(key), "/api/v1/orgs/acme").await;
        let names: Vec<_> = org
            .list("members")
            .iter()
            .map(|member| &member["name"])
            .collect();
        assert_eq!(
            (org.text("id"), names),
            ("team-7", vec![&json!("ada"), &json!("bob")])
        );
    }
    let refused = test.get(Some(&eve), "/api/v1/orgs/acme").await;
    assert_eq!(refused.refusal(), (404, "Organization not found"));
}

#[tokio::test]
async fn a_hosts_organizations_are_changed_by_nobody_here() {
    let test = hosted().await;
    let (ada, bob, eve) = (
        test.user("ada").await,
        test.user("bob").await,
        test.user("eve").await,
    );
    let absent = (404, "Organization not found");
    for (key, refusal) in [
        (&ada, ELSEWHERE),
        (&test.admin, ELSEWHERE),
        (&bob, (403, "Forbidden")),
        (&eve, absent),
    ] {
        let body = json!({ "email": "eve@example.org", "role": "member" });
        let set = test
            .post(Some(key), "/api/v1/orgs/acme/members", &body)
            .await;
        assert_eq!(set.refusal(), refusal);
        let path = "/api/v1/orgs/acme/members/00000000-0000-7000-8000-000000000000";
        let removed = test.call(Method::DELETE, path, Some(key), None).await;
        assert_eq!(removed.refusal(), refusal);
        let body = json!({ "name": "New", "slug": "new" });
        let created = test.post(Some(key), "/api/v1/orgs", &body).await;
        assert_eq!(created.refusal(), ELSEWHERE);
    }
}

#[tokio::test]
async fn a_skill_is_granted_to_a_hosts_organization() {
    let test = hosted().await;
    let (eve, bob) = (test.user("eve").await, test.user("bob").await);
    let mut manifest = manifest("tools", "1.0.0");
    manifest["visibility"] = json!("private");
    test.published(&eve, &manifest).await;
    assert_eq!(
        test.get(Some(&bob), "/api/v1/skills/tools").await.status,
        404
    );
    let body = json!({ "userIds": [], "orgIds": ["team-7"] }).to_string();
    let path = "/api/v1/skills/tools/access";
    let granted = test
        .call(Method::PUT, path, Some(&eve), Some(body.into()))
        .await;
    assert_eq!(granted.status, 200, "{granted:?}");
    assert_eq!(
        test.get(Some(&bob), "/api/v1/skills/tools").await.status,
        200
    );
}
