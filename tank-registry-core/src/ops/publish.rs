//! The start of a publish: everything is checked that can be checked without the bytes, and an
//! upload session is opened. Nothing that a reader sees changes.

use serde_json::Value;

use crate::access::{Scope, Viewer};
use crate::blob::{BlobKey, Delegation};
use crate::error::{Error, InternalError};
use crate::model::{
    Bump, Escalation, Manifest, NameRule, OrgId, OrgSlug, SkillId, SkillName, SkillStatus, Version,
    VersionId, VersionKey, escalation,
};
use crate::registry::Registry;
use crate::store::{Command, OpenUpload, Outcome, Skill, Upload, User, VersionBrief};

/// A readme may hold so many characters, counted as UTF-16 units like the clients do.
pub(crate) const MAX_README: usize = 500_000;

/// A publish to start.
#[derive(Debug, Clone)]
pub struct StartPublish {
    /// The manifest as sent.
    pub manifest: Value,
    /// The readme, if it is sent already.
    pub readme: Option<String>,
}

/// An upload session that was opened.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PublishStarted {
    /// Where to `PUT` the archive; no further credential is needed.
    pub upload_url: String,
    /// The skill's id; a proposal while no skill of the name exists.
    pub skill: SkillId,
    /// The id of the version that is to come, which a confirm names.
    pub version: VersionId,
}

impl Registry {
    /// Starts a publish. A second start by the same user for the same version replaces the first.
    pub async fn start_publish(
        &self,
        viewer: &Viewer,
        request: StartPublish,
    ) -> Result<PublishStarted, Error> {
        let user = &viewer.with_scope(Scope::Publish)?.user;
        let rule = NameRule {
            require_scope: self.inner.settings.require_scope,
        };
        let manifest = Manifest::parse(&request.manifest, rule).map_err(Error::InvalidManifest)?;
        check_readme(request.readme.as_deref())?;
        let held = self.inner.store.skill(manifest.name()).await?;
        self.check_publisher(user, manifest.name(), held.as_ref())
            .await?;
        self.check_version(&manifest, held.as_ref()).await?;

        let now = self.inner.clock.now();
        let expires = now.after(self.inner.settings.upload_lifetime);
        let version = VersionId::new(self.inner.clock.new_id());
        let skill = held.map_or_else(|| SkillId::new(self.inner.clock.new_id()), |held| held.id);
        let upload = Upload::new(
            version,
            user.id,
            skill,
            manifest,
            request.readme,
            (now, expires),
        );
        let command = Command::OpenUpload(Box::new(OpenUpload {
            upload,
            max_open: self.inner.settings.max_open_uploads,
        }));
        match self.apply(viewer.actor(), None, command).await? {
            Outcome::Applied(effect) => {
                for replaced in effect.closed {
                    self.forget_staged(replaced).await;
                }
            }
            Outcome::LimitReached => return Err(Error::TooManyUploads),
            outcome => {
                let source = format!("unexpected outcome {outcome:?}");
                return Err(Error::internal("opening an upload", source));
            }
        }
        let lifetime = self.inner.settings.upload_lifetime;
        let delegated = self
            .inner
            .blobs
            .delegate(&BlobKey::Staged(version), Delegation::Write, lifetime)
            .await;
        let upload_url = match delegated {
            Ok(Some(url)) => url.into(),
            Ok(None) => {
                let token = self.inner.signer.upload(version, expires);
                format!("{}/api/storage/upload?t={token}", self.inner.public_url)
            }
            Err(error) => {
                return Err(Error::UploadUrl(InternalError::new(
                    "delegating an upload",
                    error,
                )));
            }
        };
        Ok(PublishStarted {
            upload_url,
            skill,
            version,
        })
    }

    /// Whether a user may publish under a name; answers the organization in it.
    pub(crate) async fn check_publisher(
        &self,
        user: &User,
        name: &SkillName,
        held: Option<&Skill>,
    ) -> Result<Option<OrgId>, Error> {
        let org = match name.scope() {
            Some(scope) => Some(self.check_membership(user, scope, held).await?),
            None => None,
        };
        if let Some(skill) = held {
            if org.is_none() && skill.head.publisher != user.id {
                return Err(Error::NotTheOwner(name.clone()));
            }
            if skill.head.status == SkillStatus::Removed {
                return Err(Error::SkillRemoved(name.clone()));
            }
        }
        Ok(org)
    }

    /// Whether a viewer may publish versions of a skill with the credential that they have.
    pub(crate) async fn may_publish(&self, viewer: &Viewer, skill: &Skill) -> Result<bool, Error> {
        let Ok(principal) = viewer.with_scope(Scope::Publish) else {
            return Ok(false);
        };
        let checked = self.check_publisher(&principal.user, &skill.name, Some(skill));
        match checked.await {
            Ok(_) => Ok(true),
            Err(
                Error::NotAMember(_)
                | Error::NotTheOwner(_)
                | Error::NoSuchScope(_)
                | Error::SkillRemoved(_),
            ) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn check_membership(
        &self,
        user: &User,
        scope: &str,
        held: Option<&Skill>,
    ) -> Result<OrgId, Error> {
        // A scope that cannot be a slug names no organization.
        let Ok(slug) = OrgSlug::parse(scope) else {
            return Err(Error::NoSuchScope(scope.to_owned()));
        };
        let Some(org) = self.inner.directory.organization(&slug).await? else {
            return Err(Error::NoSuchScope(scope.to_owned()));
        };
        let memberships = self.memberships(user).await?;
        let is_member = memberships
            .iter()
            .any(|membership| membership.org == org.id);
        // A directory may give a slug to another organization; the skills of the first one do not
        // go with it.
        let same_org = held.is_none_or(|skill| skill.head.org.as_ref() == Some(&org.id));
        if is_member && same_org {
            Ok(org.id)
        } else {
            Err(Error::NotAMember(slug))
        }
    }

    /// Whether the version can follow those that are there.
    pub(crate) async fn check_version(
        &self,
        manifest: &Manifest,
        held: Option<&Skill>,
    ) -> Result<(), Error> {
        let Some(skill) = held else { return Ok(()) };
        let (name, version) = (manifest.name(), manifest.version());
        if skill
            .versions
            .iter()
            .any(|brief| brief.version.key() == version.key())
        {
            return Err(Error::VersionExists {
                name: name.clone(),
                version: version.clone(),
            });
        }
        let limit = self.inner.settings.max_versions;
        if skill.versions.len() >= limit {
            return Err(Error::TooManyVersions {
                name: name.clone(),
                limit,
            });
        }
        let found = self.escalations(skill, manifest).await?;
        if found.is_empty() {
            Ok(())
        } else {
            Err(Error::Escalation(found))
        }
    }

    /// What a version asks for beyond the one before it, though its number does not allow that.
    pub(super) async fn escalations(
        &self,
        skill: &Skill,
        manifest: &Manifest,
    ) -> Result<Vec<Escalation>, Error> {
        let version = manifest.version();
        let Some(baseline) = baseline(&skill.versions, version) else {
            return Ok(Vec::new());
        };
        let key = VersionKey::from(&baseline.version);
        let record = self.inner.store.version(skill.id, &key).await?;
        let record = record.ok_or_else(|| {
            Error::internal(
                "checking for escalation",
                "the baseline version has no record",
            )
        })?;
        let bump = Bump::between(&baseline.version, version);
        let (before, after) = (record.manifest.permissions(), manifest.permissions());
        Ok(escalation(before, after, bump))
    }
}

/// What a new version's permissions are compared with: the highest live or yanked version below
/// it. Yanking must not open the way.
pub(super) fn baseline<'a>(
    versions: &'a [VersionBrief],
    new: &Version,
) -> Option<&'a VersionBrief> {
    versions
        .iter()
        .filter(|brief| brief.state.is_served() && brief.version.cmp_precedence(new).is_lt())
        .max_by(|a, b| a.version.cmp_precedence(&b.version))
}

pub(crate) fn check_readme(readme: Option<&str>) -> Result<(), Error> {
    // Bytes are never fewer than UTF-16 units: most readmes need no counting.
    match readme {
        Some(text) if text.len() > MAX_README && text.encode_utf16().count() > MAX_README => {
            Err(Error::InvalidBody {
                field: "readme",
                reason: format!("Too big: expected string to have <={MAX_README} characters"),
            })
        }
        _ => Ok(()),
    }
}
