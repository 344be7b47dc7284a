//! Contacts.

use dyad_core::relationship::{ProvenanceEntry, ProvenanceKind, Summary, TheirReceiver};
use dyad_core::{Input, RelationshipState, RepairReason};
use dyad_protocol::id::RelationshipId;
use rusqlite::Connection;

use super::Client;
use super::people::{find, valid_nick};
use crate::driver::{Role, contact_view, state_error};
use crate::error::{ClientError, Result};
use crate::store::{outbox, providers, relationships};
use crate::view::{
    ClientEvent, ContactDetails, ContactView, ProvenanceView, ServiceView, VerifyView,
};

impl Client {
    /// All contacts, by nickname.
    ///
    /// # Errors
    /// Those of the store.
    pub fn contacts(&self) -> Result<Vec<ContactView>> {
        self.driver.store.read(|c| {
            let all = relationships::all(c)?;
            all.into_iter()
                .map(|contact| contact_view(c, contact))
                .collect()
        })
    }

    /// Everything about one contact.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this name.
    pub fn contact(&self, nick: &str) -> Result<ContactDetails> {
        let (contact, summary) = self.driver.store.read(|c| {
            let contact = find(c, nick)?;
            let summary = state(c, &contact.id)?.summary();
            Ok((contact_view(c, contact)?, summary))
        })?;
        let services = summary
            .receivers
            .iter()
            .map(|receiver| self.service(receiver))
            .collect::<Result<_>>()?;
        Ok(details(contact, summary, services))
    }

    fn service(&self, receiver: &TheirReceiver) -> Result<ServiceView> {
        let host = &receiver.host;
        let (stored, on_its_way) = self.driver.store.read(|c| {
            Ok((
                providers::document_problem(c, host)?,
                outbox::trouble_with(c, host)?,
            ))
        })?;
        let waits = self
            .driver
            .health
            .waits(host, Role::Relayed)
            .map(|(_, why)| why);
        let health = on_its_way
            .or(waits)
            .or(stored)
            .unwrap_or_else(|| "in order, as far as we know".to_owned());
        Ok(ServiceView {
            host: host.clone(),
            tickets: u32::try_from(receiver.one_time).unwrap_or(u32::MAX),
            health,
        })
    }

    /// Calls a contact otherwise.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, taken, or no name at all.
    pub fn rename(&self, nick: &str, new: &str) -> Result<ContactView> {
        let new = valid_nick(new)?;
        let view = self.driver.store.write(|tx| {
            let contact = find(tx, nick)?;
            if let Some(other) =
                relationships::by_nick(tx, &new)?.filter(|other| other.id != contact.id)
            {
                return Err(ClientError::usage(
                    "nick-taken",
                    format!(
                        "Another contact is called {} already. Nothing was changed.",
                        other.nick
                    ),
                ));
            }
            relationships::rename(tx, &contact.id, &new)?;
            contact_view(tx, find(tx, &new)?)
        })?;
        self.driver.emit([ClientEvent::Contact(view.clone())]);
        Ok(view)
    }

    /// Lets nothing of a contact through any more, silently.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or the relationship is over.
    pub fn block(&self, nick: &str) -> Result<ContactView> {
        self.give(nick, Input::Block)
    }

    /// Undoes it: what they wrote meanwhile comes again.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or not blocked.
    pub fn unblock(&self, nick: &str) -> Result<ContactView> {
        self.give(nick, Input::Unblock)
    }

    /// Ends a relationship for good. What was written is kept.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown, or over already.
    pub fn end(&self, nick: &str, announce: bool) -> Result<ContactView> {
        self.give(nick, Input::End { announce })
    }

    /// Words to compare with a contact over another channel.
    ///
    /// # Errors
    /// [`crate::ErrorKind::TryLater`] until the contact has answered.
    pub fn verify_words(&self, nick: &str) -> Result<VerifyView> {
        self.driver.store.read(|c| {
            let contact = find(c, nick)?;
            let words = state(c, &contact.id)?.comparison_words().ok_or_else(|| {
                ClientError::later(
                    "not-answered",
                    format!("{} has not answered yet; there is nothing to compare. Try again when they have.", contact.nick),
                )
            })?;
            Ok(VerifyView {
                nick: contact.nick,
                words: words.into_iter().map(str::to_owned).collect(),
                verified_at: contact.verified_at,
            })
        })
    }

    /// Notes that the words were compared and were the same.
    ///
    /// # Errors
    /// As [`Client::verify_words`].
    pub fn mark_verified(&self, nick: &str) -> Result<VerifyView> {
        self.verify_words(nick)?;
        self.give(nick, Input::Verified)?;
        self.verify_words(nick)
    }

    fn give(&self, nick: &str, input: Input) -> Result<ContactView> {
        let id = self.driver.store.read(|c| find(c, nick))?.id;
        let view = self.driver.engine(|stepper| {
            stepper.give(&id, input)?;
            let contact = relationships::get(stepper.tx, &id)?;
            contact
                .map(|contact| contact_view(stepper.tx, contact))
                .transpose()
        })?;
        self.driver.nudge();
        view.ok_or_else(|| ClientError::other("contact-gone", "The contact is not there any more."))
    }
}

fn state(connection: &Connection, id: &RelationshipId) -> Result<RelationshipState> {
    let bytes = relationships::state(connection, id)?.unwrap_or_default();
    RelationshipState::decode(&bytes).map_err(state_error)
}

fn details(contact: ContactView, summary: Summary, services: Vec<ServiceView>) -> ContactDetails {
    ContactDetails {
        contact,
        our_identity: summary.our_identity.to_string(),
        their_identity: Some(summary.their_identity.to_string()),
        provenance: summary.provenance.iter().map(provenance).collect(),
        services,
        tickets_they_hold: summary.their_stock.map(u32::from),
        unconfirmed: summary.unconfirmed as u64,
        unconfirmed_since: summary.unconfirmed_since,
        psk_generation: summary.psk_generation.into(),
        last_heard: summary.last_heard,
        repairs: summary.repairs.into(),
    }
}

fn provenance(entry: &ProvenanceEntry) -> ProvenanceView {
    let text = match &entry.kind {
        ProvenanceKind::AcceptedInvitation => "You accepted their invitation.".to_owned(),
        ProvenanceKind::AnsweredOurInvitation => "They accepted your invitation.".to_owned(),
        ProvenanceKind::IdentityFollowed { .. } => {
            "Their identity was replaced by one that the old one vouches for.".to_owned()
        }
        ProvenanceKind::Verified => "You compared words with them.".to_owned(),
        ProvenanceKind::Repaired { reason } => format!(
            "The connection was begun anew: {}.",
            match reason {
                RepairReason::Restored => "older data had been restored",
                RepairReason::Undecryptable => "messages could not be decrypted",
                RepairReason::ByContact => "their app asked for it",
            }
        ),
    };
    ProvenanceView { at: entry.at, text }
}
