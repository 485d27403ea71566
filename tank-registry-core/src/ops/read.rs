//! Skills and versions, as a viewer may see them.

use crate::access::{Viewer, may_read_version};
use crate::blob::{DownloadLink, LinkViewer};
use crate::error::Error;
use crate::model::{SkillName, VersionKey, VersionState};
use crate::registry::Registry;
use crate::store::{Skill, User, UserRef, VersionBrief, VersionRecord};

/// A skill with what describes it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SkillPage {
    /// The skill.
    pub skill: Skill,
    /// The latest version in full.
    pub latest: Option<VersionRecord>,
    /// The name of its publisher, as others see it.
    pub publisher: String,
    /// Downloads of today and the six days before.
    pub downloads: u64,
    /// How many users starred it.
    pub stars: u64,
}

/// A version with what a client needs to install it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct VersionPage {
    /// The skill.
    pub skill: Skill,
    /// The version in full.
    pub version: VersionRecord,
    /// Where its archive is; no further credential is needed.
    pub download_url: String,
    /// Downloads of the skill, today and the six days before.
    pub downloads: u64,
}

impl Registry {
    /// A skill, its latest version and its live versions, the newest first.
    pub async fn skill(&self, viewer: &Viewer, name: &SkillName) -> Result<SkillPage, Error> {
        let mut skill = self.readable_skill(viewer, name).await?;
        skill.versions = listed(&skill);
        let latest = match skill.head.latest {
            Some(id) => self.inner.store.version_by_id(id).await?,
            None => None,
        };
        let publisher = self
            .inner
            .store
            .user(&UserRef::Id(skill.head.publisher))
            .await?;
        let publisher = publisher
            .as_ref()
            .map_or_else(String::new, |user| user.name().to_owned());
        let downloads = self.weekly_downloads(&skill).await?;
        let stars = self.inner.store.stars(skill.id, None).await?.count;
        Ok(SkillPage {
            skill,
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
        Ok(listed(&self.readable_skill(viewer, name).await?))
    }

    /// One version, at its exact number.
    pub async fn version(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
    ) -> Result<VersionPage, Error> {
        let (skill, version) = self.readable_version(viewer, name, number).await?;
        let download_url = self.download_url(viewer, &skill, &version);
        let downloads = self.weekly_downloads(&skill).await?;
        Ok(VersionPage {
            skill,
            version,
            download_url,
            downloads,
        })
    }

    /// A version that the viewer may have, at its exact number, with its skill.
    pub(super) async fn readable_version(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        number: &str,
    ) -> Result<(Skill, VersionRecord), Error> {
        let skill = self.readable_skill(viewer, name).await?;
        let not_found = || Error::VersionNotFound {
            name: name.clone(),
            version: number.to_owned(),
        };
        let key = VersionKey::parse(number).map_err(|_| not_found())?;
        let brief = skill
            .versions
            .iter()
            .find(|brief| VersionKey::from(&brief.version) == key);
        if !brief.is_some_and(|brief| may_read_version(viewer, brief)) {
            return Err(not_found());
        }
        let version = self
            .inner
            .store
            .version(skill.id, &key)
            .await?
            .ok_or_else(not_found)?;
        // The state may have moved between the two reads.
        if !may_read_version(viewer, &version.brief) {
            return Err(not_found());
        }
        Ok((skill, version))
    }

    /// A link that lives two hours from the last full one: the answer stays the same for an hour,
    /// and no copy of it holds a link with less than one left.
    fn download_url(&self, viewer: &Viewer, skill: &Skill, version: &VersionRecord) -> String {
        let for_anyone = skill.head.is_public() && version.brief.state.is_served();
        let viewer = match viewer.user() {
            Some(User { id, .. }) if !for_anyone => LinkViewer::User {
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
}

const LINK_LIFETIME: std::time::Duration = std::time::Duration::from_hours(2);

/// The versions that lists show, the newest publish first.
fn listed(skill: &Skill) -> Vec<VersionBrief> {
    let live = skill
        .versions
        .iter()
        .filter(|brief| brief.state == VersionState::Live);
    live.rev().cloned().collect()
}
