//! Handing sealed messages to our sender services.
//!
//! What is given to a service is stored first and repeated byte for byte until it gives a definite
//! answer, so that a lost answer costs neither a token nor a second message. If a service does not
//! answer, the next one is tried.

use dyad_core::SubmissionOutcome;
use dyad_protocol::api::submit::SUBMIT_PATH;
use dyad_protocol::id::{HostName, SubmissionTicket};
use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::exchange;
use super::{Driver, Role, ServiceError};
use crate::error::Result;
use crate::store::outbox::{self, Waiting};
use crate::store::providers::{self, Provider};

/// Messages looked at in one round.
const ROUND: usize = 256;
/// Submissions under way at once.
const AT_ONCE: usize = 8;
/// Tokens tried for one message in one round: more refusals are a fault of the service.
const TOKEN_TRIES: usize = 3;

/// What one round did.
#[derive(Debug, Default)]
pub(crate) struct Round {
    pub(crate) submitted: u64,
    pub(crate) waiting: u64,
    /// When the first of those that wait may be tried again.
    pub(crate) next: Option<Instant>,
}

/// What came of one message in a round.
enum Fate {
    Submitted,
    /// Expired, refused by all, or no longer there.
    Gone,
    Waits {
        at: Instant,
        why: String,
    },
}

/// What came of one exchange.
pub(super) enum Attempt {
    /// Withdrawn in the meantime.
    NotWanted,
    Accepted,
    /// This token is of no use; another may be.
    TokenRefused(String),
    /// This service will never take the message.
    Refused(String),
    Trouble {
        at: Instant,
        why: String,
    },
}

impl Driver {
    /// Tries everything that waits once.
    pub(crate) async fn submit_round(&self) -> Result<Round> {
        let _turn = self.turns.submit.lock().await;
        let later = self.health.waiting(Role::Relayed);
        let items = self
            .store
            .read(|c| outbox::waiting(c, ROUND, |receiver| !later.contains_key(receiver)))?;
        let fates: Vec<Result<Fate>> = stream::iter(items)
            .map(|item| async move { self.submit(&item).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut round = Round {
            next: later.into_values().min(),
            ..Round::default()
        };
        for fate in fates {
            match fate? {
                Fate::Submitted => round.submitted += 1,
                Fate::Gone => {}
                Fate::Waits { at, .. } => {
                    round.waiting += 1;
                    round.next = Some(round.next.map_or(at, |next| next.min(at)));
                }
            }
        }
        if round.submitted > 0 {
            self.wake.status.notify_one();
        }
        Ok(round)
    }

    async fn submit(&self, item: &Waiting) -> Result<Fate> {
        if item.expires <= self.now() {
            return self.rejected(item);
        }
        let (all, refused) = self
            .store
            .read(|c| Ok((providers::all(c)?, outbox::refused_by(c, &item.id)?)))?;
        let allowed = senders(&all, &item.receiver.host);
        if !allowed.is_empty() && allowed.iter().all(|via| refused.contains(&via.host)) {
            return self.rejected(item);
        }
        let mut choice: Vec<&Provider> = allowed
            .into_iter()
            .filter(|via| !refused.contains(&via.host))
            .collect();
        self.shuffle(&mut choice);
        let mut fate = Fate::Waits {
            at: Instant::now() + self.timing.retry_max,
            why: "No provider with a sender service is in use. Add one.".to_owned(),
        };
        for (turn, via) in choice.iter().enumerate() {
            let (at, why) = match self.submit_through(item, via).await? {
                Attempt::Accepted => return Ok(Fate::Submitted),
                Attempt::NotWanted => return Ok(Fate::Gone),
                Attempt::Refused(why) | Attempt::TokenRefused(why) => {
                    (Instant::now() + self.timing.retry_first, why)
                }
                Attempt::Trouble { at, why } => (at, why),
            };
            fate = match fate {
                Fate::Waits { at: earlier, why } if turn > 0 => Fate::Waits {
                    at: at.min(earlier),
                    why,
                },
                _ => Fate::Waits { at, why },
            };
        }
        if let Fate::Waits { why, .. } = &fate {
            self.store
                .write(|tx| outbox::set_error(tx, &item.id, why))?;
        }
        Ok(fate)
    }

    /// Tries one service with as many tokens as is reasonable.
    async fn submit_through(&self, item: &Waiting, via: &Provider) -> Result<Attempt> {
        if let Some((at, why)) = self.health.waits(&via.host, Role::Sender) {
            return Ok(Attempt::Trouble { at, why });
        }
        let mut last = String::new();
        for _ in 0..TOKEN_TRIES {
            match self.submit_once(item, via).await? {
                Attempt::TokenRefused(why) => last = why,
                other => return Ok(other),
            }
        }
        // Tokens of its own issuer are refused: it has other keys than its document said, or another
        // service has taken its place.
        self.store.write(|tx| providers::doubt(tx, &via.host))?;
        if let Err(error) = self.look_after(&via.host).await? {
            last = error.person();
        }
        let at = Instant::now() + self.timing.retry_max;
        Ok(Attempt::Trouble { at, why: last })
    }

    async fn submit_once(&self, item: &Waiting, via: &Provider) -> Result<Attempt> {
        let now = self.now();
        let stored = self
            .store
            .read(|c| outbox::submission(c, &item.id, &via.host, now))?;
        let body = match stored {
            Some(body) => body,
            None => match self.prepare(item, via).await? {
                Ok(body) => body,
                Err(attempt) => return Ok(attempt),
            },
        };
        let answer =
            exchange::post_binary(&self.sender_http, &via.host, SUBMIT_PATH, body, 1024, None)
                .await;
        let error = match answer.map(|bytes| SubmissionTicket::from_slice(&bytes)) {
            Ok(Some(ticket)) => {
                self.note(&via.host, Role::Sender, None)?;
                self.accepted(item, &via.host, &ticket)?;
                return Ok(Attempt::Accepted);
            }
            Ok(None) => ServiceError::Nonsense {
                host: via.host.clone(),
                what: "no submission ticket",
            },
            Err(error) => error,
        };
        let why = error.person();
        match error.definite().map(|refusal| refusal.status) {
            Some(401 | 409) => {
                self.store
                    .write(|tx| outbox::drop_submission(tx, &item.id, &via.host))?;
                Ok(Attempt::TokenRefused(why))
            }
            Some(_) => {
                self.store.write(|tx| {
                    outbox::drop_submission(tx, &item.id, &via.host)?;
                    outbox::refuse(tx, &item.id, &via.host)
                })?;
                Ok(Attempt::Refused(why))
            }
            None => self.trouble(&via.host, Role::Sender, &error),
        }
    }

    pub(super) fn trouble(
        &self,
        host: &HostName,
        role: Role,
        error: &ServiceError,
    ) -> Result<Attempt> {
        let at = self
            .note(host, role, Some(error))?
            .unwrap_or_else(Instant::now);
        Ok(Attempt::Trouble {
            at,
            why: error.person(),
        })
    }

    fn accepted(&self, item: &Waiting, via: &HostName, ticket: &SubmissionTicket) -> Result<()> {
        let first = self.timing.status_first.as_secs().max(1);
        self.engine(|stepper| {
            let now = stepper.now;
            if !outbox::accepted(stepper.tx, &item.id, via, ticket, now, now.plus(first))? {
                return Ok(());
            }
            // The fate of a mere acknowledgement interests nobody.
            if !item.payload {
                outbox::remove(stepper.tx, &item.id)?;
            }
            stepper.outcome(
                item.relationship.as_ref(),
                item.id,
                SubmissionOutcome::Accepted,
            )
        })
    }

    fn rejected(&self, item: &Waiting) -> Result<Fate> {
        self.engine(|stepper| {
            outbox::remove(stepper.tx, &item.id)?;
            stepper.outcome(
                item.relationship.as_ref(),
                item.id,
                SubmissionOutcome::Rejected,
            )
        })?;
        Ok(Fate::Gone)
    }

    pub(super) fn shuffle(&self, choice: &mut [&Provider]) {
        self.with_rng(|rng| {
            for last in (1..choice.len()).rev() {
                let other = rng.next_u32() as usize % (last + 1);
                choice.swap(last, other);
            }
        });
    }
}

/// The sender services that may carry a message for this receiver: never one on the same host if
/// there is another, since it would see both ends.
fn senders<'a>(all: &'a [Provider], receiver: &HostName) -> Vec<&'a Provider> {
    let usable = |provider: &&Provider| {
        provider.removed.is_none()
            && !provider.key_changed
            && provider.document.body().sender.is_some()
    };
    let (same, others): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(usable)
        .partition(|provider| provider.host == *receiver);
    if others.is_empty() { same } else { others }
}
