//! Making a message ready for one sender service: address sealed for transit, token taken, bytes stored.

use dyad_protocol::address::seal;
use dyad_protocol::api::submit::Submission;
use dyad_protocol::batch::Item;
use dyad_protocol::id::HostName;
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::TokenClass;
use tokio::time::Instant;

use super::submit::Attempt;
use super::{Driver, Role, ServiceError};
use crate::error::Result;
use crate::store::outbox::{self, Waiting};
use crate::store::providers::{self, Provider};
use crate::store::tokens;

/// What came of paying for a submission.
enum Payment {
    Paid(Vec<u8>),
    NoToken,
    /// Withdrawn in the meantime.
    NotWanted,
}

impl Driver {
    /// Makes a message ready for one service, or says what stands in the way.
    pub(super) async fn prepare(
        &self,
        item: &Waiting,
        via: &Provider,
    ) -> Result<std::result::Result<Vec<u8>, Attempt>> {
        // First: sealing what cannot be paid for is wasted, for each waiting message in each round.
        if !self.can_pay(via)? {
            self.fetch_tokens_for(&via.host, TokenClass::Message)
                .await?;
            if !self.can_pay(via)? {
                return Ok(Err(self.no_tokens(via)));
            }
        }
        let (parcel, sealed_until) = match self.seal_for_transit(item, via).await? {
            Ok(sealed) => sealed,
            Err(attempt) => return Ok(Err(attempt)),
        };
        let mut payment = self.pay(item, via, &parcel, sealed_until)?;
        if let Payment::NoToken = payment {
            self.fetch_tokens_for(&via.host, TokenClass::Message)
                .await?;
            payment = self.pay(item, via, &parcel, sealed_until)?;
        }
        match payment {
            Payment::Paid(body) => Ok(Ok(body)),
            Payment::NotWanted => Ok(Err(Attempt::NotWanted)),
            Payment::NoToken => Ok(Err(self.no_tokens(via))),
        }
    }

    fn can_pay(&self, via: &Provider) -> Result<bool> {
        let now = self.now();
        self.store
            .read(|c| tokens::any(c, &via.host, TokenClass::Message, now))
    }

    fn no_tokens(&self, via: &Provider) -> Attempt {
        Attempt::Trouble {
            at: Instant::now() + self.timing.retry_max,
            why: format!(
                "No tokens of {} are left. The message is kept; new ones come every day.",
                via.host
            ),
        }
    }

    /// Seals the address to the receiver's present transit key, for this message only. Also gives until when that
    /// key may be used.
    async fn seal_for_transit(
        &self,
        item: &Waiting,
        via: &Provider,
    ) -> Result<std::result::Result<(Item, Timestamp), Attempt>> {
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
        Ok(Ok((parcel, key.use_until)))
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
            ServiceError::Refused(refusal) if refusal.status == 429 || refusal.code.is_empty() => {
                self.trouble(&via.host, Role::Sender, error)
            }
            _ => self.trouble(receiver, Role::Relayed, error),
        }
    }

    /// Asks every issuer whose tokens this service takes.
    pub(super) async fn fetch_tokens_for(
        &self,
        redeemer: &HostName,
        class: TokenClass,
    ) -> Result<()> {
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
                        .any(|info| info.class == class && info.redeemer == *redeemer)
                });
            if !issues || provider.removed.is_some() {
                continue;
            }
            // Another submission may have fetched them while this one waited for its turn. Files may cost more than
            // are left: then there may be more to fetch.
            if class == TokenClass::Message
                && self
                    .store
                    .read(|c| tokens::stock(c, &provider.host, class, now))?
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
}

/// Tokens are taken on their day and the day after.
pub(super) fn token_until(epoch: Epoch) -> Timestamp {
    Timestamp::from_secs(u64::from(epoch.number() + 2) * dyad_protocol::limits::DAY)
}
