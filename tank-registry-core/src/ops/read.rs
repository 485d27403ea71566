//! Skills and versions, as a viewer may see them.

use std::sync::Arc;

use futures_util::future::try_join;

use crate::access::{Viewer, may_read_version};
use crate::blob::{DownloadLink, LinkViewer};
use crate::cache::CachedSkill;
use crate::error::Error;
use crate::model::{Revision, SkillName, VersionKey, VersionState};
use crate::registry::Registry;
use crate::store::{Skill, User, VersionBrief, VersionRecord};

/// A skill with what describes it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SkillPage {
    /// The skill.
    pub skill: Skill,
    /// The latest version in full.
    pub latest: Option<Arc<VersionRecord>>,
    /// The name of its publisher, as others see it.
    pub publisher: String,
    /// Downloads of today and the six days before.
    pub downloads: u64,
    /// Its stars.
    pub stars: u64,
}

/// A version with what a client needs to install it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VersionPage {
    /// The skill.
    pub skill: Skill,
    /// The version in full.
    pub version: Arc<VersionRecord>,
    /// Where its archive is; no further credential is needed.
    pub download_url: String,
    /// Downloads of the skill, today and the six days before.
    pub downloads: u64,
}

impl Registry {
    /// A skill, its latest version and its live versions, the newest first.
    pub async fn skill(&self, viewer: &Viewer, name: &SkillName) -> Result<SkillPage, Error> {
        self.skill_page(&*self.readable_skill(viewer, name).await?)
            .await
    }

    /// The page of a skill that its viewer may read.
    pub(crate) async fn skill_page(&self, skill: &Skill) -> Result<SkillPage, Error> {
        let latest = match skill.head.latest {
            Some(id) => self.cached_version(skill, id).await?,
            None => None,
        };
        let publisher = self.cached_user(skill.head.publisher).await?;
        let publisher = publisher.map_or_else(String::new, |user| user.name().to_owned());
        let stars = async { Ok(self.inner.store.stars(skill.id, None).await?.count) };
        let (downloads, stars) = try_join(self.weekly_downloads(skill), stars).await?;
        Ok(SkillPage {
            skill: Skill {
                versions: listed(skill),
                ..skill.clone()
            },
            latest,
            publisher,
            downloads,
            stars,
        })
    }

    /// A skill's live versions, the newest first.
    pub async fn versions(
        &self,
        viewer: &Viewer,
        name: &SkillName,
    ) -> Result<Vec<VersionBrief>, Error> {
        Ok(listed(&*self.readable_skill(viewer, name).await?))
    }

    /// One version, at its exact number.
    pub async fn version(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
    ) -> Result<VersionPage, Error> {
        let skill = self.readable_skill(viewer, name).await?;
        let brief = readable_brief(viewer, &skill, number)?;
        self.version_page(viewer, &skill, brief).await
    }

    /// The page of a version that its viewer may have.
    pub(crate) async fn version_page(
        &self,
        viewer: &Viewer,
        skill: &Skill,
        brief: &VersionBrief,
    ) -> Result<VersionPage, Error> {
        let version = self.version_record(viewer, skill, brief).await?;
        let download_url = self.download_url(viewer, skill, &version).await;
        let downloads = self.weekly_downloads(skill).await?;
        Ok(VersionPage {
            skill: skill.clone(),
            version,
            download_url,
            downloads,
        })
    }

    /// All of a version that the viewer may have, at its exact number.
    pub(super) async fn readable_version(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
    ) -> Result<Arc<VersionRecord>, Error> {
        let skill = self.readable_skill(viewer, name).await?;
        let brief = readable_brief(viewer, &skill, number)?;
        self.version_record(viewer, &skill, brief).await
    }

    /// All of a version that its viewer may have.
    pub(crate) async fn version_record(
        &self,
        viewer: &Viewer,
        skill: &Skill,
        brief: &VersionBrief,
    ) -> Result<Arc<VersionRecord>, Error> {
        let version = self.cached_version(skill, brief.id).await?;
        // The state may have moved between the two reads.
        version
            .filter(|version| may_read_version(viewer, &version.brief))
            .ok_or_else(|| not_found(skill, brief.version.as_ref()))
    }

    /// A link that lives two hours from the last full one: the answer stays the same for an hour,
    /// and no copy of it holds a link with less than one left.
    async fn download_url(
        &self,
        viewer: &Viewer,
        skill: &Skill,
        version: &VersionRecord,
    ) -> String {
        if let Some(url) = self.delegated_download(skill, &version.brief).await {
            return url.into();
        }
        let viewer = match viewer.user() {
            Some(User { id, .. }) if !is_for_anyone(skill, &version.brief) => LinkViewer::User {
                user: *id,
                admin: viewer.is_admin(),
            },
            _ => LinkViewer::Anyone,
        };
        let until = self.inner.clock.now().hour_floor().after(LINK_LIFETIME);
        let link = DownloadLink {
            name: skill.name.clone(),
            version: version.brief.id,
            viewer,
        };
        let token = self.inner.signer.download(&link, until);
        format!("{}/api/storage/download?t={token}", self.inner.public_url)
    }

    async fn weekly_downloads(&self, skill: &Skill) -> Result<u64, Error> {
        let since = self.inner.clock.now().day().minus(6);
        let stored = self.inner.store.downloads(skill.id, since).await?;
        Ok(stored.saturating_add(self.inner.counters.pending_downloads(skill.id, since)))
    }

    /// The revision of a publisher's row, as documents that name them were made of it.
    pub(crate) async fn publisher_revision(
        &self,
        skill: &CachedSkill,
    ) -> Result<Option<Revision>, Error> {
        let publisher = self.cached_user(skill.head.publisher).await?;
        Ok(publisher.map(|user| user.revision))
    }
}

const LINK_LIFETIME: std::time::Duration = std::time::Duration::from_hours(2);

/// Whether an anonymous viewer may have this version, so that nobody needs to be asked who they
/// are and all are answered the same.
pub(crate) fn is_for_anyone(skill: &Skill, brief: &VersionBrief) -> bool {
    skill.head.is_public() && brief.state.is_served()
}

/// The version of this number, if the viewer may have it.
pub(crate) fn readable_brief<'a>(
    viewer: &Viewer,
    skill: &'a Skill,
    number: &str,
) -> Result<&'a VersionBrief, Error> {
    let key = VersionKey::parse(number).map_err(|_| not_found(skill, number))?;
    let brief = skill
        .versions
        .iter()
        .find(|brief| brief.version.key() == key.as_str());
    brief
        .filter(|brief| may_read_version(viewer, brief))
        .ok_or_else(|| not_found(skill, number))
}

fn not_found(skill: &Skill, number: &str) -> Error {
    Error::VersionNotFound {
        name: skill.name.clone(),
        version: number.to_owned(),
    }
}

/// The versions that lists show, the newest publish first.
pub(crate) fn listed(skill: &Skill) -> Vec<VersionBrief> {
    let live = skill
        .versions
        .iter()
        .filter(|brief| brief.state == VersionState::Live);
    live.rev().cloned().collect()
}
