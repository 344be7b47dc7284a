//! A host's signed description of its services, at `/.well-known/dyad`.
//!
//! What is signed has the fixed encoding; around it is JSON:
//! `{"version": 1, "document": base64url, "signature": base64url, "succession": [...]}`.
//! A service whose key changed lists statements by which each older key names the next.

use serde::{Deserialize, Serialize};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::address::{Generation, MintingKey};
use crate::call_server::CallServers;
use crate::codec::{DecodeError, Flag, decode, encode};
use crate::hpke::X25519Public;
use crate::id::HostName;
use crate::label;
use crate::limits::MAX_DOCUMENT_LEN;
use crate::sign::{ServiceKey, ServiceKeyHash, ServicePublic, Signature};
use crate::time::{Epoch, Timestamp};
use crate::token::{TokenClass, TokenKeyPublic};

/// Version of the document.
pub const DOCUMENT_VERSION: u8 = 1;
/// Where it is served.
pub const WELL_KNOWN_PATH: &str = "/.well-known/dyad";
/// Key changes that a document may list.
pub const MAX_SUCCESSION: usize = 16;
const WHAT: &str = "service document";

/// What a host says of itself.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct DocumentBody {
    /// [`DOCUMENT_VERSION`].
    pub version: u8,
    /// The host.
    pub host: HostName,
    /// When it was made, by the host's clock.
    pub issued: Timestamp,
    /// The key that signs documents and batches.
    pub key: ServicePublic,
    /// If it issues tokens.
    pub issuer: Option<IssuerInfo>,
    /// If it sends.
    pub sender: Option<SenderInfo>,
    /// If it receives.
    pub receiver: Option<ReceiverInfo>,
    /// Servers for calls; last, since a document without them ends before.
    pub calls: CallServers,
}

/// What an issuer publishes.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct IssuerInfo {
    /// Whether anybody may have an account; otherwise a code is needed.
    pub open_registration: Flag,
    /// The classes of token, each with its keys.
    pub classes: Vec<ClassInfo>,
}

/// One class of token.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ClassInfo {
    /// The class.
    pub class: TokenClass,
    /// Where its tokens are redeemed.
    pub redeemer: HostName,
    /// The keys of the epochs for which tokens are issued now: today's, and tomorrow's near midnight.
    pub keys: Vec<EpochKey>,
}

/// The issuer's key for one class and day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct EpochKey {
    /// The day.
    pub epoch: Epoch,
    /// The key.
    pub key: TokenKeyPublic,
}

/// What a sender service publishes.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct SenderInfo {
    /// For how many seconds it tries to deliver.
    pub queue_lifetime: u64,
    /// For how many seconds at most it hosts an invitation.
    pub invitation_lifetime: u64,
    /// For how many seconds at most it keeps a blob; 0 if it keeps none.
    pub blob_lifetime: u64,
}

/// What a receiver service publishes.
#[derive(Debug, Clone, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct ReceiverInfo {
    /// Transit keys k, at most two, the one to use first.
    pub transit: Vec<PublishedKey>,
    /// Address keys j, at most two, the one to use first.
    pub address: Vec<PublishedKey>,
    /// For how many seconds unfetched messages are kept.
    pub retention: u64,
}

/// One generation of a diversification key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct PublishedKey {
    /// Its number.
    pub generation: Generation,
    /// The key.
    pub public: X25519Public,
    /// Nothing may be sealed to it after this moment.
    pub use_until: Timestamp,
    /// After this moment it opens nothing.
    pub retires: Timestamp,
}

impl PublishedKey {
    /// As needed for minting.
    pub const fn minting(&self) -> MintingKey {
        MintingKey {
            generation: self.generation,
            public: self.public,
        }
    }
}

impl ReceiverInfo {
    /// The transit key to seal with at `now`.
    pub fn transit_key(&self, now: Timestamp) -> Option<&PublishedKey> {
        usable(&self.transit, now)
    }

    /// The address key to mint with at `now`.
    pub fn address_key(&self, now: Timestamp) -> Option<&PublishedKey> {
        usable(&self.address, now)
    }
}

/// The first that may still be used; a clock that is off makes none expired, so the first is the last resort.
fn usable(keys: &[PublishedKey], now: Timestamp) -> Option<&PublishedKey> {
    keys.iter().find(|key| now < key.use_until).or(keys.first())
}

/// An old key's word that a new one follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// The key before.
    pub old: ServicePublic,
    /// The key after.
    pub new: ServicePublic,
    /// By `old`, over host and `new`.
    pub signature: Signature,
}

impl Succession {
    /// States that `new` follows `old` at `host`.
    pub fn sign(host: &HostName, old: &ServiceKey, new: ServicePublic) -> Self {
        let signature = old.sign(
            label::DOCUMENT_SUCCESSION,
            &[host.as_str().as_bytes(), new.as_bytes()],
        );
        Self {
            old: old.public(),
            new,
            signature,
        }
    }

    fn verify(&self, host: &HostName) -> Result<(), DecodeError> {
        self.old.verify(
            label::DOCUMENT_SUCCESSION,
            &[host.as_str().as_bytes(), self.new.as_bytes()],
            &self.signature,
        )
    }
}

/// A document whose signature by the key inside it has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    body: DocumentBody,
    succession: Vec<Succession>,
}

#[derive(Serialize, Deserialize)]
struct Json {
    version: u8,
    #[serde(with = "crate::codec::serde_bytes")]
    document: Vec<u8>,
    signature: Signature,
    #[serde(default)]
    succession: Vec<Succession>,
}

impl DocumentBody {
    /// Signs and gives the JSON to serve.
    pub fn sign(&self, key: &ServiceKey, succession: &[Succession]) -> Vec<u8> {
        let document = encode(self);
        let json = Json {
            version: DOCUMENT_VERSION,
            signature: key.sign(label::DOCUMENT, &[&document]),
            document,
            succession: succession.to_vec(),
        };
        serde_json::to_vec(&json).unwrap_or_default()
    }
}

impl Document {
    /// Reads what `host` served and checks that it is about `host` and signed by the key it names.
    /// Whether that key is the expected one is for [`Document::follows`] to say.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn verify(json: &[u8], host: &HostName) -> Result<Self, DecodeError> {
        let (json, body) = Self::parse(json, host)?;
        body.key
            .verify(label::DOCUMENT, &[&json.document], &json.signature)?;
        Self::checked(json, body)
    }

    /// Reads again what [`Document::verify`] accepted and what was kept since where nobody else can write.
    /// The signature is not checked a second time: an app reads its providers' documents for every message.
    ///
    /// # Errors
    /// As [`Document::verify`], but for the signature.
    pub fn reread(json: &[u8], host: &HostName) -> Result<Self, DecodeError> {
        let (json, body) = Self::parse(json, host)?;
        Self::checked(json, body)
    }

    fn parse(json: &[u8], host: &HostName) -> Result<(Json, DocumentBody), DecodeError> {
        if json.len() > MAX_DOCUMENT_LEN {
            return Err(DecodeError::Length(WHAT));
        }
        let json: Json = serde_json::from_slice(json).map_err(|_| DecodeError::Malformed(WHAT))?;
        if json.version != DOCUMENT_VERSION {
            return Err(DecodeError::Version {
                what: WHAT,
                found: json.version,
            });
        }
        let body: DocumentBody = decode(&json.document, WHAT)?;
        if body.host != *host {
            return Err(DecodeError::NotAuthentic(WHAT));
        }
        Ok((json, body))
    }

    fn checked(json: Json, body: DocumentBody) -> Result<Self, DecodeError> {
        let sane = body.version == DOCUMENT_VERSION
            && json.succession.len() <= MAX_SUCCESSION
            && body.receiver.as_ref().is_none_or(|r| {
                (1..=2).contains(&r.transit.len()) && (1..=2).contains(&r.address.len())
            })
            && body
                .issuer
                .as_ref()
                .is_none_or(|i| i.classes.iter().all(|c| c.keys.len() <= 2));
        if !sane {
            return Err(DecodeError::Malformed(WHAT));
        }
        Ok(Self {
            body,
            succession: json.succession,
        })
    }

    /// What the host says.
    pub const fn body(&self) -> &DocumentBody {
        &self.body
    }

    /// Whether the document's key is `known`, or follows it by signed statements.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`] if it is another key: somebody may be impersonating the host.
    pub fn follows(&self, known: &ServiceKeyHash) -> Result<(), DecodeError> {
        let mut reached = *known;
        // Each statement is used at most once, so a cycle ends.
        for _ in 0..=self.succession.len() {
            if self.body.key.key_hash() == reached {
                return Ok(());
            }
            let next = self.succession.iter().find(|s| s.old.key_hash() == reached);
            let Some(next) = next else { break };
            next.verify(&self.body.host)?;
            reached = next.new.key_hash();
        }
        Err(DecodeError::NotAuthentic(WHAT))
    }
}

impl tls_codec::Size for TokenClass {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl tls_codec::Serialize for TokenClass {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        self.number().tls_serialize(writer)
    }
}

impl tls_codec::DeserializeBytes for TokenClass {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        let (number, rest) = u8::tls_deserialize_bytes(bytes)?;
        let class = Self::from_number(number)
            .ok_or_else(|| tls_codec::Error::DecodingError("token class".into()))?;
        Ok((class, rest))
    }
}
