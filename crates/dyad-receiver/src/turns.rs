//! Whose items are resolved next: senders take turns, so that a long queue of one delays no other.
//!
//! Remembers how far each sender's queue was read, because finding the first item of a queue means passing
//! over the traces of all that were deleted before it.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;

use dyad_store::spool::{self, SenderId, SpoolKey, Spooled};
use dyad_store::{Backend, StoreError};
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Items that a sender gets resolved before the next has its turn.
const TURN: usize = 16;

/// Senders without waiting items whose place is remembered.
const MAX_IDLE: usize = 16_384;

/// The order in which spooled items are handed out.
#[derive(Debug)]
pub(crate) struct Turns {
    state: Mutex<State>,
    work: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Senders that may have items which nobody took.
    waiting: BTreeSet<SenderId>,
    /// Sequence number from which a sender's items are not taken.
    next: HashMap<SenderId, u64>,
    last: Option<SenderId>,
}

impl Turns {
    /// Finds out who has items in the spool.
    pub(crate) fn open(backend: &dyn Backend) -> Result<Self, StoreError> {
        let mut state = State::default();
        let mut last = None;
        while let Some(first) = spool::seek_after(backend, last)? {
            state.waiting.insert(first.sender);
            state.next.insert(first.sender, first.sequence);
            last = Some(first.sender);
        }
        Ok(Self {
            state: Mutex::new(state),
            work: Notify::new(),
        })
    }

    /// A sender's items were spooled.
    pub(crate) fn announce(&self, sender: SenderId) {
        self.state.lock().waiting.insert(sender);
        self.work.notify_one();
    }

    /// Hands an item out once more.
    pub(crate) fn again(&self, key: SpoolKey) {
        let mut state = self.state.lock();
        let next = state.next.entry(key.sender).or_insert(key.sequence);
        *next = key.sequence.min(*next);
        state.waiting.insert(key.sender);
        self.work.notify_one();
    }

    /// Returns when there may be something to take.
    pub(crate) async fn work(&self) {
        self.work.notified().await;
    }

    /// Takes up to `limit` items that were not taken before. May block on a disk.
    pub(crate) fn take(
        &self,
        backend: &dyn Backend,
        limit: usize,
    ) -> Result<Vec<Spooled>, StoreError> {
        let mut state = self.state.lock();
        let mut taken = Vec::new();
        while taken.len() < limit {
            let Some(sender) = state.whose_turn() else {
                break;
            };
            let sequence = state.next.get(&sender).copied().unwrap_or(0);
            let share = TURN.min(limit - taken.len());
            let items = match spool::read(backend, SpoolKey { sender, sequence }, share) {
                Ok(items) => items,
                // What was taken must be handed out; the error will come again.
                Err(_) if !taken.is_empty() => break,
                Err(error) => return Err(error),
            };
            if items.len() < share {
                state.waiting.remove(&sender);
            }
            if let Some(last) = items.last() {
                state.next.insert(sender, last.key.sequence + 1);
            }
            state.last = Some(sender);
            taken.extend(items);
        }
        if !state.waiting.is_empty() {
            // For another resolver.
            self.work.notify_one();
        } else if state.next.len() > MAX_IDLE {
            state.next.clear();
        }
        Ok(taken)
    }
}

impl State {
    fn whose_turn(&self) -> Option<SenderId> {
        let after = self.last.map_or(Bound::Unbounded, Bound::Excluded);
        self.waiting
            .range((after, Bound::Unbounded))
            .next()
            .or_else(|| self.waiting.first())
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use dyad_protocol::id::{BatchId, HostName};
    use dyad_protocol::time::Timestamp;
    use dyad_store::{CommitterOptions, MemoryBackend, Store};

    use super::*;

    async fn fill(store: &Store, host: &str, batch: u8, items: usize) -> SenderId {
        let host: HostName = host.parse().unwrap();
        let sender = SenderId::of(&host);
        store
            .commit(move |tx| {
                let items = vec![&b"item"[..]; items];
                let id = BatchId::new([batch; 16]);
                let now = Timestamp::from_secs(1_800_000_000);
                spool::append(tx, sender, &id, items.into_iter(), now, u64::MAX)
            })
            .await
            .unwrap();
        sender
    }

    #[tokio::test]
    async fn a_sender_with_few_items_does_not_wait_for_one_with_many() {
        let backend = Arc::new(MemoryBackend::new());
        let store = Store::open_task(backend, CommitterOptions::default());
        let many = fill(&store, "many.example", 1, 200).await;
        let few = fill(&store, "few.example", 2, 3).await;
        let turns = Turns::open(store.read()).unwrap();
        let first = turns.take(store.read(), 32).unwrap();
        let of = |sender| first.iter().filter(|i| i.key.sender == sender).count();
        assert_eq!((of(few), of(many)), (3, 29));
        let mut rest = 0;
        loop {
            let more = turns.take(store.read(), 64).unwrap();
            if more.is_empty() {
                break;
            }
            rest += more.len();
        }
        assert_eq!(rest, 171);
    }

    #[tokio::test]
    async fn an_item_is_taken_once_until_it_is_given_back() {
        let backend = Arc::new(MemoryBackend::new());
        let store = Store::open_task(backend, CommitterOptions::default());
        let turns = Turns::open(store.read()).unwrap();
        assert!(turns.take(store.read(), 8).unwrap().is_empty());
        let sender = fill(&store, "sender.example", 1, 2).await;
        assert!(turns.take(store.read(), 8).unwrap().is_empty());
        turns.announce(sender);
        let taken = turns.take(store.read(), 8).unwrap();
        assert_eq!(taken.len(), 2);
        assert!(turns.take(store.read(), 8).unwrap().is_empty());
        turns.again(taken[1].key);
        assert_eq!(turns.take(store.read(), 8).unwrap(), taken[1..]);
    }
}
