//! The fjall back end passes the suites of `dyad-store`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::sync::Arc;

use dyad_store::Backend;
use dyad_store::conformance::{
    backend_suite, blob_suite, invitation_suite, queue_suite, store_suite,
};
use dyad_store_fjall::{FjallBackend, FjallOptions};
use tempfile::TempDir;

/// The suites hand a back end over as a trait object; this remembers its folder.
struct Maker {
    options: FjallOptions,
    last: RefCell<Option<TempDir>>,
}

impl Maker {
    fn new(options: FjallOptions) -> Self {
        Self {
            options,
            last: RefCell::new(None),
        }
    }

    fn make(&self) -> Arc<dyn Backend> {
        let folder = tempfile::tempdir().unwrap();
        let backend = FjallBackend::open(folder.path(), self.options).unwrap();
        *self.last.borrow_mut() = Some(folder);
        Arc::new(backend)
    }

    /// Without closing in any orderly way: fjall writes nothing when it is dropped.
    fn reopen(&self, crashed: Arc<dyn Backend>) -> Arc<dyn Backend> {
        drop(crashed);
        let last = self.last.borrow();
        let folder = last.as_ref().unwrap();
        Arc::new(FjallBackend::open(folder.path(), self.options).unwrap())
    }
}

/// So small that a few batches fill a memtable: everything also goes through files and merging.
const SMALL: FjallOptions = FjallOptions {
    cache_bytes: 64 * 1024,
    memtable_bytes: 16 * 1024,
    journal_bytes: 64 * 1024 * 1024,
    reserve_bytes: 0,
};

#[test]
fn fjall_is_a_back_end() {
    let maker = Maker::new(FjallOptions::default());
    backend_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}

#[test]
fn fjall_is_a_back_end_also_when_it_keeps_little_in_memory() {
    let maker = Maker::new(SMALL);
    backend_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}

#[test]
fn fjall_carries_transactions() {
    let maker = Maker::new(FjallOptions::default());
    store_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}

#[test]
fn fjall_carries_a_sender_services_queue_invitations_and_blobs() {
    let maker = Maker::new(SMALL);
    queue_suite(|| maker.make(), |crashed| maker.reopen(crashed));
    invitation_suite(|| maker.make(), |crashed| maker.reopen(crashed));
    blob_suite(|| maker.make(), |crashed| maker.reopen(crashed));
}
