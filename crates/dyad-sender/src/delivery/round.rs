//! One round with one host: read what is due, send a batch or two, write down what came of it.

use std::sync::Arc;

use dyad_net::Request;
use dyad_protocol::api::submit::DeliveryFailure;
use dyad_protocol::batch::{self, DELIVER_PATH};
use dyad_protocol::id::{BatchId, HostName};
use dyad_protocol::limits::{ITEM_LEN, QUEUE_LIFETIME};
use dyad_protocol::time::Timestamp;
use dyad_service::Shutdown;
use dyad_service::extract::BINARY;
use dyad_store::queue::{self, MessageKey, Waiting};
use dyad_store::{StoreError, Transaction};
use rand::seq::SliceRandom;
use tokio::time::{Duration, Instant, sleep};

use super::answer::Answer;
use super::backoff::{Backoff, MAX_LONE_REFUSALS, SMALLER_PAUSE, lone_pause};
use crate::sender::Shared;

/// Pause before what came of a batch is written down again, after the store refused it.
const SETTLE_PAUSE: Duration = Duration::from_secs(1);

/// A host that takes longer than this for a batch does not share a lane with those that work: some
/// would do so on purpose.
const SOON: Duration = Duration::from_secs(5);

/// What a round is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) host: HostName,
    /// Nothing that waits is due earlier.
    pub(super) from: Timestamp,
    /// Messages in a batch.
    pub(super) batch: usize,
    /// Batches at the same moment.
    pub(super) batches: usize,
    /// Failures in a row before.
    pub(super) failures: u32,
    pub(super) backoff: Backoff,
}

/// What came of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RoundEnd {
    pub(super) host: HostName,
    pub(super) verdict: Verdict,
    /// When the first message that is left is due, as far as this round saw.
    pub(super) waits_from: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing was there to be sent.
    NothingDue,
    /// Everything that was sent was taken; whether in less than [`SOON`].
    Taken { soon: bool },
    /// The host is not to be tried before that moment.
    Failed { next_attempt: Timestamp },
    /// A batch of so many messages was refused: send fewer.
    TooMuch {
        next_attempt: Timestamp,
        sent: usize,
    },
    /// Something failed here, before anything was sent.
    NotTried,
}

/// Sends one round. A panic (a bug of ours) costs that round a pause, and no other anything.
pub(super) async fn send_round(shared: Arc<Shared>, shutdown: Shutdown, plan: Plan) -> RoundEnd {
    let (host, from) = (plan.host.clone(), plan.from);
    tokio::spawn(try_round(shared, shutdown, plan))
        .await
        .unwrap_or_else(|error| {
            tracing::error!(%error, "a delivery round failed unexpectedly");
            not_tried(host, from)
        })
}

async fn try_round(shared: Arc<Shared>, shutdown: Shutdown, plan: Plan) -> RoundEnd {
    let now = shared.clock.now();
    let (host, from, want) = (plan.host.clone(), plan.from, plan.batch * plan.batches);
    let read = shared.read({
        let host = host.clone();
        move |shared| queue::due(shared.store.read(), &host, from, now, want)
    });
    let due = match read.await {
        Ok(Ok(due)) => due,
        Ok(Err(error)) => {
            tracing::error!(%error, "the queue cannot be read");
            return not_tried(host, from);
        }
        // Logged where it came up.
        Err(_internal) => return not_tried(host, from),
    };
    let round = Round {
        shared,
        shutdown,
        plan,
    };
    let (expired, messages): (Vec<_>, Vec<_>) = due
        .messages
        .into_iter()
        .partition(|waiting| now.since(waiting.enqueued) >= QUEUE_LIFETIME);
    round.give_up_expired(expired, now).await;
    let (verdict, left) = round.send(messages).await;
    RoundEnd {
        host,
        verdict,
        waits_from: left.into_iter().chain(due.next).min(),
    }
}

fn not_tried(host: HostName, from: Timestamp) -> RoundEnd {
    RoundEnd {
        host,
        verdict: Verdict::NotTried,
        waits_from: Some(from),
    }
}

struct Round {
    shared: Arc<Shared>,
    shutdown: Shutdown,
    plan: Plan,
}

/// A batch that was sent.
struct Sent {
    messages: Vec<Waiting>,
    answer: Answer,
}

impl Round {
    /// Sends everything; gives the verdict and when the first message that is left is due.
    async fn send(&self, mut messages: Vec<Waiting>) -> (Verdict, Option<Timestamp>) {
        if messages.is_empty() {
            return (Verdict::NothingDue, None);
        }
        let began = Instant::now();
        let second = messages.split_off(messages.len().min(self.plan.batch));
        let (first, second) = tokio::join!(self.send_batch(messages), self.send_batch(second));
        let soon = began.elapsed() < SOON;
        let mut taken = Vec::new();
        let mut worst: Option<Sent> = None;
        let mut left = None;
        for sent in [first, second].into_iter().flatten() {
            if sent.answer == Answer::Taken {
                taken.extend(sent.messages);
                continue;
            }
            let earliest = sent.messages.iter().map(|waiting| waiting.key.due).min();
            left = left.into_iter().chain(earliest).min();
            worst.get_or_insert(sent);
        }
        self.settle_taken(&taken).await;
        match worst {
            None => (Verdict::Taken { soon }, None),
            Some(sent) => {
                let (verdict, postponed) = self.settle_rest(&sent).await;
                (verdict, postponed.or(left))
            }
        }
    }

    /// Signs and sends one batch. The order within it says nothing about the order of submission.
    async fn send_batch(&self, mut messages: Vec<Waiting>) -> Option<Sent> {
        if messages.is_empty() {
            return None;
        }
        messages.shuffle(&mut rand::rng());
        let shared = &self.shared;
        let mut items = Vec::with_capacity(messages.len() * ITEM_LEN);
        for waiting in &messages {
            items.extend_from_slice(&waiting.item);
        }
        let time = shared.clock.now();
        let id = BatchId::new(rand::random());
        let body = batch::sign(&shared.key, &shared.host, &self.plan.host, time, id, &items);
        drop(items);
        let limit = Duration::from_secs(shared.config.delivery.timeout);
        let request = Request::post(self.plan.host.clone(), DELIVER_PATH, BINARY, body);
        let began = Instant::now();
        let answer = Answer::of(shared.http.send(request.with_timeout(limit)).await);
        metrics::histogram!("sender_batch_seconds").record(began.elapsed().as_secs_f64());
        metrics::counter!("sender_batches_total", "outcome" => answer.word()).increment(1);
        tracing::debug!(
            messages = messages.len(),
            outcome = answer.word(),
            "batch sent"
        );
        Some(Sent { messages, answer })
    }

    /// What the receiver has leaves the queue.
    async fn settle_taken(&self, taken: &[Waiting]) {
        if taken.is_empty() {
            return;
        }
        let at = self.shared.clock.now();
        let keys = keys(taken);
        let host = self.plan.host.clone();
        self.write(move |tx| queue::delivered(tx, &host, &keys, at))
            .await;
        metrics::counter!("sender_delivered_messages_total").increment(taken.len() as u64);
        for waiting in taken {
            let seconds = at.since(waiting.enqueued) as f64;
            metrics::histogram!("sender_wait_seconds").record(seconds);
        }
    }

    /// What the receiver did not take stays. Gives when a message that was put off is due.
    async fn settle_rest(&self, sent: &Sent) -> (Verdict, Option<Timestamp>) {
        // The receiver may have taken its time.
        let now = self.shared.clock.now();
        let (failure, retry_after) = match sent.answer {
            Answer::Failed(failure, retry_after) => (failure, retry_after),
            _ => (DeliveryFailure::Rejected, None),
        };
        let failures = self.plan.failures;
        let pause = self
            .plan
            .backoff
            .pause(failures, retry_after, &mut rand::rng());
        match (sent.answer, sent.messages.as_slice()) {
            (Answer::Refused, [alone]) => {
                let next_attempt = now.plus(pause);
                let due = now.plus(lone_pause(alone.refusals));
                self.failed(failure, next_attempt).await;
                let left = self.put_off(alone, due, now).await;
                (Verdict::Failed { next_attempt }, left)
            }
            (Answer::Refused, many) => {
                let next_attempt = now.plus(SMALLER_PAUSE);
                let sent = many.len();
                self.failed(failure, next_attempt).await;
                (Verdict::TooMuch { next_attempt, sent }, None)
            }
            _ => {
                let next_attempt = now.plus(pause);
                self.failed(failure, next_attempt).await;
                (Verdict::Failed { next_attempt }, None)
            }
        }
    }

    async fn failed(&self, failure: DeliveryFailure, next_attempt: Timestamp) {
        let host = self.plan.host.clone();
        self.write(move |tx| queue::attempt_failed(tx, &host, failure, next_attempt))
            .await;
    }

    /// A message that was refused alone: later, or not at all any more.
    async fn put_off(&self, alone: &Waiting, due: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let (host, key) = (self.plan.host.clone(), alone.key);
        if alone.refusals + 1 >= MAX_LONE_REFUSALS {
            self.give_up(vec![key], DeliveryFailure::Rejected, now)
                .await;
            return None;
        }
        self.write(move |tx| queue::postpone(tx, &host, &key, due))
            .await;
        Some(due)
    }

    /// Messages whose time is over leave with the reason of the last attempt.
    async fn give_up_expired(&self, expired: Vec<Waiting>, now: Timestamp) {
        if expired.is_empty() {
            return;
        }
        let host = self.plan.host.clone();
        let state = self
            .shared
            .read(move |shared| queue::host_at(shared.store.read(), &host))
            .await;
        let reason = match state {
            Ok(Ok(Some(state))) => state.last_failure,
            _ => None,
        };
        let reason = reason.unwrap_or(DeliveryFailure::Unreachable);
        self.give_up(keys(&expired), reason, now).await;
    }

    async fn give_up(&self, keys: Vec<MessageKey>, reason: DeliveryFailure, now: Timestamp) {
        let (host, number) = (self.plan.host.clone(), keys.len());
        self.write(move |tx| queue::give_up(tx, &host, &keys, now, reason))
            .await;
        metrics::counter!("sender_given_up_messages_total").increment(number as u64);
        tracing::info!(messages = number, "messages were given up undelivered");
    }

    /// Writes until it is written, or the process stops: to go on without would be to send again what
    /// was taken, over and over.
    async fn write(
        &self,
        change: impl Fn(&mut Transaction<'_>) -> Result<(), StoreError> + Clone + Send + 'static,
    ) {
        loop {
            let Err(error) = self.shared.store.commit(change.clone()).await else {
                return;
            };
            tracing::warn!(%error, "what came of a delivery could not be written down");
            tokio::select! {
                () = self.shutdown.stopping() => return,
                () = sleep(SETTLE_PAUSE) => {}
            }
        }
    }
}

fn keys(messages: &[Waiting]) -> Vec<MessageKey> {
    messages.iter().map(|waiting| waiting.key).collect()
}
