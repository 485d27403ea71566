//! What is held, and how long a release holds against rescans.

use std::time::Duration;

use serde_json::{Value, json};
use tank_registry_core::model::VersionState::{Held, Live};
use tank_registry_core::scan::Severity;
use tank_registry_tests::wire::{Gated, bad, clean, finding, incomplete, manifest, report};

#[tokio::test]
async fn what_a_person_released_stays_live_until_a_rescan_finds_more() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a", "b"]))).await;
    gated.released("1.0.0").await;
    let mut more = bad(&["a", "b"]);
    more.findings.push(finding(Severity::Info));
    for scan in [
        bad(&["a", "b"]),
        bad(&["b"]),
        clean(),
        more,
        bad(&["b", "a"]),
    ] {
        gated.rescanned("1.0.0", Some(scan.clone())).await;
        assert_eq!(gated.state("1.0.0").await, Live, "{scan:?}");
    }
    gated.rescanned("1.0.0", Some(bad(&["a", "c"]))).await;
    assert_eq!(gated.state("1.0.0").await, Held);
    // That hold waits for a person too, who then knows more.
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert_eq!(gated.state("1.0.0").await, Held);
    gated.rescanned("1.0.0", Some(bad(&["a", "c"]))).await;
    gated.released("1.0.0").await;
    gated.rescanned("1.0.0", Some(bad(&["a", "c"]))).await;
    assert_eq!(gated.state("1.0.0").await, Live);
    let release = gated.record("1.0.0").await.release.unwrap();
    let known: Vec<&str> = release.known.iter().map(|known| &*known.kind).collect();
    assert_eq!(known, ["a", "c"]);
}

#[tokio::test]
async fn a_finding_that_got_worse_or_moved_is_one_more() {
    let at = |severity, place: &str| {
        let mut finding = finding(severity);
        finding.location = Some(place.to_owned());
        report(vec![finding])
    };
    let first = || at(Severity::High, "a.py:1");
    for (later, state) in [
        (first(), Live),
        (at(Severity::Critical, "a.py:1"), Held),
        (at(Severity::High, "a.py:2"), Held),
        (at(Severity::Medium, "a.py:2"), Live),
    ] {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(first())).await;
        gated.released("1.0.0").await;
        gated.rescanned("1.0.0", Some(later.clone())).await;
        assert_eq!(gated.state("1.0.0").await, state, "{later:?}");
    }
}

#[tokio::test]
async fn a_version_that_was_released_without_a_report_is_judged_by_the_first_one() {
    for (scan, state) in [
        (clean(), Live),
        (bad(&["a"]), Held),
        (incomplete(clean()), Held),
    ] {
        let gated = Gated::new().await;
        gated.published("1.0.0", None).await;
        gated.released("1.0.0").await;
        assert_eq!(gated.state("1.0.0").await, Live);
        gated.rescanned("1.0.0", Some(scan.clone())).await;
        assert_eq!(gated.state("1.0.0").await, state, "{scan:?}");
    }
}

#[tokio::test]
async fn held_versions_are_listed_in_pages_for_administrators() {
    let gated = Gated::new().await;
    let test = &gated.test;
    let list = async |query: &str| {
        test.get(Some(&test.admin), &format!("/api/admin/held{query}"))
            .await
    };
    let empty = json!({ "versions": [], "total": 0, "page": 1, "limit": 20, "totalPages": 0 });
    assert_eq!(list("").await.json, empty);
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(bad(&["a"]))).await;
    test.clock.advance(Duration::from_mins(1));
    gated.published_as(&manifest("other", "1.0.0"), None).await;
    let all = list("").await;
    assert_eq!(all.number("total"), 2);
    let first = &all.json["versions"][0];
    assert_eq!(
        [
            &first["name"],
            &first["version"],
            &first["auditStatus"],
            &first["scanVerdict"]
        ],
        ["@acme/tools", "1.1.0", "failed", "fail"]
    );
    assert_eq!(first["awaitsScan"], false);
    let second = &all.json["versions"][1];
    assert_eq!(
        [&second["name"], &second["auditStatus"]],
        ["other", "scan-failed"]
    );
    assert_eq!(
        (&second["scanVerdict"], &second["awaitsScan"]),
        (&Value::Null, &json!(true))
    );
    for (query, names, page, limit) in [
        ("?limit=1", vec!["@acme/tools"], 1, 1),
        ("?limit=1&page=2", vec!["other"], 2, 1),
        ("?limit=1&page=3", vec![], 3, 1),
        ("?limit=0&page=0", vec!["@acme/tools"], 1, 1),
        ("?limit=99", vec!["@acme/tools", "other"], 1, 50),
    ] {
        let part = list(query).await;
        let found: Vec<_> = part
            .list("versions")
            .iter()
            .map(|held| held["name"].as_str().unwrap())
            .collect();
        assert_eq!(found, names, "{query}");
        assert_eq!(
            (part.number("page"), part.number("limit")),
            (page, limit),
            "{query}"
        );
        assert_eq!(part.number("totalPages"), 2_u64.div_ceil(limit), "{query}");
    }
    assert_eq!(
        list("?page=x").await.refusal(),
        (400, "Invalid query parameters")
    );
    gated.released("1.1.0").await;
    assert_eq!(list("").await.number("total"), 1);
}
