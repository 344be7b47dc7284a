//! What transactions promise on top of a back end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc;

use tokio::task::JoinHandle;

use crate::transaction::Entry;
use crate::{Backend, CommitterOptions, Store, StoreError, Table};

const LETTERS: Table = Table::new("letters");
const MARCH: Table = Table::in_period("days", 3);

async fn put(store: &Store, table: Table, key: &'static [u8], value: &'static [u8]) {
    store
        .commit(move |tx| {
            tx.put(table, key, value);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

/// Occupies the committer until the sender is dropped, so that what comes meanwhile shares its group.
async fn hold(store: &Store) -> (mpsc::Sender<()>, JoinHandle<Result<(), StoreError>>) {
    let (release, released) = mpsc::channel::<()>();
    let (running, runs) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let held = tokio::spawn(async move {
        store
            .commit(move |_| {
                let _ = running.send(());
                let _ = released.recv();
                Ok(())
            })
            .await
    });
    runs.await.unwrap();
    (release, held)
}

/// Polls the commit once, so that it is queued, and lets it go on as a task.
macro_rules! queue {
    ($store:expr, $transaction:expr) => {{
        let store = $store.clone();
        let mut commit = Box::pin(async move { store.commit($transaction).await });
        std::future::poll_fn(|context| {
            assert!(commit.as_mut().poll(context).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        tokio::spawn(commit)
    }};
}

/// Reads within a transaction see its own puts and deletes, then those of its group, then the disk.
pub async fn a_transaction_sees_its_own_writes_and_those_before_it(store: Store) {
    put(&store, LETTERS, b"a", b"disk").await;
    put(&store, LETTERS, b"b", b"disk").await;
    let (release, held) = hold(&store).await;
    let first = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"group");
        tx.delete(LETTERS, b"b");
        tx.put(LETTERS, b"c", b"group");
        Ok::<_, StoreError>(())
    });
    let second = queue!(store, |tx| {
        assert_eq!(tx.get(LETTERS, b"a")?, Some(b"group".to_vec()));
        assert_eq!(tx.get(LETTERS, b"b")?, None);
        tx.put(LETTERS, b"b", b"own");
        tx.delete(LETTERS, b"c");
        assert_eq!(tx.get(LETTERS, b"b")?, Some(b"own".to_vec()));
        assert!(!tx.contains(LETTERS, b"c")?);
        Ok::<_, StoreError>(())
    });
    assert_eq!(
        store.read().get(LETTERS, b"a").unwrap(),
        Some(b"disk".to_vec())
    );
    drop(release);
    held.await.unwrap().unwrap();
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    assert_eq!(
        store.read().get(LETTERS, b"a").unwrap(),
        Some(b"group".to_vec())
    );
    assert_eq!(
        store.read().get(LETTERS, b"b").unwrap(),
        Some(b"own".to_vec())
    );
    assert_eq!(store.read().get(LETTERS, b"c").unwrap(), None);
}

/// A scan within a transaction shows its puts in place, hides its deletes, and keeps bounds and limit.
pub async fn a_scan_shows_changes_merged_with_what_is_stored(store: Store) {
    for key in [b"b", b"d", b"f"] {
        put(&store, LETTERS, key, b"disk").await;
    }
    store
        .commit(|tx| {
            tx.put(LETTERS, b"a", b"own");
            tx.put(LETTERS, b"d", b"own");
            tx.put(LETTERS, b"e", b"own");
            tx.delete(LETTERS, b"f");
            tx.put(LETTERS, b"g", b"own");
            let entry = |key: &[u8], value: &[u8]| -> Entry { (key.to_vec(), value.to_vec()) };
            let all = [
                entry(b"a", b"own"),
                entry(b"b", b"disk"),
                entry(b"d", b"own"),
                entry(b"e", b"own"),
                entry(b"g", b"own"),
            ];
            assert_eq!(tx.scan(LETTERS, b"", None, usize::MAX)?, all);
            assert_eq!(tx.scan(LETTERS, b"b", Some(b"g"), usize::MAX)?, all[1..4]);
            for limit in 0..=all.len() {
                assert_eq!(tx.scan(LETTERS, b"", None, limit)?, all[..limit]);
            }
            assert!(tx.scan(LETTERS, b"d", Some(b"b"), 9)?.is_empty());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

/// 400 small transactions of a fixed pseudo-random sequence, in groups, against a plain map.
pub async fn transactions_that_wait_together_agree_with_a_plain_map(store: Store) {
    let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random.to_le_bytes()
    };
    for _ in 0..20 {
        let (release, held) = hold(&store).await;
        let mut queued = Vec::new();
        for _ in 0..20 {
            let steps: Vec<[u8; 8]> = (0..4).map(|_| next()).collect();
            let fails = next()[0] < 60;
            let before = model.clone();
            let mut after = model.clone();
            for [key, value, delete, ..] in &steps {
                if *delete < 100 {
                    after.remove(&vec![key % 16]);
                } else {
                    after.insert(vec![key % 16], vec![*value]);
                }
            }
            if !fails {
                model.clone_from(&after);
            }
            queued.push(queue!(store, move |tx| {
                let seen = tx.scan(LETTERS, &[0], None, usize::MAX)?;
                assert_eq!(seen, before.into_iter().collect::<Vec<_>>());
                for [key, value, delete, ..] in steps {
                    if delete < 100 {
                        tx.delete(LETTERS, [key % 16]);
                    } else {
                        tx.put(LETTERS, [key % 16], [value]);
                    }
                }
                let seen = tx.scan(LETTERS, &[0], None, usize::MAX)?;
                assert_eq!(seen, after.into_iter().collect::<Vec<_>>());
                if fails { Err(Refused::ByRule) } else { Ok(()) }
            }));
        }
        drop(release);
        held.await.unwrap().unwrap();
        for transaction in queued {
            let result = transaction.await.unwrap();
            assert!(
                matches!(result, Ok(()) | Err(Refused::ByRule)),
                "{result:?}"
            );
        }
    }
    assert!(!model.is_empty());
}

#[derive(Debug, PartialEq, Eq)]
enum Refused {
    ByRule,
    ByStore(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::ByStore(error)
    }
}

/// What it wrote before it failed is not there, and a neighbour of its group does not see it.
pub async fn a_transaction_that_fails_leaves_nothing(store: Store) {
    let (release, held) = hold(&store).await;
    let failing = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"1");
        Err::<(), _>(Refused::ByRule)
    });
    let neighbour = queue!(store, |tx| {
        tx.put(LETTERS, b"b", b"2");
        tx.get(LETTERS, b"a")
    });
    drop(release);
    held.await.unwrap().unwrap();
    assert_eq!(failing.await.unwrap(), Err(Refused::ByRule));
    assert_eq!(neighbour.await.unwrap(), Ok(None));
    assert_eq!(store.read().get(LETTERS, b"a").unwrap(), None);
    assert_eq!(
        store.read().get(LETTERS, b"b").unwrap(),
        Some(b"2".to_vec())
    );
}

/// The committer lives on; neighbours are kept.
pub async fn a_panic_fails_one_transaction_only(store: Store) {
    let (release, held) = hold(&store).await;
    let panicking = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"1");
        assert!(tx.contains(LETTERS, b"never")?, "on purpose, within a test");
        Ok::<_, StoreError>(())
    });
    let neighbour = queue!(store, |tx| {
        tx.put(LETTERS, b"b", b"2");
        Ok::<_, StoreError>(())
    });
    drop(release);
    held.await.unwrap().unwrap();
    assert_eq!(panicking.await.unwrap(), Err(StoreError::Panicked));
    assert_eq!(neighbour.await.unwrap(), Ok(()));
    put(&store, LETTERS, b"c", b"3").await;
    assert_eq!(store.read().get(LETTERS, b"a").unwrap(), None);
    assert_eq!(
        store.read().get(LETTERS, b"b").unwrap(),
        Some(b"2".to_vec())
    );
}

/// An empty key, or a write to a period just dropped, undoes that transaction and no other.
pub async fn a_broken_rule_fails_one_transaction_only(store: Store) {
    put(&store, MARCH, b"a", b"1").await;
    let (release, held) = hold(&store).await;
    let empty_key = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"1");
        tx.put(LETTERS, b"", b"1");
        Ok::<_, StoreError>(())
    });
    let dropped = queue!(store, |tx| {
        tx.drop_period(MARCH);
        tx.put(MARCH, b"b", b"1");
        Ok::<_, StoreError>(())
    });
    let neighbour = queue!(store, |tx| {
        tx.put(LETTERS, b"b", b"2");
        Ok::<_, StoreError>(())
    });
    drop(release);
    held.await.unwrap().unwrap();
    for refused in [empty_key, dropped] {
        let error = refused.await.unwrap().unwrap_err();
        assert!(matches!(error, StoreError::Misuse { .. }), "{error}");
    }
    assert_eq!(neighbour.await.unwrap(), Ok(()));
    assert_eq!(store.read().get(LETTERS, b"a").unwrap(), None);
    assert_eq!(store.read().get(MARCH, b"a").unwrap(), Some(b"1".to_vec()));
}

/// One transaction drops a period and the next, waiting beside it, writes to that period.
pub async fn a_write_after_a_drop_in_the_same_moment_is_kept(store: Store) {
    put(&store, MARCH, b"old", b"1").await;
    let (release, held) = hold(&store).await;
    let dropping = queue!(store, |tx| {
        tx.drop_period(MARCH);
        assert_eq!(tx.get(MARCH, b"old")?, None);
        assert!(tx.scan(MARCH, b"", None, 9)?.is_empty());
        assert!(tx.periods("days")?.is_empty());
        Ok::<_, StoreError>(())
    });
    let writing = queue!(store, |tx| {
        tx.put(MARCH, b"new", b"2");
        assert_eq!(tx.periods("days")?, [3]);
        tx.get(MARCH, b"old")
    });
    drop(release);
    held.await.unwrap().unwrap();
    assert_eq!(dropping.await.unwrap(), Ok(()));
    assert_eq!(writing.await.unwrap(), Ok(None));
    assert_eq!(store.read().get(MARCH, b"old").unwrap(), None);
    assert_eq!(
        store.read().get(MARCH, b"new").unwrap(),
        Some(b"2".to_vec())
    );
}

/// With one place in the queue, the second that waits is refused, and it was not run.
pub async fn a_full_queue_refuses_at_once(backend: Arc<dyn Backend>) {
    let options = CommitterOptions {
        queue_len: 1,
        ..CommitterOptions::default()
    };
    let store = Store::open_threaded(backend, options);
    let (release, held) = hold(&store).await;
    let waiting = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"1");
        Ok::<_, StoreError>(())
    });
    let refused = store
        .commit(|tx| {
            tx.put(LETTERS, b"b", b"1");
            Ok::<_, StoreError>(())
        })
        .await;
    assert_eq!(refused, Err(StoreError::Busy));
    drop(release);
    held.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
    put(&store, LETTERS, b"c", b"1").await;
    assert_eq!(
        store.read().get(LETTERS, b"a").unwrap(),
        Some(b"1".to_vec())
    );
    assert_eq!(store.read().get(LETTERS, b"b").unwrap(), None);
}

/// What was queued before the close is kept; afterwards every clone refuses.
pub async fn closing_settles_what_waits_and_refuses_what_comes(store: Store) {
    let (release, held) = hold(&store).await;
    let waiting = queue!(store, |tx| {
        tx.put(LETTERS, b"a", b"1");
        Ok::<_, StoreError>(())
    });
    let closing = tokio::spawn(store.clone().close());
    tokio::task::yield_now().await;
    drop(release);
    closing.await.unwrap();
    held.await.unwrap().unwrap();
    waiting.await.unwrap().unwrap();
    assert_eq!(
        store.read().get(LETTERS, b"a").unwrap(),
        Some(b"1".to_vec())
    );
    let refused = store.commit(|_| Ok::<_, StoreError>(())).await;
    assert_eq!(refused, Err(StoreError::Closed));
    store.close().await;
}
