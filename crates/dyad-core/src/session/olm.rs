//! Everything that touches the ratchet library, and the only place whose randomness does not come from
//! the caller.
//!
//! Sessions and accounts are kept as the library's JSON and unpacked for each use, so that every
//! decryption works on a copy: a failed one can change a session.

use dyad_protocol::bundle::OlmPublic;
use dyad_protocol::hash::sha256;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use vodozemac::Curve25519PublicKey;
use vodozemac::olm::{self, DecryptionError, OlmMessage, SessionConfig};
use zeroize::Zeroize;

/// Why the ratchet did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OlmError {
    /// A key of low order, or one that we do not have.
    Key,
    /// Not of this session, or changed.
    NotAuthentic,
    /// The key of this message was used or given up.
    KeyGone,
    /// Our own stored session does not read.
    Stored,
}

/// A session's name: SHA-256 over the three keys that it was begun with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct SessionId([u8; 32]);

/// Stored form of a session or account; wiped when dropped.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
struct Pickle(#[serde(with = "dyad_protocol::codec::serde_bytes")] Vec<u8>);

impl Pickle {
    fn pack(value: &impl Serialize) -> Self {
        // Serialising into memory cannot fail; a pickle that did would not unpack and say so.
        Self(serde_json::to_vec(value).unwrap_or_default())
    }

    fn unpack<T: DeserializeOwned>(&self) -> Result<T, OlmError> {
        serde_json::from_slice(&self.0).map_err(|_| OlmError::Stored)
    }
}

impl Drop for Pickle {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Pickle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(_) = self;
        f.write_str("Pickle(..)")
    }
}

/// Prekeys: one account for each bundle.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OlmAccount(Pickle);

/// One session.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct OlmSession(Pickle);

/// An encrypted message, encoded.
pub(crate) enum Encrypted {
    /// Before anything was received in the session.
    PreKey(Vec<u8>),
    /// After that.
    Normal(Vec<u8>),
}

/// A parsed normal message.
#[derive(Clone)]
pub(crate) struct NormalMessage(olm::Message);

/// A parsed pre-key message.
pub(crate) struct PreKeyMessage(olm::PreKeyMessage);

impl OlmAccount {
    /// A fresh account with one fallback prekey: its curve key and prekey.
    pub(crate) fn generate() -> (Self, OlmPublic, OlmPublic) {
        let mut account = olm::Account::new();
        account.generate_fallback_key();
        let curve = account.curve25519_key();
        let prekey = account.fallback_key().into_values().next().unwrap_or(curve);
        account.mark_keys_as_published();
        (
            Self(Pickle::pack(&account.pickle())),
            OlmPublic::new(curve.to_bytes()),
            OlmPublic::new(prekey.to_bytes()),
        )
    }

    /// Begins a session with the keys of a bundle.
    pub(crate) fn begin(
        &self,
        curve: &OlmPublic,
        prekey: &OlmPublic,
    ) -> Result<(OlmSession, SessionId), OlmError> {
        let session = self
            .unpack()?
            .create_outbound_session(SessionConfig::version_1(), key(curve), key(prekey))
            .map_err(|_| OlmError::Key)?;
        Ok((
            OlmSession::pack(&session),
            session_id(session.session_keys()),
        ))
    }

    /// Takes up a session that somebody began with our bundle; `curve` is the key that they signed.
    pub(crate) fn answer(
        &self,
        curve: &OlmPublic,
        message: &PreKeyMessage,
    ) -> Result<(OlmSession, Vec<u8>), OlmError> {
        let created = self
            .unpack()?
            .create_inbound_session(SessionConfig::version_1(), key(curve), &message.0)
            .map_err(|error| match error {
                olm::SessionCreationError::Decryption(error) => decryption_error(&error),
                _ => OlmError::Key,
            })?;
        Ok((OlmSession::pack(&created.session), created.plaintext))
    }

    fn unpack(&self) -> Result<olm::Account, OlmError> {
        self.0.unpack().map(olm::Account::from_pickle)
    }
}

impl OlmSession {
    pub(crate) fn encrypt(&mut self, plaintext: &[u8]) -> Result<Encrypted, OlmError> {
        let mut session = self.unpack()?;
        let message = session.encrypt(plaintext).map_err(|_| OlmError::Key)?;
        *self = Self::pack(&session);
        Ok(match message {
            OlmMessage::PreKey(message) => Encrypted::PreKey(message.to_bytes()),
            OlmMessage::Normal(message) => Encrypted::Normal(message.to_bytes()),
        })
    }

    /// Decrypts; the session is unchanged if that fails.
    pub(crate) fn decrypt(&mut self, message: &NormalMessage) -> Result<Vec<u8>, OlmError> {
        let mut session = self.unpack()?;
        let plaintext = session
            .decrypt(&OlmMessage::Normal(message.0.clone()))
            .map_err(|error| decryption_error(&error))?;
        *self = Self::pack(&session);
        Ok(plaintext)
    }

    fn pack(session: &olm::Session) -> Self {
        Self(Pickle::pack(&session.pickle()))
    }

    fn unpack(&self) -> Result<olm::Session, OlmError> {
        self.0.unpack().map(olm::Session::from_pickle)
    }
}

impl NormalMessage {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        olm::Message::from_bytes(bytes).ok().map(Self)
    }

    /// The sender's ratchet key: names the chain.
    pub(crate) fn chain(&self) -> [u8; 32] {
        self.0.ratchet_key().to_bytes()
    }

    /// Place in the chain, from 0.
    pub(crate) fn index(&self) -> u64 {
        self.0.chain_index()
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// Tells copies of one message from another message with the same key.
    pub(crate) fn fingerprint(&self) -> u64 {
        let digest = sha256(&self.to_bytes());
        digest[..8]
            .iter()
            .fold(0, |value, byte| value << 8 | u64::from(*byte))
    }
}

impl PreKeyMessage {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        olm::PreKeyMessage::from_bytes(bytes).ok().map(Self)
    }

    pub(crate) fn session_id(&self) -> SessionId {
        session_id(self.0.session_keys())
    }

    /// The normal message inside.
    pub(crate) fn inner(&self) -> NormalMessage {
        NormalMessage(self.0.message().clone())
    }
}

/// The longest plaintext whose encrypted form takes at most `capacity` bytes.
///
/// Normal message: version 1, ratchet key 2 + 32, chain index 1 + 5, length of the ciphertext 3, MAC 8.
/// Pre-key message around it: version 1, three keys 3 * (2 + 32), length 3. The ciphertext is padded to
/// whole blocks of 16, with at least one byte (PKCS #7, RFC 5652 section 6.3).
pub(crate) const fn max_plaintext(capacity: usize, pre_key: bool) -> usize {
    let overhead = 1 + 34 + 6 + 3 + 8 + if pre_key { 1 + 3 * 34 + 3 } else { 0 };
    (capacity - overhead) / 16 * 16 - 1
}

fn key(public: &OlmPublic) -> Curve25519PublicKey {
    Curve25519PublicKey::from_bytes(*public.as_bytes())
}

fn session_id(keys: olm::SessionKeys) -> SessionId {
    let mut bytes = [0; 96];
    bytes[..32].copy_from_slice(keys.identity_key.as_bytes());
    bytes[32..64].copy_from_slice(keys.base_key.as_bytes());
    bytes[64..].copy_from_slice(keys.one_time_key.as_bytes());
    SessionId(sha256(&bytes))
}

fn decryption_error(error: &DecryptionError) -> OlmError {
    match error {
        DecryptionError::MissingMessageKey(_) | DecryptionError::TooBigMessageGap(..) => {
            OlmError::KeyGone
        }
        DecryptionError::NonContributoryKey => OlmError::Key,
        _ => OlmError::NotAuthentic,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (OlmSession, OlmSession) {
        let (alex, alex_curve, _) = OlmAccount::generate();
        let (blair, curve, prekey) = OlmAccount::generate();
        let (mut ours, id) = alex.begin(&curve, &prekey).unwrap();
        let Encrypted::PreKey(first) = ours.encrypt(b"hello").unwrap() else {
            panic!()
        };
        let first = PreKeyMessage::parse(&first).unwrap();
        assert_eq!(first.session_id(), id);
        let (theirs, plaintext) = blair.answer(&alex_curve, &first).unwrap();
        assert_eq!(plaintext, b"hello");
        (ours, theirs)
    }

    #[test]
    fn the_longest_plaintext_fits_and_one_byte_more_does_not_always() {
        let (_, mut blair) = pair();
        let (account, ..) = OlmAccount::generate();
        let (_, curve, prekey) = OlmAccount::generate();
        let (mut opening, _) = account.begin(&curve, &prekey).unwrap();
        for capacity in 600..640 {
            let Encrypted::Normal(normal) = blair
                .encrypt(&vec![0; max_plaintext(capacity, false)])
                .unwrap()
            else {
                panic!()
            };
            assert!((capacity - 24..=capacity).contains(&normal.len()));
            let Encrypted::PreKey(first) = opening
                .encrypt(&vec![0; max_plaintext(capacity, true)])
                .unwrap()
            else {
                panic!()
            };
            assert!((capacity - 24..=capacity).contains(&first.len()));
        }
    }

    #[test]
    fn a_failed_decryption_changes_nothing() {
        let (mut alex, mut blair) = pair();
        let before = alex.0.0.clone();
        let Encrypted::Normal(good) = blair.encrypt(b"one").unwrap() else {
            panic!()
        };
        let mut bad = good.clone();
        *bad.last_mut().unwrap() ^= 1;
        assert_eq!(
            alex.decrypt(&NormalMessage::parse(&bad).unwrap()),
            Err(OlmError::NotAuthentic)
        );
        assert_eq!(alex.0.0, before);
        let good = NormalMessage::parse(&good).unwrap();
        assert_eq!(alex.decrypt(&good).unwrap(), b"one");
        assert_eq!(alex.decrypt(&good), Err(OlmError::KeyGone));
    }
}
