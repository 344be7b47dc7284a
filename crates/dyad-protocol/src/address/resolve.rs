//! The receiver's side: from a sender address to a mailbox, in three steps that each can fail silently.

use super::{
    AddressKind, AddressPlaintext, RecipientAddress, SENDER_ADDRESS_VERSION, SUITE_EXACT,
    SenderAddress, recipient_info, sender_info,
};
use crate::hpke::{X25519Secret, open_base};
use crate::id::{AddressId, HostName, RootAddress, SealedHash};
use crate::label;
use crate::limits::{ADDRESS_BODY_LEN, ADDRESS_PLAIN_LEN, ENC_LEN};
use crate::sign::{AddressPublic, Claim, Signature, verify_all};
use crate::time::{ExpiryPeriod, Timestamp};

/// Why an item leads nowhere. For counters only: it never leaves the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unresolvable {
    /// A version, suite or kind that is not known.
    #[error("unknown format")]
    Format,
    /// The outer layer does not open: wrong key, changed, or taken from another message.
    #[error("transit layer does not open")]
    Transit,
    /// The inner layer does not open.
    #[error("address layer does not open")]
    Address,
    /// Not made by the mailbox's owner.
    #[error("not authorised")]
    Authorisation,
    /// Past its date.
    #[error("expired")]
    Expired,
}

/// An address that decrypted, but whose authorisation nobody has checked yet.
#[derive(Debug, Clone)]
pub struct OpenedAddress {
    address: RecipientAddress,
    plaintext: AddressPlaintext,
}

/// An address that its mailbox's owner made and that has not expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ResolvedAddress {
    /// The mailbox.
    pub root: RootAddress,
    /// The address's name.
    pub id: AddressId,
    /// What it may be used for.
    pub kind: AddressKind,
    /// When it expires.
    pub expiry: ExpiryPeriod,
}

/// Opens the outer layer with the transit key of the address's generation.
///
/// # Errors
/// [`Unresolvable::Format`] or [`Unresolvable::Transit`].
pub fn open_sender(
    receiver: &HostName,
    transit: &X25519Secret,
    address: &SenderAddress,
    sealed: &SealedHash,
) -> Result<RecipientAddress, Unresolvable> {
    let bytes = address.as_bytes();
    if bytes[0] != SENDER_ADDRESS_VERSION {
        return Err(Unresolvable::Format);
    }
    let (enc, ciphertext) = split_enc(&bytes[2..]).ok_or(Unresolvable::Format)?;
    let info = sender_info(receiver, address.generation());
    let inner = open_base(transit, enc, &info, sealed.as_bytes(), ciphertext)
        .map_err(|_| Unresolvable::Transit)?;
    RecipientAddress::from_slice(&inner).ok_or(Unresolvable::Format)
}

/// Opens the inner layer with the address key of the address's generation.
///
/// # Errors
/// [`Unresolvable::Format`] or [`Unresolvable::Address`].
pub fn open_recipient(
    receiver: &HostName,
    key: &X25519Secret,
    address: &RecipientAddress,
) -> Result<OpenedAddress, Unresolvable> {
    if address.suite() != SUITE_EXACT {
        return Err(Unresolvable::Format);
    }
    let (enc, ciphertext) =
        split_enc(&address.as_bytes()[2..ADDRESS_BODY_LEN]).ok_or(Unresolvable::Format)?;
    let info = recipient_info(receiver, address.generation());
    let plain = open_base(key, enc, &info, &[], ciphertext).map_err(|_| Unresolvable::Address)?;
    let plaintext = decode(&plain).ok_or(Unresolvable::Format)?;
    Ok(OpenedAddress {
        address: *address,
        plaintext,
    })
}

impl OpenedAddress {
    /// The mailbox it claims to belong to, to look up its signing key by.
    pub const fn root(&self) -> RootAddress {
        self.plaintext.root
    }

    /// Checks that the mailbox's owner made it and that it is still good.
    ///
    /// # Errors
    /// [`Unresolvable::Authorisation`] or [`Unresolvable::Expired`].
    pub fn authorise(
        self,
        receiver: &HostName,
        owner: &AddressPublic,
        now: Timestamp,
    ) -> Result<ResolvedAddress, Unresolvable> {
        owner
            .verify(
                label::ADDRESS_AUTHORISATION,
                &self.signed(receiver),
                &self.signature(),
            )
            .map_err(|_| Unresolvable::Authorisation)?;
        self.in_time(now)
    }

    fn signed<'a>(&'a self, receiver: &'a HostName) -> [&'a [u8]; 2] {
        [receiver.as_str().as_bytes(), self.address.body()]
    }

    fn signature(&self) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(&self.address.as_bytes()[ADDRESS_BODY_LEN..]);
        Signature::new(signature)
    }

    /// What it comes to, if whoever claims to have made it has.
    fn in_time(&self, now: Timestamp) -> Result<ResolvedAddress, Unresolvable> {
        if self.plaintext.expiry.has_expired(now) {
            return Err(Unresolvable::Expired);
        }
        Ok(ResolvedAddress {
            root: self.plaintext.root,
            id: self.address.id(),
            kind: self.plaintext.kind,
            expiry: self.plaintext.expiry,
        })
    }
}

/// [`OpenedAddress::authorise`] for many addresses of one receiver, each with its mailbox's signing key: less work
/// for each, the same answers in the same order.
pub fn authorise_all(
    receiver: &HostName,
    opened: &[(OpenedAddress, AddressPublic)],
    now: Timestamp,
) -> Vec<Result<ResolvedAddress, Unresolvable>> {
    let claims: Vec<Claim<'_>> = opened
        .iter()
        .map(|(address, owner)| Claim {
            key: owner,
            parts: address.signed(receiver),
            signature: address.signature(),
        })
        .collect();
    let hold = verify_all(label::ADDRESS_AUTHORISATION, &claims);
    opened
        .iter()
        .zip(hold)
        .map(|((address, _), holds)| match holds {
            true => address.in_time(now),
            false => Err(Unresolvable::Authorisation),
        })
        .collect()
}

fn split_enc(bytes: &[u8]) -> Option<(&[u8; ENC_LEN], &[u8])> {
    bytes.split_first_chunk()
}

fn decode(plain: &[u8]) -> Option<AddressPlaintext> {
    let plain: &[u8; ADDRESS_PLAIN_LEN] = plain.try_into().ok()?;
    Some(AddressPlaintext {
        root: RootAddress::from_slice(&plain[..16])?,
        expiry: ExpiryPeriod::from_number(u16::from_be_bytes([plain[16], plain[17]])),
        kind: AddressKind::from_number(plain[18])?,
    })
}
