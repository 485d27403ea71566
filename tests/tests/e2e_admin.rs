//! The command line beside a running server: what every command writes where, and its status.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use serde_json::{Value, json};
use tank_registry_core::model::{VersionKey, VersionState};
use tank_registry_sqlite::{SqliteOptions, SqliteStore};
use tank_registry_tests::fixtures;
use tank_registry_tests::server::{Place, Server};
use tank_registry_tests::wire::manifest;

/// A server with the users `ada` and `bob`, and `@acme/tools`.
fn server() -> Server {
    at(&Place::new())
}

/// The same, where nothing scans.
fn unscanned() -> Server {
    at(&Place::with(&[("scan.gate", "off")]))
}

fn at(place: &Place) -> Server {
    let server = place.start();
    let place = &server.place;
    place.admin("user create ada --email ada@example.org");
    place.admin("user create bob --email bob@example.org");
    place.admin("org create acme --name Acme --owner admin");
    server
        .administrator()
        .publish(&manifest("@acme/tools", "1.0.0"));
    server
}

#[test]
fn each_command_says_what_is_now_so_and_says_it_again_when_repeated() {
    let server = server();
    let member = |role: Value| json!({ "org": "acme", "user": "bob", "role": role });
    let grant = |user: Value, org: Value, granted: bool| json!({ "skill": "@acme/tools", "user": user, "org": org, "granted": granted });
    for (line, text, answer) in [
        (
            "user suspend ada",
            "user ada is suspended",
            json!({ "name": "ada", "status": "suspended" }),
        ),
        (
            "user restore ada",
            "user ada is active",
            json!({ "name": "ada", "status": "active" }),
        ),
        (
            "org add acme bob --role member",
            "bob is member of acme",
            member(json!("member")),
        ),
        (
            "org add acme bob --role owner",
            "bob is owner of acme",
            member(json!("owner")),
        ),
        (
            "grant add @acme/tools --user ada",
            "ada is granted @acme/tools",
            grant(json!("ada"), Value::Null, true),
        ),
        (
            "grant remove @acme/tools --user ada",
            "ada is not granted @acme/tools",
            grant(json!("ada"), Value::Null, false),
        ),
        (
            "grant add @acme/tools --org acme",
            "acme is granted @acme/tools",
            grant(Value::Null, json!("acme"), true),
        ),
        (
            "grant remove @acme/tools --org acme",
            "acme is not granted @acme/tools",
            grant(Value::Null, json!("acme"), false),
        ),
        (
            "skill visibility @acme/tools private",
            "@acme/tools is private",
            json!({ "skill": "@acme/tools", "visibility": "private" }),
        ),
        (
            "skill visibility @acme/tools public",
            "@acme/tools is public",
            json!({ "skill": "@acme/tools", "visibility": "public" }),
        ),
    ] {
        for _ in 0..2 {
            assert_eq!(server.place.admin(line), text, "{line}");
            assert_eq!(server.place.admin_json(line), answer, "{line}");
        }
    }
}

#[test]
fn a_member_is_removed_once() {
    let server = server();
    server.place.admin("org add acme bob --role member");
    let answer = server.place.admin_json("org remove acme bob");
    let expected = json!({ "org": "acme", "user": "bob", "role": null });
    assert_eq!(answer, expected);
    assert_refused(&server.place, "org remove acme bob");
    server.place.admin("org add acme bob --role member");
    let text = server.place.admin("org remove acme bob");
    assert_eq!(text, "bob is no member of acme");
}

#[test]
fn what_is_created_again_is_the_same_thing() {
    let server = server();
    let user = "user create eve --email eve@example.org --admin";
    let org = "org create beta --name Beta --owner ada";
    assert_eq!(server.place.admin(user), "user eve is there");
    let said = "organization beta is there, owned by ada";
    assert_eq!(server.place.admin(org), said);
    let eve = server.place.admin_json(user);
    assert_eq!(
        [&eve["name"], &eve["email"], &eve["role"]],
        ["eve", "eve@example.org", "admin"]
    );
    let beta = server.place.admin_json(org);
    assert_eq!([&beta["slug"], &beta["name"]], ["beta", "Beta"]);
    for (line, answer) in [(user, eve), (org, beta)] {
        assert!(answer["id"].is_string() && answer["createdAt"].is_string());
        assert_eq!(server.place.admin_json(line), answer, "{line}");
    }
}

#[test]
fn a_key_is_written_alone_once_and_listed_without_its_secret() {
    let server = server();
    let place = &server.place;
    let plain = place.admin("key create --user ada");
    assert_eq!(server.client(&plain).whoami().text("name"), "ada");
    let created = place.admin_json(
        "key create --user ada --scope skills:read --scope skills:publish --expires-in-days 7 --per-day unlimited",
    );
    let secret = created["key"].as_str().unwrap();
    assert_eq!(server.client(secret).whoami().text("name"), "ada");
    let listed = place.admin_json("key list --user ada");
    let keys = listed["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 2);
    let of = |id: &Value| keys.iter().find(|key| key["id"] == *id).unwrap();
    let second = of(&created["id"]);
    assert_eq!(second["scopes"], json!(["skills:read", "skills:publish"]));
    assert_eq!(second["perDay"], Value::Null);
    let first = keys.iter().find(|key| key["id"] != created["id"]).unwrap();
    assert_eq!(first["scopes"], json!(["skills:read"]));
    assert_eq!(first["perDay"], 1000);
    let table = place.admin("key list --user ada");
    for text in [&table, &listed.to_string()] {
        assert!(!text.contains(secret) && !text.contains(&plain), "{text}");
        assert!(text.contains(created["id"].as_str().unwrap()));
    }
    let id = created["id"].as_str().unwrap();
    let revoke = format!("key revoke {id}");
    for _ in 0..2 {
        assert_eq!(place.admin(&revoke), format!("key {id} is revoked"));
        let answer = json!({ "id": id, "revoked": true });
        assert_eq!(place.admin_json(&revoke), answer);
    }
}

/// That a command is refused with this status: in words for people, in JSON for programs.
fn assert_refused(place: &Place, line: &str) {
    let ran = place.try_admin(line);
    assert_eq!(ran.status, Some(1), "{line}: {ran:?}");
    assert_eq!(ran.stdout, "", "{line}");
    let words = ran.stderr.strip_prefix("tank-registry-server: ");
    let words = words.unwrap_or_else(|| panic!("{line}: {ran:?}")).trim();
    let ran = place.try_admin(&format!("{line} --json"));
    assert_eq!(ran.status, Some(1), "{line}: {ran:?}");
    let answer: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(answer, json!({ "error": words }), "{line}");
}

#[test]
fn what_cannot_be_done_is_refused_with_status_1() {
    let server = server();
    for line in [
        "user create ada --email other@example.org",
        "user suspend nobody",
        "user restore nobody",
        "org create acme --name Other --owner nobody",
        "org create gamma --name Gamma --owner nobody",
        "org add nowhere ada --role member",
        "org add acme nobody --role member",
        "org remove nowhere ada",
        "org remove acme admin",
        "org add acme admin --role member",
        "grant add @acme/nothing --user ada",
        "grant add @acme/tools --user nobody",
        "grant add @acme/tools --org nowhere",
        "skill visibility @acme/nothing public",
        "key create --user nobody",
        "key list --user nobody",
        "key revoke 01a210d9-80d6-72d3-8b7d-0eee5f76a9ca",
    ] {
        assert_refused(&server.place, line);
    }
}

#[test]
fn what_is_ill_formed_is_status_2() {
    let server = server();
    for line in [
        "",
        "nonsense",
        "user create ADA! --email ada@example.org",
        "user create zoe --email zoe",
        "org create -x --name X --owner ada",
        "org add acme ada --role king",
        "grant add @acme/tools",
        "grant add @acme/tools --user ada --org acme",
        "skill visibility @acme/tools secret",
        "key create --user ada --scope skills:everything",
        "key create --user ada --expires-in-days 366",
        "key create --user ada --per-day 0",
        "key revoke one",
    ] {
        let ran = server.place.try_admin(line);
        assert_eq!(ran.status, Some(2), "{line}: {ran:?}");
        assert_eq!(ran.stdout, "", "{line}");
        assert!(!ran.stderr.is_empty(), "{line}");
    }
}

/// Holds a version of `@acme/tools`, as a person would who has a command for it.
fn hold(place: &Place, version: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let database = place.data().join("registry.db");
        let store = SqliteStore::open(database, SqliteOptions::default());
        let store = store.await.unwrap();
        let mut commit = fixtures::head_only(&store, "@acme/tools").await;
        let key = VersionKey::parse(version).unwrap();
        commit.states.push((key, VersionState::Held));
        fixtures::done(&store, fixtures::skill(commit)).await;
        store.close().await;
    });
}

#[test]
fn what_is_held_is_listed_and_released_with_a_reason() {
    let server = unscanned();
    let place = &server.place;
    assert_eq!(place.admin("held"), "nothing is held");
    assert_eq!(place.admin_json("held"), json!({ "versions": [] }));
    hold(place, "1.0.0");
    let text = "@acme/tools 1.0.0: no verdict, awaits a release";
    assert_eq!(place.admin("held"), text);
    let held = place.admin_json("held");
    let expected = json!({
        "name": "@acme/tools", "version": "1.0.0", "auditStatus": "scanning",
        "scanVerdict": null, "scannedAt": null, "awaitsScan": false,
    });
    assert_eq!(held, json!({ "versions": [expected] }));
    let release = "release @acme/tools 1.0.0 --reason fine";
    assert_eq!(place.admin(release), "@acme/tools 1.0.0 is live");
    assert_refused(place, release);
    hold(place, "1.0.0");
    let answer = place.admin_json(release);
    assert_eq!(
        [&answer["name"], &answer["version"], &answer["escalation"]],
        [&json!("@acme/tools"), &json!("1.0.0"), &json!(false)]
    );
    for line in [
        "release @acme/tools 9.0.0 --reason fine",
        "release @acme/nothing 1.0.0 --reason fine",
    ] {
        assert_refused(place, line);
    }
}

#[test]
fn an_escalation_is_released_by_the_command_line_only_when_told_so() {
    let server = server();
    let place = &server.place;
    let mut wider = manifest("@acme/tools", "2.0.0");
    wider["permissions"] = json!({ "subprocess": true });
    server.administrator().publish(&wider);
    wider["version"] = json!("2.1.0");
    server.administrator().publish(&wider);
    hold(place, "2.1.0");
    // What it was compared with is held too: it follows 1.0.0 now.
    hold(place, "2.0.0");
    let release = "release @acme/tools 2.1.0 --reason fine";
    assert_eq!(
        place.admin(release),
        "@acme/tools 2.1.0 is live",
        "a major bump"
    );
    server
        .administrator()
        .publish(&manifest("@acme/tools", "2.0.5"));
    hold(place, "2.1.0");
    let ran = place.try_admin(release);
    assert_eq!(ran.status, Some(1), "{ran:?}");
    let reason = "Subprocess execution enabled (was disabled). Requires MAJOR bump";
    assert!(ran.stderr.contains(reason), "{ran:?}");
    assert!(ran.stderr.contains("--override-escalation"), "{ran:?}");
    assert_refused(place, release);
    let line = format!("{release} --override-escalation");
    assert_eq!(place.admin_json(&line)["escalation"], true);
}

#[test]
fn without_a_scanner_a_rescan_is_refused() {
    let server = unscanned();
    for line in ["rescan", "rescan @acme/tools", "rescan @acme/tools 1.0.0"] {
        let ran = server.place.try_admin(line);
        assert!(
            ran.stderr.contains("Scanner service not configured"),
            "{ran:?}"
        );
        assert_refused(&server.place, line);
    }
}
