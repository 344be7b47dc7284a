//! Keeping tokens in stock: each day's whole allowance of each class, so that what is fetched says
//! nothing about what is used.

use dyad_protocol::api::account::{TOKENS_PATH, TokensRequest};
use dyad_protocol::document::{ClassInfo, Document};
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{BatchSeed, PendingBatch, TokenClass, TokenError, TokenScope};

use super::exchange::{self, Answer};
use super::{Driver, ServiceError};
use crate::error::Result;
use crate::store::providers::{self, Provider};
use crate::store::tokens::{self, Batch};

/// The classes that this client uses.
pub(crate) const USED: [TokenClass; 3] =
    [TokenClass::Message, TokenClass::Mailbox, TokenClass::Blob];
/// Largest answer: as many elements of 32 bytes as a batch may have, and a proof.
const MAX_ANSWER: usize = 128 * 1024;

impl Driver {
    /// Fetches what is missing from one provider. The outer error is the store's.
    pub(super) async fn stock_up(&self, provider: &Provider) -> Result<Answer<()>> {
        let batches = self.open_batches(provider)?;
        for batch in &batches {
            if !self.keys_agree(provider, batch).await? {
                continue;
            }
            if let Err(error) = self.fetch_batch(provider, batch).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Decides on batches for the days that the issuer lists, and gives all that are still to be had.
    fn open_batches(&self, provider: &Provider) -> Result<Vec<Batch>> {
        let now = self.now();
        let wanted = wanted(provider, now);
        let seeds: Vec<_> = wanted
            .iter()
            .map(|_| self.with_rng(|mut rng| BatchSeed::random(&mut rng)))
            .collect();
        self.store.write(|tx| {
            tokens::expire(tx, now)?;
            for ((scope, key, count), seed) in wanted.into_iter().zip(seeds) {
                if !tokens::has_batch(tx, &scope.issuer, scope.class, scope.epoch)? {
                    tokens::insert_batch(
                        tx,
                        &Batch {
                            scope,
                            key,
                            seed,
                            count,
                        },
                    )?;
                }
            }
            tokens::pending(tx, &provider.host)
        })
    }

    async fn fetch_batch(&self, provider: &Provider, batch: &Batch) -> Result<Answer<()>> {
        let scope = &batch.scope;
        let pending = match PendingBatch::new(&batch.seed, &batch.key, scope, batch.count) {
            Ok(pending) => pending,
            Err(error) => return self.give_up_batch(batch, &error).map(Ok),
        };
        let request = TokensRequest::sign(
            &scope.issuer,
            &provider.account_key,
            scope.class,
            scope.epoch,
            pending.request(),
        );
        let answer = exchange::post_binary(
            &self.account_http,
            &scope.issuer,
            TOKENS_PATH,
            request.encode(),
            MAX_ANSWER,
            None,
        )
        .await;
        match answer {
            Ok(bytes) => match pending.finish(&bytes) {
                Ok(fetched) => {
                    self.store.write(|tx| tokens::finish(tx, batch, &fetched))?;
                    self.wake.submit.notify_one();
                    self.wake.transfers.notify_one();
                    Ok(Ok(()))
                }
                Err(error) => self.give_up_batch(batch, &error).map(Ok),
            },
            Err(error) => self.batch_refused(provider, batch, error),
        }
    }

    /// What the issuer's no means for the batch; passes on only what may be different later.
    fn batch_refused(
        &self,
        provider: &Provider,
        batch: &Batch,
        error: ServiceError,
    ) -> Result<Answer<()>> {
        let problem = error.person();
        let Some(refusal) = error.definite() else {
            self.store
                .write(|tx| tokens::set_problem(tx, batch, &problem))?;
            return Ok(Err(error));
        };
        let outdated = batch.scope.epoch < Epoch::containing(self.now());
        match (refusal.code.as_str(), refusal.status) {
            // Asked for with keys, a quota or a day that are no longer right: anew, with fresh ones.
            ("wrong-key" | "wrong-count" | "wrong-epoch", _) if !outdated => {
                self.store.write(|tx| {
                    tokens::forget(tx, batch)?;
                    providers::set_unenrolled(tx, &provider.host)
                })?;
                Ok(Err(error))
            }
            // It does not know us any more.
            (_, 401) => {
                self.store
                    .write(|tx| providers::set_unenrolled(tx, &provider.host))?;
                Ok(Err(error))
            }
            _ => {
                self.store.write(|tx| tokens::refuse(tx, batch, &problem))?;
                Ok(Ok(()))
            }
        }
    }

    /// The answer, or our own derivation, is of no use.
    fn give_up_batch(&self, batch: &Batch, error: &TokenError) -> Result<()> {
        if matches!(error, TokenError::UnusableSeed) {
            return self.store.write(|tx| tokens::forget(tx, batch));
        }
        let text = format!(
            "The tokens of {} were thrown away: {error}.",
            batch.scope.issuer
        );
        self.store.write(|tx| tokens::refuse(tx, batch, &text))?;
        self.notice("tokens-refused", &text)
    }

    /// Whether the issuer shows others the same key: one made for us alone would mark our tokens. Asked
    /// through the sender service of another provider, if there is one that answers.
    async fn keys_agree(&self, provider: &Provider, batch: &Batch) -> Result<bool> {
        let others = self.store.read(providers::all)?;
        let Some(other) = others.iter().find(|other| {
            other.host != provider.host
                && other.removed.is_none()
                && other.document.body().sender.is_some()
        }) else {
            return Ok(true);
        };
        let Ok((seen, _)) = self.relay_once(&batch.scope.issuer, other, false).await else {
            return Ok(true);
        };
        let same = published(&seen, batch.scope.class, batch.scope.epoch)
            .is_none_or(|key| key == batch.key);
        if !same {
            let text = format!(
                "{} shows us another token key than it shows {}. Its tokens of that day are not used: they could be traced.",
                batch.scope.issuer, other.host
            );
            self.store.write(|tx| tokens::refuse(tx, batch, &text))?;
            self.notice("token-key-differs", &text)?;
        }
        Ok(same)
    }
}

fn published(
    document: &Document,
    class: TokenClass,
    epoch: Epoch,
) -> Option<dyad_protocol::token::TokenKeyPublic> {
    let issuer = document.body().issuer.as_ref()?;
    let class = issuer.classes.iter().find(|info| info.class == class)?;
    class
        .keys
        .iter()
        .find(|key| key.epoch == epoch)
        .map(|key| key.key)
}

type Wanted = (TokenScope, dyad_protocol::token::TokenKeyPublic, u16);

/// A batch for each class that we use and each day for which keys are listed and which is not over.
fn wanted(provider: &Provider, now: Timestamp) -> Vec<Wanted> {
    let today = Epoch::containing(now);
    let Some(issuer) = &provider.document.body().issuer else {
        return Vec::new();
    };
    let quota = |class| {
        provider
            .quotas
            .iter()
            .find(|quota| quota.class == class)
            .map(|quota| quota.per_day)
    };
    let of_class = |info: &ClassInfo| -> Vec<Wanted> {
        let Some(count) = quota(info.class).filter(|count| *count > 0) else {
            return Vec::new();
        };
        let scope = |epoch| TokenScope {
            issuer: provider.host.clone(),
            redeemer: info.redeemer.clone(),
            class: info.class,
            epoch,
        };
        info.keys
            .iter()
            .filter(|key| key.epoch >= today)
            .map(|key| (scope(key.epoch), key.key, count))
            .collect()
    };
    issuer
        .classes
        .iter()
        .filter(|info| USED.contains(&info.class))
        .flat_map(of_class)
        .collect()
}
