//! Sender services, the way between, and receivers that check addresses as real ones do.

use std::collections::{BTreeMap, HashMap, HashSet};

use dyad_core::{Outgoing, OutgoingId};
use dyad_protocol::address::{AddressKind, open_recipient};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::hpke::{X25519Public, X25519Secret};
use dyad_protocol::id::{AddressId, HostName, RootAddress};
use dyad_protocol::limits::LONG_TERM_DAILY_LIMIT;
use dyad_protocol::sign::AddressPublic;
use dyad_protocol::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

/// What can go wrong on the way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// Lost of a hundred.
    pub loss: u32,
    /// Delivered twice of a hundred.
    pub copies: u32,
    /// Longest delay, seconds; drawn uniformly.
    pub delay: u64,
}

#[derive(Clone)]
struct Receiver {
    host: HostName,
    key: X25519Secret,
    mailboxes: HashMap<RootAddress, (AddressPublic, usize)>,
    used: HashMap<AddressId, (u32, u32)>,
    revoked: HashSet<AddressId>,
}

#[derive(Default)]
pub struct Network {
    receivers: HashMap<HostName, Receiver>,
    /// On the way: by moment and order of submission.
    travelling: BTreeMap<(Timestamp, u64), (Outgoing, bool)>,
    /// For people who are off-line.
    kept: Vec<(usize, AddressId, SealedMessage)>,
    order: u64,
    pub faults: Faults,
    /// Nothing leaves until it is released.
    pub hold: bool,
    /// No sender service takes anything.
    pub closed: bool,
    held: Vec<(usize, Outgoing)>,
    /// Hosts that nothing reaches.
    pub down: HashSet<HostName>,
    pub dropped: usize,
    pub hosts: Vec<HostName>,
    pub last_from: Option<(usize, OutgoingId)>,
}

impl Network {
    pub fn add_receiver(
        &mut self,
        host: &HostName,
        root: RootAddress,
        owner: &AddressPublic,
        person: usize,
        rng: &mut ChaCha20Rng,
    ) -> X25519Public {
        let receiver = self
            .receivers
            .entry(host.clone())
            .or_insert_with(|| Receiver {
                host: host.clone(),
                key: X25519Secret::random(rng),
                mailboxes: HashMap::new(),
                used: HashMap::new(),
                revoked: HashSet::new(),
            });
        receiver.mailboxes.insert(root, (*owner, person));
        receiver.key.public()
    }

    /// The same receivers with nothing on the way.
    pub fn again(&self) -> Self {
        Self {
            receivers: self.receivers.clone(),
            ..Self::default()
        }
    }

    pub fn submit(
        &mut self,
        from: usize,
        outgoing: Outgoing,
        now: Timestamp,
        rng: &mut ChaCha20Rng,
    ) {
        self.hosts.push(outgoing.receiver.host.clone());
        self.last_from = Some((from, outgoing.id));
        if self.hold {
            self.held.push((from, outgoing));
            return;
        }
        if rng.next_u32() % 100 < self.faults.loss || self.down.contains(&outgoing.receiver.host) {
            self.dropped += 1;
            return;
        }
        let copy = rng.next_u32() % 100 < self.faults.copies;
        for again in [false, true].into_iter().take(1 + usize::from(copy)) {
            let delay = if self.faults.delay == 0 {
                0
            } else {
                rng.next_u64() % self.faults.delay
            };
            self.travel(outgoing.clone(), again, now.plus(1 + delay));
        }
    }

    fn travel(&mut self, outgoing: Outgoing, again: bool, at: Timestamp) {
        self.order += 1;
        self.travelling.insert((at, self.order), (outgoing, again));
    }

    /// What was held leaves, in the order that `arrange` makes.
    pub fn release(&mut self, now: Timestamp, arrange: impl FnOnce(&mut Vec<(usize, Outgoing)>)) {
        self.hold = false;
        let mut held = std::mem::take(&mut self.held);
        arrange(&mut held);
        for (_, outgoing) in held {
            self.travel(outgoing, false, now.plus(1));
        }
    }

    pub fn next_arrival(&self) -> Option<Timestamp> {
        self.travelling.keys().next().map(|(at, _)| *at)
    }

    /// The next that the receiver lets through: whose it is, to which address, what.
    pub fn take_arrival(&mut self, now: Timestamp) -> Option<(usize, AddressId, SealedMessage)> {
        let (_, (outgoing, again)) = self.travelling.pop_first()?;
        let receiver = self.receivers.get_mut(&outgoing.receiver.host)?;
        let id = outgoing.address.id();
        let opened = open_recipient(&receiver.host, &receiver.key, &outgoing.address).ok()?;
        let (owner, person) = *receiver.mailboxes.get(&opened.root())?;
        let resolved = opened.authorise(&receiver.host, &owner, now).ok()?;
        // A copy on the way from the receiver to the app is not counted as another use.
        let allowed = again || receiver.uses(&id, resolved.kind, now);
        if receiver.revoked.contains(&id) || !allowed {
            self.dropped += 1;
            return None;
        }
        Some((person, id, outgoing.sealed))
    }

    pub fn keep(
        &mut self,
        person: usize,
        address: AddressId,
        sealed: SealedMessage,
        _now: Timestamp,
    ) {
        self.kept.push((person, address, sealed));
    }

    pub fn fetch(&mut self, person: usize) -> Vec<(AddressId, SealedMessage)> {
        let (mine, others) = std::mem::take(&mut self.kept)
            .into_iter()
            .partition(|(who, ..)| *who == person);
        self.kept = others;
        let mine: Vec<(usize, AddressId, SealedMessage)> = mine;
        mine.into_iter()
            .map(|(_, address, sealed)| (address, sealed))
            .collect()
    }

    pub fn revoke(&mut self, host: &HostName, addresses: &[AddressId]) {
        let receiver = self.receivers.get_mut(host).unwrap();
        receiver.revoked.extend(addresses.iter().copied());
    }
}

impl Receiver {
    fn uses(&mut self, id: &AddressId, kind: AddressKind, now: Timestamp) -> bool {
        let (day, count) = self.used.entry(*id).or_insert((0, 0));
        match kind {
            AddressKind::Ticket => {
                *count += 1;
                *count == 1
            }
            AddressKind::LongTerm => {
                if *day != now.day() {
                    (*day, *count) = (now.day(), 0);
                }
                *count += 1;
                *count <= LONG_TERM_DAILY_LIMIT
            }
        }
    }
}
