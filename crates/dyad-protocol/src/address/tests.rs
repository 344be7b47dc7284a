//! Minting, sealing and resolving as owner, sender and receiver see it.

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::hpke::X25519Secret;
use crate::id::SealedHash;
use crate::sign::AddressSigningKey;
use crate::time::Timestamp;

struct Receiver {
    host: HostName,
    transit: X25519Secret,
    address: X25519Secret,
}

struct Case {
    receiver: Receiver,
    owner: AddressSigningKey,
    address: RecipientAddress,
    sealed: SealedHash,
    travelling: SenderAddress,
    now: Timestamp,
    rng: ChaCha20Rng,
}

fn case() -> Case {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let receiver = Receiver {
        host: "receiver.example".parse().unwrap(),
        transit: X25519Secret::random(&mut rng),
        address: X25519Secret::random(&mut rng),
    };
    let owner = AddressSigningKey::random(&mut rng);
    let now = Timestamp::from_secs(1_800_000_000);
    let plaintext = AddressPlaintext {
        root: RootAddress::new([5; 16]),
        expiry: AddressKind::Ticket.expiry(now),
        kind: AddressKind::Ticket,
    };
    let key = MintingKey {
        generation: Generation(3),
        public: receiver.address.public(),
    };
    let address = mint(&receiver.host, &key, &plaintext, &owner, &mut rng).unwrap();
    let sealed = SealedHash::of(b"sealed message");
    let travelling = seal(
        &receiver.host,
        Generation(9),
        &receiver.transit.public(),
        &address,
        &sealed,
        &mut rng,
    )
    .unwrap();
    Case {
        receiver,
        owner,
        address,
        sealed,
        travelling,
        now,
        rng,
    }
}

fn resolve(
    case: &Case,
    travelling: &SenderAddress,
    sealed: &SealedHash,
) -> Result<ResolvedAddress, Unresolvable> {
    let Receiver {
        host,
        transit,
        address,
    } = &case.receiver;
    let inner = open_sender(host, transit, travelling, sealed)?;
    open_recipient(host, address, &inner)?.authorise(host, &case.owner.public(), case.now)
}

#[test]
fn an_address_leads_to_its_mailbox() {
    let case = case();
    let resolved = resolve(&case, &case.travelling, &case.sealed).unwrap();
    assert_eq!(resolved.root, RootAddress::new([5; 16]));
    assert_eq!(resolved.id, case.address.id());
    assert_eq!(case.travelling.generation(), Generation(9));
}

#[test]
fn an_address_seen_in_transit_is_no_use_for_another_message() {
    let case = case();
    let other = SealedHash::of(b"another message");
    assert_eq!(
        resolve(&case, &case.travelling, &other),
        Err(Unresolvable::Transit)
    );
}

#[test]
fn the_same_address_sealed_twice_has_nothing_in_common() {
    let mut case = case();
    let public = case.receiver.transit.public();
    let again = seal(
        &case.receiver.host,
        Generation(9),
        &public,
        &case.address,
        &case.sealed,
        &mut case.rng,
    )
    .unwrap();
    let same = case.travelling.as_bytes()[2..]
        .iter()
        .zip(&again.as_bytes()[2..])
        .filter(|(a, b)| a == b)
        .count();
    assert!(
        same < 12,
        "two random strings of 181 bytes agree in about one"
    );
}

#[test]
fn no_changed_byte_resolves() {
    let case = case();
    for index in 0..SenderAddress::LEN {
        let mut bytes = *case.travelling.as_bytes();
        bytes[index] ^= 1;
        assert!(
            resolve(&case, &SenderAddress::new(bytes), &case.sealed).is_err(),
            "byte {index}"
        );
    }
}

#[test]
fn an_address_that_somebody_else_signed_is_refused() {
    let mut case = case();
    case.owner = AddressSigningKey::random(&mut case.rng);
    assert_eq!(
        resolve(&case, &case.travelling, &case.sealed),
        Err(Unresolvable::Authorisation)
    );
}

#[test]
fn an_address_made_for_one_receiver_means_nothing_to_another_with_the_same_keys() {
    let mut case = case();
    case.receiver.host = "other.example".parse().unwrap();
    assert_eq!(
        resolve(&case, &case.travelling, &case.sealed),
        Err(Unresolvable::Transit)
    );
}

#[test]
fn an_expired_address_is_refused_from_the_first_second_of_its_month() {
    let mut case = case();
    let end = AddressKind::Ticket.expiry(case.now).begins();
    case.now = end.minus(1);
    assert!(resolve(&case, &case.travelling, &case.sealed).is_ok());
    case.now = end;
    assert_eq!(
        resolve(&case, &case.travelling, &case.sealed),
        Err(Unresolvable::Expired)
    );
}

#[test]
fn many_addresses_are_authorised_as_each_alone() {
    let mut case = case();
    let host = case.receiver.host.clone();
    let key = MintingKey {
        generation: Generation(3),
        public: case.receiver.address.public(),
    };
    let opened: Vec<(OpenedAddress, crate::sign::AddressPublic)> = (0..20_u8)
        .map(|n| {
            let owner = AddressSigningKey::random(&mut case.rng);
            let long_ago = Timestamp::from_secs(1_600_000_000);
            let plaintext = AddressPlaintext {
                root: RootAddress::new([n; 16]),
                expiry: AddressKind::Ticket.expiry(if n == 3 { long_ago } else { case.now }),
                kind: AddressKind::Ticket,
            };
            let address = mint(&host, &key, &plaintext, &owner, &mut case.rng).unwrap();
            let opened = open_recipient(&host, &case.receiver.address, &address).unwrap();
            let signed_by = if n == 7 {
                case.owner.public()
            } else {
                owner.public()
            };
            (opened, signed_by)
        })
        .collect();
    let together = authorise_all(&host, &opened, case.now);
    for (n, ((address, owner), together)) in opened.iter().zip(together).enumerate() {
        assert_eq!(together, address.clone().authorise(&host, owner, case.now));
        match n {
            3 => assert_eq!(together, Err(Unresolvable::Expired)),
            7 => assert_eq!(together, Err(Unresolvable::Authorisation)),
            _ => assert_eq!(together.unwrap().root, RootAddress::new([n as u8; 16])),
        }
    }
}
