//! The one atomic step in which a version appears.

use serde_json::json;

use crate::access::{Principal, Scope, derive_access, latest};
use crate::blob::{self, Digest};
use crate::error::Error;
use crate::model::{OrgId, VersionState, Visibility};
use crate::registry::Registry;
use crate::search;
use crate::store::{
    Actor, AuditEvent, BlobKind, BlobRef, CloseUpload, Command, Head, Outcome, Pin, PinnedBlob,
    SearchEntry, Skill, SkillCommit, Upload, VersionRecord,
};
use crate::workers::compute;

use super::archive::CheckedArchive;
use super::confirm::Confirmed;

impl Registry {
    /// Stores the bytes, then commits the version against the newest snapshot of its skill, with
    /// the publisher as they are now: checking and scanning took seconds, in which a membership
    /// may have ended or another version appeared.
    pub(super) async fn commit(
        &self,
        principal: &Principal,
        session: &Upload,
        record: VersionRecord,
        checked: &CheckedArchive,
    ) -> Result<Confirmed, Error> {
        /// Each turn but the first follows a commit of another process that came first.
        const ATTEMPTS: u32 = 64;
        // Before bytes are kept for a version that is going to be refused.
        let held = self.inner.store.skill(&session.name).await?;
        self.may_commit(principal, session, held.as_ref()).await?;
        let (mut record, entry) = self.search_entry(record).await?;
        self.store_blobs(&mut record, checked).await?;
        let _turn = self.publishing(&session.name).await;
        for _ in 0..ATTEMPTS {
            let held = self.inner.store.skill(&session.name).await?;
            let (actor, org) = self.may_commit(principal, session, held.as_ref()).await?;
            let before = held.as_ref().map(|skill| skill.head.clone());
            let (commit, audit) = self.compose(held, org, session, &mut record, &entry);
            let takes_away = before.is_some_and(|before| commit.head.shows_less_than(&before));
            let command = Command::Skill(Box::new(commit));
            match self.apply(actor, Some(audit), command).await? {
                Outcome::Applied(_) => {
                    if takes_away {
                        self.settle().await;
                    }
                    return Ok(Confirmed::from(&record));
                }
                Outcome::Stale | Outcome::Exists => {}
                Outcome::BlobGone => self.store_blobs(&mut record, checked).await?,
                Outcome::UploadClosed => return Err(Error::UploadNotFound),
                outcome => {
                    let source = format!("unexpected outcome {outcome:?}");
                    return Err(Error::internal("committing a version", source));
                }
            }
        }
        Err(Error::Overloaded)
    }

    /// Whether the publisher, as they are now, may add this version to the skill as it is now;
    /// answers who acts, and the organization in the name.
    async fn may_commit(
        &self,
        principal: &Principal,
        session: &Upload,
        held: Option<&Skill>,
    ) -> Result<(Actor, Option<OrgId>), Error> {
        let viewer = self.renew(principal).await?;
        let publisher = viewer.with_scope(Scope::Publish)?;
        let org = self
            .check_publisher(&publisher.user, &session.name, held)
            .await?;
        match self.check_version(&session.manifest, held).await {
            Ok(()) => Ok((viewer.actor(), org)),
            // The number may be taken by this very upload, confirmed twice at once.
            Err(Error::VersionExists { .. })
                if self.inner.store.version_by_id(session.id).await?.is_some() =>
            {
                Err(Error::UploadNotFound)
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// What a search is to know of a skill whose latest version this is. Reading a long readme is
    /// work for a processor.
    pub(crate) async fn search_entry(
        &self,
        record: VersionRecord,
    ) -> Result<(VersionRecord, SearchEntry), Error> {
        let made = compute(&*self.inner.workers, move || {
            let entry = search::entry(&record);
            (record, entry)
        });
        Ok(made.await?)
    }

    /// Pins the blobs of a version, writes them under their digests, and notes them in its record.
    async fn store_blobs(
        &self,
        record: &mut VersionRecord,
        checked: &CheckedArchive,
    ) -> Result<(), Error> {
        let contents = [
            (
                BlobKind::Archive,
                Digest::from(&checked.integrity),
                checked.archive.clone(),
            ),
            (BlobKind::Zip, checked.zip_digest, checked.zip.clone()),
        ];
        let wanted = contents.iter().map(|(_, digest, bytes)| PinnedBlob {
            digest: *digest,
            size: bytes.len() as u64,
        });
        let until = self
            .inner
            .clock
            .now()
            .after(self.inner.settings.upload_lifetime);
        let pin = Pin {
            upload: record.brief.id,
            until,
            blobs: wanted.collect(),
        };
        let outcome = self.apply(Actor::System, None, Command::Pin(pin)).await?;
        let Outcome::Applied(effect) = outcome else {
            return Err(Error::UploadNotFound);
        };
        if effect.blobs.len() != contents.len() {
            return Err(Error::internal(
                "pinning blobs",
                "the store pinned another number",
            ));
        }
        let mut blobs = Vec::with_capacity(contents.len());
        for ((kind, _, bytes), id) in contents.into_iter().zip(effect.blobs) {
            let size = bytes.len() as u64;
            self.inner
                .blobs
                .put_verified(&id, size, blob::once(bytes))
                .await?;
            blobs.push(BlobRef { kind, id, size });
        }
        record.brief.archive = blobs.first().map(|blob: &BlobRef| blob.id);
        record.blobs = blobs;
        Ok(())
    }

    /// The commit that adds `record` to the skill as it was `before`.
    fn compose(
        &self,
        before: Option<Skill>,
        org: Option<OrgId>,
        session: &Upload,
        record: &mut VersionRecord,
        entry: &SearchEntry,
    ) -> (SkillCommit, AuditEvent) {
        let now = self.inner.clock.now();
        record.brief.published_at = now;
        let declared = session.manifest.visibility();
        let is_live = record.brief.state == VersionState::Live;
        let mut visibility_before = None;
        let (skill, expect, mut head, mut versions) = match before {
            None => {
                let visibility = declared.unwrap_or(Visibility::Public);
                let publisher = record.brief.published_by;
                (
                    session.skill,
                    None,
                    Head::new(publisher, org, visibility, now),
                    Vec::new(),
                )
            }
            Some(Skill {
                id,
                revision,
                mut head,
                versions,
                ..
            }) => {
                visibility_before = Some(head.visibility);
                match declared {
                    // A version that is held back may narrow the visibility, never widen it.
                    Some(visibility) if is_live || visibility == Visibility::Private => {
                        head.visibility = visibility;
                    }
                    _ => {}
                }
                (id, Some(revision), head, versions)
            }
        };
        record.skill = skill;
        versions.push(record.brief.clone());
        if is_live {
            head.updated_at = now;
            head.latest = latest(&versions);
        }
        derive_access(&mut head, versions.iter());
        let audit = AuditEvent::new(
            "skill.publish",
            session.name.as_str(),
            json!({
                "version": record.brief.version,
                "versionId": record.brief.id,
                "integrity": record.brief.integrity,
                "held": !is_live,
                "visibility": head.visibility,
                "visibilityBefore": visibility_before,
            }),
        );
        let is_latest = head.latest == Some(record.brief.id);
        let mut commit = SkillCommit::new(session.name.clone(), skill, expect, head);
        commit.search = is_latest.then(|| Box::new(entry.clone()));
        commit.add = Some(Box::new(record.clone()));
        commit.close_upload = Some(CloseUpload {
            upload: session.id,
            owner: record.brief.published_by,
        });
        (commit, audit)
    }
}
