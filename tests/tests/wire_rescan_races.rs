//! What happens while a version is scanned again or released: races, lost answers, dead processes,
//! other nodes.

use std::future::{Future, poll_fn};
use std::task::Poll;
use std::time::Duration;

use serde_json::json;
use tank_registry_core::model::UserStatus;
use tank_registry_core::model::VersionState::{Held, Live, Removed};
use tank_registry_core::scan::{ScanReport, Verdict};
use tank_registry_core::store::{Reads as _, StoreErrorKind};
use tank_registry_core::{Clock as _, Scope};
use tank_registry_tests::wire::{
    Answer, Fault, Gated, QUARANTINE, TestScanner, bad, clean, manifest,
};
use tokio::time::Instant;

/// Polls a future so many times; answers it, or what it came to.
async fn polled<F: Future>(
    mut future: std::pin::Pin<Box<F>>,
    polls: u32,
) -> Result<F::Output, std::pin::Pin<Box<F>>> {
    for _ in 0..polls {
        let once = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = once {
            return Ok(output);
        }
        tokio::task::yield_now().await;
    }
    Err(future)
}

/// A version whose rescan waits in the scanner.
async fn about_to_scan(first: Option<ScanReport>) -> Gated {
    let gated = Gated::with(QUARANTINE, TestScanner::paused(clean())).await;
    gated.scanner.resume();
    gated.published("1.0.0", first).await;
    gated.scanner.reached().await;
    gated
}

/// Scans 1.0.0 again, and does something else while the scan runs.
async fn rescan_while(
    gated: &Gated,
    scan: ScanReport,
    meanwhile: impl Future<Output = ()>,
) -> Answer {
    let rescan = gated.rescan("1.0.0", Some(scan));
    let meanwhile = Box::pin(meanwhile);
    let meanwhile = async {
        gated.scanner.reached().await;
        meanwhile.await;
        gated.scanner.resume();
    };
    tokio::join!(Box::pin(rescan), meanwhile).0
}

#[tokio::test]
async fn who_loses_the_right_while_a_scan_runs_changes_nothing() {
    for loss in ["key", "account"] {
        let gated = about_to_scan(Some(clean())).await;
        let test = &gated.test;
        // Somebody else administers too.
        let request = tank_registry_core::ops::CreateUser {
            handle: tank_registry_tests::wire::handle("root"),
            email: "root@example.org".to_owned(),
            administrator: true,
        };
        let operator = tank_registry_core::Viewer::Operator;
        test.registry.create_user(&operator, request).await.unwrap();
        let key = test.key("root", &[Scope::Admin]).await;
        gated.scanner.set(Some(bad(&["a"])));
        let path = "/api/admin/packages/@acme/tools/rescan";
        let nothing = json!({});
        let rescan = test.post(Some(&key.secret), path, &nothing);
        let meanwhile = async {
            gated.scanner.reached().await;
            match loss {
                "key" => test.revoke(&key).await,
                _ => {
                    test.set_status("root", UserStatus::Suspended { until: None })
                        .await;
                }
            }
            gated.scanner.resume();
        };
        let (answer, ()) = tokio::join!(Box::pin(rescan), Box::pin(meanwhile));
        assert_eq!(answer.refusal(), (401, "Unauthorized"), "{loss}");
        let brief = gated.brief("1.0.0").await;
        assert_eq!((brief.state, brief.verdict), (Live, Some(Verdict::Pass)));
    }
}

#[tokio::test]
async fn a_version_that_is_removed_while_it_is_scanned_stays_removed() {
    let gated = about_to_scan(Some(clean())).await;
    let removed = gated.test.set_state("@acme/tools", "1.0.0", Removed);
    let answer = rescan_while(&gated, bad(&["a"]), removed).await;
    assert_eq!(answer.refusal(), (404, "Version not found"));
    let brief = gated.brief("1.0.0").await;
    assert_eq!((brief.state, brief.verdict), (Removed, Some(Verdict::Pass)));
}

#[tokio::test]
async fn a_release_while_a_scan_runs_counts_for_what_the_person_knew() {
    for (found, state) in [(bad(&["a"]), Live), (bad(&["a", "b"]), Held)] {
        let gated = about_to_scan(Some(bad(&["a"]))).await;
        let answer = rescan_while(&gated, found, gated.released("1.0.0")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(gated.state("1.0.0").await, state);
        assert!(gated.record("1.0.0").await.release.is_some());
    }
}

#[tokio::test]
async fn a_version_that_is_published_while_another_is_scanned_is_the_latest() {
    for held in [false, true] {
        let gated = about_to_scan(Some(clean())).await;
        let node = gated.node(&TestScanner::new(clean()), QUARANTINE).await;
        let next = manifest("@acme/tools", "1.1.0");
        let publish = node.published(&gated.ada, &next);
        let scan = if held { bad(&["a"]) } else { clean() };
        let answer = rescan_while(&gated, scan, publish).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let (skill, _) = gated.seen("1.0.0").await;
        assert_eq!(skill.text("latestVersion"), "1.1.0");
        assert_eq!(skill.list("versions").len(), if held { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_publish_of_another_node_and_a_rescan_are_both_kept_wherever_they_meet() {
    let mut finished = 0;
    for polls in 0.. {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(clean())).await;
        let node = gated.node(&TestScanner::new(clean()), QUARANTINE).await;
        let rescan = polled(Box::pin(gated.rescan("1.0.0", Some(bad(&["a"])))), polls).await;
        node.published(&gated.ada, &manifest("@acme/tools", "1.1.0"))
            .await;
        finished += u32::from(rescan.is_ok());
        let answer = match rescan {
            Ok(answer) => answer,
            Err(rescan) => rescan.await,
        };
        assert_eq!(answer.status, 200, "after {polls}");
        assert_eq!(gated.state("1.0.0").await, Held, "after {polls}");
        assert_eq!(gated.state("1.1.0").await, Live, "after {polls}");
        let (skill, _) = gated.seen("1.0.0").await;
        assert_eq!(skill.text("latestVersion"), "1.1.0", "after {polls}");
        assert_eq!(gated.audited("skill.rescan").len(), 1);
        if finished == 2 {
            assert!(polls > 15, "so many places to meet at: {polls}");
            break;
        }
    }
}

#[tokio::test]
async fn of_two_releases_at_once_one_releases() {
    for polls in 0..30 {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(bad(&["a"]))).await;
        let node = gated.another_node().await;
        let body = json!({ "reason": "Read it" });
        let path = "/api/admin/packages/@acme/tools/versions/1.0.0/release";
        let one = polled(Box::pin(gated.release("1.0.0", &body)), polls).await;
        let two = node.post(Some(&node.admin), path, &body).await;
        let one = match one {
            Ok(answer) => answer,
            Err(release) => release.await,
        };
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "after {polls}");
        assert_eq!(gated.audited("skill.release").len(), 1);
    }
}

#[tokio::test]
async fn a_rescan_abandoned_anywhere_has_changed_all_or_nothing_and_can_be_made_again() {
    let (mut polls, mut held) = (0, Vec::new());
    loop {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(clean())).await;
        let end = polled(Box::pin(gated.rescan("1.0.0", Some(bad(&["a"])))), polls).await;
        let is_done = end.is_ok();
        drop(end);
        let record = gated.record("1.0.0").await;
        let is_held = record.brief.state == Held;
        let scans = gated
            .store
            .inner
            .scans(record.brief.id, 0, 9)
            .await
            .unwrap();
        assert_eq!(record.brief.verdict == Some(Verdict::Fail), is_held);
        assert_eq!(scans.total, if is_held { 2 } else { 1 });
        assert_eq!(record.scan.as_ref(), scans.scans.first());
        assert_eq!(gated.audited("skill.rescan").len(), usize::from(is_held));
        let (skill, version) = gated.seen("1.0.0").await;
        assert_eq!(
            skill.json["latestVersion"].is_null(),
            is_held,
            "after {polls}"
        );
        assert_eq!(version.status == 404, is_held, "after {polls}");
        held.push(is_held);
        gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
        assert_eq!(gated.state("1.0.0").await, Held);
        assert_eq!(gated.audited("skill.rescan").len(), 1);
        if is_done {
            break;
        }
        polls += 1;
    }
    assert!(polls > 15, "so many places to be abandoned at: {polls}");
    assert!(held.is_sorted() && !held[0]);
    assert!(
        held[polls as usize - 1],
        "both sides of the commit were met"
    );
}

#[tokio::test]
async fn a_release_abandoned_anywhere_has_changed_all_or_nothing() {
    let (mut polls, mut live) = (0, Vec::new());
    loop {
        let gated = Gated::new().await;
        gated.published("1.0.0", Some(bad(&["a"]))).await;
        let body = json!({ "reason": "Read it" });
        let end = polled(Box::pin(gated.release("1.0.0", &body)), polls).await;
        let is_done = end.is_ok();
        drop(end);
        let record = gated.record("1.0.0").await;
        let is_live = record.brief.state == Live;
        assert_eq!(record.release.is_some(), is_live);
        assert_eq!(gated.audited("skill.release").len(), usize::from(is_live));
        let (skill, version) = gated.seen("1.0.0").await;
        let status = if is_live { 200 } else { 404 };
        assert_eq!(
            (skill.status, version.status),
            (status, status),
            "after {polls}"
        );
        live.push(is_live);
        let again = gated.release("1.0.0", &body).await;
        assert_eq!(again.status, if is_live { 409 } else { 200 });
        if is_done {
            break;
        }
        polls += 1;
    }
    assert!(live.is_sorted() && !live[0] && live[polls as usize - 1]);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_store_that_is_lost_is_asked_for_again_and_counts_once() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.store.plan.once("Skill", Fault::Lost);
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert!(gated.store.plan.is_done());
    let id = gated.brief("1.0.0").await.id;
    assert_eq!(gated.store.inner.scans(id, 0, 9).await.unwrap().total, 2);
    assert_eq!(gated.audited("skill.rescan").len(), 1);
    gated.store.plan.once("Skill", Fault::Lost);
    gated.released("1.0.0").await;
    assert!(gated.store.plan.is_done());
    assert_eq!(gated.audited("skill.release").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_anywhere_leaves_all_as_it_was() {
    let fails = Fault::Fails(StoreErrorKind::Unavailable);
    for call in ["skill", "version_by_id", "Skill"] {
        for skip in 0..4 {
            let gated = Gated::new().await;
            gated.published("1.0.0", Some(clean())).await;
            gated.published("1.1.0", Some(bad(&["a"]))).await;
            let name = tank_registry_tests::wire::skill_name("@acme/tools");
            let before = gated.store.inner.skill(&name).await.unwrap().unwrap();
            gated.store.plan.after(call, skip, fails);
            let rescan = gated.rescan("1.0.0", Some(bad(&["a"]))).await;
            let release = gated
                .release("1.1.0", &json!({ "reason": "Read it" }))
                .await;
            for answer in [&rescan, &release] {
                assert!(
                    [200, 503].contains(&answer.status),
                    "{call} {skip}: {answer:?}"
                );
            }
            gated.store.plan.clear();
            let after = gated.store.inner.skill(&name).await.unwrap().unwrap();
            let done = [&rescan, &release]
                .iter()
                .filter(|answer| answer.status == 200)
                .count();
            assert_eq!(
                after.revision.0,
                before.revision.0 + done as u64,
                "{call} {skip}"
            );
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_is_told_when_no_node_serves_the_version_any_more_and_a_release_does_not_wait() {
    let settle = Duration::from_millis(500);
    let gated = Gated::over(QUARANTINE, TestScanner::new(clean()), settle).await;
    gated.published("1.0.0", Some(clean())).await;
    gated.published("1.1.0", Some(clean())).await;
    let node = gated.another_node().await;
    let path = "/api/v1/skills/@acme/tools/1.0.0";
    tokio::time::sleep(settle).await;
    let link = node.download_url(None, "@acme/tools", "1.0.0").await;
    assert_eq!(node.get(None, path).await.status, 200);
    let start = Instant::now();
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert!(start.elapsed() >= settle);
    assert_eq!(node.get(None, path).await.status, 404);
    assert_eq!(node.follow(&link).await.status, 404);
    let start = Instant::now();
    gated.released("1.0.0").await;
    gated.rescanned("1.0.0", Some(bad(&["a"]))).await;
    assert!(start.elapsed() < settle, "nothing was taken away");
    tokio::time::sleep(settle).await;
    assert_eq!(node.get(None, path).await.status, 200);
}

#[tokio::test]
async fn times_of_a_scan_are_those_of_the_clock() {
    let gated = Gated::new().await;
    gated.published("1.0.0", Some(clean())).await;
    gated.test.clock.advance(Duration::from_hours(1));
    gated.rescanned("1.0.0", Some(clean())).await;
    let brief = gated.brief("1.0.0").await;
    assert_eq!(brief.scanned_at, Some(gated.test.clock.now()));
    assert_ne!(Some(brief.published_at), brief.scanned_at, "which stays");
    let (skill, _) = gated.seen("1.0.0").await;
    assert_eq!(
        skill.text("updatedAt"),
        brief.published_at.to_string(),
        "no version went live"
    );
}
