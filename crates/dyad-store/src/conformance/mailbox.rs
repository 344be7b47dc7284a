//! A mailbox gives each device every message once, in order, and takes no more than its addresses may send.

use std::sync::Arc;

use dyad_protocol::address::{AddressKind, ResolvedAddress};
use dyad_protocol::api::fetch::{Consumer, Position};
use dyad_protocol::id::{AddressId, RootAddress, SealedHash};
use dyad_protocol::limits::{
    DAY, LONG_TERM_DAILY_LIMIT, MAX_CONSUMERS, MAX_MAILBOX_ENTRIES, MAX_USE_RECORDS,
};
use dyad_protocol::sign::{AccessPublic, AddressPublic};
use dyad_protocol::time::{ExpiryPeriod, Timestamp};

use crate::mailbox::consumer::{self, StoredEntry};
use crate::mailbox::deliver::{Delivery, Outcome, deliver};
use crate::mailbox::sweep::{self, Tidied};
use crate::mailbox::{self, MAX_REVOKED};
use crate::{Backend, CommitterOptions, Store, StoreError};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);
const ENDS: Timestamp = NOW.plus(400 * DAY);
const KEEP: u64 = 60 * DAY;
const BOX: RootAddress = RootAddress::new([7; 16]);
const PHONE: Consumer = Consumer(0);
const LAPTOP: Consumer = Consumer(1);
const TRANSIT: u32 = 5;

/// Everything mailboxes promise on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn mailbox_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        a_mailbox_ends_on_its_day(open()).await;
        a_ticket_brings_one_message_and_the_same_one_only_once(open()).await;
        a_long_term_address_brings_so_many_messages_a_day(open()).await;
        a_long_term_message_is_known_again_while_its_transit_key_lives(open()).await;
        an_address_that_claims_to_live_too_long_is_refused(open()).await;
        a_revoked_address_brings_nothing_and_others_do(open()).await;
        use_records_are_bounded_and_make_room_when_they_expire(open()).await;
        a_full_mailbox_takes_nothing_and_uses_no_ticket(open()).await;
        a_message_is_deleted_when_every_device_has_it(open()).await;
        positions_grow_and_are_never_used_again(open()).await;
        an_acknowledgement_of_what_is_to_come_acknowledges_what_is_there(open()).await;
        a_mailbox_has_eight_devices_at_most(open()).await;
        a_closed_mailbox_leaves_nothing_behind(open()).await;
        what_nobody_fetches_goes_after_its_time(open()).await;
        a_device_that_never_came_back_holds_nothing_up(open()).await;
        a_pass_visits_every_mailbox_that_has_something_due(open()).await;
        a_crash_keeps_messages_uses_and_positions(make(), &reopen).await;
    });
}

async fn create(store: &Store, root: RootAddress) {
    store
        .commit(move |tx| {
            let (address, access) = (AddressPublic::new([1; 32]), AccessPublic::new([2; 32]));
            mailbox::create(tx, &root, address, access, NOW, ENDS)
        })
        .await
        .unwrap();
}

fn address(kind: AddressKind, n: u16) -> ResolvedAddress {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    ResolvedAddress {
        root: BOX,
        id: AddressId::new(id),
        kind,
        expiry: kind.expiry(NOW),
    }
}

async fn send_at(
    store: &Store,
    address: ResolvedAddress,
    message: u16,
    transit: u32,
    now: Timestamp,
) -> Outcome {
    store
        .commit(move |tx| {
            let sealed = message.to_be_bytes();
            let delivery = Delivery {
                address: &address,
                transit,
                hash: &SealedHash::of(&sealed),
                sealed: &sealed,
            };
            deliver(tx, &delivery, now)
        })
        .await
        .unwrap()
}

async fn send(store: &Store, address: ResolvedAddress, message: u16) -> Outcome {
    send_at(store, address, message, TRANSIT, NOW).await
}

/// As many tickets as messages, in few transactions.
async fn send_many(store: &Store, messages: std::ops::Range<u16>) -> Vec<Outcome> {
    store
        .commit(move |tx| {
            messages
                .map(|n| {
                    let (address, sealed) = (address(AddressKind::Ticket, n), n.to_be_bytes());
                    let delivery = Delivery {
                        address: &address,
                        transit: TRANSIT,
                        hash: &SealedHash::of(&sealed),
                        sealed: &sealed,
                    };
                    deliver(tx, &delivery, NOW)
                })
                .collect::<Result<Vec<_>, StoreError>>()
        })
        .await
        .unwrap()
}

async fn attach_at(
    store: &Store,
    consumer: Consumer,
    acknowledged: u64,
    now: Timestamp,
) -> Option<u64> {
    store
        .commit(move |tx| consumer::attach(tx, &BOX, consumer, Position(acknowledged), now))
        .await
        .unwrap()
        .map(|Position(position)| position)
}

async fn attach(store: &Store, consumer: Consumer, acknowledged: u64) -> Option<u64> {
    attach_at(store, consumer, acknowledged, NOW).await
}

async fn acknowledge(store: &Store, consumer: Consumer, position: u64) -> Option<u64> {
    store
        .commit(move |tx| consumer::acknowledge(tx, &BOX, consumer, Position(position), NOW))
        .await
        .unwrap()
        .map(|Position(position)| position)
}

fn messages(store: &Store, after: u64) -> Vec<u16> {
    let read = consumer::read(store.read(), &BOX, Position(after), 10_000).unwrap();
    let number = |entry: &StoredEntry| u16::from_be_bytes(entry.sealed[..].try_into().unwrap());
    read.iter().map(number).collect()
}

fn find(store: &Store, now: Timestamp) -> Option<mailbox::Mailbox> {
    mailbox::find(store.read(), &BOX, now).unwrap()
}

/// From its end on it is as if it had never been.
pub async fn a_mailbox_ends_on_its_day(store: Store) {
    assert!(find(&store, NOW).is_none());
    create(&store, BOX).await;
    let found = find(&store, ENDS.minus(1)).unwrap();
    assert_eq!(found.access_key, AccessPublic::new([2; 32]));
    assert_eq!((found.created, found.ends), (NOW, ENDS));
    assert!(find(&store, ENDS).is_none());
    let mut late = address(AddressKind::Ticket, 1);
    late.expiry = ExpiryPeriod::containing(ENDS).plus_months(2);
    assert_eq!(send_at(&store, late, 1, TRANSIT, ENDS).await, Outcome::Gone);
    assert_eq!(attach_at(&store, PHONE, 0, ENDS).await, None);
}

/// Ticket: once.
pub async fn a_ticket_brings_one_message_and_the_same_one_only_once(store: Store) {
    create(&store, BOX).await;
    let ticket = address(AddressKind::Ticket, 1);
    assert_eq!(send(&store, ticket, 1).await, Outcome::Stored(Position(1)));
    assert_eq!(send(&store, ticket, 1).await, Outcome::Duplicate);
    assert_eq!(send(&store, ticket, 2).await, Outcome::UsedUp);
    let other = address(AddressKind::Ticket, 2);
    assert_eq!(send(&store, other, 3).await, Outcome::Stored(Position(2)));
    assert_eq!(messages(&store, 0), [1, 3]);
    // Also after it was fetched and deleted.
    attach(&store, PHONE, 2).await;
    assert_eq!(messages(&store, 0), [0; 0]);
    assert_eq!(send(&store, ticket, 1).await, Outcome::Duplicate);
    assert_eq!(send(&store, ticket, 2).await, Outcome::UsedUp);
    // Past its month.
    let after = ticket.expiry.begins();
    assert_eq!(
        send_at(&store, ticket, 1, TRANSIT, after).await,
        Outcome::Expired
    );
}

/// Long-term: 64 a day.
pub async fn a_long_term_address_brings_so_many_messages_a_day(store: Store) {
    create(&store, BOX).await;
    let long = address(AddressKind::LongTerm, 1);
    let limit = LONG_TERM_DAILY_LIMIT as u16;
    for n in 0..limit {
        assert!(matches!(send(&store, long, n).await, Outcome::Stored(_)));
    }
    assert_eq!(send(&store, long, limit).await, Outcome::UsedUp);
    assert_eq!(send(&store, long, 0).await, Outcome::Duplicate);
    let other = address(AddressKind::LongTerm, 2);
    assert!(matches!(
        send(&store, other, limit).await,
        Outcome::Stored(_)
    ));
    let tomorrow = NOW.plus(DAY);
    let sent = send_at(&store, long, limit + 1, TRANSIT, tomorrow).await;
    assert!(matches!(sent, Outcome::Stored(_)));
}

/// Replay records go with the transit key.
pub async fn a_long_term_message_is_known_again_while_its_transit_key_lives(store: Store) {
    create(&store, BOX).await;
    let long = address(AddressKind::LongTerm, 1);
    assert!(matches!(send(&store, long, 1).await, Outcome::Stored(_)));
    let later = NOW.plus(40 * DAY);
    let again = send_at(&store, long, 1, TRANSIT, later).await;
    assert_eq!(again, Outcome::Duplicate);
    let dropped = store
        .commit(|tx| sweep::drop_retired_replays(tx, TRANSIT + 1))
        .await;
    assert_eq!(dropped, Ok::<_, StoreError>(1));
}

/// A record of it would be kept as long.
pub async fn an_address_that_claims_to_live_too_long_is_refused(store: Store) {
    create(&store, BOX).await;
    for kind in [AddressKind::Ticket, AddressKind::LongTerm] {
        let mut bold = address(kind, 1);
        bold.expiry = kind.expiry(NOW).plus_months(2);
        assert_eq!(send(&store, bold, 1).await, Outcome::Expired);
        bold.expiry = kind.expiry(NOW).plus_months(1);
        assert!(matches!(send(&store, bold, 1).await, Outcome::Stored(_)));
    }
}

/// Silently, and only it.
pub async fn a_revoked_address_brings_nothing_and_others_do(store: Store) {
    create(&store, BOX).await;
    let (bad, good) = (
        address(AddressKind::LongTerm, 1),
        address(AddressKind::LongTerm, 2),
    );
    let revoke = async |ids: Vec<AddressId>| {
        let kept = store.commit(move |tx| mailbox::revoke(tx, &BOX, &ids, NOW));
        kept.await.unwrap()
    };
    assert_eq!(revoke(vec![bad.id, bad.id]).await, 2);
    assert_eq!(send(&store, bad, 1).await, Outcome::Revoked);
    assert!(matches!(send(&store, good, 1).await, Outcome::Stored(_)));
    let many = (0..=MAX_REVOKED as u16).map(|n| address(AddressKind::Ticket, n).id);
    assert_eq!(revoke(many.collect()).await, MAX_REVOKED as usize);
    assert_eq!(send(&store, bad, 1).await, Outcome::Revoked);

    // No address lives long enough to need this any more.
    let later = NOW.plus(399 * DAY);
    let tidied = store.commit(move |tx| sweep::tidy(tx, &BOX, KEEP, later));
    tidied.await.unwrap();
    let mut reborn = bad;
    reborn.expiry = ExpiryPeriod::containing(later).plus_months(1);
    let sent = send_at(&store, reborn, 2, TRANSIT, later).await;
    assert!(matches!(sent, Outcome::Stored(_)), "{sent:?}");
}

/// 4,096 a mailbox.
pub async fn use_records_are_bounded_and_make_room_when_they_expire(store: Store) {
    create(&store, BOX).await;
    attach(&store, PHONE, 0).await;
    let limit = MAX_USE_RECORDS as u16;
    for chunk in 0..4 {
        let quarter = limit / 4;
        let outcomes = send_many(&store, chunk * quarter..(chunk + 1) * quarter).await;
        assert!(outcomes.iter().all(|o| matches!(o, Outcome::Stored(_))));
        let newest = find(&store, NOW).unwrap().newest();
        acknowledge(&store, PHONE, newest.0).await;
    }
    let next = address(AddressKind::Ticket, limit);
    assert_eq!(send(&store, next, limit).await, Outcome::TooManyRecords);
    let later = next.expiry.begins();
    let dropped = store.commit(move |tx| sweep::drop_expired_uses(tx, later));
    assert_eq!(dropped.await, Ok::<_, StoreError>(1));
    let mut fresh = next;
    fresh.expiry = AddressKind::Ticket.expiry(later);
    let sent = send_at(&store, fresh, limit, TRANSIT, later).await;
    assert!(matches!(sent, Outcome::Stored(_)), "{sent:?}");
}

/// What is dropped comes again by the sender's app, perhaps with the same ticket.
pub async fn a_full_mailbox_takes_nothing_and_uses_no_ticket(store: Store) {
    create(&store, BOX).await;
    let limit = MAX_MAILBOX_ENTRIES as u16;
    // Long-term addresses need one use record for many messages, so there is room for a ticket's.
    let of_long = LONG_TERM_DAILY_LIMIT as u16;
    let long = address(AddressKind::LongTerm, limit);
    let stored = send_many(&store, 0..limit - of_long).await;
    assert!(stored.iter().all(|o| matches!(o, Outcome::Stored(_))));
    for n in limit..limit + of_long {
        assert!(matches!(send(&store, long, n).await, Outcome::Stored(_)));
    }
    let (ticket, other) = (
        address(AddressKind::Ticket, limit + 1),
        address(AddressKind::LongTerm, limit + 2),
    );
    assert_eq!(send(&store, ticket, 9_001).await, Outcome::Full);
    assert_eq!(send(&store, other, 9_002).await, Outcome::Full);
    assert_eq!(send(&store, long, limit).await, Outcome::Duplicate);
    attach(&store, PHONE, 1).await;
    let sent = send(&store, ticket, 9_003).await;
    assert!(matches!(sent, Outcome::Stored(_)), "{sent:?}");
}

/// Two devices at their own pace.
pub async fn a_message_is_deleted_when_every_device_has_it(store: Store) {
    create(&store, BOX).await;
    send_many(&store, 0..3).await;
    assert_eq!(attach(&store, PHONE, 0).await, Some(0));
    assert_eq!(attach(&store, LAPTOP, 0).await, Some(0));
    assert_eq!(acknowledge(&store, PHONE, 3).await, Some(3));
    assert_eq!(messages(&store, 0), [0, 1, 2]);
    assert_eq!(acknowledge(&store, LAPTOP, 2).await, Some(2));
    assert_eq!(messages(&store, 0), [2]);
    // Going back is not possible, and costs nothing.
    assert_eq!(acknowledge(&store, PHONE, 1).await, Some(3));
    assert_eq!(attach(&store, PHONE, 0).await, Some(3));
    assert_eq!(acknowledge(&store, LAPTOP, 3).await, Some(3));
    assert_eq!(find(&store, NOW).unwrap().waiting(), 0);
    assert_eq!(acknowledge(&store, Consumer(2), 3).await, None);
}

/// Also over an empty mailbox.
pub async fn positions_grow_and_are_never_used_again(store: Store) {
    create(&store, BOX).await;
    attach(&store, PHONE, 0).await;
    for n in 1..=20_u16 {
        let sent = send(&store, address(AddressKind::Ticket, n), n).await;
        assert_eq!(sent, Outcome::Stored(Position(u64::from(n))));
        acknowledge(&store, PHONE, u64::from(n)).await;
    }
    let mailbox = find(&store, NOW).unwrap();
    assert_eq!((mailbox.newest(), mailbox.waiting()), (Position(20), 0));
}

/// A device with a wrong state must not delete what it never saw.
pub async fn an_acknowledgement_of_what_is_to_come_acknowledges_what_is_there(store: Store) {
    create(&store, BOX).await;
    send_many(&store, 0..2).await;
    assert_eq!(attach(&store, PHONE, u64::MAX).await, Some(2));
    send_many(&store, 2..3).await;
    assert_eq!(messages(&store, 2), [2]);
    assert_eq!(acknowledge(&store, PHONE, u64::MAX).await, Some(3));
    send_many(&store, 3..4).await;
    assert_eq!(messages(&store, 3), [3]);
}

/// Numbered from 0.
pub async fn a_mailbox_has_eight_devices_at_most(store: Store) {
    create(&store, BOX).await;
    for n in 0..MAX_CONSUMERS {
        assert_eq!(attach(&store, Consumer(n), 0).await, Some(0));
    }
    assert_eq!(attach(&store, Consumer(MAX_CONSUMERS), 0).await, None);
    assert_eq!(attach(&store, Consumer(255), 0).await, None);
    let mailbox = find(&store, NOW).unwrap();
    assert_eq!(mailbox.resume(PHONE, Position(0), NOW), Some(Position(0)));
    assert_eq!(mailbox.resume(PHONE, Position(0), NOW.plus(DAY)), None);
}

/// Neither messages nor revocations.
pub async fn a_closed_mailbox_leaves_nothing_behind(store: Store) {
    create(&store, BOX).await;
    send_many(&store, 0..3).await;
    let revoked = vec![address(AddressKind::Ticket, 9).id];
    let close = async move |tx: &Store| {
        tx.commit(move |tx| {
            mailbox::revoke(tx, &BOX, &revoked, NOW)?;
            mailbox::close(tx, &BOX)?;
            mailbox::close(tx, &BOX)
        })
        .await
    };
    close(&store).await.unwrap();
    assert!(find(&store, NOW).is_none());
    assert!(messages(&store, 0).is_empty());
    let left = store.commit(|tx| mailbox::revoked_of(tx, &BOX)).await;
    assert_eq!(left.unwrap(), []);
    let sent = send(&store, address(AddressKind::Ticket, 4), 4).await;
    assert_eq!(sent, Outcome::Gone);
    assert_eq!(acknowledge(&store, PHONE, 1).await, None);
}

/// 60 days, say.
pub async fn what_nobody_fetches_goes_after_its_time(store: Store) {
    create(&store, BOX).await;
    send_many(&store, 0..2).await;
    let later = NOW.plus(30 * DAY);
    send_at(&store, address(AddressKind::Ticket, 9), 9, TRANSIT, later).await;
    let tidy = async |now: Timestamp| {
        let tidied = store.commit(move |tx| sweep::tidy(tx, &BOX, KEEP, now));
        tidied.await.unwrap()
    };
    assert_eq!(tidy(NOW.plus(KEEP)).await, Tidied::default());
    let two = Tidied {
        ended: false,
        messages: 2,
    };
    assert_eq!(tidy(NOW.plus(KEEP + 1)).await, two);
    assert_eq!(messages(&store, 0), [9]);
    assert_eq!(attach(&store, PHONE, 0).await, Some(2));
    let end = Tidied {
        ended: true,
        messages: 1,
    };
    assert_eq!(tidy(ENDS).await, end);
    assert!(messages(&store, 0).is_empty());
}

/// What it missed is gone by then.
pub async fn a_device_that_never_came_back_holds_nothing_up(store: Store) {
    create(&store, BOX).await;
    attach(&store, LAPTOP, 0).await;
    let later = NOW.plus(KEEP + 2 * DAY);
    attach_at(&store, PHONE, 0, later).await;
    let mut ticket = address(AddressKind::Ticket, 1);
    ticket.expiry = AddressKind::Ticket.expiry(later);
    send_at(&store, ticket, 1, TRANSIT, later).await;
    acknowledge(&store, PHONE, 1).await;
    assert_eq!(messages(&store, 0), [1]);
    let tidied = store.commit(move |tx| sweep::tidy(tx, &BOX, KEEP, later));
    tidied.await.unwrap();
    assert!(messages(&store, 0).is_empty());
    assert_eq!(acknowledge(&store, LAPTOP, 1).await, None);
}

/// In steps.
pub async fn a_pass_visits_every_mailbox_that_has_something_due(store: Store) {
    for n in 0..10 {
        create(&store, RootAddress::new([n; 16])).await;
    }
    send_many(&store, 0..1).await;
    let pass = |now: Timestamp| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let due = sweep::due(store.read(), after.as_ref(), 3, KEEP, now).unwrap();
            found.extend(due.roots);
            after = due.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(pass(NOW.plus(KEEP)), []);
    assert_eq!(pass(NOW.plus(KEEP + 1)), [BOX]);
    assert_eq!(pass(ENDS).len(), 10);
}

/// In particular no ticket is good again.
pub async fn a_crash_keeps_messages_uses_and_positions(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    create(&store, BOX).await;
    send_many(&store, 0..3).await;
    attach(&store, PHONE, 2).await;
    store.close().await;

    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(messages(&store, 0), [2]);
    assert_eq!(send_many(&store, 0..3).await, [Outcome::Duplicate; 3]);
    assert_eq!(
        send_many(&store, 3..4).await,
        [Outcome::Stored(Position(4))]
    );
    assert_eq!(attach(&store, PHONE, 0).await, Some(2));
}
