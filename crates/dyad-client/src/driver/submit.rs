//! Handing sealed messages to our sender services.
//!
//! What is given to a service is stored first and repeated byte for byte until it gives a definite
//! answer, so that a lost answer costs neither a token nor a second message. If a service does not
//! answer, the next one is tried.

use dyad_core::SubmissionOutcome;
use dyad_protocol::address::seal;
use dyad_protocol::api::submit::{SUBMIT_PATH, Submission};
use dyad_protocol::batch::Item;
use dyad_protocol::id::{HostName, SubmissionTicket};
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::TokenClass;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::time::Instant;

use super::exchange;
use super::{Driver, Role, ServiceError};
use crate::error::Result;
use crate::store::outbox::{self, Waiting};
use crate::store::providers::{self, Provider};
use crate::store::tokens;

/// Messages looked at in one round.
const ROUND: u32 = 256;
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

/// What came of paying for a submission.
enum Payment {
    Paid(Vec<u8>),
    NoToken,
    /// Withdrawn in the meantime.
    NotWanted,
}

/// What came of one exchange.
enum Attempt {
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
        let items = self.store.read(|c| outbox::waiting(c, ROUND))?;
        let fates: Vec<Result<Fate>> = stream::iter(items)
            .map(|item| async move { self.submit(&item).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut round = Round::default();
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

    /// Seals the address for transit, takes a token, and stores what will be sent.
    async fn prepare(
        &self,
        item: &Waiting,
        via: &Provider,
    ) -> Result<std::result::Result<Vec<u8>, Attempt>> {
        let receiver = &item.receiver.host;
        if let Some((at, why)) = self.health.waits(receiver, Role::Relayed) {
            return Ok(Err(Attempt::Trouble { at, why }));
        }
        let document = match self.receiver_document(&item.receiver, via).await? {
            Ok(document) => document,
            Err(error) => return self.no_document(receiver, via, &error).map(Err),
        };
        self.health.went_well(receiver, Role::Relayed);
        let now = self.now();
        let Some(key) = document
            .body()
            .receiver
            .as_ref()
            .and_then(|info| info.transit_key(now))
        else {
            let error = ServiceError::Nonsense {
                host: receiver.clone(),
                what: "it does not receive messages",
            };
            return self.trouble(receiver, Role::Relayed, &error).map(Err);
        };
        let hash = item.sealed.hash();
        let sealed = self.with_rng(|mut rng| {
            seal(
                receiver,
                key.generation,
                &key.public,
                &item.address,
                &hash,
                &mut rng,
            )
        });
        let Ok(address) = sealed else {
            let error = ServiceError::Nonsense {
                host: receiver.clone(),
                what: "an unusable key",
            };
            return self.trouble(receiver, Role::Relayed, &error).map(Err);
        };
        let parcel = Item {
            address,
            sealed: item.sealed.clone(),
        };
        let mut payment = self.pay(item, via, &parcel, key.use_until)?;
        if let Payment::NoToken = payment {
            self.fetch_tokens_for(&via.host).await?;
            payment = self.pay(item, via, &parcel, key.use_until)?;
        }
        match payment {
            Payment::Paid(body) => Ok(Ok(body)),
            Payment::NotWanted => Ok(Err(Attempt::NotWanted)),
            Payment::NoToken => Ok(Err(Attempt::Trouble {
                at: Instant::now() + self.timing.retry_max,
                why: format!(
                    "No tokens of {} are left. The message is kept; new ones come every day.",
                    via.host
                ),
            })),
        }
    }

    /// Takes a token and stores the submission in one transaction.
    fn pay(
        &self,
        item: &Waiting,
        via: &Provider,
        parcel: &Item,
        sealed_until: Timestamp,
    ) -> Result<Payment> {
        let now = self.now();
        self.store.write(|tx| {
            if !outbox::is_waiting(tx, &item.id)? {
                return Ok(Payment::NotWanted);
            }
            let Some((token, epoch)) = tokens::take(tx, &via.host, TokenClass::Message, now)?
            else {
                return Ok(Payment::NoToken);
            };
            let submission = Submission {
                token,
                class: item.class,
                receiver: item.receiver.host.clone(),
                dedup: None,
                item: parcel.clone(),
            };
            let body = submission.encode();
            outbox::put_submission(
                tx,
                &item.id,
                &via.host,
                &body,
                sealed_until.min(token_until(epoch)),
            )?;
            Ok(Payment::Paid(body))
        })
    }

    /// The relay's own trouble is its own; what it says about the other host is the other host's.
    fn no_document(
        &self,
        receiver: &HostName,
        via: &Provider,
        error: &ServiceError,
    ) -> Result<Attempt> {
        match error {
            ServiceError::Net(_) => self.trouble(&via.host, Role::Sender, error),
            ServiceError::Refused(refusal) if refusal.status == 429 => {
                self.trouble(&via.host, Role::Sender, error)
            }
            _ => self.trouble(receiver, Role::Relayed, error),
        }
    }

    fn trouble(&self, host: &HostName, role: Role, error: &ServiceError) -> Result<Attempt> {
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

    /// Asks every issuer whose tokens this service takes.
    pub(super) async fn fetch_tokens_for(&self, redeemer: &HostName) -> Result<()> {
        let now = self.now();
        let _turn = self.turns.upkeep.lock().await;
        for provider in self.store.read(providers::all)? {
            let issues = provider
                .document
                .body()
                .issuer
                .as_ref()
                .is_some_and(|issuer| {
                    issuer
                        .classes
                        .iter()
                        .any(|info| info.class == TokenClass::Message && info.redeemer == *redeemer)
                });
            if !issues || provider.removed.is_some() {
                continue;
            }
            // Another submission may have fetched them while this one waited for its turn.
            if self
                .store
                .read(|c| tokens::stock(c, &provider.host, TokenClass::Message, now))?
                .0
                > 0
            {
                return Ok(());
            }
            if let Err(error) = self.look_after(&provider.host).await? {
                tracing::debug!(host = %provider.host, why = error.person(), "no tokens");
            }
        }
        Ok(())
    }

    fn shuffle(&self, choice: &mut [&Provider]) {
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

/// Tokens are taken on their day and the day after.
fn token_until(epoch: Epoch) -> Timestamp {
    Timestamp::from_secs(u64::from(epoch.number() + 2) * dyad_protocol::limits::DAY)
}
