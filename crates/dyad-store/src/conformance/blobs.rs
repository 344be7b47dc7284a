//! Blobs take the room that was set aside for them, come in parts, and leave as a whole.

use std::sync::Arc;

use dyad_protocol::api::blob::BlobSize;
use dyad_protocol::id::BlobLocator;
use dyad_protocol::time::Timestamp;

use crate::blobs::{self, Blob, Creating, Recording, StorageId, Totals};
use crate::{Backend, CommitterOptions, Store, StoreError};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ANY: u64 = u64::MAX;

/// Everything the keeping of blobs promises on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn blob_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        a_blob_comes_in_any_order_and_each_part_once(open()).await;
        what_came_of_a_blob_does_not_mix_with_its_neighbours(open()).await;
        a_name_is_taken_once_and_room_is_finite(open()).await;
        an_incomplete_blob_ends_sooner_than_a_complete_one(open()).await;
        a_removed_blob_takes_room_until_its_objects_are_gone(open()).await;
        a_part_that_comes_after_the_blob_was_replaced_is_not_recorded(open()).await;
        a_crash_keeps_what_was_recorded(make(), &reopen).await;
    });
}

fn locator(n: u8) -> BlobLocator {
    BlobLocator::new([n; 16])
}

/// Of three parts, the last one smaller.
fn blob(n: u8) -> Blob {
    let size = BlobSize::of_chunks(160).unwrap();
    Blob {
        id: StorageId([n; 16]),
        size,
        missing: size.parts(),
        ends: NOW.plus(100),
        incomplete_until: NOW.plus(10),
    }
}

async fn create(store: &Store, name: u8, blob: Blob, capacity: u64) -> Creating {
    store
        .commit(move |tx| blobs::create(tx, &locator(name), &blob, capacity))
        .await
        .unwrap()
}

async fn record(store: &Store, name: u8, id: u8, part: u32, hash: u8, now: Timestamp) -> Recording {
    store
        .commit(move |tx| {
            let id = StorageId([id; 16]);
            blobs::record(tx, &locator(name), id, part, &[hash; 32], now)
        })
        .await
        .unwrap()
}

async fn remove(store: &Store, name: u8) -> Option<StorageId> {
    store
        .commit(move |tx| blobs::remove(tx, &locator(name)))
        .await
        .unwrap()
}

async fn expire(store: &Store, now: Timestamp, limit: usize) -> usize {
    store
        .commit(move |tx| blobs::expire(tx, now, limit))
        .await
        .unwrap()
}

async fn forget(store: &Store, id: u8) {
    let forgotten = store
        .commit(move |tx| blobs::forget(tx, StorageId([id; 16])))
        .await;
    assert_eq!(forgotten, Ok::<_, StoreError>(()));
}

fn find(store: &Store, name: u8, now: Timestamp) -> Option<Blob> {
    blobs::find(store.read(), &locator(name), now).unwrap()
}

fn missing(store: &Store, name: u8) -> Vec<(u32, u32)> {
    blobs::missing(store.read(), &find(store, name, NOW).unwrap()).unwrap()
}

fn totals(store: &Store) -> (u64, u64) {
    let Totals { blobs, bytes } = blobs::totals(store.read()).unwrap();
    (blobs, bytes / blob(1).size.bytes())
}

/// The second comes first; the same again changes nothing; other bytes are refused; no fourth.
pub async fn a_blob_comes_in_any_order_and_each_part_once(store: Store) {
    create(&store, 1, blob(1), ANY).await;
    assert_eq!(missing(&store, 1), [(0, 2)]);
    for (part, hash, outcome, left) in [
        (1, 7, Recording::New, vec![(0, 0), (2, 2)]),
        (1, 7, Recording::Same, vec![(0, 0), (2, 2)]),
        (1, 8, Recording::Other, vec![(0, 0), (2, 2)]),
        (3, 7, Recording::Gone, vec![(0, 0), (2, 2)]),
        (0, 7, Recording::New, vec![(2, 2)]),
        (2, 7, Recording::New, vec![]),
        (2, 7, Recording::Same, vec![]),
    ] {
        assert_eq!(record(&store, 1, 1, part, hash, NOW).await, outcome);
        assert_eq!(missing(&store, 1), left);
        let complete = find(&store, 1, NOW).unwrap().is_complete();
        assert_eq!(complete, left.is_empty());
    }
    let hash = |part| blobs::part(store.read(), StorageId([1; 16]), part).unwrap();
    assert_eq!((hash(2), hash(3)), (Some([7; 32]), None));
}

/// Ids that follow one another.
pub async fn what_came_of_a_blob_does_not_mix_with_its_neighbours(store: Store) {
    for n in 1..=3 {
        create(&store, n, blob(n), ANY).await;
    }
    for part in 0..3 {
        record(&store, 1, 1, part, 1, NOW).await;
        record(&store, 3, 3, part, 3, NOW).await;
    }
    assert_eq!(missing(&store, 2), [(0, 2)]);
    assert_eq!(record(&store, 2, 3, 0, 2, NOW).await, Recording::Gone);
    assert_eq!(remove(&store, 2).await, Some(StorageId([2; 16])));
    forget(&store, 2).await;
    assert!(find(&store, 1, NOW).unwrap().is_complete() && missing(&store, 3).is_empty());
}

/// To the byte.
pub async fn a_name_is_taken_once_and_room_is_finite(store: Store) {
    let room = 2 * blob(1).size.bytes();
    assert_eq!(create(&store, 1, blob(1), room).await, Creating::Created);
    assert_eq!(create(&store, 1, blob(2), room).await, Creating::Taken);
    assert_eq!(create(&store, 2, blob(2), room - 1).await, Creating::Full);
    assert_eq!(create(&store, 2, blob(2), room).await, Creating::Created);
    assert_eq!(create(&store, 3, blob(3), room).await, Creating::Full);
    assert_eq!(totals(&store), (2, 2));
    assert_eq!(find(&store, 3, NOW), None);
    assert_eq!(find(&store, 1, NOW), Some(blob(1)));
}

/// To the second.
pub async fn an_incomplete_blob_ends_sooner_than_a_complete_one(store: Store) {
    for n in 1..=4 {
        create(&store, n, blob(n), ANY).await;
    }
    for part in 0..3 {
        record(&store, 1, 1, part, 1, NOW).await;
    }
    record(&store, 2, 2, 0, 1, NOW).await;
    assert!(find(&store, 2, NOW.plus(9)).is_some());
    assert_eq!(find(&store, 2, NOW.plus(10)), None);
    assert_eq!(
        record(&store, 2, 2, 1, 1, NOW.plus(10)).await,
        Recording::Gone
    );
    assert_eq!(expire(&store, NOW.plus(9), 9).await, 0);
    assert_eq!(expire(&store, NOW.plus(10), 2).await, 2);
    assert_eq!(expire(&store, NOW.plus(10), 2).await, 1);
    assert!(find(&store, 1, NOW.plus(99)).is_some());
    assert_eq!(find(&store, 1, NOW.plus(100)), None);
    assert_eq!(expire(&store, NOW.plus(99), 9).await, 0);
    assert_eq!(expire(&store, NOW.plus(100), 9).await, 1);
    assert_eq!(blobs::garbage(store.read(), 9).unwrap().len(), 4);
}

/// So that objects never take more than was granted.
pub async fn a_removed_blob_takes_room_until_its_objects_are_gone(store: Store) {
    let known = |n| blobs::knows(store.read(), StorageId([n; 16])).unwrap();
    create(&store, 1, blob(1), ANY).await;
    record(&store, 1, 1, 0, 1, NOW).await;
    // Not before it is garbage.
    forget(&store, 1).await;
    assert!(find(&store, 1, NOW).is_some());
    assert_eq!(remove(&store, 1).await, Some(StorageId([1; 16])));
    assert_eq!(remove(&store, 1).await, None);
    assert_eq!((find(&store, 1, NOW), totals(&store)), (None, (0, 1)));
    assert_eq!(
        blobs::garbage(store.read(), 9).unwrap(),
        [StorageId([1; 16])]
    );
    assert!(known(1) && !known(2));
    for _ in 0..2 {
        forget(&store, 1).await;
        assert_eq!(totals(&store), (0, 0));
        assert!(!known(1));
        assert_eq!(blobs::garbage(store.read(), 9).unwrap(), []);
        let part = blobs::part(store.read(), StorageId([1; 16]), 0).unwrap();
        assert_eq!(part, None);
    }
    assert_eq!(expire(&store, NOW.plus(999), 9).await, 0);
}

/// Its object has the name of the one before.
pub async fn a_part_that_comes_after_the_blob_was_replaced_is_not_recorded(store: Store) {
    create(&store, 1, blob(1), ANY).await;
    remove(&store, 1).await;
    assert_eq!(create(&store, 1, blob(2), ANY).await, Creating::Created);
    assert_eq!(record(&store, 1, 1, 0, 1, NOW).await, Recording::Gone);
    assert_eq!(record(&store, 1, 2, 0, 1, NOW).await, Recording::New);
}

/// What was answered is there afterwards.
pub async fn a_crash_keeps_what_was_recorded(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    create(&store, 1, blob(1), ANY).await;
    create(&store, 2, blob(2), ANY).await;
    record(&store, 1, 1, 2, 9, NOW).await;
    remove(&store, 2).await;
    store.close().await;
    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(missing(&store, 1), [(0, 1)]);
    assert_eq!(totals(&store), (1, 2));
    assert_eq!(
        blobs::garbage(store.read(), 9).unwrap(),
        [StorageId([2; 16])]
    );
}
