//! Skills and versions.

use http::{Method, Response};

use super::Call;
use crate::access::Viewer;
use crate::cache::DocumentKind;
use crate::error::Error;
use crate::http::body::Body;
use crate::http::{answer, wire};
use crate::model::VersionKey;
use crate::ops::{is_for_anyone, listed, readable_brief};

impl Call<'_> {
    /// `GET /skills/{name}`
    pub(super) async fn skill(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let skill = self.registry.readable_skill(self.viewer, &name).await?;
        let make = async {
            let page = self.registry.skill_page(&skill).await?;
            answer::bytes_of(&wire::Skill::from(&page))
        };
        let for_anyone = skill.head.is_public();
        self.document(&skill, for_anyone, DocumentKind::Skill, make)
            .await
    }

    /// `GET /skills/{name}/versions`
    pub(super) async fn versions(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        let skill = self.registry.readable_skill(self.viewer, &name).await?;
        let make = async { answer::bytes_of(&wire::Versions::new(&name, &listed(&skill))) };
        let for_anyone = skill.head.is_public();
        self.document(&skill, for_anyone, DocumentKind::Versions, make)
            .await
    }

    /// `GET /skills/{name}/{version}`
    pub(super) async fn version(&self) -> Result<Response<Body>, Error> {
        let (viewer, name) = (self.viewer, self.name()?);
        let skill = self.registry.readable_skill(viewer, &name).await?;
        let brief = readable_brief(viewer, &skill, &self.params.version)?;
        // What everyone is answered holds nothing that was made for somebody.
        let for_anyone = is_for_anyone(&skill, brief);
        let reader = if for_anyone {
            &Viewer::Anonymous
        } else {
            viewer
        };
        let make = async {
            let page = self.registry.version_page(reader, &skill, brief).await?;
            answer::bytes_of(&wire::VersionDetail::from(&page))
        };
        let kind = DocumentKind::Version(VersionKey::from(&brief.version));
        let response = self.document(&skill, for_anyone, kind, make).await?;
        if self.head.method == Method::GET {
            let caller = || {
                let user = viewer.user_id().map(|user| user.to_string());
                user.unwrap_or_else(|| self.registry.network(self.head))
            };
            self.registry
                .count_delegated_download(caller, &skill, brief);
        }
        Ok(response)
    }

    /// `POST /skills/{name}/talk`: no one answers here, which is told of what the caller may read.
    pub(super) async fn talk(&self) -> Result<Response<Body>, Error> {
        let name = self.name()?;
        self.registry.readable_skill(self.viewer, &name).await?;
        Err(Error::TalkNotConfigured)
    }
}
