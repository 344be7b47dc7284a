//! Giving the engine its ticks: acknowledgements, resends, renewals. Messages vanish on the same occasion.

use std::time::Duration;

use dyad_core::Input;
use tokio::time::Instant;

use super::Driver;
use crate::error::Result;
use crate::store::index::Owner;
use crate::store::{invitations, relationships};

/// Deadlines are looked at at least so often, in case the clock jumps.
const LONGEST_WAIT: u64 = 300;

impl Driver {
    /// Ticks every relationship that is due. Gives when the next is.
    pub(crate) fn tick(&self) -> Result<Instant> {
        if self.time_is_doubtful() {
            self.wake.upkeep.notify_one();
        }
        for id in self.store.read(|c| relationships::due(c, self.now()))? {
            self.engine(|stepper| stepper.give_each(&id, Input::Tick))?;
        }
        self.forget_invitations()?;
        let vanishing = self.vanish()?;
        let next = self.store.read(relationships::next_deadline)?;
        let calls = self.end_calls()?;
        let next = next.into_iter().chain(vanishing).chain(calls).min();
        let now = self.now();
        let wait = next.map_or(LONGEST_WAIT, |at| at.since(now).clamp(1, LONGEST_WAIT));
        Ok(Instant::now() + Duration::from_secs(wait))
    }

    /// Everything due soon goes out now: we are about to go off-line.
    pub(super) fn flush(&self) -> Result<()> {
        for id in self.store.read(relationships::living)? {
            self.engine(|stepper| stepper.give_each(&id, Input::Flush))?;
        }
        Ok(())
    }

    /// Gives up the addresses of invitations that nobody can answer any more.
    fn forget_invitations(&self) -> Result<()> {
        let now = self.now();
        let over = self
            .store
            .read(invitations::all)?
            .into_iter()
            .filter(|row| row.ends <= now);
        for row in over {
            self.engine(|stepper| stepper.forget_invitation(&row))?;
        }
        Ok(())
    }
}

impl super::Stepper<'_> {
    /// Gives up an invitation's addresses and forgets it.
    pub(crate) fn forget_invitation(&mut self, row: &invitations::InvitationRow) -> Result<()> {
        let state =
            dyad_core::InvitationState::decode(&row.state).map_err(super::engine::state_error)?;
        for effect in state.close() {
            self.perform(Owner::Invitation(row.id), effect)?;
        }
        invitations::delete(self.tx, &row.id)
    }
}
