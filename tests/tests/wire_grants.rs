//! Who else may read a private skill, set over HTTP: section 4.14 of the API.
#![allow(
    clippy::unwrap_used,
    reason = "all of this is test code: panics report"
)]

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::model::OrgRole;
use tank_registry_core::{Scope, Viewer};
use tank_registry_tests::wire::{Answer, Frail, TestRegistry, handle, skill_name, user_grant};

const NO_SKILL: (u16, &str) = (404, "Skill not found");

async fn id(test: &TestRegistry, name: &str) -> String {
    let user = test.registry.user(&Viewer::Operator, &handle(name)).await;
    user.unwrap().id.to_string()
}

async fn get(test: &TestRegistry, key: &str, skill: &str) -> Answer {
    test.get(Some(key), &format!("/api/v1/skills/{skill}/access"))
        .await
}

async fn put(test: &TestRegistry, key: &str, skill: &str, body: &Value) -> Answer {
    let path = format!("/api/v1/skills/{skill}/access");
    let body = body.to_string().into();
    test.call(Method::PUT, &path, Some(key), Some(body)).await
}

fn private(name: &str) -> Value {
    json!({ "name": name, "version": "1.0.0", "visibility": "private" })
}

/// Ada's private skill `tools`, bob, and the organization guests of mia's.
async fn tools() -> (TestRegistry, String, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    let (bob, mia) = (test.user("bob").await, test.user("mia").await);
    test.published(&ada, &private("tools")).await;
    test.org("guests", "mia").await;
    let guests = test.get(Some(&mia), "/api/v1/orgs/guests").await;
    assert_eq!(
        test.get(Some(&bob), "/api/v1/skills/tools").await.status,
        404
    );
    (test, ada, guests.text("id").to_owned())
}

#[tokio::test]
async fn a_put_replaces_the_whole_set() {
    let (test, ada, guests) = tools().await;
    let (bob, mia) = (id(&test, "bob").await, id(&test, "mia").await);
    let reads = async || {
        let mut reads = Vec::new();
        for name in ["bob", "mia"] {
            let key = test.key(name, &[Scope::Read]).await.secret;
            reads.push(test.get(Some(&key), "/api/v1/skills/tools").await.status);
        }
        reads
    };
    for (users, orgs, expected) in [
        (vec![&bob], vec![], [200, 404]),
        (vec![], vec![&guests], [404, 200]),
        (vec![&bob, &bob], vec![&guests, &guests], [200, 200]),
        (vec![&mia], vec![], [404, 200]),
        (vec![], vec![], [404, 404]),
    ] {
        let answer = put(
            &test,
            &ada,
            "tools",
            &json!({ "userIds": users, "orgIds": orgs }),
        )
        .await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (mut users, mut orgs) = (users, orgs);
        users.dedup();
        orgs.dedup();
        assert_eq!(answer.json, json!({ "userIds": users, "orgIds": orgs }));
        assert_eq!(get(&test, &ada, "tools").await.json, answer.json);
        assert_eq!(reads().await, expected);
    }
}

#[tokio::test]
async fn who_may_change_a_skill_sets_its_access_and_for_others_it_is_not_there() {
    let (test, ada, _) = tools().await;
    let owner = test.user("owner").await;
    test.org("acme", "owner").await;
    let (lead, pat, gil) = (
        test.user("lead").await,
        test.user("pat").await,
        test.user("gil").await,
    );
    test.member("acme", "lead", OrgRole::Admin).await;
    test.member("acme", "pat", OrgRole::Member).await;
    test.published(&pat, &private("@acme/secret")).await;
    test.grant("@acme/secret", &user_grant("gil")).await;
    let eve = test.user("eve").await;
    let admin_without_scope = test.key("admin", &[Scope::Publish]).await.secret;
    let none = json!({ "userIds": [id(&test, "gil").await], "orgIds": [] });
    for (who, key, of_tools, of_secret) in [
        ("the publisher of an unscoped skill", &ada, true, false),
        ("an owner of the organization", &owner, false, true),
        ("an admin of the organization", &lead, false, true),
        ("the publisher, a member only", &pat, false, false),
        ("a granted user", &gil, false, false),
        ("a stranger", &eve, false, false),
        (
            "an administrator without the scope",
            &admin_without_scope,
            false,
            false,
        ),
        ("an administrator", &test.admin, true, true),
    ] {
        for (skill, may) in [
            ("tools", of_tools),
            ("@acme/secret", of_secret),
            ("absent", false),
        ] {
            for answer in [
                get(&test, key, skill).await,
                put(&test, key, skill, &none).await,
            ] {
                if may {
                    assert_eq!(answer.status, 200, "{who} {skill}");
                } else {
                    assert_eq!(answer.refusal(), NO_SKILL, "{who} {skill}");
                    let absent = get(&test, key, "absent").await;
                    assert_eq!(answer.shown(), absent.shown(), "{who} {skill}");
                }
            }
        }
    }
    let reads = test.key("ada", &[Scope::Read]).await.secret;
    for answer in [
        get(&test, &reads, "tools").await,
        put(&test, &reads, "tools", &none).await,
    ] {
        assert_eq!(answer.status, 403);
    }
    let anonymous = test.get(None, "/api/v1/skills/tools/access").await;
    assert_eq!(
        anonymous.refusal(),
        (401, "Unauthorized. Valid API key required.")
    );
}

#[tokio::test]
async fn what_does_not_exist_cannot_be_granted_and_is_named() {
    let (test, ada, guests) = tools().await;
    let bob = id(&test, "bob").await;
    let nobody = "00000000-0000-7000-8000-000000000000";
    for (body, field, reason) in [
        (
            json!({ "userIds": [bob, nobody], "orgIds": [] }),
            "userIds",
            format!("Unknown user: {nobody}"),
        ),
        (
            json!({ "userIds": ["bob"], "orgIds": [] }),
            "userIds",
            "Unknown user: bob".to_owned(),
        ),
        (
            json!({ "userIds": [bob], "orgIds": [guests, "guests", nobody] }),
            "orgIds",
            format!("Unknown organization: {nobody}, guests"),
        ),
        (
            json!({ "userIds": [bob] }),
            "orgIds",
            "Invalid input: expected array, received undefined".to_owned(),
        ),
        (
            json!({ "userIds": null, "orgIds": [] }),
            "userIds",
            "Invalid input: expected array, received null".to_owned(),
        ),
        (
            json!({ "userIds": [7], "orgIds": [] }),
            "userIds",
            "Invalid input: expected string, received number".to_owned(),
        ),
    ] {
        let refused = put(&test, &ada, "tools", &body).await;
        assert_eq!(refused.refusal(), (400, "Invalid request body"), "{body}");
        assert_eq!(
            refused.json["details"],
            json!({ field: [reason] }),
            "{body}"
        );
    }
    let empty = json!({ "userIds": [], "orgIds": [] });
    assert_eq!(
        get(&test, &ada, "tools").await.json,
        empty,
        "nothing was granted"
    );
}

#[tokio::test]
async fn a_thousand_may_be_granted_and_no_more() {
    let (test, ada, _) = tools().await;
    let many = |count: u32| -> Vec<String> { (0..count).map(|at| format!("org-{at}")).collect() };
    // Behind the registry's back: a host's organizations need no row here.
    test.change_skill("tools", |commit| {
        let orgs = many(1000).into_iter();
        commit.head.grants.orgs = orgs.map(tank_registry_core::model::OrgId::new).collect();
    })
    .await;
    let all = json!({ "userIds": [], "orgIds": many(1000) });
    let kept = put(&test, &ada, "tools", &all).await;
    assert_eq!((kept.status, kept.list("orgIds").len()), (200, 1000));
    let one_more = json!({ "userIds": [id(&test, "bob").await], "orgIds": many(1000) });
    let refused = put(&test, &ada, "tools", &one_more).await;
    assert_eq!(
        refused.refusal(),
        (
            400,
            "a skill may be granted to at most 1000 users and organizations"
        )
    );
}

#[tokio::test]
async fn a_change_of_access_is_audited_with_what_changed() {
    let frail = Frail::new().await;
    let (test, ada) = (&frail.test, &frail.ada);
    test.published(ada, &private("tools")).await;
    for name in ["bob", "mia"] {
        test.create_user(name).await;
    }
    let (bob, mia) = (id(test, "bob").await, id(test, "mia").await);
    for users in [&bob, &bob, &mia] {
        let body = json!({ "userIds": [users], "orgIds": [] });
        assert_eq!(put(test, ada, "tools", &body).await.status, 200);
    }
    let log = frail.store.inner.audit_log();
    let changes: Vec<_> = log
        .iter()
        .filter(|line| line.event.action == "skill.access")
        .map(|line| (&*line.event.target, line.event.metadata.clone()))
        .collect();
    let none = json!({ "userIds": [], "orgIds": [] });
    let one = |id: &str| json!({ "userIds": [id], "orgIds": [] });
    assert_eq!(
        changes,
        [
            ("tools", json!({ "added": one(&bob), "removed": none })),
            ("tools", json!({ "added": one(&mia), "removed": one(&bob) })),
        ]
    );
}

#[tokio::test]
async fn sets_that_race_are_each_whole() {
    let (test, ada, guests) = tools().await;
    let sets = [
        json!({ "userIds": [id(&test, "bob").await], "orgIds": [] }),
        json!({ "userIds": [], "orgIds": [guests] }),
    ];
    let races = sets.iter().cycle().take(16).cloned().map(|set| {
        let (test, ada) = (test.clone(), ada.clone());
        tokio::spawn(async move { put(&test, &ada, "tools", &set).await.status })
    });
    for race in races.collect::<Vec<_>>() {
        assert_eq!(race.await.unwrap(), 200);
    }
    let left = get(&test, &ada, "tools").await.json;
    assert!(sets.contains(&left), "{left}");
    let name = skill_name("tools");
    let held = test.store.skill(&name).await.unwrap().unwrap();
    assert_eq!(held.head.grants.len(), 1);
}
