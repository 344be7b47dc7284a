//! Fetching by single requests: for one round of `sync`, and where a WebSocket cannot be had.

use std::time::Duration;

use dyad_protocol::api::fetch::{
    Attachment, Consumer, FETCH_PATH, FETCH_VERSION, FetchRequest, FetchResponse,
    MAX_FETCH_RESPONSE_LEN,
};
use dyad_protocol::api::mailbox::{CHALLENGE_PATH, ChallengeResponse};
use dyad_protocol::id::{Challenge, HostName, RootAddress};
use dyad_protocol::limits::MAX_MAILBOXES_PER_CONNECTION;

use super::exchange::{self, Answer};
use super::{Driver, ServiceError};
use crate::error::Result;
use crate::store::mailboxes;
use crate::store::mailboxes::Mailbox;

/// Time on top of what the service may wait.
const MARGIN: Duration = Duration::from_secs(30);

/// What a poll brought.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Polled {
    /// Messages that are new here.
    pub(super) stored: u64,
    /// Whether there was anything at all, or more is waiting: worth asking again.
    pub(super) again: bool,
}

impl Driver {
    /// Our mailboxes at a receiver that can be opened, the newest first.
    pub(super) fn mailboxes_at(&self, host: &HostName) -> Result<Vec<Mailbox>> {
        let mut all = self.store.read(|c| mailboxes::at(c, host))?;
        all.retain(|mailbox| mailbox.root.is_some());
        all.truncate(MAX_MAILBOXES_PER_CONNECTION);
        Ok(all)
    }

    /// Fetches until nothing is left. The last request acknowledges what the one before brought.
    pub(super) async fn fetch_all(&self, host: &HostName) -> Result<Answer<u64>> {
        let mut stored = 0;
        loop {
            match self.poll(host, 0).await? {
                Ok(polled) => {
                    stored += polled.stored;
                    if !polled.again {
                        return Ok(Ok(stored));
                    }
                }
                Err(error) => return Ok(Err(error)),
            }
        }
    }

    /// One request that waits up to `wait` seconds for a first message.
    pub(super) async fn poll(&self, host: &HostName, wait: u8) -> Result<Answer<Polled>> {
        let open = self.mailboxes_at(host)?;
        if open.is_empty() {
            return Ok(Ok(Polled::default()));
        }
        let response = match self.exchange_poll(host, wait, &open).await {
            Ok(response) => response,
            Err(error) => return Ok(Err(error)),
        };
        let stored = self.store_entries(&response.entries)?;
        for mailbox in &open {
            if let Some(root) = mailbox.root {
                self.opened(&root, !response.refused.contains(&root))?;
            }
        }
        Ok(Ok(Polled {
            stored,
            again: response.more.0 || !response.entries.is_empty(),
        }))
    }

    async fn exchange_poll(
        &self,
        host: &HostName,
        wait: u8,
        open: &[Mailbox],
    ) -> Answer<FetchResponse> {
        let ChallengeResponse { challenge } =
            exchange::get_json(&self.receiver_http, host, CHALLENGE_PATH).await?;
        let request = FetchRequest {
            version: FETCH_VERSION,
            challenge,
            wait,
            mailboxes: open
                .iter()
                .filter_map(|mailbox| attachment(host, &challenge, mailbox))
                .collect(),
        };
        let timeout = MARGIN + Duration::from_secs(wait.into());
        let body = exchange::post_binary(
            &self.receiver_http,
            host,
            FETCH_PATH,
            request.encode(),
            MAX_FETCH_RESPONSE_LEN,
            Some(timeout),
        )
        .await?;
        FetchResponse::decode(&body).map_err(|_| ServiceError::Nonsense {
            host: host.clone(),
            what: "the fetched messages",
        })
    }

    /// Remembers whether a receiver opens a mailbox of ours. One that it refuses gets a successor.
    pub(super) fn opened(&self, root: &RootAddress, opened: bool) -> Result<()> {
        let refused = (!opened).then(|| self.now());
        if !self.store.read(|c| {
            Ok(mailboxes::by_root(c, root)?.is_some_and(|m| m.refused.is_some() == opened))
        })? {
            return Ok(());
        }
        self.engine(|stepper| {
            mailboxes::set_refused(stepper.tx, root, refused)?;
            stepper.profile_changed()
        })?;
        if !opened {
            self.notice(
                "mailbox-refused",
                "A receiver refuses to open a mailbox of ours. Contacts are told to use others; what was in it is sent again by their apps.",
            )?;
        }
        self.wake.upkeep.notify_one();
        Ok(())
    }
}

/// Proof of ownership, and an acknowledgement of all that is stored.
pub(super) fn attachment(
    host: &HostName,
    challenge: &Challenge,
    mailbox: &Mailbox,
) -> Option<Attachment> {
    let root = mailbox.root?;
    Some(Attachment::sign(
        host,
        challenge,
        root,
        Consumer(0),
        mailbox.position,
        &mailbox.access_key,
    ))
}
