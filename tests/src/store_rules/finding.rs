//! Which skills a search finds.

use tank_registry_core::access::{Audience, Token};
use tank_registry_core::model::{OrgId, SkillStatus, Visibility};
use tank_registry_core::scan::Verdict;
use tank_registry_core::store::{Filters, Find, Sort};

use super::shelf::{
    EVER, change, downloaded, entry, find, named, names, private, public, shelve, star, terms,
};
use crate::StoreHandles;
use crate::fixtures::{NOW, a_user, done, minute, user};

pub async fn only_listed_skills_that_the_audience_may_read_are_found(handles: StoreHandles) {
    let store = &*handles.one;
    let (ada, acme) = (Token::user(user("ada").id), Token::org(&OrgId::new("acme")));
    shelve(store, public("open", "pdf", "")).await;
    shelve(store, private("hers", "pdf", std::slice::from_ref(&ada))).await;
    shelve(store, private("theirs", "pdf", &[ada.clone(), acme.clone()])).await;
    shelve(store, private("nobodys", "pdf", &[])).await;
    let mut unlisted = public("unlisted", "pdf", "");
    unlisted.head.listed = false;
    shelve(store, unlisted).await;
    let mut bare = public("bare", "pdf", "");
    bare.search = None;
    shelve(store, bare).await;
    for (audience, expected) in [
        (Audience::anonymous(), &["open"][..]),
        (Audience::AnyOf(vec![]), &[]),
        (Audience::AnyOf(vec![ada.clone()]), &["hers", "theirs"]),
        (
            Audience::AnyOf(vec![Token::public(), acme]),
            &["open", "theirs"],
        ),
        (
            Audience::AnyOf(vec![Token::public(), ada]),
            &["open", "hers", "theirs"],
        ),
        (Audience::All, &["open", "hers", "theirs", "nobodys"]),
    ] {
        let mut questions = vec![find(&[&["pdf"]]), find(&[]), Find::all(Audience::All, EVER)];
        let mut bounded = questions[2].clone();
        bounded.bound = Some(1000);
        questions.push(bounded);
        for mut question in questions {
            question.audience = audience.clone();
            let found = handles.two.find(question.clone()).await.unwrap();
            assert_eq!(names(&found), expected, "{question:?}");
            assert_eq!(found.total, expected.len() as u64, "{question:?}");
            assert!(!found.total_is_lower_bound, "{question:?}");
        }
    }
}

pub async fn a_match_holds_an_alternative_of_every_word(handles: StoreHandles) {
    let store = &*handles.one;
    shelve(store, public("one", "read pdf file", "print")).await;
    shelve(store, public("two", "write", "pdf größe 入門 and")).await;
    shelve(store, public("three", "pdfs", "")).await;
    for (words, expected) in [
        (&[&["pdf"][..]][..], &["one", "two"][..]),
        (&[&["pdf"], &["print"]], &["one"]),
        (&[&["print"], &["write"]], &[]),
        (&[&["print", "write"]], &["one", "two"]),
        (&[&["none", "pdfs"], &["pdfs"]], &["three"]),
        (&[&["größe"], &["入門"]], &["two"]),
        (&[&["pd"]], &[]),
        (&[&["none"]], &[]),
        (&[&[]], &[]),
        // A word, whatever it means to an index.
        (&[&["and"]], &["two"]),
        (&[&["or"], &["not"], &["near"]], &[]),
    ] {
        let found = handles.two.find(find(words)).await.unwrap();
        assert_eq!(names(&found), expected, "{words:?}");
    }
}

pub async fn the_last_word_may_be_a_beginning(handles: StoreHandles) {
    let store = &*handles.one;
    let long = "x".repeat(64);
    shelve(store, public("one", "invoice reader", &long)).await;
    shelve(store, public("two", "invoic", "readings 入門書")).await;
    for (words, expected) in [
        (&[&["in"][..]][..], &["one", "two"][..]),
        (&[&["invoice"]], &["one"]),
        (&[&["invoi"], &["reader"]], &[]),
        (&[&["invoic"], &["read"]], &["two"]),
        (&[&["reader"], &["invoi"]], &["one"]),
        (&[&["reading", "inv"]], &["one", "two"]),
        (&[&["readings"]], &["two"]),
        (&[&["xxxxxxxx"]], &["one"]),
        (&[&["入門"]], &["two"]),
        (&[&["nvoice"]], &[]),
    ] {
        let mut question = find(words);
        question.last_is_prefix = true;
        let found = handles.two.find(question).await.unwrap();
        assert_eq!(names(&found), expected, "{words:?}");
    }
}

pub async fn a_name_that_contains_the_question_matches(handles: StoreHandles) {
    let store = &*handles.one;
    for name in ["@acme/pdf-tools", "@acme/tools", "tools", "ac"] {
        shelve(store, public(name, "word", "")).await;
    }
    for (name, expected) in [
        ("tools", &["tools", "@acme/tools", "@acme/pdf-tools"][..]),
        ("@acme/tools", &["@acme/tools"]),
        ("e/t", &["@acme/tools"]),
        ("acm", &["@acme/pdf-tools", "@acme/tools"]),
        ("ac", &["ac"]),
        ("a", &[]),
        ("", &[]),
        ("pdf_tools", &[]),
        ("t%ls", &[]),
        ("*", &[]),
        ("too*", &[]),
        ("'", &[]),
        ("\"tools\"", &[]),
        ("tools'; --", &[]),
        ("\\", &[]),
        ("\u{1f680}\u{1f680}\u{1f680}", &[]),
        ("too\0ls", &[]),
    ] {
        let found = handles.two.find(named(name)).await.unwrap();
        assert_eq!(names(&found), expected, "{name:?}");
        // A name widens what the words find; it does not narrow it.
        let mut question = find(&[&["none"]]);
        question.name = Some(name.to_owned());
        let found = handles.two.find(question.clone()).await.unwrap();
        assert_eq!(names(&found), expected, "{name:?}");
        question.words = find(&[&["word"]]).words;
        let found = handles.two.find(question).await.unwrap();
        assert_eq!(found.total, 4, "{name:?}");
    }
}

pub async fn a_list_is_in_order_of_name_then_popularity_then_age(handles: StoreHandles) {
    let store = &*handles.one;
    let mut skills = Vec::new();
    for name in [
        "@a/my-pdf", "@a/pdf-x", "@b/pdf", "other", "pdf-y", "pdf", "late", "early",
    ] {
        skills.push(shelve(store, public(name, "pdf", "")).await);
    }
    // Old downloads count as much as new ones; 5 and 6 are of one class, 7 is of the next.
    done(store, downloaded(skills[7], 4000, 7)).await;
    done(store, downloaded(skills[3], 0, 5)).await;
    done(store, downloaded(skills[6], 1, 6)).await;
    done(store, downloaded(skills[2], 1, 1)).await;
    let mut question = find(&[&["pdf"]]);
    question.name = Some("pdf".to_owned());
    let by_name = ["pdf", "pdf-y", "@b/pdf", "@a/pdf-x", "@a/my-pdf"];
    let others = ["early", "other", "late"];
    let found = handles.two.find(question.clone()).await.unwrap();
    assert_eq!(names(&found), [&by_name[..], &others].concat());
    question.name = None;
    let found = handles.two.find(question.clone()).await.unwrap();
    let by_popularity = ["early", "other", "late", "@b/pdf", "@a/my-pdf", "@a/pdf-x", "pdf-y", "pdf"];
    assert_eq!(names(&found), by_popularity);
    // One more download in all: `late` is of the next class too, and older than `early`.
    done(store, downloaded(skills[6], 300, 1)).await;
    let found = handles.two.find(question).await.unwrap();
    assert_eq!(names(&found)[..3], ["late", "early", "other"]);
}

pub async fn a_list_ends_at_its_bound(handles: StoreHandles) {
    let store = &*handles.one;
    for number in 0..7 {
        let mut commit = public(&format!("s{number}"), "pdf", "");
        commit.head.updated_at = minute(number);
        shelve(store, commit).await;
    }
    for (bound, total, more) in [(Some(7), 7, false), (Some(6), 6, true), (Some(1), 1, true)] {
        let mut question = find(&[&["pdf"]]);
        question.bound = bound;
        let found = handles.two.find(question.clone()).await.unwrap();
        assert_eq!(names(&found).len() as u64, total);
        assert_eq!((found.total, found.total_is_lower_bound), (total, more), "{bound:?}");
        // Another order arranges the list and brings nothing else into it.
        question.sort = Sort::Updated;
        let sorted = handles.two.find(question).await.unwrap();
        let mut expected = names(&found);
        expected.reverse();
        assert_eq!(names(&sorted), expected);
        assert_eq!((sorted.total, sorted.total_is_lower_bound), (total, more));
    }
    let whole = handles.two.find(Find::all(Audience::anonymous(), EVER)).await.unwrap();
    assert_eq!(names(&whole), ["s6", "s5", "s4", "s3", "s2", "s1", "s0"]);
    assert_eq!((whole.total, whole.total_is_lower_bound), (7, false));
}

pub async fn a_list_is_answered_in_parts(handles: StoreHandles) {
    let store = &*handles.one;
    for number in 0..9 {
        shelve(store, public(&format!("s{number}"), "pdf", "")).await;
    }
    let whole = Find::all(Audience::anonymous(), EVER);
    let mut sorted = find(&[&["pdf"]]);
    sorted.sort = Sort::Name;
    for question in [find(&[&["pdf"]]), named("s"), sorted, find(&[]), whole] {
        let all = handles.two.find(question.clone()).await.unwrap();
        for limit in [1, 4, 9, 50] {
            let mut parts = Vec::new();
            for part in 0..=9_u64.div_ceil(u64::from(limit)) {
                let mut question = question.clone();
                question.offset = part * u64::from(limit);
                question.limit = limit;
                let found = handles.two.find(question).await.unwrap();
                assert_eq!(found.total, all.total);
                assert!(found.hits.len() <= limit as usize);
                parts.extend(found.hits);
            }
            assert_eq!(parts, all.hits, "{limit} at a time");
        }
        for offset in [9, 10, 1 << 40, i64::MAX as u64, u64::MAX] {
            let mut question = question.clone();
            question.offset = offset;
            let found = handles.two.find(question).await.unwrap();
            assert_eq!((found.hits.len(), found.total), (0, all.total), "from {offset}");
        }
    }
}

pub async fn a_sort_arranges_the_list_and_ties_are_in_order_of_age(handles: StoreHandles) {
    let store = &*handles.one;
    let fans = [a_user(store, "ada").await.id, a_user(store, "bob").await.id];
    let mut skills = Vec::new();
    for (name, updated, score) in [
        ("m", 3, Some(4)),
        ("z", 9, None),
        ("a", 3, Some(10)),
        ("@b/c", 5, Some(4)),
        ("k", 9, Some(0)),
    ] {
        let mut commit = public(name, "pdf", "");
        commit.head.updated_at = minute(updated);
        commit.search.as_mut().unwrap().audit_score = score;
        skills.push(shelve(store, commit).await);
    }
    for (skill, days_ago, count) in [(0, 0, 3), (1, 6, 3), (2, 7, 100), (3, 1, 2), (3, 0, 2)] {
        done(store, downloaded(skills[skill], days_ago, count)).await;
    }
    done(store, star(skills[4], fans[0], true)).await;
    for fan in fans {
        done(store, star(skills[2], fan, true)).await;
    }
    done(store, star(skills[0], fans[1], true)).await;
    for (sort, expected) in [
        (Sort::Updated, ["z", "k", "@b/c", "m", "a"]),
        (Sort::Downloads, ["@b/c", "m", "z", "a", "k"]),
        (Sort::Stars, ["a", "m", "k", "z", "@b/c"]),
        (Sort::Score, ["a", "m", "@b/c", "k", "z"]),
        (Sort::Name, ["@b/c", "a", "k", "m", "z"]),
    ] {
        let mut question = find(&[&["pdf"]]);
        question.since = NOW.day().minus(6);
        question.sort = sort;
        let found = handles.two.find(question.clone()).await.unwrap();
        assert_eq!(names(&found), expected, "{sort:?}");
        question.words.clear();
        let found = handles.two.find(question).await.unwrap();
        assert_eq!(names(&found), expected, "{sort:?} without words");
    }
}

pub async fn a_filter_is_part_of_the_question(handles: StoreHandles) {
    let store = &*handles.one;
    let mut one = public("one", "pdf", "text");
    one.head.updated_at = minute(5);
    let known = one.search.as_mut().unwrap();
    known.verdict = Some(Verdict::Flagged);
    known.atom_kinds = vec!["hook".to_owned(), "tool".to_owned()];
    shelve(store, one).await;
    let mut two = private("two", "pdf", &[Token::public()]);
    two.head.updated_at = minute(6);
    two.search.as_mut().unwrap().verdict = Some(Verdict::Pass);
    shelve(store, two).await;
    shelve(store, public("three", "pdf", "text")).await;
    let filter = |change: &dyn Fn(&mut Filters)| {
        let mut filters = Filters::default();
        change(&mut filters);
        filters
    };
    for (filters, expected) in [
        (filter(&|_| {}), &["one", "two", "three"][..]),
        (filter(&|f| f.visibility = Some(Visibility::Public)), &["one", "three"]),
        (filter(&|f| f.visibility = Some(Visibility::Private)), &["two"]),
        (filter(&|f| f.verdict = Some(Verdict::Flagged)), &["one"]),
        (filter(&|f| f.verdict = Some(Verdict::Pass)), &["two"]),
        (filter(&|f| f.verdict = Some(Verdict::Fail)), &[]),
        (filter(&|f| f.updated_since = Some(minute(5))), &["one", "two"]),
        (filter(&|f| f.updated_since = Some(minute(6))), &["two"]),
        (filter(&|f| f.has_readme = true), &["one", "three"]),
        (filter(&|f| f.atom_kind = Some("tool".to_owned())), &["one"]),
        (filter(&|f| f.atom_kind = Some("skill".to_owned())), &["two", "three"]),
        (filter(&|f| f.atom_kind = Some("too".to_owned())), &[]),
        (
            filter(&|f| {
                f.has_readme = true;
                f.atom_kind = Some("hook".to_owned());
            }),
            &["one"],
        ),
    ] {
        for mut question in [find(&[&["pdf"]]), find(&[])] {
            question.filters = filters.clone();
            let found = handles.two.find(question).await.unwrap();
            assert_eq!(names(&found), expected, "{filters:?}");
            assert_eq!(found.total, expected.len() as u64, "{filters:?}");
        }
    }
}

pub async fn a_hit_tells_what_is_known_of_its_skill(handles: StoreHandles) {
    let store = &*handles.one;
    let ada = a_user(store, "ada").await;
    let mut commit = private("@acme/pdf", "acme pdf", &[Token::public()]);
    commit.head.publisher = ada.id;
    commit.head.updated_at = minute(4);
    commit.head.status = SkillStatus::Deprecated { message: None };
    let known = commit.search.as_mut().unwrap();
    known.description = Some("reads \"PDF\"; 'files'".to_owned());
    known.audit_score = Some(9);
    known.verdict = Some(Verdict::PassWithNotes);
    known.atom_kinds = vec!["tool".to_owned(), "hook".to_owned()];
    let known = known.clone();
    let id = shelve(store, commit).await;
    done(store, downloaded(id, 0, 2)).await;
    done(store, downloaded(id, 6, 40)).await;
    done(store, downloaded(id, 7, 800)).await;
    done(store, star(id, ada.id, true)).await;
    let mut question = find(&[&["pdf"]]);
    question.since = NOW.day().minus(6);
    let mut anything = question.clone();
    anything.words.clear();
    for question in [question, anything] {
        let found = handles.two.find(question).await.unwrap();
        let [hit] = &found.hits[..] else {
            panic!("{found:?}");
        };
        assert_eq!(hit.skill, id);
        assert_eq!(hit.name.as_str(), "@acme/pdf");
        assert_eq!(hit.publisher, ada.id);
        assert_eq!(hit.visibility, Visibility::Private);
        assert!(hit.deprecated);
        assert_eq!(hit.updated_at, minute(4));
        assert_eq!((hit.downloads, hit.stars), (42, 1));
        assert_eq!(hit.terms, terms("acme pdf"));
        assert_eq!(hit.description, known.description);
        assert_eq!(hit.latest, known.latest);
        assert_eq!(hit.audit_score, known.audit_score);
        assert_eq!(hit.verdict, known.verdict);
        assert_eq!(hit.atom_kinds, known.atom_kinds);
    }
}

pub async fn a_commit_replaces_an_entry_or_leaves_it(handles: StoreHandles) {
    let store = &*handles.one;
    shelve(store, public("one", "old", "older")).await;
    let found = async |word: &str| {
        let found = handles.two.find(find(&[&[word]])).await.unwrap();
        found.total
    };
    change(store, "one", |_| {}).await;
    assert_eq!((found("old").await, found("older").await), (1, 1));
    change(store, "one", |commit| {
        commit.search = Some(Box::new(entry("new", "newer")));
    })
    .await;
    assert_eq!((found("old").await, found("older").await), (0, 0));
    assert_eq!((found("new").await, found("newer").await), (1, 1));
    change(store, "one", |commit| commit.head.listed = false).await;
    assert_eq!(found("new").await, 0);
    change(store, "one", |commit| {
        commit.search = Some(Box::new(entry("newest", "")));
    })
    .await;
    change(store, "one", |commit| commit.head.listed = true).await;
    assert_eq!((found("new").await, found("newest").await), (0, 1));
    change(store, "one", |commit| commit.head.readers.clear()).await;
    assert_eq!(found("newest").await, 0);
}
