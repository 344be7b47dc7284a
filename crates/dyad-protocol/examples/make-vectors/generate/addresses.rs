//! Recipient and sender addresses, as the receiver opens them.

use dyad_protocol::address::{AddressKind, RecipientAddress, seal};
use dyad_protocol::hash::framed;
use dyad_protocol::hpke::{X25519Secret, seal_base};
use dyad_protocol::id::SealedHash;
use dyad_protocol::label;
use dyad_protocol::sign::AddressSigningKey;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{Mailbox, NOW, Receiver, random};
use super::*;

const RECIPIENT: &str = "recipient-address/open";
const SENDER: &str = "sender-address/open";

pub fn recipient_file() -> File {
    let mut rng = rng("recipient-address");
    let receiver = Receiver::new("receiver.example", &mut rng);
    let mailbox = Mailbox::new(&mut rng);
    let mut cases = vec![];
    for (kind, number) in [(AddressKind::Ticket, 1), (AddressKind::LongTerm, 2)] {
        let address = receiver.mint(&mailbox, kind, &mut rng);
        let input = recipient_input(&receiver, &mailbox, &address);
        let expiry = kind.expiry(NOW);
        let output = json!({
            "root": hex(mailbox.root), "expiry": expiry.number(), "kind": number, "id": hex(address.id()),
        });
        let last = with(&input, "now", expiry.begins().minus(1).as_secs().into());
        let over = with(&input, "now", expiry.begins().as_secs().into());
        cases.extend([
            Case::ok(
                RECIPIENT,
                &format!("kind {number}"),
                "An address leads to its mailbox.",
                input,
                output.clone(),
            ),
            Case::ok(
                RECIPIENT,
                &format!("kind {number}, last second"),
                "One second before the month begins at whose beginning it expires.",
                last,
                output,
            ),
            Case::refused(
                RECIPIENT,
                &format!("kind {number}, expired"),
                "From the first second of that month on.",
                over,
                "expired",
            ),
        ]);
    }
    recipient_refusals(&receiver, &mailbox, &mut cases, &mut rng);
    File {
        name: "recipient-address.json",
        about: "Recipient addresses of suite 1, opened by the receiver and checked against the mailbox's address key.",
        cases,
    }
}

fn recipient_input(receiver: &Receiver, mailbox: &Mailbox, address: &RecipientAddress) -> Value {
    json!({
        "receiver": receiver.host.as_str(),
        "key": hex(receiver.address.expose()),
        "address": hex(address),
        "owner": hex(mailbox.owner.public()),
        "now": NOW.as_secs(),
    })
}

fn recipient_refusals(
    receiver: &Receiver,
    mailbox: &Mailbox,
    cases: &mut Vec<Case>,
    rng: &mut ChaCha20Rng,
) {
    let address = receiver.mint(mailbox, AddressKind::Ticket, rng);
    let other = receiver.mint(mailbox, AddressKind::Ticket, rng);
    let input = recipient_input(receiver, mailbox, &address);
    let bytes = address.as_bytes();
    let signature = &bytes[69..];
    let mut changed = |name: &str, description: &str, bytes: Vec<u8>, error: &str| {
        cases.push(Case::refused(
            RECIPIENT,
            name,
            description,
            with(&input, "address", hex(bytes)),
            error,
        ));
    };
    changed("empty", "Nothing at all.", vec![], "length");
    changed(
        "truncated",
        "The last byte is missing.",
        truncated(bytes),
        "length",
    );
    changed(
        "trailing byte",
        "One byte too many.",
        extended(bytes),
        "length",
    );
    changed(
        "suite 0",
        "No such suite.",
        patched(bytes, 0, &[0]),
        "format",
    );
    changed(
        "suite 2",
        "A suite of a later release.",
        patched(bytes, 0, &[2]),
        "format",
    );
    changed(
        "wrong generation",
        "The generation is bound by the info: with the same key it does not open.",
        patched(bytes, 1, &[4]),
        "address",
    );
    changed(
        "changed enc",
        "One bit of the encapsulated key.",
        flipped(bytes, 2),
        "address",
    );
    changed(
        "low-order enc",
        "An encapsulated key of small order gives a shared secret that everybody knows.",
        patched(bytes, 2, &LOW_ORDER_X25519),
        "address",
    );
    changed(
        "changed ciphertext",
        "One bit of the ciphertext.",
        flipped(bytes, 40),
        "address",
    );
    changed(
        "changed tag",
        "One bit of the tag.",
        flipped(bytes, 68),
        "address",
    );
    changed(
        "changed signature",
        "One bit of the authorisation.",
        flipped(bytes, 100),
        "authorisation",
    );
    changed(
        "signature of another address",
        "The authorisation of another address of the same mailbox.",
        patched(bytes, 69, &other.as_bytes()[69..]),
        "authorisation",
    );
    changed(
        "malleated signature",
        "The group order added to the signature's second half.",
        patched(bytes, 69, &malleated(signature)),
        "authorisation",
    );
    changed(
        "enc of another address",
        "Parts of two addresses.",
        patched(bytes, 2, &other.as_bytes()[2..34]),
        "address",
    );
    for kind in [0u8, 3, 255] {
        let forged = signed_with_kind(receiver, mailbox, kind, rng);
        changed(
            &format!("kind {kind}"),
            "Encrypted and signed by the owner, but the kind does not exist.",
            forged,
            "format",
        );
    }

    let stranger = AddressSigningKey::random(rng).public();
    let elsewhere = X25519Secret::random(rng);
    let universal = patched(bytes, 69, &universal_signature());
    let weak = with(
        &with(&input, "address", hex(universal)),
        "owner",
        hex(SMALL_ORDER_ED25519),
    );
    cases.extend([
        Case::refused(RECIPIENT, "of another owner", "Signed with a key that is not the mailbox's.", with(&input, "owner", hex(stranger)), "authorisation"),
        Case::refused(RECIPIENT, "small-order owner", "A mailbox registered with a key of small order must not accept the signature that fits every message.", weak, "authorisation"),
        Case::refused(RECIPIENT, "wrong key", "Encrypted to another address key.", with(&input, "key", hex(elsewhere.expose())), "address"),
        Case::refused(RECIPIENT, "for another receiver", "The receiver's host is bound by the info, even if two share a key.", with(&input, "receiver", "other.example".into()), "address"),
    ]);
}

fn signed_with_kind(
    receiver: &Receiver,
    mailbox: &Mailbox,
    kind: u8,
    rng: &mut ChaCha20Rng,
) -> Vec<u8> {
    let host = receiver.host.as_str().as_bytes();
    let generation = [Receiver::ADDRESS_GENERATION.0];
    let expiry = AddressKind::Ticket.expiry(NOW).number().to_be_bytes();
    let plain = [mailbox.root.as_ref(), &expiry, &[kind]].concat();
    let info = framed(label::ADDRESS_RECIPIENT, &[&[1], host, &generation]);
    let (enc, ciphertext) = seal_base(&receiver.address.public(), &info, &[], &plain, rng).unwrap();
    let body = [&[1][..], &generation, &enc, &ciphertext].concat();
    let signature = mailbox
        .owner
        .sign(label::ADDRESS_AUTHORISATION, &[host, &body]);
    [&body, signature.as_ref()].concat()
}

pub fn sender_file() -> File {
    let mut rng = rng("sender-address");
    let receiver = Receiver::new("receiver.example", &mut rng);
    let mailbox = Mailbox::new(&mut rng);
    let address = receiver.mint(&mailbox, AddressKind::Ticket, &mut rng);
    let sealed = SealedHash::new(random(&mut rng));
    let mut sealed_once = |sealed: &SealedHash| {
        let public = receiver.transit.public();
        seal(
            &receiver.host,
            Receiver::TRANSIT_GENERATION,
            &public,
            &address,
            sealed,
            &mut rng,
        )
        .unwrap()
    };
    let travelling = sealed_once(&sealed);
    let again = sealed_once(&sealed);
    let bytes = travelling.as_bytes();
    let input = json!({
        "receiver": receiver.host.as_str(),
        "key": hex(receiver.transit.expose()),
        "address": hex(bytes),
        "sealed_hash": hex(sealed),
    });
    let output = json!({ "recipient_address": hex(address) });
    let mut cases = vec![
        Case::ok(
            SENDER,
            "for its message",
            "The receiver finds the recipient address.",
            input.clone(),
            output.clone(),
        ),
        Case::ok(
            SENDER,
            "sealed again",
            "The same address for the same message, with nothing in common to be seen.",
            with(&input, "address", hex(again)),
            output,
        ),
    ];
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "truncated",
            "The last byte is missing.",
            truncated(bytes),
            "length",
        ),
        (
            "trailing byte",
            "One byte too many.",
            extended(bytes),
            "length",
        ),
        (
            "version 0",
            "No such version.",
            patched(bytes, 0, &[0]),
            "format",
        ),
        (
            "version 2",
            "A version of a later release.",
            patched(bytes, 0, &[2]),
            "format",
        ),
        (
            "wrong generation",
            "The generation is bound by the info.",
            patched(bytes, 1, &[8]),
            "transit",
        ),
        (
            "changed enc",
            "One bit of the encapsulated key.",
            flipped(bytes, 2),
            "transit",
        ),
        (
            "low-order enc",
            "An encapsulated key of small order.",
            patched(bytes, 2, &LOW_ORDER_X25519),
            "transit",
        ),
        (
            "changed ciphertext",
            "One bit of the ciphertext.",
            flipped(bytes, 90),
            "transit",
        ),
        (
            "changed tag",
            "One bit of the tag.",
            flipped(bytes, 182),
            "transit",
        ),
        (
            "swapped enc",
            "The encapsulated key of another sealing of the same.",
            patched(bytes, 2, &again.as_bytes()[2..34]),
            "transit",
        ),
    ] {
        cases.push(Case::refused(
            SENDER,
            name,
            description,
            with(&input, "address", hex(bytes)),
            error,
        ));
    }
    let other_hash = with(&input, "sealed_hash", hex(random::<32>(&mut rng)));
    let other_key = with(&input, "key", hex(random::<32>(&mut rng)));
    cases.extend([
        Case::refused(
            SENDER,
            "for another message",
            "An address seen in transit is no use for any other message: its hash is the AAD.",
            other_hash,
            "transit",
        ),
        Case::refused(
            SENDER,
            "wrong key",
            "Encrypted to another transit key.",
            other_key,
            "transit",
        ),
        Case::refused(
            SENDER,
            "for another receiver",
            "The receiver's host is bound by the info.",
            with(&input, "receiver", "other.example".into()),
            "transit",
        ),
        wrong_label(&receiver, &input, &sealed, &mut rng),
    ]);
    File {
        name: "sender-address.json",
        about: "Sender addresses: the outer layer, opened by the receiver.",
        cases,
    }
}

fn wrong_label(
    receiver: &Receiver,
    input: &Value,
    sealed: &SealedHash,
    rng: &mut ChaCha20Rng,
) -> Case {
    let generation = [Receiver::TRANSIT_GENERATION.0];
    let info = framed(
        label::ADDRESS_RECIPIENT,
        &[&[1], receiver.host.as_str().as_bytes(), &generation],
    );
    let plain = [0; RecipientAddress::LEN];
    let (enc, ciphertext) = seal_base(
        &receiver.transit.public(),
        &info,
        sealed.as_ref(),
        &plain,
        rng,
    )
    .unwrap();
    let bytes = [&[1][..], &generation, &enc, &ciphertext].concat();
    Case::refused(
        SENDER,
        "wrong label",
        "Sealed to the right key under the label of the inner layer.",
        with(input, "address", hex(bytes)),
        "transit",
    )
}
