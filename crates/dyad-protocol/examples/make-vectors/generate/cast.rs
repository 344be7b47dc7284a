//! The people, keys and services that the cases share: Alex invites, Blair answers.

use dyad_protocol::address::{
    AddressKind, AddressPlaintext, Generation, MintingKey, RecipientAddress, mint,
};
use dyad_protocol::bundle::{Bundle, BundleBody, OlmPublic};
use dyad_protocol::hpke::{X25519Secret, XWingSecret};
use dyad_protocol::id::{HostName, RootAddress};
use dyad_protocol::limits::DAY;
use dyad_protocol::psk::Psk;
use dyad_protocol::sign::{AddressSigningKey, IdentityKey, ServiceKey};
use dyad_protocol::ticket::{ServiceRecord, Ticket};
use dyad_protocol::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::Rng;

/// 2026-11-23T12:00:00Z.
pub const NOW: Timestamp = Timestamp::from_secs(1_795_435_200);

/// A receiver service with its secrets.
pub struct Receiver {
    pub host: HostName,
    pub service: ServiceKey,
    pub transit: X25519Secret,
    pub address: X25519Secret,
}

/// A mailbox at a [`Receiver`].
pub struct Mailbox {
    pub root: RootAddress,
    pub owner: AddressSigningKey,
}

/// Somebody with a bundle, and the secrets behind it.
pub struct Person {
    pub identity: IdentityKey,
    pub xwing: XWingSecret,
    pub psk: Psk,
    pub bundle: Bundle,
    pub ticket_key: X25519Secret,
}

pub fn host(name: &str) -> HostName {
    name.parse().unwrap()
}

pub fn random<const N: usize>(rng: &mut ChaCha20Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

impl Receiver {
    pub const ADDRESS_GENERATION: Generation = Generation(3);
    pub const TRANSIT_GENERATION: Generation = Generation(9);

    pub fn new(name: &str, rng: &mut ChaCha20Rng) -> Self {
        Self {
            host: host(name),
            service: ServiceKey::random(rng),
            transit: X25519Secret::random(rng),
            address: X25519Secret::random(rng),
        }
    }

    pub fn record(&self) -> ServiceRecord {
        ServiceRecord {
            host: self.host.clone(),
            key_hash: self.service.public().key_hash(),
        }
    }

    pub fn mint(
        &self,
        mailbox: &Mailbox,
        kind: AddressKind,
        rng: &mut ChaCha20Rng,
    ) -> RecipientAddress {
        let plaintext = AddressPlaintext {
            root: mailbox.root,
            expiry: kind.expiry(NOW),
            kind,
        };
        let key = MintingKey {
            generation: Self::ADDRESS_GENERATION,
            public: self.address.public(),
        };
        mint(&self.host, &key, &plaintext, &mailbox.owner, rng).unwrap()
    }
}

impl Mailbox {
    pub fn new(rng: &mut ChaCha20Rng) -> Self {
        Self {
            root: RootAddress::new(random(rng)),
            owner: AddressSigningKey::random(rng),
        }
    }
}

impl Person {
    pub fn new(rng: &mut ChaCha20Rng) -> Self {
        let identity = IdentityKey::random(rng);
        let xwing = XWingSecret::random(rng);
        let psk = Psk::random(rng);
        let ticket_key = X25519Secret::random(rng);
        let mut person = Self {
            bundle: unsigned(&identity, &xwing, rng).sign(&identity),
            identity,
            xwing,
            psk,
            ticket_key,
        };
        let mut body = person.bundle.body().clone();
        for (index, name) in ["one.example", "two.example:8443"].into_iter().enumerate() {
            let receiver = Receiver::new(name, rng);
            let mailbox = Mailbox::new(rng);
            body.services.push(receiver.record());
            body.tickets.push(Ticket {
                service: index as u8,
                kind: AddressKind::LongTerm,
                expiry: AddressKind::LongTerm.expiry(NOW),
                psk: person.psk.id(),
                key: person.ticket_key.public(),
                address: receiver.mint(&mailbox, AddressKind::LongTerm, rng),
            });
        }
        person.bundle = body.sign(&person.identity);
        person
    }
}

fn unsigned(identity: &IdentityKey, xwing: &XWingSecret, rng: &mut ChaCha20Rng) -> BundleBody {
    BundleBody {
        version: 1,
        identity: identity.public(),
        curve: OlmPublic::new(random(rng)),
        prekey: OlmPublic::new(random(rng)),
        xwing: xwing.public(),
        created: NOW,
        expires: NOW.plus(30 * DAY),
        services: vec![],
        tickets: vec![],
    }
}
