//! What a publish changes, and what it must survive: sections 2.6 and 4.1 to 4.3 of the API.

use std::sync::Arc;

use serde_json::{Value, json};
use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_core::model::SkillStatus;
use tank_registry_core::ops::Grantee;
use tank_registry_tests::wire::{TestRegistry, handle, integrity, manifest, pack, skill_files};

fn tools(version: &str, visibility: Option<&str>) -> Value {
    let mut manifest = manifest("tools", version);
    if let Some(visibility) = visibility {
        manifest["visibility"] = json!(visibility);
    }
    manifest
}

#[tokio::test]
async fn latest_is_the_highest_release_and_describes_the_skill() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    for (version, latest) in [
        ("1.0.0-alpha", "1.0.0-alpha"),
        ("1.0.0-beta", "1.0.0-beta"),
        ("0.9.0", "0.9.0"),
        ("1.0.0-rc.1", "0.9.0"),
        ("2.0.0", "2.0.0"),
        ("1.0.1", "2.0.0"),
        ("3.0.0-rc.1", "2.0.0"),
        ("2.0.10", "2.0.10"),
        ("2.0.9", "2.0.10"),
    ] {
        let mut manifest = tools(version, None);
        manifest["description"] = json!(version);
        manifest["repository"] = json!(format!("git:{version}"));
        test.clock.advance(std::time::Duration::from_secs(1));
        test.published(&ada, &manifest).await;
        let skill = test.get(None, "/api/v1/skills/tools").await;
        assert_eq!(skill.text("latestVersion"), latest, "after {version}");
        assert_eq!(skill.text("description"), latest);
        assert_eq!(skill.text("repository"), format!("git:{latest}"));
        assert_eq!(skill.text("updatedAt"), test.now());
        assert_eq!(
            skill.json["versions"][0]["version"], version,
            "the newest publish first"
        );
    }
}

#[tokio::test]
async fn visibility_is_set_by_the_first_kept_when_absent_and_audited_when_changed() {
    let store = MemoryStore::new();
    let test = TestRegistry::over(
        Arc::new(store.clone()),
        Arc::new(MemoryBlobs::new()),
        |builder| builder,
    )
    .await;
    let ada = test.user("ada").await;
    let changes = || {
        let published = store
            .audit_log()
            .into_iter()
            .filter(|line| line.event.action == "skill.publish");
        published
            .map(|line| {
                (
                    line.event.metadata["visibilityBefore"].clone(),
                    line.event.metadata["visibility"].clone(),
                )
            })
            .collect::<Vec<_>>()
    };
    for (version, declared, visible) in [
        ("1.0.0", Some("private"), false),
        ("1.0.1", None, false),
        ("1.0.2", Some("public"), true),
        ("1.0.3", None, true),
        ("0.1.0", Some("private"), false),
    ] {
        // A start changes nothing.
        let before = test.get(None, "/api/v1/skills/tools").await.status;
        test.start(&ada, &tools(version, declared)).await;
        assert_eq!(test.get(None, "/api/v1/skills/tools").await.status, before);
        test.published(&ada, &tools(version, declared)).await;
        let status = test.get(None, "/api/v1/skills/tools").await.status;
        assert_eq!(status == 200, visible, "{version}");
    }
    let (public, private) = (json!("public"), json!("private"));
    assert_eq!(
        changes(),
        [
            (Value::Null, private.clone()),
            (private.clone(), private.clone()),
            (private.clone(), public.clone()),
            (public.clone(), public.clone()),
            (public, private),
        ]
    );
    test.published(&ada, &manifest("other", "1.0.0")).await;
    assert_eq!(
        test.get(None, "/api/v1/skills/other").await.json["visibility"],
        "public"
    );
}

#[tokio::test]
async fn the_readme_is_the_confirms_else_the_starts_else_the_archives() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    for (at, (start, confirm, shown)) in [
        (None, None, "# A skill\n"),
        (Some("start"), None, "start"),
        (Some("start"), Some("confirm"), "confirm"),
        (None, Some("confirm"), "confirm"),
        (Some(""), None, ""),
        (Some("start"), Some(""), ""),
    ]
    .into_iter()
    .enumerate()
    {
        let manifest = tools(&format!("1.0.{at}"), None);
        let archive = pack(&skill_files(&manifest));
        let mut body = json!({ "manifest": manifest, "files": ["a", 7], "unknown": true });
        if let Some(readme) = start {
            body["readme"] = json!(readme);
        }
        let started = test.post(Some(&ada), "/api/v1/skills", &body).await;
        test.put(started.text("uploadUrl"), archive.clone()).await;
        let mut body = json!({ "versionId": started.text("versionId"), "integrity": integrity(&archive), "fileCount": 9999, "tarballSize": 1 });
        if let Some(readme) = confirm {
            body["readme"] = json!(readme);
        }
        assert_eq!(
            test.post(Some(&ada), "/api/v1/skills/confirm", &body)
                .await
                .status,
            200
        );
        let skill = test.get(None, "/api/v1/skills/tools").await;
        assert_eq!(skill.text("readme"), shown);
        // What the client said of the files counts for nothing.
        assert_eq!(skill.json["versions"][0]["fileCount"], 2);
        assert_eq!(skill.json["versions"][0]["tarballSize"], archive.len());
    }
}

#[tokio::test]
async fn a_readme_has_at_most_half_a_million_characters_as_clients_count_them() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let manifest = tools("1.0.0", None);
    let archive = pack(&skill_files(&manifest));
    let fits = [
        String::from_utf8(vec![b'a'; 500_000]).unwrap(),
        "é".repeat(500_000),
        "🚀".repeat(250_000),
    ];
    for readme in &fits {
        let body = json!({ "manifest": manifest, "readme": readme });
        assert_eq!(
            test.post(Some(&ada), "/api/v1/skills", &body).await.status,
            200
        );
        let body = json!({ "manifest": manifest, "readme": format!("{readme}a") });
        let refused = test.post(Some(&ada), "/api/v1/skills", &body).await;
        assert_eq!(refused.refusal(), (400, "Invalid request body"));
    }
    let id = test.staged(&ada, &manifest, &archive).await;
    let confirm = async |readme: &str| {
        let body = json!({ "versionId": id, "integrity": integrity(&archive), "readme": readme });
        test.post(Some(&ada), "/api/v1/skills/confirm", &body).await
    };
    let refused = confirm(&format!("{}a", fits[2])).await;
    assert_eq!(refused.refusal(), (400, "Invalid request body"));
    assert!(refused.json["details"]["readme"][0].is_string());
    assert_eq!(confirm(&fits[2]).await.status, 200);
}

#[tokio::test]
async fn a_skill_has_at_most_so_many_versions() {
    let test = TestRegistry::with_settings(|settings| settings.max_versions = 2).await;
    let ada = test.user("ada").await;
    test.published(&ada, &tools("1.0.0", None)).await;
    let manifest = tools("1.0.2", None);
    let archive = pack(&skill_files(&manifest));
    let waiting = test.staged(&ada, &manifest, &archive).await;
    test.published(&ada, &tools("1.0.1", None)).await;
    let refused = test.start(&ada, &tools("1.0.3", None)).await;
    assert_eq!(refused.status, 409);
    assert!(refused.text("error").contains("2 versions"), "{refused:?}");
    assert_eq!(
        test.confirm(&ada, &waiting, &integrity(&archive))
            .await
            .status,
        409
    );
    let taken = test.start(&ada, &tools("1.0.1", None)).await;
    assert_eq!(
        taken.refusal(),
        (409, "Version 1.0.1 already exists for tools")
    );
}

#[tokio::test]
async fn require_scope_refuses_new_names_without_one_and_keeps_reading_old_ones() {
    let (store, blobs) = (Arc::new(MemoryStore::new()), Arc::new(MemoryBlobs::new()));
    let open = TestRegistry::over(store.clone(), blobs.clone(), |builder| builder).await;
    let ada = open.user("ada").await;
    open.org("acme", "ada").await;
    open.published(&ada, &tools("1.0.0", None)).await;
    let mut settings = tank_registry_core::Settings::default();
    settings.require_scope = true;
    let url = tank_registry_core::PublicUrl::parse(tank_registry_tests::wire::PUBLIC_URL).unwrap();
    let registry = tank_registry_core::Registry::builder(store, blobs, url)
        .clock(open.clock.clone())
        .settings(settings);
    let strict = TestRegistry {
        registry: registry.build().await.unwrap(),
        ..open
    };
    let refused = strict.start(&ada, &tools("1.0.1", None)).await;
    assert_eq!(
        refused.json,
        json!({ "error": "Invalid manifest", "details": {
        "name": ["Name must be scoped (@org/name), lowercase alphanumeric and hyphens"],
    } })
    );
    assert_eq!(strict.get(None, "/api/v1/skills/tools").await.status, 200);
    strict
        .published(&ada, &manifest("@acme/tools", "1.0.0"))
        .await;
}

#[tokio::test]
async fn a_removed_skill_takes_no_version_and_shows_none() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &tools("1.0.0", None)).await;
    let link = test.download_url(None, "tools", "1.0.0").await;
    let manifest = tools("1.0.1", None);
    let archive = pack(&skill_files(&manifest));
    let waiting = test.staged(&ada, &manifest, &archive).await;
    test.change_skill("tools", |commit| {
        commit.head.status = SkillStatus::Removed;
        commit.head.readers.clear();
    })
    .await;
    let removed = (403, "Skill 'tools' has been removed");
    assert_eq!(
        test.start(&ada, &tools("1.0.2", None)).await.refusal(),
        removed
    );
    assert_eq!(
        test.confirm(&ada, &waiting, &integrity(&archive))
            .await
            .refusal(),
        removed
    );
    for key in [None, Some(&*ada), Some(&*test.admin)] {
        assert_eq!(
            test.get(key, "/api/v1/skills/tools").await.refusal(),
            (404, "Skill not found")
        );
    }
    assert_eq!(test.follow(&link).await.refusal(), (404, "File not found"));
}

#[tokio::test]
async fn who_else_may_read_a_skill_does_not_move_its_time() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    let published = test.now();
    test.clock.advance(std::time::Duration::from_hours(1));
    test.user("bob").await;
    test.grant("tools", &Grantee::User(handle("bob"))).await;
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.text("updatedAt"), published);
}
