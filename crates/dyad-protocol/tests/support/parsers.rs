//! One function for each parser: whatever the bytes, it must not panic, and what it accepts must be
//! what it would write. Property tests and fuzz targets call the same functions.

use std::sync::OnceLock;

use dyad_protocol::address::{
    AddressKind, AddressPlaintext, Generation, MintingKey, RecipientAddress, SenderAddress, mint,
    open_recipient, open_sender, seal,
};
use dyad_protocol::api::account::TokensRequest;
use dyad_protocol::api::blob::{BlobCreate, BlobFetch, BlobSize};
use dyad_protocol::api::fetch::{
    Acknowledgement, Attachment, ClientFrame, Consumer, Entry, FetchRequest, FetchResponse,
    Position, ServerFrame,
};
use dyad_protocol::api::submit::{Submission, TrafficClass};
use dyad_protocol::attachment::{FileKey, MAX_FILE_LEN};
use dyad_protocol::batch::{self, Item, UnverifiedBatch};
use dyad_protocol::body::{Body, Payload, Presentation};
use dyad_protocol::bundle::{Bundle, BundleBody, OlmPublic};
use dyad_protocol::call_server::CallServers;
use dyad_protocol::codec::{Flag, decode, encode};
use dyad_protocol::content::{
    CALL_PIECE_LEN, Call, CallMedia, CallStep, ContactRequest, File, Link, MAX_CALL_PARTS,
    MAX_CANDIDATES, MAX_LONG_LEN, MAX_MAIL_LEN, MAX_ORDER, MAX_PICTURE_LEN, MAX_REACTION_LEN,
    MAX_SUBJECT_LEN, MAX_TIMER, Mail, MailHead, MailPlace, MessageRef, Picture, Said, Share,
    is_app_kind,
};
use dyad_protocol::document::{Document, DocumentBody, PublishedKey, ReceiverInfo, SenderInfo};
use dyad_protocol::envelope::{self, Content, SealedMessage, TicketContext};
use dyad_protocol::establish::{self, Establish, Psk0};
use dyad_protocol::hash::framed;
use dyad_protocol::hpke::{X25519Secret, XWingSecret, open_xwing, seal_psk, seal_xwing};
use dyad_protocol::id::{
    AddressId, BatchId, BlobLocator, CallId, Challenge, DedupId, HostName, MessageId, RootAddress,
    SealedHash, StreamId,
};
use dyad_protocol::invitation::{
    self, Invitation, InvitationInput, InvitationLink, InvitationSecret, Reuse,
};
use dyad_protocol::label;
use dyad_protocol::limits::{ENVELOPE_PLAIN_LEN, ITEM_LEN, SEALED_LEN};
use dyad_protocol::psk::Psk;
use dyad_protocol::sign::{
    AccessKey, AccountKey, AddressSigningKey, IdentityKey, ServiceKey, ServiceKeyHash,
};
use dyad_protocol::ticket::{ServiceRecord, Ticket};
use dyad_protocol::time::{Epoch, Timestamp};
use dyad_protocol::token::{
    BatchSeed, IssuerKey, PendingBatch, ProviderSeed, Redeemer, Token, TokenClass, TokenScope,
};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

/// Says whether it accepted the bytes.
pub type Parser = fn(&[u8]) -> bool;

/// Every parser, under the name of its fuzz target.
pub const ALL: &[(&str, Parser)] = &[
    ("host_name", host_name),
    ("recipient_address", recipient_address),
    ("sender_address", sender_address),
    ("envelope", envelope),
    ("envelope_inside", envelope_inside),
    ("establish", establish),
    ("establish_inside", establish_inside),
    ("bundle", bundle),
    ("bundle_inside", bundle_inside),
    ("invitation", invitation),
    ("invitation_hosted", invitation_hosted),
    ("invitation_text", invitation_text),
    ("document", document),
    ("document_inside", document_inside),
    ("batch", batch),
    ("submission", submission),
    ("blob_create", blob_create),
    ("blob_fetch", blob_fetch),
    ("body", body),
    ("content", content),
    ("presentation", presentation),
    ("token_request", token_request),
    ("token_response", token_response),
    ("token", token),
    ("tokens_request", tokens_request),
    ("fetch_request", fetch_request),
    ("fetch_response", fetch_response),
    ("client_frame", client_frame),
    ("server_frame", server_frame),
];

const ROOT: RootAddress = RootAddress::new([5; 16]);
const NOW: Timestamp = Timestamp::from_secs(1_795_435_200);

/// Keys that stay the same, so that a finding can be repeated.
struct Keys {
    host: HostName,
    x25519: X25519Secret,
    xwing: XWingSecret,
    identity: IdentityKey,
    owner: AddressSigningKey,
    service: ServiceKey,
    psk: Psk,
    context: TicketContext,
    address: RecipientAddress,
    bundle: Bundle,
    secret: InvitationSecret,
    invitation: Invitation,
    issuer: IssuerKey,
    pending: PendingBatch,
    redeemer: Redeemer,
}

fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(Keys::new)
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

impl Keys {
    fn new() -> Self {
        let mut rng = rng();
        let host: HostName = "receiver.example".parse().unwrap();
        let (x25519, xwing) = (
            X25519Secret::random(&mut rng),
            XWingSecret::random(&mut rng),
        );
        let (identity, owner) = (
            IdentityKey::random(&mut rng),
            AddressSigningKey::random(&mut rng),
        );
        let psk = Psk::random(&mut rng);
        let plaintext = AddressPlaintext {
            root: ROOT,
            expiry: AddressKind::LongTerm.expiry(NOW),
            kind: AddressKind::LongTerm,
        };
        let minting = MintingKey {
            generation: Generation(3),
            public: x25519.public(),
        };
        let address = mint(&host, &minting, &plaintext, &owner, &mut rng).unwrap();
        let ticket = Ticket {
            service: 0,
            kind: AddressKind::LongTerm,
            expiry: plaintext.expiry,
            psk: psk.id(),
            key: x25519.public(),
            address,
        };
        let body = BundleBody {
            version: 1,
            identity: identity.public(),
            curve: OlmPublic::new([1; 32]),
            prekey: OlmPublic::new([2; 32]),
            xwing: xwing.public(),
            created: NOW,
            expires: NOW.plus(1),
            services: vec![ServiceRecord {
                host: host.clone(),
                key_hash: ServiceKeyHash::new([3; 32]),
            }],
            tickets: vec![ticket],
        };
        let bundle = body.sign(&identity);
        let invitation = Invitation::sign(
            &identity,
            bundle.clone(),
            Reuse::Single,
            NOW.plus(1),
            vec![],
        )
        .unwrap();
        let provider = ProviderSeed::new([9; 32]);
        let scope = TokenScope {
            issuer: host.clone(),
            redeemer: host.clone(),
            class: TokenClass::Message,
            epoch: Epoch::containing(NOW),
        };
        let issuer = IssuerKey::derive(&provider, scope.class, scope.epoch);
        Self {
            pending: PendingBatch::new(&BatchSeed::new([8; 32]), &issuer.public(), &scope, 3)
                .unwrap(),
            redeemer: Redeemer::new(&provider, host.clone(), host.clone(), scope.class),
            secret: InvitationSecret::random(&mut rng),
            bundle,
            invitation,
            service: ServiceKey::random(&mut rng),
            context: TicketContext([4; 32]),
            host,
            x25519,
            xwing,
            identity,
            owner,
            psk,
            address,
            issuer,
        }
    }
}

pub fn host_name(data: &[u8]) -> bool {
    let decoded = decode::<HostName>(data, "host").map(|host| assert_eq!(encode(&host), data));
    let parsed = std::str::from_utf8(data).ok().and_then(|text| {
        let host = text.parse::<HostName>().ok()?;
        assert_eq!(host.as_str().parse::<HostName>().unwrap(), host);
        assert!(host.as_str().eq_ignore_ascii_case(text));
        assert!(!host.host().is_empty());
        Some(())
    });
    decoded.is_ok() || parsed.is_some()
}

pub fn recipient_address(data: &[u8]) -> bool {
    let keys = keys();
    RecipientAddress::from_slice(data).is_some_and(|address| {
        open_recipient(&keys.host, &keys.x25519, &address)
            .and_then(|opened| opened.authorise(&keys.host, &keys.owner.public(), NOW))
            .is_ok_and(|resolved| resolved.root == ROOT)
    })
}

pub fn sender_address(data: &[u8]) -> bool {
    let keys = keys();
    SenderAddress::from_slice(data).is_some_and(|address| {
        open_sender(
            &keys.host,
            &keys.x25519,
            &address,
            &SealedHash::of(b"sealed"),
        )
        .is_ok_and(|inner| inner == keys.address)
    })
}

fn open_envelope(sealed: &[u8]) -> Option<Content> {
    let keys = keys();
    let sealed = SealedMessage::from_slice(sealed)?;
    envelope::open(
        &sealed,
        &keys.x25519,
        &keys.psk,
        &keys.context,
        &keys.address,
    )
    .ok()
}

pub fn envelope(data: &[u8]) -> bool {
    open_envelope(data).is_some()
}

/// The plaintext of an envelope: what somebody who holds the ticket could put there.
pub fn envelope_inside(data: &[u8]) -> bool {
    let keys = keys();
    let mut plain = data.to_vec();
    plain.resize(ENVELOPE_PLAIN_LEN, 0);
    let info = framed(label::ENVELOPE, &[&[1], &keys.context.0]);
    let aad = keys.address.as_bytes();
    let public = keys.x25519.public();
    let (enc, ciphertext) = seal_psk(&public, &keys.psk, &info, aad, &plain, &mut rng()).unwrap();
    let opened = open_envelope(&[&[1][..], &enc, &ciphertext].concat());
    if let Some(content) = &opened {
        let (kind, bytes) = match content {
            Content::Ratchet(bytes) => (1, bytes),
            Content::Establish(bytes) => (2, bytes),
        };
        assert_eq!((plain[0], &plain[3..3 + bytes.len()]), (kind, &bytes[..]));
    }
    opened.is_some()
}

pub fn establish(data: &[u8]) -> bool {
    establish::open(data, &keys().bundle, &keys().xwing).is_ok()
}

/// The plaintext of `establish`.
pub fn establish_inside(data: &[u8]) -> bool {
    let keys = keys();
    let info = framed(label::ESTABLISH, &[&[1], &keys.bundle.hash()]);
    let (enc, ciphertext) = seal_xwing(&keys.xwing.public(), &info, data, &mut rng()).unwrap();
    let opened = establish::open(&[&enc[..], &ciphertext].concat(), &keys.bundle, &keys.xwing);
    opened.is_ok_and(|said| data.ends_with(&said.olm))
}

pub fn bundle(data: &[u8]) -> bool {
    let Ok(bundle) = Bundle::verify(data) else {
        return false;
    };
    assert_eq!(bundle.as_bytes(), data);
    assert_eq!(encode(bundle.body()), data[..data.len() - 64]);
    true
}

/// What a bundle says, signed whatever it is.
pub fn bundle_inside(data: &[u8]) -> bool {
    let identity = &keys().identity;
    // The signer's key stands where the bundle names it, so that parsing goes beyond the signature.
    let mut signed = data.to_vec();
    if let Some(key) = signed.get_mut(1..33) {
        key.copy_from_slice(identity.public().as_ref());
    }
    let signature = identity.sign(label::BUNDLE, &[&signed]);
    bundle(&[&signed, signature.as_ref()].concat())
}

pub fn invitation(data: &[u8]) -> bool {
    Invitation::verify(data).is_ok_and(|invitation| invitation.as_bytes() == data)
}

pub fn invitation_hosted(data: &[u8]) -> bool {
    let keys = keys();
    keys.secret
        .decrypt(data, &keys.invitation.hash())
        .is_ok_and(|found| found == keys.invitation)
}

pub fn invitation_text(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    match invitation::parse(text) {
        Ok(InvitationInput::Link(link)) => {
            let again =
                [link.to_https(), link.to_uri()].map(|text| invitation::parse(&text).unwrap());
            assert_eq!(again, [0, 1].map(|_| InvitationInput::Link(link.clone())));
            true
        }
        Ok(InvitationInput::Whole(secret, found)) => {
            let again = invitation::parse(&invitation::to_file(&secret, &found)).unwrap();
            assert_eq!(again, InvitationInput::Whole(secret, found));
            true
        }
        Err(_) => false,
    }
}

pub fn document(data: &[u8]) -> bool {
    let host = &keys().host;
    let Ok(document) = Document::verify(data, host) else {
        return false;
    };
    assert_eq!(Document::reread(data, host), Ok(document));
    true
}

/// What a document says, signed whatever it is.
pub fn document_inside(data: &[u8]) -> bool {
    let keys = keys();
    let Ok(mut body) = decode::<DocumentBody>(data, "document") else {
        return false;
    };
    assert_eq!(encode(&body), data);
    body.host = keys.host.clone();
    body.key = keys.service.public();
    let Ok(document) = Document::verify(&body.sign(&keys.service, &[]), &keys.host) else {
        return false;
    };
    assert_eq!(document.body(), &body);
    if let Some(receiver) = &document.body().receiver {
        assert!(receiver.transit_key(NOW).is_some() && receiver.address_key(NOW).is_some());
    }
    true
}

pub fn batch(data: &[u8]) -> bool {
    let keys = keys();
    let verified = UnverifiedBatch::parse(data)
        .and_then(|parsed| parsed.verify(&keys.service.public(), &keys.host, NOW));
    verified.is_ok_and(|batch| batch.items().all(|item| Item::from_slice(item).is_some()))
}

pub fn submission(data: &[u8]) -> bool {
    let Ok(submission) = Submission::decode(data) else {
        return false;
    };
    assert_eq!(submission.encode(), data);
    true
}

/// What the payload of a body says. Nothing that is said of another's message or without end passes, and what is
/// understood is said again in the same words.
pub fn content(data: &[u8]) -> bool {
    let Some(payload) = Body::decode(data).ok().and_then(|body| body.payload) else {
        return false;
    };
    let Ok(said) = Said::of(&payload) else {
        return false;
    };
    match &said {
        Said::Reaction {
            sign: Some(sign), ..
        } => assert!(!sign.is_empty() && sign.len() <= MAX_REACTION_LEN),
        Said::Timer {
            seconds: Some(seconds),
            ..
        } => assert!((1..=MAX_TIMER).contains(seconds)),
        Said::File(file) => {
            assert!(!file.name.is_empty() && file.link.size <= MAX_FILE_LEN);
        }
        Said::Mail(mail) => {
            assert!(mail.head.subject.len() <= MAX_SUBJECT_LEN);
            if let MailPlace::Blob(link) = &mail.place {
                assert!(link.size <= MAX_MAIL_LEN);
            }
        }
        Said::Share(share) => assert!(!share.title.is_empty() && !share.address.is_empty()),
        Said::Long { link, beginning } => {
            assert!(!beginning.is_empty() && link.size <= MAX_LONG_LEN);
        }
        Said::Carried { link, kind } => {
            assert!(is_app_kind(kind) && link.size <= MAX_LONG_LEN);
        }
        Said::Call(call) => {
            assert!(call.piece.len() <= CALL_PIECE_LEN && call.candidates.len() <= MAX_CANDIDATES);
            assert!(call.part.0 < call.part.1 && call.part.1 <= MAX_CALL_PARTS);
        }
        Said::Picture(picture) => {
            assert!(picture.order <= MAX_ORDER);
            let size = picture.link.as_ref().map_or(1, |link| link.size);
            assert!((1..=MAX_PICTURE_LEN).contains(&size));
        }
        Said::Edit {
            order, text, link, ..
        } => {
            assert!(*order <= MAX_ORDER && !text.is_empty());
            assert!(link.as_ref().is_none_or(|link| link.size <= MAX_LONG_LEN));
        }
        _ => {}
    }
    if let Some(again) = said.payload(payload.fallback.as_deref()) {
        assert_eq!(Said::of(&again).unwrap(), said);
    }
    true
}

/// CBOR has several encodings of one number, and what is unknown in known places is left out: what was
/// read is written in a form that is read again as the same.
pub fn body(data: &[u8]) -> bool {
    let Ok(body) = Body::decode(data) else {
        return false;
    };
    assert_eq!(Body::decode(&body.encode()).unwrap(), body);
    true
}

pub fn presentation(data: &[u8]) -> bool {
    let Ok(presentation) = Presentation::decode(data) else {
        return false;
    };
    assert_eq!(
        Presentation::decode(&presentation.encode()).unwrap(),
        presentation
    );
    true
}

pub fn token_request(data: &[u8]) -> bool {
    let Ok(response) = keys().issuer.issue(data, 3) else {
        return false;
    };
    assert_eq!(response.len(), 2 + 3 * 32 + 64);
    true
}

pub fn token_response(data: &[u8]) -> bool {
    let Ok(tokens) = keys().pending.finish(data) else {
        return false;
    };
    assert!(
        tokens
            .iter()
            .all(|token| keys().redeemer.verify(token, NOW).is_ok())
    );
    true
}

pub fn token(data: &[u8]) -> bool {
    Token::from_slice(data).is_some_and(|token| keys().redeemer.verify(&token, NOW).is_ok())
}

pub fn tokens_request(data: &[u8]) -> bool {
    let Ok(request) = TokensRequest::verify(data, &keys().host) else {
        return false;
    };
    assert_eq!(request.encode(), data);
    true
}

macro_rules! written_as_read {
    ($($function:ident, $type:ty;)*) => {$(
        pub fn $function(data: &[u8]) -> bool {
            let Ok(value) = <$type>::decode(data) else { return false };
            assert_eq!(value.encode(), data);
            true
        }
    )*};
}

written_as_read! {
    blob_create, BlobCreate;
    blob_fetch, BlobFetch;
    fetch_request, FetchRequest;
    fetch_response, FetchResponse;
    client_frame, ClientFrame;
    server_frame, ServerFrame;
}

/// Bytes that the parser of this name accepts: where tests and fuzzers begin.
pub fn samples(name: &str) -> Vec<Vec<u8>> {
    let (keys, rng) = (keys(), &mut rng());
    match name {
        "host_name" => [
            "a.example:8443",
            "127.0.0.1:7411",
            "[::1]:7411",
            "\x0eab.example.org",
        ]
        .map(|text| text.as_bytes().to_vec())
        .into(),
        "recipient_address" => vec![keys.address.as_bytes().to_vec()],
        "sender_address" => {
            let hash = SealedHash::of(b"sealed");
            let public = keys.x25519.public();
            vec![
                seal(
                    &keys.host,
                    Generation(9),
                    &public,
                    &keys.address,
                    &hash,
                    rng,
                )
                .unwrap()
                .as_bytes()
                .to_vec(),
            ]
        }
        "envelope" => {
            let content = Content::Ratchet(b"hello".to_vec());
            let sealed = envelope::seal(
                &content,
                &keys.x25519.public(),
                &keys.psk,
                &keys.context,
                &keys.address,
                rng,
            );
            vec![sealed.unwrap().as_bytes().to_vec()]
        }
        "envelope_inside" => vec![b"\x01\0\x05hello".to_vec(), b"\x02\0\0".to_vec()],
        "establish" => vec![establish::seal(&said(), &keys.identity, &keys.bundle, rng).unwrap()],
        "establish_inside" => vec![said_inside()],
        "bundle" => vec![keys.bundle.as_bytes().to_vec()],
        "bundle_inside" => vec![encode(keys.bundle.body())],
        "invitation" => vec![keys.invitation.as_bytes().to_vec()],
        "invitation_hosted" => vec![keys.secret.encrypt(&keys.invitation, rng).unwrap()],
        "invitation_text" => texts(),
        "document" => vec![document_body().sign(&keys.service, &[])],
        "document_inside" => vec![encode(&document_body())],
        "batch" => vec![batch::sign(
            &keys.service,
            &keys.host,
            &keys.host,
            NOW,
            BatchId::new([1; 16]),
            &[7; 2 * ITEM_LEN],
        )],
        "submission" => submissions(),
        "blob_create" => vec![
            BlobCreate {
                locator: BlobLocator::new([4; 16]),
                size: BlobSize::of_chunks(320).unwrap(),
                days: 30,
                tokens: vec![Token::new([1; 162]), Token::new([2; 162])],
            }
            .encode(),
        ],
        "blob_fetch" => vec![
            BlobFetch {
                token: Token::new([3; 162]),
                host: keys.host.clone(),
                locator: BlobLocator::new([4; 16]),
                first: 4,
            }
            .encode(),
        ],
        "body" => bodies(),
        "content" => contents(),
        "presentation" => vec![
            Presentation {
                name: "Alex".into(),
                pronouns: Some("they".into()),
            }
            .encode(),
        ],
        "token_request" => vec![keys.pending.request().to_vec()],
        "token_response" => vec![keys.issuer.issue(keys.pending.request(), 3).unwrap()],
        "token" => {
            let response = keys.issuer.issue(keys.pending.request(), 3).unwrap();
            keys.pending
                .finish(&response)
                .unwrap()
                .iter()
                .map(|token| token.as_bytes().to_vec())
                .collect()
        }
        "tokens_request" => {
            let key = AccountKey::new([2; 32]);
            vec![
                TokensRequest::sign(
                    &keys.host,
                    &key,
                    TokenClass::Blob,
                    Epoch::containing(NOW),
                    b"request",
                )
                .encode(),
            ]
        }
        _ => frames(name),
    }
}

fn said() -> Establish {
    Establish {
        epoch: 7,
        identity: keys().identity.public(),
        curve: OlmPublic::new([1; 32]),
        psk0: Psk0::new([2; 32]),
        olm: b"an Olm message".to_vec(),
    }
}

/// The plaintext of what [`said`] says, by opening it with the library beneath.
fn said_inside() -> Vec<u8> {
    let keys = keys();
    let sealed = establish::seal(&said(), &keys.identity, &keys.bundle, &mut rng()).unwrap();
    let (enc, ciphertext) = sealed.split_first_chunk().unwrap();
    let info = framed(label::ESTABLISH, &[&[1], &keys.bundle.hash()]);
    open_xwing(&keys.xwing, enc, &info, ciphertext).unwrap()
}

fn texts() -> Vec<Vec<u8>> {
    let keys = keys();
    let link = InvitationLink {
        host: keys.host.clone(),
        secret: keys.secret.clone(),
        commitment: keys.invitation.hash(),
    };
    let whole = invitation::to_file(&keys.secret, &keys.invitation);
    [link.to_https(), link.to_uri(), whole]
        .map(String::into_bytes)
        .into()
}

fn document_body() -> DocumentBody {
    let keys = keys();
    let key = PublishedKey {
        generation: Generation(3),
        public: keys.x25519.public(),
        use_until: NOW,
        retires: NOW.plus(1),
    };
    DocumentBody {
        version: 1,
        host: keys.host.clone(),
        issued: NOW,
        key: keys.service.public(),
        issuer: None,
        sender: Some(SenderInfo {
            queue_lifetime: 1,
            invitation_lifetime: 2,
            blob_lifetime: 3,
        }),
        receiver: Some(ReceiverInfo {
            transit: vec![key; 2],
            address: vec![key],
            retention: 3,
        }),
        calls: CallServers {
            stun: vec!["stun:stun.example".parse().unwrap()],
            turn: Vec::new(),
        },
    }
}

fn submissions() -> Vec<Vec<u8>> {
    [None, Some(DedupId::new([4; 16]))]
        .map(|dedup| {
            let item = Item::from_slice(&[7; ITEM_LEN]).unwrap();
            let receiver = keys().host.clone();
            Submission {
                token: Token::new([3; 162]),
                class: TrafficClass::Prompt,
                receiver,
                dedup,
                item,
            }
            .encode()
        })
        .into()
}

fn bodies() -> Vec<Vec<u8>> {
    let text = Body {
        payload: Some(Payload::text("hello")),
        sent: NOW,
        ..Body::default()
    };
    vec![Body::default().encode(), text.encode()]
}

fn contents() -> Vec<Vec<u8>> {
    let message = MessageId {
        stream: StreamId::new([3; 8]),
        seq: 9,
    };
    let link = Link {
        host: "dyad.example".parse().unwrap(),
        locator: BlobLocator::new([1; 16]),
        key: FileKey::new([2; 32]),
        size: 9,
        sha256: [3; 32],
        ends: Timestamp::from_secs(1_900_000_000),
    };
    let said = [
        Said::File(File {
            link: link.clone(),
            name: "a.jpg".into(),
            media_type: Some("image/jpeg".into()),
            words: Some("look".into()),
            dimensions: Some((3, 4)),
            preview: Some(vec![1; 20]),
        }),
        Said::Mail(Mail {
            head: MailHead {
                subject: "Minutes".into(),
                beginning: Some("Dear".into()),
                attachments: 3,
            },
            place: MailPlace::Blob(link.clone()),
        }),
        Said::Share(Share {
            title: "Album".into(),
            address: "https://album.example/".into(),
            secret: Some("x".into()),
            what: Some("album".into()),
        }),
        Said::ContactRequest(ContactRequest {
            name: "Casey".into(),
            invitation: Some("https://dyad.example/i#x".into()),
            note: Some("hello".into()),
        }),
        Said::Carried {
            link: link.clone(),
            kind: "vnd.example.todo".into(),
        },
        Said::Picture(Picture {
            order: 9,
            link: Some(link.clone()),
        }),
        Said::Long {
            link,
            beginning: "Once".into(),
        },
        Said::Text("hello".into()),
        Said::Call(Call {
            piece: vec![1; 9],
            part: (1, 2),
            media: Some(CallMedia {
                audio: true,
                video: true,
            }),
            expires: Some(NOW),
            candidates: vec!["candidate:1 1 udp 1 192.0.2.1 9 typ host".into()],
            round: 1,
            ..Call::plain(CallId::new([5; 16]), CallStep::Offer)
        }),
        Said::Edit {
            target: message,
            order: 5,
            text: "hallo".into(),
            link: None,
        },
        Said::Delete { target: message },
        Said::Reaction {
            target: MessageRef::own(message),
            order: 5,
            sign: Some("👍🏽".into()),
        },
        Said::Timer {
            order: 5,
            seconds: Some(60),
        },
    ];
    let body = |said: &Said| Body {
        payload: said.payload(Some("in words")),
        ..Body::default()
    };
    said.iter().map(|said| body(said).encode()).collect()
}

fn frames(name: &str) -> Vec<Vec<u8>> {
    let (keys, challenge, root) = (keys(), Challenge::new([6; 32]), ROOT);
    let access = AccessKey::new([5; 32]);
    let attachment = Attachment::sign(
        &keys.host,
        &challenge,
        root,
        Consumer(1),
        Position(2),
        &access,
    );
    let acknowledgement = Acknowledgement {
        root,
        position: Position(9),
    };
    let entry = Entry {
        root,
        position: Position(1),
        address: AddressId::new([1; 16]),
        sealed: SealedMessage::from_slice(&[7; SEALED_LEN]).unwrap(),
    };
    match name {
        "fetch_request" => vec![
            FetchRequest {
                version: 1,
                challenge,
                wait: 9,
                mailboxes: vec![attachment; 2],
            }
            .encode(),
        ],
        "fetch_response" => vec![
            FetchResponse {
                version: 1,
                refused: vec![root],
                entries: vec![entry],
                more: Flag(true),
            }
            .encode(),
        ],
        "client_frame" => vec![
            ClientFrame::Attach(attachment).encode(),
            ClientFrame::Acknowledge(acknowledgement).encode(),
        ],
        "server_frame" => vec![
            ServerFrame::Hello(challenge).encode(),
            ServerFrame::Entry(entry).encode(),
            ServerFrame::Acknowledged(acknowledgement).encode(),
        ],
        other => panic!("no samples for {other}"),
    }
}
