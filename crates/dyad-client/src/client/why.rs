//! Why a message is where it is, in sentences that claim no more than is known.

use dyad_protocol::time::Timestamp;
use tokio::time::Instant;

use super::Client;
use super::changes::unknown;
use crate::driver::Role;
use crate::error::Result;
use crate::store::outbox::{self, Copy};
use crate::store::{changes, history, providers, relationships};
use crate::view::{
    ContactStatus, Direction, FileState, FileView, MessageState, MessageView, WhyView,
};

impl Client {
    /// Why a message is where it is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn why(&self, id: u64) -> Result<WhyView> {
        let (message, copies, status) = self.driver.store.read(|c| {
            let message = history::get(c, id)?.ok_or_else(|| unknown(id))?;
            let identity = changes::get(c, id)?.and_then(|target| target.message);
            let copies = match (message.direction, identity) {
                (Direction::Out, Some(identity)) => {
                    outbox::copies(c, &message.relationship, &identity)?
                }
                _ => Vec::new(),
            };
            let contact = relationships::get(c, &message.relationship)?;
            Ok((message, copies, contact.map(|contact| contact.status)))
        })?;
        let (text, next_attempt) = match message.state {
            MessageState::Waiting if message.file.as_ref().is_some_and(on_its_way) => {
                uploading(&message, self.driver.is_running())
            }
            MessageState::Failed if message.file.as_ref().is_some_and(refused) => {
                let why = message.file.as_ref().and_then(|file| file.why.clone());
                let text = format!(
                    "No service takes the file, and the message was not sent. {}",
                    why.unwrap_or_default()
                );
                (text.trim().to_owned(), None)
            }
            MessageState::Waiting => self.why_here(&message, &copies, status)?,
            MessageState::Accepted | MessageState::Unconfirmed => under_way(&message, &copies),
            _ => (settled(&message), None),
        };
        Ok(WhyView {
            id,
            text,
            since: message.state_since,
            next_attempt,
        })
    }

    /// No sender service has it.
    fn why_here(
        &self,
        message: &MessageView,
        copies: &[Copy],
        status: Option<ContactStatus>,
    ) -> Result<(String, Option<Timestamp>)> {
        let nick = &message.contact;
        let Some(copy) = copies.iter().find(|copy| copy.accepted.is_none()) else {
            let why = match status {
                Some(ContactStatus::Blocked) => format!("You have blocked {nick}."),
                Some(ContactStatus::Requested) => format!(
                    "{nick} has not answered yet, and no address of theirs is left to write to until they do."
                ),
                _ => format!(
                    "No address of {nick} is left to write to; their app gives new ones as soon as it hears from ours."
                ),
            };
            return Ok((format!("{why} The message is kept here."), None));
        };
        let waits = self.waits(copy)?;
        let why = copy
            .last_error
            .clone()
            .or(waits.as_ref().map(|(_, why)| why.clone()));
        let text = match why {
            Some(why) => format!(
                "No sender service has it yet. {why} It is kept here and will be sent to {}.",
                copy.receiver
            ),
            None if self.driver.is_running() => {
                "It is just being given to a sender service.".to_owned()
            }
            None => "It is ready to be sent, but nothing sends at the moment: `dyad up` or `dyad sync` does.".to_owned(),
        };
        let next = waits.map(|(at, _)| {
            let pause = at.saturating_duration_since(Instant::now()).as_secs();
            self.driver.now().plus(pause)
        });
        Ok((text, next))
    }

    /// Which host is left alone for a while after a failure, until when and why.
    fn waits(&self, copy: &Copy) -> Result<Option<(Instant, String)>> {
        let health = &self.driver.health;
        if let Some(found) = health.waits(&copy.receiver, Role::Relayed) {
            return Ok(Some(found));
        }
        let all = self.driver.store.read(providers::all)?;
        let senders = all.iter().filter(|provider| {
            provider.removed.is_none() && provider.document.body().sender.is_some()
        });
        // Only if none of them can be asked is it that which it waits for.
        let waits: Option<Vec<_>> = senders
            .map(|provider| health.waits(&provider.host, Role::Sender))
            .collect();
        Ok(waits.and_then(|all| all.into_iter().min_by_key(|(at, _)| *at)))
    }
}

fn on_its_way(file: &FileView) -> bool {
    file.state == FileState::Uploading
}

fn refused(file: &FileView) -> bool {
    file.state == FileState::Refused
}

/// The file goes first.
fn uploading(message: &MessageView, running: bool) -> (String, Option<Timestamp>) {
    let Some(file) = &message.file else {
        return (String::new(), None);
    };
    let share = file.done * 100 / file.size.max(1);
    let what = if file.long_text {
        "The text is long and goes the way of a file"
    } else {
        "Its file is being brought to a service first"
    };
    let text = match (&file.why, running) {
        (Some(why), _) => format!("{what}; {share} % is there. {why} It goes on by itself."),
        (None, true) => format!("{what}; {share} % is there."),
        (None, false) => format!(
            "{what}; {share} % is there. Nothing sends at the moment: `dyad up` or `dyad sync` does."
        ),
    };
    (text, file.next_attempt)
}

/// A sender service has it, or had.
fn under_way(message: &MessageView, copies: &[Copy]) -> (String, Option<Timestamp>) {
    let nick = &message.contact;
    let mut text = match message.state {
        MessageState::Unconfirmed => format!(
            "{nick}'s app has not confirmed it in 14 days, though it was sent by every way known. It may still arrive."
        ),
        _ => String::new(),
    };
    let mut next = None;
    match copies.iter().find(|copy| copy.accepted.is_some()) {
        Some(copy) => {
            let sender = copy
                .accepted
                .as_ref()
                .map(|(host, _)| host.to_string())
                .unwrap_or_default();
            text.push_str(&format!(
                " {sender} has it on disk and is to bring it to {}, where {nick} receives.",
                copy.receiver
            ));
            match &copy.last_error {
                Some(error) => text.push_str(&format!(" {error}")),
                None => text.push_str(" That this is done is not known yet."),
            }
            next = copy.next_status;
        }
        None if message.state == MessageState::Accepted => text.push_str(&format!(
            "A sender service took it; what became of it is not known. It is sent again if {nick}'s app does not confirm it."
        )),
        None => {}
    }
    (text.trim().to_owned(), next)
}

fn settled(message: &MessageView) -> String {
    let nick = &message.contact;
    match (message.direction, message.state) {
        (Direction::In, MessageState::Received) => "It is here, and not marked as read.".to_owned(),
        (Direction::In, _) => "It is here, and marked as read.".to_owned(),
        (_, MessageState::Delivered) => format!(
            "The service where {nick} receives has it. Their app has not confirmed it: it fetches when it is online."
        ),
        (_, MessageState::Confirmed) => format!("{nick}'s app has it."),
        (_, MessageState::Read) => format!("{nick} has read it, says their app."),
        (_, MessageState::Failed) => format!(
            "It will not be tried again: the relationship with {nick} ended before it had arrived."
        ),
        _ => "Nothing more is known.".to_owned(),
    }
}
