//! The fjall back end carries a receiver's ports.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::sync::Arc;

use dyad_store::Backend;
use dyad_store::conformance::{keys_suite, mailbox_suite, spool_suite};
use dyad_store_fjall::{FjallBackend, FjallOptions};
use tempfile::TempDir;

type Make<'a> = &'a dyn Fn() -> Arc<dyn Backend>;
type Reopen<'a> = &'a dyn Fn(Arc<dyn Backend>) -> Arc<dyn Backend>;

fn with_fjall(suite: impl Fn(Make<'_>, Reopen<'_>)) {
    let last: RefCell<Option<TempDir>> = RefCell::new(None);
    let open = |folder: &TempDir| {
        let backend = FjallBackend::open(folder.path(), FjallOptions::default()).unwrap();
        Arc::new(backend) as Arc<dyn Backend>
    };
    let make = || {
        let folder = tempfile::tempdir().unwrap();
        let backend = open(&folder);
        *last.borrow_mut() = Some(folder);
        backend
    };
    let reopen = |crashed: Arc<dyn Backend>| {
        drop(crashed);
        open(last.borrow().as_ref().unwrap())
    };
    suite(&make, &reopen);
}

#[test]
fn fjall_carries_a_spool() {
    with_fjall(|make, reopen| spool_suite(make, reopen));
}

#[test]
fn fjall_carries_mailboxes() {
    with_fjall(|make, reopen| mailbox_suite(make, reopen));
}

#[test]
fn fjall_carries_a_receivers_keys() {
    with_fjall(|make, reopen| keys_suite(make, reopen));
}
