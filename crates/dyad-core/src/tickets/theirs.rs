//! Tickets that the contact gave us: which to use next.

use dyad_protocol::address::AddressKind;
use dyad_protocol::body::TicketGrant;
use dyad_protocol::bundle::Bundle;
use dyad_protocol::envelope::TicketContext;
use dyad_protocol::id::{AddressId, HostName};
use dyad_protocol::limits::{DAY, LONG_TERM_DAILY_LIMIT};
use dyad_protocol::psk::PskId;
use dyad_protocol::ticket::{ServiceRecord, Ticket};
use dyad_protocol::time::Timestamp;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use crate::limits::{CLOCK_SLACK, MAX_THEIR_LONG_TERM, MAX_THEIR_ONE_TIME};
use crate::relationship::TheirReceiver;

/// One ticket.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TheirTicket {
    pub(crate) ticket: Ticket,
    pub(crate) receiver: ServiceRecord,
    pub(crate) context: TicketContext,
    /// When it was made, by the contact's clock.
    made: Timestamp,
    /// From the invitation: good for `establish`, which says whose it is.
    invitation: bool,
    /// Day of the last use and uses on that day.
    used: (u32, u32),
    #[serde(default)]
    trust: Trust,
}

/// Whether the contact still has the key of a ticket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Trust {
    /// As far as we know.
    #[default]
    Good,
    /// It has begun a session anew since, and may have forgotten what was before.
    Doubted,
    /// It says that it has not. Who says so may itself be forgotten by now: a last resort.
    Void,
}

impl TheirTicket {
    pub(crate) fn address(&self) -> AddressId {
        self.ticket.address.id()
    }

    /// Whether something can be sent with it now.
    fn is_usable(&self, wanted: &Wanted<'_>, holds: impl Fn(&PskId) -> bool) -> bool {
        let now = wanted.now;
        !self.ticket.has_expired(now)
            && holds(&self.ticket.psk)
            && (wanted.invitation || !self.invitation)
            && (self.trust < Trust::Void || wanted.despair == Despair::Often)
            && (self.ticket.kind == AddressKind::Ticket
                || self.uses_today(now) < LONG_TERM_DAILY_LIMIT)
    }

    fn uses_today(&self, now: Timestamp) -> u32 {
        if self.used.0 == now.day() {
            self.used.1
        } else {
            0
        }
    }
}

/// All of them, in the order in which they came.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TheirTickets(Vec<TheirTicket>);

/// How often a message has not been confirmed for long. One-time tickets may have been used without our
/// knowledge, the newest long-term ones may have been forgotten there: both if a side is older than it thinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Despair {
    /// One-time tickets first.
    None,
    /// The newest long-term tickets first.
    Once,
    /// Any long-term ticket, one after another.
    Often,
}

/// What a ticket is wanted for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) now: Timestamp,
    /// A receiver that has failed or was used before.
    pub(crate) avoid: Option<&'a HostName>,
    /// Whether tickets of the invitation may be used.
    pub(crate) invitation: bool,
    pub(crate) despair: Despair,
}

impl TheirTickets {
    /// Takes in tickets that came in a body.
    pub(crate) fn accept(
        &mut self,
        grant: &TicketGrant,
        context: TicketContext,
        made: Timestamp,
        now: Timestamp,
    ) {
        self.accept_all(&grant.services, &grant.tickets, context, made, None, now);
    }

    /// Takes in the tickets of a bundle; those of an invitation's bundle are for the given key.
    pub(crate) fn accept_bundle(
        &mut self,
        bundle: &Bundle,
        invitation: Option<PskId>,
        now: Timestamp,
    ) {
        let body = bundle.body();
        let context = bundle.context();
        self.accept_all(
            &body.services,
            &body.tickets,
            context,
            body.created,
            invitation,
            now,
        );
    }

    fn accept_all(
        &mut self,
        services: &[ServiceRecord],
        tickets: &[Ticket],
        context: TicketContext,
        made: Timestamp,
        invitation: Option<PskId>,
        now: Timestamp,
    ) {
        for ticket in tickets {
            let Some(receiver) = services.get(usize::from(ticket.service)) else {
                continue;
            };
            // No address lives longer than this; a later date is a mistake or a mark.
            let believable = ticket.expiry <= ticket.kind.expiry(now.plus(31 * DAY));
            let id = ticket.address.id();
            let known = self.0.iter().any(|other| other.address() == id);
            if ticket.has_expired(now) || !believable || known {
                continue;
            }
            let mut ticket = ticket.clone();
            if let Some(psk) = invitation {
                ticket.psk = psk;
            }
            self.0.push(TheirTicket {
                ticket,
                receiver: receiver.clone(),
                context,
                made,
                invitation: invitation.is_some(),
                used: (0, 0),
                trust: Trust::Good,
            });
        }
        self.bound(AddressKind::Ticket, MAX_THEIR_ONE_TIME);
        self.bound(AddressKind::LongTerm, MAX_THEIR_LONG_TERM);
    }

    fn bound(&mut self, kind: AddressKind, most: usize) {
        let of_kind = |ticket: &TheirTicket| ticket.ticket.kind == kind;
        let mut surplus = self
            .0
            .iter()
            .filter(|ticket| of_kind(ticket))
            .count()
            .saturating_sub(most);
        self.0.retain(|ticket| {
            let goes = surplus > 0 && of_kind(ticket);
            surplus -= usize::from(goes);
            !goes
        });
    }

    /// The ticket to use next: of another receiver than the one to avoid, a one-time ticket before a
    /// long-term one, otherwise at random; none that names a key we do not hold.
    pub(crate) fn choose(
        &self,
        wanted: Wanted<'_>,
        holds: impl Fn(&PskId) -> bool,
        rng: &mut impl CryptoRng,
    ) -> Option<TheirTicket> {
        let usable = |ticket: &&TheirTicket| ticket.is_usable(&wanted, &holds);
        let often = wanted.despair == Despair::Often;
        let mut choice = |ticket: &&TheirTicket| {
            let long_term = ticket.ticket.kind == AddressKind::LongTerm;
            let avoided = wanted.avoid == Some(&ticket.receiver.host);
            // Of long-term tickets the newest set, which names the newest pre-shared key; when that has
            // not helped, the one that was not tried for longest.
            let newest = long_term && !often;
            let made = newest.then_some(std::cmp::Reverse(ticket.made));
            let used = long_term.then_some(ticket.used);
            let kind = long_term == (wanted.despair == Despair::None);
            let trust = (!often).then_some(ticket.trust);
            let order = (made, used, ticket.trust, rng.next_u32());
            (avoided, trust, kind, ticket.invitation, order)
        };
        self.0
            .iter()
            .filter(usable)
            .min_by_key(|ticket| choice(ticket))
            .cloned()
    }

    /// A ticket has been used.
    pub(crate) fn spend(&mut self, address: &AddressId, now: Timestamp) {
        let Some(place) = self
            .0
            .iter()
            .position(|ticket| ticket.address() == *address)
        else {
            return;
        };
        if self.0[place].ticket.kind == AddressKind::Ticket {
            self.0.remove(place);
        } else {
            let uses = self.0[place].uses_today(now) + 1;
            self.0[place].used = (now.day(), uses);
        }
    }

    /// A ticket turned out to be unusable.
    pub(crate) fn discard(&mut self, address: &AddressId) {
        self.0.retain(|ticket| ticket.address() != *address);
    }

    /// The contact says that it has lost the keys of all tickets that it made before `moment`.
    pub(crate) fn void_before(&mut self, moment: Timestamp) {
        self.trust_less(Trust::Void, |ticket| ticket.made < moment);
    }

    /// The contact may have lost the keys of tickets that it made until `moment`, and while its clock
    /// was ahead.
    pub(crate) fn doubt(&mut self, moment: Timestamp, now: Timestamp) {
        let soon = now.plus(CLOCK_SLACK);
        self.trust_less(Trust::Doubted, |ticket| {
            ticket.made <= moment || ticket.made > soon && moment <= soon
        });
    }

    /// Nothing is sent to one-time tickets that may be void, so that new ones take their place.
    fn trust_less(&mut self, trust: Trust, which: impl Fn(&TheirTicket) -> bool) {
        self.0
            .retain(|ticket| ticket.ticket.kind == AddressKind::LongTerm || !which(ticket));
        for ticket in self.0.iter_mut().filter(|ticket| which(ticket)) {
            ticket.trust = ticket.trust.max(trust);
        }
    }

    /// We may have used any of the one-time tickets already.
    pub(crate) fn forget_one_time(&mut self) {
        self.0
            .retain(|ticket| ticket.ticket.kind == AddressKind::LongTerm);
    }

    pub(crate) fn expire(&mut self, now: Timestamp) {
        self.0.retain(|ticket| !ticket.ticket.has_expired(now));
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Unused one-time tickets, as reported to the contact.
    pub(crate) fn stock(&self, holds: impl Fn(&PskId) -> bool) -> u8 {
        let usable = |ticket: &&TheirTicket| {
            ticket.ticket.kind == AddressKind::Ticket && holds(&ticket.ticket.psk)
        };
        u8::try_from(self.0.iter().filter(usable).count()).unwrap_or(u8::MAX)
    }

    /// Whether something could be sent by a receiver other than those in `failed`.
    pub(crate) fn has_other_receiver(
        &self,
        failed: &[HostName],
        now: Timestamp,
        invitation: bool,
        holds: impl Fn(&PskId) -> bool,
    ) -> bool {
        let wanted = Wanted {
            now,
            avoid: None,
            invitation,
            despair: Despair::None,
        };
        self.0.iter().any(|ticket| {
            !failed.contains(&ticket.receiver.host) && ticket.is_usable(&wanted, &holds)
        })
    }

    pub(crate) fn names(&self, psk: &PskId) -> bool {
        self.0.iter().any(|ticket| ticket.ticket.psk == *psk)
    }

    /// What we have for each receiver.
    pub(crate) fn receivers(&self) -> Vec<TheirReceiver> {
        let mut receivers: Vec<TheirReceiver> = Vec::new();
        for ticket in self.0.iter().filter(|ticket| ticket.trust < Trust::Void) {
            let host = &ticket.receiver.host;
            let place = receivers
                .iter()
                .position(|r| r.host == *host)
                .unwrap_or_else(|| {
                    receivers.push(TheirReceiver {
                        host: host.clone(),
                        one_time: 0,
                        long_term: 0,
                    });
                    receivers.len() - 1
                });
            match ticket.ticket.kind {
                AddressKind::Ticket => receivers[place].one_time += 1,
                AddressKind::LongTerm => receivers[place].long_term += 1,
            }
        }
        receivers
    }
}
