//! Stars: one a user and skill.

use crate::access::Viewer;
use crate::error::Error;
use crate::model::SkillName;
use crate::registry::Registry;
use crate::store::{Command, Outcome, SetStar, Stars};

/// What setting a star, or taking it away, did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StarSet {
    /// The skill's stars afterwards.
    pub stars: Stars,
    /// Whether anything changed.
    pub changed: bool,
}

impl Registry {
    /// A skill's stars, and whether the viewer's is one of them.
    pub async fn stars(&self, viewer: &Viewer, name: &SkillName) -> Result<Stars, Error> {
        let skill = self.readable_skill(viewer, name).await?;
        Ok(self.inner.store.stars(skill.id, viewer.user_id()).await?)
    }

    /// Sets the viewer's star on a skill, or takes it away; any credential will do. Who reads the
    /// skill only as an administrator is refused with [`Error::Forbidden`].
    pub async fn set_star(
        &self,
        viewer: &Viewer,
        name: &SkillName,
        starred: bool,
    ) -> Result<StarSet, Error> {
        let user = viewer.user().ok_or(Error::AuthenticationRequired)?;
        let skill = self.readable_skill(viewer, name).await?;
        if !self.user_may_read(user, &skill.head).await? {
            return Err(Error::Forbidden);
        }
        let command = Command::Star(SetStar::new(skill.id, user.id, starred));
        let changed = match self.apply(viewer.actor(), None, command).await? {
            Outcome::Applied(_) => {
                self.cache().counted(name);
                true
            }
            Outcome::Exists => false,
            Outcome::Missing => return Err(Error::SkillNotFound),
            outcome => {
                let source = format!("unexpected outcome {outcome:?}");
                return Err(Error::internal("setting a star", source));
            }
        };
        let Stars { count, .. } = self.inner.store.stars(skill.id, None).await?;
        Ok(StarSet {
            stars: Stars { count, starred },
            changed,
        })
    }
}
