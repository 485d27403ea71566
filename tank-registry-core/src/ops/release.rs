//! A person lets a version go live that the gate held back.

use serde_json::json;

use crate::access::Viewer;
use crate::error::Error;
use crate::model::{Reason, SkillName, Timestamp, Version, VersionState};
use crate::registry::Registry;
use crate::store::{AuditEvent, Release};

use super::moderate::{ATTEMPTS, Change, numbered};

/// A version to release.
#[derive(Debug, Clone)]
pub struct ReleaseVersion {
    /// The skill.
    pub name: SkillName,
    /// The version, at its exact number.
    pub version: String,
    /// Why.
    pub reason: Reason,
    /// Whether its permissions may grow more than its number allows.
    pub override_escalation: bool,
}

/// A version that was released.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Released {
    /// The skill.
    pub name: SkillName,
    /// The version.
    pub version: Version,
    /// When.
    pub at: Timestamp,
    /// Whether its permissions grow more than its number allows.
    pub escalation: bool,
}

impl Registry {
    /// Lets a held version go live, whatever it is held for. Whether its permissions grow more than
    /// its number allows is looked at again, against the versions of now; that takes an override.
    /// The skill's visibility stays as it is. A release is audited and kept with the version. For
    /// administrators and the operator.
    pub async fn release(
        &self,
        viewer: &Viewer,
        request: &ReleaseVersion,
    ) -> Result<Released, Error> {
        viewer.require_moderator()?;
        let _turn = self.publishing(&request.name).await;
        for _ in 0..ATTEMPTS {
            // Waiting for the turn may have taken longer than a key lived.
            self.still_moderates(viewer).await?;
            let skill = self.moderated_skill(&request.name).await?;
            let brief = numbered(&skill, &request.version)?;
            if brief.state != VersionState::Held {
                return Err(Error::NotHeld);
            }
            let version = self.moderated_version(brief).await?;
            let found = self.escalations(&skill, &version.manifest).await?;
            if !found.is_empty() && !request.override_escalation {
                return Err(Error::Escalation(found));
            }
            let now = self.inner.clock.now();
            let escalation = !found.is_empty();
            let reason = request.reason.as_str();
            let (by, scan) = (viewer.actor(), version.scan.as_ref());
            let audit = AuditEvent::new(
                "skill.release",
                request.name.as_str(),
                json!({
                    "version": brief.version,
                    "versionId": brief.id,
                    "reason": reason,
                    "verdict": brief.verdict,
                    "escalation": found,
                }),
            );
            let change = Change {
                state: Some(VersionState::Live),
                release: Some(Release::new(by, now, reason.to_owned(), escalation, scan)),
                audit: Some(audit),
                ..Change::default()
            };
            let released = Released {
                name: request.name.clone(),
                version: brief.version.clone(),
                at: now,
                escalation,
            };
            if self.change_version(by, skill, version, change).await? {
                return Ok(released);
            }
        }
        Err(Error::Overloaded)
    }
}
