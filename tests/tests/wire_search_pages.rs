//! Which part of what was found is answered, and in which order: section 4.11 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::{Scope, maintenance};
use tank_registry_tests::wire::{Answer, TestRegistry, manifest};

async fn get(test: &TestRegistry, query: &str) -> Answer {
    let answer = test.get(None, &format!("/api/v1/search?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    answer
}

/// Skills `s000` and so on, all of one word, one a minute.
async fn many(count: usize, bound: u32) -> TestRegistry {
    let test = TestRegistry::with_settings(|settings| settings.search_bound = bound).await;
    for number in 0..count {
        let skill = manifest(&format!("s{number:03}"), "1.0.0");
        test.seed("admin", &skill, "pdf").await;
        test.clock.advance(Duration::from_mins(1));
    }
    test
}

#[tokio::test]
async fn page_and_limit_are_moved_to_what_is_allowed_and_told() {
    let test = many(60, 1000).await;
    for (query, page, limit, count) in [
        ("", 1, 20, 20),
        ("page=3", 3, 20, 20),
        ("page=4", 4, 20, 0),
        ("limit=50", 1, 50, 50),
        ("limit=51", 1, 50, 50),
        ("limit=99999999999999999999999", 1, 50, 50),
        ("limit=1&page=60", 60, 1, 1),
        ("limit=1&page=61", 61, 1, 0),
        ("limit=0", 1, 1, 1),
        ("limit=-7", 1, 1, 1),
        ("page=0", 1, 20, 20),
        ("page=-1", 1, 20, 20),
        ("page=0002&limit=007", 2, 7, 7),
        ("page=30&limit=50", 30, 50, 0),
        (
            "page=9007199254740991&limit=50",
            9_007_199_254_740_991,
            50,
            0,
        ),
        (
            "page=18446744073709551615&limit=50",
            9_007_199_254_740_991,
            50,
            0,
        ),
        ("page=99999999999999999999999", 9_007_199_254_740_991, 20, 0),
        ("limit=3&limit=9", 1, 3, 3),
    ] {
        for q in ["", "q=pdf", "q=s0", "sort=name", "q=pdf&sort=updated"] {
            let answer = get(&test, &format!("{q}&{query}")).await;
            assert_eq!(answer.number("page"), page, "{q}&{query}");
            assert_eq!(answer.number("limit"), limit, "{q}&{query}");
            assert_eq!(answer.list("results").len(), count, "{q}&{query}");
            assert_eq!(answer.number("total"), 60, "{q}&{query}");
        }
    }
}

#[tokio::test]
async fn what_is_no_integer_or_too_long_is_refused() {
    let test = TestRegistry::new().await;
    let integer = json!(["Invalid input: expected integer"]);
    let long = json!(["Query must be 256 characters or fewer"]);
    let (fits, exceeds) = ("x".repeat(256), "x".repeat(257));
    for (query, details) in [
        ("page=x".to_owned(), json!({ "page": integer })),
        ("limit=".to_owned(), json!({ "limit": integer })),
        ("limit=1.5".to_owned(), json!({ "limit": integer })),
        ("limit=1e3".to_owned(), json!({ "limit": integer })),
        ("limit=%2B1".to_owned(), json!({ "limit": integer })),
        ("limit=--1".to_owned(), json!({ "limit": integer })),
        ("limit=5+".to_owned(), json!({ "limit": integer })),
        ("limit=٣".to_owned(), json!({ "limit": integer })),
        (format!("q={exceeds}"), json!({ "q": long })),
        (
            format!("q={}", "%F0%9F%9A%80".repeat(129)),
            json!({ "q": long }),
        ),
        (
            format!("q={exceeds}&page=a&limit=b"),
            json!({ "limit": integer, "page": integer, "q": long }),
        ),
    ] {
        let query = query.replace('٣', "%D9%A3");
        let answer = test.get(None, &format!("/api/v1/search?{query}")).await;
        let expected = json!({ "error": "Invalid query parameters", "details": details });
        assert_eq!((answer.status, &answer.json), (400, &expected), "{query}");
    }
    get(&test, &format!("q={fits}")).await;
    get(&test, &format!("q={}", "%F0%9F%9A%80".repeat(128))).await;
}

#[tokio::test]
async fn pages_are_parts_of_one_list() {
    let test = many(260, 250).await;
    for query in [
        "q=pdf",
        "q=pd",
        "q=s0",
        "sort=name",
        "docs=1",
        "",
        "q=pdf&sort=updated",
    ] {
        for limit in [7, 50] {
            let (mut all, mut page) = (Vec::new(), 1);
            let mut totals = Vec::new();
            loop {
                let answer = get(&test, &format!("{query}&page={page}&limit={limit}")).await;
                totals.push((
                    answer.number("total"),
                    answer.json["totalIsLowerBound"].clone(),
                ));
                let found = answer.names();
                if found.is_empty() {
                    break;
                }
                all.extend(found.into_iter().map(ToOwned::to_owned));
                page += 1;
            }
            let expected = match query {
                "" => (260, json!(false)),
                "q=s0" => (100, json!(false)),
                _ => (250, json!(true)),
            };
            assert!(
                totals.iter().all(|total| *total == expected),
                "{query}: {totals:?}"
            );
            assert_eq!(all.len() as u64, expected.0, "{query}");
            all.sort_unstable();
            all.dedup();
            assert_eq!(
                all.len() as u64,
                expected.0,
                "{query}: something came twice"
            );
        }
    }
}

#[tokio::test]
async fn a_list_ends_at_its_bound_and_says_so() {
    let test = many(12, 10).await;
    let answer = get(&test, "q=pdf&limit=50").await;
    assert_eq!(answer.list("results").len(), 10);
    assert_eq!(answer.number("total"), 10);
    assert_eq!(answer.json["totalIsLowerBound"], true);
    // All of it arranged, and nothing brought in: the newest two are not of the list.
    let sorted = get(&test, "q=pdf&limit=50&sort=updated").await;
    assert_eq!(
        (sorted.names()[0], sorted.list("results").len()),
        ("s009", 10)
    );
    let all = get(&test, "limit=50").await;
    assert_eq!((all.names()[0], all.number("total")), ("s011", 12));
    assert_eq!(all.json["totalIsLowerBound"], false);
    let filtered = get(&test, "limit=50&docs=1").await;
    assert_eq!(
        (filtered.names()[0], filtered.number("total")),
        ("s009", 10)
    );
}

#[tokio::test]
async fn the_first_two_hundred_are_in_order_of_their_scores() {
    let test = TestRegistry::new().await;
    for number in 0..230 {
        let name = format!("s{number:03}");
        // The readme is enough to match, the description scores higher.
        let about = if number % 2 == 0 { "other" } else { "pdf" };
        let skill = json!({ "name": name, "version": "1.0.0", "description": about });
        test.seed("admin", &skill, "pdf").await;
    }
    let name = |number: usize| format!("s{number:03}");
    let described = (0..200).filter(|number| number % 2 == 1).map(name);
    let others = (0..200).filter(|number| number % 2 == 0).map(name);
    let expected: Vec<String> = described
        .chain(others)
        .chain((200..230).map(name))
        .collect();
    for limit in [50, 30, 7] {
        let mut all = Vec::new();
        for page in 1..=230_usize.div_ceil(limit) {
            let answer = get(&test, &format!("q=pdf&page={page}&limit={limit}")).await;
            all.extend(answer.names().into_iter().map(ToOwned::to_owned));
        }
        assert_eq!(all, expected, "{limit} a page");
    }
}

#[tokio::test]
async fn a_list_can_be_sorted_and_filtered() {
    let test = TestRegistry::new().await;
    test.create_user("ada").await;
    let day = Duration::from_hours(24);
    let skill = |name: &str| json!({ "name": name, "version": "1.0.0", "description": "pdf" });
    let old = test.seed("admin", &skill("old"), "readme").await;
    test.clock.advance(340 * day);
    let mut tool = skill("month");
    tool["atoms"] = json!([{ "kind": "tool" }]);
    let month = test.seed("admin", &tool, "").await;
    test.clock.advance(23 * day);
    test.seed("admin", &skill("week"), " \n").await;
    test.clock.advance(3 * day);
    let new = test.seed("admin", &skill("@a/new"), "readme").await;
    let mut private = skill("private");
    private["visibility"] = json!("private");
    test.seed("admin", &private, "").await;
    for (skill, count) in [(old, 5), (new, 7)] {
        test.downloaded(skill, count).await;
    }
    for (skill, by) in [(month, "ada"), (month, "admin"), (old, "ada")] {
        test.starred(skill, by).await;
    }
    for (parameters, expected) in [
        ("sort=updated", &["@a/new", "week", "month", "old"][..]),
        ("sort=downloads", &["@a/new", "old", "month", "week"]),
        ("sort=stars", &["month", "old", "week", "@a/new"]),
        ("sort=name", &["@a/new", "month", "old", "week"]),
        ("sort=name&page=2&limit=3", &["week"]),
        ("sort=name&freshness=week", &["@a/new", "week"]),
        ("sort=name&freshness=month", &["@a/new", "month", "week"]),
        ("sort=name&freshness=year", &["@a/new", "month", "week"]),
        ("sort=name&docs=1", &["@a/new", "old"]),
        ("sort=name&docs=1&freshness=week", &["@a/new"]),
        ("sort=name&atomKind=tool", &["month"]),
        ("sort=name&atomKind=skill", &["@a/new", "old", "week"]),
        ("sort=name&visibility=private", &[]),
        (
            "sort=name&visibility=public",
            &["@a/new", "month", "old", "week"],
        ),
        ("sort=name&security=pass", &[]),
        ("sort=name&atomKind=hook", &[]),
        // What is unknown is ignored.
        (
            "sort=name&docs=yes&visibility=secret&security=good&freshness=day&atomKind=x&more=1",
            &["@a/new", "month", "old", "week"],
        ),
        ("sort=best&docs=1&q=pdf", &["@a/new", "old"]),
    ] {
        for q in ["", "&q=pdf"] {
            let answer = get(&test, &format!("{parameters}{q}")).await;
            assert_eq!(answer.names(), expected, "{parameters}{q}");
        }
    }
    // Without a text the last update is first, filtered or not.
    let answer = get(&test, "docs=1").await;
    assert_eq!(answer.names(), ["@a/new", "old"]);
    let path = "/api/v1/search?visibility=private";
    // The first key has ended with the year.
    let admin = test.key("admin", &[Scope::Admin]).await.secret;
    let answer = test.get(Some(&admin), path).await;
    assert_eq!(answer.names(), ["private"]);
    let shown = get(&test, "q=month").await;
    assert_eq!(shown.json["results"][0]["stars"], 2);
    test.clock.advance(7 * day);
    let answer = get(&test, "q=new").await;
    assert_eq!(answer.json["results"][0]["downloads"], 0);
}

#[tokio::test]
async fn scores_are_sorted_with_the_highest_first_and_none_last() {
    let test = TestRegistry::new().await;
    for (name, score, verdict) in [
        ("none", None, None),
        ("four", Some(4), Some("flagged")),
        ("ten", Some(10), Some("pass")),
        ("zero", Some(0), Some("fail")),
    ] {
        test.seed("admin", &manifest(name, "1.0.0"), "pdf").await;
        let held = tank_registry_tests::wire::skill_name(name);
        let skill = test.store.skill(&held).await.unwrap().unwrap();
        let latest = test.store.version_by_id(skill.head.latest.unwrap()).await;
        let mut entry = tank_registry_core::search::entry(&latest.unwrap().unwrap());
        entry.audit_score = score;
        entry.verdict = verdict.map(|word| serde_json::from_value(word.into()).unwrap());
        test.change_skill(name, |commit| commit.search = Some(Box::new(entry)))
            .await;
    }
    let answer = get(&test, "q=pdf&sort=score").await;
    assert_eq!(answer.names(), ["ten", "four", "zero", "none"]);
    assert_eq!(answer.json["results"][1]["scanVerdict"], "flagged");
    assert_eq!(get(&test, "q=pdf&security=flagged").await.names(), ["four"]);
    assert_eq!(get(&test, "security=fail").await.names(), ["zero"]);
}

#[tokio::test]
async fn a_download_is_told_before_it_is_written() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    let url = test.download_url(None, "tools", "1.0.0").await;
    assert_eq!(test.follow(&url).await.status, 200);
    let downloads = async || {
        let answer = get(&test, "q=tools").await;
        answer.json["results"][0]["downloads"].clone()
    };
    assert_eq!(downloads().await, 1);
    maintenance::flush_counters(&test.registry).await.unwrap();
    assert_eq!(downloads().await, 1);
}

#[tokio::test]
async fn a_search_is_a_read_like_others() {
    let test = TestRegistry::new().await;
    let path = "/api/v1/search?q=x";
    let anonymous = test.get(None, path).await;
    assert_eq!(anonymous.header("cache-control"), Some("public, no-cache"));
    assert_eq!(anonymous.header("vary"), Some("Authorization, Cookie"));
    assert!(anonymous.header("x-ratelimit-limit").is_some());
    let known = test.get(Some(&test.admin), path).await;
    assert_eq!(known.header("cache-control"), Some("private, no-store"));
    let refused = test.post(None, path, &json!({})).await;
    assert_eq!(refused.refusal(), (405, "Method not allowed"));
    assert_eq!(refused.header("allow"), Some("GET, HEAD, OPTIONS"));
    let head = test.call(Method::HEAD, path, None, None).await;
    assert_eq!((head.status, head.json), (200, Value::Null));
    for path in ["/api/v1/search/", "//api/v1/search"] {
        assert_eq!(test.get(None, path).await.status, 200, "{path}");
    }
}
