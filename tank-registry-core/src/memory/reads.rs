//! What readers are told, each from one look at the state.

use super::state::{SkillRow, State};
use crate::auth::KeyHash;
use crate::model::{
    Day, SkillId, SkillName, Timestamp, UploadId, UserId, VersionId, VersionKey, VersionState,
};
use crate::store::{
    Change, Changes, ChangesSince, DerivedVersions, Key, ListedVersion, Membership, Position,
    ScanHistory, ScanPlace, Skill, Stars, User, UserRef, VersionBrief, VersionFilter, VersionList,
    VersionPart, VersionRecord,
};

pub(super) fn skill(state: &State, name: &SkillName) -> Option<Skill> {
    let row = state.skills.get(name)?;
    let versions = row.versions.iter();
    Some(Skill {
        id: row.id,
        name: name.clone(),
        revision: row.revision,
        created_at: row.created_at,
        head: row.head.clone(),
        versions: versions
            .filter_map(|(_, id)| state.versions.get(id))
            .map(|record| record.brief.clone())
            .collect(),
    })
}

pub(super) fn version(state: &State, skill: SkillId, key: &VersionKey) -> Option<VersionRecord> {
    let row = state.skills.values().find(|row| row.id == skill)?;
    state.versions.get(&row.version(key)?).cloned()
}

pub(super) fn scans(state: &State, version: VersionId, offset: u64, limit: u32) -> ScanHistory {
    let scans = state.scans.get(&version).map_or(&[][..], Vec::as_slice);
    ScanHistory {
        scans: scans
            .iter()
            .rev()
            .skip(usize::try_from(offset).unwrap_or(usize::MAX))
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect(),
        total: scans.len() as u64,
    }
}

pub(super) fn versions(state: &State, filter: &VersionFilter, part: VersionPart) -> VersionList {
    let all = state.versions.values();
    let mut fitting: Vec<&VersionRecord> =
        all.filter(|record| fits(&record.brief, filter)).collect();
    fitting.sort_by_key(|record| ScanPlace::from(&record.brief));
    let is_behind = |record: &&&VersionRecord| part.after < Some(ScanPlace::from(&record.brief));
    VersionList {
        total: fitting.len() as u64,
        items: fitting
            .iter()
            .filter(is_behind)
            .skip(usize::try_from(part.offset).unwrap_or(usize::MAX))
            .take(usize::try_from(part.limit).unwrap_or(usize::MAX))
            .map(|record| ListedVersion {
                skill: record.name.clone(),
                brief: record.brief.clone(),
            })
            .collect(),
    }
}

fn fits(brief: &VersionBrief, filter: &VersionFilter) -> bool {
    let status = filter.audit_status;
    let rules = filter.rules_other_than.as_ref();
    brief.state != VersionState::Removed
        && (!filter.held || brief.state == VersionState::Held)
        && status.is_none_or(|status| brief.audit_status == status)
        && filter
            .scanned_before
            .is_none_or(|time| brief.scanned_at.is_none_or(|at| at < time))
        && rules.is_none_or(|rules| brief.rules_version.as_ref() != Some(rules))
}

pub(super) fn staged_bytes(state: &State, owner: UserId, except: UploadId, now: Timestamp) -> u64 {
    state
        .open_uploads(owner, now)
        .filter(|session| session.id != except)
        .filter_map(|session| session.staged)
        .fold(0, u64::saturating_add)
}

pub(super) fn principal(state: &State, hash: &KeyHash) -> Option<(Key, User)> {
    let key = state.keys.values().find(|key| key.hash == *hash)?;
    let user = state.users.get(&key.user)?;
    Some((key.clone(), user.clone()))
}

pub(super) fn keys(state: &State, user: UserId) -> Vec<Key> {
    let keys = state.keys.values().filter(|key| key.user == user);
    let mut keys: Vec<Key> = keys.cloned().collect();
    keys.sort_by_key(|key| (key.created_at, key.id));
    keys
}

pub(super) fn user(state: &State, user: &UserRef) -> Option<User> {
    let mut users = state.users.values();
    let found = match user {
        UserRef::Id(id) => state.users.get(id),
        UserRef::Handle(handle) => users.find(|user| user.handle == *handle),
        UserRef::External(id) => users.find(|user| user.external.as_ref() == Some(id)),
    };
    found.cloned()
}

pub(super) fn memberships(state: &State, user: UserId) -> Vec<Membership> {
    // The map is in order of slugs already.
    let orgs = state.orgs.values();
    orgs.filter_map(|org| {
        let member = org.members.iter().find(|member| member.user == user)?;
        Some(Membership {
            org: org.id.clone(),
            slug: org.slug.clone(),
            role: member.role,
        })
    })
    .collect()
}

pub(super) fn downloads(state: &State, skill: SkillId, since: Day) -> u64 {
    let days = state
        .downloads
        .range((skill, since)..=(skill, Day(i64::MAX)));
    days.fold(0, |sum, (_, count)| sum.saturating_add(*count))
}

pub(super) fn stars(state: &State, skill: SkillId, user: Option<UserId>) -> Stars {
    let stars = state.stars.iter().filter(|(held, _)| *held == skill);
    Stars {
        count: stars.count() as u64,
        starred: user.is_some_and(|user| state.stars.contains(&(skill, user))),
    }
}

pub(super) fn users_by_email(state: &State, email: &str, limit: u32) -> Vec<User> {
    let users = state.users.values();
    users
        .filter(|user| user.email.eq_ignore_ascii_case(email))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .cloned()
        .collect()
}

pub(super) fn derived_before(
    state: &State,
    current: DerivedVersions,
    after: Option<&SkillName>,
    limit: u32,
) -> Vec<SkillName> {
    let is_old = |row: &SkillRow| {
        let entry = row.search.as_ref().map_or(0, |entry| entry.derived_version);
        row.head.derived_version < current.access
            || (row.head.latest.is_some() && entry < current.search)
    };
    let rows = state.skills.iter();
    rows.filter(|(name, row)| after.is_none_or(|after| *name > after) && is_old(row))
        .map(|(name, _)| name.clone())
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect()
}

pub(super) fn changes_since(state: &State, position: Position, limit: u32) -> ChangesSince {
    let feed = &state.feed;
    let newest = state.position(feed.len());
    if position.incarnation != newest.incarnation
        || position.sequence > newest.sequence
        || position.sequence < feed.forgotten
    {
        return ChangesSince::Lost;
    }
    let kept = (feed.forgotten + 1..).zip(&feed.kept);
    let items: Vec<Change> = kept
        .filter(|(sequence, _)| *sequence > position.sequence)
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .map(|(sequence, (_, key))| Change {
            position: state.position(sequence),
            key: key.clone(),
        })
        .collect();
    let next = items.last().map_or(position, |change| change.position);
    ChangesSince::Changes(Changes {
        items,
        next,
        more: next != newest,
    })
}
