//! What a rescan holds and what it lets go live: section 5 of the API.

use std::sync::Arc;

use serde_json::{Value, json};
use tank_registry_core::model::VersionState::{Held, Live, Removed, Yanked};
use tank_registry_core::model::{SkillStatus, Visibility};
use tank_registry_core::scan::{AuditStatus, Gate, Severity, Verdict};
use tank_registry_core::store::Reads as _;
use tank_registry_core::{PublicUrl, Registry, Settings};
use tank_registry_tests::wire::{
    Gated, PUBLIC_URL, QUARANTINE, TestRegistry, TestScanner, bad, clean, finding, incomplete,
    manifest, report, skill_name,
};

#[tokio::test]
async fn a_live_version_that_would_be_held_now_is_held_and_the_one_before_stands_for_the_skill() {
    let gated = Gated::new().await;
    let described = |version: &str, text: &str| json!({ "name": "@acme/tools", "version": version, "description": text });
    gated
        .published_as(&described("1.0.0", "Counts apples"), Some(clean()))
        .await;
    gated
        .published_as(&described("1.1.0", "Peels bananas"), Some(clean()))
        .await;
    let link = gated.test.download_url(None, "@acme/tools", "1.1.0").await;
    gated.rescanned("1.1.0", Some(bad(&["a"]))).await;
    let (skill, version) = gated.seen("1.1.0").await;
    assert_eq!(
        (skill.text("latestVersion"), skill.text("description")),
        ("1.0.0", "Counts apples")
    );
    assert_eq!(skill.list("versions").len(), 1);
    assert_eq!(
        version.refusal(),
        (404, "Version 1.1.0 not found for @acme/tools")
    );
    assert_eq!(
        gated.test.follow(&link).await.status,
        404,
        "an old link too"
    );
    for (query, names) in [("apples", vec!["@acme/tools"]), ("bananas", vec![])] {
        let found = gated
            .test
            .get(None, &format!("/api/v1/search?q={query}"))
            .await;
        assert_eq!(found.names(), names, "{query}");
    }
    let detail = gated
        .test
        .get(Some(&gated.ada), "/api/v1/skills/@acme/tools/1.1.0")
        .await;
    assert_eq!(
        (
            detail.text("status"),
            detail.text("scanVerdict"),
            detail.text("auditStatus")
        ),
        ("quarantined", "fail", "failed")
    );
    assert_eq!(detail.json["scanFindings"][0]["type"], "a");
    // And so is the only one that is left: the skill is there, and nobody's search finds it.
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    let (skill, _) = gated.seen("1.0.0").await;
    assert_eq!(
        (
            skill.status,
            &skill.json["latestVersion"],
            &skill.json["versions"]
        ),
        (200, &Value::Null, &json!([]))
    );
    assert!(
        gated
            .test
            .get(None, "/api/v1/search?q=apples")
            .await
            .names()
            .is_empty()
    );
}

#[tokio::test]
async fn only_the_gate_quarantine_moves_states() {
    for (gate, after_bad, after_clean) in [
        (Gate::Off, Live, Held),
        (Gate::Report, Live, Held),
        (
            Gate::Quarantine {
                hold_flagged: false,
            },
            Held,
            Live,
        ),
        (QUARANTINE, Held, Live),
    ] {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(clean())).await;
        gated.published("1.1.0", None).await;
        assert_eq!(gated.state("1.1.0").await, Held);
        let node = gated.node(&gated.scanner, gate).await;
        let rescan = async |version: &str| {
            let path = format!("/api/admin/packages/@acme/tools/versions/{version}/rescan");
            assert_eq!(
                node.post(Some(&node.admin), &path, &json!({})).await.status,
                200
            );
            gated.brief(version).await
        };
        gated.scanner.set(Some(bad(&["a"])));
        let brief = rescan("1.0.0").await;
        assert_eq!(
            (brief.state, brief.verdict),
            (after_bad, Some(Verdict::Fail)),
            "{gate:?}"
        );
        gated.scanner.set(Some(clean()));
        let brief = rescan("1.1.0").await;
        assert_eq!(
            (brief.state, brief.verdict),
            (after_clean, Some(Verdict::Pass)),
            "{gate:?}"
        );
    }
}

#[tokio::test]
async fn a_flagged_version_is_held_only_where_flagged_is() {
    for (hold_flagged, state) in [(true, Held), (false, Live)] {
        let gate = Gate::Quarantine { hold_flagged };
        let gated = Gated::with(gate, TestScanner::new(clean())).await;
        gated.published("1.0.0", Some(clean())).await;
        gated
            .rescanned("1.0.0", Some(report(vec![finding(Severity::High)])))
            .await;
        let brief = gated.brief("1.0.0").await;
        assert_eq!(
            (brief.state, brief.audit_status),
            (state, AuditStatus::Flagged)
        );
    }
}

#[tokio::test]
async fn a_version_that_was_published_without_a_scanner_is_judged_by_a_rescan() {
    let gated = Gated::new().await;
    let unscanned = gated.test.another_node().await;
    let manifest = manifest("@acme/tools", "1.0.0");
    // Its bytes are where this registry looks for them.
    let plain = Registry::builder(
        Arc::new(gated.store.clone()),
        Arc::new(gated.blobs.clone()),
        PublicUrl::parse(PUBLIC_URL).unwrap(),
    );
    let plain = TestRegistry {
        registry: plain.clock(gated.test.clock.clone()).build().await.unwrap(),
        ..unscanned
    };
    plain.published(&gated.ada, &manifest).await;
    let brief = gated.brief("1.0.0").await;
    assert_eq!(
        (brief.state, brief.audit_status),
        (Live, AuditStatus::Scanning)
    );
    assert_eq!(
        (brief.scanned_at, gated.record("1.0.0").await.scan),
        (None, None)
    );
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    let brief = gated.brief("1.0.0").await;
    assert_eq!(
        (brief.state, brief.audit_status),
        (Held, AuditStatus::Failed)
    );
    let event = &gated.audited("skill.rescan")[0];
    assert_eq!(event.metadata["verdictBefore"], Value::Null);
}

#[tokio::test]
async fn a_rescan_lifts_only_a_hold_whose_cause_was_a_failed_or_incomplete_scan() {
    let flagged = || report(vec![finding(Severity::High)]);
    for (first, awaits_scan, after) in [
        (None, true, Live),
        (Some(incomplete(clean())), true, Live),
        (Some(bad(&["a"])), false, Held),
        (Some(flagged()), false, Held),
        (Some(incomplete(bad(&["a"]))), false, Held),
        (Some(incomplete(flagged())), false, Held),
    ] {
        let gated = Gated::new().await;
        gated.published("1.0.0", first.clone()).await;
        let brief = gated.brief("1.0.0").await;
        assert_eq!(
            (brief.state, brief.awaits_scan),
            (Held, awaits_scan),
            "{first:?}"
        );
        gated.rescanned("1.0.0", Some(clean())).await;
        let brief = gated.brief("1.0.0").await;
        assert_eq!(
            (&brief.state, brief.awaits_scan),
            (&after, false),
            "{first:?}"
        );
        assert_eq!(brief.verdict, Some(Verdict::Pass));
        let (skill, _) = gated.seen("1.0.0").await;
        assert_eq!(skill.status, if after == Live { 200 } else { 404 });
    }
}

#[tokio::test]
async fn once_a_scan_came_to_its_end_and_found_something_the_hold_waits_for_a_person() {
    let gated = Gated::new().await;
    gated.published("1.0.0", None).await;
    gated.rescanned("1.0.0", Some(incomplete(clean()))).await;
    assert!(
        gated.brief("1.0.0").await.awaits_scan,
        "still nothing but that"
    );
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert!(!gated.brief("1.0.0").await.awaits_scan);
    for scan in [incomplete(clean()), clean()] {
        gated.rescanned("1.0.0", Some(scan)).await;
        let brief = gated.brief("1.0.0").await;
        assert_eq!((brief.state, brief.awaits_scan), (Held, false));
    }
}

#[tokio::test]
async fn a_live_version_that_could_not_be_looked_at_in_full_is_held_until_it_is() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.rescanned("1.0.0", Some(incomplete(clean()))).await;
    let brief = gated.brief("1.0.0").await;
    assert_eq!((brief.state, brief.awaits_scan), (Held, true));
    gated.rescanned("1.0.0", Some(clean())).await;
    assert_eq!(gated.state("1.0.0").await, Live);
}

#[tokio::test]
async fn a_hold_by_a_person_is_not_lifted_by_a_rescan() {
    let gated = Gated::new().await;
    gated.published("1.0.0", None).await;
    gated.test.set_state("@acme/tools", "1.0.0", Held).await;
    gated.rescanned("1.0.0", Some(clean())).await;
    assert_eq!(gated.state("1.0.0").await, Held);
}

#[tokio::test]
async fn a_yanked_version_stays_yanked() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    let yanked = Yanked { reason: None };
    gated
        .test
        .set_state("@acme/tools", "1.0.0", yanked.clone())
        .await;
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    let brief = gated.brief("1.0.0").await;
    assert_eq!((brief.state, brief.verdict), (yanked, Some(Verdict::Fail)));
}

#[tokio::test]
async fn a_lift_that_would_be_an_escalation_waits() {
    let gated = Gated::new().await;
    let with_host = |version: &str| {
        json!({
            "name": "@acme/tools", "version": version,
            "permissions": { "network": { "outbound": ["api.example.com"] } },
        })
    };
    gated.published_as(&with_host("1.0.0"), Some(clean())).await;
    gated.published_as(&with_host("1.5.0"), None).await;
    gated.published("1.4.0", Some(clean())).await;
    for _ in 0..2 {
        gated.rescanned("1.5.0", Some(clean())).await;
        let brief = gated.brief("1.5.0").await;
        assert_eq!((brief.state, brief.verdict), (Held, Some(Verdict::Pass)));
    }
    // Once nothing stands between, it follows the version that has the host too.
    gated.test.set_state("@acme/tools", "1.4.0", Removed).await;
    gated.rescanned("1.5.0", Some(clean())).await;
    assert_eq!(gated.state("1.5.0").await, Live);
}

#[tokio::test]
async fn a_version_of_a_removed_or_private_skill_is_scanned_and_stays_hidden() {
    let gated = Gated::new().await;
    gated.published("1.0.0", None).await;
    gated
        .test
        .change_skill("@acme/tools", |commit| {
            commit.head.visibility = Visibility::Private;
        })
        .await;
    gated.rescanned("1.0.0", Some(clean())).await;
    assert_eq!(gated.state("1.0.0").await, Live);
    let (skill, version) = gated.seen("1.0.0").await;
    assert_eq!((skill.status, version.status), (404, 404), "to the public");
    let name = skill_name("@acme/tools");
    let held = gated.store.inner.skill(&name).await.unwrap().unwrap();
    assert_eq!(held.head.visibility, Visibility::Private);
    gated
        .test
        .change_skill("@acme/tools", |commit| {
            commit.head.status = SkillStatus::Removed;
        })
        .await;
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    let held = gated.store.inner.skill(&name).await.unwrap().unwrap();
    assert!(held.head.readers.is_empty());
}

#[tokio::test]
async fn an_archive_that_the_reader_would_refuse_now_is_no_reason_to_pass_it_over() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    let mut settings = Settings::default();
    settings.package.files = 1;
    let store = Arc::new(gated.store.clone());
    let url = PublicUrl::parse(PUBLIC_URL).unwrap();
    let builder = Registry::builder(store, Arc::new(gated.blobs.clone()), url)
        .settings(settings)
        .scanner(gated.scanner.clone())
        .clock(gated.test.clock.clone());
    let stricter = TestRegistry {
        registry: builder.build().await.unwrap(),
        ..gated.test.clone()
    };
    let asked = gated.scanner.contexts().len();
    let path = "/api/admin/packages/@acme/tools/rescan";
    let answer = stricter.post(Some(&stricter.admin), path, &json!({})).await;
    assert_eq!((answer.status, answer.text("verdict")), (200, "fail"));
    assert_eq!(
        gated.scanner.contexts().len(),
        asked,
        "there is no package to scan"
    );
    let brief = gated.brief("1.0.0").await;
    assert_eq!((brief.state, brief.audit_score), (Held, None));
    let scan = gated.record("1.0.0").await.scan.unwrap();
    assert_eq!(scan.report.unwrap().findings[0].kind, "too_many_files");
}
