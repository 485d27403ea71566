//! Organizations and their members.

use http::Response;

use super::{Call, SMALL_BODY};
use crate::access::Scope;
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::query::Query;
use crate::http::{answer, fields, wire};
use crate::model::OrgSlug;
use crate::ops::Person;

impl Call<'_> {
    /// `POST /orgs`
    pub(super) async fn create_org(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let mut body = self.json(body, SMALL_BODY).await?;
        let name = fields::text(&mut body, "name")?;
        let slug = fields::optional_text(&mut body, "slug")?.unwrap_or_default();
        let slug = OrgSlug::parse(&slug).map_err(Error::InvalidSlug)?;
        let org = self
            .registry
            .found_organization(self.viewer, slug, name)
            .await?;
        answer::json(&wire::Organization::from(&org))
    }

    /// `GET /orgs`
    pub(super) async fn orgs(&self) -> Result<Response<Body>, Error> {
        let mut query = Query::of(&self.head.uri);
        let page = query.page();
        query.finish()?;
        let orgs = self.registry.organizations(self.viewer, page).await?;
        answer::json(&wire::Organizations::new(&orgs, page))
    }

    /// `GET /orgs/{slug}`
    pub(super) async fn org(&self) -> Result<Response<Body>, Error> {
        let mut query = Query::of(&self.head.uri);
        let page = query.page();
        query.finish()?;
        let org = self
            .registry
            .organization(self.viewer, &self.slug()?, page)
            .await?;
        answer::json(&wire::OrganizationDetail::new(&org, page))
    }

    /// `POST /orgs/{slug}/members`
    pub(super) async fn set_member(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let mut body = self.json(body, SMALL_BODY).await?;
        let user_id = fields::optional_text(&mut body, "userId")?;
        let email = fields::optional_text(&mut body, "email")?;
        let role = fields::text(&mut body, "role")?;
        let role = role.parse().map_err(|_| {
            let expected = r#"Invalid option: expected one of "owner"|"admin"|"member""#;
            fields::invalid("role", expected)
        })?;
        let person = match (user_id, email) {
            (Some(id), None) => Person::Id(id.parse().map_err(|_| Error::UserNotFound)?),
            (None, Some(email)) => Person::Email(email),
            _ => return Err(fields::invalid("userId", "Expected either userId or email")),
        };
        let member = self
            .registry
            .set_member(self.viewer, &self.slug()?, person, role)
            .await?;
        answer::json(&wire::OrganizationMember::from(&member))
    }

    /// `DELETE /orgs/{slug}/members/{member}`; a member's id is their user's.
    pub(super) async fn remove_member(&self) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let person = self.params.member.parse().map(Person::Id);
        let person = person.map_err(|_| Error::MemberNotFound)?;
        self.registry
            .remove_member(self.viewer, &self.slug()?, person)
            .await?;
        answer::json(&wire::Done::DONE)
    }

    /// The slug in the path. What is no slug names nothing.
    fn slug(&self) -> Result<OrgSlug, Error> {
        OrgSlug::parse(&self.params.slug).map_err(|_| Error::OrganizationNotFound)
    }
}
