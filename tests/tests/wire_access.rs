//! Who may see and do what: sections 3.1 and 5 of the API.

use std::num::NonZeroU32;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::model::{OrgRole, UserStatus};
use tank_registry_core::ops::{CreateKey, Grantee};
use tank_registry_core::scan::Severity;
use tank_registry_core::{ApiKey, Scope, Viewer};
use tank_registry_tests::wire::{
    TestKey, TestRegistry, TestScanner, finding, handle, manifest, relative, report,
};

const MISSING_SCOPE: &str =
    "Forbidden. Token lacks required scope: skills:publish (or skills:admin).";

fn private(name: &str, version: &str) -> Value {
    json!({ "name": name, "version": version, "visibility": "private" })
}

fn user(name: &str) -> Grantee {
    Grantee::User(handle(name))
}

/// `@acme/open` is public, with a held version 2.0.0 of mia's; `@acme/secret` is private, granted
/// to gil and to the organization of meg; `@acme/never` has only a held version of pat's.
struct World {
    test: TestRegistry,
    pat: String,
    mia: String,
    hal: String,
    gil: String,
    meg: String,
    eve: String,
}

impl World {
    async fn new() -> Self {
        let scanner = TestScanner::new(report(vec![]));
        let test = TestRegistry::with(|builder| builder.scanner(scanner.clone())).await;
        let pat = test.user("pat").await;
        let (mia, hal) = (test.user("mia").await, test.user("hal").await);
        let (gil, meg) = (test.user("gil").await, test.user("meg").await);
        let eve = test.user("eve").await;
        test.create_user("owner").await;
        test.org("acme", "owner").await;
        test.org("guests", "meg").await;
        for name in ["pat", "mia", "hal"] {
            test.member("acme", name, OrgRole::Member).await;
        }
        test.published(&pat, &manifest("@acme/open", "1.0.0")).await;
        test.published(&pat, &private("@acme/secret", "1.0.0"))
            .await;
        scanner.set(Some(report(vec![finding(Severity::Critical)])));
        test.published(&pat, &manifest("@acme/never", "1.0.0"))
            .await;
        test.published(&mia, &manifest("@acme/open", "2.0.0")).await;
        test.grant("@acme/secret", &user("gil")).await;
        let guests =
            Grantee::Organization(tank_registry_core::model::OrgSlug::parse("guests").unwrap());
        test.grant("@acme/secret", &guests).await;
        Self {
            test,
            pat,
            mia,
            hal,
            gil,
            meg,
            eve,
        }
    }

    async fn read(&self, key: Option<&str>, path: &str) -> u16 {
        let answer = self.test.get(key, &format!("/api/v1/skills/{path}")).await;
        assert_ne!(answer.status, 403, "a read never answers 403: {path}");
        answer.status
    }

    /// Reads of the public, the private, the held and the never-live one; a start; whoami.
    async fn row(&self, key: Option<&str>) -> [u16; 6] {
        let mut row = [0; 6];
        let held = "@acme/open/2.0.0";
        for (at, skill) in ["@acme/open", "@acme/secret", "@acme/never"]
            .iter()
            .enumerate()
        {
            let place = [0, 1, 3][at];
            row[place] = self.read(key, skill).await;
            for path in [format!("{skill}/versions"), format!("{skill}/1.0.0")] {
                assert_eq!(self.read(key, &path).await, row[place], "{path}");
            }
            if row[place] == 404 {
                self.refusals_are_those_of_absence(key, skill).await;
            } else {
                self.a_link_works(key, skill, "1.0.0").await;
            }
        }
        row[2] = self.read(key, held).await;
        if row[2] == 404 {
            let path = |version| format!("/api/v1/skills/@acme/open/{version}");
            let refused = self.test.get(key, &path("2.0.0")).await.shown();
            let absent = self.test.get(key, &path("9.0.0")).await.shown();
            let text = String::from_utf8(absent.2.to_vec())
                .unwrap()
                .replace("9.0.0", "2.0.0");
            assert_eq!((refused.0, refused.1), (absent.0, absent.1));
            assert_eq!(refused.2, text);
        } else {
            self.a_link_works(key, "@acme/open", "2.0.0").await;
        }
        let start = json!({ "manifest": manifest("@acme/open", "1.0.1") });
        row[4] = self.test.post(key, "/api/v1/skills", &start).await.status;
        row[5] = self.test.get(key, "/api/v1/auth/whoami").await.status;
        row
    }

    async fn refusals_are_those_of_absence(&self, key: Option<&str>, skill: &str) {
        for tail in ["", "/versions", "/1.0.0"] {
            for method in [Method::GET, Method::HEAD] {
                let ask = async |skill: &str| {
                    let path = format!("/api/v1/skills/{skill}{tail}");
                    self.test
                        .call(method.clone(), &path, key, None)
                        .await
                        .shown()
                };
                assert_eq!(
                    ask(skill).await,
                    ask("@acme/absent").await,
                    "{method} {skill}{tail}"
                );
            }
        }
    }

    async fn a_link_works(&self, key: Option<&str>, skill: &str, version: &str) {
        let url = self.test.download_url(key, skill, version).await;
        assert_eq!(self.test.follow(&url).await.status, 200, "{skill}");
    }
}

async fn short_lived_key(test: &TestRegistry, name: &str) -> String {
    let request = CreateKey {
        user: handle(name),
        name: "short".to_owned(),
        scopes: tank_registry_core::access::Scopes::new([Scope::Publish]),
        expires_in_days: 1,
        per_day: NonZeroU32::new(1000),
    };
    let created = test
        .registry
        .create_key(&Viewer::Operator, request)
        .await
        .unwrap();
    created.secret.reveal().to_owned()
}

const ANONYMOUS: [u16; 6] = [200, 404, 404, 404, 401, 401];

#[tokio::test]
async fn every_kind_of_viewer_sees_what_the_table_says() {
    let world = World::new().await;
    let test = &world.test;
    let admin_without_scope = test.key("admin", &[Scope::Publish]).await.secret;
    let scope_without_role = test.key("eve", &[Scope::Admin]).await.secret;
    let read_only = test.key("hal", &[Scope::Read]).await.secret;
    for (who, key, row) in [
        (
            "a member's key that may only read",
            &read_only,
            [200, 200, 404, 404, 403, 200],
        ),
        ("a stranger", &world.eve, [200, 404, 404, 404, 403, 200]),
        ("a granted user", &world.gil, [200, 200, 404, 404, 403, 200]),
        (
            "a member of a granted organization",
            &world.meg,
            [200, 200, 404, 404, 403, 200],
        ),
        ("a member", &world.hal, [200, 200, 404, 404, 200, 200]),
        (
            "who published the held version",
            &world.mia,
            [200, 200, 200, 404, 200, 200],
        ),
        ("the publisher", &world.pat, [200, 200, 404, 200, 200, 200]),
        (
            "an administrator",
            &test.admin,
            [200, 200, 200, 200, 403, 200],
        ),
        (
            "an administrator without the scope",
            &admin_without_scope,
            [200, 404, 404, 404, 403, 200],
        ),
        (
            "the scope without an administrator",
            &scope_without_role,
            [200, 404, 404, 404, 403, 200],
        ),
    ] {
        assert_eq!(world.row(Some(key)).await, row, "{who}");
    }
    test.remove_member("acme", "pat").await;
    let row = world.row(Some(&world.pat)).await;
    assert_eq!(row, [200, 200, 404, 200, 403, 200], "no longer a member");
    test.set_status("pat", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(world.row(Some(&world.pat)).await, ANONYMOUS, "suspended");
}

#[tokio::test]
async fn without_a_good_key_a_caller_is_anonymous() {
    let world = World::new().await;
    let test = &world.test;
    assert_eq!(world.row(None).await, ANONYMOUS);
    let revoked = test.key("pat", &[Scope::Publish]).await;
    test.revoke(&revoked).await;
    let unknown = ApiKey::generate().unwrap().reveal().to_owned();
    let expired = short_lived_key(test, "pat").await;
    assert_eq!(
        test.get(Some(&expired), "/api/v1/auth/whoami").await.status,
        200
    );
    test.clock.advance(Duration::from_hours(24));
    for key in [&revoked.secret, &unknown, &expired, "tank_x", "other", ""] {
        assert_eq!(world.row(Some(key)).await, ANONYMOUS, "{key}");
    }
    let refused = test.get(Some(&unknown), "/api/v1/auth/whoami").await;
    assert_eq!(
        refused.refusal(),
        (401, "Unauthorized. Valid API key required.")
    );
    assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
}

#[tokio::test]
async fn a_missing_scope_is_named_and_nothing_is_read_of_the_body() {
    let world = World::new().await;
    let TestKey { secret, .. } = world.test.key("hal", &[Scope::Read]).await;
    for path in ["/api/v1/skills", "/api/v1/skills/confirm"] {
        let answer = world.test.post(Some(&secret), path, &json!([])).await;
        assert_eq!(answer.refusal(), (403, MISSING_SCOPE));
    }
}

#[tokio::test]
async fn who_loses_access_loses_it_on_the_next_request_and_on_links() {
    let world = World::new().await;
    let test = &world.test;
    let path = "/api/v1/skills/@acme/secret";
    let mut links = Vec::new();
    for key in [&world.gil, &world.meg, &world.hal] {
        links.push(test.download_url(Some(key), "@acme/secret", "1.0.0").await);
    }
    test.take_back("@acme/secret", &user("gil")).await;
    test.org("others", "eve").await;
    test.member("guests", "eve", OrgRole::Owner).await;
    test.remove_member("guests", "meg").await;
    test.remove_member("acme", "hal").await;
    for (key, link) in [&world.gil, &world.meg, &world.hal].into_iter().zip(&links) {
        assert_eq!(
            test.get(Some(key), path).await.refusal(),
            (404, "Skill not found")
        );
        assert_eq!(test.follow(link).await.refusal(), (404, "File not found"));
    }
    // Back in: the same link works again, it never held a right of its own.
    test.member("acme", "hal", OrgRole::Member).await;
    assert_eq!(test.follow(&links[2]).await.status, 200);
}

#[tokio::test]
async fn revoking_a_key_ends_no_link_and_a_suspension_does_until_it_is_over() {
    let world = World::new().await;
    let test = &world.test;
    let key = test.key("gil", &[Scope::Read]).await;
    let link = test
        .download_url(Some(&key.secret), "@acme/secret", "1.0.0")
        .await;
    test.revoke(&key).await;
    assert_eq!(test.follow(&link).await.status, 200);

    let until = test
        .now()
        .parse::<tank_registry_core::model::Timestamp>()
        .unwrap();
    let until = until.after(Duration::from_mins(10));
    test.set_status("gil", UserStatus::Suspended { until: Some(until) })
        .await;
    let whoami = "/api/v1/auth/whoami";
    assert_eq!(test.follow(&link).await.refusal(), (404, "File not found"));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 401);
    test.clock
        .advance(Duration::from_mins(10) - Duration::from_millis(1));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 401);
    test.clock.advance(Duration::from_millis(1));
    assert_eq!(test.get(Some(&world.gil), whoami).await.status, 200);
    assert_eq!(test.follow(&link).await.status, 200);
}

#[tokio::test]
async fn a_link_for_everyone_ends_when_the_skill_becomes_private() {
    let world = World::new().await;
    let test = &world.test;
    let anonymous = test.download_url(None, "@acme/open", "1.0.0").await;
    let members = test
        .download_url(Some(&world.hal), "@acme/open", "1.0.0")
        .await;
    assert_eq!(anonymous, members, "a public version has one link for all");
    let name = tank_registry_tests::wire::skill_name("@acme/open");
    test.registry
        .set_visibility(
            &Viewer::Operator,
            &name,
            tank_registry_core::model::Visibility::Private,
        )
        .await
        .unwrap();
    assert_eq!(
        test.follow(&anonymous).await.refusal(),
        (404, "File not found")
    );
    let own = test
        .download_url(Some(&world.hal), "@acme/open", "1.0.0")
        .await;
    let served = test.follow(&own).await;
    assert_eq!(
        (served.status, served.header("cache-control")),
        (200, Some("private, no-store"))
    );
    assert!(!relative(&own).contains(&world.hal), "a link shows no key");
}

#[tokio::test]
async fn an_administrators_link_ends_with_the_role_it_was_made_for() {
    let world = World::new().await;
    let test = &world.test;
    let link = test
        .download_url(Some(&test.admin), "@acme/never", "1.0.0")
        .await;
    assert_eq!(test.follow(&link).await.status, 200);
    test.set_status("admin", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(test.follow(&link).await.refusal(), (404, "File not found"));
}

#[tokio::test]
async fn an_unscoped_name_belongs_to_its_first_publisher_alone() {
    let test = TestRegistry::new().await;
    let (ada, bob) = (test.user("ada").await, test.user("bob").await);
    // A start takes nothing: the first commit does.
    test.start(&ada, &private("tools", "1.0.0")).await;
    test.published(&bob, &private("tools", "1.0.0")).await;
    let late = test.start(&ada, &manifest("tools", "1.0.1")).await;
    assert_eq!(late.refusal(), (403, "You do not own 'tools'"));
    let admin = test.start(&test.admin, &manifest("tools", "1.0.1")).await;
    assert_eq!(admin.refusal(), (403, "You do not own 'tools'"));
    test.published(&bob, &manifest("tools", "1.0.1")).await;
}

#[tokio::test]
async fn the_key_comes_in_one_header_and_in_no_other_way() {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let status = async |name: &str, value: String, path: &str| {
        let request = http::Request::get(path).header(name, value);
        test.send(
            request
                .body(http_body_util::Full::<bytes::Bytes>::default())
                .unwrap(),
        )
        .await
        .status
    };
    let whoami = "/api/v1/auth/whoami";
    for value in [
        format!("bearer {ada}"),
        format!("BEARER   {ada}"),
        format!("Bearer {ada} "),
    ] {
        assert_eq!(
            status("authorization", value.clone(), whoami).await,
            200,
            "{value}"
        );
    }
    for (name, value) in [
        ("authorization", ada.clone()),
        ("authorization", format!("Basic {ada}")),
        ("authorization", format!("Bearer{ada}")),
        ("x-api-key", ada.clone()),
        ("cookie", format!("token={ada}")),
    ] {
        assert_eq!(status(name, value, whoami).await, 401, "{name}");
    }
    let query = format!("{whoami}?key={ada}&token={ada}");
    assert_eq!(status("x-nothing", String::new(), &query).await, 401);
}
