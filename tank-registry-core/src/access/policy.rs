//! The rules of visibility, in one place.

use super::{Audience, Token, Viewer};
use crate::model::{SkillStatus, UserId, Version, VersionId, VersionState, Visibility};
use crate::store::{Head, VersionBrief};

/// Which rule derives [`Head::readers`] and [`Head::listed`]; raise it with the rule.
pub(crate) const DERIVED_VERSION: u32 = 1;

/// Derives who may read a skill and whether a search may show it.
///
/// `versions` are all of the skill's versions as they will be after the commit. The first line
/// that fits decides the readers.
pub(crate) fn derive_access<'a>(
    head: &mut Head,
    versions: impl Iterator<Item = &'a VersionBrief> + Clone,
) {
    let any_live = versions
        .clone()
        .any(|brief| brief.state == VersionState::Live);
    head.ever_live |= any_live;
    let mut readers = match head.status {
        SkillStatus::Removed => Vec::new(),
        SkillStatus::Quarantined => vec![Token::user(head.publisher)],
        SkillStatus::Active | SkillStatus::Deprecated { .. } => {
            if !head.ever_live {
                let withheld = versions.filter(|brief| brief.state == VersionState::Held);
                std::iter::once(head.publisher)
                    .chain(withheld.map(|brief| brief.published_by))
                    .map(Token::user)
                    .collect()
            } else if head.visibility == Visibility::Public {
                vec![Token::public()]
            } else {
                let orgs = head.org.iter().chain(&head.grants.orgs).map(Token::org);
                std::iter::once(head.publisher)
                    .chain(head.grants.users.iter().copied())
                    .map(Token::user)
                    .chain(orgs)
                    .collect()
            }
        }
    };
    readers.sort_unstable();
    readers.dedup();
    head.readers = readers;
    head.listed = any_live
        && matches!(
            head.status,
            SkillStatus::Active | SkillStatus::Deprecated { .. }
        );
    head.derived_version = DERIVED_VERSION;
}

/// The version that stands for the skill: the highest live release, else the highest live
/// pre-release.
pub(crate) fn latest(versions: &[VersionBrief]) -> Option<VersionId> {
    let live = || {
        versions
            .iter()
            .filter(|brief| brief.state == VersionState::Live)
    };
    let highest = Version::latest(live().map(|brief| &brief.version))?;
    live()
        .find(|brief| brief.version == *highest)
        .map(|brief| brief.id)
}

/// Whether someone who may read the skill may have this version of it, at its exact number.
pub(crate) fn may_read_version(viewer: &Viewer, brief: &VersionBrief) -> bool {
    match brief.state {
        VersionState::Live | VersionState::Yanked { .. } => true,
        VersionState::Held => viewer.is_admin() || viewer.user_id() == Some(brief.published_by),
        VersionState::Removed => false,
    }
}

impl Head {
    /// Whether somebody who could find or read the skill before no longer can.
    pub(crate) fn shows_less_than(&self, before: &Self) -> bool {
        let mut readers = before.readers.iter();
        let loses_readers = !self.is_public() && readers.any(|token| !self.readers.contains(token));
        loses_readers || (before.listed && !self.listed)
    }

    /// Whether the audience may read the skill.
    pub(crate) fn is_visible_to(&self, audience: &Audience) -> bool {
        self.status != SkillStatus::Removed && audience.sees(&self.readers)
    }

    /// Whether everyone may read it, so that nobody needs to be asked who they are.
    pub(crate) fn is_public(&self) -> bool {
        self.status != SkillStatus::Removed && self.readers.iter().any(Token::is_public)
    }

    /// Whether it is visible to this user without asking for memberships.
    pub(crate) fn names_user(&self, user: UserId) -> bool {
        self.is_visible_to(&Audience::AnyOf(vec![Token::user(user)]))
    }

    /// Whether membership of some organization lets a user read it.
    pub(crate) fn names_an_organization(&self) -> bool {
        self.readers.iter().any(Token::is_org)
    }
}
