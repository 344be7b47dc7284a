//! Messages.

use std::collections::BTreeMap;
use std::time::Duration;

use dyad_core::Input;
use dyad_protocol::body::Payload;
use dyad_protocol::content::{MessageRef, Whose};
use dyad_protocol::id::{MessageId, RelationshipId};
use rusqlite::Connection;
use tokio::time::Instant;

use super::Client;
use super::people::find;
use crate::error::{ClientError, Result};
use crate::store::history::{self, Page};
use crate::store::relationships::Contact;
use crate::store::{changes, marks, outbox};
use crate::view::{
    ClientEvent, Direction, InboxQuery, MAX_TEXT, MessageState, MessageView, SendRequest, SendView,
};

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
        let SendRequest { text, reply_to } = request.into();
        if text.len() > MAX_TEXT && !text.trim().is_empty() {
            return self.send_long(nick, text, reply_to, wait).await;
        }
        check_text(&text)?;
        let (to, reply) = self.driver.store.read(|c| {
            let to = find(c, nick)?;
            let reply = reply_to.map(|id| answered(c, &to, id)).transpose()?;
            Ok((to, reply))
        })?;
        let end = Instant::now() + wait;
        let id = self.driver.engine(|stepper| {
            let payload = Payload {
                reply,
                timer: marks::timer(stepper.tx, &to.id)?,
                ..Payload::text(text)
            };
            stepper.send(&to.id, payload)
        })?;
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

    pub(super) fn why_waiting(&self) -> Result<String> {
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
            let page = match (query.since, query.before) {
                (Some(_), Some(_)) => {
                    return Err(ClientError::usage(
                        "since-and-before",
                        "Messages are asked for after one or before one, not both.",
                    ));
                }
                (Some(since), None) => Page::After(since),
                (None, Some(before)) => Page::Before(before),
                (None, None) => Page::Newest,
            };
            let with = with.as_ref().map(|contact| &contact.id);
            history::list(c, with, page, limit)
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
                stepper.tell_contact(&contact)?;
            }
            for id in ids {
                // From now on its time runs.
                if let Some(message) = history::get(stepper.tx, *id)?
                    && message.expires_at.is_some()
                {
                    stepper.changes.deadlines = true;
                    stepper.changes.events.push(ClientEvent::Changed(message));
                }
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

/// The message that is answered: of the same conversation, and known by the contact.
pub(super) fn answered(connection: &Connection, with: &Contact, id: u64) -> Result<MessageRef> {
    let found = changes::get(connection, id)?.filter(|found| found.relationship == with.id);
    let whose = match found.as_ref().map(|found| found.direction) {
        Some(Direction::In) => Whose::Reader,
        _ => Whose::Writer,
    };
    let message = found.and_then(|found| found.message).ok_or_else(|| {
        ClientError::usage(
            "unknown-message",
            format!(
                "There is no message {id} with {} that could be answered. Nothing was sent.",
                with.nick
            ),
        )
    })?;
    Ok(MessageRef { whose, message })
}

pub(super) fn check_text(text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(ClientError::usage(
            "empty-text",
            "There is nothing to send.",
        ));
    }
    if text.len() > MAX_TEXT {
        return Err(ClientError::usage(
            "too-long",
            format!(
                "The text has {} bytes; at most {MAX_TEXT} fit in one message. Nothing was sent: shorten or divide it.",
                text.len()
            ),
        ));
    }
    Ok(())
}
