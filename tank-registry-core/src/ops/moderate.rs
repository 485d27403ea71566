//! What administrators and rescans do to a version that is there: its state, its scan and its
//! release change in one commit, with everything that follows from them.

use crate::access::{Viewer, derive_access, latest};
use crate::error::Error;
use crate::model::{SkillName, Version, VersionKey, VersionState};
use crate::registry::Registry;
use crate::store::{
    Actor, AuditEvent, Command, Judged, Outcome, Release, Skill, SkillCommit, VersionBrief,
    VersionRecord,
};

/// Each turn of a commit but the first follows a commit that came first.
pub(super) const ATTEMPTS: u32 = 64;

/// What becomes of one version.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) state: Option<VersionState>,
    pub(super) scan: Option<Judged>,
    pub(super) release: Option<Release>,
    pub(super) audit: Option<AuditEvent>,
}

impl Viewer {
    /// Refuses all but administrators and the operator, in the words of administration.
    pub(crate) fn require_moderator(&self) -> Result<(), Error> {
        match self {
            _ if self.is_admin() => Ok(()),
            Self::Principal(_) => Err(Error::Forbidden),
            Self::Anonymous | Self::Operator => Err(Error::AdministratorsOnly),
        }
    }
}

impl Registry {
    /// Looks again whether the viewer may moderate: what they asked for took seconds.
    pub(super) async fn still_moderates(&self, viewer: &Viewer) -> Result<(), Error> {
        let Viewer::Principal(principal) = viewer else {
            return viewer.require_moderator();
        };
        match self.renew(principal).await {
            Ok(viewer) => viewer.require_moderator(),
            Err(Error::Unauthorized) => Err(Error::AdministratorsOnly),
            Err(error) => Err(error),
        }
    }

    /// The skill as the store has it now, whatever its status: for administrators.
    pub(super) async fn moderated_skill(&self, name: &SkillName) -> Result<Skill, Error> {
        let skill = self.inner.store.skill(name).await?;
        skill.ok_or(Error::PackageNotFound)
    }

    /// A version of it in full.
    pub(super) async fn moderated_version(
        &self,
        brief: &VersionBrief,
    ) -> Result<VersionRecord, Error> {
        let record = self.inner.store.version_by_id(brief.id).await?;
        record.ok_or_else(|| Error::internal("moderating a version", "it has no record"))
    }

    /// Commits a change of one version of the skill as it was seen. `false` when another commit came
    /// first: then nothing has changed, and what was decided must be decided again.
    pub(super) async fn change_version(
        &self,
        actor: Actor,
        skill: Skill,
        version: VersionRecord,
        change: Change,
    ) -> Result<bool, Error> {
        let key = VersionKey::from(&version.brief.version);
        let mut changed = version;
        let was_served = changed.brief.state.is_served();
        let was_live = changed.brief.state == VersionState::Live;
        if let Some(state) = &change.state {
            changed.brief.set_state(state.clone());
        }
        if let Some(judged) = &change.scan {
            judged.show_in(&mut changed.brief);
        }
        let mut head = skill.head.clone();
        let goes_live = changed.brief.state == VersionState::Live && !was_live;
        if goes_live {
            head.updated_at = self.inner.clock.now();
        }
        let mut versions = skill.versions;
        for brief in &mut versions {
            if brief.id == changed.brief.id {
                brief.clone_from(&changed.brief);
            }
        }
        head.latest = latest(&versions);
        derive_access(&mut head, versions.iter());
        let takes_away =
            head.shows_less_than(&skill.head) || (was_served && !changed.brief.state.is_served());

        let mut commit = SkillCommit::new(skill.name, skill.id, Some(skill.revision), head);
        // What a search knows of a skill is what its latest version says, verdict and score too.
        let shown = match commit.head.latest {
            Some(id) if id == changed.brief.id => Some(changed),
            Some(id) if commit.head.latest != skill.head.latest => {
                let brief = versions.iter().find(|brief| brief.id == id);
                let brief = brief.ok_or_else(|| {
                    Error::internal("moderating a version", "the latest version is missing")
                })?;
                Some(self.moderated_version(brief).await?)
            }
            _ => None,
        };
        if let Some(shown) = shown {
            let (_, entry) = self.search_entry(shown).await?;
            commit.search = Some(Box::new(entry));
        }
        commit.states = change
            .state
            .map(|state| (key.clone(), state))
            .into_iter()
            .collect();
        commit.scans = change
            .scan
            .map(|judged| (key.clone(), judged))
            .into_iter()
            .collect();
        commit.releases = change
            .release
            .map(|release| (key, release))
            .into_iter()
            .collect();
        let command = Command::Skill(Box::new(commit));
        match self.apply(actor, change.audit, command).await? {
            Outcome::Applied(_) => {
                if takes_away {
                    self.settle().await;
                }
                Ok(true)
            }
            Outcome::Stale => Ok(false),
            outcome => {
                let source = format!("unexpected outcome {outcome:?}");
                Err(Error::internal("moderating a version", source))
            }
        }
    }
}

/// A version by its number; those that were removed are there for nobody.
pub(super) fn numbered<'a>(skill: &'a Skill, number: &str) -> Result<&'a VersionBrief, Error> {
    let version = Version::parse(number).map_err(|_| Error::PackageVersionNotFound)?;
    let found = skill
        .versions
        .iter()
        .find(|brief| brief.version == version && brief.state != VersionState::Removed);
    found.ok_or(Error::PackageVersionNotFound)
}
