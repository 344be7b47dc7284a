//! Contacts.

use dyad_core::relationship::{ProvenanceEntry, ProvenanceKind, Summary, TheirReceiver};
use dyad_core::{Input, RelationshipState, RepairReason};
use dyad_protocol::api::submit::TrafficClass;
use dyad_protocol::id::RelationshipId;
use rusqlite::Connection;

use super::Client;
use super::people::{find, valid_nick};
use crate::driver::{Role, contact_view, state_error};
use crate::error::{ClientError, Result};
use crate::store::{outbox, providers, relationships, settings};
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
        let (contact, summary, traffic) = self.driver.store.read(|c| {
            let contact = find(c, nick)?;
            let summary = state(c, &contact.id)?.summary();
            let traffic = settings::traffic(c, &contact.id)?;
            Ok((contact_view(c, contact)?, summary, traffic))
        })?;
        let services = summary
            .receivers
            .iter()
            .map(|receiver| self.service(receiver))
            .collect::<Result<_>>()?;
        Ok(ContactDetails {
            traffic,
            ..details(contact, summary, services)
        })
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
        let trouble = on_its_way.or(waits).or(stored);
        Ok(ServiceView {
            host: host.clone(),
            tickets: u32::try_from(receiver.one_time).unwrap_or(u32::MAX),
            ok: trouble.is_none(),
            health: trouble.unwrap_or_else(|| "in order, as far as we know".to_owned()),
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

    /// How long messages to a contact may be held back to mix with others, from the next one on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown.
    pub fn set_contact_traffic(&self, nick: &str, class: TrafficClass) -> Result<ContactView> {
        self.driver.store.write(|tx| {
            let contact = find(tx, nick)?;
            settings::set_traffic(tx, &contact.id, class)?;
            contact_view(tx, contact)
        })
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

    /// Compares what the contact's screen or the contact says with our words, and notes it if they are the same.
    ///
    /// # Errors
    /// As [`Client::verify_words`]; [`crate::ErrorKind::Usage`]: they differ, or are not as many. Nothing is noted then.
    pub fn compare_words(&self, nick: &str, said: &str) -> Result<VerifyView> {
        let ours = self.verify_words(nick)?;
        match ours.are(said) {
            Some(true) => self.mark_verified(nick),
            Some(false) => Err(ClientError::usage(
                "words-differ",
                "These are other words than yours. Nothing was noted. Somebody may sit in between, or they are the words of \
                 another contact, or one was mistyped: write nothing that matters before you have found out.",
            )),
            None => Err(ClientError::usage(
                "no-words",
                format!(
                    "There are {} words to compare, and these are not as many. Nothing was noted: give all of them.",
                    ours.words.len()
                ),
            )),
        }
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
        traffic: TrafficClass::default(),
    }
}

fn provenance(entry: &ProvenanceEntry) -> ProvenanceView {
    let (kind, text) = match &entry.kind {
        ProvenanceKind::AcceptedInvitation => ("accepted", "You accepted their invitation."),
        ProvenanceKind::AnsweredOurInvitation => ("answered", "They accepted your invitation."),
        ProvenanceKind::IdentityFollowed { .. } => (
            "identity-followed",
            "Their identity was replaced by one that the old one vouches for.",
        ),
        ProvenanceKind::Verified => ("verified", "You compared words with them."),
        ProvenanceKind::Repaired { reason } => repaired(*reason),
    };
    ProvenanceView {
        at: entry.at,
        kind: kind.to_owned(),
        text: text.to_owned(),
    }
}

const fn repaired(reason: RepairReason) -> (&'static str, &'static str) {
    match reason {
        RepairReason::Restored => (
            "repaired-restored",
            "The connection was begun anew: older data had been restored.",
        ),
        RepairReason::Undecryptable => (
            "repaired-undecryptable",
            "The connection was begun anew: messages could not be decrypted.",
        ),
        RepairReason::ByContact => (
            "repaired-by-contact",
            "The connection was begun anew: their app asked for it.",
        ),
    }
}
