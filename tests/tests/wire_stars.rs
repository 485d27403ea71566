//! Stars, and what is told of packages nobody answers for: sections 4.11 and 4.16 of the API.

use http::Method;
use serde_json::{Value, json};
use tank_registry_core::store::StoreErrorKind;
use tank_registry_core::{ApiKey, Scope};
use tank_registry_tests::wire::{Answer, Fault, Frail, TestRegistry, World, manifest, user_grant};

const STAR: &str = "/api/v1/skills/tools/star";

async fn published() -> (TestRegistry, String) {
    let test = TestRegistry::new().await;
    let ada = test.user("ada").await;
    test.published(&ada, &manifest("tools", "1.0.0")).await;
    (test, ada)
}

async fn star(test: &TestRegistry, key: Option<&str>, method: Method) -> Answer {
    test.call(method, STAR, key, None).await
}

fn stars(count: u64, starred: bool) -> Value {
    json!({ "count": count, "starCount": count, "isStarred": starred })
}

fn set(count: u64, starred: bool) -> Value {
    json!({ "success": true, "count": count, "starCount": count, "isStarred": starred })
}

#[tokio::test]
async fn a_user_stars_a_skill_once_and_takes_it_back_once() {
    let (test, ada) = published().await;
    let bob = test.user("bob").await;
    let (ada, bob) = (Some(&*ada), Some(&*bob));
    for (key, method, body) in [
        (None, Method::GET, stars(0, false)),
        (ada, Method::DELETE, set(0, false)),
        (ada, Method::POST, set(1, true)),
        (bob, Method::GET, stars(1, false)),
        (bob, Method::POST, set(2, true)),
        (ada, Method::GET, stars(2, true)),
        (None, Method::GET, stars(2, false)),
        (ada, Method::DELETE, set(1, false)),
        (ada, Method::DELETE, set(1, false)),
        (ada, Method::GET, stars(1, false)),
        (bob, Method::GET, stars(1, true)),
    ] {
        let answer = star(&test, key, method.clone()).await;
        assert_eq!((answer.status, &answer.json), (200, &body), "{method}");
    }
    let mut again = set(1, true);
    again["message"] = json!("Already starred");
    assert_eq!(star(&test, bob, Method::POST).await.json, again);
    let skill = test.get(None, "/api/v1/skills/tools").await;
    assert_eq!(skill.number("stars"), 1);
}

#[tokio::test]
async fn racing_stars_of_one_user_count_once() {
    let (test, ada) = published().await;
    let races = (0..16).map(|_| {
        let (test, ada) = (test.clone(), ada.clone());
        tokio::spawn(async move { star(&test, Some(&ada), Method::POST).await.json })
    });
    let mut first = 0;
    for race in races.collect::<Vec<_>>() {
        let answer = race.await.unwrap();
        assert_eq!(
            (&answer["count"], &answer["isStarred"]),
            (&json!(1), &json!(true))
        );
        first += u32::from(answer.get("message").is_none());
    }
    assert_eq!(first, 1);
}

#[tokio::test]
async fn any_good_key_may_star_and_no_other_caller() {
    let (test, _) = published().await;
    test.create_user("eve").await;
    let reads = test.key("eve", &[Scope::Read]).await;
    let unknown = ApiKey::generate().unwrap().reveal().to_owned();
    assert_eq!(
        star(&test, Some(&reads.secret), Method::POST).await.status,
        200
    );
    test.revoke(&reads).await;
    for key in [None, Some(&*unknown), Some("tank_x"), Some(&*reads.secret)] {
        for method in [Method::POST, Method::DELETE] {
            let refused = star(&test, key, method).await;
            assert_eq!(refused.refusal(), (401, "Authentication required"));
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"));
        }
        assert_eq!(star(&test, key, Method::GET).await.json, stars(1, false));
        let absent = test
            .call(Method::POST, "/api/v1/skills/absent/star", key, None)
            .await;
        assert_eq!(absent.status, 401, "who it is comes before what there is");
    }
}

#[tokio::test]
async fn a_star_reveals_no_more_than_a_read() {
    let world = World::new().await;
    let test = &world.test;
    let (stranger, admin) = (&*world.eve, &*test.admin);
    let refused = (404, "Skill not found");
    let forbidden = (403, "Forbidden");
    for (who, key, secret, never) in [
        ("a stranger", stranger, Some(refused), Some(refused)),
        ("a granted user", &world.gil, None, Some(refused)),
        (
            "a member of a granted organization",
            &world.meg,
            None,
            Some(refused),
        ),
        ("a member", &world.hal, None, Some(refused)),
        ("the publisher", &world.pat, None, None),
        ("an administrator", admin, Some(forbidden), Some(forbidden)),
    ] {
        for (skill, refusal) in [("open", None), ("secret", secret), ("never", never)] {
            let path = format!("/api/v1/skills/@acme/{skill}/star");
            for method in [Method::POST, Method::DELETE] {
                let answer = test.call(method.clone(), &path, Some(key), None).await;
                match refusal {
                    Some(refusal) => assert_eq!(answer.refusal(), refusal, "{who} {skill}"),
                    None => assert_eq!(answer.status, 200, "{who} {skill}"),
                }
                if answer.status == 404 {
                    let absent = "/api/v1/skills/@acme/absent/star";
                    let absent = test.call(method, absent, Some(key), None).await;
                    assert_eq!(answer.shown(), absent.shown(), "{who} {skill}");
                }
            }
        }
    }
    test.grant("@acme/secret", &user_grant("admin")).await;
    let path = "/api/v1/skills/@acme/secret/star";
    let granted = test.call(Method::POST, path, Some(admin), None).await;
    assert_eq!(granted.status, 200, "as the user who was granted it");
}

#[tokio::test]
async fn a_star_whose_answer_is_lost_counts_once() {
    let frail = Frail::new().await;
    frail
        .test
        .published(&frail.ada, &manifest("tools", "1.0.0"))
        .await;
    frail.store.plan.once("Star", Fault::Lost);
    let answer = star(&frail.test, Some(&frail.ada), Method::POST).await;
    assert_eq!(answer.json, set(1, true));
    frail
        .store
        .plan
        .once("Star", Fault::Fails(StoreErrorKind::Unavailable));
    let failed = star(&frail.test, Some(&frail.ada), Method::DELETE).await;
    assert_eq!(
        failed.refusal(),
        (503, "Service unavailable, try again later")
    );
    assert_eq!(
        star(&frail.test, Some(&frail.ada), Method::GET).await.json,
        stars(1, true)
    );
}

#[tokio::test]
async fn nobody_answers_for_a_package_and_only_its_readers_are_told_so() {
    let world = World::new().await;
    let talk = async |key: Option<&str>, skill: &str| {
        let path = format!("/api/v1/skills/@acme/{skill}/talk");
        world
            .test
            .post(key, &path, &json!({ "message": "hello" }))
            .await
    };
    let answer = talk(None, "open").await;
    assert_eq!(
        answer.refusal(),
        (503, "Talk to package feature is not configured")
    );
    assert_eq!(talk(Some(&world.gil), "secret").await.status, 503);
    for key in [None, Some(&*world.eve)] {
        assert_eq!(
            talk(key, "secret").await.refusal(),
            (404, "Skill not found")
        );
    }
}

#[tokio::test]
async fn top_is_no_skill() {
    let (test, _) = published().await;
    let answer = test.get(None, "/api/v1/skills/top").await;
    assert_eq!(answer.json, json!({ "error": "Not found" }));
}
