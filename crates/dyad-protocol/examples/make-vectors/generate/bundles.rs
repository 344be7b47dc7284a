//! Signed bundles, with everything that a signature alone does not make good.

use dyad_protocol::bundle::{Bundle, BundleBody};
use dyad_protocol::codec::encode;
use dyad_protocol::label;
use serde_json::{Value, json};

use super::cast::Person;
use super::*;

const VERIFY: &str = "bundle/verify";
/// Where `expires` stands: version, three keys, X-Wing key, `created`.
const EXPIRES_AT: usize = 1 + 3 * 32 + 1216 + 8;
/// Where the services begin: their length takes two bytes.
const SERVICES_AT: usize = EXPIRES_AT + 8;

pub fn file() -> File {
    let mut rng = rng("bundle");
    let alex = Person::new(&mut rng);
    let other = Person::new(&mut rng);
    let bytes = alex.bundle.as_bytes();
    let input = json!({ "bundle": hex(bytes) });
    let mut cases = vec![Case::ok(
        VERIFY,
        "two receivers",
        "A long-term ticket at each.",
        input,
        output(&alex.bundle),
    )];
    let mut refused = |name: &str, description: &str, bytes: Vec<u8>, error: &str| {
        let input = json!({ "bundle": hex(bytes) });
        cases.push(Case::refused(VERIFY, name, description, input, error));
    };
    refused("empty", "Nothing at all.", vec![], "length");
    refused("version alone", "One byte.", vec![1], "length");
    refused(
        "version 0",
        "No such version.",
        patched(bytes, 0, &[0]),
        "version",
    );
    refused(
        "version 2",
        "A version of a later release.",
        patched(bytes, 0, &[2]),
        "version",
    );
    refused(
        "truncated",
        "The last byte is missing.",
        truncated(bytes),
        "length",
    );
    refused(
        "trailing byte",
        "One byte too many.",
        extended(bytes),
        "length",
    );
    refused(
        "changed key",
        "One bit of the X-Wing key.",
        flipped(bytes, 200),
        "not-authentic",
    );
    refused(
        "changed signature",
        "One bit of the signature.",
        flipped(bytes, bytes.len() - 1),
        "not-authentic",
    );
    refused(
        "malleated signature",
        "The group order added to the signature's second half.",
        {
            let at = bytes.len() - 64;
            patched(bytes, at, &malleated(&bytes[at..]))
        },
        "not-authentic",
    );
    refused(
        "signature of another bundle",
        "By the same person's other identity.",
        {
            let from = other.bundle.as_bytes();
            patched(bytes, bytes.len() - 64, &from[from.len() - 64..])
        },
        "not-authentic",
    );
    refused(
        "signed by somebody else",
        "A valid signature, but not by the identity inside.",
        resigned(&other, &bytes[..bytes.len() - 64]),
        "not-authentic",
    );
    refused(
        "identity of small order",
        "The signature that fits every message under such a key.",
        {
            let weak = patched(bytes, 1, &SMALL_ORDER_ED25519);
            patched(&weak, bytes.len() - 64, &universal_signature())
        },
        "not-authentic",
    );
    signed_nonsense(&alex, &mut refused);
    File {
        name: "bundle.json",
        about: "Bundles. Those that are refused as malformed carry their maker's valid signature.",
        cases,
    }
}

fn signed_nonsense(alex: &Person, refused: &mut impl FnMut(&str, &str, Vec<u8>, &str)) {
    let signed = |change: &dyn Fn(&mut BundleBody)| {
        let mut body = alex.bundle.body().clone();
        change(&mut body);
        body.sign(&alex.identity).as_bytes().to_vec()
    };
    refused(
        "no tickets",
        "Nobody could answer.",
        signed(&|body| body.tickets.clear()),
        "malformed",
    );
    refused(
        "17 tickets",
        "At most 16.",
        signed(&|body| body.tickets = vec![body.tickets[0].clone(); 17]),
        "malformed",
    );
    refused(
        "9 services",
        "At most 8.",
        signed(&|body| body.services = vec![body.services[0].clone(); 9]),
        "malformed",
    );
    refused(
        "ticket of a service that is not there",
        "Index 2 of 2 services.",
        signed(&|body| body.tickets[1].service = 2),
        "malformed",
    );
    refused(
        "never good",
        "It expires when it is made.",
        signed(&|body| body.expires = body.created),
        "malformed",
    );
    refused(
        "inner version 2",
        "Refused before the signature is looked at.",
        signed(&|body| body.version = 2),
        "version",
    );

    let body = encode(alex.bundle.body());
    let by_alex = |body: Vec<u8>| resigned(alex, &body);
    let host_at = SERVICES_AT + 3;
    refused(
        "host in capitals",
        "One host has one spelling.",
        by_alex(patched(&body, host_at, b"ONE")),
        "malformed",
    );
    refused(
        "host that is none",
        "A space in a name.",
        by_alex(patched(&body, host_at, b"o e")),
        "malformed",
    );
    refused(
        "address kind 3",
        "No such kind of ticket.",
        {
            let tickets = body.len() - 2 * 177;
            by_alex(patched(&body, tickets + 1, &[3]))
        },
        "malformed",
    );
    refused(
        "length in four bytes",
        "The same length in more bytes than it needs is another encoding, and refused.",
        {
            let len = [0x80, 0, body[SERVICES_AT] & 0x3f, body[SERVICES_AT + 1]];
            by_alex([&body[..SERVICES_AT], &len, &body[SERVICES_AT + 2..]].concat())
        },
        "malformed",
    );
    refused(
        "length beyond the services",
        "What follows is read as services, and is none.",
        by_alex(patched(&body, SERVICES_AT, &[0x7f, 0xff])),
        "malformed",
    );
    refused(
        "trailing byte that is signed",
        "Something follows the tickets.",
        by_alex(extended(&body)),
        "length",
    );
}

/// `body` as it is, with a signature by `by`.
fn resigned(by: &Person, body: &[u8]) -> Vec<u8> {
    let signature = by.identity.sign(label::BUNDLE, &[body]);
    [body, signature.as_ref()].concat()
}

pub fn output(bundle: &Bundle) -> Value {
    let body = bundle.body();
    let services: Vec<_> = body
        .services
        .iter()
        .map(|service| json!({ "host": service.host.as_str(), "key_hash": hex(service.key_hash) }))
        .collect();
    let tickets: Vec<_> = body
        .tickets
        .iter()
        .map(|ticket| {
            json!({
                "service": ticket.service,
                "kind": ticket.kind.number(),
                "expiry": ticket.expiry.number(),
                "psk": hex(ticket.psk),
                "key": hex(ticket.key),
                "address": hex(ticket.address),
            })
        })
        .collect();
    json!({
        "identity": hex(body.identity),
        "curve": hex(body.curve),
        "prekey": hex(body.prekey),
        "xwing": hex(body.xwing),
        "created": body.created.as_secs(),
        "expires": body.expires.as_secs(),
        "services": services,
        "tickets": tickets,
        "hash": hex(bundle.hash()),
    })
}
