//! Running the errands: revoking addresses, closing mailboxes, hosting and withdrawing invitations, deleting blobs.

use dyad_protocol::api::invite::{
    HostInvitation, INVITATIONS_PATH, WITHDRAW_PATH, WithdrawInvitation,
};
use dyad_protocol::api::mailbox::{
    CHALLENGE_PATH, CHANGE_PATH, ChallengeResponse, Change, ChangeMailbox,
};
use dyad_protocol::id::{HostName, RootAddress};
use dyad_protocol::sign::AccessKey;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::TokenClass;
use tokio::time::Instant;

use super::exchange::{self, Answer};
use super::health::pause;
use super::{Driver, ServiceError};
use crate::error::Result;
use crate::store::errands::{self, Errand, ErrandRow};
use crate::store::{invitations, tokens};

/// What an attempt came to.
enum Attempt {
    Done,
    /// The service will never do it.
    Pointless(String),
    Failed(String),
}

impl Driver {
    /// Does what is due. Gives when to come back.
    pub(super) async fn run_errands(&self, all: bool) -> Result<Option<Instant>> {
        let _turn = self.turns.errands.lock().await;
        let rows = self.store.read(errands::all)?;
        let now = self.now();
        let mut next: Option<Timestamp> = None;
        for row in rows {
            if row.expires <= now {
                self.store.write(|tx| errands::done(tx, row.id))?;
                continue;
            }
            // A time far ahead was written by a clock that was wrong.
            let due = all
                || row.next_attempt <= now
                || row.next_attempt.since(now) > 2 * self.timing.retry_max.as_secs();
            let at = if due {
                self.attempt(&row).await?
            } else {
                Some(row.next_attempt)
            };
            next = match (next, at) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(next
            .map(|at| Instant::now() + std::time::Duration::from_secs(at.since(self.now()).max(1))))
    }

    /// Tries every errand now.
    pub(crate) async fn run_errands_now(&self) -> Result<()> {
        self.run_errands(true).await.map(drop)
    }

    /// One attempt at one errand. Gives when to try again, if so.
    async fn attempt(&self, row: &ErrandRow) -> Result<Option<Timestamp>> {
        match self.perform(row).await? {
            Attempt::Done => {
                self.store.write(|tx| errands::done(tx, row.id))?;
                Ok(None)
            }
            Attempt::Pointless(why) => {
                self.store.write(|tx| errands::done(tx, row.id))?;
                self.notice("errand-refused", &why)?;
                Ok(None)
            }
            Attempt::Failed(why) => {
                let pause =
                    self.with_rng(|rng| pause(row.attempts.saturating_add(1), &self.timing, rng));
                let next = self.now().plus(pause.as_secs().max(1));
                self.store
                    .write(|tx| errands::failed(tx, row.id, &why, next))?;
                Ok(Some(next))
            }
        }
    }

    async fn perform(&self, row: &ErrandRow) -> Result<Attempt> {
        match &row.errand {
            Errand::Revoke {
                receiver,
                root,
                access_key,
                addresses,
            } => {
                for some in addresses.chunks(ChangeMailbox::MAX_ADDRESSES) {
                    let change = Change::Revoke {
                        addresses: some.to_vec(),
                    };
                    if let Err(error) = self
                        .change_mailbox(receiver, *root, access_key, change)
                        .await
                    {
                        return Ok(judge(&error, "Revoking addresses"));
                    }
                }
                Ok(Attempt::Done)
            }
            Errand::CloseMailbox {
                receiver,
                root,
                access_key,
            } => {
                let outcome = self
                    .change_mailbox(receiver, *root, access_key, Change::Close)
                    .await;
                Ok(outcome.map_or_else(
                    |error| judge(&error, "Closing an old mailbox"),
                    |()| Attempt::Done,
                ))
            }
            Errand::WithdrawInvitation {
                host,
                locator,
                withdraw_key,
            } => {
                let request = WithdrawInvitation::sign(host, *locator, withdraw_key);
                let outcome =
                    exchange::post_json(&self.sender_http, host, WITHDRAW_PATH, &request, 1024)
                        .await;
                Ok(outcome.map_or_else(
                    |error| judge(&error, "Withdrawing an invitation"),
                    |_| Attempt::Done,
                ))
            }
            Errand::DeleteBlob { host, secret } => {
                let outcome =
                    exchange::ask(&self.blob_http, super::upload::deletion(host, secret)).await;
                Ok(outcome.map_or_else(
                    |error| judge(&error, "Deleting a file at a service"),
                    |_| Attempt::Done,
                ))
            }
            Errand::HostInvitation { .. } => self.host_invitation(row).await,
        }
    }

    async fn change_mailbox(
        &self,
        receiver: &HostName,
        root: RootAddress,
        key: &AccessKey,
        change: Change,
    ) -> Answer<()> {
        let ChallengeResponse { challenge } =
            exchange::get_json(&self.receiver_http, receiver, CHALLENGE_PATH).await?;
        let request = ChangeMailbox::sign(receiver, root, change, challenge, key);
        exchange::post_json(&self.receiver_http, receiver, CHANGE_PATH, &request, 1024)
            .await
            .map(drop)
    }

    async fn host_invitation(&self, row: &ErrandRow) -> Result<Attempt> {
        let Some(errand) = self.with_token_fetched(row).await? else {
            return Ok(Attempt::Failed(
                "no tokens are left to have the invitation hosted".to_owned(),
            ));
        };
        let Errand::HostInvitation {
            host,
            token: Some(token),
            locator,
            withdraw_key,
            expires,
            ciphertext,
        } = &errand
        else {
            return Ok(Attempt::Done);
        };
        let request = HostInvitation {
            token: *token,
            locator: *locator,
            withdraw_key: withdraw_key.public(),
            expires: *expires,
            ciphertext: ciphertext.clone(),
        };
        match exchange::post_json(&self.sender_http, host, INVITATIONS_PATH, &request, 4096).await {
            Ok(_) => {
                self.store
                    .write(|tx| invitations::set_hosted(tx, locator, true))?;
                Ok(Attempt::Done)
            }
            Err(error) => {
                // A token that was refused is gone; the next attempt takes another.
                if error.definite().is_some_and(|refusal| {
                    matches!(refusal.status, 401 | 409) && refusal.code != "locator-taken"
                }) {
                    self.store
                        .write(|tx| errands::update(tx, row.id, &without_token(errand.clone())))?;
                    return Ok(Attempt::Failed(error.person()));
                }
                Ok(judge(&error, "Having the invitation hosted"))
            }
        }
    }

    async fn with_token_fetched(&self, row: &ErrandRow) -> Result<Option<Errand>> {
        if let Some(errand) = self.with_token(row)? {
            return Ok(Some(errand));
        }
        if let Errand::HostInvitation { host, .. } = &row.errand {
            self.fetch_tokens_for(host, TokenClass::Message).await?;
        }
        self.with_token(row)
    }

    /// The errand with a token in it, which is stored before it is used.
    fn with_token(&self, row: &ErrandRow) -> Result<Option<Errand>> {
        let mut errand = row.errand.clone();
        let Errand::HostInvitation { host, token, .. } = &mut errand else {
            return Ok(Some(errand));
        };
        if token.is_some() {
            return Ok(Some(errand));
        }
        let now = self.now();
        let host = host.clone();
        self.store.write(|tx| {
            let Some((taken, _)) = tokens::take(tx, &host, TokenClass::Message, now)? else {
                return Ok(None);
            };
            if let Errand::HostInvitation { token, .. } = &mut errand {
                *token = Some(taken);
            }
            errands::update(tx, row.id, &errand)?;
            Ok(Some(errand))
        })
    }
}

fn without_token(mut errand: Errand) -> Errand {
    if let Errand::HostInvitation { token, .. } = &mut errand {
        *token = None;
    }
    errand
}

fn judge(error: &ServiceError, what: &str) -> Attempt {
    match error.definite() {
        // The challenge was too old: the next attempt gets a fresh one.
        Some(refusal) if refusal.status == 401 => Attempt::Failed(error.person()),
        Some(_) => Attempt::Pointless(format!("{what} was refused. {}", error.person())),
        None => Attempt::Failed(error.person()),
    }
}
