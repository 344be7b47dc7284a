//! Mailboxes: who may open them, what lies in them, and what was already used to reach them.
//!
//! Owns: the mailbox's record; [`deliver`] puts a message in under the limits; [`consumer`] reads and
//! acknowledges; [`sweep`] ends what is past its date. Does not know: keys, signatures, connections.
//!
//! A mailbox costs its record (about 150 bytes on disk) and nothing in memory. What was used is kept only
//! until the address expires or the transit key retires, each in a period that is dropped whole.
//!
//! | table | key | value |
//! |---|---|---|
//! | `mailbox` | root (16) | version (1), [`Mailbox`] |
//! | `mailbox_entry` | root (16), position (8) | version (1), arrived (8), address id (16), sealed message |
//! | `address_use`, period = expiry month | root (16), address id (16) | version (1), what was used |
//! | `address_revoked` | root (16), address id (16) | version (1), month until which it is kept (2) |
//! | `replay`, period = number of the transit key | root (16), sealed hash (16) | - |

pub mod consumer;
pub mod deliver;
pub mod sweep;

use dyad_protocol::address::AddressKind;
use dyad_protocol::api::fetch::Position;
use dyad_protocol::codec::{decode, encode};
use dyad_protocol::id::{AddressId, RootAddress};
use dyad_protocol::limits::MAX_USE_RECORDS;
use dyad_protocol::sign::{AccessPublic, AddressPublic};
use dyad_protocol::time::{ExpiryPeriod, Timestamp};
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::transaction::Entry;
use crate::{Backend, StoreError, Table, Transaction};

use self::consumer::ConsumerState;

/// Addresses that one mailbox may have revoked at the same time.
pub const MAX_REVOKED: u32 = MAX_USE_RECORDS;

pub(crate) const MAILBOX: Table = Table::new("mailbox");
pub(crate) const ENTRY: Table = Table::new("mailbox_entry");
pub(crate) const USE: &str = "address_use";
pub(crate) const REVOKED: Table = Table::new("address_revoked");
pub(crate) const REPLAY: &str = "replay";
pub(crate) const VERSION: u8 = 1;

/// What is kept of a mailbox besides its messages.
#[derive(Clone, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub struct Mailbox {
    version: u8,
    /// Authorises its addresses; never changes.
    pub address_key: AddressPublic,
    /// Opens it; never changes.
    pub access_key: AccessPublic,
    /// When it was made.
    pub created: Timestamp,
    /// From then on it is as if it had never been.
    pub ends: Timestamp,
    /// Place of the oldest message that is still there; there are no holes after it.
    first: u64,
    /// Place that the next message gets.
    next: u64,
    consumers: Vec<ConsumerState>,
    /// Use records by the month in which they are dropped.
    uses: Vec<Count>,
    /// Replay records by the transit key with which they are dropped.
    replays: Vec<Count>,
    revoked: u32,
}

/// Records of one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub(crate) struct Count {
    pub(crate) period: u32,
    pub(crate) records: u32,
}

/// Makes a mailbox under a root address drawn for it.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Misuse`] if there is one already.
pub fn create(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    address_key: AddressPublic,
    access_key: AccessPublic,
    now: Timestamp,
    ends: Timestamp,
) -> Result<(), StoreError> {
    if tx.contains(MAILBOX, root.as_bytes())? {
        return Err(StoreError::Misuse {
            what: "a root address was drawn twice",
        });
    }
    let mailbox = Mailbox {
        version: VERSION,
        address_key,
        access_key,
        created: now,
        ends,
        first: 1,
        next: 1,
        consumers: Vec::new(),
        uses: Vec::new(),
        replays: Vec::new(),
        revoked: 0,
    };
    mailbox.put(tx, root);
    Ok(())
}

/// The mailbox, unless it has ended. May block on a disk.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn find(
    backend: &dyn Backend,
    root: &RootAddress,
    now: Timestamp,
) -> Result<Option<Mailbox>, StoreError> {
    alive(backend.get(MAILBOX, root.as_bytes())?, now)
}

/// The mailbox as a transaction sees it, unless it has ended.
///
/// # Errors
/// As [`find`].
pub fn find_in(
    tx: &Transaction<'_>,
    root: &RootAddress,
    now: Timestamp,
) -> Result<Option<Mailbox>, StoreError> {
    alive(tx.get(MAILBOX, root.as_bytes())?, now)
}

/// Ends a mailbox, with all in it. Fine when there is none.
///
/// # Errors
/// As [`find`].
pub fn close(tx: &mut Transaction<'_>, root: &RootAddress) -> Result<(), StoreError> {
    let Some(record) = tx.get(MAILBOX, root.as_bytes())? else {
        return Ok(());
    };
    let mailbox = Mailbox::parse(&record)?;
    for position in mailbox.first..mailbox.next {
        tx.delete(ENTRY, entry_key(root, position));
    }
    if mailbox.revoked > 0 {
        for (key, _) in revoked_of(tx, root)? {
            tx.delete(REVOKED, key);
        }
    }
    tx.delete(MAILBOX, root.as_bytes());
    Ok(())
}

/// Drops messages to these addresses from now on. More than [`MAX_REVOKED`] are not kept: the answer tells
/// how many were.
///
/// # Errors
/// As [`find`].
pub fn revoke(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    addresses: &[AddressId],
    now: Timestamp,
) -> Result<usize, StoreError> {
    let Some(mut mailbox) = find_in(tx, root, now)? else {
        return Ok(0);
    };
    // Nobody says when a revoked address expires, so it is taken to be the youngest there can be.
    let until = latest_expiry(AddressKind::LongTerm, now).number();
    let mut kept = 0;
    for address in addresses {
        let key = address_key(root, address);
        if !tx.contains(REVOKED, &key)? {
            if mailbox.revoked >= MAX_REVOKED {
                break;
            }
            mailbox.revoked += 1;
            tx.put(
                REVOKED,
                key,
                [&[VERSION][..], &until.to_be_bytes()].concat(),
            );
        }
        kept += 1;
    }
    mailbox.put(tx, root);
    Ok(kept)
}

impl Mailbox {
    /// Messages that wait for at least one consumer.
    #[must_use]
    pub const fn waiting(&self) -> u64 {
        self.next - self.first
    }

    /// The place of the newest message; zero before the first.
    #[must_use]
    pub const fn newest(&self) -> Position {
        Position(self.next - 1)
    }

    pub(crate) fn put(&self, tx: &mut Transaction<'_>, root: &RootAddress) {
        tx.put(MAILBOX, root.as_bytes(), encode(self));
    }

    fn parse(record: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged {
            what: "the record of a mailbox".to_owned(),
        };
        let mailbox: Self = decode(record, "mailbox").map_err(|_| damaged())?;
        let sane =
            mailbox.version == VERSION && mailbox.first >= 1 && mailbox.first <= mailbox.next;
        if sane { Ok(mailbox) } else { Err(damaged()) }
    }
}

fn alive(record: Option<Vec<u8>>, now: Timestamp) -> Result<Option<Mailbox>, StoreError> {
    let mailbox = record.as_deref().map(Mailbox::parse).transpose()?;
    Ok(mailbox.filter(|mailbox| now < mailbox.ends))
}

/// The latest expiry that an honest owner's address can have, with a month for clocks that differ.
pub(crate) const fn latest_expiry(kind: AddressKind, now: Timestamp) -> ExpiryPeriod {
    kind.expiry(now).plus_months(1)
}

pub(crate) fn revoked_of(
    tx: &Transaction<'_>,
    root: &RootAddress,
) -> Result<Vec<Entry>, StoreError> {
    let end = [root.as_bytes(), &[0xff; 17][..]].concat();
    tx.scan(REVOKED, root.as_bytes(), Some(&end), MAX_REVOKED as usize)
}

pub(crate) fn entry_key(root: &RootAddress, position: u64) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(root.as_bytes());
    key[16..].copy_from_slice(&position.to_be_bytes());
    key
}

pub(crate) fn address_key(root: &RootAddress, address: &AddressId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(root.as_bytes());
    key[16..].copy_from_slice(address.as_bytes());
    key
}
