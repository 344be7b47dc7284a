//! Telling those who wait that a mailbox has something new.
//!
//! Only mailboxes that somebody has attached are known here.

use std::collections::HashMap;
use std::sync::Arc;

use dyad_protocol::id::RootAddress;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Who waits for which mailbox.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    by_root: Mutex<HashMap<RootAddress, Vec<Arc<Waker>>>>,
}

/// Wakes one connection or poll, and says for which of its mailboxes.
#[derive(Debug, Default)]
pub(crate) struct Waker {
    notify: Notify,
    ready: Mutex<Vec<RootAddress>>,
}

/// As long as it lives, its waker is told of its mailbox.
#[derive(Debug)]
pub(crate) struct Watch {
    wakes: Arc<Wakes>,
    waker: Arc<Waker>,
    root: RootAddress,
}

impl Wakes {
    /// Tells `waker` of `root` from now on. Look into the mailbox after this, not before.
    pub(crate) fn watch(self: &Arc<Self>, root: RootAddress, waker: &Arc<Waker>) -> Watch {
        let mut by_root = self.by_root.lock();
        let wakers = by_root.entry(root).or_insert_with(|| Vec::with_capacity(1));
        wakers.push(Arc::clone(waker));
        Watch {
            wakes: Arc::clone(self),
            waker: Arc::clone(waker),
            root,
        }
    }

    /// Something has changed in this mailbox.
    pub(crate) fn wake(&self, root: &RootAddress) {
        for waker in self.by_root.lock().get(root).into_iter().flatten() {
            let mut ready = waker.ready.lock();
            // Bounded by the mailboxes that this waker watches.
            if !ready.contains(root) {
                ready.push(*root);
            }
            waker.notify.notify_one();
        }
    }
}

impl Waker {
    /// Waits until there is something in at least one mailbox. May be dropped and called again.
    pub(crate) async fn ready(&self) -> Vec<RootAddress> {
        loop {
            let ready = std::mem::take(&mut *self.ready.lock());
            if !ready.is_empty() {
                return ready;
            }
            self.notify.notified().await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut by_root = self.wakes.by_root.lock();
        if let Some(wakers) = by_root.get_mut(&self.root) {
            wakers.retain(|waker| !Arc::ptr_eq(waker, &self.waker));
            if wakers.is_empty() {
                by_root.remove(&self.root);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_waker_hears_of_its_mailboxes_and_of_no_others() {
        let wakes = Arc::new(Wakes::default());
        let (mine, other) = (RootAddress::new([1; 16]), RootAddress::new([2; 16]));
        let waker = Arc::new(Waker::default());
        let watch = wakes.watch(mine, &waker);
        wakes.wake(&other);
        wakes.wake(&mine);
        wakes.wake(&mine);
        assert_eq!(waker.ready().await, [mine]);
        assert!(waker.ready.lock().is_empty());
        drop(watch);
        assert!(wakes.by_root.lock().is_empty());
    }
}
