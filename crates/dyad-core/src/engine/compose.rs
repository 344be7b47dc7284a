//! Making one sealed message: what goes into the body, the ratchet, the envelope, the way it takes.

use dyad_protocol::address::AddressKind;
use dyad_protocol::body::{Body, Control, Payload};
use dyad_protocol::envelope::{Content, SealError, SealedMessage, TicketContext, seal};
use dyad_protocol::establish::{self, ESTABLISH_OVERHEAD, Establish};
use dyad_protocol::id::{HostName, MessageId};
use dyad_protocol::limits::{ENVELOPE_CAPACITY, MAX_TICKETS};
use dyad_protocol::psk::PskId;
use dyad_protocol::ticket::Ticket;

use super::draft::{Draft, fit_acks};
use super::work::Work;
use crate::effect::{Effect, Outgoing, OutgoingId};
use crate::error::StepError;
use crate::limits::MAX_RECEIVERS;
use crate::relationship::Status;
use crate::session::{Encrypted, max_plaintext};
use crate::stream::Piece;
use crate::tickets::{Carrier, Despair, OwnTicket, TheirTicket, Wanted, grant};

/// Longest body in an `establish`, bytes.
pub(super) const OPENING_ROOM: usize = max_plaintext(ENVELOPE_CAPACITY - ESTABLISH_OVERHEAD, true);
/// Longest body otherwise.
const ROOM: usize = max_plaintext(ENVELOPE_CAPACITY, false);
/// What tickets take beside themselves at most: key, header and two lengths.
const GRANT_OVERHEAD: usize = 12;

/// Which way a message is to take.
pub(super) struct Way {
    /// The receiver of the attempt before.
    pub(super) avoid: Option<HostName>,
    pub(super) despair: Despair,
}

impl Way {
    /// For a first attempt.
    pub(super) const ANY: Self = Self {
        avoid: None,
        despair: Despair::None,
    };
}

/// What was sent.
pub(super) struct Sent {
    pub(super) outgoing: OutgoingId,
    pub(super) receiver: HostName,
    pub(super) carried: Vec<Piece>,
}

impl Work<'_> {
    /// Sends a body. `None` if there is no ticket or session to send it with now.
    pub(super) fn send_body(
        &mut self,
        message: Option<MessageId>,
        payload: Option<Payload>,
        control: Option<Control>,
        way: &Way,
    ) -> Result<Option<Sent>, StepError> {
        let Some(session) = self.state.sessions.sending() else {
            return Ok(None);
        };
        let opening = session.opening.is_some();
        if self.choose(opening, way).is_none() {
            return Ok(None);
        }
        let draft = self.draft(message, payload, control, opening)?;
        let content = self.encrypt(&draft.body.encode())?;
        let Some((ticket, sealed)) = self.seal(&content, opening, way) else {
            return Ok(None);
        };
        self.state.theirs.spend(&ticket.address(), self.now);
        if let Some(opening) = self
            .state
            .sessions
            .sending_mut()
            .and_then(|s| s.opening.as_mut())
        {
            opening.sent = opening.sent.saturating_add(1);
        }
        let outgoing = OutgoingId(self.random());
        self.effects.push(Effect::Submit(Outgoing {
            id: outgoing,
            message,
            receiver: ticket.receiver.clone(),
            address: ticket.ticket.address,
            sealed,
            class: self.profile.policy.traffic,
            expires: ticket.ticket.expiry.begins(),
        }));
        Ok(Some(Sent {
            outgoing,
            receiver: ticket.receiver.host,
            carried: draft.carried,
        }))
    }

    fn choose(&mut self, opening: bool, way: &Way) -> Option<TheirTicket> {
        // Of an invitation for several people only an `establish` says whose message it is.
        let single = self.state.begun.reuse == dyad_protocol::invitation::Reuse::Single;
        let wanted = Wanted {
            now: self.now,
            avoid: way.avoid.as_ref(),
            invitation: opening || single,
            despair: way.despair.max(self.knocking()),
        };
        let psks = &self.state.psks;
        self.state
            .theirs
            .choose(wanted, |psk| psks.get(psk).is_some(), &mut self.rng)
    }

    /// A session is begun to repair another because something was forgotten, perhaps tickets: first it
    /// goes to the newest long-term ones, then, as long as there is no answer, to any every other time.
    fn knocking(&self) -> Despair {
        let opening = self.state.sessions.opening();
        match opening.filter(|opening| opening.reason.is_some()) {
            None => Despair::None,
            Some(opening) if opening.sent >= 2 && opening.sent % 2 == 0 => Despair::Often,
            Some(_) => Despair::Once,
        }
    }

    /// Seals to the best ticket; those with unusable keys are discarded.
    fn seal(
        &mut self,
        content: &Content,
        opening: bool,
        way: &Way,
    ) -> Option<(TheirTicket, SealedMessage)> {
        loop {
            let ticket = self.choose(opening, way)?;
            let psk = self.state.psks.get(&ticket.ticket.psk)?.clone();
            let (key, address) = (&ticket.ticket.key, &ticket.ticket.address);
            match seal(content, key, &psk, &ticket.context, address, &mut self.rng) {
                Ok(sealed) => return Some((ticket, sealed)),
                Err(SealError::Key) => self.state.theirs.discard(&ticket.address()),
                Err(SealError::TooLong { .. }) => return None,
            }
        }
    }

    fn encrypt(&mut self, plaintext: &[u8]) -> Result<Content, StepError> {
        const REFUSED: StepError = StepError::Ratchet("its keys are unusable");
        let session = self.state.sessions.sending_mut().ok_or(REFUSED)?;
        let encrypted = session.olm.encrypt(plaintext).map_err(|_| REFUSED)?;
        match (encrypted, &session.opening) {
            (Encrypted::Normal(olm), None) => Ok(Content::Ratchet(olm)),
            (Encrypted::PreKey(olm), Some(opening)) => {
                let establish = Establish {
                    epoch: session.epoch,
                    identity: self.state.identity.public(),
                    curve: opening.curve,
                    psk0: opening.psk0.clone(),
                    olm,
                };
                let bytes = establish::seal(
                    &establish,
                    &self.state.identity,
                    &opening.bundle,
                    &mut self.rng,
                )
                .map_err(|_| StepError::InvitationUnusable)?;
                Ok(Content::Establish(bytes))
            }
            _ => Err(StepError::Ratchet("it is not where we think it is")),
        }
    }

    /// What goes into a body: what it is for, then what is most needed, as room allows.
    pub(super) fn draft(
        &mut self,
        message: Option<MessageId>,
        payload: Option<Payload>,
        control: Option<Control>,
        opening: bool,
    ) -> Result<Draft, StepError> {
        let room = if opening { OPENING_ROOM } else { ROOM };
        let body = Body {
            message,
            payload,
            control,
            sent: self.moment(),
            ..Body::default()
        };
        if body.encode().len() > room {
            return Err(StepError::TooLong {
                limit: dyad_protocol::body::MAX_TEXT_LEN,
            });
        }
        let mut draft = Draft {
            body,
            room,
            opening,
            carried: Vec::new(),
        };
        self.add_first_written(&mut draft);
        self.add_urgent(&mut draft);
        self.add_tickets(&mut draft);
        Ok(draft)
    }

    /// Who reads a message that is sent again sees when it was written.
    fn add_first_written(&self, draft: &mut Draft) {
        let id = draft.body.message.filter(|_| draft.body.payload.is_some());
        let written = id.and_then(|id| self.state.out.get(&id)).map(|m| m.written);
        if let Some(at) = written.filter(|at| *at < draft.body.sent) {
            draft.try_add(|body| body.written = Some(at));
        }
    }

    /// Voided tickets, our identity, acknowledgements.
    fn add_urgent(&mut self, draft: &mut Draft) {
        if self.state.pieces.contains(Piece::Void) && draft.body.control.is_none() {
            let void = Control::TicketsVoidBefore(self.state.void_before);
            draft.try_piece(Piece::Void, |body| body.control = Some(void));
        }
        if let Some(follows) = self.state.follows.clone()
            && self.state.pieces.contains(Piece::Follows)
        {
            draft.try_piece(Piece::Follows, |body| body.follows = Some(follows));
        }
        if self.state.status != Status::Active {
            return;
        }
        let acks = |incoming: &crate::stream::Incoming, n, most| incoming.received(n, most);
        if fit_acks(draft, &self.state.incoming, acks, |body, acks| {
            body.received = acks
        }) {
            self.state.incoming.ack_due = None;
        }
        if self.state.unreadable && draft.body.control.is_none() {
            let told = draft.try_add(|body| body.control = Some(Control::Unreadable));
            self.state.unreadable = !told;
        }
        if self.profile.policy.receipts.read {
            let acks = |incoming: &crate::stream::Incoming, n, most| incoming.read_acks(n, most);
            if fit_acks(draft, &self.state.incoming, acks, |body, acks| {
                body.read = acks
            }) {
                self.state.incoming.told_read();
            }
        }
    }

    /// Tickets, and between long-term and one-time ones the large state updates.
    fn add_tickets(&mut self, draft: &mut Draft) {
        let Some(psk) = self.nameable() else { return };
        let long_term = self.add_long_term(draft, psk);
        if draft.body.message.is_some() {
            self.add_large(draft);
        }
        let psks = &self.state.psks;
        let stock = self.state.theirs.stock(|psk| psks.get(psk).is_some());
        draft.try_add(|body| body.stock = Some(stock));
        let carrier = draft
            .body
            .message
            .map_or(Carrier::Loose(self.now), Carrier::Message);
        let fresh = self.mint_fitting(draft, psk, &long_term, carrier);
        if !fresh.is_empty() {
            draft.try_add(|body| body.tickets = Some(grant(long_term.iter().chain(&fresh))));
        }
        fresh
            .into_iter()
            .for_each(|ticket| self.keep_ticket(ticket));
    }

    /// The long-term tickets that the contact should have, until it has confirmed them; at least one.
    fn add_long_term(&mut self, draft: &mut Draft, psk: PskId) -> Vec<OwnTicket> {
        if draft.body.message.is_none() || !self.state.pieces.contains(Piece::LongTerm) {
            return Vec::new();
        }
        self.ensure_long_term(psk);
        let mut set: Vec<OwnTicket> = self.state.ours.long_term().into_iter().cloned().collect();
        if set.is_empty() {
            return set;
        }
        if draft.try_add(|body| body.tickets = Some(grant(&set))) {
            draft.carried.push(Piece::LongTerm);
            return set;
        }
        let place = self.rng.next_u32() as usize % set.len();
        set = vec![set.swap_remove(place)];
        if !draft.try_add(|body| body.tickets = Some(grant(&set))) {
            set.clear();
        }
        set
    }

    /// Renewal of the pre-shared key, bundle, presentation: each if no other message carries it already.
    fn add_large(&mut self, draft: &mut Draft) {
        let ours = draft.body.message.and_then(|id| self.state.out.get(&id));
        let ours: Vec<Piece> = ours
            .map(|message| message.carries.clone())
            .unwrap_or_default();
        let mut due = self.state.pieces.due(&self.state.out, draft.opening);
        due.extend(
            ours.into_iter()
                .filter(|piece| self.state.pieces.contains(*piece)),
        );
        if due.contains(&Piece::Kem)
            && let Some(update) = self.state.kem.as_ref().and_then(|kem| kem.update())
        {
            draft.try_piece(Piece::Kem, |body| body.kem = Some(update));
        }
        if due.contains(&Piece::Bundle)
            && !draft.opening
            && let Some(own) = self.state.bundles.last()
        {
            let bytes = own.bundle.as_bytes().to_vec();
            draft.try_piece(Piece::Bundle, |body| body.bundle = Some(bytes));
        }
        if due.contains(&Piece::Presentation) {
            let presentation = self.profile.presentation.clone();
            draft.try_piece(Piece::Presentation, |body| {
                body.presentation = Some(presentation)
            });
        }
    }

    /// Fresh one-time tickets: as many as the contact lacks and as have room.
    fn mint_fitting(
        &mut self,
        draft: &Draft,
        psk: PskId,
        long_term: &[OwnTicket],
        carrier: Carrier,
    ) -> Vec<OwnTicket> {
        let mailboxes = self.profile.minting_mailboxes(self.now);
        let lacking = self
            .state
            .ours
            .lacking(self.now)
            .min(MAX_TICKETS - long_term.len());
        let mut services: Vec<_> = long_term.iter().map(|ticket| &ticket.receiver).collect();
        let mut free = draft.free().saturating_sub(GRANT_OVERHEAD);
        let (mut fresh, context) = (Vec::new(), TicketContext(self.state.transcript));
        let start = self.rng.next_u32() as usize;
        for n in 0..lacking {
            let Some(mailbox) = mailboxes.get((start % 64 + n) % mailboxes.len().max(1)) else {
                break;
            };
            let service = !services.contains(&&mailbox.receiver);
            let cost = Ticket::LEN
                + if service {
                    1 + mailbox.receiver.host.as_str().len() + 32
                } else {
                    0
                };
            if cost > free {
                break;
            }
            let kind = AddressKind::Ticket;
            let minted = OwnTicket::mint(mailbox, kind, psk, context, self.now, &mut self.rng);
            // A receiver that publishes an unusable key gets no traffic.
            let Ok(ticket) = minted else { continue };
            free -= cost;
            services.push(&mailbox.receiver);
            fresh.push(OwnTicket { carrier, ..ticket });
        }
        fresh
    }

    /// Makes the long-term tickets that the contact should have, unless those that exist will do.
    pub(super) fn ensure_long_term(&mut self, psk: PskId) {
        let current = self.state.ours.long_term();
        let good =
            |ticket: &&OwnTicket| ticket.psk == psk || self.state.psks.is_shared(&ticket.psk);
        if !current.is_empty() && current.iter().all(good) {
            return;
        }
        let context = TicketContext(self.state.transcript);
        let mut ids = Vec::new();
        for mailbox in self
            .profile
            .minting_mailboxes(self.now)
            .into_iter()
            .take(MAX_RECEIVERS)
        {
            let kind = AddressKind::LongTerm;
            if let Ok(ticket) =
                OwnTicket::mint(mailbox, kind, psk, context, self.now, &mut self.rng)
            {
                ids.push(ticket.id);
                self.keep_ticket(ticket);
            }
        }
        self.state.ours.set_long_term(ids);
        self.state
            .pieces
            .change(Piece::LongTerm, &mut self.state.out);
    }

    /// Keeps a fresh ticket: from now on its address leads here.
    pub(super) fn keep_ticket(&mut self, ticket: OwnTicket) {
        self.effects.push(Effect::Register(ticket.id));
        if let Some(forgotten) = self.state.ours.add(ticket) {
            self.effects.push(Effect::Unregister(forgotten));
        }
    }

    /// The pre-shared key that tickets in the next message may name: while we begin a session, its own,
    /// because every message says what it follows from.
    pub(super) fn nameable(&self) -> Option<PskId> {
        let sending = self.state.sessions.sending();
        sending
            .filter(|session| session.opening.is_some())
            .map(|session| session.psk)
            .or_else(|| self.state.psks.nameable())
    }
}
