//! Addresses, envelopes, bundles, invitations and bodies: what goes from person to person.

use dyad_protocol::address::{
    RecipientAddress, SenderAddress, Unresolvable, open_recipient, open_sender,
};
use dyad_protocol::body::{Body, Control, Follows, Payload, StreamAck};
use dyad_protocol::bundle::Bundle;
use dyad_protocol::codec::encode;
use dyad_protocol::content::{Said, Whose};
use dyad_protocol::envelope::{self, Content, SealError, SealedMessage, TicketContext};
use dyad_protocol::establish;
use dyad_protocol::hpke::{X25519Public, X25519Secret, XWingSecret};
use dyad_protocol::id::SealedHash;
use dyad_protocol::invitation::{self, Invitation, InvitationInput, InvitationSecret};
use dyad_protocol::sign::{AddressPublic, IdentityPublic, Signature};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::{Map, Value, json};

use super::{Input, Outcome, class};
use crate::generate::bundles::output as bundle_output;

pub fn run(operation: &str, input: &Input<'_>) -> Option<Outcome> {
    Some(match operation {
        "recipient-address/open" => open_recipient_address(input),
        "sender-address/open" => open_sender_address(input),
        "envelope/open" => open_envelope(input),
        "envelope/seal" => seal_envelope(input),
        "establish/open" => open_establish(input),
        "relationship/transcript" => Ok(json!({
            "transcript": hex::encode(establish::relationship_transcript(
                &input.array("bundle_hash"),
                &IdentityPublic::new(input.array("inviter")),
                &IdentityPublic::new(input.array("acceptor")),
            )),
        })),
        "bundle/verify" => Bundle::verify(&input.bytes("bundle"))
            .map(|bundle| bundle_output(&bundle))
            .map_err(class),
        "invitation/verify" => verify_invitation(input),
        "invitation/secret" => invitation_secret(input),
        "invitation/decrypt" => decrypt_invitation(input),
        "invitation/parse" => parse_invitation(input),
        "body/decode" => decode_body(input),
        "payload/read" => read_payload(input),
        "follows/verify" => verify_follows(input),
        _ => return None,
    })
}

fn unresolvable(error: Unresolvable) -> &'static str {
    match error {
        Unresolvable::Format => "format",
        Unresolvable::Transit => "transit",
        Unresolvable::Address => "address",
        Unresolvable::Authorisation => "authorisation",
        Unresolvable::Expired => "expired",
    }
}

fn open_recipient_address(input: &Input<'_>) -> Outcome {
    let address = RecipientAddress::from_slice(&input.bytes("address")).ok_or("length")?;
    let receiver = input.host("receiver");
    let key = X25519Secret::new(input.array("key"));
    let owner = AddressPublic::new(input.array("owner"));
    let resolved = open_recipient(&receiver, &key, &address)
        .and_then(|opened| opened.authorise(&receiver, &owner, input.now()))
        .map_err(unresolvable)?;
    Ok(json!({
        "root": resolved.root.to_string(),
        "expiry": resolved.expiry.number(),
        "kind": resolved.kind.number(),
        "id": resolved.id.to_string(),
    }))
}

fn open_sender_address(input: &Input<'_>) -> Outcome {
    let address = SenderAddress::from_slice(&input.bytes("address")).ok_or("length")?;
    let key = X25519Secret::new(input.array("key"));
    let hash = SealedHash::new(input.array("sealed_hash"));
    open_sender(&input.host("receiver"), &key, &address, &hash)
        .map(|inner| json!({ "recipient_address": inner.to_string() }))
        .map_err(unresolvable)
}

fn open_envelope(input: &Input<'_>) -> Outcome {
    let sealed = SealedMessage::from_slice(&input.bytes("sealed")).ok_or("length")?;
    let content = envelope::open(
        &sealed,
        &X25519Secret::new(input.array("key")),
        &input.psk(),
        &TicketContext(input.array("context")),
        &RecipientAddress::new(input.array("address")),
    );
    let (kind, bytes) = match content.map_err(class)? {
        Content::Ratchet(bytes) => ("ratchet", bytes),
        Content::Establish(bytes) => ("establish", bytes),
    };
    Ok(json!({ "kind": kind, "content": hex::encode(bytes) }))
}

/// Only cases that are refused: what is sealed is never the same twice.
fn seal_envelope(input: &Input<'_>) -> Outcome {
    let sealed = envelope::seal(
        &Content::Ratchet(input.bytes("content")),
        &X25519Public::new(input.array("to")),
        &input.psk(),
        &TicketContext(input.array("context")),
        &RecipientAddress::new(input.array("address")),
        &mut ChaCha20Rng::seed_from_u64(0),
    );
    match sealed {
        Ok(sealed) => Ok(json!({ "sealed": hex::encode(sealed.as_bytes()) })),
        Err(SealError::TooLong { .. }) => Err("too-long"),
        Err(SealError::Key) => Err("key"),
    }
}

fn open_establish(input: &Input<'_>) -> Outcome {
    let bundle = Bundle::verify(&input.bytes("bundle")).unwrap();
    let key = XWingSecret::new(input.array("xwing_key"));
    let said = establish::open(&input.bytes("message"), &bundle, &key).map_err(class)?;
    Ok(json!({
        "epoch": said.epoch,
        "identity": said.identity.to_string(),
        "curve": said.curve.to_string(),
        "psk0": hex::encode(said.psk0.expose()),
        "olm": hex::encode(said.olm),
    }))
}

fn verify_invitation(input: &Input<'_>) -> Outcome {
    let invitation = Invitation::verify(&input.bytes("invitation")).map_err(class)?;
    Ok(json!({
        "reuse": invitation.reuse() as u8,
        "expires": invitation.expires().as_secs(),
        "presentation": hex::encode(invitation.presentation()),
        "bundle_hash": hex::encode(invitation.bundle().hash()),
        "hash": hex::encode(invitation.hash()),
    }))
}

fn invitation_secret(input: &Input<'_>) -> Outcome {
    let secret = InvitationSecret::new(input.array("secret"));
    let bundle = Bundle::verify(&input.bytes("bundle")).unwrap();
    Ok(json!({
        "locator": secret.locator().to_string(),
        "withdraw_public": secret.withdraw_key().public().to_string(),
        "psk": hex::encode(secret.psk(&bundle).expose()),
    }))
}

fn decrypt_invitation(input: &Input<'_>) -> Outcome {
    InvitationSecret::new(input.array("secret"))
        .decrypt(&input.bytes("hosted"), &input.array("commitment"))
        .map(|invitation| json!({ "invitation": hex::encode(invitation.as_bytes()) }))
        .map_err(class)
}

fn parse_invitation(input: &Input<'_>) -> Outcome {
    Ok(
        match invitation::parse(&input.text("text")).map_err(class)? {
            InvitationInput::Link(link) => json!({
                "host": link.host.as_str(),
                "secret": hex::encode(link.secret.expose()),
                "commitment": hex::encode(link.commitment),
            }),
            InvitationInput::Whole(secret, invitation) => json!({
                "secret": hex::encode(secret.expose()),
                "invitation": hex::encode(invitation.as_bytes()),
            }),
        },
    )
}

/// Every field that is there; and what is read is written back as it came, but for what is ignored.
fn decode_body(input: &Input<'_>) -> Outcome {
    let bytes = input.bytes("body");
    let body = Body::decode(&bytes).map_err(class)?;
    let output = Value::from(fields(&body));
    let ignored = body.control.is_none() && bytes.len() != body.encode().len();
    assert!(
        ignored || body.encode() == bytes,
        "not written back as it came"
    );
    Ok(output)
}

fn fields(body: &Body) -> Map<String, Value> {
    let acks = |acks: &[StreamAck]| -> Value {
        acks.iter()
            .map(|ack| json!({ "stream": ack.stream.to_string(), "ranges": ack.ranges.as_slice() }))
            .collect()
    };
    let mut map = Map::new();
    let mut put = |field: &str, value: Option<Value>| {
        value.and_then(|value| map.insert(field.into(), value));
    };
    put("sent", Some(body.sent.as_secs().into()));
    put(
        "message",
        body.message
            .map(|id| json!({ "stream": id.stream.to_string(), "seq": id.seq })),
    );
    put("payload", body.payload.as_ref().map(|payload| {
        let mut shown = json!({ "kind": payload.kind, "content": hex::encode(&payload.content), "fallback": payload.fallback });
        if let Some(reply) = &payload.reply {
            shown["reply"] = json!({
                "by_writer": reply.whose == Whose::Writer,
                "stream": reply.message.stream.to_string(),
                "seq": reply.message.seq,
            });
        }
        if let Some(seconds) = payload.timer {
            shown["timer"] = seconds.into();
        }
        shown
    }));
    put(
        "received",
        (!body.received.is_empty()).then(|| acks(&body.received)),
    );
    put("read", (!body.read.is_empty()).then(|| acks(&body.read)));
    put(
        "tickets",
        body.tickets
            .as_ref()
            .map(|grant| hex::encode(encode(grant)).into()),
    );
    put("stock", body.stock.map(Value::from));
    put(
        "bundle",
        body.bundle.as_ref().map(|bytes| hex::encode(bytes).into()),
    );
    put(
        "kem",
        body.kem.as_ref().map(|kem| {
            json!({
                "bundle_hash": hex::encode(kem.bundle_hash),
                "base": kem.base.to_string(),
                "ciphertext": hex::encode(kem.ciphertext.as_slice()),
            })
        }),
    );
    put(
        "presentation",
        body.presentation
            .as_ref()
            .map(|shown| json!({ "name": shown.name, "pronouns": shown.pronouns })),
    );
    put(
        "control",
        body.control.map(|control| match control {
            Control::Ended => json!([1]),
            Control::AlreadyUsed => json!([2]),
            Control::TicketsVoidBefore(at) => json!([3, at.as_secs()]),
            Control::Unreadable => json!([4]),
        }),
    );
    put(
        "context",
        body.context.as_ref().map(|bytes| hex::encode(bytes).into()),
    );
    put(
        "follows",
        body.follows.as_ref().map(|follows| {
            json!({
                "identity": follows.identity.to_string(),
                "by_old": follows.by_old.to_string(),
                "by_new": follows.by_new.to_string(),
            })
        }),
    );
    put("written", body.written.map(|at| at.as_secs().into()));
    let unknown = body.unknown.entries();
    put(
        "unknown",
        (!unknown.is_empty()).then(|| {
            unknown
                .iter()
                .map(|entry| json!({ "key": entry.key, "value": hex::encode(&entry.value) }))
                .collect()
        }),
    );
    map
}

fn read_payload(input: &Input<'_>) -> Outcome {
    let payload = Payload {
        kind: input.text("kind"),
        content: input.bytes("content"),
        fallback: input.value("fallback").as_str().map(str::to_owned),
        reply: None,
        timer: None,
    };
    let said = Said::of(&payload).map_err(class)?;
    if let Some(again) = said.payload(payload.fallback.as_deref()) {
        assert_eq!(Said::of(&again).as_ref(), Ok(&said));
    }
    Ok(crate::generate::contents::output(&said))
}

fn verify_follows(input: &Input<'_>) -> Outcome {
    let follows = Follows {
        identity: IdentityPublic::new(input.array("identity")),
        by_old: Signature::new(input.array("by_old")),
        by_new: Signature::new(input.array("by_new")),
    };
    let old = IdentityPublic::new(input.array("old"));
    follows.verify(&old).map(|()| json!({})).map_err(class)
}
