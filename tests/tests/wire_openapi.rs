//! The description of the API: section 4.16. What it says is what is served.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use tank_registry_core::Fetcher;
use tank_registry_core::scan::{FetchError, Fetched, Severity};
use tank_registry_tests::wire::{
    Answer, Form, TestRegistry, TestScanner, finding, integrity, manifest, pack, report, schema,
    skill_files,
};
use url::Url;

const DOCUMENT: &str = "/api/v1/openapi.json";

/// Fetches nothing.
#[derive(Debug)]
struct Nothing;

#[async_trait]
impl Fetcher for Nothing {
    async fn fetch(&self, _: &Url, _: u64) -> Result<Fetched, FetchError> {
        Err(FetchError::UnknownHost)
    }
}

/// A registry that scans.
async fn scanning() -> TestRegistry {
    let scanner = TestScanner::new(report(vec![finding(Severity::Low)]));
    TestRegistry::with(|builder| builder.scanner(scanner).fetcher(Arc::new(Nothing))).await
}

async fn document(test: &TestRegistry) -> Value {
    let answer = test.get(None, DOCUMENT).await;
    assert_eq!(answer.status, 200);
    answer.json
}

/// An operation of the document.
struct Operation<'a> {
    path: &'a str,
    method: Method,
    item: &'a Value,
    value: &'a Value,
}

impl Operation<'_> {
    fn id(&self) -> &str {
        self.value["operationId"].as_str().unwrap()
    }

    fn server<'a>(&'a self, document: &'a Value) -> &'a str {
        let own = self.item.get("servers");
        let url = own.unwrap_or(&document["servers"])[0]["url"]
            .as_str()
            .unwrap();
        url.trim_end_matches('/')
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        let of_path = self.item.get("parameters").and_then(Value::as_array);
        let own = self.value.get("parameters").and_then(Value::as_array);
        of_path.into_iter().chain(own).flatten()
    }
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut operations = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (key, value) in item.as_object().unwrap() {
            if key == "parameters" || key == "servers" {
                continue;
            }
            operations.push(Operation {
                path,
                method: key.to_uppercase().parse().unwrap(),
                item,
                value,
            });
        }
    }
    operations
}

/// Every value below `value`, with the key it stands under.
fn walk<'a>(value: &'a Value, visit: &mut impl FnMut(&'a str, &'a Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(items) => {
            for item in items {
                walk(item, visit);
            }
        }
        _ => {}
    }
}

#[tokio::test]
async fn the_document_is_the_one_that_was_reviewed() {
    let mut found = document(&TestRegistry::new().await).await;
    assert_eq!(found["info"]["version"], env!("CARGO_PKG_VERSION"));
    // So that a release changes nothing here.
    found["info"]["version"] = json!("0.0.0");
    let text = format!("{found:#}\n");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/openapi.json");
    if std::env::var_os("TANK_TEST_UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let reviewed = std::fs::read_to_string(&path).unwrap();
    assert!(
        text == reviewed,
        "the description of the API has changed; with TANK_TEST_UPDATE=1 this test writes the new \
         one to {}, to be reviewed",
        path.display()
    );
}

#[tokio::test]
async fn the_document_is_served_to_everyone_and_kept_by_caches() {
    let test = TestRegistry::with_settings(|settings| {
        settings.anonymous_per_hour = NonZeroU32::new(1);
    })
    .await;
    let first = test.get(None, DOCUMENT).await;
    for (name, value) in [
        ("content-type", Some("application/json")),
        ("cache-control", Some("public, max-age=300")),
        ("access-control-allow-origin", Some("*")),
        ("x-ratelimit-limit", None),
    ] {
        assert_eq!(first.header(name), value, "{name}");
    }
    let etag = first.header("etag").unwrap();
    let again = test.get(Some(&test.admin), DOCUMENT).await;
    assert_eq!(again.shown(), first.shown());
    let known = test.get_with(DOCUMENT, &[("if-none-match", etag)]).await;
    assert_eq!((known.status, known.bytes.len()), (304, 0));
    assert_eq!(known.header("etag"), Some(etag));
    let head = test.call(Method::HEAD, DOCUMENT, None, None).await;
    let length = first.bytes.len().to_string();
    assert_eq!(head.header("content-length"), Some(&*length));
}

#[tokio::test]
async fn the_document_keeps_the_rules_of_openapi() {
    let document = document(&TestRegistry::new().await).await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["title"], "Tank Registry API");
    assert_eq!(document["servers"], json!([{ "url": "/api/v1" }]));
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(schemes["BearerAuth"]["scheme"], "bearer");
    let mut named = BTreeSet::new();
    walk(&document, &mut |key, value| {
        if key == "$ref" {
            schema::resolve(&document, value);
            named.insert(value.as_str().unwrap());
        }
    });
    for kind in ["schemas", "responses"] {
        for name in document["components"][kind].as_object().unwrap().keys() {
            let reference = format!("#/components/{kind}/{name}");
            assert!(named.contains(&*reference), "{reference} is never named");
        }
    }
    let mut ids = BTreeSet::new();
    for operation in operations(&document) {
        let id = operation.id();
        assert!(ids.insert(id.to_owned()), "{id} stands twice");
        assert!(!operation.path.contains("admin"), "{id} is administration");
        assert!(
            !operation.value["summary"].as_str().unwrap().is_empty(),
            "{id}"
        );
        let templates: BTreeSet<_> = operation
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .collect();
        let mut declared = BTreeSet::new();
        for parameter in operation.parameters() {
            assert!(parameter["schema"].is_object(), "{id}");
            let name = parameter["name"].as_str().unwrap();
            match parameter["in"].as_str().unwrap() {
                "path" => {
                    assert_eq!(parameter["required"], true, "{id} {name}");
                    assert!(declared.insert(name), "{id} {name} stands twice");
                }
                place => assert_eq!(place, "query", "{id} {name}"),
            }
        }
        assert_eq!(declared, templates, "{id}");
        for scheme in operation.value["security"].as_array().unwrap() {
            for name in scheme.as_object().unwrap().keys() {
                assert!(schemes.get(name).is_some(), "{id}: {name}");
            }
        }
        for (status, answer) in operation.value["responses"].as_object().unwrap() {
            assert!((200..600).contains(&status.parse::<u16>().unwrap()), "{id}");
            let answer = answer
                .get("$ref")
                .map_or(answer, |name| schema::resolve(&document, name));
            assert!(answer["description"].is_string(), "{id} {status}");
        }
    }
}

#[tokio::test]
async fn everything_that_is_described_is_served() {
    let test = TestRegistry::new().await;
    let document = document(&test).await;
    for operation in operations(&document) {
        let path = operation
            .path
            .replace("{name}", "@acme/tools")
            .replace(['{', '}'], "");
        let path = format!("{}{path}", operation.server(&document));
        let answer = test.call(operation.method.clone(), &path, None, None).await;
        let id = operation.id();
        assert_ne!(answer.status, 405, "{id}");
        assert_ne!(answer.json, json!({ "error": "Not found" }), "{id}");
        let needs_key = operation.value["security"] == json!([{ "BearerAuth": [] }]);
        assert_eq!(answer.status == 401, needs_key, "{id}");
        let is_counted = answer.header("x-ratelimit-limit").is_some();
        assert_eq!(
            is_counted,
            operation.value["responses"].get("429").is_some()
                && operation.path != "/api/storage/upload",
            "{id}"
        );
        let status = answer.status.to_string();
        assert!(
            operation.value["responses"].get(&status).is_some(),
            "{id} answers {status}"
        );
    }
}

/// Answers to every operation, when all is well.
async fn answers(test: &TestRegistry) -> BTreeMap<&'static str, Answer> {
    let mut answers = BTreeMap::new();
    let key = test.user("ada").await;
    test.create_user("bob").await;
    let ada = Some(&*key);
    let org = json!({ "name": "Acme", "slug": "acme" });
    answers.insert("create_org", test.post(ada, "/api/v1/orgs", &org).await);
    let member = json!({ "email": "bob@example.org", "role": "member" });
    let members = "/api/v1/orgs/acme/members";
    answers.insert("set_member", test.post(ada, members, &member).await);
    answers.insert("orgs", test.get(ada, "/api/v1/orgs").await);
    answers.insert("org", test.get(ada, "/api/v1/orgs/acme").await);
    let bob = answers["set_member"].text("id").to_owned();

    let manifest = json!({
        "name": "@acme/tools", "version": "1.0.0", "description": "Checks invoices",
        "repository": "https://example.org/tools", "skills": { "@acme/base": "^1.0.0" },
        "permissions": { "network": { "outbound": ["api.acme.com"] }, "subprocess": false },
    });
    let archive = pack(&skill_files(&manifest));
    let started = test.start(&key, &manifest).await;
    let put = test.put(started.text("uploadUrl"), archive.clone()).await;
    let id = started.text("versionId");
    let confirmed = test.confirm(&key, id, &integrity(&archive)).await;
    answers.insert("confirm_publish", confirmed);
    answers.insert("start_publish", started);
    answers.insert("upload", put);

    let skill = "/api/v1/skills/@acme/tools";
    let version = test.get(None, &format!("{skill}/1.0.0")).await;
    answers.insert("download", test.follow(version.text("downloadUrl")).await);
    answers.insert("version", version);
    for (id, path) in [
        ("skill", skill.to_owned()),
        ("versions", format!("{skill}/versions")),
        ("version_scan", format!("{skill}/1.0.0/scan")),
        ("files", format!("{skill}/1.0.0/files")),
        ("file", format!("{skill}/1.0.0/files/SKILL.md")),
        ("stars", format!("{skill}/star")),
        ("access", format!("{skill}/access")),
        ("whoami", "/api/v1/auth/whoami".to_owned()),
        ("badge", "/api/v1/badge/@acme/tools".to_owned()),
        ("health", "/api/health".to_owned()),
        ("health_alias", "/api/v1/health".to_owned()),
        ("ready", "/api/ready".to_owned()),
        ("openapi", DOCUMENT.to_owned()),
        ("search", "/api/v1/search?q=tools&sort=name".to_owned()),
    ] {
        answers.insert(id, test.get(ada, &path).await);
    }
    let star = format!("{skill}/star");
    for (id, method) in [("add_star", Method::POST), ("remove_star", Method::DELETE)] {
        answers.insert(id, test.call(method, &star, ada, None).await);
    }
    let set = json!({ "userIds": [bob], "orgIds": [] }).to_string();
    let access = format!("{skill}/access");
    let set = test.call(Method::PUT, &access, ada, Some(set.into())).await;
    answers.insert("set_access", set);
    answers.insert(
        "talk",
        test.post(ada, &format!("{skill}/talk"), &json!({})).await,
    );
    let scan = Form::of_skill(&manifest).scan(test, &key);
    answers.insert("scan", scan.await);
    let member = format!("{members}/{bob}");
    let removed = test.call(Method::DELETE, &member, ada, None).await;
    answers.insert("remove_member", removed);
    answers
}

#[tokio::test]
async fn every_answer_is_as_it_is_described() {
    let test = scanning().await;
    let document = document(&test).await;
    let answers = answers(&test).await;
    let operations = operations(&document);
    let described: BTreeSet<_> = operations.iter().map(Operation::id).collect();
    assert_eq!(described, answers.keys().copied().collect());
    for operation in &operations {
        let (id, answer) = (operation.id(), &answers[operation.id()]);
        let expected = if id == "talk" { 503 } else { 200 };
        assert_eq!(answer.status, expected, "{id}: {answer:?}");
        let described = &operation.value["responses"][answer.status.to_string()];
        let media_type = answer.header("content-type").unwrap();
        let content = &described["content"][media_type];
        assert!(content.is_object(), "{id} answers {media_type}");
        if let Some(schema) = content.get("schema") {
            let faults = schema::faults(&document, schema, &answer.json);
            assert!(faults.is_empty(), "{id}: {faults:#?}");
        }
    }
}

#[tokio::test]
async fn every_field_that_a_body_must_have_is_missed_when_it_is_not_there() {
    let test = scanning().await;
    let ada = test.user("ada").await;
    test.org("acme", "ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    let document = document(&test).await;
    let mut bodies = 0;
    for operation in operations(&document) {
        let content = &operation.value["requestBody"]["content"]["application/json"];
        let Some(reference) = content["schema"].get("$ref") else {
            continue;
        };
        let schema = schema::resolve(&document, reference);
        let path = operation
            .path
            .replace("{name}", "tools")
            .replace("{slug}", "acme");
        let path = format!("{}{path}", operation.server(&document));
        let required = schema["required"].as_array().unwrap();
        let method = operation.method.clone();
        let refused = test
            .call(method, &path, Some(&ada), Some("{}".into()))
            .await;
        assert_eq!(refused.status, 400, "{}: {refused:?}", operation.id());
        // The first of them is told, by name.
        let told = refused.json.to_string();
        let names = required.iter().filter_map(Value::as_str);
        assert!(names.into_iter().any(|name| told.contains(name)), "{told}");
        bodies += 1;
    }
    assert_eq!(bodies, 6);
}
