//! What is kept in memory is never served once it may be untrue, and what anyone may have is sent
//! only to those who do not have it.

use std::io::Read as _;
use std::time::Duration;

use serde_json::json;
use tank_registry_core::auth::ExternalIdentity;
use tank_registry_core::model::{OrgRole, UserStatus, Visibility};
use tank_registry_core::store::{ExternalId, StoreErrorKind};
use tank_registry_core::{Scope, Viewer, maintenance};
use tank_registry_tests::wire::{
    Answer, Fault, Frail, SECRET, TestRegistry, World, integrity, manifest, pack, relative,
    skill_files, skill_name, user_grant,
};
use tokio::time::Instant;

const OPEN: &str = "/api/v1/skills/@acme/open";
const PRIVATE: &str = "/api/v1/skills/@acme/secret";
const WHOAMI: &str = "/api/v1/auth/whoami";
const SETTLE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn what_another_process_takes_away_is_gone_on_the_next_request() {
    let world = World::new().await;
    let (here, there) = (&world.test, world.test.another_node().await);
    let key = here.key("gil", &[Scope::Read]).await;
    for known in [&*world.gil, &*world.meg, &*world.hal, &*key.secret] {
        assert_eq!(here.get(Some(known), PRIVATE).await.status, 200);
        assert_eq!(here.get(Some(known), WHOAMI).await.status, 200);
    }
    assert_eq!(here.get(None, OPEN).await.status, 200);

    there.revoke(&key).await;
    assert_eq!(here.get(Some(&key.secret), WHOAMI).await.status, 401);
    there.take_back("@acme/secret", &user_grant("gil")).await;
    assert_eq!(here.get(Some(&world.gil), PRIVATE).await.status, 404);
    there.remove_member("acme", "hal").await;
    assert_eq!(here.get(Some(&world.hal), PRIVATE).await.status, 404);
    there
        .set_status("meg", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(here.get(Some(&world.meg), WHOAMI).await.status, 401);
    let name = skill_name("@acme/open");
    there
        .registry
        .set_visibility(&Viewer::Operator, &name, Visibility::Private)
        .await
        .unwrap();
    assert_eq!(
        here.get(None, OPEN).await.refusal(),
        (404, "Skill not found")
    );
}

#[tokio::test]
async fn what_another_process_gives_or_publishes_is_there_on_the_next_request() {
    let world = World::new().await;
    let (here, there) = (&world.test, world.test.another_node().await);
    assert_eq!(here.get(Some(&world.eve), PRIVATE).await.status, 404);
    there.grant("@acme/secret", &user_grant("eve")).await;
    assert_eq!(here.get(Some(&world.eve), PRIVATE).await.status, 200);
    let before = here.get(None, OPEN).await;
    there
        .published(&world.pat, &manifest("@acme/open", "1.1.0"))
        .await;
    let after = here.get(None, OPEN).await;
    assert_eq!(
        (before.text("latestVersion"), after.text("latestVersion")),
        ("1.0.0", "1.1.0")
    );
}

#[tokio::test]
async fn a_feed_that_was_pruned_makes_a_process_forget_everything() {
    let world = World::new().await;
    let (here, there) = (&world.test, world.test.another_node().await);
    assert_eq!(here.get(Some(&world.gil), PRIVATE).await.status, 200);
    there.take_back("@acme/secret", &user_grant("gil")).await;
    there.clock.advance(Duration::from_hours(25));
    maintenance::prune_history(&there.registry, Duration::from_hours(24))
        .await
        .unwrap();
    assert_eq!(here.get(Some(&world.gil), PRIVATE).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn while_the_feed_cannot_be_read_nothing_is_served() {
    let frail = Frail::new().await;
    let test = &frail.test;
    test.published(&frail.ada, &manifest("@acme/open", "1.0.0"))
        .await;
    assert_eq!(test.get(None, OPEN).await.status, 200);
    let unavailable = Fault::Fails(StoreErrorKind::Unavailable);
    frail.store.plan.always("changes_since", unavailable);
    for key in [None, Some(&*frail.ada)] {
        let answer = test.get(key, OPEN).await;
        assert_eq!(
            answer.refusal(),
            (503, "Service unavailable, try again later")
        );
        assert!(!String::from_utf8_lossy(&answer.bytes).contains(SECRET));
    }
    frail.store.plan.clear();
    assert_eq!(test.get(None, OPEN).await.status, 200);
}

/// The first requests wait for the read that fails, and all of them fail with it: none waits for
/// one of its own behind the others.
#[tokio::test(start_paused = true)]
async fn requests_that_wait_for_the_feed_share_its_failure() {
    let frail = Frail::new().await;
    let test = &frail.test;
    test.published(&frail.ada, &manifest("@acme/open", "1.0.0"))
        .await;
    let slow = Duration::from_secs(5);
    frail
        .store
        .plan
        .always("changes_since", Fault::SlowLoss(slow));
    let started = Instant::now();
    let asked = (0..50).map(|_| test.get(None, OPEN));
    for answer in futures_util::future::join_all(asked).await {
        assert_eq!(answer.status, 503);
    }
    assert!(started.elapsed() <= 2 * slow, "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn once_a_removal_is_told_no_process_serves_what_it_took() {
    let frail = Frail::shared(SETTLE).await;
    let (here, there) = (&frail.test, frail.test.another_node().await);
    let secret = json!({ "name": "@acme/secret", "version": "1.0.0", "visibility": "private" });
    here.published(&frail.ada, &secret).await;
    let (bob, cyd) = (here.user("bob").await, here.user("cyd").await);
    here.grant("@acme/secret", &user_grant("bob")).await;
    here.member("acme", "cyd", OrgRole::Member).await;
    let key = here.key("bob", &[Scope::Read]).await;
    for _ in 0..20 {
        let warm = async |key: &str| here.get(Some(key), PRIVATE).await.status;
        assert_eq!((warm(&bob).await, warm(&cyd).await), (200, 200));
        assert_eq!(warm(&key.secret).await, 200);
        tokio::time::advance(SETTLE / 7).await;
    }
    there.revoke(&key).await;
    assert_eq!(here.get(Some(&key.secret), WHOAMI).await.status, 401);
    there.take_back("@acme/secret", &user_grant("bob")).await;
    assert_eq!(here.get(Some(&bob), PRIVATE).await.status, 404);
    there.remove_member("acme", "cyd").await;
    assert_eq!(here.get(Some(&cyd), PRIVATE).await.status, 404);
    there
        .set_status("bob", UserStatus::Suspended { until: None })
        .await;
    assert_eq!(here.get(Some(&bob), WHOAMI).await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn only_what_takes_something_away_waits_for_the_other_processes() {
    let frail = Frail::shared(SETTLE).await;
    let test = &frail.test;
    test.user("bob").await;
    let took = async |change: &mut (dyn Future<Output = ()> + Unpin)| {
        let started = Instant::now();
        change.await;
        started.elapsed() >= SETTLE
    };
    macro_rules! waits {
        ($change:expr) => {
            took(&mut Box::pin($change)).await
        };
    }
    let open = manifest("@acme/open", "1.0.0");
    assert!(!waits!(test.published(&frail.ada, &open)));
    let visibility = async |visibility| {
        let name = skill_name("@acme/open");
        test.registry
            .set_visibility(&Viewer::Operator, &name, visibility)
            .await
            .unwrap();
    };
    assert!(waits!(visibility(Visibility::Private)));
    assert!(!waits!(test.grant("@acme/open", &user_grant("bob"))));
    assert!(waits!(test.take_back("@acme/open", &user_grant("bob"))));
    assert!(!waits!(visibility(Visibility::Public)));
    assert!(!waits!(test.member("acme", "bob", OrgRole::Admin)));
    assert!(waits!(test.member("acme", "bob", OrgRole::Member)));
    assert!(waits!(test.remove_member("acme", "bob")));
    let suspended = UserStatus::Suspended { until: None };
    assert!(waits!(test.set_status("bob", suspended)));
    assert!(!waits!(test.set_status("bob", UserStatus::Active)));
    let key = test.key("bob", &[Scope::Read]).await;
    assert!(waits!(test.revoke(&key)));
    // A publish that makes the skill private.
    let narrower = json!({ "name": "@acme/open", "version": "1.0.1", "visibility": "private" });
    assert!(waits!(test.published(&frail.ada, &narrower)));
}

/// The answer of a slow read is as old as its beginning, however late it arrives.
#[tokio::test(start_paused = true)]
async fn the_age_of_a_feed_read_counts_from_its_start() {
    let frail = Frail::shared(SETTLE).await;
    let (here, there) = (&frail.test, frail.test.another_node().await);
    let key = here.key("ada", &[Scope::Read]).await;
    assert_eq!(here.get(Some(&key.secret), WHOAMI).await.status, 200);
    tokio::time::advance(2 * SETTLE).await;
    frail
        .store
        .plan
        .once("changes_since", Fault::Slow(SETTLE + SETTLE / 2));
    let slow = here.get(Some(&key.secret), WHOAMI);
    // Committed after the slow read began, told before it arrives.
    let revoked = async {
        tokio::time::sleep(SETTLE / 10).await;
        there.revoke(&key).await;
        let told = Instant::now();
        let answer = here.get(Some(&key.secret), WHOAMI).await;
        (told, answer)
    };
    let (_, (_, after)) = tokio::join!(slow, revoked);
    assert_eq!(after.status, 401);
}

#[tokio::test]
async fn a_slow_fill_does_not_bring_back_what_was_true_before() {
    let frail = Frail::new().await;
    let test = &frail.test;
    test.published(&frail.ada, &manifest("@acme/open", "1.0.0"))
        .await;
    tokio::time::pause();
    let slow = Duration::from_secs(1);
    frail.store.plan.once("skill", Fault::Slow(slow));
    let fill = test.get(None, OPEN);
    let change = async {
        tokio::time::sleep(slow / 2).await;
        let name = skill_name("@acme/open");
        test.registry
            .set_visibility(&Viewer::Operator, &name, Visibility::Private)
            .await
            .unwrap();
        // What the feed tells of the change is read now, and not once the fill is there.
        assert_eq!(test.get(None, OPEN).await.status, 404);
    };
    tokio::join!(fill, change);
    assert_eq!(test.get(None, OPEN).await.status, 404);
}

#[tokio::test]
async fn who_has_a_document_is_told_so_until_it_changes() {
    let world = World::new().await;
    let test = &world.test;
    for path in [
        OPEN,
        "/api/v1/skills/@acme/open/versions",
        "/api/v1/skills/@acme/open/1.0.0",
    ] {
        let first = test.get(None, path).await;
        let etag = first.header("etag").expect("an entity tag").to_owned();
        assert!(etag.starts_with("W/\""), "{etag}");
        let again = test.get_with(path, &[("if-none-match", &etag)]).await;
        assert_eq!((again.status, again.bytes.len()), (304, 0), "{path}");
        assert_eq!(again.header("etag"), Some(&*etag));
        assert_eq!(again.header("cache-control"), Some("public, no-cache"));
        assert!(again.header("x-ratelimit-remaining").is_some());
        let other = test.get_with(path, &[("if-none-match", "\"other\"")]).await;
        assert_eq!((other.status, &other.bytes), (200, &first.bytes));
        let key = format!("Bearer {}", world.eve);
        let headers = [("if-none-match", &*etag), ("authorization", &*key)];
        let known = test.get_with(path, &headers).await;
        assert_eq!(known.status, 304);
        assert_eq!(known.header("cache-control"), Some("private, no-store"));
    }
    let etag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
    let before = etag(&test.get(None, OPEN).await);
    // The other process has no scanner that would hold it back.
    let there = test.another_node().await;
    there
        .published(&world.pat, &manifest("@acme/open", "1.1.0"))
        .await;
    assert_ne!(etag(&test.get(None, OPEN).await), before);
}

#[tokio::test]
async fn what_not_everyone_may_have_has_no_tag() {
    let world = World::new().await;
    let test = &world.test;
    for (key, path) in [
        (&world.gil, "@acme/secret"),
        (&world.gil, "@acme/secret/versions"),
        (&world.gil, "@acme/secret/1.0.0"),
        (&world.mia, "@acme/open/2.0.0"),
    ] {
        let answer = test.get(Some(key), &format!("/api/v1/skills/{path}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("etag"), None, "{path}");
        let star = format!("Bearer {key}");
        let headers = [("if-none-match", "*"), ("authorization", &*star)];
        let path = format!("/api/v1/skills/{path}");
        assert_eq!(test.get_with(&path, &headers).await.status, 200);
    }
    let refused = test.get_with(PRIVATE, &[("if-none-match", "*")]).await;
    assert_eq!(refused.refusal(), (404, "Skill not found"));
}

#[tokio::test]
async fn a_document_names_its_publisher_as_they_are_called_now() {
    let test = TestRegistry::new().await;
    let identity = |name: &str| ExternalIdentity {
        id: ExternalId {
            issuer: "https://id.example".into(),
            subject: "1".into(),
        },
        display_name: Some(name.to_owned()),
        email: "ada@example.org".to_owned(),
        administrator: false,
    };
    test.registry.sign_in(&identity("ada")).await.unwrap();
    let key = test.key("ada", &[Scope::Publish]).await.secret;
    test.published(&key, &manifest("tools", "1.0.0")).await;
    let path = "/api/v1/skills/tools";
    let publisher = async || test.get(None, path).await.json["publisher"]["displayName"].clone();
    assert_eq!(publisher().await, "ada");
    test.registry.sign_in(&identity("Ada Byron")).await.unwrap();
    assert_eq!(publisher().await, "Ada Byron");
}

#[tokio::test]
async fn whom_a_host_vouches_for_is_looked_up_once_and_suspended_on_the_next_request() {
    let frail = Frail::new().await;
    let (here, there) = (&frail.test, frail.test.another_node().await);
    let identity = ExternalIdentity {
        id: ExternalId {
            issuer: "https://id.example".into(),
            subject: "1".into(),
        },
        display_name: Some("Eve".to_owned()),
        email: String::new(),
        administrator: true,
    };
    let sign_in = async |identity: &ExternalIdentity| here.registry.sign_in(identity).await;
    let made = sign_in(&identity).await.unwrap();
    let unavailable = Fault::Fails(StoreErrorKind::Unavailable);
    assert!(sign_in(&identity).await.unwrap().is_admin());
    frail.store.plan.always("user", unavailable);
    let known = sign_in(&identity).await.unwrap();
    assert_eq!(known.user_id(), made.user_id());
    frail.store.plan.clear();

    // What the host says now is what holds, whatever was remembered.
    let demoted = ExternalIdentity {
        administrator: false,
        ..identity
    };
    assert!(!sign_in(&demoted).await.unwrap().is_admin());
    there
        .set_status("eve", UserStatus::Suspended { until: None })
        .await;
    assert!(sign_in(&demoted).await.unwrap().user().is_none());
}

#[tokio::test]
async fn a_download_shows_at_once_and_many_show_within_ten_seconds() {
    let world = World::new().await;
    let test = &world.test;
    let url = test.download_url(None, "@acme/open", "1.0.0").await;
    let downloads = async || test.get(None, OPEN).await.number("downloads");
    assert_eq!(downloads().await, 0);
    test.follow(&url).await;
    assert_eq!(downloads().await, 1);
    for _ in 0..100 {
        test.follow(&url).await;
        assert!(downloads().await <= 101);
    }
    test.clock.advance(Duration::from_secs(10));
    assert_eq!(downloads().await, 101);
}

#[tokio::test]
async fn a_star_shows_at_once() {
    let world = World::new().await;
    let test = &world.test;
    let stars = async || test.get(None, OPEN).await.number("stars");
    assert_eq!(stars().await, 0);
    let path = format!("{OPEN}/star");
    let key = Some(&*world.eve);
    test.call(http::Method::POST, &path, key, None).await;
    assert_eq!(stars().await, 1);
}

#[tokio::test]
async fn links_in_documents_are_renewed_on_the_hour() {
    let world = World::new().await;
    let test = &world.test;
    let first = test.download_url(None, "@acme/open", "1.0.0").await;
    assert_eq!(test.download_url(None, "@acme/open", "1.0.0").await, first);
    test.clock.advance(Duration::from_hours(1));
    assert_ne!(test.download_url(None, "@acme/open", "1.0.0").await, first);
}

#[tokio::test]
async fn json_is_compressed_for_who_takes_it_and_an_archive_never() {
    let test = TestRegistry::new().await;
    let pat = test.user("pat").await;
    test.org("acme", "pat").await;
    let readme = "A line that says the same as the one before.\n".repeat(200);
    let manifest = manifest("@acme/open", "1.1.0");
    let start = json!({ "manifest": manifest, "readme": readme });
    let started = test.post(Some(&pat), "/api/v1/skills", &start).await;
    assert_eq!(started.status, 200);
    let archive = pack(&skill_files(&manifest));
    test.put(started.text("uploadUrl"), archive.clone()).await;
    let integrity = integrity(&archive);
    let confirmed = test
        .confirm(&pat, started.text("versionId"), &integrity)
        .await;
    assert_eq!(confirmed.status, 200);

    let plain = test.get(None, OPEN).await;
    assert_eq!(plain.header("content-encoding"), None);
    let headers = [("accept-encoding", "gzip, deflate")];
    let small = test.get_with(OPEN, &headers).await;
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert_eq!(small.header("etag"), plain.header("etag"));
    let etag = [("if-none-match", plain.header("etag").unwrap())];
    let kept = test.get_with(OPEN, &etag).await;
    assert_eq!(kept.status, 304);
    for answer in [&plain, &small, &kept] {
        let mut vary = answer.headers.get_all("vary").iter();
        assert!(vary.any(|value| value == "Accept-Encoding"), "{answer:?}");
    }
    let vary: Vec<_> = small.headers.get_all("vary").iter().collect();
    assert!(
        vary.iter().any(|value| *value == "Accept-Encoding"),
        "{vary:?}"
    );
    assert!(small.bytes.len() < plain.bytes.len() / 2);
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*small.bytes)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.bytes);

    let url = test.download_url(None, "@acme/open", "1.1.0").await;
    let bytes = test.get_with(relative(&url), &headers).await;
    assert_eq!(bytes.header("content-encoding"), None);
    assert_eq!(bytes.bytes, archive);
}

#[tokio::test]
async fn an_archive_at_hand_is_refused_like_any_other_once_it_is_not_to_be_had() {
    let world = World::new().await;
    let test = &world.test;
    let url = test
        .download_url(Some(&world.gil), "@acme/secret", "1.0.0")
        .await;
    for _ in 0..3 {
        assert_eq!(test.follow(&url).await.status, 200);
    }
    let part = test
        .get_with(relative(&url), &[("range", "bytes=0-3")])
        .await;
    assert_eq!((part.status, part.bytes.len()), (206, 4));
    test.take_back("@acme/secret", &user_grant("gil")).await;
    assert_eq!(test.follow(&url).await.refusal(), (404, "File not found"));
}
