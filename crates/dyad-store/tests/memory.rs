//! The memory back end passes the suites, and its faults are what they say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use dyad_store::conformance::{backend_suite, store_suite};
use dyad_store::{Backend, CommitterOptions, MemoryBackend, Store, StoreError, Table, Write};
use parking_lot::Mutex;

const LETTERS: Table = Table::new("letters");

/// The suites hand a back end over as a trait object; this remembers which store it was.
#[derive(Default)]
struct Maker {
    last: Mutex<MemoryBackend>,
}

impl Maker {
    fn make(&self) -> Arc<dyn Backend> {
        let backend = MemoryBackend::new();
        *self.last.lock() = backend.clone();
        Arc::new(backend)
    }

    fn reopen(&self, crashed: Arc<dyn Backend>) -> Arc<dyn Backend> {
        drop(crashed);
        let mut last = self.last.lock();
        *last = last.crash_copy();
        Arc::new(last.clone())
    }
}

#[test]
fn memory_is_a_back_end() {
    let maker = Maker::default();
    backend_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}

#[test]
fn memory_carries_transactions() {
    let maker = Maker::default();
    store_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}

fn put(key: &[u8], value: &[u8]) -> Write {
    Write::Put {
        table: LETTERS,
        key: key.to_vec(),
        value: value.to_vec(),
    }
}

async fn commit_put(store: &Store, key: &'static [u8]) -> Result<(), StoreError> {
    store
        .commit(move |tx| {
            tx.put(LETTERS, key, b"x");
            Ok(())
        })
        .await
}

#[tokio::test]
async fn when_a_sync_fails_its_whole_group_fails_and_nothing_of_it_is_seen() {
    let backend = MemoryBackend::new();
    let store = Store::open_task(Arc::new(backend.clone()), CommitterOptions::default());
    let broken = StoreError::Io("the disk went away".to_owned());
    backend.faults().fail_next_writes(1, broken.clone());

    // The task runs only when this one waits, so both are in its first group.
    let (first, second) = tokio::join!(commit_put(&store, b"a"), commit_put(&store, b"b"));
    assert_eq!((first, second), (Err(broken.clone()), Err(broken)));

    let seen = store.commit(|tx| tx.scan(LETTERS, b"", None, 9)).await;
    assert_eq!(seen, Ok::<_, StoreError>(vec![]));
    commit_put(&store, b"c").await.unwrap();
    assert_eq!(backend.get(LETTERS, b"c").unwrap(), Some(b"x".to_vec()));
}

#[tokio::test]
async fn what_waits_together_is_written_in_one_batch_within_the_bounds_of_a_group() {
    let backend = MemoryBackend::new();
    let options = CommitterOptions {
        group_transactions: 2,
        ..CommitterOptions::default()
    };
    let store = Store::open_task(Arc::new(backend.clone()), options);
    backend.faults().fail_next_writes(1, StoreError::Full);
    let results = tokio::join!(
        commit_put(&store, b"a"),
        commit_put(&store, b"b"),
        commit_put(&store, b"c"),
    );
    assert_eq!(
        results,
        (Err(StoreError::Full), Err(StoreError::Full), Ok(()))
    );
}

#[tokio::test]
async fn the_task_also_drains_when_it_is_closed() {
    let backend = MemoryBackend::new();
    let store = Store::open_task(Arc::new(backend.clone()), CommitterOptions::default());
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { commit_put(&store, b"a").await }
    });
    tokio::task::yield_now().await;
    store.close().await;
    waiting.await.unwrap().unwrap();
    assert_eq!(backend.get(LETTERS, b"a").unwrap(), Some(b"x".to_vec()));
}

#[test]
fn a_limited_store_says_full_and_takes_deletes_and_then_writes_again() {
    let backend = MemoryBackend::with_limit(10);
    backend.write(&[put(b"a", b"1234")]).unwrap();
    assert_eq!(backend.free_bytes().unwrap(), Some(5));
    assert_eq!(backend.write(&[put(b"b", b"12345")]), Err(StoreError::Full));
    assert_eq!(backend.get(LETTERS, b"b").unwrap(), None);
    // Replacing counts the difference, also twice within one batch.
    backend
        .write(&[put(b"a", b"123456789"), put(b"a", b"12345678")])
        .unwrap();
    assert_eq!(backend.disk_bytes().unwrap(), 9);
    backend
        .write(&[Write::Delete {
            table: LETTERS,
            key: b"a".to_vec(),
        }])
        .unwrap();
    assert_eq!(backend.disk_bytes().unwrap(), 0);
    backend.write(&[put(b"b", b"12345")]).unwrap();

    backend.faults().set_full(true);
    assert_eq!(backend.free_bytes().unwrap(), Some(0));
    assert_eq!(backend.write(&[put(b"b", b"1")]), Err(StoreError::Full));
    backend.faults().set_full(false);
    backend.write(&[put(b"b", b"1")]).unwrap();
}

#[test]
fn a_crash_copy_goes_its_own_way() {
    let backend = MemoryBackend::new();
    backend.write(&[put(b"a", b"1")]).unwrap();
    let found = backend.crash_copy();
    backend.write(&[put(b"a", b"2")]).unwrap();
    assert_eq!(found.get(LETTERS, b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(found.disk_bytes().unwrap(), 2);
}
