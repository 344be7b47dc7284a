//! Documents, batches, submissions, tokens and signed requests: what services see.

use dyad_protocol::api::account::{EnrolRequest, TokensRequest};
use dyad_protocol::api::blob::{BlobCreate, BlobFetch, BlobSecret, BlobSize};
use dyad_protocol::api::fetch::{Attachment, Consumer, Position};
use dyad_protocol::api::invite::WithdrawInvitation;
use dyad_protocol::api::mailbox::{Change, ChangeMailbox, CreateMailbox};
use dyad_protocol::api::submit::{Submission, request_hash};
use dyad_protocol::batch::UnverifiedBatch;
use dyad_protocol::codec::encode;
use dyad_protocol::document::Document;
use dyad_protocol::id::{AddressId, Challenge, InvitationLocator, RootAddress};
use dyad_protocol::sign::{
    AccessPublic, AccountPublic, AddressPublic, ServiceKeyHash, ServicePublic, Signature,
    WithdrawPublic,
};
use dyad_protocol::time::Epoch;
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Redeemer, Token, TokenClass, TokenError,
    TokenKeyPublic, TokenScope,
};
use serde_json::{Value, json};

use super::{Input, Outcome, bytes, class};

pub fn run(operation: &str, input: &Input<'_>) -> Option<Outcome> {
    Some(match operation {
        "document/verify" => verify_document(input),
        "document/follows" => document_follows(input),
        "batch/verify" => verify_batch(input),
        "submission/decode" => decode_submission(input),
        "blob/locator" => {
            let secret = BlobSecret::new(input.array("secret"));
            Ok(json!({ "locator": secret.locator().to_string() }))
        }
        "blob/size" => blob_size(input),
        "blob/create" => create_blob(input),
        "blob/fetch" => fetch_blob(input),
        "token/key" => {
            let public = issuer_key(input).public();
            Ok(json!({ "public": public.to_string(), "id": hex::encode(public.id()) }))
        }
        "token/challenge" => {
            Ok(json!({ "digest": hex::encode(scope(input).challenge_digest().unwrap()) }))
        }
        "token/request" => {
            pending(input).map(|batch| json!({ "request": hex::encode(batch.request()) }))
        }
        "token/issue" => issue(input),
        "token/finish" => finish(input),
        "token/verify" => verify_token(input),
        "tokens-request/verify" => verify_tokens_request(input),
        "enrol/verify" => verify_enrolment(input),
        "attachment/verify" => verify_attachment(input),
        "change/verify" => verify_change(input),
        "withdraw/verify" => verify_withdrawal(input),
        "create-mailbox/hash" => create_mailbox(input),
        _ => return None,
    })
}

fn verify_document(input: &Input<'_>) -> Outcome {
    let document =
        Document::verify(input.text("json").as_bytes(), &input.host("host")).map_err(class)?;
    let body = document.body();
    Ok(json!({
        "key": body.key.to_string(),
        "document": hex::encode(encode(body)),
        "issued": body.issued.as_secs(),
    }))
}

fn document_follows(input: &Input<'_>) -> Outcome {
    let document = Document::verify(input.text("json").as_bytes(), &input.host("host")).unwrap();
    let known = ServiceKeyHash::new(input.array("known"));
    document.follows(&known).map(|()| json!({})).map_err(class)
}

fn verify_batch(input: &Input<'_>) -> Outcome {
    let batch = input.bytes("batch");
    let key = ServicePublic::new(input.array("key"));
    let verified = UnverifiedBatch::parse(&batch)
        .and_then(|parsed| parsed.verify(&key, &input.host("receiver"), input.now()))
        .map_err(class)?;
    Ok(json!({
        "sender": verified.sender().as_str(),
        "id": verified.id().to_string(),
        "items": verified.items().len(),
    }))
}

fn decode_submission(input: &Input<'_>) -> Outcome {
    let encoded = input.bytes("submission");
    let submission = Submission::decode(&encoded).map_err(class)?;
    assert_eq!(submission.encode(), encoded, "one submission, one encoding");
    let mut item = vec![];
    submission.item.write(&mut item);
    // The cases' items are one repeated byte.
    assert!(item.iter().all(|byte| *byte == item[0]));
    Ok(json!({
        "class": submission.class as u8,
        "token": submission.token.to_string(),
        "receiver": submission.receiver.as_str(),
        "dedup": submission.dedup.map(|id| id.to_string()),
        "item": [{ "repeat": hex::encode(&item[..1]), "times": item.len() }],
        "request_hash": hex::encode(request_hash(&encoded)),
    }))
}

fn blob_size(input: &Input<'_>) -> Outcome {
    let chunks = input.number("chunks").try_into().unwrap();
    let size = BlobSize::of_chunks(chunks).ok_or("malformed")?;
    let last = size.parts() - 1;
    Ok(json!({
        "bytes": size.bytes(),
        "parts": size.parts(),
        "last_part": size.part_len(last),
        "fetched": size.fetch_len(last - last % 4),
        "tokens": size.tokens(),
    }))
}

fn create_blob(input: &Input<'_>) -> Outcome {
    let encoded = input.bytes("request");
    let create = BlobCreate::decode(&encoded).map_err(class)?;
    assert_eq!(create.encode(), encoded, "one request, one encoding");
    Ok(json!({
        "locator": create.locator.to_string(),
        "chunks": create.size.chunks(),
        "days": create.days,
        "tokens": create.tokens.iter().map(Token::to_string).collect::<Vec<_>>(),
        "request_hash": hex::encode(create.request_hash()),
    }))
}

fn fetch_blob(input: &Input<'_>) -> Outcome {
    let encoded = input.bytes("request");
    let fetch = BlobFetch::decode(&encoded).map_err(class)?;
    assert_eq!(fetch.encode(), encoded, "one request, one encoding");
    Ok(json!({
        "token": fetch.token.to_string(),
        "host": fetch.host.as_str(),
        "locator": fetch.locator.to_string(),
        "first": fetch.first,
        "request_hash": hex::encode(fetch.request_hash()),
    }))
}

fn token_class(error: TokenError) -> &'static str {
    match error {
        TokenError::Malformed(_) => "malformed",
        TokenError::WrongCount { .. } => "wrong-count",
        TokenError::WrongKey => "wrong-key",
        TokenError::WrongScope => "wrong-scope",
        TokenError::Expired => "expired",
        TokenError::NotYetValid => "not-yet-valid",
        TokenError::Forged => "forged",
        TokenError::IssuerCheated => "issuer-cheated",
        other => panic!("no case is about {other:?}"),
    }
}

fn token_kind(input: &Input<'_>) -> TokenClass {
    TokenClass::from_number(input.number("class").try_into().unwrap()).unwrap()
}

fn epoch(input: &Input<'_>) -> Epoch {
    Epoch::from_number(input.number("epoch").try_into().unwrap())
}

fn scope(input: &Input<'_>) -> TokenScope {
    TokenScope {
        issuer: input.host("issuer"),
        redeemer: input.host("redeemer"),
        class: token_kind(input),
        epoch: epoch(input),
    }
}

fn issuer_key(input: &Input<'_>) -> IssuerKey {
    let seed = ProviderSeed::new(input.array("provider_seed"));
    IssuerKey::derive(&seed, token_kind(input), epoch(input))
}

fn pending(input: &Input<'_>) -> Result<PendingBatch, &'static str> {
    let seed = BatchSeed::new(input.array("seed"));
    let public = TokenKeyPublic::new(input.array("public"));
    PendingBatch::new(&seed, &public, &scope(input), input.small("count")).map_err(token_class)
}

fn issue(input: &Input<'_>) -> Outcome {
    let response = issuer_key(input)
        .issue(&input.bytes("request"), input.small("expected_count"))
        .map_err(token_class)?;
    let without_proof = &response[..response.len() - 64];
    Ok(json!({ "evaluated": hex::encode(without_proof) }))
}

fn finish(input: &Input<'_>) -> Outcome {
    let tokens = pending(input)?
        .finish(&input.bytes("response"))
        .map_err(token_class)?;
    let tokens: Vec<_> = tokens.iter().map(Token::to_string).collect();
    Ok(json!({ "tokens": tokens }))
}

fn verify_token(input: &Input<'_>) -> Outcome {
    let token = Token::from_slice(&input.bytes("token")).ok_or("length")?;
    let seed = ProviderSeed::new(input.array("provider_seed"));
    let redeemer = Redeemer::new(
        &seed,
        input.host("issuer"),
        input.host("redeemer"),
        token_kind(input),
    );
    let epoch = redeemer.verify(&token, input.now()).map_err(token_class)?;
    Ok(json!({ "epoch": epoch.number() }))
}

fn verify_tokens_request(input: &Input<'_>) -> Outcome {
    let encoded = input.bytes("request");
    let request = TokensRequest::verify(&encoded, &input.host("issuer")).map_err(class)?;
    assert_eq!(request.encode(), encoded, "one request, one encoding");
    Ok(json!({
        "account": request.account().to_string(),
        "class": request.class().number(),
        "epoch": request.epoch().number(),
        "request": hex::encode(request.request()),
    }))
}

fn verify_enrolment(input: &Input<'_>) -> Outcome {
    let request = EnrolRequest {
        account: AccountPublic::new(input.array("account")),
        code: input.value("code").as_str().map(str::to_owned),
        signature: Signature::new(input.array("signature")),
    };
    request
        .verify(&input.host("issuer"))
        .map(|()| json!({}))
        .map_err(class)
}

fn verify_attachment(input: &Input<'_>) -> Outcome {
    let attachment = Attachment {
        root: RootAddress::new(input.array("root")),
        consumer: Consumer(input.number("consumer").try_into().unwrap()),
        acknowledged: Position(input.number("acknowledged")),
        signature: Signature::new(input.array("signature")),
    };
    let challenge = Challenge::new(input.array("challenge"));
    let key = AccessPublic::new(input.array("access_key"));
    attachment
        .verify(&input.host("receiver"), &challenge, &key)
        .map(|()| json!({}))
        .map_err(class)
}

fn verify_change(input: &Input<'_>) -> Outcome {
    let change = match input.value("revoke") {
        Value::Null => Change::Close,
        ids => Change::Revoke {
            addresses: ids
                .as_array()
                .unwrap()
                .iter()
                .map(|id| AddressId::from_slice(&bytes(id)).unwrap())
                .collect(),
        },
    };
    let request = ChangeMailbox {
        root: RootAddress::new(input.array("root")),
        change,
        challenge: Challenge::new(input.array("challenge")),
        signature: Signature::new(input.array("signature")),
    };
    let key = AccessPublic::new(input.array("access_key"));
    request
        .verify(&input.host("receiver"), &key)
        .map(|()| json!({}))
        .map_err(class)
}

fn verify_withdrawal(input: &Input<'_>) -> Outcome {
    let request = WithdrawInvitation {
        locator: InvitationLocator::new(input.array("locator")),
        signature: Signature::new(input.array("signature")),
    };
    let key = WithdrawPublic::new(input.array("withdraw_key"));
    request
        .verify(&input.host("host"), &key)
        .map(|()| json!({}))
        .map_err(class)
}

fn create_mailbox(input: &Input<'_>) -> Outcome {
    let request = CreateMailbox {
        token: Token::new(input.array("token")),
        address_key: AddressPublic::new(input.array("address_key")),
        access_key: AccessPublic::new(input.array("access_key")),
    };
    Ok(json!({ "hash": hex::encode(request.request_hash()) }))
}
