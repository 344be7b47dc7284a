//! Tickets that we made: the keys that open what is sent to them, and how many the contact has left.

use dyad_protocol::address::{AddressKind, AddressPlaintext, RecipientAddress, mint};
use dyad_protocol::body::TicketGrant;
use dyad_protocol::envelope::TicketContext;
use dyad_protocol::hpke::X25519Secret;
use dyad_protocol::id::{AddressId, MessageId, RootAddress};
use dyad_protocol::psk::PskId;
use dyad_protocol::ticket::{ServiceRecord, Ticket};
use dyad_protocol::time::{ExpiryPeriod, Timestamp};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::error::StepError;
use crate::limits::{
    KEPT_LONG_TERM, MAX_OWN_LONG_TERM, MAX_OWN_ONE_TIME, TICKET_FLIGHT, TICKET_STOCK,
};
use crate::profile::OwnMailbox;

/// How a ticket travelled to the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Carrier {
    /// In a message that is not confirmed yet.
    Message(MessageId),
    /// In an acknowledgement, which nobody confirms.
    Loose(Timestamp),
    /// The contact has it.
    Arrived,
}

/// One ticket with its private key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct OwnTicket {
    pub(crate) id: AddressId,
    pub(crate) address: RecipientAddress,
    pub(crate) kind: AddressKind,
    pub(crate) expiry: ExpiryPeriod,
    pub(crate) psk: PskId,
    pub(crate) context: TicketContext,
    pub(crate) secret: X25519Secret,
    pub(crate) receiver: ServiceRecord,
    pub(crate) root: RootAddress,
    pub(crate) minted: Timestamp,
    pub(crate) carrier: Carrier,
}

impl OwnTicket {
    /// Makes one on a mailbox of ours. `context` of a bundle's ticket is set when the bundle is signed.
    pub(crate) fn mint(
        mailbox: &OwnMailbox,
        kind: AddressKind,
        psk: PskId,
        context: TicketContext,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, StepError> {
        let expiry = kind.expiry(now);
        let plaintext = AddressPlaintext {
            root: mailbox.root,
            expiry,
            kind,
        };
        let address = mint(
            &mailbox.receiver.host,
            &mailbox.minting,
            &plaintext,
            &mailbox.address_key,
            rng,
        )
        .map_err(|_| StepError::ReceiverKey)?;
        Ok(Self {
            id: address.id(),
            address,
            kind,
            expiry,
            psk,
            context,
            secret: X25519Secret::random(rng),
            receiver: mailbox.receiver.clone(),
            root: mailbox.root,
            minted: now,
            carrier: Carrier::Arrived,
        })
    }

    /// As it is given to the contact.
    fn ticket(&self, service: u8) -> Ticket {
        Ticket {
            service,
            kind: self.kind,
            expiry: self.expiry,
            psk: self.psk,
            key: self.secret.public(),
            address: self.address,
        }
    }

    /// When a long-term ticket is to be replaced: at half its life.
    pub(crate) fn refresh_at(&self) -> Timestamp {
        self.minted
            .plus(self.expiry.begins().since(self.minted) / 2)
    }
}

/// Tickets as they travel, with the services that they refer to.
pub(crate) fn grant<'a>(tickets: impl IntoIterator<Item = &'a OwnTicket>) -> TicketGrant {
    let mut grant = TicketGrant {
        services: Vec::new(),
        tickets: Vec::new(),
    };
    for ticket in tickets {
        let known = grant
            .services
            .iter()
            .position(|service| *service == ticket.receiver);
        let service = known.unwrap_or_else(|| {
            grant.services.push(ticket.receiver.clone());
            grant.services.len() - 1
        });
        grant.tickets.push(ticket.ticket(service as u8));
    }
    grant
}

/// Effects that make receivers refuse `tickets`, and us forget them.
pub(crate) fn revocations<'a>(tickets: impl IntoIterator<Item = &'a OwnTicket>) -> Vec<Effect> {
    let mut effects = Vec::new();
    let mut groups: Vec<(&ServiceRecord, RootAddress, Vec<AddressId>)> = Vec::new();
    for ticket in tickets {
        effects.push(Effect::Unregister(ticket.id));
        let place = |(receiver, root, _): &(&ServiceRecord, RootAddress, _)| {
            **receiver == ticket.receiver && *root == ticket.root
        };
        match groups.iter().position(place) {
            Some(n) => groups[n].2.push(ticket.id),
            None => groups.push((&ticket.receiver, ticket.root, vec![ticket.id])),
        }
    }
    effects.extend(
        groups
            .into_iter()
            .map(|(receiver, root, addresses)| Effect::Revoke {
                receiver: receiver.host.clone(),
                root,
                addresses,
            }),
    );
    effects
}

/// All tickets whose keys we keep.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct OurTickets {
    tickets: Vec<OwnTicket>,
    /// The long-term tickets that the contact should have now.
    long_term: Vec<AddressId>,
    /// One-time tickets that the contact said it has, less those it used since.
    stock: Option<(Timestamp, u8)>,
}

impl OurTickets {
    pub(crate) fn find(&self, id: &AddressId) -> Option<&OwnTicket> {
        self.tickets.iter().find(|ticket| ticket.id == *id)
    }

    /// Keeps a ticket; says which was forgotten for want of room.
    pub(crate) fn add(&mut self, ticket: OwnTicket) -> Option<AddressId> {
        let (kind, most) = match ticket.kind {
            AddressKind::Ticket => (AddressKind::Ticket, MAX_OWN_ONE_TIME),
            AddressKind::LongTerm => (AddressKind::LongTerm, MAX_OWN_LONG_TERM),
        };
        self.tickets.push(ticket);
        let of_kind = |ticket: &&OwnTicket| ticket.kind == kind;
        if self.tickets.iter().filter(of_kind).count() <= most {
            return None;
        }
        let oldest = self.tickets.iter().position(|ticket| ticket.kind == kind)?;
        Some(self.tickets.remove(oldest).id)
    }

    /// Forgets a one-time ticket that was used.
    pub(crate) fn spend(&mut self, id: &AddressId) {
        if let Some(place) = self.tickets.iter().position(|ticket| ticket.id == *id) {
            let spent = self.tickets.remove(place);
            if spent.carrier == Carrier::Arrived
                && let Some((_, stock)) = &mut self.stock
            {
                *stock = stock.saturating_sub(1);
            }
        }
    }

    /// Forgets what has expired.
    pub(crate) fn expire(&mut self, now: Timestamp) -> Vec<AddressId> {
        let (gone, kept) = std::mem::take(&mut self.tickets)
            .into_iter()
            .partition(|t| t.expiry.has_expired(now));
        self.tickets = kept;
        let gone: Vec<OwnTicket> = gone;
        gone.into_iter().map(|ticket| ticket.id).collect()
    }

    /// Takes all out, to be revoked.
    pub(crate) fn take_all(&mut self) -> Vec<OwnTicket> {
        self.long_term.clear();
        self.stock = None;
        std::mem::take(&mut self.tickets)
    }

    /// The contact is to get other long-term tickets, and its stock is not known any more.
    pub(crate) fn forget_what_they_have(&mut self) {
        self.long_term.clear();
        self.stock = None;
        for ticket in &mut self.tickets {
            ticket.carrier = Carrier::Arrived;
        }
    }

    /// What the contact said it has may be true no more.
    pub(crate) fn doubt_stock(&mut self) {
        self.stock = None;
    }

    /// A message has arrived with what it carried.
    pub(crate) fn arrived(&mut self, message: &MessageId) {
        for ticket in &mut self.tickets {
            if ticket.carrier == Carrier::Message(*message) {
                ticket.carrier = Carrier::Arrived;
            }
        }
    }

    /// What the contact says it has left; an older word than we know is ignored.
    pub(crate) fn report_stock(&mut self, said: Timestamp, stock: u8) {
        if self.stock.is_none_or(|(at, _)| said >= at) {
            self.stock = Some((said, stock));
        }
    }

    pub(crate) fn stock(&self) -> Option<u8> {
        self.stock.map(|(_, stock)| stock)
    }

    /// How many one-time tickets the contact lacks, those on their way counted as had.
    pub(crate) fn lacking(&self, now: Timestamp) -> usize {
        let travelling = |ticket: &&OwnTicket| {
            ticket.kind == AddressKind::Ticket
                && match ticket.carrier {
                    Carrier::Message(_) => true,
                    Carrier::Loose(at) => now.since(at) < TICKET_FLIGHT,
                    Carrier::Arrived => false,
                }
        };
        let travelling = self.tickets.iter().filter(travelling).count();
        let stock = self.stock.map_or(0, |(_, stock)| usize::from(stock));
        TICKET_STOCK.saturating_sub(travelling + stock)
    }

    /// The long-term tickets that the contact should have now.
    pub(crate) fn long_term(&self) -> Vec<&OwnTicket> {
        self.long_term
            .iter()
            .filter_map(|id| self.find(id))
            .collect()
    }

    /// Takes out long-term tickets sent in this relationship that newer ones have replaced, but for the
    /// newest [`KEPT_LONG_TERM`].
    pub(crate) fn take_superseded(&mut self, transcript: &[u8; 32]) -> Vec<OwnTicket> {
        let replaced = |ticket: &OwnTicket| {
            ticket.kind == AddressKind::LongTerm
                && ticket.context.0 == *transcript
                && !self.long_term.contains(&ticket.id)
        };
        let mut surplus = self
            .tickets
            .iter()
            .filter(|ticket| replaced(ticket))
            .count();
        surplus = surplus.saturating_sub(KEPT_LONG_TERM);
        let (mut taken, mut kept) = (Vec::new(), Vec::new());
        for ticket in std::mem::take(&mut self.tickets) {
            if surplus > 0 && replaced(&ticket) {
                surplus -= 1;
                taken.push(ticket);
            } else {
                kept.push(ticket);
            }
        }
        self.tickets = kept;
        taken
    }

    pub(crate) fn set_long_term(&mut self, ids: Vec<AddressId>) {
        self.long_term = ids;
    }

    /// Whether an unexpired ticket names this key.
    pub(crate) fn names(&self, psk: &PskId) -> bool {
        self.tickets.iter().any(|ticket| ticket.psk == *psk)
    }
}
