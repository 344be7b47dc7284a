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
    ContactStatus, Direction, FileState, FileView, MessageState, MessageView, Whereabouts, WhyView,
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
        let file = message.file.as_ref();
        let unsent = matches!(message.state, MessageState::Waiting | MessageState::Failed);
        let by_file = file
            .filter(|_| unsent)
            .and_then(|file| with_file(file, self.driver.is_running()))
            .map(|answer| Answer {
                // What was to be noted beside the file could not be.
                detail: answer.detail.or_else(|| self.hindrance()),
                ..answer
            });
        let open = matches!(
            message.state,
            MessageState::Accepted | MessageState::Delivered | MessageState::Unconfirmed
        );
        let answer = match (by_file, message.state) {
            (Some(answer), _) => answer,
            _ if open && status.is_some_and(is_over) => Whereabouts::Ended.into(),
            (None, MessageState::Waiting) => self.why_here(&copies, status)?,
            (None, MessageState::Accepted | MessageState::Unconfirmed) => {
                under_way(&message, &copies)
            }
            _ => settled(&message),
        };
        Ok(WhyView {
            id,
            text: in_words(&message, &answer),
            whereabouts: answer.whereabouts,
            detail: answer.detail,
            since: message.state_since,
            next_attempt: answer.next,
        })
    }

    fn hindrance(&self) -> Option<String> {
        self.driver.hindrances.longest().map(|(_, why)| why)
    }

    /// No sender service has it.
    fn why_here(&self, copies: &[Copy], status: Option<ContactStatus>) -> Result<Answer> {
        let Some(copy) = copies.iter().find(|copy| copy.accepted.is_none()) else {
            return Ok(Answer::from(match status {
                Some(ContactStatus::Blocked) => Whereabouts::Blocked,
                Some(ContactStatus::Requested) => Whereabouts::Unanswered,
                _ => Whereabouts::NoAddress,
            }));
        };
        let waits = self.waits(copy)?;
        let detail = copy
            .last_error
            .clone()
            .or(waits.as_ref().map(|(_, why)| why.clone()))
            .or_else(|| self.hindrance());
        let whereabouts = match &detail {
            Some(_) => Whereabouts::Held {
                receiver: copy.receiver.clone(),
            },
            None if self.driver.is_running() => Whereabouts::Leaving,
            None => Whereabouts::NothingSends,
        };
        let next = waits.map(|(at, _)| {
            let pause = at.saturating_duration_since(Instant::now()).as_secs();
            self.driver.now().plus(pause)
        });
        Ok(Answer {
            whereabouts,
            detail,
            next,
        })
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

const fn is_over(status: ContactStatus) -> bool {
    matches!(
        status,
        ContactStatus::EndedByUs | ContactStatus::EndedByThem | ContactStatus::Refused
    )
}

/// What is known.
struct Answer {
    whereabouts: Whereabouts,
    detail: Option<String>,
    next: Option<Timestamp>,
}

impl From<Whereabouts> for Answer {
    fn from(whereabouts: Whereabouts) -> Self {
        Self {
            whereabouts,
            detail: None,
            next: None,
        }
    }
}

/// Where it is because of its file, which goes first.
fn with_file(file: &FileView, running: bool) -> Option<Answer> {
    match file.state {
        FileState::Uploading => Some(Answer {
            whereabouts: Whereabouts::FileFirst {
                long_text: file.long_text,
                percent: file.done * 100 / file.size.max(1),
                running,
            },
            detail: file.why.clone(),
            next: file.next_attempt,
        }),
        FileState::Refused => Some(Answer {
            detail: file.why.clone(),
            ..Whereabouts::FileRefused.into()
        }),
        _ => None,
    }
}

/// A sender service has it, or had.
fn under_way(message: &MessageView, copies: &[Copy]) -> Answer {
    let taken = copies
        .iter()
        .find_map(|copy| Some((copy, &copy.accepted.as_ref()?.0)));
    match taken {
        Some((copy, sender)) => Answer {
            whereabouts: Whereabouts::AtSender {
                sender: sender.clone(),
                receiver: copy.receiver.clone(),
            },
            detail: copy.last_error.clone(),
            next: copy.next_status,
        },
        None if message.state == MessageState::Accepted => Whereabouts::Taken.into(),
        None => Whereabouts::Unconfirmed.into(),
    }
}

fn settled(message: &MessageView) -> Answer {
    Answer::from(match (message.direction, message.state) {
        (Direction::In, MessageState::Received) => Whereabouts::HereUnread,
        (Direction::In, _) => Whereabouts::HereRead,
        (_, MessageState::Delivered) => Whereabouts::AtReceiver,
        (_, MessageState::Confirmed) => Whereabouts::Confirmed,
        (_, MessageState::Read) => Whereabouts::Read,
        (_, MessageState::Failed) => Whereabouts::Failed,
        _ => Whereabouts::Unconfirmed,
    })
}

/// The answer in sentences.
fn in_words(message: &MessageView, answer: &Answer) -> String {
    let nick = &message.contact;
    let detail = answer.detail.as_deref();
    let unconfirmed = format!(
        "{nick}'s app has not confirmed it in 14 days, though it was sent by every way known. It may still arrive."
    );
    let text = match &answer.whereabouts {
        Whereabouts::Blocked => format!("You have blocked {nick}. The message is kept here."),
        Whereabouts::Unanswered => format!(
            "{nick} has not answered yet, and no address of theirs is left to write to until they do. The message is kept here."
        ),
        Whereabouts::NoAddress => format!(
            "No address of {nick} is left to write to; their app gives new ones as soon as it hears from ours. The message is kept here."
        ),
        Whereabouts::Held { receiver } => format!(
            "No sender service has it yet. {} It is kept here and will be sent to {receiver}.",
            detail.unwrap_or_default()
        ),
        Whereabouts::Leaving => "It is just being given to a sender service.".to_owned(),
        Whereabouts::NothingSends => "It is ready to be sent, but nothing sends at the moment: `dyad up` or `dyad sync` does.".to_owned(),
        Whereabouts::AtSender { sender, receiver } => format!(
            "{sender} has it on disk and is to bring it to {receiver}, where {nick} receives. {}",
            detail.unwrap_or("That this is done is not known yet.")
        ),
        Whereabouts::Taken => format!(
            "A sender service took it; what became of it is not known. It is sent again if {nick}'s app does not confirm it."
        ),
        Whereabouts::Unconfirmed => return unconfirmed,
        Whereabouts::AtReceiver => format!(
            "The service where {nick} receives has it. Their app has not confirmed it: it fetches when it is online."
        ),
        Whereabouts::Confirmed => format!("{nick}'s app has it."),
        Whereabouts::Read => format!("{nick} has read it, says their app."),
        Whereabouts::Ended => format!(
            "A service had it when the relationship with {nick} ended. Whether it arrived is not known."
        ),
        Whereabouts::Failed => format!(
            "It will not be tried again: the relationship with {nick} ended before it had arrived."
        ),
        Whereabouts::FileFirst {
            long_text,
            percent,
            running,
        } => {
            let what = if *long_text {
                "The text is long and goes the way of a file"
            } else {
                "Its file is being brought to a service first"
            };
            let then = match (detail, running) {
                (Some(why), _) => format!(" {why} It goes on by itself."),
                (None, true) => String::new(),
                (None, false) => {
                    " Nothing sends at the moment: `dyad up` or `dyad sync` does.".to_owned()
                }
            };
            format!("{what}; {percent} % is there.{then}")
        }
        Whereabouts::FileRefused => format!(
            "No service takes the file, and the message was not sent. {}",
            detail.unwrap_or_default()
        ),
        Whereabouts::HereUnread => "It is here, and not marked as read.".to_owned(),
        Whereabouts::HereRead => "It is here, and marked as read.".to_owned(),
    };
    match message.state {
        MessageState::Unconfirmed => format!("{unconfirmed} {text}"),
        _ => text,
    }
}
