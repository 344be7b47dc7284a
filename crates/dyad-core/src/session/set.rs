//! The sessions of one relationship. We send in the one that was begun last, or in which the contact
//! was heard last; the others only receive, until nothing has come in them for 30 days.

use dyad_protocol::body::Ranges;
use dyad_protocol::bundle::{Bundle, OlmPublic};
use dyad_protocol::establish::Psk0;
use dyad_protocol::psk::PskId;
use dyad_protocol::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{NormalMessage, OlmError, OlmSession, SessionId};
use crate::effect::RepairReason;
use crate::limits::{
    MAX_CHAINS, MAX_RECENT, MAX_SESSIONS, MAX_SKIP, OLD_SESSION_LIFETIME, REPAIR_INTERVAL,
};

/// One session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) epoch: u32,
    pub(crate) olm: OlmSession,
    /// The pre-shared key that it brought.
    pub(crate) psk: PskId,
    /// When the latest message that came in it was written, by the contact's clock.
    heard: Timestamp,
    /// We began it and nothing has come back yet: every message in it is an `establish`.
    pub(crate) opening: Option<Opening>,
    /// Its state is older than what the contact knows: it must not be sent with.
    stale: bool,
    /// When another came to be used for sending, or something last came in this one since.
    replaced: Option<Timestamp>,
    /// The contact's chains that we have decrypted messages of, oldest first.
    chains: Vec<Chain>,
}

/// What is repeated in every `establish` of a session until an answer comes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// The contact's bundle that it answers.
    pub(crate) bundle: Bundle,
    /// Our Olm identity key in it.
    pub(crate) curve: OlmPublic,
    pub(crate) psk0: Psk0,
    /// Why it was begun; none for first contact.
    pub(crate) reason: Option<RepairReason>,
    pub(crate) begun: Timestamp,
    /// Messages sent in it.
    pub(crate) sent: u32,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Chain {
    #[serde(with = "serde_key")]
    key: [u8; 32],
    /// The index after the highest that was decrypted.
    next: u64,
    used: Ranges,
}

mod serde_key {
    pub(super) use dyad_protocol::codec::deserialize_array as deserialize;
    pub(super) fn serialize<S: serde::Serializer>(key: &[u8; 32], s: S) -> Result<S::Ok, S::Error> {
        dyad_protocol::codec::serialize_bytes(key, s)
    }
}

/// What came of a message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ratcheted {
    /// Its plaintext, and the session's place.
    Plain(Vec<u8>, usize),
    /// Too many before it are missing.
    Early,
    /// A copy of one that was decrypted before.
    Copy,
    /// Its key was given up; the sender has to send it again.
    Lost,
    /// The sender used a key twice, or a session that we do not have.
    Foreign,
}

/// All sessions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct SessionSet {
    /// The one to send with last, unless it is stale.
    sessions: Vec<Session>,
    /// Highest epoch ever seen.
    highest: u32,
    /// Fingerprints of decrypted messages, oldest first.
    recent: Vec<u64>,
}

impl Session {
    pub(crate) const fn new(
        id: SessionId,
        epoch: u32,
        olm: OlmSession,
        psk: PskId,
        opening: Option<Opening>,
    ) -> Self {
        Self {
            id,
            epoch,
            olm,
            psk,
            heard: Timestamp::from_secs(0),
            opening,
            stale: false,
            replaced: None,
            chains: Vec::new(),
        }
    }

    fn chain(&self, key: &[u8; 32]) -> Option<&Chain> {
        self.chains.iter().find(|chain| chain.key == *key)
    }

    fn used(&mut self, message: &NormalMessage) {
        let (key, index) = (message.chain(), message.index());
        let place = self
            .chains
            .iter()
            .position(|chain| chain.key == key)
            .unwrap_or_else(|| {
                if self.chains.len() >= MAX_CHAINS {
                    self.chains.remove(0);
                }
                self.chains.push(Chain {
                    key,
                    next: 0,
                    used: Ranges::default(),
                });
                self.chains.len() - 1
            });
        let chain = &mut self.chains[place];
        chain.next = chain.next.max(index.saturating_add(1));
        chain.used.insert(index);
    }
}

impl SessionSet {
    /// Adds a session, to send with from now on. What the contact begins it can read for sure, whatever
    /// it has forgotten. Only when both begin one at the same time, of equal epochs, the smaller id counts.
    pub(crate) fn add(&mut self, session: Session, now: Timestamp) {
        self.highest = self.highest.max(session.epoch);
        let at_once = session.opening.is_none()
            && self.sending().is_some_and(|sending| {
                sending.opening.is_some()
                    && (sending.epoch, sending.id) < (session.epoch, session.id)
                    && sending.epoch == session.epoch
            });
        let place = self.sessions.len() - usize::from(at_once);
        self.sessions.insert(place, session);
        if self.sessions.len() > MAX_SESSIONS {
            let unanswered = |session: &Session| session.opening.is_some();
            let place = self.sessions[..MAX_SESSIONS - 1]
                .iter()
                .position(unanswered);
            self.sessions.remove(place.unwrap_or(0));
        }
        self.prune(now);
    }

    /// Notes when a message that came in a session was written. Says whether it is to be used for
    /// sending: if the contact sends in it after it had sent in the one that we send with, it has
    /// forgotten that; if it does so after we have begun another, it cannot read what that begins with.
    pub(crate) fn heard(&mut self, id: &SessionId, sent: Timestamp, now: Timestamp) -> bool {
        let elsewhere = self.sending().is_some_and(|sending| {
            let opening = sending.opening.as_ref();
            let fresh = opening.is_some_and(|opening| now.since(opening.begun) < REPAIR_INTERVAL);
            sending.id != *id && !fresh && sent > sending.heard
        });
        let Some(session) = self.sessions.iter_mut().find(|session| session.id == *id) else {
            return false;
        };
        session.heard = session.heard.max(sent);
        elsewhere && !session.stale
    }

    /// Sends in this session from now on.
    pub(crate) fn prefer(&mut self, id: &SessionId, now: Timestamp) {
        if let Some(place) = self.sessions.iter().position(|session| session.id == *id) {
            let session = self.sessions.remove(place);
            self.sessions.push(session);
        }
        self.prune(now);
    }

    /// Records that the message with which a session was taken up has been decrypted.
    pub(crate) fn first_message(&mut self, id: &SessionId, message: &NormalMessage) {
        self.remember(message.fingerprint());
        if let Some(session) = self.sessions.iter_mut().find(|session| session.id == *id) {
            session.used(message);
        }
    }

    pub(crate) const fn highest_epoch(&self) -> u32 {
        self.highest
    }

    pub(crate) fn contains(&self, id: &SessionId) -> bool {
        self.sessions.iter().any(|session| session.id == *id)
    }

    pub(crate) fn get_mut(&mut self, place: usize) -> Option<&mut Session> {
        self.sessions.get_mut(place)
    }

    /// The session to send with.
    pub(crate) fn sending(&self) -> Option<&Session> {
        self.sessions.iter().rfind(|session| !session.stale)
    }

    pub(crate) fn is_sending(&self, id: &SessionId) -> bool {
        self.sending().is_some_and(|session| session.id == *id)
    }

    /// What is repeated if nothing has come back in it.
    pub(crate) fn opening(&self) -> Option<&Opening> {
        self.sending().and_then(|session| session.opening.as_ref())
    }

    pub(crate) fn sending_mut(&mut self) -> Option<&mut Session> {
        self.sessions.iter_mut().rfind(|session| !session.stale)
    }

    /// Whether one of the sessions brought this pre-shared key.
    pub(crate) fn names(&self, psk: &PskId) -> bool {
        self.sessions.iter().any(|session| session.psk == *psk)
    }

    /// No session that exists now is sent with any more.
    pub(crate) fn make_stale(&mut self) {
        for session in &mut self.sessions {
            session.stale = true;
            session.opening = None;
        }
    }

    /// Forgets sessions that were replaced long ago.
    pub(crate) fn prune(&mut self, now: Timestamp) {
        let sending = self.sending().map(|session| session.id);
        for session in &mut self.sessions {
            if sending.is_none_or(|id| id == session.id) {
                session.replaced = None;
            } else if session.replaced.is_none() {
                session.replaced = Some(now);
            }
        }
        self.sessions.retain(|session| {
            session
                .replaced
                .is_none_or(|since| now.since(since) < OLD_SESSION_LIFETIME)
        });
    }

    /// Whether all but at most [`MAX_SKIP`] of the messages before this one have come.
    pub(crate) fn is_due(&self, message: &NormalMessage) -> bool {
        let next = self
            .sessions
            .iter()
            .find_map(|s| s.chain(&message.chain()))
            .map_or(0, |c| c.next);
        message.index().saturating_sub(next) <= MAX_SKIP
    }

    /// Decrypts with the session that the message belongs to. `force` gives up the keys of messages
    /// before it rather than wait for them.
    pub(crate) fn decrypt(
        &mut self,
        message: &NormalMessage,
        force: bool,
        now: Timestamp,
    ) -> Ratcheted {
        let key = message.chain();
        let known = self
            .sessions
            .iter()
            .position(|session| session.chain(&key).is_some());
        if let Some(chain) = known.and_then(|place| self.sessions[place].chain(&key))
            && chain.used.contains(message.index())
        {
            let copy = self.recent.contains(&message.fingerprint());
            return if copy {
                Ratcheted::Copy
            } else {
                Ratcheted::Foreign
            };
        }
        if !force && !self.is_due(message) {
            return Ratcheted::Early;
        }
        let places = match known {
            Some(place) => place..place + 1,
            None => 0..self.sessions.len(),
        };
        for place in places {
            match self.sessions[place].olm.decrypt(message) {
                Ok(plaintext) => {
                    let session = &mut self.sessions[place];
                    session.used(message);
                    session.replaced = session.replaced.map(|_| now);
                    self.remember(message.fingerprint());
                    return Ratcheted::Plain(plaintext, place);
                }
                Err(OlmError::KeyGone) => return Ratcheted::Lost,
                Err(OlmError::NotAuthentic | OlmError::Key | OlmError::Stored) => {}
            }
        }
        // A chain that is remembered here may have been given up by the ratchet.
        if known.is_some() {
            Ratcheted::Lost
        } else {
            Ratcheted::Foreign
        }
    }

    fn remember(&mut self, fingerprint: u64) {
        if self.recent.len() >= MAX_RECENT {
            self.recent.remove(0);
        }
        self.recent.push(fingerprint);
    }
}
