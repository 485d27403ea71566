//! Skills and versions.

use http::Response;

use super::Call;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, wire};

impl Call<'_> {
    /// `GET /skills/{name}`
    pub(super) async fn skill(&self) -> Result<Response<Body>, Error> {
        let page = self.registry.skill(self.viewer, &self.name()?).await?;
        answer::json(&wire::Skill::from(&page))
    }

    /// `GET /skills/{name}/versions`
    pub(super) async fn versions(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let versions = self.registry.versions(self.viewer, &name).await?;
        answer::json(&wire::Versions::new(&name, &versions))
    }

    /// `GET /skills/{name}/{version}`
    pub(super) async fn version(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let page = self
            .registry
            .version(self.viewer, &name, &self.params.version)
            .await?;
        answer::json(&wire::VersionDetail::from(&page))
    }

    /// `POST /skills/{name}/talk`: no one answers here, which is told of what the caller may read.
    pub(super) async fn talk(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        self.registry.readable_skill(self.viewer, &name).await?;
        Err(Error::TalkNotConfigured)
    }
}
