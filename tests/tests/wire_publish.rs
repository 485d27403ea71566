//! Publishing over the wire: sections 4.1 to 4.3 of the API.

use serde_json::{Value, json};
use tank_registry_tests::wire::{TestRegistry, integrity, manifest, pack, skill_files};

#[tokio::test]
async fn a_skill_is_published_read_and_downloaded() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    let manifest = json!({
        "name": "@acme/tools", "version": "1.2.0", "description": "Checks invoices",
        "permissions": { "network": { "outbound": ["api.acme.com"] } },
        "skills": { "@acme/base": "^1.0.0" },
    });
    let archive = pack(&skill_files(&manifest));
    let confirmed = test.publish_archive(&ada, &manifest, &archive).await;
    assert_eq!(
        (confirmed.status, &confirmed.json),
        (
            200,
            &json!({
                "success": true, "name": "@acme/tools", "version": "1.2.0",
                "auditScore": null, "scanVerdict": null, "status": "published",
            })
        )
    );

    let skill = test.get(None, "/api/v1/skills/%40acme%2Ftools").await;
    let line = json!({
        "version": "1.2.0", "integrity": integrity(&archive), "auditScore": null,
        "auditStatus": "scanning", "publishedAt": "2026-03-01T11:00:00.000Z",
        "tarballSize": archive.len(), "fileCount": 2, "scanVerdict": null,
    });
    assert_eq!(
        skill.json,
        json!({
            "name": "@acme/tools", "description": "Checks invoices", "visibility": "public",
            "latestVersion": "1.2.0", "publisher": { "name": "ada", "displayName": "ada" },
            "createdAt": "2026-03-01T11:00:00.000Z", "updatedAt": "2026-03-01T11:00:00.000Z",
            "repository": null, "status": "active", "auditScore": null, "auditStatus": "scanning",
            "scanVerdict": null, "downloads": 0, "stars": 0,
            "permissions": { "network": { "outbound": ["api.acme.com"] } },
            "readme": "# A skill\n", "atomKinds": ["skill"], "versions": [line],
        })
    );
    let versions = test.get(None, "/api/v1/skills/@acme/tools/versions").await;
    assert_eq!(
        versions.json,
        json!({ "name": "@acme/tools", "versions": [line] })
    );

    let mut detail = test.get(None, "/api/v1/skills/@acme/tools/1.2.0").await;
    let url = detail.json["downloadUrl"].take();
    assert_eq!(
        detail.json,
        json!({
            "name": "@acme/tools", "version": "1.2.0", "description": "Checks invoices",
            "integrity": integrity(&archive),
            "permissions": { "network": { "outbound": ["api.acme.com"] } },
            "auditScore": null, "auditStatus": "scanning", "downloadUrl": null,
            "publishedAt": "2026-03-01T11:00:00.000Z", "downloads": 0, "scanVerdict": null,
            "scanFindings": [], "dependencies": { "@acme/base": "^1.0.0" },
            "visibility": "public", "repository": null, "tarballSize": archive.len(),
            "fileCount": 2, "readme": "# A skill\n", "atomKinds": ["skill"], "status": "active", "yankReason": null,
        })
    );
    let download = test.follow(url.as_str().unwrap()).await;
    assert_eq!((download.status, &download.bytes[..]), (200, &archive[..]));
    assert_eq!(download.header("content-type"), Some("application/gzip"));
    assert_eq!(download.header("content-encoding"), None);
    let again = test.get(None, "/api/v1/skills/@acme/tools").await;
    assert_eq!(again.json["downloads"], 1);
}

#[tokio::test]
async fn nothing_a_reader_sees_changes_before_the_confirm() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let started = test.start(&ada, &manifest("tools", "1.0.0")).await;
    assert_eq!(started.status, 200);
    for path in ["tools", "tools/versions", "tools/1.0.0"] {
        let answer = test
            .get(Some(&ada), &format!("/api/v1/skills/{path}"))
            .await;
        assert_eq!(answer.refusal(), (404, "Skill not found"));
    }
}

#[tokio::test]
async fn a_confirm_may_be_repeated_and_has_the_same_answer() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    let started = test.start(&ada, &manifest).await;
    test.put(started.text("uploadUrl"), archive.clone()).await;
    let id = started.text("versionId");
    let first = test.confirm(&ada, id, &integrity(&archive)).await;
    let second = test.confirm(&ada, id, &integrity(&archive)).await;
    assert_eq!((first.status, &first.json), (200, &second.json));
    let other = test.confirm(&ada, id, &integrity(b"other")).await;
    assert_eq!(
        other.refusal(),
        (400, "Version is already confirmed or published")
    );
    let bob = test.user("bob").await;
    let stranger = test.confirm(&bob, id, &integrity(&archive)).await;
    assert_eq!(stranger.refusal(), (404, "Skill version not found"));
    let late = test.put(started.text("uploadUrl"), archive).await;
    assert_eq!(late.refusal(), (409, "Upload is closed"));
}

#[tokio::test]
async fn a_second_start_replaces_the_first() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    let first = test.start(&ada, &manifest).await;
    let second = test.start(&ada, &manifest).await;
    assert_ne!(first.json["versionId"], second.json["versionId"]);
    let late = test.put(first.text("uploadUrl"), archive.clone()).await;
    assert_eq!(late.refusal(), (409, "Upload is closed"));
    let old = test
        .confirm(&ada, first.text("versionId"), &integrity(&archive))
        .await;
    assert_eq!(old.refusal(), (404, "Skill version not found"));
    test.put(second.text("uploadUrl"), archive.clone()).await;
    let new = test
        .confirm(&ada, second.text("versionId"), &integrity(&archive))
        .await;
    assert_eq!(new.status, 200, "{new:?}");
}

#[tokio::test]
async fn the_start_is_refused_in_the_order_of_the_table() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let bob = test.user("bob").await;
    test.org("acme", "ada").await;
    let missing = "Missing manifest in request body";
    for body in [
        json!({}),
        json!({ "manifest": null }),
        json!({ "manifest": [] }),
    ] {
        let answer = test.post(Some(&ada), "/api/v1/skills", &body).await;
        assert_eq!(answer.refusal(), (400, missing));
    }
    let invalid = test
        .start(&ada, &json!({ "name": "", "license": "MIT" }))
        .await;
    assert_eq!(
        invalid.json,
        json!({ "error": "Invalid manifest", "details": {
            "name": ["Name must not be empty", "Name must be name or @org/name, lowercase alphanumeric and hyphens"],
            "version": ["Invalid input: expected string, received undefined"],
            "license": ["Unrecognized key: \"license\""],
        } })
    );
    assert_eq!(
        test.start(&ada, &manifest("@nobody/x", "1.0.0"))
            .await
            .refusal(),
        (
            404,
            "Organization 'nobody' not found. You must create the org before publishing scoped packages."
        )
    );
    assert_eq!(
        test.start(&bob, &manifest("@acme/x", "1.0.0"))
            .await
            .refusal(),
        (403, "You are not a member of org 'acme'")
    );
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    assert_eq!(
        test.start(&bob, &manifest("tools", "1.0.0"))
            .await
            .refusal(),
        (403, "You do not own 'tools'")
    );
    assert_eq!(
        test.start(&ada, &manifest("tools", "1.0.0+again"))
            .await
            .refusal(),
        (409, "Version 1.0.0+again already exists for tools")
    );
    let mut louder = manifest("tools", "1.0.1");
    louder["permissions"] = json!({ "subprocess": true });
    assert_eq!(
        test.start(&ada, &louder).await.json,
        json!({ "error": "Permission escalation detected", "details": [{
            "field": "subprocess",
            "reason": "Subprocess execution enabled (was disabled). Requires MAJOR bump",
        }] })
    );
}

#[tokio::test]
async fn the_confirm_checks_the_bytes() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = manifest("tools", "1.0.0");
    let started = test.start(&ada, &manifest).await;
    let (url, id) = (started.text("uploadUrl"), started.text("versionId"));
    let archive = pack(&skill_files(&manifest));
    let early = test.confirm(&ada, id, &integrity(&archive)).await;
    assert_eq!(early.refusal(), (400, "Tarball was not uploaded"));
    test.put(url, archive.clone()).await;
    let wrong = test.confirm(&ada, id, &integrity(b"other")).await;
    assert_eq!(
        wrong.json,
        json!({ "error": "Integrity mismatch", "details": {
            "expected": integrity(b"other"), "actual": integrity(&archive),
        } })
    );
    let renamed = pack(&skill_files(
        &json!({ "name": "other", "version": "1.0.0" }),
    ));
    test.put(url, renamed.clone()).await;
    let other = test.confirm(&ada, id, &integrity(&renamed)).await;
    assert_eq!(other.refusal(), (400, "Invalid package"));
    assert_eq!(other.json["details"][0]["field"], "name");
    // The session stays open for another PUT and confirm.
    test.put(url, archive.clone()).await;
    assert_eq!(
        test.confirm(&ada, id, &integrity(&archive)).await.status,
        200
    );
}

#[tokio::test]
async fn the_confirm_names_what_is_missing_or_wrong() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let confirm = async |body: Value| test.post(Some(&ada), "/api/v1/skills/confirm", &body).await;
    let nothing = confirm(json!({})).await;
    assert_eq!(
        nothing.refusal(),
        (400, "Missing required fields: versionId, integrity")
    );
    let id = "0197c0de-0000-7000-8000-00000000ef01";
    for (body, field) in [
        (
            json!({ "versionId": "x", "integrity": integrity(b"") }),
            "versionId",
        ),
        (
            json!({ "versionId": id, "integrity": "sha512-x" }),
            "integrity",
        ),
        (
            json!({ "versionId": id, "integrity": integrity(b""), "readme": 1 }),
            "readme",
        ),
    ] {
        let answer = confirm(body).await;
        assert_eq!(answer.refusal(), (400, "Invalid request body"));
        assert!(answer.json["details"][field][0].is_string(), "{answer:?}");
    }
    let hints = json!({
        "versionId": id, "integrity": integrity(b""), "fileCount": "many", "tarballSize": -1,
        "skillId": 7,
    });
    assert_eq!(
        confirm(hints).await.refusal(),
        (404, "Skill version not found")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_publishers_of_one_version_exactly_one_succeeds() {
    for _ in 0..20 {
        let test = TestRegistry::new().await;
        let ada = test.user("ada").await;
        let bob = test.user("bob").await;
        test.org("acme", "ada").await;
        test.member("acme", "bob", tank_registry_core::model::OrgRole::Member)
            .await;
        let manifest = manifest("@acme/tools", "1.0.0");
        let (a, b) = tokio::join!(test.publish(&ada, &manifest), test.publish(&bob, &manifest));
        let mut statuses = [a.status, b.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "{a:?} {b:?}");
    }
}
