//! Our mailboxes: one new one per receiver every 30 days, old ones until no address of theirs is left.
//!
//! A mailbox belongs to the profile and not to a relationship: one for each contact would tell the
//! receiver which messages belong together.

use dyad_protocol::address::AddressKind;
use dyad_protocol::api::mailbox::{CreateMailbox, MAILBOXES_PATH, MailboxInfo};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::{AccessKey, AddressSigningKey};
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::TokenClass;

use super::exchange::{self, Answer};
use super::{Driver, ServiceError};
use crate::error::Result;
use crate::store::errands::Errand;
use crate::store::mailboxes::{Mailbox, NewMailbox};
use crate::store::providers::Provider;
use crate::store::{errands, mailboxes, providers, tokens};

/// How long new addresses are made for one mailbox, seconds.
const ROTATION: u64 = 30 * DAY;

impl Driver {
    /// Makes, rotates and closes our mailboxes at one provider.
    pub(super) async fn tend_mailboxes(&self, host: &HostName) -> Result<Answer<()>> {
        self.close_expired(host)?;
        let Some(provider) = self.store.read(|c| providers::get(c, host))? else {
            return Ok(Ok(()));
        };
        if provider.removed.is_some() || provider.document.body().receiver.is_none() {
            return Ok(Ok(()));
        }
        self.renew_minting(&provider)?;
        self.decide_on_new(&provider)?;
        let open = self.store.read(|c| mailboxes::at(c, host))?;
        for mailbox in open.iter().filter(|mailbox| mailbox.root.is_none()) {
            if let Err(error) = self.ask_for(mailbox).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Stores keys and token of a new mailbox if one is due and a token is there.
    fn decide_on_new(&self, provider: &Provider) -> Result<()> {
        let now = self.now();
        let Some(minting) = provider
            .document
            .body()
            .receiver
            .as_ref()
            .and_then(|r| r.address_key(now))
        else {
            return Ok(());
        };
        let (address_key, access_key) = self.with_rng(|mut rng| {
            (
                AddressSigningKey::random(&mut rng),
                AccessKey::random(&mut rng),
            )
        });
        self.store.write(|tx| {
            let existing = mailboxes::at(tx, &provider.host)?;
            if existing
                .iter()
                .any(|mailbox| mailbox.root.is_none() || is_current(mailbox, now))
            {
                return Ok(());
            }
            let Some((token, _)) = tokens::take(tx, &provider.host, TokenClass::Mailbox, now)?
            else {
                return Ok(());
            };
            mailboxes::insert(
                tx,
                &NewMailbox {
                    receiver: &provider.host,
                    address_key: &address_key,
                    access_key: &access_key,
                    token: &token,
                    minting: &minting.minting(),
                    minting_until: minting.use_until,
                    now,
                },
            )
        })
    }

    /// Asks the receiver for a mailbox; the same request until it gives a definite answer.
    async fn ask_for(&self, mailbox: &Mailbox) -> Result<Answer<()>> {
        let Some(token) = mailbox.token else {
            return Ok(Ok(()));
        };
        let request = CreateMailbox {
            token,
            address_key: mailbox.address_key.public(),
            access_key: mailbox.access_key.public(),
        };
        let answer: Answer<MailboxInfo> = exchange::post_for_json(
            &self.receiver_http,
            &mailbox.receiver,
            MAILBOXES_PATH,
            &request,
        )
        .await;
        let info = match answer {
            Ok(info) => info,
            Err(error) => {
                // The token is used up or too old: another one next time.
                if error.definite().is_some() {
                    self.store.write(|tx| mailboxes::delete(tx, mailbox.id))?;
                }
                return Ok(Err(error));
            }
        };
        let now = self.now();
        if info.ends <= now {
            self.store.write(|tx| mailboxes::delete(tx, mailbox.id))?;
            return Ok(Err(ServiceError::Nonsense {
                host: mailbox.receiver.clone(),
                what: "a mailbox that has ended already",
            }));
        }
        self.engine(|stepper| {
            mailboxes::opened(stepper.tx, mailbox.id, &info.root, info.ends)?;
            mailboxes::retire(stepper.tx, &mailbox.receiver, Some(mailbox.id), now)?;
            stepper.profile_changed()
        })?;
        self.wake.receive.notify_one();
        Ok(Ok(()))
    }

    /// Follows the receiver's address key.
    fn renew_minting(&self, provider: &Provider) -> Result<()> {
        let now = self.now();
        let Some(key) = provider
            .document
            .body()
            .receiver
            .as_ref()
            .and_then(|r| r.address_key(now))
        else {
            return Ok(());
        };
        let stale = |mailbox: &Mailbox| {
            mailbox.retired.is_none()
                && (mailbox.minting != key.minting() || mailbox.minting_until != key.use_until)
        };
        let all = self.store.read(|c| mailboxes::at(c, &provider.host))?;
        if !all.iter().any(stale) {
            return Ok(());
        }
        self.store.write(|tx| {
            all.iter()
                .filter(|mailbox| stale(mailbox))
                .try_for_each(|mailbox| {
                    mailboxes::set_minting(tx, mailbox.id, &key.minting(), key.use_until)
                })
        })
    }

    /// Closes mailboxes whose last address has expired; forgets a removed provider that has none left.
    fn close_expired(&self, host: &HostName) -> Result<()> {
        let now = self.now();
        let (all, provider) = self
            .store
            .read(|c| Ok((mailboxes::at(c, host)?, providers::get(c, host)?)))?;
        let removed = provider.is_some_and(|provider| provider.removed.is_some());
        let over: Vec<_> = all
            .iter()
            .filter(|mailbox| used_until(mailbox).is_some_and(|until| until < now))
            .collect();
        if over.is_empty() && !(removed && all.is_empty()) {
            return Ok(());
        }
        self.store.write(|tx| {
            for mailbox in &over {
                close(tx, mailbox, now)?;
            }
            if removed && over.len() == all.len() {
                providers::delete(tx, host)?;
            }
            Ok(())
        })?;
        self.wake.receive.notify_one();
        self.wake.errands.notify_one();
        Ok(())
    }
}

/// Arranges for a mailbox to be closed and forgets it here.
pub(crate) fn close(
    connection: &rusqlite::Connection,
    mailbox: &Mailbox,
    now: Timestamp,
) -> Result<()> {
    if let Some(root) = mailbox.root.filter(|_| mailbox.ends > now) {
        let errand = Errand::CloseMailbox {
            receiver: mailbox.receiver.clone(),
            root,
            access_key: mailbox.access_key.clone(),
        };
        errands::insert(
            connection,
            &errand,
            now.plus(ROTATION).min(mailbox.ends),
            now,
        )?;
    }
    mailboxes::delete(connection, mailbox.id)
}

/// Whether new addresses are made for it and it is not due for replacement.
fn is_current(mailbox: &Mailbox, now: Timestamp) -> bool {
    mailbox.root.is_some()
        && mailbox.retired.is_none()
        && mailbox.refused.is_none()
        && now.since(mailbox.created) < ROTATION
        && now < mailbox.ends
}

/// Until when an address of it may still be used; `None` while new ones are made and before it exists.
pub(crate) fn used_until(mailbox: &Mailbox) -> Option<Timestamp> {
    mailbox.root?;
    match mailbox.retired {
        Some(retired) => Some(
            AddressKind::LongTerm
                .expiry(retired)
                .begins()
                .min(mailbox.ends),
        ),
        None => Some(mailbox.ends),
    }
}
