//! The memory back end carries a receiver's ports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::sync::Arc;

use dyad_store::conformance::{keys_suite, mailbox_suite, spool_suite};
use dyad_store::{Backend, MemoryBackend};

type Make<'a> = &'a dyn Fn() -> Arc<dyn Backend>;
type Reopen<'a> = &'a dyn Fn(Arc<dyn Backend>) -> Arc<dyn Backend>;

fn with_memory(suite: impl Fn(Make<'_>, Reopen<'_>)) {
    let last = RefCell::new(MemoryBackend::new());
    let make = || {
        let backend = MemoryBackend::new();
        *last.borrow_mut() = backend.clone();
        Arc::new(backend) as Arc<dyn Backend>
    };
    let reopen = |crashed: Arc<dyn Backend>| {
        drop(crashed);
        let found = last.borrow().crash_copy();
        *last.borrow_mut() = found.clone();
        Arc::new(found) as Arc<dyn Backend>
    };
    suite(&make, &reopen);
}

#[test]
fn memory_carries_a_spool() {
    with_memory(|make, reopen| spool_suite(make, reopen));
}

#[test]
fn memory_carries_mailboxes() {
    with_memory(|make, reopen| mailbox_suite(make, reopen));
}

#[test]
fn memory_carries_a_receivers_keys() {
    with_memory(|make, reopen| keys_suite(make, reopen));
}
