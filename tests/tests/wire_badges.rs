//! Badges: section 4.11 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::num::NonZeroU32;

use http::Method;
use tank_registry_core::scan::{Finding, Severity, Stage};
use tank_registry_core::store::StoreErrorKind;
use tank_registry_tests::wire::{
    Answer, Fault, Frail, SECRET, TestRegistry, TestScanner, World, finding, manifest, report,
};

fn value(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
    let text = std::str::from_utf8(&answer.bytes).unwrap();
    let (_, title) = text.split_once("<title>").unwrap();
    title.split_once("</title>").unwrap().0
}

fn vulnerability() -> Finding {
    Finding::new(
        Stage::Dependencies,
        Severity::Low,
        "known_vulnerability",
        "an old library",
    )
}

#[tokio::test]
async fn a_badge_tells_of_the_latest_version() {
    let scanner = TestScanner::new(report(vec![]));
    let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
    let ada = test.user("ada").await;
    let publish = async |version: &str, findings: Option<Vec<Finding>>| {
        scanner.set(findings.map(report));
        test.published(&ada, &manifest("tools", version)).await;
        let mut told = Vec::new();
        for query in ["", "?type=score", "?type=deps"] {
            let answer = test.get(None, &format!("/api/v1/badge/tools{query}")).await;
            assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
            told.push(value(&answer).to_owned());
        }
        told
    };
    let told = publish("1.0.0", Some(vec![])).await;
    assert_eq!((&*told[0], &*told[2]), ("tank: PASS", "deps: 0 vulns"));
    assert!(
        told[1].starts_with("tank: ") && told[1].ends_with("/10"),
        "{told:?}"
    );
    let told = publish("1.1.0", Some(vec![vulnerability()])).await;
    assert_eq!(
        (&*told[0], &*told[2]),
        ("tank: PASS WITH NOTES", "deps: 1 vuln")
    );
    let told = publish(
        "1.2.0",
        Some(vec![
            vulnerability(),
            finding(Severity::Low),
            vulnerability(),
        ]),
    )
    .await;
    assert_eq!(told[2], "deps: 2 vulns");
    let held = publish("2.0.0", Some(vec![finding(Severity::Critical)])).await;
    assert_eq!(held, told, "a version that is held back changes nothing");
}

#[tokio::test]
async fn what_was_not_scanned_is_pending() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    for (query, told) in [
        ("", "tank: pending"),
        ("?type=verdict", "tank: pending"),
        ("?type=%3Cscript%3E", "tank: pending"),
        ("?type=score", "tank: unscored"),
        ("?type=deps", "deps: pending"),
        ("?x=1&type=score&type=deps", "tank: unscored"),
    ] {
        let answer = test.get(None, &format!("/api/v1/badge/tools{query}")).await;
        assert_eq!(value(&answer), told, "{query}");
    }
}

#[tokio::test]
async fn a_badge_is_rendered_for_nobody_in_particular() {
    let world = World::new().await;
    let test = &world.test;
    for (skill, told) in [
        ("open", "tank: PASS"),
        ("secret", "tank: not found"),
        ("never", "tank: not found"),
        ("absent", "tank: not found"),
    ] {
        let path = format!("/api/v1/badge/@acme/{skill}");
        let anonymous = test.get(None, &path).await;
        assert_eq!(value(&anonymous), told);
        for key in [&world.pat, &world.gil, &test.admin] {
            let answer = test.get(Some(key), &path).await;
            assert_eq!(answer.shown(), anonymous.shown(), "{skill}");
        }
    }
    let path = |skill, kind| format!("/api/v1/badge/@acme/{skill}?type={kind}");
    for kind in ["score", "deps", "verdict"] {
        let secret = test.get(None, &path("secret", kind)).await;
        let absent = test.get(None, &path("absent", kind)).await;
        assert_eq!(secret.shown(), absent.shown(), "{kind}");
    }
}

#[tokio::test]
async fn every_spelling_of_a_name_has_its_badge() {
    let world = World::new().await;
    for name in [
        "@acme/open",
        "%40acme%2Fopen",
        "@acme%2Fopen",
        "@acme/open.svg",
        "%40ACME%2FOpen.SVG",
        "@acme/open@1.0.0",
        "%40acme%2Fopen%401.0.0.svg",
        "@acme/open/",
    ] {
        let answer = world.test.get(None, &format!("/api/v1/badge/{name}")).await;
        assert_eq!(value(&answer), "tank: PASS", "{name}");
    }
    for name in ["a_b", "%3Cscript%3E", "@acme/a%22b", ".svg", "top"] {
        let answer = world.test.get(None, &format!("/api/v1/badge/{name}")).await;
        assert_eq!(value(&answer), "tank: not found", "{name}");
        assert!(!answer.bytes.windows(7).any(|part| part == b"<script"));
    }
}

#[tokio::test]
async fn a_badge_costs_nobody_a_request() {
    let test = TestRegistry::with_settings(|settings| {
        settings.anonymous_per_hour = NonZeroU32::new(1);
    })
    .await;
    for _ in 0..3 {
        for method in [Method::GET, Method::HEAD] {
            let answer = test.call(method, "/api/v1/badge/tools", None, None).await;
            assert_eq!(
                (answer.status, answer.header("x-ratelimit-limit")),
                (200, None)
            );
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_makes_a_picture_that_says_so_and_is_not_kept() {
    let frail = Frail::new().await;
    frail
        .test
        .published(&frail.ada, &manifest("tools", "1.0.0"))
        .await;
    for (call, query, told) in [
        ("skill", "", "tank: unavailable"),
        ("skill", "?type=score", "tank: unavailable"),
        ("version_by_id", "?type=deps", "deps: unavailable"),
    ] {
        frail
            .store
            .plan
            .once(call, Fault::Fails(StoreErrorKind::Unavailable));
        let answer = frail
            .test
            .get(None, &format!("/api/v1/badge/tools{query}"))
            .await;
        assert_eq!(value(&answer), told);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(SECRET));
    }
    assert!(frail.store.plan.is_done());
    let answer = frail.test.get(None, "/api/v1/badge/tools").await;
    assert_eq!(value(&answer), "tank: pending");
}
