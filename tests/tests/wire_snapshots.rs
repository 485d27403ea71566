//! Every answer and every refusal, word by word. What a client reads is in these files: a change
//! of one of them is a change of the wire.

use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tank_registry_core::model::{VersionState, Visibility};
use tank_registry_core::scan::Severity;
use tank_registry_core::{Scope, Settings, Viewer};
use tank_registry_tests::wire::{
    Answer, Redactor, TestRegistry, TestScanner, finding, integrity, manifest, pack, report,
    skill_files, skill_name,
};

/// Ada owns acme, Bob is its member, Eve is nobody's; `@acme/tools` is there in two versions.
struct Scene {
    test: TestRegistry,
    ada: String,
    eve: String,
    shown: Redactor,
}

impl Scene {
    async fn new() -> Self {
        let mut settings = Settings::default();
        settings.anonymous_per_hour = std::num::NonZeroU32::new(500);
        let scanner = TestScanner::new(report(vec![finding(Severity::Low)]));
        let test = TestRegistry::with(|builder| builder.scanner(scanner).settings(settings)).await;
        let ada = test.user("ada").await;
        test.user("bob").await;
        let eve = test.user("eve").await;
        test.org("acme", "ada").await;
        let full = json!({
            "name": "@acme/tools",
            "version": "1.0.0",
            "description": "Checks invoices",
            "skills": { "@acme/base": "^1.0.0" },
            "permissions": { "network": { "outbound": ["api.acme.example"] } },
            "repository": "https://git.acme.example/tools",
        });
        test.published(&ada, &full).await;
        let mut next = full.clone();
        next["version"] = json!("1.1.0");
        test.published(&ada, &next).await;
        Self {
            test,
            ada,
            eve,
            shown: Redactor::default(),
        }
    }

    async fn get(&mut self, key: Option<&str>, path: &str) -> Answer {
        let answer = self.test.get(key, path).await;
        self.add(&format!("GET {path}{}", who(key)), &answer);
        answer
    }

    async fn post(&mut self, key: Option<&str>, path: &str, body: Value) -> Answer {
        let answer = self.test.post(key, path, &body).await;
        self.add(&format!("POST {path}{} {body}", who(key)), &answer);
        answer
    }

    async fn call(&mut self, method: Method, key: Option<&str>, path: &str) -> Answer {
        let answer = self.test.call(method.clone(), path, key, None).await;
        self.add(&format!("{method} {path}{}", who(key)), &answer);
        answer
    }

    fn add(&mut self, title: &str, answer: &Answer) {
        self.shown.add(title, answer);
    }

    fn matches(&self, name: &str) {
        insta::assert_snapshot!(name, self.shown.text());
    }
}

fn who(key: Option<&str>) -> &'static str {
    if key.is_some() { " with a key" } else { "" }
}

#[tokio::test]
async fn skills_and_versions() {
    let mut scene = Scene::new().await;
    for path in [
        "/api/v1/skills/@acme/tools",
        "/api/v1/skills/@acme/tools/versions",
        "/api/v1/skills/@acme/tools/1.0.0",
        "/api/v1/skills/@acme/tools/9.0.0",
        "/api/v1/skills/@acme/tools/latest",
        "/api/v1/skills/@acme/absent",
        "/api/v1/skills/@acme/absent/1.0.0",
        "/api/v1/skills/no name",
    ] {
        let path = path.replace(' ', "%20");
        scene.get(None, &path).await;
    }
    let reason = Some("leaks a file".to_owned());
    let yanked = VersionState::Yanked { reason };
    scene.test.set_state("@acme/tools", "1.0.0", yanked).await;
    let ada = scene.ada.clone();
    scene
        .get(Some(&ada), "/api/v1/skills/@acme/tools/1.0.0")
        .await;
    scene.matches("skills_and_versions");
}

#[tokio::test]
async fn paths_methods_and_bodies() {
    let mut scene = Scene::new().await;
    let ada = scene.ada.clone();
    for path in [
        "/api/v1/nothing",
        "/elsewhere",
        "/api/v1/skills/%zz",
        "/api/v1/skills/%ff",
    ] {
        scene.get(None, path).await;
    }
    for (method, path) in [
        (Method::DELETE, "/api/v1/skills"),
        (Method::PUT, "/api/v1/skills/@acme/tools"),
        (Method::OPTIONS, "/api/v1/skills/@acme/tools"),
        (Method::OPTIONS, "/api/v1/nothing"),
        (Method::HEAD, "/api/v1/skills/@acme/tools/versions"),
        (Method::POST, "/api/storage/upload?t=x"),
    ] {
        scene.call(method, None, path).await;
    }
    for (title, media_type, body) in [
        ("no JSON", "application/json", b"{".to_vec()),
        ("a list", "application/json", b"[]".to_vec()),
        ("another type", "text/plain", b"{}".to_vec()),
        ("too large", "application/json", vec![b' '; (4 << 20) + 1]),
    ] {
        let request = Request::post("/api/v1/skills")
            .header("authorization", format!("Bearer {ada}"))
            .header("content-type", media_type)
            .body(Full::new(body.into()))
            .unwrap();
        let answer = scene.test.send(request).await;
        scene.add(&format!("POST /api/v1/skills {title}"), &answer);
    }
    scene.matches("paths_methods_and_bodies");
}

#[tokio::test]
async fn callers() {
    let mut scene = Scene::new().await;
    let whoami = "/api/v1/auth/whoami";
    let (ada, reader) = (
        scene.ada.clone(),
        scene.test.key("bob", &[Scope::Read]).await,
    );
    scene.get(None, whoami).await;
    scene.get(Some("tank_unknown"), whoami).await;
    scene.get(Some(&ada), whoami).await;
    scene
        .post(Some(&reader.secret), "/api/v1/skills", json!({}))
        .await;
    scene.test.revoke(&reader).await;
    scene.get(Some(&reader.secret), whoami).await;
    let few = scene
        .test
        .key_with("bob", &[Scope::Read], std::num::NonZeroU32::new(1))
        .await;
    scene.get(Some(&few.secret), whoami).await;
    scene.get(Some(&few.secret), whoami).await;
    scene.matches("callers");
}

#[tokio::test]
async fn publishing() {
    let mut scene = Scene::new().await;
    let (ada, eve) = (scene.ada.clone(), scene.eve.clone());
    let start = "/api/v1/skills";
    let tools = |version: &str| manifest("@acme/tools", version);
    for (key, body) in [
        (None, json!({})),
        (Some(&*ada), json!({})),
        (Some(&*ada), json!({ "manifest": [] })),
        (
            Some(&*ada),
            json!({ "manifest": { "name": "@", "version": 1, "license": "MIT", "visibility": "secret", "repository": "x",
                "permissions": { "network": true, "exec": 1 }, "mcp_server": {}, "description": "x".repeat(501) } }),
        ),
        (
            Some(&*ada),
            json!({ "manifest": tools("1.2.0"), "readme": 1 }),
        ),
        (
            Some(&*ada),
            json!({ "manifest": manifest("@nobody/tools", "1.0.0") }),
        ),
        (Some(&*eve), json!({ "manifest": tools("1.2.0") })),
        (Some(&*ada), json!({ "manifest": tools("1.0.0") })),
        (
            Some(&*ada),
            json!({ "manifest": { "name": "@acme/tools", "version": "1.1.1",
                "permissions": { "network": { "outbound": ["evil.example"] }, "subprocess": true,
                    "filesystem": { "read": ["~/.ssh"], "write": ["/tmp"] } } } }),
        ),
        (Some(&*ada), json!({ "manifest": tools("1.2.0") })),
    ] {
        scene.post(key, start, body).await;
    }
    scene.matches("publishing");
}

#[tokio::test]
async fn uploading_and_confirming() {
    let mut scene = Scene::new().await;
    let (ada, eve) = (scene.ada.clone(), scene.eve.clone());
    let confirm = "/api/v1/skills/confirm";
    let tools = manifest("@acme/tools", "1.2.0");
    let archive = pack(&skill_files(&tools));
    let right = integrity(&archive);
    for body in [
        json!({}),
        json!({ "versionId": "x", "integrity": right }),
        json!({ "versionId": "01a211df-2982-7040-927a-4d7f0aee4bcd", "integrity": "sha512-x" }),
        json!({ "versionId": "01a211df-2982-7040-927a-4d7f0aee4bcd", "integrity": right }),
    ] {
        scene.post(Some(&ada), confirm, body).await;
    }
    for path in [
        "/api/storage/upload",
        "/api/storage/upload?t=x",
        "/api/storage/upload?x=t",
    ] {
        scene.call(Method::PUT, None, path).await;
    }
    let started = scene.test.start(&ada, &tools).await;
    let (id, url) = (started.text("versionId"), started.text("uploadUrl"));
    let body = |integrity: &str| json!({ "versionId": id, "integrity": integrity });
    scene.post(Some(&ada), confirm, body(&right)).await;
    let put = scene.test.put(url, archive.clone()).await;
    scene.add("PUT the upload", &put);
    scene.post(Some(&eve), confirm, body(&right)).await;
    scene
        .post(Some(&ada), confirm, body(&integrity(b"other")))
        .await;
    scene.post(Some(&ada), confirm, body(&right)).await;
    scene.post(Some(&ada), confirm, body(&right)).await;
    scene
        .post(Some(&ada), confirm, body(&integrity(b"other")))
        .await;
    let late = scene.test.put(url, archive).await;
    scene.add("PUT the upload again", &late);
    let broken = manifest("@acme/tools", "1.3.0");
    let bytes = b"no archive".to_vec();
    let staged = scene.test.staged(&ada, &broken, &bytes).await;
    let body = json!({ "versionId": staged, "integrity": integrity(&bytes) });
    scene.post(Some(&ada), confirm, body).await;
    scene.matches("uploading_and_confirming");
}

#[tokio::test]
async fn downloading() {
    let mut scene = Scene::new().await;
    for path in ["/api/storage/download", "/api/storage/download?t=x"] {
        scene.get(None, path).await;
    }
    let url = scene.test.download_url(None, "@acme/tools", "1.0.0").await;
    let path = tank_registry_tests::wire::relative(&url).to_owned();
    let head = scene.test.call(Method::HEAD, &path, None, None).await;
    let mut headers = head.clone();
    // The digest of an archive that is packed anew in every run.
    headers.headers.remove("etag");
    headers.headers.remove("content-length");
    scene.add("HEAD the download", &headers);
    let far = scene
        .test
        .get_with(&path, &[("range", "bytes=999999-")])
        .await;
    assert_eq!(far.status, 416);
    scene
        .test
        .registry
        .set_visibility(
            &Viewer::Operator,
            &skill_name("@acme/tools"),
            Visibility::Private,
        )
        .await
        .unwrap();
    let gone = scene.test.follow(&url).await;
    scene.add("GET the download of a skill that is private now", &gone);
    scene.matches("downloading");
}

#[tokio::test]
async fn files() {
    let mut scene = Scene::new().await;
    let version = "/api/v1/skills/@acme/tools/1.0.0";
    for tail in [
        "/files",
        "/files/SKILL.md",
        "/files/absent.md",
        "/files/",
        "/files/..%2Fx",
        "/files/a%5Cb",
        "/files/%zz",
    ] {
        scene.get(None, &format!("{version}{tail}")).await;
    }
    scene
        .get(None, "/api/v1/skills/@acme/absent/1.0.0/files")
        .await;
    scene.matches("files");
}

#[tokio::test]
async fn searching() {
    let mut scene = Scene::new().await;
    for query in [
        "",
        "?q=invoices",
        "?q=inviocse&page=1&limit=1",
        "?q=nothing&page=9",
        "?page=x&limit=1.5",
        "?limit=99&page=-1",
    ] {
        scene.get(None, &format!("/api/v1/search{query}")).await;
    }
    let long = format!("/api/v1/search?q={}", "x".repeat(257));
    scene.get(None, &long).await;
    scene.matches("searching");
}

#[tokio::test]
async fn stars_badges_and_talk() {
    let mut scene = Scene::new().await;
    let (ada, star) = (scene.ada.clone(), "/api/v1/skills/@acme/tools/star");
    for (method, key) in [
        (Method::GET, None),
        (Method::POST, None),
        (Method::POST, Some(&*ada)),
        (Method::POST, Some(&*ada)),
        (Method::GET, Some(&*ada)),
        (Method::DELETE, Some(&*ada)),
    ] {
        scene.call(method, key, star).await;
    }
    scene
        .call(Method::POST, Some(&ada), "/api/v1/skills/@acme/absent/star")
        .await;
    for path in [
        "/api/v1/badge/@acme/tools",
        "/api/v1/badge/@acme/tools.svg?type=score",
        "/api/v1/badge/@acme/tools?type=deps",
        "/api/v1/badge/absent",
    ] {
        scene.get(None, path).await;
    }
    scene
        .call(Method::POST, None, "/api/v1/skills/@acme/tools/talk")
        .await;
    scene
        .post(None, "/api/v1/scan", json!({ "url": "https://x.example" }))
        .await;
    scene.matches("stars_badges_and_talk");
}

#[tokio::test]
async fn organizations_and_grants() {
    let mut scene = Scene::new().await;
    let (ada, eve) = (scene.ada.clone(), scene.eve.clone());
    let (ada, eve) = (Some(&*ada), Some(&*eve));
    let orgs = "/api/v1/orgs";
    for (key, body) in [
        (None, json!({ "name": "Guests", "slug": "guests" })),
        (eve, json!({ "name": "Guests" })),
        (eve, json!({ "name": "Guests", "slug": "-" })),
        (eve, json!({ "name": 1, "slug": "guests" })),
        (eve, json!({ "name": "Guests", "slug": "acme" })),
        (eve, json!({ "name": "Guests", "slug": "guests" })),
    ] {
        scene.post(key, orgs, body).await;
    }
    scene.get(ada, orgs).await;
    scene.get(ada, "/api/v1/orgs/acme").await;
    scene.get(eve, "/api/v1/orgs/acme").await;
    let members = "/api/v1/orgs/acme/members";
    for (key, body) in [
        (eve, json!({ "email": "bob@example.org", "role": "member" })),
        (
            ada,
            json!({ "email": "nobody@example.org", "role": "member" }),
        ),
        (ada, json!({ "email": "bob@example.org", "role": "king" })),
        (ada, json!({ "email": "bob@example.org", "role": "member" })),
    ] {
        scene.post(key, members, body).await;
    }
    let ada_id = scene.get(ada, "/api/v1/auth/whoami").await;
    for member in [ada_id.text("userId"), "nobody"] {
        let path = format!("{members}/{member}");
        scene.call(Method::DELETE, ada, &path).await;
    }
    let access = "/api/v1/skills/@acme/tools/access";
    scene.get(ada, access).await;
    scene.get(eve, access).await;
    for body in [
        json!({ "userIds": [ada_id.text("userId")], "orgIds": [] }),
        json!({ "userIds": ["nobody"], "orgIds": ["none"] }),
        json!({ "userIds": "ada" }),
    ] {
        let bytes = Some(body.to_string().into());
        let answer = scene.test.call(Method::PUT, access, ada, bytes).await;
        scene.add(&format!("PUT {access} with a key {body}"), &answer);
    }
    scene.matches("organizations_and_grants");
}
