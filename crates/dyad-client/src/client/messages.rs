//! Messages.

use std::collections::BTreeMap;
use std::time::Duration;

use dyad_core::Input;
use dyad_protocol::body::{MAX_TEXT_LEN, Payload};
use dyad_protocol::id::{MessageId, RelationshipId};
use tokio::time::Instant;

use super::Client;
use super::people::find;
use crate::error::{ClientError, Result};
use crate::store::{history, outbox};
use crate::view::{InboxQuery, MessageState, MessageView, SendRequest, SendView};

/// Messages shown when no limit is given.
const DEFAULT_LIMIT: u32 = 100;

impl Client {
    /// Sends a text. Returns when a sender service has it on disk, or after `wait` with a note that it
    /// is kept and will be sent.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, empty or too long. Nothing is kept then.
    pub async fn send(
        &self,
        nick: &str,
        request: impl Into<SendRequest>,
        wait: Duration,
    ) -> Result<SendView> {
        let SendRequest { text, .. } = request.into();
        check_text(&text)?;
        let to = self.driver.store.read(|c| find(c, nick))?;
        let end = Instant::now() + wait;
        let id = self
            .driver
            .engine(|stepper| stepper.send(&to.id, Payload::text(text)))?;
        self.driver.nudge();
        let left = |state| state != MessageState::Waiting;
        let message = self
            .driver
            .submitting(self.driver.reach(id, left, end))
            .await?;
        let note = match message.state {
            MessageState::Waiting => Some(self.why_waiting()?),
            _ => None,
        };
        Ok(SendView { message, note })
    }

    fn why_waiting(&self) -> Result<String> {
        let waiting = self
            .driver
            .store
            .read(|c| outbox::waiting(c, 16, |_| true))?;
        let why = waiting
            .into_iter()
            .find_map(|item| item.last_error)
            .unwrap_or_default();
        Ok(
            format!("No sender service has it yet. {why} It is kept and will be sent.")
                .replace("  ", " "),
        )
    }

    /// Waits until the contact's app confirms a message of ours, at most `wait`. Gives it as it then is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message.
    pub async fn wait_confirmed(&self, id: u64, wait: Duration) -> Result<MessageView> {
        let settled = |state| {
            matches!(
                state,
                MessageState::Confirmed | MessageState::Read | MessageState::Failed
            )
        };
        self.driver
            .reach_fetching(id, settled, Instant::now() + wait)
            .await
    }

    /// Messages in and out, oldest first.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact.
    pub fn inbox(&self, query: &InboxQuery) -> Result<Vec<MessageView>> {
        let limit = if query.limit == 0 {
            DEFAULT_LIMIT
        } else {
            query.limit
        };
        self.driver.store.read(|c| {
            let with = query
                .nick
                .as_deref()
                .map(|nick| find(c, nick))
                .transpose()?;
            history::list(
                c,
                with.as_ref().map(|contact| &contact.id),
                query.since,
                limit,
            )
        })
    }

    /// Marks messages of contacts as read; they learn of it only if the profile says so.
    ///
    /// # Errors
    /// Those of the store. Unknown and own messages are passed over.
    pub fn mark_read(&self, ids: &[u64]) -> Result<()> {
        self.driver.engine(|stepper| {
            let mut by_contact: BTreeMap<RelationshipId, Vec<MessageId>> = BTreeMap::new();
            for (contact, message) in history::mark_read(stepper.tx, ids, stepper.now)? {
                by_contact.entry(contact).or_default().push(message);
            }
            for (contact, messages) in by_contact {
                stepper.give(&contact, Input::Read { messages })?;
            }
            Ok(())
        })
    }

    /// Messages that hold all `words`, or words that begin so; newest first. 0 is the default limit of 100.
    ///
    /// # Errors
    /// Those of the store.
    pub fn search(&self, words: &str, limit: u32) -> Result<Vec<MessageView>> {
        let limit = if limit == 0 { DEFAULT_LIMIT } else { limit };
        self.driver.store.read(|c| history::search(c, words, limit))
    }
}

fn check_text(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ClientError::usage(
            "empty-text",
            "There is nothing to send.",
        ));
    }
    if text.len() > MAX_TEXT_LEN {
        return Err(ClientError::usage(
            "too-long",
            format!(
                "The text has {} bytes; at most {MAX_TEXT_LEN} fit in one message. Nothing was sent: shorten or divide it.",
                text.len()
            ),
        ));
    }
    Ok(())
}
