//! An organization, made and changed over HTTP.

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::Viewer;

use super::{Answer, TestRegistry, handle};

/// Ada owns acme.
#[derive(Debug)]
pub struct Acme {
    pub test: TestRegistry,
    pub ada: String,
}

impl Acme {
    pub async fn new() -> Self {
        let test = TestRegistry::new().await;
        let ada = test.user("ada").await;
        let acme = Self { test, ada };
        let created = acme.create(&acme.ada, "acme").await;
        assert_eq!(created.status, 200, "{created:?}");
        acme
    }

    pub async fn create(&self, key: &str, slug: &str) -> Answer {
        let body = json!({ "name": "Acme, Inc.", "slug": slug });
        self.test.post(Some(key), "/api/v1/orgs", &body).await
    }

    pub async fn org(&self, key: &str) -> Answer {
        self.test.get(Some(key), "/api/v1/orgs/acme").await
    }

    pub async fn add(&self, key: &str, body: &Value) -> Answer {
        self.test
            .post(Some(key), "/api/v1/orgs/acme/members", body)
            .await
    }

    pub async fn remove(&self, key: &str, member: &str) -> Answer {
        let path = format!("/api/v1/orgs/acme/members/{member}");
        self.test.call(Method::DELETE, &path, Some(key), None).await
    }

    /// The id of a user, as a member's or a grant's.
    pub async fn id(&self, name: &str) -> String {
        let registry = &self.test.registry;
        let user = registry.user(&Viewer::Operator, &handle(name)).await;
        user.unwrap().id.to_string()
    }

    /// Names and roles, as ada sees them.
    pub async fn members(&self) -> Vec<(String, String)> {
        let org = self.org(&self.ada).await;
        let text = |member: &Value, field: &str| member[field].as_str().unwrap().to_owned();
        let members = org.list("members").iter();
        members
            .map(|member| (text(member, "name"), text(member, "role")))
            .collect()
    }
}
