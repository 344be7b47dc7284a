//! From an opaque item to an authorised address: two decryptions, one look-up, one signature.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dyad_protocol::address::{
    ResolvedAddress, SenderAddress, Unresolvable, open_recipient, open_sender,
};
use dyad_protocol::id::{HostName, SealedHash};
use dyad_protocol::limits::{ITEM_LEN, SENDER_ADDRESS_LEN};
use dyad_protocol::time::Timestamp;
use dyad_store::spool::Spooled;
use dyad_store::{Backend, StoreError, mailbox};

use crate::keyring::LiveKeys;

/// What an item turned out to be.
#[derive(Debug)]
pub(crate) enum Resolution {
    /// A message for a mailbox.
    Message(Message),
    /// Nothing that anybody could deliver.
    Drop(Reason),
    /// Our own mistake, or a damaged record. It is tried again, and then put aside.
    Failed,
}

/// A message whose address was made by the owner of a mailbox.
#[derive(Debug)]
pub(crate) struct Message {
    /// Where to.
    pub(crate) address: ResolvedAddress,
    /// Number of the transit key that opened the address.
    pub(crate) transit: u32,
    /// Hash of the sealed message.
    pub(crate) hash: SealedHash,
}

/// Why an item leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Sealed to a key that has retired or never was.
    Generation,
    /// No such mailbox.
    Mailbox,
    /// As the protocol says.
    Unresolvable(Unresolvable),
}

impl Reason {
    /// Its name in the figures.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Generation => "unknown_key",
            Self::Mailbox => "no_mailbox",
            Self::Unresolvable(Unresolvable::Format) => "format",
            Self::Unresolvable(Unresolvable::Transit) => "transit_layer",
            Self::Unresolvable(Unresolvable::Address) => "address_layer",
            Self::Unresolvable(Unresolvable::Authorisation) => "unauthorised",
            Self::Unresolvable(Unresolvable::Expired) => "expired",
        }
    }
}

/// Resolves items against the mailboxes of a store. Takes about 0.1 ms each, and may block on a disk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolver<'a> {
    /// The receiver.
    pub(crate) host: &'a HostName,
    /// Its live keys.
    pub(crate) keys: &'a LiveKeys,
    /// Its store.
    pub(crate) backend: &'a dyn Backend,
    /// Now.
    pub(crate) now: Timestamp,
}

impl Resolver<'_> {
    /// Resolves one item.
    ///
    /// # Errors
    /// When the store cannot be read at the moment. What is wrong with the item itself is no error.
    pub(crate) fn resolve(self, spooled: &Spooled) -> Result<Resolution, StoreError> {
        let attempt = catch_unwind(AssertUnwindSafe(|| self.attempt(&spooled.item)));
        match attempt {
            Ok(Ok(Ok(message))) => Ok(Resolution::Message(message)),
            Ok(Ok(Err(reason))) => Ok(Resolution::Drop(reason)),
            Ok(Err(StoreError::Damaged { .. })) | Err(_) => Ok(Resolution::Failed),
            Ok(Err(error)) => Err(error),
        }
    }

    fn attempt(self, item: &[u8]) -> Result<Result<Message, Reason>, StoreError> {
        let (transit, hash, opened) = match self.open(item) {
            Ok(opened) => opened,
            Err(reason) => return Ok(Err(reason)),
        };
        let Some(mailbox) = mailbox::find(self.backend, &opened.root(), self.now)? else {
            return Ok(Err(Reason::Mailbox));
        };
        let authorised = opened.authorise(self.host, &mailbox.address_key, self.now);
        Ok(authorised
            .map(|address| Message {
                address,
                transit,
                hash,
            })
            .map_err(Reason::Unresolvable))
    }

    fn open(
        self,
        item: &[u8],
    ) -> Result<(u32, SealedHash, dyad_protocol::address::OpenedAddress), Reason> {
        let format = Reason::Unresolvable(Unresolvable::Format);
        let whole = item.len() == ITEM_LEN;
        let (address, sealed) = item
            .split_at_checked(SENDER_ADDRESS_LEN)
            .filter(|_| whole)
            .ok_or(format)?;
        let address = SenderAddress::from_slice(address).ok_or(format)?;
        let hash = SealedHash::of(sealed);
        let transit = self
            .keys
            .transit(address.generation())
            .ok_or(Reason::Generation)?;
        let recipient = open_sender(self.host, &transit.secret, &address, &hash)
            .map_err(Reason::Unresolvable)?;
        let key = self
            .keys
            .address(recipient.generation())
            .ok_or(Reason::Generation)?;
        let opened =
            open_recipient(self.host, &key.secret, &recipient).map_err(Reason::Unresolvable)?;
        Ok((transit.number, hash, opened))
    }
}
