//! Held versions that a person lets go live: sections 2.4, 4.15 and 5 of the API.

use std::time::Duration;

use serde_json::{Value, json};
use tank_registry_core::model::VersionState::{Held, Live};
use tank_registry_core::scan::Gate;
use tank_registry_core::store::Actor;
use tank_registry_tests::wire::{Gated, bad, clean};

fn with_host(version: &str) -> Value {
    json!({
        "name": "@acme/tools", "version": version,
        "permissions": { "network": { "outbound": ["api.example.com"] } },
    })
}

#[tokio::test]
async fn a_release_shows_the_version_to_all_readers_and_the_skill_follows_it() {
    let gated = Gated::new().await;
    let described = |version: &str, text: &str| {
        json!({
            "name": "@acme/tools", "version": version, "description": text,
            "repository": format!("git:{version}"),
        })
    };
    gated
        .published_as(&described("1.0.0", "Counts apples"), Some(clean()))
        .await;
    gated.test.clock.advance(Duration::from_mins(1));
    gated
        .published_as(&described("1.1.0", "Peels bananas"), Some(bad(&["a"])))
        .await;
    gated.test.clock.advance(Duration::from_mins(1));
    let (before, _) = gated.seen("1.1.0").await;
    let answer = gated
        .release("1.1.0", &json!({ "reason": " Read it " }))
        .await;
    let now = gated.test.now();
    let expected = json!({
        "success": true, "name": "@acme/tools", "version": "1.1.0", "releasedAt": now,
        "escalation": false,
    });
    assert_eq!((answer.status, answer.json), (200, expected));
    let (skill, version) = gated.seen("1.1.0").await;
    for (field, old, new) in [
        ("latestVersion", "1.0.0", "1.1.0"),
        ("description", "Counts apples", "Peels bananas"),
        ("repository", "git:1.0.0", "git:1.1.0"),
        ("scanVerdict", "pass", "fail"),
    ] {
        assert_eq!((before.text(field), skill.text(field)), (old, new));
    }
    assert_eq!(skill.text("updatedAt"), now, "a version went live");
    assert_eq!(skill.list("versions").len(), 2);
    assert_eq!((version.status, version.text("status")), (200, "active"));
    assert_ne!(version.text("publishedAt"), now, "it was published before");
    assert_eq!(
        gated.test.follow(version.text("downloadUrl")).await.status,
        200
    );
    let path = "/api/v1/skills/@acme/tools/1.1.0/scan";
    for (key, reason) in [
        (None, json!(null)),
        (Some(&*gated.test.admin), json!("Read it")),
    ] {
        let scan = gated.test.get(key, path).await;
        let shown = json!({ "released_at": now, "reason": reason });
        assert_eq!(scan.json["release"], shown, "who publishes is told why");
    }
    for (query, names) in [("apples", vec![]), ("bananas", vec!["@acme/tools"])] {
        let found = gated
            .test
            .get(None, &format!("/api/v1/search?q={query}"))
            .await;
        assert_eq!(found.names(), names, "{query}");
    }
}

#[tokio::test]
async fn an_older_version_that_is_released_changes_nothing_that_stands_for_the_skill() {
    let gated = Gated::new().await;
    let described = |version: &str, text: &str| json!({ "name": "@acme/tools", "version": version, "description": text });
    gated
        .published_as(&described("1.0.0", "Peels bananas"), Some(bad(&["a"])))
        .await;
    gated
        .published_as(&described("1.1.0", "Counts apples"), Some(clean()))
        .await;
    gated.released("1.0.0").await;
    let (skill, version) = gated.seen("1.0.0").await;
    assert_eq!(
        (
            skill.text("latestVersion"),
            skill.text("description"),
            version.status
        ),
        ("1.1.0", "Counts apples", 200)
    );
    let found = gated.test.get(None, "/api/v1/search?q=bananas").await;
    assert!(found.names().is_empty());
}

#[tokio::test]
async fn a_skill_never_live_appears_with_its_first_release() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    assert_eq!(gated.seen("1.0.0").await.0.status, 404);
    gated.released("1.0.0").await;
    let (skill, _) = gated.seen("1.0.0").await;
    assert_eq!((skill.status, skill.text("latestVersion")), (200, "1.0.0"));
}

#[tokio::test]
async fn a_release_takes_a_reason() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    let long = "x".repeat(1001);
    for body in [
        json!({}),
        json!({ "reason": null }),
        json!({ "reason": 7 }),
        json!({ "reason": "" }),
        json!({ "reason": " \n" }),
        json!({ "reason": "bell\u{7}" }),
        json!({ "reason": long }),
    ] {
        let answer = gated.release("1.0.0", &body).await;
        assert_eq!(answer.refusal(), (400, "Invalid request body"), "{body}");
        assert!(
            answer.json["details"]["reason"][0].is_string(),
            "{answer:?}"
        );
    }
    let wrong = json!({ "reason": "Read it", "overrideEscalation": "yes" });
    let answer = gated.release("1.0.0", &wrong).await;
    assert_eq!(answer.refusal(), (400, "Invalid request body"));
    assert_eq!(
        gated.release("1.0.0", &json!([])).await.refusal(),
        (400, "Invalid JSON body")
    );
    assert_eq!(gated.state("1.0.0").await, Held);
    assert!(gated.audited("skill.release").is_empty());
    let longest = json!({ "reason": "ü".repeat(1000) });
    assert_eq!(gated.release("1.0.0", &longest).await.status, 200);
}

#[tokio::test]
async fn what_is_not_held_is_not_released_a_second_time() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(bad(&["a"]))).await;
    gated.released("1.1.0").await;
    for version in ["1.0.0", "1.1.0"] {
        let answer = gated
            .release(version, &json!({ "reason": "Read it" }))
            .await;
        assert_eq!(answer.refusal(), (409, "Version is not held"));
    }
    assert_eq!(gated.audited("skill.release").len(), 1);
}

#[tokio::test]
async fn an_escalation_at_release_takes_an_override() {
    let gated = Gated::new().await;
    gated.published_as(&with_host("1.0.0"), Some(clean())).await;
    gated
        .published_as(&with_host("1.5.0"), Some(bad(&["a"])))
        .await;
    gated.published("1.4.0", Some(clean())).await;
    let refused = gated
        .release("1.5.0", &json!({ "reason": "Read it" }))
        .await;
    assert_eq!(refused.refusal(), (400, "Permission escalation detected"));
    let details = json!([{
        "field": "network.outbound",
        "reason": "New outbound host added: api.example.com. Requires MAJOR bump",
    }]);
    assert_eq!(refused.json["details"], details);
    assert_eq!(gated.state("1.5.0").await, Held);
    assert!(gated.record("1.5.0").await.release.is_none());

    let body = json!({ "reason": "They asked", "overrideEscalation": true });
    let answer = gated.release("1.5.0", &body).await;
    assert_eq!(
        (answer.status, &answer.json["escalation"]),
        (200, &json!(true))
    );
    assert!(gated.record("1.5.0").await.release.unwrap().escalation);
    let events = gated.audited("skill.release");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].metadata["escalation"], details);
    assert_eq!(events[0].metadata["reason"], "They asked");
    let (skill, _) = gated.seen("1.5.0").await;
    assert_eq!(skill.text("latestVersion"), "1.5.0");
}

#[tokio::test]
async fn an_override_of_nothing_is_none() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    let body = json!({ "reason": "Read it", "overrideEscalation": true });
    let answer = gated.release("1.0.0", &body).await;
    assert_eq!(
        (answer.status, &answer.json["escalation"]),
        (200, &json!(false))
    );
    assert_eq!(
        gated.audited("skill.release")[0].metadata["escalation"],
        json!([])
    );
}

#[tokio::test]
async fn a_release_never_widens_the_visibility() {
    for (first, held) in [
        ("private", "public"),
        ("public", "private"),
        ("private", "private"),
    ] {
        let gated = Gated::new().await;
        let publish = |version: &str, visibility: &str| json!({ "name": "@acme/tools", "version": version, "visibility": visibility });
        gated
            .published_as(&publish("1.0.0", first), Some(clean()))
            .await;
        gated
            .published_as(&publish("1.1.0", held), Some(bad(&["a"])))
            .await;
        gated.released("1.1.0").await;
        let (skill, version) = gated.seen("1.1.0").await;
        assert_eq!(
            (skill.status, version.status),
            (404, 404),
            "{first} then {held}"
        );
        let member = gated
            .test
            .get(Some(&gated.bob), "/api/v1/skills/@acme/tools/1.1.0")
            .await;
        assert_eq!((member.status, member.text("visibility")), (200, "private"));
    }
}

#[tokio::test]
async fn a_release_is_kept_with_its_version_and_audited() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a", "b"]))).await;
    gated.released("1.0.0").await;
    let record = gated.record("1.0.0").await;
    let release = record.release.unwrap();
    let event = &gated.audited("skill.release")[0];
    let log = gated.store.inner.audit_log();
    let actor = log.iter().find(|line| line.event == *event).unwrap().actor;
    assert!(matches!(actor, Actor::User(_)));
    assert_eq!((release.by, release.at), (actor, record.brief.published_at));
    assert_eq!((&*release.reason, release.escalation), ("Read it", false));
    let known: Vec<&str> = release.known.iter().map(|known| &*known.kind).collect();
    assert_eq!(known, ["a", "b"]);
    assert_eq!(
        (
            event.target.as_str(),
            &event.metadata["version"],
            &event.metadata["verdict"]
        ),
        ("@acme/tools", &json!("1.0.0"), &json!("fail"))
    );
    assert_eq!(event.metadata["versionId"], json!(record.brief.id));
}

#[tokio::test]
async fn a_release_asks_no_gate() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(bad(&["a"]))).await;
    let plain = gated.node(&gated.scanner, Gate::Off).await;
    let path = "/api/admin/packages/@acme/tools/versions/1.0.0/release";
    let body = json!({ "reason": "Read it" });
    assert_eq!(
        plain.post(Some(&plain.admin), path, &body).await.status,
        200
    );
    assert_eq!(gated.state("1.0.0").await, Live);
}
