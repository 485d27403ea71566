//! Who else may read a skill while it is private.

use http::Response;

use super::{Call, SMALL_BODY};
use crate::access::Scope;
use crate::error::Error;
use crate::http::body::{Body, Pieces};
use crate::http::{answer, fields, wire};
use crate::model::OrgId;
use crate::store::Grants;

impl Call<'_> {
    /// `GET /skills/{name}/access`
    pub(super) async fn access(&self) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let grants = self.registry.grants(self.viewer, &self.name()?).await?;
        answer::json(&wire::Access::from(&grants))
    }

    /// `PUT /skills/{name}/access`: the whole set, so both lists must be there.
    pub(super) async fn set_access(&self, body: Pieces) -> Result<Response<Body>, Error> {
        self.viewer.with_scope(Scope::Publish)?;
        let mut body = self.json(body, SMALL_BODY).await?;
        let users = fields::texts(&mut body, "userIds")?;
        let orgs = fields::texts(&mut body, "orgIds")?;
        let user = |id: &String| {
            let unknown = || fields::invalid("userIds", format!("Unknown user: {id}"));
            id.parse().map_err(|_| unknown())
        };
        let grants = Grants {
            users: users.iter().map(user).collect::<Result<_, _>>()?,
            orgs: orgs.into_iter().map(OrgId::new).collect(),
        };
        let name = self.name()?;
        let answer = answer::json(&wire::Access::from(&grants))?;
        self.registry.set_grants(self.viewer, &name, grants).await?;
        Ok(answer)
    }
}
