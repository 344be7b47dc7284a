//! A receiver's keys come and go by their schedule, and what is known of sender services stays known.

use std::sync::Arc;

use dyad_protocol::hpke::X25519Secret;
use dyad_protocol::id::HostName;
use dyad_protocol::limits::{DAY, TRANSIT_KEY_PERIOD};
use dyad_protocol::sign::ServicePublic;
use dyad_protocol::time::Timestamp;

use crate::keys::{self, Schedule, challenge_secret};
use crate::peers::{self, Peer};
use crate::{Backend, CommitterOptions, Store};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Everything about keys, one's own and others', that is promised on top of a back end.
///
/// Runs a tokio runtime of its own: call it from plain `#[test]` functions.
pub fn keys_suite(
    make: impl Fn() -> Arc<dyn Backend>,
    reopen: impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let open = || Store::open_threaded(make(), CommitterOptions::default());
        a_key_is_replaced_in_time_and_two_live(open()).await;
        a_clock_that_jumps_ahead_and_back_costs_one_generation_at_most(open()).await;
        the_first_challenge_secret_stays(make(), &reopen).await;
        a_sender_service_stays_known_for_half_a_year(open()).await;
    });
}

async fn rotate(store: &Store, schedule: Schedule, fresh: u8, now: Timestamp) -> bool {
    let fresh = X25519Secret::new([fresh; 32]);
    let rotated = store.commit(move |tx| keys::rotate(tx, schedule, fresh, now));
    rotated.await.unwrap()
}

fn live(store: &Store, schedule: Schedule) -> Vec<(u32, u8)> {
    let keys = keys::load(store.read(), schedule).unwrap();
    keys.iter()
        .map(|key| (key.number, key.secret.expose()[0]))
        .collect()
}

/// Newest first, and the schedules do not mix.
pub async fn a_key_is_replaced_in_time_and_two_live(store: Store) {
    use Schedule::{Address, Transit};
    assert!(rotate(&store, Transit, 1, NOW).await);
    assert!(rotate(&store, Address, 9, NOW).await);
    assert!(!rotate(&store, Transit, 2, NOW.plus(TRANSIT_KEY_PERIOD - 1)).await);
    assert!(rotate(&store, Transit, 2, NOW.plus(TRANSIT_KEY_PERIOD)).await);
    assert_eq!(live(&store, Transit), [(2, 2), (1, 1)]);
    assert!(rotate(&store, Transit, 3, NOW.plus(2 * TRANSIT_KEY_PERIOD)).await);
    assert_eq!(live(&store, Transit), [(3, 3), (2, 2)]);
    assert_eq!(live(&store, Address), [(1, 9)]);
    assert_eq!(store.read().periods("transit_key").unwrap(), [2, 3]);
}

/// What lies sealed to the older key in queues must stay readable.
pub async fn a_clock_that_jumps_ahead_and_back_costs_one_generation_at_most(store: Store) {
    let transit = Schedule::Transit;
    rotate(&store, transit, 1, NOW).await;
    rotate(&store, transit, 2, NOW.plus(TRANSIT_KEY_PERIOD)).await;
    let today = NOW.plus(TRANSIT_KEY_PERIOD + DAY);
    let wrong = today.plus(3_000 * DAY);
    assert!(rotate(&store, transit, 3, wrong).await);
    assert!(!rotate(&store, transit, 4, wrong.plus(DAY)).await);
    assert_eq!(live(&store, transit), [(3, 3), (2, 2)]);
    // Set right again: the key counts from today.
    assert!(rotate(&store, transit, 4, today).await);
    assert_eq!(live(&store, transit), [(3, 3), (2, 2)]);
    assert!(!rotate(&store, transit, 4, today.plus(TRANSIT_KEY_PERIOD - 1)).await);
    assert!(rotate(&store, transit, 4, today.plus(TRANSIT_KEY_PERIOD)).await);
    assert_eq!(live(&store, transit), [(4, 4), (3, 3)]);
}

/// So that a restart refuses no challenge.
pub async fn the_first_challenge_secret_stays(
    backend: Arc<dyn Backend>,
    reopen: &impl Fn(Arc<dyn Backend>) -> Arc<dyn Backend>,
) {
    let secret = async |store: &Store, fresh: u8| {
        let kept = store.commit(move |tx| challenge_secret(tx, [fresh; 32]));
        kept.await.unwrap()
    };
    let store = Store::open_threaded(Arc::clone(&backend), CommitterOptions::default());
    assert_eq!(secret(&store, 1).await, [1; 32]);
    store.close().await;
    let store = Store::open_threaded(reopen(backend), CommitterOptions::default());
    assert_eq!(secret(&store, 2).await, [1; 32]);
}

/// From its last confirmation.
pub async fn a_sender_service_stays_known_for_half_a_year(store: Store) {
    let host: HostName = "sender.example".parse().unwrap();
    let other: HostName = "zzz.example".parse().unwrap();
    let confirm = async |host: &HostName, key: u8, now: Timestamp| {
        let (host, key) = (host.clone(), ServicePublic::new([key; 32]));
        let confirmed = store.commit(move |tx| peers::confirm(tx, &host, &key, now));
        confirmed.await.unwrap()
    };
    confirm(&host, 1, NOW).await;
    let later = NOW.plus(DAY);
    let peer = Peer {
        key: ServicePublic::new([2; 32]),
        first_seen: NOW,
        confirmed: later,
    };
    assert_eq!(confirm(&host, 2, later).await, peer);
    confirm(&other, 3, NOW).await;
    let now = NOW.plus(peers::MEMORY + 1);
    let mut after = Some(Vec::new());
    while let Some(from) = after {
        let step = store.commit(move |tx| peers::forget(tx, &from, 1, now));
        after = step.await.unwrap();
    }
    assert_eq!(peers::find(store.read(), &host).unwrap(), Some(peer));
    assert_eq!(peers::find(store.read(), &other).unwrap(), None);
}
