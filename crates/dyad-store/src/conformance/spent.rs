//! A token spends once, whatever races or crashes.

use std::sync::Arc;

use crate::spent::{Spend, drop_before, spend};
use crate::{Backend, CommitterOptions, Store, StoreError};

const CLASS: u8 = 1;
const EPOCH: u32 = 20_000;

async fn spend_in(store: &Store, class: u8, epoch: u32, nonce: u8, request: u8) -> Spend {
    store
        .commit(move |tx| {
            let answer = [request, 0xaa];
            spend(tx, class, epoch, &[nonce; 32], &[request; 32], &answer)
        })
        .await
        .unwrap()
}

/// A thousand different requests spend one token at the same time.
pub async fn of_a_thousand_spends_at_once_one_is_fresh(store: Store) {
    let spends: Vec<_> = (0..1000_u32)
        .map(|request| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut hash = [0; 32];
                hash[..4].copy_from_slice(&request.to_be_bytes());
                store
                    .commit(move |tx| spend(tx, CLASS, EPOCH, &[7; 32], &hash, b""))
                    .await
            })
        })
        .collect();
    let mut fresh = 0;
    for outcome in spends {
        match outcome.await.unwrap().unwrap() {
            Spend::Fresh => fresh += 1,
            Spend::Conflict => {}
            Spend::Same(_) => unreachable!("no two requests are the same"),
        }
    }
    assert_eq!(fresh, 1);
}

/// The identical request is answered as before, also when it races; another is refused.
pub async fn the_same_request_gets_the_same_answer(store: Store) {
    let racing: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { spend_in(&store, CLASS, EPOCH, 7, 1).await })
        })
        .collect();
    let mut fresh = 0;
    for outcome in racing {
        match outcome.await.unwrap() {
            Spend::Fresh => fresh += 1,
            other => assert_eq!(other, Spend::Same(vec![1, 0xaa])),
        }
    }
    assert_eq!(fresh, 1);
    assert_eq!(spend_in(&store, CLASS, EPOCH, 7, 2).await, Spend::Conflict);
    assert_eq!(
        spend_in(&store, CLASS, EPOCH, 7, 1).await,
        Spend::Same(vec![1, 0xaa])
    );
}

/// The same nonce under another class or epoch is another token.
pub async fn classes_and_epochs_are_apart(store: Store) {
    for (class, epoch) in [(1, 5), (2, 5), (1, 6), (2, 6)] {
        assert_eq!(spend_in(&store, class, epoch, 7, 1).await, Spend::Fresh);
        assert_eq!(spend_in(&store, class, epoch, 7, 2).await, Spend::Conflict);
    }
}

/// Old epochs go; the oldest live one and later ones stay.
pub async fn epochs_that_are_over_are_dropped(store: Store) {
    for epoch in 3..=6 {
        spend_in(&store, CLASS, epoch, 7, 1).await;
    }
    for dropped in [2, 0] {
        let result = store.commit(|tx| drop_before(tx, 5)).await;
        assert_eq!(result, Ok::<_, StoreError>(dropped));
    }
    assert_eq!(store.read().periods("spent").unwrap(), [5, 6]);
    assert_eq!(spend_in(&store, CLASS, 5, 7, 2).await, Spend::Conflict);
}

/// After a crash the spender gets its first answer again, and nobody else gets to spend.
pub async fn a_spend_that_was_answered_survives_a_crash(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    assert_eq!(spend_in(&store, CLASS, EPOCH, 7, 1).await, Spend::Fresh);
    store.close().await;

    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(spend_in(&store, CLASS, EPOCH, 7, 2).await, Spend::Conflict);
    assert_eq!(
        spend_in(&store, CLASS, EPOCH, 7, 1).await,
        Spend::Same(vec![1, 0xaa])
    );
}
