//! Versions across all skills, for administrators and maintenance.

use crate::model::{SkillName, Timestamp, VersionId};
use crate::scan::AuditStatus;

use super::VersionBrief;

/// Which versions are asked for; every condition that is set must hold. Those that were removed are
/// never meant.
///
/// They are listed by the time of their current scan, those that were never scanned first, then by
/// their ids.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionFilter {
    /// Only those that are held.
    pub held: bool,
    /// Only those with this audit status.
    pub audit_status: Option<AuditStatus>,
    /// Only those whose current scan was made before this time, and those that were never scanned.
    pub scanned_before: Option<Timestamp>,
    /// Only those whose current scan applied other rules, or has no report.
    pub rules_other_than: Option<String>,
}

/// A place in the order of [`VersionFilter`]: that of a version with this scan and this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScanPlace {
    /// When it was scanned.
    pub scanned_at: Option<Timestamp>,
    /// Its id.
    pub id: VersionId,
}

impl From<&VersionBrief> for ScanPlace {
    fn from(brief: &VersionBrief) -> Self {
        Self {
            scanned_at: brief.scanned_at,
            id: brief.id,
        }
    }
}

/// Which part of a list of versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VersionPart {
    /// Only what comes behind this place.
    pub after: Option<ScanPlace>,
    /// How many of these are passed over.
    pub offset: u64,
    /// At most so many.
    pub limit: u32,
}

impl VersionPart {
    /// The first so many.
    pub fn first(limit: u32) -> Self {
        Self {
            after: None,
            offset: 0,
            limit,
        }
    }
}

/// A part of a list of versions.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VersionList {
    /// The versions of the part.
    pub items: Vec<ListedVersion>,
    /// How many fit the filter in all, wherever the part begins.
    pub total: u64,
}

/// A version with the name of its skill.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedVersion {
    /// The skill.
    pub skill: SkillName,
    /// The version.
    pub brief: VersionBrief,
}
