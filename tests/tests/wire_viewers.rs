//! Every read there is, asked by every kind of viewer, of a private skill and of a version that
//! is held: what a viewer may not see answers as what does not exist, in every header and byte.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use http::{HeaderMap, Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tank_registry_core::model::OrgRole;
use tank_registry_core::ops::{CreateKey, PerDay};
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{Answer, TestKey, TestRegistry, World, handle, skill_name};

/// Reads and writes below the path of a skill.
const OF_A_SKILL: &[(Method, &str)] = &[
    (Method::GET, ""),
    (Method::HEAD, ""),
    (Method::GET, "/versions"),
    (Method::HEAD, "/versions"),
    (Method::GET, "/1.0.0"),
    (Method::HEAD, "/1.0.0"),
    (Method::GET, "/1.0.0/files"),
    (Method::GET, "/1.0.0/files/SKILL.md"),
    (Method::HEAD, "/1.0.0/files/SKILL.md"),
    (Method::GET, "/star"),
    (Method::POST, "/star"),
    (Method::DELETE, "/star"),
    (Method::POST, "/talk"),
    (Method::GET, "/access"),
    (Method::PUT, "/access"),
];

/// Reads below the path of a version.
const OF_A_VERSION: &[(Method, &str)] = &[
    (Method::GET, ""),
    (Method::HEAD, ""),
    (Method::GET, "/files"),
    (Method::GET, "/files/SKILL.md"),
    (Method::HEAD, "/files/SKILL.md"),
];

/// Everybody of the world, with what else there is of kinds of viewers.
struct Viewers {
    world: World,
    all: Vec<(&'static str, Option<String>)>,
}

impl Viewers {
    async fn new() -> Self {
        let world = World::new().await;
        let test = &world.test;
        // Who first published is no longer a member.
        test.remove_member("acme", "pat").await;
        let reader = test.key("eve", &[Scope::Read]).await;
        let revoked = test.key("gil", &[Scope::Publish]).await;
        test.revoke(&revoked).await;
        let expired = expired(test).await;
        let all = vec![
            ("anonymous", None),
            ("a key without the scope", Some(reader.secret)),
            ("a stranger", Some(world.eve.clone())),
            ("granted", Some(world.gil.clone())),
            (
                "a member of an organization that is granted",
                Some(world.meg.clone()),
            ),
            ("a member", Some(world.hal.clone())),
            ("who published the held version", Some(world.mia.clone())),
            ("the publisher, no longer a member", Some(world.pat.clone())),
            ("an administrator", Some(test.admin.clone())),
            ("a revoked key", Some(revoked.secret)),
            ("an expired key", Some(expired.secret)),
            ("an unknown key", Some("tank_unknown".to_owned())),
        ];
        Self { world, all }
    }

    async fn ask(&self, method: &Method, path: &str, key: Option<&str>) -> Seen {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(key) = key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let body = if method == Method::PUT {
            r#"{"userIds":[],"orgIds":[]}"#
        } else {
            ""
        };
        let body = Full::new(bytes::Bytes::from(body));
        Seen::of(self.world.test.send(request.body(body).unwrap()).await)
    }
}

/// A key of gil's that ended while the clock stood elsewhere.
async fn expired(test: &TestRegistry) -> TestKey {
    let day = std::time::Duration::from_hours(24);
    let now = test.now().parse().unwrap();
    let key = test
        .create_key(CreateKey {
            user: handle("gil"),
            name: "short".to_owned(),
            scopes: tank_registry_core::access::Scopes::new([Scope::Publish]),
            expires_in_days: 1,
            per_day: PerDay::Default,
        })
        .await;
    test.clock.advance(2 * day);
    let whoami = test.get(Some(&key.secret), "/api/v1/auth/whoami").await;
    assert_eq!(whoami.status, 401);
    assert!(
        test.now()
            .parse::<tank_registry_core::model::Timestamp>()
            .unwrap()
            > now
    );
    key
}

/// All that a client can tell of an answer, but for its id and what it cost.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Seen {
    fn of(answer: Answer) -> Self {
        let mut headers = answer.headers;
        for own in ["x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"] {
            headers.remove(own);
        }
        Self {
            status: answer.status,
            headers,
            body: String::from_utf8_lossy(&answer.bytes).into_owned(),
        }
    }

    fn with(mut self, from: &str, to: &str) -> Self {
        self.body = self.body.replace(from, to);
        self
    }
}

#[tokio::test]
async fn a_private_skill_answers_who_may_not_see_it_as_one_that_is_not_there() {
    let viewers = Viewers::new().await;
    let readers = [
        "granted",
        "a member of an organization that is granted",
        "a member",
        "who published the held version",
        "the publisher, no longer a member",
        "an administrator",
    ];
    for (who, key) in &viewers.all {
        let may_read = readers.contains(who);
        for (method, tail) in OF_A_SKILL {
            let path = |name: &str| format!("/api/v1/skills/{name}{tail}");
            let secret = viewers
                .ask(method, &path("@acme/secret"), key.as_deref())
                .await;
            let absent = viewers
                .ask(method, &path("@acme/absent"), key.as_deref())
                .await;
            let absent = absent.with("@acme/absent", "@acme/secret");
            if !may_read {
                assert_eq!(secret, absent, "{who}: {method} {tail}");
            } else if *method == Method::GET && *tail != "/access" {
                assert_eq!(secret.status, 200, "{who}: {method} {tail}");
            }
        }
    }
}

#[tokio::test]
async fn a_held_version_answers_who_may_not_see_it_as_one_that_is_not_there() {
    let viewers = Viewers::new().await;
    let readers = ["who published the held version", "an administrator"];
    for (who, key) in &viewers.all {
        for (method, tail) in OF_A_VERSION {
            let path = |version: &str| format!("/api/v1/skills/@acme/open/{version}{tail}");
            let held = viewers.ask(method, &path("2.0.0"), key.as_deref()).await;
            let absent = viewers.ask(method, &path("9.0.0"), key.as_deref()).await;
            if readers.contains(who) {
                assert_eq!(held.status, 200, "{who}: {method} {tail}");
            } else {
                assert_eq!(
                    held,
                    absent.with("9.0.0", "2.0.0"),
                    "{who}: {method} {tail}"
                );
            }
        }
    }
}

#[tokio::test]
async fn lists_counts_and_badges_tell_of_no_held_version_and_of_no_skill_that_is_not_to_be_seen() {
    let viewers = Viewers::new().await;
    let test = &viewers.world.test;
    let of_the_open = async |key: Option<&str>| {
        let skill = test.get(key, "/api/v1/skills/@acme/open").await.json;
        let versions = test
            .get(key, "/api/v1/skills/@acme/open/versions")
            .await
            .json;
        (skill, versions)
    };
    let open = of_the_open(None).await;
    assert_eq!(open.0["latestVersion"], "1.0.0");
    for (who, key) in &viewers.all {
        let key = key.as_deref();
        assert_eq!(of_the_open(key).await, open, "{who}");
        let sees_secret = test.get(key, "/api/v1/skills/@acme/secret").await.status == 200;
        let names = async |query: &str| {
            let answer = test.get(key, &format!("/api/v1/search?{query}")).await;
            let names: Vec<Value> = answer
                .list("results")
                .iter()
                .map(|result| result["name"].clone())
                .collect();
            assert_eq!(answer.number("total"), names.len() as u64, "{who}: {query}");
            names
        };
        let mut expected = vec![json!("@acme/open")];
        expected.extend(sees_secret.then(|| json!("@acme/secret")));
        for query in ["", "q=acme", "q=@acme", "sort=name", "q=acme&sort=updated"] {
            let mut found = names(query).await;
            found.sort_by_key(ToString::to_string);
            assert_eq!(found, expected, "{who}: {query}");
        }
        let secret: Vec<Value> = sees_secret
            .then(|| json!("@acme/secret"))
            .into_iter()
            .collect();
        for query in [
            "q=secret",
            "q=@acme/secret",
            "q=secrte",
            "visibility=private",
        ] {
            assert_eq!(names(query).await, secret, "{who}: {query}");
        }
        // A version that is held has no text, whoever asks.
        assert_eq!(names("q=never").await, Vec::<Value>::new(), "{who}");
        let badge = async |name: &str| {
            let path = format!("/api/v1/badge/{name}");
            test.get(key, &path).await.shown().2
        };
        assert_eq!(
            badge("@acme/secret").await,
            badge("@acme/absent").await,
            "{who}"
        );
        assert_eq!(
            badge("@acme/never").await,
            badge("@acme/absent").await,
            "{who}"
        );
    }
}

#[tokio::test]
async fn stars_of_a_private_skill_are_for_its_readers() {
    let viewers = Viewers::new().await;
    let test = &viewers.world.test;
    let star = "/api/v1/skills/@acme/secret/star";
    for (who, key) in &viewers.all {
        let answer = test.call(Method::POST, star, key.as_deref(), None).await;
        let expected = match *who {
            "anonymous" | "a revoked key" | "an expired key" | "an unknown key" => 401,
            "a key without the scope" | "a stranger" => 404,
            "an administrator" => 403,
            _ => 200,
        };
        assert_eq!(answer.status, expected, "{who}");
    }
}

/// The two things that section 5 says cannot be hidden, and nothing beside them.
#[tokio::test]
async fn a_start_tells_a_stranger_only_that_a_name_without_a_scope_is_taken() {
    let world = World::new().await;
    let test = &world.test;
    let hidden = json!({ "name": "hidden", "version": "1.0.0", "visibility": "private" });
    test.published(&world.mia, &hidden).await;
    let start = async |key: &str, name: &str, version: &str| {
        let manifest = json!({ "name": name, "version": version });
        test.start(key, &manifest).await
    };
    let refused = start(&world.eve, "hidden", "9.0.0").await;
    assert_eq!(refused.refusal(), (403, "You do not own 'hidden'"));
    // In an organization the refusal is the same whether the skill is there or not.
    let (secret, absent) = (
        start(&world.eve, "@acme/secret", "1.0.0").await,
        start(&world.eve, "@acme/absent", "1.0.0").await,
    );
    assert_eq!(
        secret.refusal(),
        (403, "You are not a member of org 'acme'")
    );
    assert_eq!(secret.bytes, absent.bytes);
    // A member learns that a number is taken, also by a version that is held.
    let taken = start(&world.hal, "@acme/open", "2.0.0").await;
    assert_eq!(taken.status, 409);
}

#[tokio::test]
async fn grants_are_shown_to_who_may_change_them_and_to_nobody_else() {
    let viewers = Viewers::new().await;
    let test = &viewers.world.test;
    test.member("acme", "hal", OrgRole::Admin).await;
    for (who, key) in &viewers.all {
        let path = "/api/v1/skills/@acme/secret/access";
        let expected = match *who {
            "a member" | "an administrator" => 200,
            "anonymous" | "a revoked key" | "an expired key" | "an unknown key" => 401,
            "a key without the scope" => 403,
            _ => 404,
        };
        assert_eq!(
            test.get(key.as_deref(), path).await.status,
            expected,
            "{who}"
        );
    }
    let name = skill_name("@acme/secret");
    let found = test.registry.skill(&Viewer::Operator, &name).await.unwrap();
    assert_eq!(found.skill.head.grants.len(), 2, "nobody changed them");
}

/// What administrators may do to the skill and to the version that is held, and that nobody else
/// learns from it whether they are there.
#[tokio::test]
async fn administration_refuses_all_others_alike_whatever_is_there() {
    let viewers = Viewers::new().await;
    for (who, key) in &viewers.all {
        for (method, tail) in [
            (Method::GET, "held"),
            (Method::POST, "packages/rescan-many"),
            (Method::POST, "packages/@acme/secret/rescan"),
            (Method::POST, "packages/@acme/open/versions/2.0.0/rescan"),
            (Method::POST, "packages/@acme/open/versions/2.0.0/release"),
        ] {
            let path = format!("/api/admin/{tail}");
            let there = viewers.ask(&method, &path, key.as_deref()).await;
            let (status, text) = match *who {
                "anonymous" | "a revoked key" | "an expired key" | "an unknown key" => {
                    (401, "Unauthorized")
                }
                "an administrator" => {
                    // What they must say is missing, and that is all.
                    assert!([200, 400].contains(&there.status), "{tail}: {there:?}");
                    continue;
                }
                _ => (403, "Forbidden"),
            };
            let body = json!({ "error": text }).to_string();
            assert_eq!(
                (there.status, &there.body),
                (status, &body),
                "{who}: {tail}"
            );
            let absent = path.replace("secret", "absent").replace("2.0.0", "9.0.0");
            let absent = viewers.ask(&method, &absent, key.as_deref()).await;
            assert_eq!(there, absent, "{who}: {tail}");
        }
    }
}
