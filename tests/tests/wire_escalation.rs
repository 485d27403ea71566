//! Permissions may not grow unnoticed: section 2.4 of the API.

use serde_json::{Value, json};
use tank_registry_core::model::VersionState;
use tank_registry_tests::wire::{Answer, TestRegistry, integrity, pack, skill_files};

fn skill(version: &str, permissions: &Value) -> Value {
    json!({ "name": "tools", "version": version, "permissions": permissions })
}

fn host(name: &str) -> Value {
    json!({ "network": { "outbound": [name] } })
}

fn refused_fields(answer: &Answer) -> Vec<&str> {
    assert_eq!(answer.refusal(), (400, "Permission escalation detected"));
    let details = answer.list("details");
    details
        .iter()
        .map(|found| found["field"].as_str().unwrap_or_default())
        .collect()
}

#[tokio::test]
async fn the_table_of_bumps_holds_end_to_end() {
    let base = json!({
        "network": { "outbound": ["a.com", "b.com"] },
        "filesystem": { "read": ["/a"], "write": ["/b"] },
        "subprocess": false,
    });
    let mut host = base.clone();
    host["network"]["outbound"] = json!(["a.com", "b.com", "*.b.com"]);
    let mut process = base.clone();
    process["subprocess"] = json!(true);
    let mut read = base.clone();
    read["filesystem"]["read"] = json!(["/a", "/a/b"]);
    let mut write = base.clone();
    write["filesystem"]["write"] = json!(["/b", "/"]);
    let less = json!({ "network": { "outbound": ["b.com"] } });
    for (change, permissions, [patch, minor]) in [
        ("host", &host, [false, false]),
        ("subprocess", &process, [false, false]),
        ("read", &read, [false, true]),
        ("write", &write, [false, true]),
        ("less", &less, [true, true]),
        ("nothing", &json!({}), [true, true]),
        ("the same", &base, [true, true]),
    ] {
        for (version, allowed) in [
            ("1.2.4", patch),
            ("1.3.0", minor),
            ("1.3.0-rc.1", minor),
            ("2.0.0", true),
            ("2.0.0-rc.1", true),
        ] {
            let test = TestRegistry::new().await;
            let ada = test.user("ada").await;
            test.published(&ada, &skill("1.2.3", &base)).await;
            let answer = test.publish(&ada, &skill(version, permissions)).await;
            assert_eq!(
                answer.status,
                if allowed { 200 } else { 400 },
                "{change} in {version}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_refused_is_listed_in_order_with_its_reason() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &skill("0.1.0", &json!({}))).await;
    let all = json!({
        "filesystem": { "write": ["/w"], "read": ["/r"] }, "subprocess": true,
        "network": { "outbound": ["x.com", "y.com"] },
    });
    let hosts_and_process = [
        json!({ "field": "network.outbound", "reason": "New outbound host added: x.com. Requires MAJOR bump" }),
        json!({ "field": "network.outbound", "reason": "New outbound host added: y.com. Requires MAJOR bump" }),
        json!({ "field": "subprocess", "reason": "Subprocess execution enabled (was disabled). Requires MAJOR bump" }),
    ];
    let minor = test.start(&ada, &skill("0.2.0", &all)).await;
    assert_eq!(minor.json["details"], json!(hosts_and_process));
    let patch = test.start(&ada, &skill("0.1.1", &all)).await;
    let mut expected = hosts_and_process.to_vec();
    expected.push(json!({ "field": "filesystem.read", "reason": "New read path added: /r. Requires MINOR bump" }));
    expected.push(json!({ "field": "filesystem.write", "reason": "New write path added: /w. Requires MINOR bump" }));
    assert_eq!(patch.json["details"], json!(expected));
}

#[tokio::test]
async fn the_baseline_is_the_highest_version_below_not_the_newest() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &skill("1.0.0", &json!({}))).await;
    test.published(&ada, &skill("2.0.0", &host("x.com"))).await;
    // The trick of the backport: a patch for everyone on ^1.0.0.
    let backport = test.start(&ada, &skill("1.0.1", &host("x.com"))).await;
    assert_eq!(refused_fields(&backport), ["network.outbound"]);
    test.published(&ada, &skill("1.0.1", &json!({}))).await;
    test.published(&ada, &skill("2.0.1", &host("x.com"))).await;
    // Nothing is below the lowest.
    test.published(&ada, &skill("0.1.0", &host("y.com"))).await;
    test.published(&ada, &skill("0.1.1", &host("y.com"))).await;
    // A pre-release counts by its numbers, and is a baseline for its release.
    test.published(&ada, &skill("3.0.0-rc.1", &host("x.com")))
        .await;
    let release = test.start(&ada, &skill("3.0.0", &host("y.com"))).await;
    assert_eq!(refused_fields(&release), ["network.outbound"]);
    test.published(&ada, &skill("3.0.0", &host("x.com"))).await;
    // An unfinished upload is no baseline.
    test.staged(&ada, &skill("4.0.0", &host("z.com")), b"never confirmed")
        .await;
    let next = test.start(&ada, &skill("4.0.1", &host("z.com"))).await;
    assert_eq!(next.status, 200, "a major bump from 3.0.0");
}

#[tokio::test]
async fn yanking_does_not_open_the_way_and_removing_takes_the_baseline_away() {
    for (state, allowed) in [
        (VersionState::Yanked { reason: None }, false),
        (VersionState::Removed, true),
        (VersionState::Held, true),
    ] {
        let test = TestRegistry::new().await;
        let ada = test.user("ada").await;
        test.published(&ada, &skill("0.9.0", &host("x.com"))).await;
        test.published(&ada, &skill("1.0.0", &json!({}))).await;
        test.set_state("tools", "1.0.0", state.clone()).await;
        let answer = test.publish(&ada, &skill("1.0.1", &host("x.com"))).await;
        assert_eq!(answer.status == 200, allowed, "{state:?}");
    }
}

#[tokio::test]
async fn the_confirm_checks_again_against_what_went_live_in_between() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &skill("1.0.0", &host("x.com"))).await;
    let with_host = skill("1.5.0", &host("x.com"));
    let archive = pack(&skill_files(&with_host));
    let waiting = test.staged(&ada, &with_host, &archive).await;
    test.published(&ada, &skill("1.4.0", &json!({}))).await;
    let refused = test.confirm(&ada, &waiting, &integrity(&archive)).await;
    assert_eq!(refused_fields(&refused), ["network.outbound"]);
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.text("latestVersion"), "1.4.0");
    // The session is still open, and the other way round is fine.
    test.set_state("tools", "1.4.0", VersionState::Removed)
        .await;
    assert_eq!(
        test.confirm(&ada, &waiting, &integrity(&archive))
            .await
            .status,
        200
    );
}
