//! Terms that are near one another.

use std::collections::BTreeSet;

use tank_registry_core::MetadataStore;
use tank_registry_core::access::{Audience, Token};
use tank_registry_core::search::distance;
use tank_registry_core::store::Term;

use super::shelf::{Dice, change, entry, private, public, shelve};
use crate::StoreHandles;
use crate::fixtures::user;

async fn near(store: &dyn MetadataStore, audience: &Audience, term: &str, max: u32) -> Vec<String> {
    let found = store.near(audience, &Term::new(term), max).await.unwrap();
    let mut found: Vec<String> = found.iter().map(|term| term.as_str().to_owned()).collect();
    found.sort_unstable();
    found
}

pub async fn a_term_is_near_within_the_distance(handles: StoreHandles) {
    let store = &*handles.one;
    shelve(store, public("one", "react größe", "reacts 入門")).await;
    shelve(store, public("two", "react reactive x", "actor")).await;
    let anyone = Audience::anonymous();
    for (term, max, expected) in [
        ("react", 1, &["react", "reacts"][..]),
        ("recat", 1, &["react"]),
        ("recat", 2, &["react", "reacts"]),
        ("eract", 1, &["react"]),
        ("reac", 1, &["react"]),
        ("act", 2, &["actor", "react"]),
        ("reactvie", 1, &["reactive"]),
        ("reactivty", 2, &["reactive"]),
        ("grösse", 2, &["größe"]),
        ("größen", 1, &["größe"]),
        ("入问", 1, &["入門"]),
        ("入", 1, &["x", "入門"]),
        ("y", 1, &["x"]),
        ("none", 1, &[]),
        ("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 2, &[]),
    ] {
        assert_eq!(near(&*handles.two, &anyone, term, max).await, expected, "{term} {max}");
    }
}

pub async fn a_term_that_only_others_may_read_is_not_near(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = Token::user(user("ada").id);
    let hers = Audience::AnyOf(vec![Token::public(), ada.clone()]);
    let anyone = Audience::anonymous();
    shelve(store, private("secret", "react shared", std::slice::from_ref(&ada))).await;
    shelve(store, public("open", "shared", "")).await;
    let seen = async |audience: &Audience| {
        let mut seen = near(&*handles.two, audience, "recat", 2).await;
        seen.extend(near(&*handles.two, audience, "share", 1).await);
        seen
    };
    assert_eq!(seen(&anyone).await, ["shared"]);
    assert_eq!(seen(&hers).await, ["react", "shared"]);
    assert_eq!(seen(&Audience::All).await, ["react", "shared"]);
    assert!(seen(&Audience::AnyOf(Vec::new())).await.is_empty());
    // Readers, and whether a skill is listed, move without a new entry.
    change(store, "secret", |commit| commit.head.readers = vec![Token::public()]).await;
    assert_eq!(seen(&anyone).await, ["react", "shared"]);
    change(store, "open", |commit| commit.head.listed = false).await;
    assert_eq!(seen(&anyone).await, ["react", "shared"]);
    change(store, "secret", |commit| commit.head.readers = vec![ada]).await;
    assert!(seen(&anyone).await.is_empty());
    assert_eq!(seen(&hers).await, ["react", "shared"]);
    change(store, "secret", |commit| commit.head.listed = false).await;
    assert!(seen(&hers).await.is_empty());
    assert!(seen(&Audience::All).await.is_empty());
}

pub async fn a_term_is_near_as_long_as_somebody_holds_it(handles: StoreHandles) {
    let store = &*handles.one;
    let anyone = Audience::anonymous();
    shelve(store, public("one", "react", "react")).await;
    shelve(store, public("two", "", "react")).await;
    let seen = async || near(&*handles.two, &anyone, "recat", 1).await;
    for number in 0..3 {
        change(store, "one", |commit| {
            commit.search = Some(Box::new(entry(&format!("react w{number}"), "")));
        })
        .await;
        assert_eq!(seen().await, ["react"]);
    }
    change(store, "one", |commit| commit.search = Some(Box::new(entry("other", "")))).await;
    assert_eq!(seen().await, ["react"]);
    change(store, "two", |commit| commit.search = Some(Box::new(entry("other", "")))).await;
    assert!(seen().await.is_empty());
    for listed in [false, false, true, true, false] {
        change(store, "two", |commit| {
            commit.head.listed = listed;
            commit.search = Some(Box::new(entry("react", "")));
        })
        .await;
        assert_eq!(!seen().await.is_empty(), listed);
    }
}

pub async fn all_terms_that_are_near_are_told(handles: StoreHandles) {
    let store = &*handles.one;
    let mut dice = Dice::new(11);
    let mut word = || {
        let letters = dice.roll(7) + 1;
        (0..letters).map(|_| dice.pick(&["a", "b", "r", "é", "猫"])).collect::<String>()
    };
    let mut held = BTreeSet::new();
    for number in 0..20 {
        let words: Vec<String> = (0..20).map(|_| word()).collect();
        held.extend(words.iter().cloned());
        let (name, readme) = words.split_at(10);
        let readme: Vec<String> = readme.iter().filter(|word| !name.contains(word)).cloned().collect();
        let commit = public(&format!("s{number}"), &name.join(" "), &readme.join(" "));
        shelve(store, commit).await;
    }
    for _ in 0..100 {
        let asked = word();
        for max in [1, 2] {
            let expected: Vec<&String> = held
                .iter()
                .filter(|held| distance(held, &asked) <= max)
                .collect();
            let found = near(&*handles.two, &Audience::anonymous(), &asked, max).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{asked} {max}");
        }
    }
}
