//! Paths, methods, headers and bodies: section 1 of the API.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tank_registry_tests::wire::{Answer, TestRegistry, manifest, relative};

async fn published() -> (TestRegistry, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    test.published(&ada, &manifest("@acme/tools", "1.0.0-rc.1+build.7"))
        .await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    (test, ada)
}

#[tokio::test]
async fn a_name_has_four_spellings_and_one_normal_form() {
    let (test, _) = published().await;
    for name in [
        "%40acme%2Ftools",
        "@acme/tools",
        "%40acme/tools",
        "@acme%2Ftools",
        "@ACME/Tools",
        "%20%40Acme%2FTOOLS%20",
    ] {
        for prefix in ["/api/v1", "//api/v1", "///api/v1"] {
            for end in ["", "/"] {
                let skill = test
                    .get(None, &format!("{prefix}/skills/{name}{end}"))
                    .await;
                assert_eq!(
                    (skill.status, skill.text("name")),
                    (200, "@acme/tools"),
                    "{name}"
                );
                let versions = test
                    .get(None, &format!("{prefix}/skills/{name}/versions{end}"))
                    .await;
                assert_eq!(versions.json["name"], "@acme/tools");
                let absent = test
                    .get(None, &format!("{prefix}/skills/{name}/9.0.0{end}"))
                    .await;
                assert_eq!(
                    absent.refusal(),
                    (404, "Version 9.0.0 not found for @acme/tools")
                );
            }
        }
    }
}

#[tokio::test]
async fn a_plus_in_a_version_is_a_plus() {
    let (test, _) = published().await;
    for version in [
        "1.0.0-rc.1+build.7",
        "1.0.0-rc.1%2Bbuild.7",
        "1.0.0-rc.1",
        "1.0.0-rc.1+other",
    ] {
        let answer = test
            .get(None, &format!("/api/v1/skills/@acme/tools/{version}"))
            .await;
        assert_eq!(
            (answer.status, answer.text("version")),
            (200, "1.0.0-rc.1+build.7")
        );
    }
    for version in [
        "latest",
        "null",
        "1.0",
        "v1.0.0",
        "01.0.0",
        "1.0.0-rc.1%20build.7",
        "1.0.0-RC.1",
    ] {
        let answer = test
            .get(None, &format!("/api/v1/skills/@acme/tools/{version}"))
            .await;
        assert_eq!(answer.status, 404, "{version}");
        assert!(
            answer.text("error").ends_with("not found for @acme/tools"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn paths_are_decoded_once_and_badly_encoded_ones_are_told() {
    let (test, _) = published().await;
    for path in [
        "/api/v1/skills/%",
        "/api/v1/skills/%2",
        "/api/v1/skills/%25%zz",
        "/api/v1/skills/a%ff/1.0.0",
        "/api/%c3%28",
    ] {
        let answer = test.get(None, path).await;
        assert_eq!(answer.refusal(), (400, "Invalid path encoding"), "{path}");
    }
    for (path, error) in [
        ("/api/v1/skills/%2540acme%252Ftools", "Skill not found"),
        ("/api/v1/skills/to%00ols", "Skill not found"),
        ("/api/v1/skills/..%2F..%2Fetc", "Skill not found"),
        ("/api/v1/skills/%F0%9F%9A%80", "Skill not found"),
        ("/api/v1/skills/confirm/1.0.0", "Skill not found"),
        ("/api/v1/skills/top", "Not found"),
        ("/api/v1", "Not found"),
        ("/api/v1/nothing", "Not found"),
        ("/api/v2/skills/tools", "Not found"),
        ("/api/v1/skills/@acme", "Not found"),
        ("/api/v1/skills/tools/1.0.0/more/than/that", "Not found"),
        ("/api//v1/skills/tools", "Not found"),
        ("/", "Not found"),
    ] {
        assert_eq!(test.get(None, path).await.refusal(), (404, error), "{path}");
    }
    let nothing = test.get(None, "/api/v1/nothing").await;
    assert_eq!(nothing.json, json!({ "error": "Not found" }));
}

#[tokio::test]
async fn huge_names_and_versions_are_just_not_found() {
    let (test, ada) = published().await;
    let long = "a".repeat(40_000);
    let skill = test.get(None, &format!("/api/v1/skills/{long}")).await;
    assert_eq!(skill.refusal(), (404, "Skill not found"));
    assert_eq!(
        test.get(None, &format!("/api/v1/skills/tools/{long}"))
            .await
            .status,
        404
    );
    let name = |length: usize| json!({ "name": "a".repeat(length), "version": "1.0.0" });
    assert_eq!(test.start(&ada, &name(214)).await.status, 200);
    let refused = test.start(&ada, &name(215)).await;
    assert_eq!(
        refused.json["details"],
        json!({ "name": ["Name must be 214 characters or fewer"] })
    );
}

#[tokio::test]
async fn a_wrong_method_names_the_right_ones() {
    let (test, ada) = published().await;
    let get = "GET, HEAD, OPTIONS";
    for (path, allow) in [
        ("/api/v1/skills", "POST, OPTIONS"),
        ("/api/v1/skills/confirm", "POST, OPTIONS"),
        ("/api/v1/skills/tools", get),
        ("/api/v1/skills/tools/1.0.0", get),
        ("/api/v1/skills/tools/versions", get),
        (
            "/api/v1/skills/tools/star",
            "GET, HEAD, POST, DELETE, OPTIONS",
        ),
        ("/api/v1/skills/tools/talk", "POST, OPTIONS"),
        ("/api/v1/skills/tools/1.0.0/files", get),
        ("/api/v1/skills/tools/1.0.0/files/SKILL.md", get),
        ("/api/v1/auth/whoami", get),
        ("/api/v1/orgs", "GET, HEAD, POST, OPTIONS"),
        ("/api/v1/orgs/acme", get),
        ("/api/v1/orgs/acme/members", "POST, OPTIONS"),
        ("/api/v1/orgs/acme/members/x", "DELETE, OPTIONS"),
        ("/api/v1/skills/tools/access", "GET, HEAD, PUT, OPTIONS"),
        ("/api/health", get),
        ("/api/v1/badge/tools", get),
        ("/api/storage/download", get),
        ("/api/storage/upload", "PUT, OPTIONS"),
    ] {
        for method in [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::DELETE,
            Method::PATCH,
        ] {
            if allow.contains(method.as_str()) {
                continue;
            }
            let answer = test.call(method.clone(), path, Some(&ada), None).await;
            assert_eq!(
                (answer.status, answer.header("allow")),
                (405, Some(allow)),
                "{method} {path}"
            );
            if method != Method::HEAD {
                assert_eq!(answer.json, json!({ "error": "Method not allowed" }));
            }
        }
        let options = test.call(Method::OPTIONS, path, None, None).await;
        assert_eq!((options.status, options.bytes.len()), (204, 0), "{path}");
    }
    let nowhere = test
        .call(Method::OPTIONS, "/api/v1/nowhere", None, None)
        .await;
    assert_eq!(nowhere.status, 204);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let (test, ada) = published().await;
    let link = test.download_url(None, "tools", "1.0.0").await;
    for (path, key) in [
        ("/api/v1/skills/tools", None),
        ("/api/v1/skills/tools/1.0.0", Some(&*ada)),
        ("/api/v1/skills/tools/versions", None),
        ("/api/v1/skills/tools/1.0.0/files", None),
        ("/api/v1/skills/tools/star", Some(&*ada)),
        ("/api/v1/badge/tools", None),
        ("/api/v1/skills/tools/1.0.0/files/SKILL.md", None),
        ("/api/v1/skills/tools/1.0.0/files/absent", None),
        ("/api/v1/skills/absent", None),
        ("/api/v1/orgs", Some(&*ada)),
        ("/api/v1/orgs/acme", Some(&*ada)),
        ("/api/v1/skills/tools/access", Some(&*ada)),
        ("/api/v1/auth/whoami", Some(&*ada)),
        ("/api/v1/auth/whoami", None),
        ("/api/v1/nothing", None),
        ("/api/storage/download?t=forged", None),
        (relative(&link), None),
    ] {
        let get = test.call(Method::GET, path, key, None).await;
        let head = test.call(Method::HEAD, path, key, None).await;
        assert!(head.bytes.is_empty(), "{path}");
        let length = get.bytes.len().to_string();
        assert_eq!(
            head.header("content-length"),
            Some(length.as_str()),
            "{path}"
        );
        // Of a body at hand the server adds the length itself.
        let but_length = |answer: &Answer| {
            let (status, mut headers, _) = answer.shown();
            headers.retain(|(name, _)| name != "content-length");
            (status, headers)
        };
        assert_eq!(but_length(&head), but_length(&get), "{path}");
    }
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.json["downloads"], 1, "a HEAD is no download");
}

#[tokio::test]
async fn a_request_id_is_kept_when_it_is_one() {
    let (test, _) = published().await;
    let ask = async |id: Option<&str>, path: &str| {
        let mut request = Request::get(path);
        if let Some(id) = id {
            request = request.header(
                "x-request-id",
                http::HeaderValue::from_bytes(id.as_bytes()).unwrap(),
            );
        }
        let answer = test
            .send(request.body(Full::<Bytes>::default()).unwrap())
            .await;
        answer.header("x-request-id").unwrap().to_owned()
    };
    let longest = "x".repeat(128);
    for path in [
        "/api/v1/skills/tools",
        "/api/health",
        "/nothing",
        "/api/v1/%zz",
        "/api/storage/download",
    ] {
        for kept in ["a", "A.b_c-9", longest.as_str()] {
            assert_eq!(ask(Some(kept), path).await, kept);
        }
        let first = ask(None, path).await;
        for replaced in ["", "a b", "é", "a/b", &format!("{longest}x")] {
            let given = ask(Some(replaced), path).await;
            assert!(
                given != replaced && given != first && (1..=128).contains(&given.len()),
                "{given}"
            );
        }
    }
}

#[tokio::test]
async fn what_depends_on_the_caller_is_kept_by_no_shared_cache() {
    let (test, ada) = published().await;
    let private = Some("private, no-store");
    for (key, path, caching) in [
        (None, "/api/v1/skills/tools", Some("public, no-cache")),
        (None, "/api/v1/skills/absent", private),
        (Some(&*ada), "/api/v1/skills/tools", private),
        (Some("tank_dead"), "/api/v1/skills/tools", private),
        (Some(&*ada), "/api/v1/auth/whoami", private),
    ] {
        let answer = test.get(key, path).await;
        assert_eq!(answer.header("cache-control"), caching, "{path}");
        assert_eq!(answer.header("vary"), Some("Authorization, Cookie"));
    }
    let value: Value = test.get(None, "/api/health").await.json;
    assert_eq!(
        (&value["status"], &value["checks"]["database"]["status"]),
        (&json!("ok"), &json!("healthy"))
    );
}
