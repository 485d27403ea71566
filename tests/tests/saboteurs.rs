//! Rules can fail: each of these stores breaks one, and the rule that says so notices.

use std::sync::Arc;

use tank_registry_core::memory::{MemoryBlobs, MemoryStore};
use tank_registry_tests::saboteurs::{BlobFault, SabotagedBlobs, SabotagedStore, StoreFault};
use tank_registry_tests::{BlobHandles, StoreHandles, blob_rules, store_rules};

fn store(fault: StoreFault) -> StoreHandles {
    let store = MemoryStore::new();
    StoreHandles::new(Arc::new(store.clone()), Arc::new(store))
        .wrap(|inner| Arc::new(SabotagedStore::new(inner, fault)))
}

fn blobs(fault: BlobFault) -> BlobHandles {
    let store = MemoryBlobs::new();
    BlobHandles::new(Arc::new(store.clone()), Arc::new(store))
        .wrap(|inner| Arc::new(SabotagedBlobs::new(inner, fault)))
}

/// Each line: a test, the store with a fault, the rule that must fail on it.
macro_rules! caught {
    ($($test:ident: $handles:expr, $rule:path;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $test() {
            let outcome = tokio::spawn($rule($handles)).await;
            let error = outcome.expect_err("the rule held on a store that breaks it");
            assert!(error.is_panic(), "{error}");
        }
    )*};
}

caught! {
    a_forgotten_id_is_caught:
        store(StoreFault::ForgetsIds), store_rules::a_command_given_twice_is_applied_once;
    a_forgotten_id_is_caught_under_concurrency:
        store(StoreFault::ForgetsIds), store_rules::a_command_given_many_times_at_once_is_applied_once;
    a_session_closed_for_nothing_is_caught:
        store(StoreFault::ClosesBeforeItCounts), store_rules::a_limit_reached_leaves_the_earlier_session;
    a_session_closed_for_nothing_is_caught_among_all_refusals:
        store(StoreFault::ClosesBeforeItCounts), store_rules::a_refused_command_changes_nothing;
    a_cap_ignored_is_caught:
        store(StoreFault::IgnoresTheCap), store_rules::the_cap_on_open_uploads_holds_under_concurrency;
    a_commit_on_any_revision_is_caught:
        store(StoreFault::LastCommitWins), store_rules::a_commit_needs_the_revision_that_was_seen;
    a_commit_on_any_revision_is_caught_in_a_race:
        store(StoreFault::LastCommitWins), store_rules::of_commits_on_one_revision_one_is_applied;
    a_session_closed_by_anybody_is_caught:
        store(StoreFault::AsksForNoOwner), store_rules::a_commit_needs_an_open_session_of_that_owner;
    a_skill_read_in_two_steps_is_caught:
        store(StoreFault::ReadsASkillInTwoSteps), store_rules::a_snapshot_of_a_skill_is_one_point_in_time;
    a_history_forgotten_is_caught:
        store(StoreFault::ForgetsOldScans), store_rules::old_scans_are_kept_the_newest_first;
    versions_of_any_scan_are_caught:
        store(StoreFault::FindsVersionsOfAnyScan), store_rules::versions_are_found_by_their_scans_the_oldest_first;
    a_feed_that_ends_early_is_caught:
        store(StoreFault::EndsTheFeedEarly), store_rules::the_feed_is_read_in_parts;
    a_feed_with_a_gap_is_caught:
        store(StoreFault::LosesChanges), store_rules::the_feed_loses_nothing_under_concurrency;
    a_search_for_anybody_is_caught:
        store(StoreFault::FindsForAnybody), store_rules::only_listed_skills_that_the_audience_may_read_are_found;
    a_search_for_anybody_is_caught_beside_the_store_in_memory:
        store(StoreFault::FindsForAnybody), store_rules::any_question_is_answered_as_by_the_store_in_memory;
    a_total_of_a_part_is_caught:
        store(StoreFault::CountsThePart), store_rules::a_list_is_answered_in_parts;
    a_sort_beyond_the_bound_is_caught:
        store(StoreFault::SortsBeyondTheBound), store_rules::a_list_ends_at_its_bound;
    an_entry_that_stays_is_caught:
        store(StoreFault::KeepsTheFirstEntry), store_rules::a_commit_replaces_an_entry_or_leaves_it;
    terms_of_an_entry_that_is_gone_are_caught:
        store(StoreFault::KeepsTheFirstEntry), store_rules::a_term_is_near_as_long_as_somebody_holds_it;
    a_term_of_others_is_caught:
        store(StoreFault::TellsTermsOfOthers), store_rules::a_term_that_only_others_may_read_is_not_near;
    a_term_that_is_not_near_itself_is_caught:
        store(StoreFault::ForgetsTheTermItself), store_rules::all_terms_that_are_near_are_told;
    half_a_body_is_caught:
        blobs(BlobFault::KeepsAHalfBody), blob_rules::an_interrupted_body_replaces_nothing;
    a_digest_believed_is_caught:
        blobs(BlobFault::BelievesTheDigest), blob_rules::bytes_of_another_digest_leave_nothing;
    a_range_cut_is_caught:
        blobs(BlobFault::CutsTheRange), blob_rules::a_range_outside_the_object_is_refused;
    a_listing_that_ends_early_is_caught:
        blobs(BlobFault::EndsTheListingEarly), blob_rules::objects_are_listed_in_the_order_of_their_paths;
}
