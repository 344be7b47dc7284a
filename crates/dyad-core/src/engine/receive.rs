//! From an address to a body: envelope, establish, ratchet.

use dyad_protocol::address::AddressKind;
use dyad_protocol::body::{Body, Control};
use dyad_protocol::codec::DecodeError;
use dyad_protocol::envelope::{self, Content, SealedMessage};
use dyad_protocol::establish::{self, Establish};
use dyad_protocol::id::AddressId;

use super::work::Work;
use crate::bundles::OwnBundle;
use crate::effect::{Effect, Event};
use crate::limits::{MAX_EPOCH_JUMP, MAX_TAKEN_UP};
use crate::relationship::{Admission, Remedy, Status};
use crate::session::{NormalMessage, PreKeyMessage, Ratcheted, Session, SessionId};

impl Work<'_> {
    pub(super) fn received(&mut self, address: &AddressId, sealed: &SealedMessage) {
        if !self.is_live() || !self.admit() {
            return;
        }
        // An address that is not known here was for one message, which has come before.
        let Some(ticket) = self.state.ours.find(address) else {
            return;
        };
        let Some(psk) = self.state.psks.get(&ticket.psk) else {
            return;
        };
        let (kind, id) = (ticket.kind, ticket.id);
        match envelope::open(
            sealed,
            &ticket.secret,
            psk,
            &ticket.context,
            &ticket.address,
        ) {
            Ok(content) => {
                if kind == AddressKind::Ticket {
                    self.state.ours.spend(&id);
                    self.effects.push(Effect::Unregister(id));
                }
                self.opened(&content);
            }
            Err(error) => self.unreadable(&error),
        }
    }

    pub(super) fn forwarded(&mut self, content: &Content) {
        if self.is_live() && self.admit() {
            self.opened(content);
        }
    }

    fn admit(&mut self) -> bool {
        let admission = self.state.quota.admit(self.now);
        if admission == Admission::FirstTooMany {
            self.event(Event::TooManyMessages);
        }
        admission == Admission::Yes
    }

    fn opened(&mut self, content: &Content) {
        match content {
            Content::Ratchet(bytes) => {
                if let Some(message) = NormalMessage::parse(bytes) {
                    self.ratcheted(&message, false);
                }
            }
            Content::Establish(bytes) => self.established(bytes),
        }
    }

    /// Newer formats are told to the person; what is malformed is the contact's mistake.
    fn unreadable(&mut self, error: &DecodeError) {
        if matches!(error, DecodeError::Version { .. }) && !self.state.told_newer {
            self.state.told_newer = true;
            self.event(Event::NewerApp);
        }
    }

    fn ratcheted(&mut self, message: &NormalMessage, force: bool) {
        match self.state.sessions.decrypt(message, force, self.now) {
            Ratcheted::Plain(plaintext, place) => self.decrypted(&plaintext, place),
            Ratcheted::Early => self.state.held.push(message, self.now),
            Ratcheted::Copy => {}
            // An acknowledgement shows the gap, so that the message is sent again.
            Ratcheted::Lost => {
                self.state.unreadable = true;
                self.schedule_ack();
            }
            Ratcheted::Foreign => {
                self.schedule_ack();
                self.want_repair(Remedy::Session);
            }
        }
    }

    /// Feeds what waits and can be decrypted now.
    pub(super) fn feed_held(&mut self) {
        loop {
            let sessions = &self.state.sessions;
            let next = self
                .state
                .held
                .take(self.now, |message| sessions.is_due(message));
            let Some((message, force)) = next else { return };
            self.ratcheted(&message, force);
            if !self.is_live() {
                return;
            }
        }
    }

    fn established(&mut self, bytes: &[u8]) {
        let bundles = self.state.bundles.iter().rev();
        let opened = |own: &OwnBundle| {
            let establish = establish::open(bytes, &own.bundle, &own.xwing).ok()?;
            Some((establish, own.bundle.hash()))
        };
        let Some((establish, bundle)) = bundles.into_iter().find_map(opened) else {
            // It answers a bundle that we do not remember: only a session that we begin can help.
            self.want_repair(Remedy::Knock);
            return;
        };
        if establish.identity != self.state.their_identity {
            self.event(Event::IdentityChangedRefused);
            return;
        }
        let Some(message) = PreKeyMessage::parse(&establish.olm) else {
            return;
        };
        if self.state.sessions.contains(&message.session_id()) {
            self.ratcheted(&message.inner(), false);
        } else {
            self.take_up(&establish, &bundle, &message);
        }
    }

    /// The contact has begun a new session.
    fn take_up(&mut self, establish: &Establish, bundle: &[u8; 32], message: &PreKeyMessage) {
        let highest = self.state.sessions.highest_epoch();
        if establish.epoch > highest.saturating_add(MAX_EPOCH_JUMP) {
            return;
        }
        let own = self
            .state
            .bundles
            .iter()
            .find(|own| own.bundle.hash() == *bundle);
        let answered = own.map(|own| own.account.answer(&establish.curve, message));
        let Some(Ok((olm, plaintext))) = answered else {
            return;
        };
        let id = message.session_id();
        if self.state.taken_up.contains(&id) {
            // It was forgotten since. Somebody sends us an old message again, or the contact knows no better.
            self.want_repair(Remedy::Knock);
            return;
        }
        if !self.state.repairs.may_follow(self.now) {
            return;
        }
        if self.state.taken_up.len() >= MAX_TAKEN_UP {
            self.state.taken_up.remove(0);
        }
        self.state.taken_up.push(id);
        let psk = self
            .state
            .root_psk
            .for_relationship(establish.psk0.expose(), &self.state.transcript);
        let psk = self.state.psks.add(psk, true);
        let session = Session::new(id, establish.epoch, olm, psk, None);
        self.state.sessions.add(session, self.now);
        self.state.sessions.first_message(&id, &message.inner());
        let sent = Body::decode(&plaintext).map_or(self.now, |body| body.sent);
        self.followed_repair(&id, sent);
        self.body(&id, &plaintext);
    }

    fn decrypted(&mut self, plaintext: &[u8], place: usize) {
        let Some(session) = self.state.sessions.get_mut(place) else {
            return;
        };
        let (id, psk, opening) = (session.id, session.psk, session.opening.take());
        if self.state.sessions.is_sending(&id) {
            self.state.repairs.no_longer_wanted();
        }
        if let Some(opening) = opening {
            self.state.psks.share(&psk);
            if let Some(reason) = opening.reason {
                self.repaired(reason);
            }
        }
        self.body(&id, plaintext);
    }

    fn body(&mut self, session: &SessionId, plaintext: &[u8]) {
        let body = match Body::decode(plaintext) {
            Ok(body) => body,
            Err(error) => return self.unreadable(&error),
        };
        self.state.last_heard = Some(self.now);
        self.heard_in(session, body.sent);
        if self.state.status == Status::Requested {
            if body.control == Some(Control::AlreadyUsed) {
                return self.refused();
            }
            self.state.status = Status::Active;
            self.event(Event::RequestAnswered);
        }
        self.apply(body);
    }
}
