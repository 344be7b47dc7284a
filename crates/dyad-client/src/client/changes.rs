//! What is done to messages after they were written.

use std::io::Cursor;

use dyad_protocol::body::Payload;
use dyad_protocol::content::{
    MAX_LONG_LEN, MAX_REACTION_LEN, MAX_TIMER, Said, is_reaction, is_timer, next_order,
};

use super::Client;
use super::files::{live, text_file};
use super::people::find;
use super::profiles::told;
use crate::driver::{Stepper, beginning, only_just_written};
use crate::error::{ClientError, Result};
use crate::file::disk_trouble;
use crate::store::changes::{self, Act, Changeable};
use crate::store::{history, marks, relationships};
use crate::view::{ContactView, Direction, MAX_TEXT, MessageState, MessageView};

impl Client {
    /// One message.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number.
    pub fn message(&self, id: u64) -> Result<MessageView> {
        self.driver.message(id)
    }

    /// Changes the text of a message of ours, on both sides. One that does not fit into a message is brought to a service
    /// first, also after a restart; the contact sees the text before until then.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, not ours, deleted, empty or too long; [`crate::ErrorKind::TryLater`]: the disk
    /// is full. Nothing is changed then.
    pub fn edit(&self, id: u64, text: &str) -> Result<MessageView> {
        if text.trim().is_empty() {
            return Err(refused("empty-text", "There is nothing in the new text."));
        }
        if text.len() as u64 > MAX_LONG_LEN {
            let why = format!(
                "The text has {} bytes; a text has at most {MAX_LONG_LEN}. Send it as a file.",
                text.len()
            );
            return Err(refused("too-long", &why));
        }
        if text.len() > MAX_TEXT {
            return self.edit_long(id, text);
        }
        self.change(id, |stepper, target| {
            only_own_texts(target)?;
            if history::waiting(stepper.tx, id)?.is_some() {
                return stepper.rewrite(target, text, None);
            }
            let act = Act::Edit {
                order: next_order(target.edit_order, stepper.now),
                text: text.to_owned(),
                link: None,
                at: stepper.now,
            };
            stepper.act(target, &act)
        })
    }

    fn edit_long(&self, id: u64, text: &str) -> Result<MessageView> {
        // Before anything is sealed.
        self.driver.store.read(|c| {
            let target = changes::get(c, id)?.ok_or_else(|| unknown(id))?;
            only_own_texts(&target)?;
            relationships::get(c, &target.relationship)?.map_or(Ok(()), |contact| live(&contact))
        })?;
        let sealed = self
            .begin()?
            .run(Cursor::new(text.as_bytes()))
            .map_err(|error| disk_trouble(&error, "Nothing was changed."))?;
        let file = text_file(&sealed);
        let changed = self.change(id, |stepper, target| {
            only_own_texts(target)?;
            if history::waiting(stepper.tx, id)?.is_some() {
                return stepper.rewrite(target, text, Some((&file, beginning(text))));
            }
            if target.message.is_none() {
                return Err(only_just_written());
            }
            let order = next_order(target.edit_order, stepper.now);
            stepper.edit_long(target, order, text, &file)
        });
        if changed.is_err() {
            self.driver.folder.remove(&sealed.disk);
        }
        changed
    }

    /// Deletes a message: here, or for both if it is ours. What is deleted here only is not told to anybody.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or not ours and `for_both`.
    pub fn delete(&self, id: u64, for_both: bool) -> Result<MessageView> {
        let before = self.message(id)?;
        if self
            .driver
            .store
            .read(|c| history::waiting(c, id))?
            .is_some()
        {
            // Nobody has heard of it.
            self.cancel_file(id)?;
            return Ok(MessageView {
                deleted: true,
                ..before
            });
        }
        let arrived = matches!(
            before.state,
            MessageState::Confirmed | MessageState::Read | MessageState::Failed
        );
        self.with_message(id, |stepper, target| match for_both {
            true => {
                only_ours(target, "deleted for both")?;
                if target.kind == Said::GAME {
                    return Err(refused(
                        "is-a-move",
                        "What was done in a game cannot be taken back.",
                    ));
                }
                stepper.act(target, &Act::Delete)
            }
            false => stepper.delete_here(target, arrived),
        })
    }

    /// Reacts to a message; `None` takes the reaction back.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, deleted, or not one sign that can be seen.
    pub fn react(&self, id: u64, sign: Option<&str>) -> Result<MessageView> {
        if sign.is_some_and(|sign| !is_reaction(sign)) {
            return Err(refused(
                "bad-reaction",
                &format!("A reaction is one emoji or sign of at most {MAX_REACTION_LEN} bytes."),
            ));
        }
        self.change(id, |stepper, target| {
            if sign.is_none() && target.our_order.is_none() {
                return Ok(());
            }
            let act = Act::Reaction {
                by: Direction::Out,
                order: next_order(target.our_order, stepper.now),
                sign: sign.map(str::to_owned),
            };
            stepper.act(target, &act)
        })
    }

    /// Sets after how many seconds messages written from now on vanish, on both sides; `None`: they stay.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, a relationship that is over, or a time that cannot be.
    pub fn set_timer(&self, nick: &str, seconds: Option<u64>) -> Result<ContactView> {
        if seconds.is_some_and(|seconds| !is_timer(seconds)) {
            return Err(refused(
                "bad-timer",
                &format!("Messages vanish after 1 to {MAX_TIMER} seconds, or stay."),
            ));
        }
        let view = self.driver.engine(|stepper| {
            let contact = find(stepper.tx, nick)?;
            if contact.timer == seconds {
                return told(stepper, nick);
            }
            let last = marks::timer_order(stepper.tx, &contact.id)?;
            let order = next_order(last, stepper.now);
            let said = Said::Timer { order, seconds };
            marks::set_timer(stepper.tx, &contact.id, order, seconds)?;
            if let Some(payload) = said.payload(Some(&in_words(seconds))) {
                stepper.send(&contact.id, payload)?;
            }
            told(stepper, nick)
        })?;
        self.driver.nudge();
        Ok(view)
    }

    /// Changes a message that is not deleted.
    fn change(
        &self,
        id: u64,
        work: impl FnOnce(&mut Stepper<'_>, &Changeable) -> Result<()>,
    ) -> Result<MessageView> {
        self.with_message(id, |stepper, target| {
            if target.deleted {
                return Err(refused("deleted", "The message is deleted."));
            }
            work(stepper, target)
        })
    }

    fn with_message(
        &self,
        id: u64,
        work: impl FnOnce(&mut Stepper<'_>, &Changeable) -> Result<()>,
    ) -> Result<MessageView> {
        let view = self.driver.engine(|stepper| {
            let target = changes::get(stepper.tx, id)?.ok_or_else(|| unknown(id))?;
            work(stepper, &target)?;
            history::get(stepper.tx, id)?.ok_or_else(|| unknown(id))
        })?;
        self.driver.nudge();
        Ok(view)
    }
}

fn only_own_texts(target: &Changeable) -> Result<()> {
    only_ours(target, "edited")?;
    if target.kind == Payload::TEXT || target.kind == Said::LONG {
        Ok(())
    } else {
        Err(refused("not-a-text", "Only a text can be edited."))
    }
}

fn only_ours(target: &Changeable, what: &str) -> Result<()> {
    match target.direction {
        Direction::Out => Ok(()),
        Direction::In => Err(refused(
            "not-yours",
            &format!("Only your own messages can be {what}."),
        )),
    }
}

pub(super) fn refused(code: &str, why: &str) -> ClientError {
    ClientError::usage(code, format!("{why} Nothing was changed."))
}

pub(super) fn unknown(id: u64) -> ClientError {
    ClientError::usage("unknown-message", format!("There is no message {id}."))
}

/// For apps that do not know the kind.
fn in_words(seconds: Option<u64>) -> String {
    match seconds {
        Some(seconds) => {
            format!("Messages vanish {seconds} seconds after they were sent or read from here on.")
        }
        None => "Messages stay from here on.".to_owned(),
    }
}
