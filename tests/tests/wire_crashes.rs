//! Requests that are abandoned half-way, as when the process is killed, and registries side by
//! side.

use std::future::{Future, poll_fn};
use std::task::Poll;

use serde_json::{Value, json};
use tank_registry_tests::wire::{Frail, integrity, manifest, pack, skill_files};

fn tools() -> (Value, Vec<u8>) {
    let manifest = manifest("@acme/tools", "1.0.0");
    let archive = pack(&skill_files(&manifest));
    (manifest, archive)
}

/// Polls a future so many times and drops it: the process that ran it is gone. Answers whether it
/// came to its end.
async fn abandoned<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = Box::pin(future);
    for _ in 0..polls {
        let once = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
        if let Poll::Ready(output) = once {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}

#[tokio::test]
async fn a_confirm_abandoned_anywhere_shows_nothing_or_all_and_its_retry_succeeds() {
    let (manifest, archive) = tools();
    let (mut polls, mut shown) = (0, Vec::new());
    loop {
        let frail = Frail::new().await;
        let id = frail.test.staged(&frail.ada, &manifest, &archive).await;
        let declared = integrity(&archive);
        let end = abandoned(frail.test.confirm(&frail.ada, &id, &declared), polls).await;
        shown.push(frail.is_published(&archive).await);
        let retry = frail.test.confirm(&frail.ada, &id, &declared).await;
        assert_eq!(
            (retry.status, &retry.json["status"]),
            (200, &json!("published")),
            "after {polls}"
        );
        assert!(frail.is_published(&archive).await);
        assert_eq!(frail.audited("skill.publish"), 1);
        if end.is_some() {
            break;
        }
        polls += 1;
    }
    assert!(polls > 20, "so many places to be abandoned at: {polls}");
    assert!(shown.is_sorted(), "once visible, always visible");
    assert!(
        !shown[0] && shown[polls as usize - 1],
        "both sides of the commit were met"
    );
}

#[tokio::test]
async fn a_start_or_an_upload_abandoned_anywhere_can_be_made_again() {
    let (manifest, archive) = tools();
    for polls in 0.. {
        let frail = Frail::new().await;
        let test = &frail.test;
        let start = abandoned(test.start(&frail.ada, &manifest), polls).await;
        let again = test.start(&frail.ada, &manifest).await;
        let url = again.text("uploadUrl");
        let put = abandoned(test.put(url, archive.clone()), polls).await;
        assert_eq!(
            test.put(url, archive.clone()).await.status,
            200,
            "after {polls}"
        );
        let confirmed = test
            .confirm(&frail.ada, again.text("versionId"), &integrity(&archive))
            .await;
        assert_eq!(confirmed.status, 200, "after {polls}");
        assert!(frail.is_published(&archive).await);
        if start.is_some() && put.is_some() {
            break;
        }
    }
}

#[tokio::test]
async fn two_registries_in_one_process_know_nothing_of_each_other() {
    let (one, two) = (Frail::new().await, Frail::new().await);
    let (manifest, archive) = tools();
    one.test.published(&one.ada, &manifest).await;
    assert!(one.is_published(&archive).await);
    assert!(!two.is_published(&archive).await);
    assert_eq!(
        two.test
            .get(Some(&one.ada), "/api/v1/auth/whoami")
            .await
            .status,
        401
    );
    let link = one.test.download_url(None, "@acme/tools", "1.0.0").await;
    assert_eq!(
        two.test.follow(&link).await.refusal(),
        (403, "Invalid or expired token")
    );
    let started = one
        .test
        .start(&one.ada, &json!({ "name": "other", "version": "1.0.0" }))
        .await;
    assert_eq!(
        two.test
            .put(started.text("uploadUrl"), archive.clone())
            .await
            .status,
        403
    );
    // The same names, numbers and bytes are another skill there.
    two.test.published(&two.ada, &manifest).await;
    assert!(two.is_published(&archive).await);
    let downloads = |frail: &Frail| {
        let test = frail.test.clone();
        async move { test.get(None, "/api/v1/skills/@acme/tools").await.json["downloads"].clone() }
    };
    assert_eq!(
        (downloads(&one).await, downloads(&two).await),
        (json!(1), json!(1))
    );
}
