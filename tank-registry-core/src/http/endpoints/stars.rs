//! Stars of a skill.

use http::Response;

use super::Call;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, wire};

impl Call<'_> {
    /// `GET /skills/{name}/star`
    pub(super) async fn stars(&self) -> Result<Response<Body>, Error> {
        let stars = self.registry.stars(self.viewer, &self.name()?).await?;
        answer::json(&wire::Stars::from(stars))
    }

    /// `POST /skills/{name}/star`
    pub(super) async fn add_star(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let set = self.registry.set_star(self.viewer, &name, true).await?;
        let message = (!set.changed).then_some("Already starred");
        answer::json(&wire::StarSet::new(set.stars, message))
    }

    /// `DELETE /skills/{name}/star`
    pub(super) async fn remove_star(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let set = self.registry.set_star(self.viewer, &name, false).await?;
        answer::json(&wire::StarSet::new(set.stars, None))
    }
}
