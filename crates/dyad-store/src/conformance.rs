//! The suites every back end passes. They are called from tests, so a failure is a panic.
//!
//! `make` gives a new, empty back end. `reopen` takes the back end that `make` gave last, ends it as a
//! crash would, and gives what is found afterwards; it gets the only reference to it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "only tests call this, and a panic is how a test fails"
)]

pub mod accounts;
pub mod backend;
pub mod blobs;
pub mod invitations;
pub mod keys;
pub mod mailbox;
pub mod queue;
pub mod spent;
pub mod spool;
pub mod store;

use std::sync::Arc;

pub use self::blobs::blob_suite;
pub use self::invitations::invitation_suite;
pub use self::keys::keys_suite;
pub use self::mailbox::mailbox_suite;
pub use self::queue::queue_suite;
pub use self::spool::spool_suite;

use crate::{Backend, CommitterOptions, Store};

/// Everything a back end must hold by itself.
pub fn backend_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    backend::a_key_reads_as_it_was_last_written(&*make());
    backend::keys_come_back_in_ascending_order_of_their_bytes(&*make());
    backend::a_scan_keeps_its_bounds_and_stops_when_told(&*make());
    backend::tables_and_periods_do_not_mix(&*make());
    backend::later_writes_of_a_batch_win(&*make());
    backend::a_refused_batch_leaves_nothing(&*make());
    backend::keys_and_values_up_to_the_limits_are_kept(&*make());
    backend::a_dropped_period_is_gone_and_can_begin_anew(&*make());
    backend::a_scan_beside_writes_sees_whole_batches(make());
    backend::what_was_written_is_found_after_a_crash(make(), &reopen);
    backend::a_dropped_period_stays_gone_after_a_crash(make(), &reopen);
    backend::the_format_version_is_checked(make(), &reopen);
}

/// Everything that transactions and the spent set promise on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn store_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        store::a_transaction_sees_its_own_writes_and_those_before_it(open()).await;
        store::a_scan_shows_changes_merged_with_what_is_stored(open()).await;
        store::transactions_that_wait_together_agree_with_a_plain_map(open()).await;
        store::a_transaction_that_fails_leaves_nothing(open()).await;
        store::a_panic_fails_one_transaction_only(open()).await;
        store::a_broken_rule_fails_one_transaction_only(open()).await;
        store::a_write_after_a_drop_in_the_same_moment_is_kept(open()).await;
        store::a_full_queue_refuses_at_once(make()).await;
        store::closing_settles_what_waits_and_refuses_what_comes(open()).await;
        spent::of_a_thousand_spends_at_once_one_is_fresh(open()).await;
        spent::the_same_request_gets_the_same_answer(open()).await;
        spent::classes_and_epochs_are_apart(open()).await;
        spent::epochs_that_are_over_are_dropped(open()).await;
        spent::a_spend_that_was_answered_survives_a_crash(make(), &reopen).await;
        accounts::a_code_enrols_as_many_as_it_was_made_for(open()).await;
        accounts::enrolling_again_changes_nothing(open()).await;
        accounts::a_code_ends_by_its_date_or_by_revocation(open()).await;
        accounts::expired_codes_are_forgotten(open()).await;
        accounts::of_many_claims_one_is_answered(open()).await;
        accounts::the_same_claim_gets_the_first_answer(open()).await;
        accounts::epochs_of_issued_answers_are_dropped(open()).await;
        accounts::accounts_survive_a_crash(make(), &reopen).await;
    });
}
