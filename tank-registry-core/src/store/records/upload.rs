//! Uploads that have begun.

use serde::{Deserialize, Serialize};

use crate::model::{Manifest, SkillId, SkillName, Timestamp, UploadId, UserId, Version};

/// An upload session: a publish that has begun. Nothing a reader sees knows of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Upload {
    /// The id of the session and of the version it becomes.
    pub id: UploadId,
    /// Who may confirm it.
    pub owner: UserId,
    /// The skill's name.
    pub name: SkillName,
    /// The skill's id, a proposal where there is no skill of that name yet.
    pub skill: SkillId,
    /// The number to publish.
    pub version: Version,
    /// The manifest as declared.
    pub manifest: Manifest,
    /// The readme, where one was declared.
    pub readme: Option<String>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it closes by itself.
    pub expires_at: Timestamp,
    /// Bytes in staging, once there are any.
    pub staged: Option<u64>,
}

impl Upload {
    /// A session with nothing in staging.
    pub fn new(
        id: UploadId,
        owner: UserId,
        skill: SkillId,
        manifest: Manifest,
        readme: Option<String>,
        opened: (Timestamp, Timestamp),
    ) -> Self {
        Self {
            id,
            owner,
            name: manifest.name().clone(),
            skill,
            version: manifest.version().clone(),
            manifest,
            readme,
            created_at: opened.0,
            expires_at: opened.1,
            staged: None,
        }
    }

    /// Whether it may still be used at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }
}
