//! A person's devices: each reads all messages in its own time; what all have stored is deleted.

use std::ops::ControlFlow;

use dyad_protocol::api::fetch::{Consumer, Position};
use dyad_protocol::id::{AddressId, RootAddress};
use dyad_protocol::limits::MAX_CONSUMERS;
use dyad_protocol::time::Timestamp;
use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use super::{ENTRY, Mailbox, VERSION, entry_key, find_in};
use crate::{Backend, StoreError, Transaction};

/// How far one device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TlsSize, TlsSerialize, TlsDeserializeBytes)]
pub(crate) struct ConsumerState {
    pub(crate) consumer: Consumer,
    /// Everything up to here it has stored.
    pub(crate) acknowledged: u64,
    /// Day on which it last attached.
    pub(crate) seen: u32,
}

/// A message in a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// Its place.
    pub position: Position,
    /// The address that it came to.
    pub address: AddressId,
    /// The sealed message.
    pub sealed: Vec<u8>,
}

impl std::fmt::Debug for StoredEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredEntry")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl Mailbox {
    /// Where `consumer` goes on, if [`attach`] would change nothing.
    #[must_use]
    pub fn resume(
        &self,
        consumer: Consumer,
        acknowledged: Position,
        now: Timestamp,
    ) -> Option<Position> {
        let state = self.consumers.iter().find(|s| s.consumer == consumer)?;
        let nothing_new = acknowledged.0.min(self.next - 1) <= state.acknowledged;
        (nothing_new && state.seen == now.day()).then_some(Position(state.acknowledged))
    }

    /// Deletes what every consumer has stored.
    fn trim(&mut self, tx: &mut Transaction<'_>, root: &RootAddress) {
        let by_all = self.consumers.iter().map(|s| s.acknowledged).min();
        while by_all.is_some_and(|by_all| self.first <= by_all) {
            tx.delete(ENTRY, entry_key(root, self.first));
            self.first += 1;
        }
    }

    /// Forgets consumers that did not attach since `day`: all that they missed is deleted by then.
    pub(super) fn forget_consumers(
        &mut self,
        tx: &mut Transaction<'_>,
        root: &RootAddress,
        day: u32,
    ) {
        self.consumers.retain(|state| state.seen >= day);
        self.trim(tx, root);
    }

    /// Whether [`Mailbox::forget_consumers`] would forget one.
    pub(super) fn has_consumer_before(&self, day: u32) -> bool {
        self.consumers.iter().any(|state| state.seen < day)
    }
}

/// Notes that `consumer` reads this mailbox and has stored everything up to `acknowledged`. Returns where
/// it goes on; `None` when the mailbox has ended or [`MAX_CONSUMERS`] others read it.
///
/// # Errors
/// When the store cannot be read, or [`StoreError::Damaged`] when the record makes no sense.
pub fn attach(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    consumer: Consumer,
    acknowledged: Position,
    now: Timestamp,
) -> Result<Option<Position>, StoreError> {
    let Some(mut mailbox) = find_in(tx, root, now)? else {
        return Ok(None);
    };
    if consumer.0 >= MAX_CONSUMERS {
        return Ok(None);
    }
    let oldest = mailbox.first - 1;
    // A position that was never given out acknowledges what is there, not what is to come.
    let acknowledged = acknowledged.0.clamp(oldest, mailbox.next - 1);
    let known = mailbox
        .consumers
        .iter_mut()
        .find(|s| s.consumer == consumer);
    let position = match known {
        Some(state) => {
            state.acknowledged = state.acknowledged.max(acknowledged);
            state.seen = now.day();
            state.acknowledged
        }
        None => {
            mailbox.consumers.push(ConsumerState {
                consumer,
                acknowledged,
                seen: now.day(),
            });
            acknowledged
        }
    };
    mailbox.trim(tx, root);
    mailbox.put(tx, root);
    Ok(Some(Position(position)))
}

/// Notes that `consumer` has stored everything up to `position`. Returns up to where that is known now;
/// `None` when the mailbox has ended or the consumer never attached.
///
/// # Errors
/// As [`attach`].
pub fn acknowledge(
    tx: &mut Transaction<'_>,
    root: &RootAddress,
    consumer: Consumer,
    position: Position,
    now: Timestamp,
) -> Result<Option<Position>, StoreError> {
    let Some(mut mailbox) = find_in(tx, root, now)? else {
        return Ok(None);
    };
    let newest = mailbox.next - 1;
    let known = mailbox
        .consumers
        .iter_mut()
        .find(|s| s.consumer == consumer);
    let Some(state) = known else {
        return Ok(None);
    };
    let before = state.acknowledged;
    state.acknowledged = before.max(position.0.min(newest));
    let after = state.acknowledged;
    if after > before {
        mailbox.trim(tx, root);
        mailbox.put(tx, root);
    }
    Ok(Some(Position(after)))
}

/// Up to `limit` messages after a place, oldest first. May block on a disk.
///
/// # Errors
/// As [`attach`].
pub fn read(
    backend: &dyn Backend,
    root: &RootAddress,
    after: Position,
    limit: usize,
) -> Result<Vec<StoredEntry>, StoreError> {
    let mut entries = Vec::new();
    let mut broken = false;
    let Some(from) = after.0.checked_add(1).filter(|_| limit > 0) else {
        return Ok(entries);
    };
    let to = entry_key(root, u64::MAX);
    backend.scan(
        ENTRY,
        &entry_key(root, from),
        Some(&to),
        &mut |key, value| {
            match parse(key, value) {
                Some(entry) => entries.push(entry),
                None => broken = true,
            }
            if broken || entries.len() == limit {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        },
    )?;
    if broken {
        return Err(StoreError::Damaged {
            what: "a message in a mailbox".to_owned(),
        });
    }
    Ok(entries)
}

fn parse(key: &[u8], value: &[u8]) -> Option<StoredEntry> {
    let (&VERSION, rest) = value.split_first()? else {
        return None;
    };
    let (address, sealed) = rest.get(8..)?.split_at_checked(AddressId::LEN)?;
    Some(StoredEntry {
        position: Position(u64::from_be_bytes(key.get(16..)?.try_into().ok()?)),
        address: AddressId::from_slice(address)?,
        sealed: sealed.to_vec(),
    })
}
