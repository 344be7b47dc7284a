//! From opaque items to authorised addresses: two decryptions and one look-up for each, and one signature, many of
//! which are looked at together.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dyad_protocol::address::{
    OpenedAddress, ResolvedAddress, SenderAddress, Unresolvable, authorise_all, open_recipient,
    open_sender,
};
use dyad_protocol::id::{HostName, SealedHash};
use dyad_protocol::limits::{ITEM_LEN, SENDER_ADDRESS_LEN};
use dyad_protocol::sign::AddressPublic;
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

/// What an item may turn out to be, before anybody has looked at the signature.
struct Claimed {
    address: OpenedAddress,
    owner: AddressPublic,
    transit: u32,
    hash: SealedHash,
}

impl Resolver<'_> {
    /// Resolves a group of items, in their order.
    ///
    /// # Errors
    /// When the store cannot be read at the moment. What is wrong with an item itself is no error.
    pub(crate) fn resolve(self, group: &[Spooled]) -> Result<Vec<Resolution>, StoreError> {
        let opened = group
            .iter()
            .map(|spooled| self.open_alone(&spooled.item))
            .collect::<Result<Vec<_>, _>>()?;
        let claims: Vec<(OpenedAddress, AddressPublic)> = opened
            .iter()
            .flatten()
            .map(|claimed| (claimed.address.clone(), claimed.owner))
            .collect();
        let mut authorised = self.authorise(&claims).into_iter();
        Ok(opened
            .into_iter()
            .map(|opened| {
                let claimed = match opened {
                    Ok(claimed) => claimed,
                    Err(resolution) => return resolution,
                };
                match authorised.next().flatten() {
                    Some(Ok(address)) => Resolution::Message(Message {
                        address,
                        transit: claimed.transit,
                        hash: claimed.hash,
                    }),
                    Some(Err(reason)) => Resolution::Drop(Reason::Unresolvable(reason)),
                    None => Resolution::Failed,
                }
            })
            .collect())
    }

    /// Looks at all signatures; `None` where looking at one panicked (a bug of ours), which costs no other anything.
    fn authorise(
        self,
        claims: &[(OpenedAddress, AddressPublic)],
    ) -> Vec<Option<Result<ResolvedAddress, Unresolvable>>> {
        let all = catch_unwind(|| authorise_all(self.host, claims, self.now));
        match all {
            Ok(all) => all.into_iter().map(Some).collect(),
            Err(_) => claims
                .iter()
                .map(|(address, owner)| {
                    let alone =
                        AssertUnwindSafe(|| address.clone().authorise(self.host, owner, self.now));
                    catch_unwind(alone).ok()
                })
                .collect(),
        }
    }

    fn open_alone(self, item: &[u8]) -> Result<Result<Claimed, Resolution>, StoreError> {
        match catch_unwind(AssertUnwindSafe(|| self.find(item))) {
            Ok(Ok(Ok(claimed))) => Ok(Ok(claimed)),
            Ok(Ok(Err(reason))) => Ok(Err(Resolution::Drop(reason))),
            Ok(Err(StoreError::Damaged { .. })) | Err(_) => Ok(Err(Resolution::Failed)),
            Ok(Err(error)) => Err(error),
        }
    }

    fn find(self, item: &[u8]) -> Result<Result<Claimed, Reason>, StoreError> {
        let (transit, hash, address) = match self.open(item) {
            Ok(opened) => opened,
            Err(reason) => return Ok(Err(reason)),
        };
        let mailbox = mailbox::find(self.backend, &address.root(), self.now)?;
        Ok(mailbox
            .map(|mailbox| Claimed {
                address,
                owner: mailbox.address_key,
                transit,
                hash,
            })
            .ok_or(Reason::Mailbox))
    }

    fn open(self, item: &[u8]) -> Result<(u32, SealedHash, OpenedAddress), Reason> {
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
