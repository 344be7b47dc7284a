//! Hosted invitations are there until they expire or are withdrawn, and not a moment longer.

use std::sync::Arc;

use dyad_protocol::id::InvitationLocator;
use dyad_protocol::sign::WithdrawPublic;
use dyad_protocol::time::Timestamp;

use crate::invitations::{self, Hosted, Hosting};
use crate::{Backend, CommitterOptions, Store, StoreError};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything hosting promises on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn invitation_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        an_invitation_is_found_until_it_expires(open()).await;
        a_name_is_taken_once(open()).await;
        only_its_key_withdraws_an_invitation(open()).await;
        what_has_expired_is_deleted_a_few_at_a_time(open()).await;
        a_crash_keeps_hosted_invitations(make(), &reopen).await;
    });
}

fn locator(n: u8) -> InvitationLocator {
    InvitationLocator::new([n; 16])
}

fn hosted(n: u8, lifetime: u64) -> Hosted {
    Hosted {
        expires: NOW.plus(lifetime),
        withdraw_key: WithdrawPublic::new([n; 32]),
        ciphertext: vec![n; 4096],
    }
}

async fn host(store: &Store, name: u8, hosted: Hosted, limit: u64) -> Hosting {
    store
        .commit(move |tx| invitations::host(tx, &locator(name), &hosted, limit))
        .await
        .unwrap()
}

fn find(store: &Store, name: u8, now: Timestamp) -> Option<Hosted> {
    invitations::find(store.read(), &locator(name), now).unwrap()
}

/// To the second.
pub async fn an_invitation_is_found_until_it_expires(store: Store) {
    assert_eq!(find(&store, 1, NOW), None);
    assert_eq!(host(&store, 1, hosted(1, 60), 9).await, Hosting::Hosted);
    assert_eq!(find(&store, 1, NOW.plus(59)), Some(hosted(1, 60)));
    assert_eq!(find(&store, 1, NOW.plus(60)), None);
}

/// The first stays; the same again is fine; the limit counts each once.
pub async fn a_name_is_taken_once(store: Store) {
    for _ in 0..2 {
        assert_eq!(host(&store, 1, hosted(1, 60), 2).await, Hosting::Hosted);
    }
    assert_eq!(host(&store, 1, hosted(2, 60), 2).await, Hosting::Taken);
    assert_eq!(find(&store, 1, NOW), Some(hosted(1, 60)));
    assert_eq!(host(&store, 2, hosted(2, 60), 2).await, Hosting::Hosted);
    assert_eq!(host(&store, 3, hosted(3, 60), 2).await, Hosting::Full);
    assert_eq!(invitations::number(store.read()), Ok(2));
}

/// Another's key, or a name that is not there, changes nothing.
pub async fn only_its_key_withdraws_an_invitation(store: Store) {
    host(&store, 1, hosted(1, 60), 9).await;
    for (name, key, number) in [(1, 2, 1), (2, 1, 1), (1, 1, 0), (1, 1, 0)] {
        let withdrawn = store
            .commit(move |tx| {
                invitations::withdraw(tx, &locator(name), &WithdrawPublic::new([key; 32]))
            })
            .await;
        assert_eq!(withdrawn, Ok::<_, StoreError>(()));
        assert_eq!(invitations::number(store.read()), Ok(number));
    }
    assert_eq!(find(&store, 1, NOW), None);
    let expired = store
        .commit(|tx| invitations::expire(tx, NOW.plus(99), 9))
        .await;
    assert_eq!(expired, Ok::<_, StoreError>(0));
}

/// Deleting is bounded, so that nobody waits long for it.
pub async fn what_has_expired_is_deleted_a_few_at_a_time(store: Store) {
    for n in 1..=5 {
        host(&store, n, hosted(n, u64::from(n) * 10), 9).await;
    }
    for (now, deleted) in [(NOW.plus(9), 0), (NOW.plus(40), 3), (NOW.plus(40), 1)] {
        let result = store
            .commit(move |tx| invitations::expire(tx, now, 3))
            .await;
        assert_eq!(result, Ok::<_, StoreError>(deleted));
    }
    assert_eq!(invitations::number(store.read()), Ok(1));
    assert_eq!(find(&store, 5, NOW), Some(hosted(5, 50)));
    assert_eq!(find(&store, 4, NOW), None);
}

/// What was answered is there afterwards.
pub async fn a_crash_keeps_hosted_invitations(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    host(&store, 1, hosted(1, 60), 9).await;
    store.close().await;
    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(find(&store, 1, NOW), Some(hosted(1, 60)));
    assert_eq!(invitations::number(store.read()), Ok(1));
}
