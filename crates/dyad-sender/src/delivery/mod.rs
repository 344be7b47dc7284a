//! Sending on what was accepted: which host is served when, and that none waits for another.
//!
//! Each host has a slot. A slot whose time has come stands in line for a *lane* and then sends one
//! round of batches ([`round`]), after which it goes to the end of the line or sleeps until its next
//! message or attempt. There are two lanes: one for hosts that took their last batch soon, one for
//! all others. So hosts that are dead, slow or new, in whatever number, take nothing from those that work.
//! One that does not work gets small batches until it does.
//!
//! Everything that must survive is in the store; this is rebuilt from it at the start.

mod answer;
mod backoff;
mod round;
mod slots;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_service::Shutdown;
use dyad_store::queue;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use self::round::{RoundEnd, send_round};
use self::slots::Slots;
use crate::sender::Shared;

/// Messages in one batch to a host that did not take the last one: enough to find out, little to lose.
const PROBE_ITEMS: usize = 16;

/// Time at the end for batches under way to be answered and settled. What is not will be sent again.
const FINISH: Duration = Duration::from_secs(10);

/// Pause before a store that could not be read is tried again.
const STORE_PAUSE: Duration = Duration::from_secs(5);

/// Longest sleep: clocks are set, and then nothing else wakes us.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// New messages, told by those who queued them.
#[derive(Debug, Default)]
pub(crate) struct Wakes {
    due: Mutex<HashMap<HostName, Timestamp>>,
    notify: Notify,
}

impl Wakes {
    /// Something new waits for `host`, due at `due`.
    pub(crate) fn wake(&self, host: HostName, due: Timestamp) {
        let mut all = self.due.lock();
        let earliest = all.entry(host).or_insert(due);
        *earliest = due.min(*earliest);
        drop(all);
        self.notify.notify_one();
    }

    fn take(&self) -> HashMap<HostName, Timestamp> {
        std::mem::take(&mut *self.due.lock())
    }
}

/// Delivers until stopping; then lets what is under way end.
pub(crate) async fn run(shared: &Arc<Shared>, shutdown: &Shutdown) {
    let mut delivery = Delivery {
        shared: Arc::clone(shared),
        slots: Slots::new(&shared.config.delivery),
        rounds: JoinSet::new(),
        shutdown: shutdown.clone(),
    };
    tokio::select! {
        () = shutdown.stopping() => return,
        () = delivery.load() => {}
    }
    delivery.run().await;
    if timeout(FINISH, delivery.finish()).await.is_err() {
        tracing::warn!("batches under way were not answered in time; they will be sent again");
    }
}

struct Delivery {
    shared: Arc<Shared>,
    slots: Slots,
    rounds: JoinSet<RoundEnd>,
    shutdown: Shutdown,
}

impl Delivery {
    /// Takes up where the last process ended.
    async fn load(&mut self) {
        let hosts = loop {
            let read = self.shared.read(|shared| queue::hosts(shared.store.read()));
            match read.await {
                Ok(Ok(hosts)) => break hosts,
                Ok(Err(error)) => tracing::error!(%error, "the queue cannot be read"),
                // Logged where it came up.
                Err(_internal) => {}
            }
            sleep(STORE_PAUSE).await;
        };
        let messages: u64 = hosts.iter().map(|(_, state)| state.waiting).sum();
        if messages > 0 {
            tracing::info!(
                messages,
                hosts = hosts.len(),
                "messages wait to be delivered"
            );
        }
        let now = self.shared.clock.now();
        for (host, state) in hosts {
            self.slots.load(host, &state, now);
        }
    }

    async fn run(&mut self) {
        loop {
            let now = self.shared.clock.now();
            for (host, due) in self.shared.wakes.take() {
                self.slots.wake(host, due, now);
            }
            self.start_rounds(now);
            let pause = self.slots.next().map_or(LONGEST_SLEEP, |next| {
                Duration::from_secs(next.since(now)).min(LONGEST_SLEEP)
            });
            tokio::select! {
                () = self.shutdown.stopping() => return,
                () = self.shared.wakes.notify.notified() => {}
                Some(end) = self.rounds.join_next() => self.settle(end),
                () = sleep(pause) => {}
            }
        }
    }

    fn start_rounds(&mut self, now: Timestamp) {
        while let Some(plan) = self.slots.start(now) {
            let shared = Arc::clone(&self.shared);
            self.rounds
                .spawn(send_round(shared, self.shutdown.clone(), plan));
        }
    }

    fn settle(&mut self, end: Result<RoundEnd, tokio::task::JoinError>) {
        match end {
            Ok(end) => self.slots.end(end, self.shared.clock.now()),
            // Only when the process ends: a round that panics says so itself.
            Err(error) => tracing::error!(%error, "a delivery round failed unexpectedly"),
        }
    }

    async fn finish(&mut self) {
        while self.rounds.join_next().await.is_some() {}
    }
}
