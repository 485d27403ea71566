//! Scans of versions, their history, and versions looked for by them.

use tank_registry_core::MetadataStore;
use tank_registry_core::model::{Timestamp, VersionId, VersionKey, VersionState};
use tank_registry_core::scan::{AuditStatus, Finding, ScanRecord, ScanReport, Severity, Stage, Verdict};
use tank_registry_core::store::{
    Actor, Judged, Outcome, Release, ScanHistory, ScanPlace, SkillCommit, VersionFilter,
    VersionPart, VersionRecord,
};

use crate::StoreHandles;
use crate::fixtures::{a_user, done, give, head_only, minute, prepared, publish, skill};

/// A scan that applied some rules; without them it failed.
fn scan(rules: Option<&str>, findings: &[Severity], at: Timestamp) -> ScanRecord {
    let report = rules.map(|rules| {
        let mut report = ScanReport::new(rules);
        report.findings = findings
            .iter()
            .map(|severity| Finding::new(Stage::Code, *severity, "rule", "found"))
            .collect();
        report
    });
    ScanRecord { report, scanned_at: at }
}

fn key(number: &str) -> VersionKey {
    VersionKey::parse(number).unwrap()
}

async fn change(store: &dyn MetadataStore, name: &str, change: impl FnOnce(&mut SkillCommit)) {
    let mut commit = head_only(store, name).await;
    change(&mut commit);
    done(store, skill(commit)).await;
}

async fn scanned(store: &dyn MetadataStore, version: &VersionRecord, scan: ScanRecord) {
    let judged = Judged::new(scan, None, false);
    let key = VersionKey::from(&version.brief.version);
    change(store, version.name.as_str(), |commit| commit.scans.push((key, judged))).await;
}

async fn history(store: &dyn MetadataStore, id: VersionId) -> ScanHistory {
    store.scans(id, 0, 50).await.unwrap()
}

pub async fn a_scan_is_seen_in_the_skill_and_in_the_version(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let first = publish(store, &ada, "tool", "1.0.0").await;
    let second = publish(store, &ada, "tool", "1.1.0+build").await;
    let record = scan(Some("rules-1"), &[Severity::High], minute(7));
    let judged = Judged::new(record.clone(), Some(6), true);
    let at = key("1.1.0");
    change(store, "tool", |commit| {
        commit.states.push((at.clone(), VersionState::Held));
        commit.scans.push((at.clone(), judged));
    })
    .await;
    let held = handles.two.skill(&second.name).await.unwrap().unwrap();
    assert_eq!(held.versions[0], first.brief, "another version stays as it is");
    let brief = &held.versions[1];
    assert_eq!((brief.verdict, brief.audit_status), (Some(Verdict::Flagged), AuditStatus::Flagged));
    assert_eq!((brief.audit_score, brief.scanned_at), (Some(6), Some(minute(7))));
    assert_eq!((brief.rules_version.as_deref(), brief.awaits_scan), (Some("rules-1"), true));
    assert_eq!(brief.state, VersionState::Held);
    let by_key = handles.two.version(second.skill, &at).await.unwrap().unwrap();
    let by_id = handles.two.version_by_id(second.brief.id).await.unwrap().unwrap();
    for version in [by_key, by_id] {
        assert_eq!(version.brief, *brief);
        assert_eq!(version.scan, Some(record.clone()));
    }
}

pub async fn a_scan_that_failed_takes_verdict_score_and_rules_away(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let version = publish(store, &ada, "tool", "1.0.0").await;
    let good = Judged::new(scan(Some("rules-1"), &[], minute(1)), Some(9), false);
    change(store, "tool", |commit| commit.scans.push((key("1.0.0"), good))).await;
    scanned(store, &version, scan(None, &[], minute(2))).await;
    let held = handles.two.version_by_id(version.brief.id).await.unwrap().unwrap();
    let brief = held.brief;
    assert_eq!((brief.verdict, brief.audit_score, brief.rules_version), (None, None, None));
    assert_eq!((brief.audit_status, brief.scanned_at), (AuditStatus::ScanFailed, Some(minute(2))));
}

pub async fn a_state_that_is_set_ends_the_wait_for_a_scan(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let version = publish(store, &ada, "tool", "1.0.0").await;
    let judged = Judged::new(scan(None, &[], minute(1)), None, true);
    change(store, "tool", |commit| commit.scans.push((key("1.0.0"), judged))).await;
    let seen = handles.two.skill(&version.name).await.unwrap().unwrap();
    assert!(seen.versions[0].awaits_scan);
    let held = (key("1.0.0"), VersionState::Held);
    change(store, "tool", |commit| commit.states.push(held)).await;
    let seen = handles.two.skill(&version.name).await.unwrap().unwrap();
    assert!(!seen.versions[0].awaits_scan);
}

pub async fn old_scans_are_kept_the_newest_first(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let mut commit = prepared(store, &ada, "tool", "1.0.0").await;
    let first = scan(Some("rules-0"), &[], minute(9));
    let record = commit.add.as_mut().unwrap();
    record.scan = Some(first.clone());
    let version = (**record).clone();
    done(store, skill(commit)).await;
    let other = publish(store, &ada, "tool", "2.0.0").await;
    let one = ScanHistory { scans: vec![first.clone()], total: 1 };
    assert_eq!(history(&*handles.two, version.brief.id).await, one);
    // Times that go back do not change the order.
    let mut expected = vec![first];
    for number in 1..=4 {
        let next = scan(Some(&format!("rules-{number}")), &[Severity::Low], minute(9 - number));
        scanned(store, &version, next.clone()).await;
        expected.insert(0, next);
    }
    let id = version.brief.id;
    let all = ScanHistory { scans: expected.clone(), total: 5 };
    assert_eq!(history(&*handles.two, id).await, all);
    for (offset, limit, part) in [
        (0, 2, &expected[..2]),
        (3, 9, &expected[3..]),
        (5, 9, &[][..]),
        (u64::MAX, 9, &[]),
        (0, 0, &[]),
    ] {
        let found = handles.two.scans(id, offset, limit).await.unwrap();
        assert_eq!((&*found.scans, found.total), (part, 5), "{offset} {limit}");
    }
    let held = handles.two.version_by_id(id).await.unwrap().unwrap();
    assert_eq!(held.scan.as_ref(), Some(&expected[0]), "the newest is the current one");
    assert_eq!(history(&*handles.two, other.brief.id).await, ScanHistory::default());
}

pub async fn a_release_is_kept_with_its_version(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let version = publish(store, &ada, "tool", "1.0.0").await;
    let other = publish(store, &ada, "tool", "2.0.0").await;
    let knew = scan(Some("rules-1"), &[Severity::High, Severity::Info], minute(1));
    for (by, reason) in [(Actor::Operator, "Read \"it\" twice"), (Actor::User(ada.id), "Again")] {
        let release = Release::new(by, minute(2), reason.to_owned(), true, Some(&knew));
        assert_eq!(release.known.len(), 2);
        let change_to = (key("1.0.0"), release.clone());
        change(store, "tool", |commit| commit.releases.push(change_to)).await;
        let held = handles.two.version_by_id(version.brief.id).await.unwrap().unwrap();
        assert_eq!(held.release, Some(release));
        assert_eq!(held.brief, version.brief);
    }
    let held = handles.two.version_by_id(other.brief.id).await.unwrap().unwrap();
    assert_eq!(held.release, None);
}

pub async fn a_scan_and_a_release_are_of_versions_that_the_skill_has(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let version = publish(store, &ada, "tool", "1.0.0").await;
    publish(store, &ada, "other", "2.0.0").await;
    let judged = Judged::new(scan(Some("rules-1"), &[], minute(1)), Some(1), true);
    let release = Release::new(Actor::Operator, minute(1), "Fine".to_owned(), false, None);
    let before = handles.two.skill(&version.name).await.unwrap().unwrap();
    for number in ["2.0.0", "1.1.0"] {
        let mut scans = head_only(store, "tool").await;
        scans.scans = ["1.0.0", number].map(|at| (key(at), judged.clone())).to_vec();
        let mut releases = head_only(store, "tool").await;
        releases.releases = ["1.0.0", number].map(|at| (key(at), release.clone())).to_vec();
        // What a commit adds comes with all that is to be said of it.
        let mut added = prepared(store, &ada, "tool", "1.1.0").await;
        added.scans = vec![(key("1.1.0"), judged.clone())];
        for commit in [scans, releases, added] {
            assert_eq!(give(store, skill(commit)).await, Outcome::Missing);
        }
    }
    let after = handles.two.skill(&version.name).await.unwrap().unwrap();
    assert_eq!((after.versions, after.revision), (before.versions, before.revision));
    let held = handles.two.version_by_id(version.brief.id).await.unwrap().unwrap();
    assert_eq!((held.scan, held.release), (None, None));
    assert_eq!(history(&*handles.two, version.brief.id).await, ScanHistory::default());
}

/// The numbers of the versions that are found, and how many there are in all.
async fn found(
    store: &dyn MetadataStore,
    filter: &VersionFilter,
    part: VersionPart,
) -> (Vec<String>, u64) {
    let list = store.versions(filter, part).await.unwrap();
    let of = |item: tank_registry_core::store::ListedVersion| {
        format!("{} {}", item.skill, item.brief.version)
    };
    (list.items.into_iter().map(of).collect(), list.total)
}

pub async fn versions_are_found_by_their_scans_the_oldest_first(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let mut versions = Vec::new();
    for (name, number) in [("b", "1.0.0"), ("a", "1.0.0"), ("b", "1.1.0"), ("a", "2.0.0"), ("c", "1.0.0")] {
        versions.push(publish(store, &ada, name, number).await);
    }
    scanned(store, &versions[0], scan(Some("rules-2"), &[Severity::High], minute(3))).await;
    scanned(store, &versions[1], scan(Some("rules-1"), &[], minute(2))).await;
    scanned(store, &versions[3], scan(None, &[], minute(2))).await;
    scanned(store, &versions[4], scan(Some("rules-2"), &[], minute(1))).await;
    let yanked = VersionState::Yanked { reason: None };
    for (name, state) in [("a", yanked), ("b", VersionState::Held), ("c", VersionState::Removed)] {
        let state = (key("1.0.0"), state);
        change(store, name, |commit| commit.states.push(state)).await;
    }
    let two = &*handles.two;
    let everything = VersionFilter::default();
    let all = ["b 1.1.0", "a 1.0.0", "a 2.0.0", "b 1.0.0"];
    let first = VersionPart::first;
    assert_eq!(found(two, &everything, first(9)).await, (all.map(str::to_owned).to_vec(), 4));

    let held = VersionFilter { held: true, ..VersionFilter::default() };
    let with = |status| VersionFilter { audit_status: Some(status), ..VersionFilter::default() };
    let before = |time| VersionFilter { scanned_before: Some(time), ..VersionFilter::default() };
    let other = |rules: &str| VersionFilter {
        rules_other_than: Some(rules.to_owned()),
        ..VersionFilter::default()
    };
    let mut both = other("rules-1");
    both.scanned_before = Some(minute(3));
    for (filter, expected) in [
        (held, &all[3..]),
        (with(AuditStatus::Scanning), &all[..1]),
        (with(AuditStatus::ScanFailed), &all[2..3]),
        (with(AuditStatus::Completed), &all[1..2]),
        (with(AuditStatus::Failed), &[]),
        (before(minute(2)), &all[..1]),
        (before(minute(3)), &all[..3]),
        (other("rules-2"), &all[..3]),
        (other("rules-3"), &all[..]),
        (both, &["b 1.1.0", "a 2.0.0"]),
    ] {
        let (items, total) = found(two, &filter, first(9)).await;
        assert_eq!(items, expected, "{filter:?}");
        assert_eq!(total, expected.len() as u64, "{filter:?}");
    }

    // In parts, by offset and by place; the total is that of the list.
    let briefs = two.versions(&everything, first(9)).await.unwrap().items;
    for (at, place) in briefs.iter().map(|item| ScanPlace::from(&item.brief)).enumerate() {
        let behind = VersionPart { after: Some(place), offset: 0, limit: 9 };
        assert_eq!(found(two, &everything, behind).await, (all[at + 1..].iter().map(ToString::to_string).collect(), 4));
        let offset = VersionPart { after: None, offset: at as u64, limit: 1 };
        assert_eq!(found(two, &everything, offset).await, (vec![all[at].to_owned()], 4));
    }
    let past = VersionPart { after: None, offset: u64::MAX, limit: 9 };
    assert_eq!(found(two, &everything, past).await, (vec![], 4));
}
