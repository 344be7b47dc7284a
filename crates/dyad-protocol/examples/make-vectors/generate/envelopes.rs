//! Sealed messages.

use dyad_protocol::address::{AddressKind, RecipientAddress};
use dyad_protocol::envelope::{Content, TicketContext, seal};
use dyad_protocol::hash::framed;
use dyad_protocol::hpke::{X25519Secret, seal_base, seal_psk};
use dyad_protocol::label;
use dyad_protocol::limits::{ENVELOPE_CAPACITY, ENVELOPE_PLAIN_LEN};
use dyad_protocol::psk::Psk;
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{Mailbox, Receiver, random};
use super::*;

const OPEN: &str = "envelope/open";
const SEAL: &str = "envelope/seal";

struct Ticket {
    key: X25519Secret,
    psk: Psk,
    context: TicketContext,
    address: RecipientAddress,
}

impl Ticket {
    fn seal(&self, content: &Content, rng: &mut ChaCha20Rng) -> Vec<u8> {
        let sealed = seal(
            content,
            &self.key.public(),
            &self.psk,
            &self.context,
            &self.address,
            rng,
        );
        sealed.unwrap().as_bytes().to_vec()
    }

    /// Seals any plaintext, well-formed or not.
    fn seal_raw(&self, plain: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
        let info = self.info();
        let aad = self.address.as_bytes();
        let (enc, ciphertext) =
            seal_psk(&self.key.public(), &self.psk, &info, aad, plain, rng).unwrap();
        [&[1][..], &enc, &ciphertext].concat()
    }

    fn info(&self) -> Vec<u8> {
        framed(label::ENVELOPE, &[&[1], &self.context.0])
    }

    fn input(&self, sealed: &[u8]) -> Value {
        json!({
            "sealed": hex(sealed),
            "key": hex(self.key.expose()),
            "psk": hex(self.psk.expose()),
            "context": hex(self.context.0),
            "address": hex(self.address),
        })
    }
}

/// Kind, length and content, then zeros.
fn padded(kind: u8, len: u16, content: &[u8]) -> Vec<u8> {
    let mut plain = vec![0; ENVELOPE_PLAIN_LEN];
    plain[0] = kind;
    plain[1..3].copy_from_slice(&len.to_be_bytes());
    plain[3..3 + content.len()].copy_from_slice(content);
    plain
}

pub fn file() -> File {
    let mut rng = rng("envelope");
    let receiver = Receiver::new("receiver.example", &mut rng);
    let mailbox = Mailbox::new(&mut rng);
    let ticket = Ticket {
        key: X25519Secret::random(&mut rng),
        psk: Psk::random(&mut rng),
        context: TicketContext(random(&mut rng)),
        address: receiver.mint(&mailbox, AddressKind::Ticket, &mut rng),
    };
    let mut cases = opened(&ticket, &mut rng);
    changed_bytes(&ticket, &mut cases, &mut rng);
    wrong_surroundings(&ticket, &receiver, &mailbox, &mut cases, &mut rng);
    malformed_inside(&ticket, &mut cases, &mut rng);
    not_sealed(&ticket, &mut cases);
    File {
        name: "envelope.json",
        about: "Sealed messages of 2,944 bytes, opened with what their ticket determines.",
        cases,
    }
}

fn opened(ticket: &Ticket, rng: &mut ChaCha20Rng) -> Vec<Case> {
    let contents = [
        ("ratchet message", "ratchet", b"\x01an Olm message".to_vec()),
        ("establish", "establish", b"an establish".to_vec()),
        ("empty content", "ratchet", vec![]),
        ("full", "ratchet", vec![0xab; ENVELOPE_CAPACITY]),
        ("content that ends in zeros", "ratchet", vec![1, 0, 0]),
    ];
    contents
        .into_iter()
        .map(|(name, kind, bytes)| {
            let content = match kind {
                "ratchet" => Content::Ratchet(bytes.clone()),
                _ => Content::Establish(bytes.clone()),
            };
            let input = ticket.input(&ticket.seal(&content, rng));
            let output = json!({ "kind": kind, "content": hex(bytes) });
            Case::ok(OPEN, name, "Opens to what was put in.", input, output)
        })
        .collect()
}

fn changed_bytes(ticket: &Ticket, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let content = Content::Ratchet(b"hello".to_vec());
    let (bytes, other) = (ticket.seal(&content, rng), ticket.seal(&content, rng));
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "truncated",
            "The last byte is missing.",
            truncated(&bytes),
            "length",
        ),
        (
            "oversized",
            "One byte too many.",
            extended(&bytes),
            "length",
        ),
        (
            "version 0",
            "No such version.",
            patched(&bytes, 0, &[0]),
            "version",
        ),
        (
            "version 2",
            "A version of a later release.",
            patched(&bytes, 0, &[2]),
            "version",
        ),
        (
            "changed enc",
            "One bit of the encapsulated key.",
            flipped(&bytes, 1),
            "not-authentic",
        ),
        (
            "low-order enc",
            "An encapsulated key of small order.",
            patched(&bytes, 1, &LOW_ORDER_X25519),
            "not-authentic",
        ),
        (
            "changed ciphertext",
            "One bit of the ciphertext.",
            flipped(&bytes, 33),
            "not-authentic",
        ),
        (
            "changed padding",
            "One bit of the encrypted padding.",
            flipped(&bytes, 2000),
            "not-authentic",
        ),
        (
            "changed tag",
            "One bit of the tag.",
            flipped(&bytes, 2943),
            "not-authentic",
        ),
        (
            "swapped enc",
            "The encapsulated key of another message to the same ticket.",
            patched(&bytes, 1, &other[1..33]),
            "not-authentic",
        ),
    ] {
        cases.push(Case::refused(
            OPEN,
            name,
            description,
            ticket.input(&bytes),
            error,
        ));
    }
}

fn wrong_surroundings(
    ticket: &Ticket,
    receiver: &Receiver,
    mailbox: &Mailbox,
    cases: &mut Vec<Case>,
    rng: &mut ChaCha20Rng,
) {
    let input = ticket.input(&ticket.seal(&Content::Ratchet(b"hello".to_vec()), rng));
    let address = receiver.mint(mailbox, AddressKind::Ticket, rng);
    let resigned = flipped(ticket.address, 132);
    let (enc, ciphertext) = seal_base(
        &ticket.key.public(),
        &ticket.info(),
        ticket.address.as_ref(),
        &padded(1, 5, b"hello"),
        rng,
    )
    .unwrap();
    let base = [&[1][..], &enc, &ciphertext].concat();
    for (name, description, input) in [
        (
            "wrong key",
            "Another ticket's envelope key.",
            with(&input, "key", hex(random::<32>(rng))),
        ),
        (
            "wrong psk",
            "A pre-shared key that the ticket does not name.",
            with(&input, "psk", hex(random::<32>(rng))),
        ),
        (
            "wrong context",
            "The ticket was handed out elsewhere: the context is in the info.",
            with(&input, "context", hex(random::<32>(rng))),
        ),
        (
            "wrong address",
            "It came to another address of the same mailbox: the address is the AAD.",
            with(&input, "address", hex(address)),
        ),
        (
            "address with another signature",
            "The whole address is the AAD, authorisation included.",
            with(&input, "address", hex(resigned)),
        ),
        (
            "base mode",
            "Sealed to the right key, but without the pre-shared key.",
            ticket.input(&base),
        ),
    ] {
        cases.push(Case::refused(
            OPEN,
            name,
            description,
            input,
            "not-authentic",
        ));
    }
}

fn malformed_inside(ticket: &Ticket, cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let mut dirty = padded(1, 5, b"hello");
    dirty[ENVELOPE_PLAIN_LEN - 1] = 1;
    for (name, description, plain) in [
        (
            "padding that is not zero",
            "Padding carries nothing.",
            dirty,
        ),
        (
            "content longer than its length",
            "The rest of the content would be padding.",
            padded(1, 4, b"hello"),
        ),
        (
            "length beyond the envelope",
            "One byte more than fits.",
            padded(1, ENVELOPE_CAPACITY as u16 + 1, b""),
        ),
        ("greatest length", "65,535 bytes.", padded(1, u16::MAX, b"")),
        ("kind 0", "No such kind.", padded(0, 5, b"hello")),
        (
            "kind 3",
            "A kind of a later release.",
            padded(3, 5, b"hello"),
        ),
    ] {
        let sealed = ticket.seal_raw(&plain, rng);
        let description = format!("{description} Sealed correctly by somebody who has the ticket.");
        cases.push(Case::refused(
            OPEN,
            name,
            &description,
            ticket.input(&sealed),
            "malformed",
        ));
    }
}

fn not_sealed(ticket: &Ticket, cases: &mut Vec<Case>) {
    let input = |content: Value, to: &[u8]| {
        json!({
            "content": content,
            "to": hex(to),
            "psk": hex(ticket.psk.expose()),
            "context": hex(ticket.context.0),
            "address": hex(ticket.address),
        })
    };
    let long = json!({ "repeat": "ab", "times": ENVELOPE_CAPACITY + 1 });
    cases.push(Case::refused(
        SEAL,
        "content too long",
        "One byte more than fits is not sealed.",
        input(long, ticket.key.public().as_ref()),
        "too-long",
    ));
    cases.push(Case::refused(
        SEAL,
        "low-order ticket key",
        "A ticket with a key of small order is not used.",
        input(hex("hello"), &LOW_ORDER_X25519),
        "key",
    ));
}
