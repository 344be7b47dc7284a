//! `establish`: first contact and repair are one kind of message.
//!
//! ```text
//! establish: X-Wing enc 1120 | HPKE base-mode ciphertext
//! plaintext: version 1 | epoch 4 | identity 32 | curve 32 | psk0 32 | signature 64 | Olm pre-key message
//! ```
//!
//! The signature covers the transcript: the bundle answered, both identities, both curve keys, the
//! epoch and psk0. It is checked before the ratchet sees anything.

use rand_core::CryptoRng;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};
use zeroize::Zeroizing;

use crate::bundle::{Bundle, OlmPublic};
use crate::codec::{DecodeError, encode};
use crate::hash::{framed, hash};
use crate::hpke::{HpkeError, XWingSecret, open_xwing, seal_xwing};
use crate::label;
use crate::limits::XWING_CIPHERTEXT_LEN;
use crate::sign::{IdentityKey, IdentityPublic, Signature};

/// Version of `establish`.
pub const ESTABLISH_VERSION: u8 = 1;
/// Bytes of `establish` beside the Olm pre-key message inside it.
pub const ESTABLISH_OVERHEAD: usize =
    XWING_CIPHERTEXT_LEN + 1 + 4 + 32 + 32 + 32 + 64 + crate::limits::TAG_LEN;

secret_bytes!(
    /// Random value from which a relationship's first pre-shared key is made.
    Psk0, 32
);

/// What somebody who answers a bundle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Establish {
    /// Highest epoch seen, plus one; the highest wins.
    pub epoch: u32,
    /// The answering side's identity.
    pub identity: IdentityPublic,
    /// Its Olm identity key.
    pub curve: OlmPublic,
    /// The same in every `establish` of one session.
    pub psk0: Psk0,
    /// Olm pre-key message, encoded.
    pub olm: Vec<u8>,
}

#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct Header {
    version: u8,
    epoch: u32,
    identity: IdentityPublic,
    curve: OlmPublic,
    psk0: [u8; 32],
    signature: Signature,
}

/// Seals `establish` to the bundle that it answers.
///
/// # Errors
/// If the bundle's X-Wing key is unusable.
pub fn seal(
    establish: &Establish,
    identity: &IdentityKey,
    to: &Bundle,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, HpkeError> {
    let transcript = transcript(establish, to);
    let header = Header {
        version: ESTABLISH_VERSION,
        epoch: establish.epoch,
        identity: establish.identity,
        curve: establish.curve,
        psk0: *establish.psk0.expose(),
        signature: identity.sign(label::ESTABLISH_TRANSCRIPT, &[&transcript]),
    };
    let mut plain = Zeroizing::new(encode(&header));
    plain.extend_from_slice(&establish.olm);
    let (enc, ciphertext) = seal_xwing(&to.body().xwing, &info(to), &plain, rng)?;
    Ok([&enc[..], &ciphertext].concat())
}

/// Opens `establish` with the X-Wing key of our bundle and checks the signature.
///
/// # Errors
/// [`DecodeError::NotAuthentic`] if it does not open or the signature is wrong; otherwise what is malformed.
pub fn open(bytes: &[u8], ours: &Bundle, secret: &XWingSecret) -> Result<Establish, DecodeError> {
    const WHAT: &str = "establish";
    let (enc, ciphertext) = bytes
        .split_first_chunk::<XWING_CIPHERTEXT_LEN>()
        .ok_or(DecodeError::Length(WHAT))?;
    let plain = open_xwing(secret, enc, &info(ours), ciphertext)
        .map(Zeroizing::new)
        .map_err(|HpkeError| DecodeError::NotAuthentic(WHAT))?;
    match plain.first() {
        None => return Err(DecodeError::Length(WHAT)),
        Some(&ESTABLISH_VERSION) => {}
        Some(&found) => return Err(DecodeError::Version { what: WHAT, found }),
    }
    use tls_codec::DeserializeBytes;
    let (header, olm) =
        Header::tls_deserialize_bytes(&plain).map_err(|_| DecodeError::Length(WHAT))?;
    let establish = Establish {
        epoch: header.epoch,
        identity: header.identity,
        curve: header.curve,
        psk0: Psk0::new(header.psk0),
        olm: olm.to_vec(),
    };
    let transcript = transcript(&establish, ours);
    establish.identity.verify(
        label::ESTABLISH_TRANSCRIPT,
        &[&transcript],
        &header.signature,
    )?;
    Ok(establish)
}

/// What names a relationship to both sides: the bundle it began with and both identities.
pub fn relationship_transcript(
    bundle_hash: &[u8; 32],
    inviter: &IdentityPublic,
    acceptor: &IdentityPublic,
) -> [u8; 32] {
    hash(
        label::RELATIONSHIP_TRANSCRIPT,
        &[bundle_hash, inviter.as_bytes(), acceptor.as_bytes()],
    )
}

fn transcript(establish: &Establish, bundle: &Bundle) -> [u8; 32] {
    let body = bundle.body();
    hash(
        label::ESTABLISH_TRANSCRIPT,
        &[
            &bundle.hash(),
            body.identity.as_bytes(),
            establish.identity.as_bytes(),
            body.curve.as_bytes(),
            establish.curve.as_bytes(),
            &establish.epoch.to_be_bytes(),
            establish.psk0.expose(),
        ],
    )
}

fn info(bundle: &Bundle) -> Vec<u8> {
    framed(label::ESTABLISH, &[&[ESTABLISH_VERSION], &bundle.hash()])
}
