//! A home that is not the one it was: a backup that was put back, or a copy.

use dyad_core::Input;

use super::Driver;
use crate::error::Result;
use crate::store::{relationships, settings};

impl Driver {
    /// Begins every connection anew if the store is another file than when it was last open. Nobody can tell a copy of
    /// now from one of last week, and what may have been said since then must not be said again, neither under the
    /// same names, which would be taken for repetitions, nor with the same keys.
    pub(super) fn notice_copy(&self) -> Result<()> {
        let Some(born) = self.store.born() else {
            return Ok(());
        };
        let before: Option<u64> = self.store.read(|c| settings::get(c, settings::BORN))?;
        if before == Some(born) {
            return Ok(());
        }
        self.engine(|stepper| {
            if before.is_some() {
                tracing::info!("the store is a copy: connections are begun anew");
                for id in relationships::living(stepper.tx)? {
                    stepper.give_each(&id, Input::StateRestored)?;
                }
            }
            settings::set(stepper.tx, settings::BORN, &born)
        })
    }
}
