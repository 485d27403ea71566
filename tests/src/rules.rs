//! The one list of all rules, and what is done with it.

/// Runs every rule of a metadata store as a test of its own. The argument is evaluated for each
/// and must be a future of [`StoreHandles`](crate::StoreHandles) on a store that nobody has used.
#[macro_export]
macro_rules! store_rules {
    ($fresh:expr) => {
        $crate::each_store_rule! { run_rules ($fresh) }
    };
}

/// Runs every rule of a blob store as a test of its own. The argument is evaluated for each and
/// must be a future of [`BlobHandles`](crate::BlobHandles) on an empty store.
#[macro_export]
macro_rules! blob_rules {
    ($fresh:expr) => {
        $crate::each_blob_rule! { run_rules ($fresh) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_store_rule {
    ($then:ident $arguments:tt) => {
        $crate::$then! { store_rules $arguments
            commands {
                a_command_given_twice_is_applied_once
                a_command_given_many_times_at_once_is_applied_once
                a_repeat_tells_the_effect_of_the_first_time
                a_refused_command_changes_nothing
                a_refused_command_leaves_its_id_free
                a_call_that_was_dropped_has_happened_whole_or_not_at_all
                a_read_sees_what_another_handle_was_told_is_done
            }
            people {
                of_many_that_initialise_at_once_one_does
                an_initialised_store_knows_its_administrator
                handles_ids_and_external_identities_are_unique
                one_external_identity_has_one_user_among_racers
                a_refresh_needs_the_revision_that_was_seen
                a_status_is_set_on_any_revision_and_moves_it
            }
            organizations {
                ids_and_slugs_of_organizations_are_unique
                an_organization_has_users_for_members
                a_member_changes_on_the_revision_that_was_seen
                members_are_listed_in_order_of_joining
                of_changes_of_members_on_one_revision_one_is_applied
                memberships_are_listed_in_order_of_slugs
            }
            keys {
                ids_and_hashes_of_keys_are_unique
                a_key_has_a_user
                a_key_keeps_the_time_of_its_first_revocation
                keys_are_listed_oldest_first_with_those_that_ended
            }
            counters {
                a_last_use_never_moves_back
                downloads_add_up_by_day
                what_no_longer_exists_is_not_counted
                counts_that_come_at_once_all_count
            }
            uploads {
                an_upload_replaces_its_owners_session_for_the_same_version
                build_metadata_makes_no_other_session
                the_cap_on_open_uploads_holds_under_concurrency
                an_expired_upload_leaves_the_cap
                the_session_that_is_replaced_does_not_count
                a_limit_reached_leaves_the_earlier_session
                an_upload_id_is_used_once
                expired_uploads_are_forgotten_the_oldest_first
            }
            staging {
                staged_bytes_of_all_open_sessions_have_a_limit
                a_second_upload_of_bytes_replaces_the_first
                the_limit_of_staged_bytes_holds_under_concurrency
                bytes_are_staged_for_open_sessions_only
                staged_bytes_are_those_of_other_open_sessions
            }
            pins {
                a_pin_opens_the_first_generation_and_holds_it
                pins_are_told_in_the_order_asked
                pins_that_come_at_once_agree_on_the_generation
                a_pin_needs_an_open_session
            }
            skills {
                a_first_commit_makes_the_skill
                a_commit_needs_the_revision_that_was_seen
                a_commit_replaces_the_whole_head
                versions_are_listed_in_order_of_publication
                of_commits_on_one_revision_one_is_applied
                of_first_commits_of_one_name_one_is_applied
                a_state_is_seen_in_the_skill_and_in_the_version
                a_state_is_of_a_version_that_the_skill_has
                a_snapshot_of_a_skill_is_one_point_in_time
            }
            scans {
                a_scan_is_seen_in_the_skill_and_in_the_version
                a_scan_that_failed_takes_verdict_score_and_rules_away
                a_state_that_is_set_ends_the_wait_for_a_scan
                old_scans_are_kept_the_newest_first
                a_release_is_kept_with_its_version
                a_scan_and_a_release_are_of_versions_that_the_skill_has
                versions_are_found_by_their_scans_the_oldest_first
            }
            publishing {
                a_commit_closes_its_session_and_takes_its_id
                a_commit_needs_an_open_session_of_that_owner
                a_commit_refers_to_blobs_of_the_ledger
                a_version_is_published_once
                a_version_may_not_take_the_id_of_another_session
                of_publishes_of_one_version_one_is_applied
            }
            feed {
                the_feed_names_what_changed
                the_feed_passes_over_what_no_reader_sees
                the_feed_is_read_in_parts
                the_feed_loses_nothing_under_concurrency
                a_position_of_another_life_or_ahead_is_lost
                a_position_that_was_pruned_is_lost
                history_is_forgotten_the_oldest_first
                no_change_is_forgotten_from_between_two_that_stay
            }
            finding {
                only_listed_skills_that_the_audience_may_read_are_found
                a_match_holds_an_alternative_of_every_word
                the_last_word_may_be_a_beginning
                a_name_that_contains_the_question_matches
                a_list_is_in_order_of_name_then_popularity_then_age
                a_list_ends_at_its_bound
                a_list_is_answered_in_parts
                a_sort_arranges_the_list_and_ties_are_in_order_of_age
                a_filter_is_part_of_the_question
                a_hit_tells_what_is_known_of_its_skill
                a_commit_replaces_an_entry_or_leaves_it
            }
            nearby {
                a_term_is_near_within_the_distance
                a_term_that_only_others_may_read_is_not_near
                a_term_is_near_as_long_as_somebody_holds_it
                all_terms_that_are_near_are_told
            }
            agreement {
                any_question_is_answered_as_by_the_store_in_memory
                a_list_and_its_total_are_one_point_in_time
            }
            stars {
                a_user_stars_a_skill_once
                a_star_has_a_skill_and_a_user
                stars_that_come_at_once_all_count
            }
            deriving {
                what_an_older_rule_derived_is_told_in_order_of_names
                what_was_derived_again_is_told_no_more
            }
            addresses {
                users_are_found_by_their_address_in_any_case
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! each_blob_rule {
    ($then:ident $arguments:tt) => {
        $crate::$then! { blob_rules $arguments
            writing {
                a_staged_object_is_replaced_whole
                an_interrupted_body_replaces_nothing
                an_interrupted_body_makes_no_object
                verified_bytes_are_read_back
                bytes_of_another_digest_leave_nothing
                bytes_of_another_size_leave_nothing
                an_interrupted_body_leaves_no_content
                content_is_written_once
                content_of_another_size_is_damaged
                content_may_be_written_by_many_at_once
                generations_are_objects_of_their_own
                an_object_may_be_empty
                a_large_body_arrives_whole
            }
            reading {
                a_part_of_an_object_is_read_by_its_range
                a_range_outside_the_object_is_refused
                what_is_not_there_is_not_found
                a_stat_tells_the_size_and_a_time
                a_deleted_object_is_gone_and_may_be_deleted_again
                objects_are_listed_in_the_order_of_their_paths
                a_listing_shows_one_area_only
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! run_rules {
    ($family:ident ($fresh:expr) $($group:ident { $($rule:ident)* })*) => {$(
        mod $group {
            #[allow(unused_imports, clippy::wildcard_imports)]
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $rule() {
                    $crate::$family::$rule($fresh.await).await;
                }
            )*
        }
    )*};
}

/// Makes the listed rules public, so that the compiler finds those that are not listed.
#[doc(hidden)]
#[macro_export]
macro_rules! list_rules {
    ($family:ident () $($group:ident { $($rule:ident)* })*) => {$(
        mod $group;
        pub use $group::{$($rule),*};
    )*};
}
