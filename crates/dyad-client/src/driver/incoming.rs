//! Opening what was fetched: one transaction per message holds the next state, the plaintext, what
//! follows from it, and the removal of the sealed copy.

use dyad_core::Input;
use dyad_protocol::api::fetch::Entry;

use super::Driver;
use crate::error::Result;
use crate::store::index::Owner;
use crate::store::{DISK_FULL, inbox, index};

impl Driver {
    /// Stores fetched messages and how far each mailbox is read. Only then may they be acknowledged.
    pub(super) fn store_entries(&self, entries: &[Entry]) -> Result<u64> {
        if entries.is_empty() {
            return Ok(0);
        }
        let now = self.now();
        let stored = self.store.write(|tx| {
            entries.iter().try_fold(0, |stored, entry| {
                Ok(stored + u64::from(inbox::store(tx, entry, now)?))
            })
        })?;
        self.wake.inbox.notify_one();
        Ok(stored)
    }

    /// Opens everything that is there. A message that cannot be opened through a fault of ours stays.
    pub(crate) async fn open_inbox(&self) -> Result<()> {
        let mut first_error = None;
        for _ in 0..self.store.read(inbox::count)? {
            match self.open_next() {
                Ok(()) => {}
                Err(error) if error.code == DISK_FULL => return Err(error),
                Err(error) => first_error = first_error.or(Some(error)),
            }
            // A long inbox must not hold everything else up.
            tokio::task::yield_now().await;
        }
        first_error.map_or(Ok(()), Err)
    }

    fn open_next(&self) -> Result<()> {
        let Some(fetched) = self.store.read(inbox::next)? else {
            return Ok(());
        };
        let opened = self.engine(|stepper| {
            match index::owner(stepper.tx, &fetched.address)? {
                Some(Owner::Relationship(id)) => {
                    let input = Input::Received {
                        address: fetched.address,
                        sealed: fetched.sealed.clone(),
                    };
                    stepper.give(&id, input)?;
                }
                Some(Owner::Invitation(id)) => {
                    stepper.answer(&id, &fetched.address, &fetched.sealed)?
                }
                // An address that was used, withdrawn or never ours: nothing to show for it.
                None => tracing::debug!("a message to an unknown address was dropped"),
            }
            inbox::remove(stepper.tx, &fetched)
        });
        if let Err(error) = opened {
            let now = self.now();
            self.store.write(|tx| inbox::postpone(tx, &fetched, now))?;
            return Err(error);
        }
        Ok(())
    }
}
