//! What is done to messages after they were written, by either side, and messages that vanish.

use dyad_core::Input;
use dyad_protocol::body::Payload;
use dyad_protocol::content::{Mail, MailPlace, MessageRef, Said, Whose};
use dyad_protocol::id::{MessageId, RelationshipId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use super::{Driver, Stepper, events};
use crate::error::{ClientError, Result};
use crate::store::changes::{self, Act, Changeable};
use crate::store::{acts, history, marks};
use crate::view::{ClientEvent, Direction};

/// How far ahead of ours the clock of a contact's timer is believed, seconds. Further, nobody could change it again.
const TIMER_AHEAD: u64 = DAY;

impl Stepper<'_> {
    /// A message of a contact: shown, or done to the message that it speaks of.
    pub(super) fn heard(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
    ) -> Result<()> {
        let sent_by_then = sent.min(self.now);
        match Said::of(payload) {
            Ok(
                Said::Text(_)
                | Said::Unknown
                | Said::Share(_)
                | Said::ContactRequest(_)
                | Said::Mail(Mail {
                    place: MailPlace::Within(_),
                    ..
                }),
            ) => self.show(from, message, sent, payload),
            Ok(
                said @ (Said::File(_) | Said::Long { .. } | Said::Carried { .. } | Said::Mail(_)),
            ) => self.show_file(from, message, sent, payload, &said),
            Ok(Said::Game(entry)) => self.heard_game(from, message, sent, payload, &entry),
            Ok(Said::GameAgain(again)) => {
                self.heard_game_again(from, message, sent, payload, &again)
            }
            Ok(Said::Call(call)) => self.call_heard(from, message, sent, payload, &call),
            Ok(Said::Picture(picture)) => {
                self.heard_portrait(from, message, sent, payload, &picture)
            }
            Ok(Said::Edit {
                target,
                order,
                text,
                link,
            }) => {
                let act = Act::Edit {
                    order,
                    text,
                    link,
                    at: sent_by_then,
                };
                self.done_to(from, MessageRef::own(target), &act)
            }
            Ok(Said::Delete { target }) => {
                self.done_to(from, MessageRef::own(target), &Act::Delete)
            }
            Ok(Said::Reaction {
                target,
                order,
                sign,
            }) => {
                let act = Act::Reaction {
                    by: Direction::In,
                    order,
                    sign,
                };
                self.done_to(from, target, &act)
            }
            Ok(Said::Timer { order, seconds }) => {
                let order = order.min(self.now.plus(TIMER_AHEAD).as_secs());
                if !marks::set_timer(self.tx, from, order, seconds)? {
                    return Ok(());
                }
                self.show(from, message, sent, payload)?;
                self.tell_contact(from)
            }
            Err(error) => {
                tracing::debug!(%error, "something malformed was passed over");
                Ok(())
            }
        }
    }

    fn show(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
    ) -> Result<()> {
        match history::insert_incoming(self.tx, from, message, sent, payload, self.now)? {
            Some(local) => {
                // What was done to it before it came may have made it a long one.
                self.fetch_edit(local)?;
                self.tell_message(local, ClientEvent::Message)?;
                if marks::bring_back(self.tx, from)? {
                    self.tell_contact(from)?;
                }
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// A contact did something to a message. One of ours is here or has vanished; one of theirs may still come.
    fn done_to(&mut self, by: &RelationshipId, target: MessageRef, act: &Act) -> Result<()> {
        let direction = match target.whose {
            Whose::Writer => Direction::In,
            Whose::Reader => Direction::Out,
        };
        match changes::find(self.tx, by, direction, &target.message)? {
            Some(found) => self.apply(found.id, act),
            None if direction == Direction::In => {
                changes::wait(self.tx, by, &target.message, act, self.now)
            }
            None => Ok(()),
        }
    }

    fn apply(&mut self, to: u64, act: &Act) -> Result<()> {
        if changes::apply(self.tx, to, act, self.now)? {
            self.changes.erased |= *act == Act::Delete;
            self.changes.files |= matches!(act, Act::Delete | Act::Edit { .. });
            if matches!(act, Act::Edit { link: Some(_), .. }) {
                self.fetch_edit(to)?;
            }
            self.tell_message(to, ClientEvent::Changed)?;
        }
        Ok(())
    }

    /// We do something to a message: here at once, and at the contact's as soon as it can be said.
    pub(crate) fn act(&mut self, to: &Changeable, act: &Act) -> Result<()> {
        let Some(message) = to.message else {
            return Err(only_just_written());
        };
        let target = MessageRef {
            whose: match to.direction {
                Direction::Out => Whose::Writer,
                Direction::In => Whose::Reader,
            },
            message,
        };
        let said = match act.clone() {
            Act::Edit {
                order, text, link, ..
            } => Said::Edit {
                target: message,
                order,
                text,
                link,
            },
            Act::Reaction { order, sign, .. } => Said::Reaction {
                target,
                order,
                sign,
            },
            Act::Delete => Said::Delete { target: message },
        };
        if *act == Act::Delete {
            // What may have been kept when it was deleted here only.
            acts::settled(self.tx, &to.relationship, &message)?;
        }
        if to.direction == Direction::Out && matches!(act, Act::Delete | Act::Edit { .. }) {
            self.withdraw_blob(to.id)?;
        }
        self.apply(to.id, act)?;
        let Some(payload) = said.payload(None) else {
            return Ok(());
        };
        let local = acts::insert(self.tx, &to.relationship, to.id, &payload)?;
        self.give(&to.relationship, Input::Send { local, payload })
    }

    /// Deletes a message here only. One of ours that has not arrived still will.
    pub(crate) fn delete_here(&mut self, target: &Changeable, arrived: bool) -> Result<()> {
        let kept = match (target.direction, &target.message, arrived) {
            (Direction::Out, Some(message), false) => {
                history::payload(self.tx, &target.relationship, message)?.zip(Some(*message))
            }
            _ => None,
        };
        self.apply(target.id, &Act::Delete)?;
        match kept {
            Some((payload, message)) => {
                acts::keep(self.tx, &target.relationship, &message, &payload)
            }
            None => Ok(()),
        }
    }

    pub(crate) fn tell_contact(&mut self, id: &RelationshipId) -> Result<()> {
        self.changes
            .events
            .extend(events::contact_event(self.tx, id)?);
        Ok(())
    }

    /// What to send in the place of a message whose words are no more: nothing that is shown.
    pub(super) fn instead_of(message: MessageId) -> Option<Payload> {
        Said::Delete { target: message }.payload(None)
    }
}

/// Nothing can be said of a message that has no name.
pub(crate) fn only_just_written() -> ClientError {
    ClientError::later(
        "not-numbered",
        "The message is only just being written. Nothing was changed; try again.",
    )
}

impl Driver {
    /// Removes messages whose time is over, for good. Gives when the next is due.
    pub(crate) fn vanish(&self) -> Result<Option<Timestamp>> {
        // A clock that may be wrong must not be what destroys messages.
        if self.time_is_doubtful() {
            return Ok(None);
        }
        loop {
            let next = self.store.read(changes::next_expiry)?;
            if next.is_none_or(|at| at > self.now()) {
                return Ok(next);
            }
            self.engine(|stepper| {
                for (id, relationship, contact) in changes::vanish(stepper.tx, stepper.now)? {
                    stepper.changes.erased = true;
                    stepper.changes.files = true;
                    stepper.changes.events.push(ClientEvent::Removed {
                        id,
                        contact,
                        relationship,
                    });
                }
                Ok(())
            })?;
        }
    }
}
