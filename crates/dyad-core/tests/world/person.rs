//! One person: a profile, an index of addresses, states, and what was shown.

use std::collections::{BTreeMap, HashMap, HashSet};

use dyad_core::{
    DeliveryState, Effect, Event, InvitationState, LocalId, OwnMailbox, ProfileState,
    RelationshipState,
};
use dyad_protocol::address::{Generation, MintingKey};
use dyad_protocol::body::{Payload, Presentation};
use dyad_protocol::id::{AddressId, MessageId, RelationshipId, RootAddress};
use dyad_protocol::limits::DAY;
use dyad_protocol::sign::{AddressSigningKey, ServiceKeyHash};
use dyad_protocol::ticket::ServiceRecord;
use dyad_protocol::time::Timestamp;
use rand_chacha::ChaCha20Rng;

use super::Network;

#[derive(Debug, Clone)]
pub enum Target {
    Relationship(RelationshipId),
    Invitation(usize),
}

#[derive(Clone)]
pub struct Person {
    pub name: String,
    pub online: bool,
    pub profile: ProfileState,
    pub relationships: BTreeMap<RelationshipId, RelationshipState>,
    pub invitations: Vec<InvitationState>,
    pub index: HashMap<AddressId, Target>,
    pub history: BTreeMap<LocalId, Payload>,
    pub numbers: BTreeMap<LocalId, MessageId>,
    pub delivery: HashMap<MessageId, DeliveryState>,
    shown: HashSet<MessageId>,
    pub inbox: Vec<String>,
    /// When each was written, as its writer says.
    pub written: Vec<Timestamp>,
    pub events: Vec<Event>,
    pub submitted: usize,
}

impl Person {
    pub fn new(
        n: usize,
        name: &str,
        network: &mut Network,
        now: Timestamp,
        rng: &mut ChaCha20Rng,
    ) -> Self {
        let mailboxes = (0..2)
            .map(|m| {
                let host = format!("receiver{m}.{}.example", name.to_lowercase())
                    .parse()
                    .unwrap();
                let address_key = AddressSigningKey::random(rng);
                let root = RootAddress::new([(16 * n + m) as u8; 16]);
                let public = network.add_receiver(&host, root, &address_key.public(), n, rng);
                OwnMailbox {
                    receiver: ServiceRecord {
                        host,
                        key_hash: ServiceKeyHash::new([m as u8; 32]),
                    },
                    root,
                    address_key,
                    minting: MintingKey {
                        generation: Generation(1),
                        public,
                    },
                    minting_until: now.plus(3_000 * DAY),
                    ends: now.plus(3_000 * DAY),
                    usable: true,
                }
            })
            .collect();
        let presentation = Presentation {
            name: name.into(),
            pronouns: None,
        };
        Self {
            name: name.into(),
            online: true,
            profile: ProfileState {
                presentation,
                mailboxes,
                ..ProfileState::default()
            },
            relationships: BTreeMap::new(),
            invitations: Vec::new(),
            index: HashMap::new(),
            history: BTreeMap::new(),
            numbers: BTreeMap::new(),
            delivery: HashMap::new(),
            shown: HashSet::new(),
            inbox: Vec::new(),
            written: Vec::new(),
            events: Vec::new(),
            submitted: 0,
        }
    }

    pub fn payload_of(&self, message: &MessageId) -> Payload {
        let local = self
            .numbers
            .iter()
            .find(|(_, id)| *id == message)
            .unwrap()
            .0;
        self.history[local].clone()
    }

    pub fn note(&mut self, effect: Effect) {
        match effect {
            Effect::Incoming {
                message,
                payload,
                sent,
            } => {
                assert!(
                    self.shown.insert(message),
                    "{} was shown a message twice",
                    self.name
                );
                self.inbox.push(super::text_of(&payload));
                self.written.push(sent);
            }
            Effect::Numbered { local, message } => {
                self.numbers.insert(local, message);
            }
            Effect::Delivery { message, state } => {
                let before = self.delivery.insert(message, state);
                assert!(
                    before.is_none_or(|before| before <= state),
                    "{before:?} to {state:?}"
                );
            }
            Effect::Event(event) => self.events.push(event),
            _ => {}
        }
    }

    pub fn count(&self, event: impl Fn(&Event) -> bool) -> usize {
        self.events.iter().filter(|e| event(e)).count()
    }

    pub fn repairs(&self) -> usize {
        self.count(|event| matches!(event, Event::Repaired { .. }))
    }
}
