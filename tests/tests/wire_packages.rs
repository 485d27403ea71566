//! Archives through the whole of a publish: section 2.5 of the API.

use serde_json::{Value, json};
use tank_registry_tests::wire::{
    Answer, TestRegistry, gzip, integrity, manifest, pack, pack_entries, skill_files,
};
use tar::EntryType;

const FILE: EntryType = EntryType::Regular;

/// Every fault has a field and a reason, and the session stays open for a good archive.
async fn refused(what: &str, declared: &Value, archive: &[u8]) -> Answer {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let started = test.start(&ada, declared).await;
    let (url, id) = (started.text("uploadUrl"), started.text("versionId"));
    assert_eq!(test.put(url, archive.to_vec()).await.status, 200, "{what}");
    let answer = test.confirm(&ada, id, &integrity(archive)).await;
    assert_eq!(answer.refusal(), (400, "Invalid package"), "{what}");
    let details = answer.list("details");
    assert!(!details.is_empty(), "{what}");
    for detail in details {
        assert!(
            detail["field"].is_string() && detail["reason"].is_string(),
            "{what}: {detail}"
        );
    }
    let absent = test.get(Some(&ada), "/api/v1/skills/tools").await;
    assert_eq!(absent.status, 404, "{what}: nothing is published");
    let good = pack(&skill_files(declared));
    assert_eq!(test.put(url, good.clone()).await.status, 200, "{what}");
    assert_eq!(
        test.confirm(&ada, id, &integrity(&good)).await.status,
        200,
        "{what}"
    );
    answer
}

#[tokio::test]
async fn a_hostile_archive_is_refused_and_leaves_the_session_open() {
    let declared = manifest("tools", "1.0.0");
    let json = declared.to_string();
    let tank = ("tank.json", FILE, json.as_bytes());
    let good = pack(&skill_files(&declared));
    let bomb = vec![0; 40 << 20];
    for (what, archive) in [
        ("up and out", pack_entries(&[tank, ("../evil", FILE, b"x")])),
        ("up inside", pack_entries(&[tank, ("a/../b", FILE, b"x")])),
        (
            "absolute",
            pack_entries(&[tank, ("/etc/passwd", FILE, b"x")]),
        ),
        ("backslash", pack_entries(&[tank, ("..\\evil", FILE, b"x")])),
        (
            "symlink",
            pack_entries(&[tank, ("link", EntryType::Symlink, b"tank.json")]),
        ),
        (
            "symlink out",
            pack_entries(&[tank, ("link", EntryType::Symlink, b"/etc/passwd")]),
        ),
        (
            "device",
            pack_entries(&[tank, ("dev", EntryType::Char, b"")]),
        ),
        (
            "fifo",
            pack_entries(&[tank, ("pipe", EntryType::Fifo, b"")]),
        ),
        (
            "twins",
            pack_entries(&[tank, ("a", FILE, b"1"), ("a", FILE, b"2")]),
        ),
        (
            "twins by a dot",
            pack_entries(&[tank, ("./a", FILE, b"1"), ("a", FILE, b"2")]),
        ),
        (
            "twins by case",
            pack_entries(&[tank, ("A", FILE, b"1"), ("a", FILE, b"2")]),
        ),
        (
            "two manifests",
            pack_entries(&[tank, ("TANK.json", FILE, b"{}")]),
        ),
        (
            "a file as a folder",
            pack_entries(&[tank, ("a", FILE, b"1"), ("a/b", FILE, b"2")]),
        ),
        ("empty segment", pack_entries(&[tank, ("a//b", FILE, b"1")])),
        ("bomb", pack_entries(&[tank, ("zeros", FILE, &bomb)])),
        ("cut in half", good[..good.len() / 2].to_vec()),
        ("cut at the checksum", good[..good.len() - 4].to_vec()),
        ("nothing", Vec::new()),
        ("no gzip", b"plain text".to_vec()),
        ("gzip of no tar", gzip(b"plain text")),
        ("gzip of nothing", gzip(b"")),
        (
            "no manifest",
            pack_entries(&[("SKILL.md", FILE, b"# A skill")]),
        ),
        (
            "manifest in a folder beside a file",
            pack_entries(&[("a/tank.json", FILE, json.as_bytes()), ("b", FILE, b"")]),
        ),
        (
            "manifest of no JSON",
            pack_entries(&[("tank.json", FILE, b"{")]),
        ),
        (
            "manifest of two names",
            pack_entries(&[(
                "tank.json",
                FILE,
                br#"{"name":"tools","name":"tools","version":"1.0.0"}"#,
            )]),
        ),
        (
            "manifest of no manifest",
            pack_entries(&[("tank.json", FILE, b"{}")]),
        ),
    ] {
        refused(what, &declared, &archive).await;
    }
}

#[tokio::test]
async fn more_files_than_a_package_may_have_are_refused() {
    let declared = manifest("tools", "1.0.0");
    let mut files = skill_files(&declared);
    files.extend((0..999).map(|at| (format!("file{at}"), Vec::new())));
    refused("1001 files", &declared, &pack(&files)).await;
    files.pop();
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let answer = test.publish_archive(&ada, &declared, &pack(&files)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let detail = test.get(None, "/api/v1/skills/tools/1.0.0").await;
    assert_eq!(detail.json["fileCount"], 1000);
}

#[tokio::test]
async fn the_manifest_inside_agrees_with_the_declared_one() {
    let declared = json!({
        "name": "tools", "version": "1.0.0", "skills": { "base": "^1.0.0" },
        "permissions": { "subprocess": false, "network": { "outbound": ["a.com"] } },
    });
    let inside = |field: &str, value: Value| {
        let mut inside = declared.clone();
        inside[field] = value;
        pack(&skill_files(&inside))
    };
    for (field, value) in [
        ("name", json!("other")),
        ("version", json!("1.0.1")),
        ("version", json!("1.0.0+build")),
        ("skills", json!({ "base": "^1.0.1" })),
        ("skills", json!({})),
        (
            "permissions",
            json!({ "network": { "outbound": ["a.com"] }, "subprocess": true }),
        ),
        (
            "permissions",
            json!({ "network": { "outbound": ["a.com", "b.com"] }, "subprocess": false }),
        ),
    ] {
        let answer = refused(field, &declared, &inside(field, value)).await;
        assert_eq!(answer.json["details"][0]["field"], field);
        assert_eq!(answer.list("details").len(), 1);
    }
    for (field, value) in [
        ("name", json!(" TOOLS ")),
        ("visibility", json!("private")),
        ("description", json!("Another text")),
    ] {
        let test = TestRegistry::new().await;
        let ada = test.user("ada").await;
        let answer = test
            .publish_archive(&ada, &declared, &inside(field, value))
            .await;
        assert_eq!(answer.status, 200, "{field}: {answer:?}");
        let skill = test.get(None, "/api/v1/skills/tools").await;
        assert_eq!(
            (&skill.json["visibility"], &skill.json["description"]),
            (&json!("public"), &Value::Null)
        );
    }
}

#[tokio::test]
async fn the_old_name_of_the_manifest_and_a_common_folder_are_understood() {
    let declared = manifest("tools", "1.0.0");
    let json = declared.to_string();
    for (what, archive) in [
        (
            "skills.json",
            pack_entries(&[("skills.json", FILE, json.as_bytes())]),
        ),
        (
            "tank.json wins",
            pack_entries(&[
                ("skills.json", FILE, b"{"),
                ("tank.json", FILE, json.as_bytes()),
            ]),
        ),
        (
            "one folder",
            pack_entries(&[
                ("tools/tank.json", FILE, json.as_bytes()),
                ("tools/a/b", FILE, b""),
            ]),
        ),
        (
            "dots",
            pack_entries(&[
                ("./tank.json", FILE, json.as_bytes()),
                ("./a/./b", FILE, b""),
            ]),
        ),
    ] {
        let test = TestRegistry::new().await;
        let ada = test.user("ada").await;
        let answer = test.publish_archive(&ada, &declared, &archive).await;
        assert_eq!(answer.status, 200, "{what}: {answer:?}");
        let served = test
            .follow(&test.download_url(None, "tools", "1.0.0").await)
            .await;
        assert_eq!(served.bytes, archive, "{what}: exactly as uploaded");
    }
}
