//! Scans, and versions by their scans.

use rusqlite::{Connection, Result, named_params, params};
use tank_registry_core::model::{Timestamp, VersionId};
use tank_registry_core::scan::AuditStatus;
use tank_registry_core::store::{
    ListedVersion, ScanHistory, VersionFilter, VersionList, VersionPart,
};

use crate::rows::{Count, NEVER, json, text};

const COUNT_SCANS: &str = "
    SELECT count(*) FROM scan JOIN version ON version.ordinal = scan.version WHERE version.id = ?1";

const SELECT_SCANS: &str = "
    SELECT scan.record FROM scan JOIN version ON version.ordinal = scan.version
    WHERE version.id = ?1 ORDER BY scan.ordinal DESC LIMIT ?2 OFFSET ?3";

/// All columns are in the index, so that no version is read that does not fit.
macro_rules! fits {
    () => {
        "state <> 'removed' AND (NOT :held OR state = 'held')
         AND (:status IS NULL OR audit_status = :status)
         AND (:before IS NULL OR scanned_at < :before)
         AND (:rules IS NULL OR rules IS NOT :rules)"
    };
}

pub(crate) const COUNT_VERSIONS: &str = concat!("SELECT count(*) FROM version WHERE ", fits!());

pub(crate) const SELECT_VERSIONS: &str = concat!(
    "SELECT (SELECT name FROM skill WHERE skill.id = version.skill), brief FROM version WHERE ",
    fits!(),
    " AND (scanned_at, id) > (:after_scan, :after_id)
     ORDER BY scanned_at, id LIMIT :limit OFFSET :offset"
);

pub(super) fn scans(
    connection: &Connection,
    version: VersionId,
    offset: u64,
    limit: u32,
) -> Result<ScanHistory> {
    let id = version.as_uuid().as_bytes();
    let Count(total) = connection
        .prepare_cached(COUNT_SCANS)?
        .query_one([id], |row| row.get(0))?;
    let scans = connection
        .prepare_cached(SELECT_SCANS)?
        .query_map(params![id, limit, bounded(offset)], |row| json(row, 0))?
        .collect::<Result<_>>()?;
    Ok(ScanHistory { scans, total })
}

pub(super) fn versions(
    connection: &Connection,
    filter: &VersionFilter,
    part: VersionPart,
) -> Result<VersionList> {
    let status = filter.audit_status.map(AuditStatus::as_str);
    let before = filter.scanned_before.map(Timestamp::as_millis);
    let rules = filter.rules_other_than.as_deref();
    let Count(total) = connection.prepare_cached(COUNT_VERSIONS)?.query_one(
        named_params! { ":held": filter.held, ":status": status, ":before": before, ":rules": rules },
        |row| row.get(0),
    )?;
    let after = part.after;
    let after_scan = after.and_then(|place| place.scanned_at);
    // No id is empty.
    let after_id = after
        .as_ref()
        .map_or(&[][..], |place| &place.id.as_uuid().as_bytes()[..]);
    let items = connection
        .prepare_cached(SELECT_VERSIONS)?
        .query_map(
            named_params! {
                ":held": filter.held,
                ":status": status,
                ":before": before,
                ":rules": rules,
                ":after_scan": after_scan.map_or(NEVER, Timestamp::as_millis),
                ":after_id": after_id,
                ":limit": part.limit,
                ":offset": bounded(part.offset),
            },
            |row| {
                Ok(ListedVersion {
                    skill: text(row, 0)?,
                    brief: json(row, 1)?,
                })
            },
        )?
        .collect::<Result<_>>()?;
    Ok(VersionList { items, total })
}

/// Nothing has more rows than SQLite can count.
fn bounded(offset: u64) -> Count {
    Count(offset.min(i64::MAX.unsigned_abs()))
}
