//! Invitations: a bundle, a secret, and how they are carried to somebody who is not a contact yet.
//!
//! ```text
//! invitation:  version 1 | reuse 1 | expires 8 | presentation <v> | bundle <v> | signature 64
//! hosted:      nonce 12 | ChaCha20-Poly1305(length 2 | invitation | zeros)   4096 in all
//! fragment:    base64url(version 1 | secret 32 | hash 32)
//! link:        https://HOST/i#FRAGMENT        URI: dyad://HOST/i#FRAGMENT
//! file:        "dyad-invitation:" base64url(version 1 | secret 32 | invitation)
//! ```
//!
//! The host stores ciphertext under a name derived from the secret; the fragment never reaches it,
//! and the hash in the fragment keeps it from putting another invitation in its place.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use rand_core::CryptoRng;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::bundle::Bundle;
use crate::codec::{DecodeError, decode, encode, from_base64, to_base64};
use crate::hash::{derive, hash};
use crate::id::{HostName, InvitationLocator};
use crate::label;
use crate::limits::{HOSTED_INVITATION_LEN, TAG_LEN};
use crate::psk::Psk;
use crate::sign::{IdentityKey, Signature, WithdrawKey};
use crate::time::Timestamp;

/// Version of invitation, fragment and file.
pub const INVITATION_VERSION: u8 = 1;
/// Longest presentation (CBOR) in an invitation.
pub const MAX_PRESENTATION_LEN: usize = 1024;
const NONCE_LEN: usize = 12;
const FILE_PREFIX: &str = "dyad-invitation:";
const WHAT: &str = "invitation";

secret_bytes!(
    /// What makes a link worth having: whoever has it may answer the invitation.
    InvitationSecret, 32
);

/// How often an invitation may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[repr(u8)]
pub enum Reuse {
    /// By one person; the second learns that it was used.
    Single = 1,
    /// By any number until it expires.
    Multiple = 2,
}

/// An invitation whose signatures have been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    reuse: Reuse,
    expires: Timestamp,
    presentation: Vec<u8>,
    bundle: Bundle,
    bytes: Vec<u8>,
}

#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct Body {
    version: u8,
    reuse: u8,
    expires: Timestamp,
    presentation: Vec<u8>,
    bundle: Vec<u8>,
}

impl Invitation {
    /// Makes and signs one. `presentation` is how the inviter wants to be called: an encoded
    /// [`crate::body::Presentation`], or nothing.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if the presentation is longer than [`MAX_PRESENTATION_LEN`].
    pub fn sign(
        identity: &IdentityKey,
        bundle: Bundle,
        reuse: Reuse,
        expires: Timestamp,
        presentation: Vec<u8>,
    ) -> Result<Self, DecodeError> {
        if presentation.len() > MAX_PRESENTATION_LEN {
            return Err(DecodeError::Length("presentation"));
        }
        let mut bytes = encode(&Body {
            version: INVITATION_VERSION,
            reuse: reuse as u8,
            expires,
            presentation: presentation.clone(),
            bundle: bundle.as_bytes().to_vec(),
        });
        let signature = identity.sign(label::INVITATION, &[&bytes]);
        bytes.extend_from_slice(signature.as_bytes());
        Ok(Self {
            reuse,
            expires,
            presentation,
            bundle,
            bytes,
        })
    }

    /// Parses and checks both signatures. Expiry is the caller's to judge.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong.
    pub fn verify(bytes: &[u8]) -> Result<Self, DecodeError> {
        check_version(bytes)?;
        let (signed, signature) = bytes
            .split_last_chunk::<64>()
            .ok_or(DecodeError::Length(WHAT))?;
        let body: Body = decode(signed, WHAT)?;
        let bundle = Bundle::verify(&body.bundle)?;
        bundle
            .body()
            .identity
            .verify(label::INVITATION, &[signed], &Signature::new(*signature))?;
        let reuse = match body.reuse {
            1 => Reuse::Single,
            2 => Reuse::Multiple,
            _ => return Err(DecodeError::Malformed(WHAT)),
        };
        if body.presentation.len() > MAX_PRESENTATION_LEN {
            return Err(DecodeError::Length("presentation"));
        }
        Ok(Self {
            reuse,
            expires: body.expires,
            presentation: body.presentation,
            bundle,
            bytes: bytes.to_vec(),
        })
    }

    /// How often it may be answered.
    pub const fn reuse(&self) -> Reuse {
        self.reuse
    }

    /// When it stops being good.
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The inviter's presentation, encoded; may be empty.
    pub fn presentation(&self) -> &[u8] {
        &self.presentation
    }

    /// The bundle.
    pub const fn bundle(&self) -> &Bundle {
        &self.bundle
    }

    /// The signed bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What its link commits to.
    pub fn hash(&self) -> [u8; 32] {
        hash(label::INVITATION_HASH, &[&self.bytes])
    }
}

impl InvitationSecret {
    /// Under which name the invitation is hosted.
    pub fn locator(&self) -> InvitationLocator {
        InvitationLocator::new(derive(self.expose(), label::INVITATION_LOCATOR, &[]))
    }

    /// The key with which the inviter may withdraw it. Whoever has the link could, too: an invitation
    /// that somebody wants to spoil is spoilt more easily by answering it.
    pub fn withdraw_key(&self) -> WithdrawKey {
        WithdrawKey::new(derive(self.expose(), label::INVITATION_WITHDRAW_KEY, &[]))
    }

    /// The pre-shared key of the invitation's tickets.
    pub fn psk(&self, bundle: &Bundle) -> Psk {
        Psk::from_invitation(self.expose(), &bundle.hash())
    }

    /// Encrypts an invitation for hosting; always [`HOSTED_INVITATION_LEN`] bytes.
    ///
    /// # Errors
    /// [`DecodeError::Length`] if it is too long to be hosted.
    pub fn encrypt(
        &self,
        invitation: &Invitation,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, DecodeError> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut plain = vec![0; HOSTED_INVITATION_LEN - NONCE_LEN - TAG_LEN];
        let bytes = invitation.as_bytes();
        let room = plain
            .get_mut(2..2 + bytes.len())
            .ok_or(DecodeError::Length(WHAT))?;
        room.copy_from_slice(bytes);
        plain[..2].copy_from_slice(&(bytes.len() as u16).to_be_bytes());
        let ciphertext = self
            .cipher()
            .encrypt(&Nonce::from(nonce), self.payload(&plain).payload())
            .map_err(|_| DecodeError::Length(WHAT))?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    /// Decrypts a hosted invitation and checks it against the link.
    ///
    /// # Errors
    /// [`DecodeError::NotAuthentic`] if the host gave something else than was put there.
    pub fn decrypt(&self, hosted: &[u8], committed: &[u8; 32]) -> Result<Invitation, DecodeError> {
        if hosted.len() != HOSTED_INVITATION_LEN {
            return Err(DecodeError::Length(WHAT));
        }
        let (nonce, ciphertext) = hosted
            .split_first_chunk::<NONCE_LEN>()
            .ok_or(DecodeError::Length(WHAT))?;
        let plain = self
            .cipher()
            .decrypt(&Nonce::from(*nonce), self.payload(ciphertext).payload())
            .map_err(|_| DecodeError::NotAuthentic(WHAT))?;
        let (len, rest) = plain.split_first_chunk().ok_or(DecodeError::Length(WHAT))?;
        let bytes = rest
            .get(..u16::from_be_bytes(*len).into())
            .ok_or(DecodeError::Length(WHAT))?;
        let invitation = Invitation::verify(bytes)?;
        if invitation.hash() != *committed {
            return Err(DecodeError::NotAuthentic(WHAT));
        }
        Ok(invitation)
    }

    fn cipher(&self) -> ChaCha20Poly1305 {
        let key: [u8; 32] = derive(self.expose(), label::INVITATION_KEY, &[]);
        ChaCha20Poly1305::new(&Key::from(key))
    }

    fn payload<'a>(&self, msg: &'a [u8]) -> Associated<'a> {
        Associated {
            msg,
            locator: self.locator(),
        }
    }
}

/// A message with the locator that it is bound to.
struct Associated<'a> {
    msg: &'a [u8],
    locator: InvitationLocator,
}

impl Associated<'_> {
    fn payload(&self) -> Payload<'_, '_> {
        Payload {
            msg: self.msg,
            aad: self.locator.as_bytes(),
        }
    }
}

/// What a person passes on: where the invitation is hosted, its secret, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationLink {
    /// The sender service that hosts it.
    pub host: HostName,
    /// The secret.
    pub secret: InvitationSecret,
    /// Hash of the invitation.
    pub commitment: [u8; 32],
}

/// An invitation as a person hands it to the app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvitationInput {
    /// A link or URI: the invitation still has to be fetched.
    Link(InvitationLink),
    /// A file that holds all of it.
    Whole(InvitationSecret, Box<Invitation>),
}

impl InvitationLink {
    /// As a web link.
    pub fn to_https(&self) -> String {
        format!("{}://{}/i#{}", self.scheme(), self.host, self.fragment())
    }

    /// As a URI that opens the app.
    pub fn to_uri(&self) -> String {
        format!("dyad://{}/i#{}", self.host, self.fragment())
    }

    /// Hosts on the machine itself have no certificate.
    fn scheme(&self) -> &'static str {
        if self.host.is_loopback_ip() {
            "http"
        } else {
            "https"
        }
    }

    fn fragment(&self) -> String {
        let bytes = [
            &[INVITATION_VERSION][..],
            self.secret.expose(),
            &self.commitment,
        ]
        .concat();
        to_base64(&bytes)
    }
}

/// An invitation as text that holds all of it, for a file.
pub fn to_file(secret: &InvitationSecret, invitation: &Invitation) -> String {
    let bytes = [
        &[INVITATION_VERSION][..],
        secret.expose(),
        invitation.as_bytes(),
    ]
    .concat();
    format!("{FILE_PREFIX}{}\n", to_base64(&bytes))
}

/// Reads a link, a URI or the text of a file; white space around and line breaks inside are ignored.
///
/// # Errors
/// [`DecodeError`] saying what is wrong with it.
pub fn parse(text: &str) -> Result<InvitationInput, DecodeError> {
    if text.len() > 3 * HOSTED_INVITATION_LEN {
        return Err(DecodeError::Length(WHAT));
    }
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if let Some(encoded) = text.strip_prefix(FILE_PREFIX) {
        let bytes = from_base64(encoded, WHAT)?;
        check_version(&bytes)?;
        let (secret, invitation) = bytes[1..]
            .split_first_chunk()
            .ok_or(DecodeError::Length(WHAT))?;
        let invitation = Invitation::verify(invitation)?;
        return Ok(InvitationInput::Whole(
            InvitationSecret::new(*secret),
            Box::new(invitation),
        ));
    }
    parse_link(&text).map(InvitationInput::Link)
}

fn parse_link(text: &str) -> Result<InvitationLink, DecodeError> {
    let (place, fragment) = text
        .split_once('#')
        .ok_or(DecodeError::Malformed("invitation link"))?;
    let (scheme, place) = place
        .split_once("://")
        .ok_or(DecodeError::Malformed("invitation link"))?;
    let host: HostName = place
        .strip_suffix("/i")
        .ok_or(DecodeError::Malformed("invitation link"))?
        .parse()?;
    let known = match scheme {
        "https" | "dyad" => true,
        "http" => host.is_loopback_ip(),
        _ => false,
    };
    if !known {
        return Err(DecodeError::Malformed("invitation link"));
    }
    let bytes = from_base64(fragment, "invitation link")?;
    check_version(&bytes)?;
    let (secret, commitment) = bytes[1..]
        .split_first_chunk::<32>()
        .ok_or(DecodeError::Length("invitation link"))?;
    Ok(InvitationLink {
        host,
        secret: InvitationSecret::new(*secret),
        commitment: commitment
            .try_into()
            .map_err(|_| DecodeError::Length("invitation link"))?,
    })
}

fn check_version(bytes: &[u8]) -> Result<(), DecodeError> {
    match bytes.first() {
        None => Err(DecodeError::Length(WHAT)),
        Some(&INVITATION_VERSION) => Ok(()),
        Some(&found) => Err(DecodeError::Version { what: WHAT, found }),
    }
}
