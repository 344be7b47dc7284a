//! What the engine wants done, written down in the same transaction as its next state.

use dyad_core::{DeliveryState, Effect, Event, Outgoing};
use dyad_protocol::id::{AddressId, HostName, MessageId, RelationshipId, RootAddress};

use super::{Stepper, notes};
use crate::error::Result;
use crate::store::errands::Errand;
use crate::store::index::Owner;
use crate::store::outbox::Waiting;
use crate::store::{acts, errands, history, index, mailboxes, notices, outbox};
use crate::view::{ClientEvent, MessageState};

impl Stepper<'_> {
    pub(crate) fn perform(&mut self, owner: Owner, effect: Effect) -> Result<()> {
        let relationship = match owner {
            Owner::Relationship(id) => Some(id),
            Owner::Invitation(_) => None,
        };
        match (effect, relationship) {
            (Effect::Submit(outgoing), of) => self.queue(of, outgoing),
            (Effect::Withdraw(id), _) => outbox::withdraw(self.tx, &id.0),
            (Effect::Register(address), _) => index::register(self.tx, &address, owner),
            (Effect::Unregister(address), _) => index::unregister(self.tx, &address),
            (
                Effect::Revoke {
                    receiver,
                    root,
                    addresses,
                },
                _,
            ) => self.revoke(receiver, root, addresses),
            (
                Effect::Incoming {
                    message,
                    sent,
                    payload,
                },
                Some(from),
            ) => self.heard(&from, &message, sent, &payload),
            (Effect::Numbered { local, message }, Some(_)) => {
                if acts::number(self.tx, local, &message)? {
                    return Ok(());
                }
                history::number(self.tx, local.0, &message)
            }
            (Effect::Delivery { message, state }, Some(of)) => self.delivery(&of, &message, state),
            (Effect::Event(event), about) => {
                if let (Event::Repaired { .. }, Some(with)) = (&event, &about) {
                    self.ask_for_games(with)?;
                }
                let (kind, text) = notes::describe(&event);
                let notice = notices::insert(self.tx, about.as_ref(), kind, &text, self.now)?;
                self.changes.events.push(ClientEvent::Notice(notice));
                Ok(())
            }
            // Answered in `settle`; an invitation has no history.
            (
                Effect::WantPayload { .. }
                | Effect::Incoming { .. }
                | Effect::Numbered { .. }
                | Effect::Delivery { .. },
                _,
            ) => Ok(()),
        }
    }

    fn queue(&mut self, relationship: Option<RelationshipId>, outgoing: Outgoing) -> Result<()> {
        let item = Waiting {
            id: outgoing.id.0,
            relationship,
            receiver: outgoing.receiver,
            address: outgoing.address,
            sealed: outgoing.sealed,
            class: outgoing.class,
            expires: outgoing.expires,
            created: self.now,
            payload: outgoing.message.is_some(),
            message: outgoing.message,
            last_error: None,
        };
        self.changes.submit = true;
        outbox::insert(self.tx, &item)
    }

    fn revoke(
        &mut self,
        receiver: HostName,
        root: RootAddress,
        addresses: Vec<AddressId>,
    ) -> Result<()> {
        // A mailbox that is gone leads nowhere anyway.
        let Some(mailbox) = mailboxes::by_root(self.tx, &root)? else {
            return Ok(());
        };
        let errand = Errand::Revoke {
            receiver,
            root,
            access_key: mailbox.access_key,
            addresses,
        };
        self.changes.errands = true;
        errands::insert(self.tx, &errand, mailbox.ends, self.now).map(drop)
    }

    fn delivery(
        &mut self,
        of: &RelationshipId,
        message: &MessageId,
        state: DeliveryState,
    ) -> Result<()> {
        if matches!(
            state,
            DeliveryState::Confirmed | DeliveryState::Read | DeliveryState::Failed
        ) {
            acts::settled(self.tx, of, message)?;
        }
        match history::set_state(self.tx, of, message, message_state(state), self.now)? {
            Some(local) => self.tell_message(local, ClientEvent::State),
            None => Ok(()),
        }
    }

    pub(crate) fn tell_message(
        &mut self,
        local: u64,
        event: fn(crate::view::MessageView) -> ClientEvent,
    ) -> Result<()> {
        self.changes
            .events
            .extend(history::get(self.tx, local)?.map(event));
        Ok(())
    }
}

const fn message_state(state: DeliveryState) -> MessageState {
    match state {
        DeliveryState::Waiting => MessageState::Waiting,
        DeliveryState::Accepted => MessageState::Accepted,
        DeliveryState::Delivered => MessageState::Delivered,
        DeliveryState::Unconfirmed => MessageState::Unconfirmed,
        DeliveryState::Confirmed => MessageState::Confirmed,
        DeliveryState::Read => MessageState::Read,
        DeliveryState::Failed => MessageState::Failed,
    }
}
