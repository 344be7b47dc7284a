//! What was accepted waits until it is taken, once, whoever delivers how much.

use std::sync::Arc;

use dyad_protocol::id::{BatchId, HostName};
use dyad_protocol::limits::{BATCH_MEMORY, DAY};
use dyad_protocol::time::Timestamp;

use crate::spool::{
    self, Append, MAX_FAILURES, SenderId, SpoolKey, Spooled, append, forget_batches, seek_after,
    take, waiting,
};
use crate::{Backend, CommitterOptions, Store, StoreError};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything the spool promises on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn spool_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        items_wait_in_the_order_of_their_arrival_and_senders_do_not_mix(open()).await;
        a_batch_that_comes_again_within_two_hours_is_not_stored(open()).await;
        an_id_that_two_senders_chose_means_two_batches(open()).await;
        a_full_spool_takes_nothing_and_remembers_nothing(open()).await;
        of_many_takers_one_gets_an_item(open()).await;
        an_item_that_fails_three_times_is_put_aside_and_kept_a_while(open()).await;
        what_was_accepted_survives_a_crash_and_what_was_taken_does_not(make(), &reopen).await;
    });
}

fn sender(name: &str) -> SenderId {
    let host: HostName = name.parse().unwrap();
    SenderId::of(&host)
}

async fn add(store: &Store, sender: SenderId, batch: u8, items: &[u8], now: Timestamp) -> Append {
    add_up_to(store, sender, batch, items, now, u64::MAX).await
}

/// Each item is one byte, three times.
async fn add_up_to(
    store: &Store,
    sender: SenderId,
    batch: u8,
    items: &[u8],
    now: Timestamp,
    max: u64,
) -> Append {
    let items: Vec<Vec<u8>> = items.iter().map(|byte| vec![*byte; 3]).collect();
    store
        .commit(move |tx| {
            let items = items.iter().map(Vec::as_slice);
            append(tx, sender, &BatchId::new([batch; 16]), items, now, max)
        })
        .await
        .unwrap()
}

fn read(store: &Store, sender: SenderId) -> Vec<Spooled> {
    let from = SpoolKey {
        sender,
        sequence: 0,
    };
    spool::read(store.read(), from, 100).unwrap()
}

fn firsts(items: &[Spooled]) -> Vec<u8> {
    items.iter().map(|spooled| spooled.item[0]).collect()
}

async fn take_all(store: &Store, keys: Vec<SpoolKey>) -> Vec<bool> {
    store.commit(move |tx| take(tx, &keys)).await.unwrap()
}

/// Two senders, three batches.
pub async fn items_wait_in_the_order_of_their_arrival_and_senders_do_not_mix(store: Store) {
    let (a, b) = (sender("a.example"), sender("b.example"));
    add(&store, a, 1, &[1, 2], NOW).await;
    add(&store, b, 2, &[3], NOW).await;
    add(&store, a, 3, &[4], NOW).await;
    assert_eq!(firsts(&read(&store, a)), [1, 2, 4]);
    assert_eq!(firsts(&read(&store, b)), [3]);
    assert_eq!(waiting(store.read()).unwrap(), 4);

    let mut seen = Vec::new();
    let mut last = None;
    while let Some(first) = seek_after(store.read(), last).unwrap() {
        seen.push(first.sender);
        last = Some(first.sender);
    }
    seen.sort();
    let mut both = [a, b];
    both.sort();
    assert_eq!(seen, both);

    let second = read(&store, a)[1].key;
    let rest = spool::read(store.read(), second, 1).unwrap();
    assert_eq!(firsts(&rest), [2]);
    assert_eq!(take_all(&store, vec![second]).await, [true]);
    assert_eq!(firsts(&read(&store, a)), [1, 4]);
    assert_eq!(waiting(store.read()).unwrap(), 3);
}

/// The memory of batches lasts as long as a signature can be replayed.
pub async fn a_batch_that_comes_again_within_two_hours_is_not_stored(store: Store) {
    let a = sender("a.example");
    assert_eq!(add(&store, a, 1, &[1], NOW).await, Append::Stored);
    let late = NOW.plus(BATCH_MEMORY);
    for now in [NOW, NOW.plus(3_600), late] {
        store
            .commit(move |tx| forget_batches(tx, now))
            .await
            .unwrap();
        assert_eq!(add(&store, a, 1, &[1], now).await, Append::Duplicate);
    }
    assert_eq!(waiting(store.read()).unwrap(), 1);
    let much_later = late.plus(2 * 3_600);
    let dropped = store
        .commit(move |tx| forget_batches(tx, much_later))
        .await
        .unwrap();
    assert_eq!(dropped, 1);
    assert_eq!(add(&store, a, 1, &[1], much_later).await, Append::Stored);
}

/// Nobody can use up the ids of another.
pub async fn an_id_that_two_senders_chose_means_two_batches(store: Store) {
    let (a, b) = (sender("a.example"), sender("b.example"));
    assert_eq!(add(&store, a, 1, &[1], NOW).await, Append::Stored);
    assert_eq!(add(&store, b, 1, &[2], NOW).await, Append::Stored);
}

/// A batch that was refused may come again.
pub async fn a_full_spool_takes_nothing_and_remembers_nothing(store: Store) {
    let a = sender("a.example");
    assert_eq!(
        add_up_to(&store, a, 1, &[1, 2], NOW, 3).await,
        Append::Stored
    );
    assert_eq!(add_up_to(&store, a, 2, &[3, 4], NOW, 3).await, Append::Full);
    assert_eq!(waiting(store.read()).unwrap(), 2);
    take_all(&store, vec![read(&store, a)[0].key]).await;
    assert_eq!(
        add_up_to(&store, a, 2, &[3, 4], NOW, 3).await,
        Append::Stored
    );
    assert_eq!(firsts(&read(&store, a)), [2, 3, 4]);
}

/// Fifty at once.
pub async fn of_many_takers_one_gets_an_item(store: Store) {
    let a = sender("a.example");
    add(&store, a, 1, &[1], NOW).await;
    let key = read(&store, a)[0].key;
    let takers: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { take_all(&store, vec![key]).await })
        })
        .collect();
    let mut got = 0;
    for taker in takers {
        got += usize::from(taker.await.unwrap()[0]);
    }
    assert_eq!(got, 1);
    assert_eq!(waiting(store.read()).unwrap(), 0);
}

/// Neither blocks the others nor is lost at once.
pub async fn an_item_that_fails_three_times_is_put_aside_and_kept_a_while(store: Store) {
    let a = sender("a.example");
    add(&store, a, 1, &[1, 2], NOW).await;
    let key = read(&store, a)[0].key;
    for time in 1..=MAX_FAILURES {
        let aside = store
            .commit(move |tx| spool::fail(tx, key, NOW))
            .await
            .unwrap();
        assert_eq!(aside, time == MAX_FAILURES);
    }
    assert_eq!(firsts(&read(&store, a)), [2]);
    assert_eq!(waiting(store.read()).unwrap(), 1);
    assert_eq!(spool::quarantined(store.read(), 9).unwrap(), 1);
    for (later, gone) in [(DAY, 0), (DAY + 1, 1)] {
        let now = NOW.plus(later);
        let swept = store
            .commit(move |tx| spool::sweep_quarantine(tx, DAY, 9, now))
            .await;
        assert_eq!(swept, Ok::<_, StoreError>(gone));
    }
}

/// Also sequence numbers go on.
pub async fn what_was_accepted_survives_a_crash_and_what_was_taken_does_not(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let a = sender("a.example");
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    add(&store, a, 1, &[1, 2, 3], NOW).await;
    let last = read(&store, a)[2].key;
    take_all(&store, vec![last]).await;
    store.close().await;

    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(firsts(&read(&store, a)), [1, 2]);
    assert_eq!(waiting(store.read()).unwrap(), 2);
    assert_eq!(add(&store, a, 1, &[1, 2, 3], NOW).await, Append::Duplicate);
    add(&store, a, 2, &[4], NOW).await;
    assert!(read(&store, a)[2].key.sequence > last.sequence);
}
