//! The memory back end carries the ports of a sender service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use dyad_store::conformance::{blob_suite, invitation_suite, queue_suite};
use dyad_store::{Backend, MemoryBackend};

fn make() -> (Arc<dyn Backend>, MemoryBackend) {
    let backend = MemoryBackend::new();
    (Arc::new(backend.clone()), backend)
}

#[test]
fn memory_carries_the_queue() {
    let last = std::cell::RefCell::new(MemoryBackend::new());
    queue_suite(
        || {
            let (backend, handle) = make();
            *last.borrow_mut() = handle;
            backend
        },
        |_crashed| Arc::new(last.borrow().crash_copy()),
    );
}

#[test]
fn memory_carries_hosted_invitations() {
    let last = std::cell::RefCell::new(MemoryBackend::new());
    invitation_suite(
        || {
            let (backend, handle) = make();
            *last.borrow_mut() = handle;
            backend
        },
        |_crashed| Arc::new(last.borrow().crash_copy()),
    );
}

#[test]
fn memory_carries_the_records_of_blobs() {
    let last = std::cell::RefCell::new(MemoryBackend::new());
    blob_suite(
        || {
            let (backend, handle) = make();
            *last.borrow_mut() = handle;
            backend
        },
        |_crashed| Arc::new(last.borrow().crash_copy()),
    );
}
