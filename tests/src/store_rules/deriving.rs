//! What was derived by an older rule.

use tank_registry_core::MetadataStore;
use tank_registry_core::model::{VersionId, SkillName};
use tank_registry_core::store::{DerivedVersions, SkillCommit};
use uuid::Uuid;

use super::shelf::{change, public, shelve};
use crate::StoreHandles;
use crate::fixtures::skill_name;

const CURRENT: DerivedVersions = DerivedVersions { access: 3, search: 5 };

/// With a latest version, whether or not it has an entry.
fn derived(name: &str, access: u32, search: Option<u32>) -> SkillCommit {
    let mut commit = public(name, "word", "");
    commit.head.latest = Some(VersionId::new(Uuid::now_v7()));
    commit.head.derived_version = access;
    match (search, &mut commit.search) {
        (Some(version), Some(entry)) => entry.derived_version = version,
        (_, entry) => *entry = None,
    }
    commit
}

async fn old(store: &dyn MetadataStore, after: Option<&str>, limit: u32) -> Vec<String> {
    let after: Option<SkillName> = after.map(skill_name);
    let old = store.derived_before(CURRENT, after.as_ref(), limit).await.unwrap();
    old.iter().map(ToString::to_string).collect()
}

pub async fn what_an_older_rule_derived_is_told_in_order_of_names(handles: StoreHandles) {
    let store = &*handles.one;
    shelve(store, derived("new", 3, Some(5))).await;
    shelve(store, derived("newer", 4, Some(6))).await;
    shelve(store, derived("z-old-head", 2, Some(5))).await;
    shelve(store, derived("old-entry", 3, Some(4))).await;
    shelve(store, derived("@a/no-entry", 3, None)).await;
    let mut unlisted = derived("hidden", 2, None);
    unlisted.head.listed = false;
    unlisted.head.readers.clear();
    shelve(store, unlisted).await;
    // Without a latest version there is nothing to make an entry of.
    for (name, access) in [("empty", 3), ("empty-old", 2)] {
        let mut empty = derived(name, access, None);
        empty.head.latest = None;
        shelve(store, empty).await;
    }
    let all = ["@a/no-entry", "empty-old", "hidden", "old-entry", "z-old-head"];
    let store = &*handles.two;
    assert_eq!(old(store, None, 50).await, all);
    assert_eq!(old(store, None, 2).await, all[..2]);
    assert_eq!(old(store, Some("empty-old"), 2).await, all[2..4]);
    assert_eq!(old(store, Some("hidden-too"), 50).await, all[3..]);
    assert!(old(store, Some("z-old-head"), 50).await.is_empty());
    let everything = DerivedVersions { access: 9, search: 9 };
    let count = store.derived_before(everything, None, 50).await.unwrap().len();
    assert_eq!(count, 8);
}

pub async fn what_was_derived_again_is_told_no_more(handles: StoreHandles) {
    let store = &*handles.one;
    shelve(store, derived("one", 2, Some(4))).await;
    change(store, "one", |commit| commit.head.derived_version = 3).await;
    assert_eq!(old(&*handles.two, None, 50).await, ["one"]);
    change(store, "one", |commit| commit.search = derived("one", 3, Some(5)).search).await;
    assert!(old(&*handles.two, None, 50).await.is_empty());
    change(store, "one", |commit| commit.head.derived_version = 2).await;
    assert_eq!(old(&*handles.two, None, 50).await, ["one"]);
}
