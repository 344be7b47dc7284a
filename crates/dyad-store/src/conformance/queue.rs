//! The delivery queue keeps what was accepted, counts it right, and remembers what became of it.

use std::sync::Arc;

use dyad_protocol::api::submit::{DeliveryFailure, SubmissionStatus};
use dyad_protocol::id::{DedupId, HostName, SubmissionTicket};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use crate::queue::{
    self, DEDUP_WINDOW, Enqueued, FATE_MEMORY, HostState, MessageKey, NewMessage, QueueLimits,
    Totals,
};
use crate::{Backend, CommitterOptions, Store, StoreError};

const ROOMY: QueueLimits = QueueLimits {
    messages: 1000,
    messages_per_host: 1000,
    hosts: 1000,
};
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything the queue promises on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn queue_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        messages_come_out_when_they_are_due_and_hosts_do_not_mix(open()).await;
        what_is_earlier_than_asked_is_left_out(open()).await;
        a_delivered_message_leaves_and_its_ticket_says_so(open()).await;
        a_failed_attempt_shows_on_every_message_that_waited_through_it(open()).await;
        a_postponed_message_waits_and_others_go_first(open()).await;
        a_message_that_is_given_up_says_why(open()).await;
        limits_hold_and_room_comes_back(open()).await;
        settling_twice_counts_once(open()).await;
        fates_are_kept_for_a_month_and_then_dropped(open()).await;
        a_dedup_id_is_known_through_its_window(open()).await;
        a_crash_keeps_queue_counts_and_fates(make(), &reopen).await;
    });
}

fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

fn ticket(n: u8) -> SubmissionTicket {
    queue::ticket(NOW, [n; 28])
}

fn key(due: Timestamp, n: u8) -> MessageKey {
    MessageKey {
        due,
        ticket: ticket(n),
    }
}

async fn add(store: &Store, name: &str, n: u8, due: Timestamp, limits: QueueLimits) -> Enqueued {
    let message = NewMessage {
        host: host(name),
        ticket: ticket(n),
        due,
        item: vec![n; 100],
    };
    store
        .commit(move |tx| queue::enqueue(tx, message, NOW, &limits))
        .await
        .unwrap()
}

async fn delivered(store: &Store, name: &str, keys: Vec<MessageKey>) {
    let host = host(name);
    store
        .commit(move |tx| queue::delivered(tx, &host, &keys, NOW.plus(5)))
        .await
        .unwrap();
}

async fn failed(store: &Store, name: &str, failure: DeliveryFailure, next: Timestamp) {
    let host = host(name);
    store
        .commit(move |tx| queue::attempt_failed(tx, &host, failure, next))
        .await
        .unwrap();
}

/// Numbers of the messages that are due, and when the next one is.
fn due(store: &Store, name: &str, now: Timestamp, want: usize) -> (Vec<u8>, Option<Timestamp>) {
    let from = Timestamp::default();
    let due = queue::due(store.read(), &host(name), from, now, want).unwrap();
    let numbers = due.messages.iter().map(|waiting| waiting.item[0]).collect();
    (numbers, due.next)
}

fn status(store: &Store, n: u8) -> SubmissionStatus {
    queue::status(store.read(), &ticket(n)).unwrap()
}

/// Order is by due time; a host whose name begins like another's is another host.
pub async fn messages_come_out_when_they_are_due_and_hosts_do_not_mix(store: Store) {
    add(&store, "a.example", 1, NOW.plus(2), ROOMY).await;
    add(&store, "a.example", 2, NOW, ROOMY).await;
    add(&store, "a.example:8443", 3, NOW, ROOMY).await;
    add(&store, "a.example.org", 4, NOW, ROOMY).await;
    assert_eq!(
        due(&store, "a.example", NOW.minus(1), 9),
        (vec![], Some(NOW))
    );
    assert_eq!(
        due(&store, "a.example", NOW, 9),
        (vec![2], Some(NOW.plus(2)))
    );
    assert_eq!(due(&store, "a.example", NOW.plus(2), 9), (vec![2, 1], None));
    assert_eq!(
        due(&store, "a.example", NOW.plus(2), 1),
        (vec![2], Some(NOW.plus(2)))
    );
    assert_eq!(due(&store, "a.example:8443", NOW, 9), (vec![3], None));
    assert_eq!(due(&store, "b.example", NOW, 9), (vec![], None));
    let names: Vec<_> = queue::hosts(store.read())
        .unwrap()
        .into_iter()
        .map(|(host, state)| (host.to_string(), state.waiting))
        .collect();
    let expected = [
        ("a.example", 2),
        ("a.example.org", 1),
        ("a.example:8443", 1),
    ];
    assert_eq!(names, expected.map(|(name, n)| (name.to_owned(), n)));
}

/// The sender service begins where it left off.
pub async fn what_is_earlier_than_asked_is_left_out(store: Store) {
    for n in 1..=4 {
        add(&store, "a.example", n, NOW.plus(n.into()), ROOMY).await;
    }
    let found = queue::due(
        store.read(),
        &host("a.example"),
        NOW.plus(2),
        NOW.plus(9),
        9,
    )
    .unwrap();
    let numbers: Vec<_> = found.messages.iter().map(|m| m.item[0]).collect();
    assert_eq!((numbers, found.next), (vec![2, 3, 4], None));
    assert_eq!(found.messages[0].enqueued, NOW);
    assert_eq!(found.messages[0].key, key(NOW.plus(2), 2));
}

/// Delivered ones leave; the host's record goes with the last.
pub async fn a_delivered_message_leaves_and_its_ticket_says_so(store: Store) {
    assert_eq!(status(&store, 1), SubmissionStatus::Unknown);
    add(&store, "a.example", 1, NOW, ROOMY).await;
    add(&store, "a.example", 2, NOW, ROOMY).await;
    let waiting = SubmissionStatus::Queued {
        attempts: 0,
        next_attempt: NOW,
        last_failure: None,
    };
    assert_eq!(status(&store, 1), waiting);
    delivered(&store, "a.example", vec![key(NOW, 1)]).await;
    assert_eq!(
        status(&store, 1),
        SubmissionStatus::Delivered { at: NOW.plus(5) }
    );
    assert_eq!(status(&store, 2), waiting);
    assert_eq!(due(&store, "a.example", NOW, 9).0, [2]);
    assert_eq!(
        queue::totals(store.read()).unwrap(),
        Totals {
            messages: 1,
            hosts: 1
        }
    );
    delivered(&store, "a.example", vec![key(NOW, 2)]).await;
    assert_eq!(queue::totals(store.read()).unwrap(), Totals::default());
    assert_eq!(queue::hosts(store.read()).unwrap(), []);
}

/// Attempts are counted from the moment a message came; success clears the host's failures.
pub async fn a_failed_attempt_shows_on_every_message_that_waited_through_it(store: Store) {
    add(&store, "a.example", 1, NOW, ROOMY).await;
    failed(&store, "a.example", DeliveryFailure::Timeout, NOW.plus(10)).await;
    add(&store, "a.example", 2, NOW.plus(60), ROOMY).await;
    let queued = |attempts, next_attempt, last_failure| SubmissionStatus::Queued {
        attempts,
        next_attempt,
        last_failure,
    };
    assert_eq!(
        status(&store, 1),
        queued(1, NOW.plus(10), Some(DeliveryFailure::Timeout))
    );
    assert_eq!(status(&store, 2), queued(0, NOW.plus(60), None));
    failed(&store, "a.example", DeliveryFailure::Tls, NOW.plus(99)).await;
    assert_eq!(
        status(&store, 1),
        queued(2, NOW.plus(99), Some(DeliveryFailure::Tls))
    );
    assert_eq!(
        status(&store, 2),
        queued(1, NOW.plus(99), Some(DeliveryFailure::Tls))
    );
    delivered(&store, "a.example", vec![key(NOW, 1)]).await;
    let state = queue::host_at(store.read(), &host("a.example")).unwrap();
    let expected = HostState {
        waiting: 1,
        attempts: 2,
        ..HostState::default()
    };
    assert_eq!(state, Some(expected));
    failed(&store, "unknown.example", DeliveryFailure::Tls, NOW).await;
    assert_eq!(
        queue::host_at(store.read(), &host("unknown.example")),
        Ok(None)
    );
}

/// A message refused on its own does not hold up the others.
pub async fn a_postponed_message_waits_and_others_go_first(store: Store) {
    add(&store, "a.example", 1, NOW, ROOMY).await;
    add(&store, "a.example", 2, NOW.plus(1), ROOMY).await;
    let postponed = store
        .commit(|tx| queue::postpone(tx, &host("a.example"), &key(NOW, 1), NOW.plus(600)))
        .await;
    assert_eq!(postponed, Ok::<_, StoreError>(()));
    assert_eq!(
        due(&store, "a.example", NOW.plus(1), 9),
        (vec![2], Some(NOW.plus(600)))
    );
    let found = queue::due(
        store.read(),
        &host("a.example"),
        NOW.plus(2),
        NOW.plus(600),
        9,
    )
    .unwrap();
    assert_eq!(
        (found.messages[0].refusals, found.messages[0].enqueued),
        (1, NOW)
    );
    assert!(matches!(
        status(&store, 1),
        SubmissionStatus::Queued { next_attempt, last_failure: Some(DeliveryFailure::Rejected), .. }
            if next_attempt == NOW.plus(600)
    ));
    delivered(
        &store,
        "a.example",
        vec![key(NOW.plus(600), 1), key(NOW.plus(1), 2)],
    )
    .await;
    assert_eq!(queue::totals(store.read()).unwrap(), Totals::default());
}

/// Given up: gone from the queue, with the reason.
pub async fn a_message_that_is_given_up_says_why(store: Store) {
    add(&store, "a.example", 1, NOW, ROOMY).await;
    let reason = DeliveryFailure::Forbidden;
    let given_up = store
        .commit(move |tx| {
            queue::give_up(tx, &host("a.example"), &[key(NOW, 1)], NOW.plus(9), reason)
        })
        .await;
    assert_eq!(given_up, Ok::<_, StoreError>(()));
    let at = NOW.plus(9);
    assert_eq!(status(&store, 1), SubmissionStatus::GivenUp { at, reason });
    assert_eq!(queue::totals(store.read()).unwrap(), Totals::default());
}

/// Each limit by itself; a refused message leaves nothing.
pub async fn limits_hold_and_room_comes_back(store: Store) {
    let limits = QueueLimits {
        messages: 3,
        messages_per_host: 2,
        hosts: 2,
    };
    assert_eq!(
        add(&store, "a.example", 1, NOW, limits).await,
        Enqueued::Waiting
    );
    assert_eq!(
        add(&store, "a.example", 2, NOW, limits).await,
        Enqueued::Waiting
    );
    assert_eq!(
        add(&store, "a.example", 3, NOW, limits).await,
        Enqueued::HostFull
    );
    assert_eq!(status(&store, 3), SubmissionStatus::Unknown);
    assert_eq!(
        add(&store, "b.example", 4, NOW, limits).await,
        Enqueued::Waiting
    );
    assert_eq!(
        add(&store, "b.example", 5, NOW, limits).await,
        Enqueued::QueueFull
    );
    delivered(&store, "a.example", vec![key(NOW, 1)]).await;
    assert_eq!(
        add(&store, "c.example", 6, NOW, limits).await,
        Enqueued::QueueFull
    );
    assert_eq!(
        add(&store, "b.example", 7, NOW, limits).await,
        Enqueued::Waiting
    );
    delivered(&store, "a.example", vec![key(NOW, 2)]).await;
    assert_eq!(
        add(&store, "c.example", 8, NOW, limits).await,
        Enqueued::Waiting
    );
}

/// An answer that was counted already changes nothing.
pub async fn settling_twice_counts_once(store: Store) {
    add(&store, "a.example", 1, NOW, ROOMY).await;
    add(&store, "a.example", 2, NOW, ROOMY).await;
    for _ in 0..2 {
        delivered(&store, "a.example", vec![key(NOW, 1), key(NOW, 1)]).await;
    }
    assert_eq!(
        queue::totals(store.read()).unwrap(),
        Totals {
            messages: 1,
            hosts: 1
        }
    );
    assert_eq!(due(&store, "a.example", NOW, 9).0, [2]);
}

/// Also of a message that took its whole time in the queue.
pub async fn fates_are_kept_for_a_month_and_then_dropped(store: Store) {
    add(&store, "a.example", 1, NOW, ROOMY).await;
    delivered(&store, "a.example", vec![key(NOW, 1)]).await;
    let settled_last = NOW.plus(14 * DAY);
    for (now, dropped) in [
        (settled_last.plus(FATE_MEMORY), 0),
        (settled_last.plus(FATE_MEMORY + 9 * DAY), 1),
    ] {
        let result = store.commit(move |tx| queue::forget(tx, now)).await;
        assert_eq!(result, Ok::<_, StoreError>(dropped));
    }
    assert_eq!(status(&store, 1), SubmissionStatus::Unknown);
}

/// Within the window the first ticket is found, afterwards nothing.
pub async fn a_dedup_id_is_known_through_its_window(store: Store) {
    let id = DedupId::new([7; 16]);
    let remembered = store
        .commit(move |tx| {
            assert_eq!(queue::first_with(tx, &id, NOW)?, None);
            queue::remember(tx, &id, &ticket(1), NOW);
            queue::first_with(tx, &id, NOW)
        })
        .await;
    assert_eq!(remembered, Ok::<_, StoreError>(Some(ticket(1))));
    for (later, known) in [(DEDUP_WINDOW, Some(ticket(1))), (DEDUP_WINDOW + DAY, None)] {
        let found = store
            .commit(move |tx| {
                queue::forget(tx, NOW.plus(later))?;
                queue::first_with(tx, &id, NOW.plus(later))
            })
            .await;
        assert_eq!(found, Ok::<_, StoreError>(known));
    }
}

/// What was answered is there afterwards, and counted right.
pub async fn a_crash_keeps_queue_counts_and_fates(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    for n in 1..=3 {
        add(&store, "a.example", n, NOW, ROOMY).await;
    }
    delivered(&store, "a.example", vec![key(NOW, 2)]).await;
    failed(&store, "a.example", DeliveryFailure::Busy, NOW.plus(30)).await;
    store.close().await;

    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(due(&store, "a.example", NOW, 9).0, [1, 3]);
    assert_eq!(
        status(&store, 2),
        SubmissionStatus::Delivered { at: NOW.plus(5) }
    );
    let state = queue::host_at(store.read(), &host("a.example")).unwrap();
    let state = state.expect("two messages wait");
    assert_eq!(
        (state.waiting, state.failures, state.next_attempt),
        (2, 1, NOW.plus(30))
    );
    assert_eq!(queue::totals(store.read()).unwrap().messages, 2);
}
