//! Accepting a message: cheap checks first, then the token, then one transaction.
//!
//! Spending the token, queueing the message and making the ticket happen together or not at all, and
//! the answer follows the sync. The token is verified on the request's own task: it takes about as long
//! as handing it to another thread would.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use dyad_net::guard::check_name;
use dyad_protocol::api::submit::{Submission, TrafficClass, request_hash};
use dyad_protocol::id::{DedupId, HostName, SubmissionTicket};
use dyad_protocol::limits::{ITEM_LEN, MAX_SUBMISSION_LEN};
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{TokenClass, TokenNonce};
use dyad_service::extract::{BINARY, BinaryBody};
use dyad_service::{Problem, other_host};
use dyad_store::Transaction;
use dyad_store::queue::{self, Enqueued, NewMessage, QueueLimits};
use dyad_store::spent::{Spend, spend};
use http::{StatusCode, header};
use rand::RngExt;

use crate::refusal;
use crate::sender::Shared;

/// `POST /v1/submit`.
pub(crate) async fn submit(
    State(shared): State<Arc<Shared>>,
    BinaryBody(body): BinaryBody<MAX_SUBMISSION_LEN>,
) -> Result<Response, Problem> {
    let answer = accept(&shared, &body).await;
    let outcome = answer.as_ref().map_or_else(Problem::code, |_| "accepted");
    metrics::counter!("sender_submissions_total", "outcome" => outcome).increment(1);
    let ticket = answer?;
    let headers = [
        (header::CONTENT_TYPE, BINARY),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((StatusCode::ACCEPTED, headers, ticket.as_bytes().to_vec()).into_response())
}

async fn accept(shared: &Arc<Shared>, body: &[u8]) -> Result<SubmissionTicket, Problem> {
    shared.check_disk()?;
    if shared.queued() >= shared.config.queue.messages {
        return Err(refusal::queue_full());
    }
    let submission = Submission::decode(body).map_err(|error| refusal::malformed(&error))?;
    check_receiver(shared, &submission.receiver)?;
    let now = shared.clock.now();
    let epoch = shared
        .redeemer
        .verify(&submission.token, now)
        .map_err(|error| refusal::token(&error))?;
    let acceptance = Acceptance {
        now,
        epoch,
        nonce: submission.token.nonce(),
        request_hash: request_hash(body),
        dedup: submission.dedup,
        message: NewMessage {
            ticket: queue::ticket(now, rand::random()),
            due: due(submission.class, now, shared.config.delivery.relaxed_delay),
            host: submission.receiver,
            item: body[body.len() - ITEM_LEN..].to_vec(),
        },
        limits: shared.config.queue.limits(),
    };
    // A task of its own: when the asker hangs up, what was accepted is sent all the same.
    let task = Arc::clone(shared);
    tokio::spawn(async move { commit(&task, acceptance).await })
        .await
        .map_err(Problem::internal)?
}

/// Refuses at once what could never be delivered to. What a name leads to shows when it is called.
fn check_receiver(shared: &Shared, receiver: &HostName) -> Result<(), Problem> {
    if shared.own_hosts.contains(receiver) {
        return Ok(());
    }
    check_name(receiver, shared.allow_loopback).map_err(|_refused| other_host::forbidden_host())
}

/// From when on the message may be sent: held back for a random time, it leaves among others.
fn due(class: TrafficClass, now: Timestamp, longest: u64) -> Timestamp {
    match class {
        TrafficClass::Prompt => now,
        TrafficClass::Relaxed => now.plus(rand::rng().random_range(0..=longest)),
    }
}

async fn commit(shared: &Shared, acceptance: Acceptance) -> Result<SubmissionTicket, Problem> {
    let (host, due) = (acceptance.message.host.clone(), acceptance.message.due);
    let accepted = shared.store.commit(move |tx| acceptance.run(tx)).await?;
    if accepted.queued {
        shared.wakes.wake(host, due);
    }
    Ok(accepted.ticket)
}

/// A submission whose token is good, before it is known whether the token was spent.
struct Acceptance {
    now: Timestamp,
    epoch: Epoch,
    nonce: TokenNonce,
    request_hash: [u8; 32],
    dedup: Option<DedupId>,
    message: NewMessage,
    limits: QueueLimits,
}

struct Accepted {
    ticket: SubmissionTicket,
    /// Whether there is something new to send.
    queued: bool,
}

impl Acceptance {
    fn run(self, tx: &mut Transaction<'_>) -> Result<Accepted, Problem> {
        let first = match &self.dedup {
            Some(id) => queue::first_with(tx, id, self.now)?,
            None => None,
        };
        let ticket = first.unwrap_or(self.message.ticket);
        let spent = spend(
            tx,
            TokenClass::Message.number(),
            self.epoch.number(),
            self.nonce.as_bytes(),
            &self.request_hash,
            ticket.as_bytes(),
        )?;
        let queued = match spent {
            Spend::Conflict => return Err(refusal::token_spent()),
            Spend::Same(answer) => {
                let ticket = SubmissionTicket::from_slice(&answer)
                    .ok_or_else(|| Problem::internal("a spent record holds no ticket"))?;
                return Ok(Accepted {
                    ticket,
                    queued: false,
                });
            }
            Spend::Fresh if first.is_some() => false,
            Spend::Fresh => {
                match queue::enqueue(tx, self.message, self.now, &self.limits)? {
                    Enqueued::Waiting => {}
                    Enqueued::QueueFull => return Err(refusal::queue_full()),
                    Enqueued::HostFull => return Err(refusal::host_full()),
                }
                if let Some(id) = &self.dedup {
                    queue::remember(tx, id, &ticket, self.now);
                }
                true
            }
        };
        Ok(Accepted { ticket, queued })
    }
}
