//! What apps sign to their issuer and receiver.

use dyad_protocol::api::account::{EnrolRequest, TokensRequest};
use dyad_protocol::api::fetch::{Attachment, Consumer, Position};
use dyad_protocol::api::invite::WithdrawInvitation;
use dyad_protocol::api::mailbox::{Change, ChangeMailbox, CreateMailbox};
use dyad_protocol::id::{AddressId, Challenge, InvitationLocator, RootAddress};
use dyad_protocol::sign::{AccessKey, AccountKey, AddressSigningKey, WithdrawKey};
use dyad_protocol::time::Epoch;
use dyad_protocol::token::{Token, TokenClass};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};

use super::cast::{NOW, host, random};
use super::*;

pub fn file() -> File {
    let mut rng = rng("account");
    let mut cases = vec![];
    tokens_requests(&mut cases, &mut rng);
    enrolment(&mut cases, &mut rng);
    attachments(&mut cases, &mut rng);
    changes(&mut cases, &mut rng);
    others(&mut cases, &mut rng);
    File {
        name: "account.json",
        about: "Requests that an app signs: enrolment, token requests, opening and changing a mailbox.",
        cases,
    }
}

fn tokens_requests(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "tokens-request/verify";
    let key = AccountKey::random(rng);
    let issuer = host("issuer.example");
    let epoch = Epoch::containing(NOW);
    let bytes =
        TokensRequest::sign(&issuer, &key, TokenClass::Message, epoch, b"a request").encode();
    let input = json!({ "request": hex(&bytes), "issuer": issuer.as_str() });
    cases.push(Case::ok(OPERATION, "a day's tokens", "The account asks for its quota.", input.clone(), json!({
        "account": hex(key.public()), "class": 1, "epoch": epoch.number(), "request": hex("a request"),
    })));
    // version 1, account 32, class 1, epoch 4, length 1
    for (name, description, bytes, error) in [
        ("empty", "Nothing at all.", vec![], "length"),
        (
            "version 2",
            "A version of a later release.",
            patched(&bytes, 0, &[2]),
            "version",
        ),
        (
            "truncated",
            "The last byte is missing.",
            truncated(&bytes),
            "length",
        ),
        (
            "trailing byte",
            "One byte too many.",
            extended(&bytes),
            "length",
        ),
        (
            "class 0",
            "No such class.",
            patched(&bytes, 33, &[0]),
            "malformed",
        ),
        (
            "class 5",
            "A class of a later release.",
            patched(&bytes, 33, &[5]),
            "malformed",
        ),
        (
            "another class",
            "The class is signed.",
            patched(&bytes, 33, &[3]),
            "not-authentic",
        ),
        (
            "another epoch",
            "The epoch is signed.",
            flipped(&bytes, 37),
            "not-authentic",
        ),
        (
            "another account",
            "Another key.",
            patched(&bytes, 1, AccountKey::random(rng).public().as_ref()),
            "not-authentic",
        ),
        (
            "account of small order",
            "The signature that fits every message.",
            {
                let weak = patched(&bytes, 1, &SMALL_ORDER_ED25519);
                patched(&weak, weak.len() - 64, &universal_signature())
            },
            "not-authentic",
        ),
        (
            "changed request",
            "The request is signed.",
            flipped(&bytes, 39),
            "not-authentic",
        ),
        (
            "length in two bytes",
            "The same length in more bytes than it needs.",
            [&bytes[..38], &[0x40, 9], &bytes[39..]].concat(),
            "malformed",
        ),
        (
            "length beyond the end",
            "Longer than what is there.",
            patched(&bytes, 38, &[0x3f]),
            "length",
        ),
    ] {
        cases.push(Case::refused(
            OPERATION,
            &format!("tokens: {name}"),
            description,
            with(&input, "request", hex(bytes)),
            error,
        ));
    }
    let elsewhere = with(&input, "issuer", "other.example".into());
    cases.push(Case::refused(
        OPERATION,
        "tokens: at another issuer",
        "The issuer's host is signed.",
        elsewhere,
        "not-authentic",
    ));
}

fn enrolment(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "enrol/verify";
    let key = AccountKey::random(rng);
    let issuer = host("issuer.example");
    for code in [None, Some("open sesame")] {
        let request = EnrolRequest::sign(&issuer, &key, code.map(str::to_owned));
        let input = json!({
            "account": hex(key.public()),
            "code": code,
            "signature": hex(request.signature),
            "issuer": issuer.as_str(),
        });
        let name = if code.is_some() {
            "with a code"
        } else {
            "without a code"
        };
        cases.push(Case::ok(
            OPERATION,
            &format!("enrolment {name}"),
            "Signed by the account's key.",
            input.clone(),
            json!({}),
        ));
        for (what, field, value) in [
            ("another code", "code", Value::from("guessed")),
            ("another issuer", "issuer", "other.example".into()),
            (
                "another account",
                "account",
                hex(AccountKey::random(rng).public()),
            ),
            (
                "malleated signature",
                "signature",
                hex(malleated(request.signature)),
            ),
        ] {
            cases.push(Case::refused(
                OPERATION,
                &format!("enrolment {name}: {what}"),
                "All of it is signed.",
                with(&input, field, value),
                "not-authentic",
            ));
        }
    }
}

fn attachments(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "attachment/verify";
    let key = AccessKey::random(rng);
    let (challenge, root) = (Challenge::new(random(rng)), RootAddress::new(random(rng)));
    let receiver = host("receiver.example");
    let attachment = Attachment::sign(&receiver, &challenge, root, Consumer(2), Position(41), &key);
    let input = json!({
        "receiver": receiver.as_str(),
        "challenge": hex(challenge),
        "root": hex(root),
        "consumer": 2,
        "acknowledged": 41,
        "signature": hex(attachment.signature),
        "access_key": hex(key.public()),
    });
    cases.push(Case::ok(
        OPERATION,
        "opening a mailbox",
        "A challenge signed by the access key. The position is not signed: it is the owner's own.",
        input.clone(),
        json!({}),
    ));
    for (name, field, value) in [
        (
            "replayed under another challenge",
            "challenge",
            hex(random::<32>(rng)),
        ),
        ("another mailbox", "root", hex(random::<16>(rng))),
        ("another device", "consumer", 3.into()),
        ("at another receiver", "receiver", "other.example".into()),
        (
            "with another key",
            "access_key",
            hex(AccessKey::random(rng).public()),
        ),
    ] {
        cases.push(Case::refused(
            OPERATION,
            &format!("opening a mailbox: {name}"),
            "Signed, so it cannot be passed on.",
            with(&input, field, value),
            "not-authentic",
        ));
    }
}

fn changes(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    const OPERATION: &str = "change/verify";
    let key = AccessKey::random(rng);
    let (challenge, root) = (Challenge::new(random(rng)), RootAddress::new(random(rng)));
    let receiver = host("receiver.example");
    let ids = [AddressId::new([1; 16]), AddressId::new([2; 16])];
    let revoke = Change::Revoke {
        addresses: ids.to_vec(),
    };
    let none = Change::Revoke { addresses: vec![] };
    for (name, change, value) in [
        ("close", Change::Close, Value::Null),
        ("revoke two", revoke, json!(ids.map(hex))),
        ("revoke none", none, json!([])),
    ] {
        let made = ChangeMailbox::sign(&receiver, root, change, challenge, &key);
        let input = json!({
            "receiver": receiver.as_str(),
            "root": hex(root),
            "challenge": hex(challenge),
            "revoke": value,
            "signature": hex(made.signature),
            "access_key": hex(key.public()),
        });
        cases.push(Case::ok(
            OPERATION,
            &format!("mailbox: {name}"),
            "`revoke` is a list of address ids, or null to close.",
            input.clone(),
            json!({}),
        ));
        let other = if value.is_null() {
            json!([])
        } else {
            Value::Null
        };
        for (what, field, value) in [
            ("another change", "revoke", other),
            ("another mailbox", "root", hex(random::<16>(rng))),
            ("another challenge", "challenge", hex(random::<32>(rng))),
            ("another receiver", "receiver", "other.example".into()),
        ] {
            cases.push(Case::refused(
                OPERATION,
                &format!("mailbox: {name}, {what}"),
                "All of it is signed.",
                with(&input, field, value),
                "not-authentic",
            ));
        }
    }
}

fn others(cases: &mut Vec<Case>, rng: &mut ChaCha20Rng) {
    let key = WithdrawKey::random(rng);
    let locator = InvitationLocator::new(random(rng));
    let at = host("sender.example");
    let made = WithdrawInvitation::sign(&at, locator, &key);
    let input = json!({
        "host": at.as_str(),
        "locator": hex(locator),
        "signature": hex(made.signature),
        "withdraw_key": hex(key.public()),
    });
    cases.push(Case::ok(
        "withdraw/verify",
        "withdrawing an invitation",
        "By the key that the secret gives.",
        input.clone(),
        json!({}),
    ));
    let other = with(&input, "locator", hex(random::<16>(rng)));
    cases.push(Case::refused(
        "withdraw/verify",
        "withdrawing another invitation",
        "The locator is signed.",
        other,
        "not-authentic",
    ));

    let create = CreateMailbox {
        token: Token::new(random(rng)),
        address_key: AddressSigningKey::random(rng).public(),
        access_key: AccessKey::random(rng).public(),
    };
    cases.push(Case::ok(
        "create-mailbox/hash",
        "creating a mailbox twice",
        "The hash by which the same request is recognised.",
        json!({ "token": hex(create.token), "address_key": hex(create.address_key), "access_key": hex(create.access_key) }),
        json!({ "hash": hex(create.request_hash()) }),
    ));
}
