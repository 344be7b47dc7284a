//! A game that one side has lost a part of, as after a restore from an older backup: what the other side has of it.
//!
//! Entries of the other side are believed as always: they are in the chain. Ours are believed if they are shown to be
//! ours, and only where the other side has not gone on from what we have instead: nobody but ourselves can have made two
//! entries for one place, and whoever went on from one of them has chosen.

use crate::entry::{Entry, Side, Step};
use crate::game::{Game, Why};

impl Game {
    /// The place from which on it may be that not all is here: after the last entry of the other side, which that side
    /// has for certain.
    pub fn agreed(&self, me: Side) -> u32 {
        let theirs = self.chain.iter().rposition(|entry| entry.side != me);
        u32::try_from(theirs.map_or(1, |at| at + 1)).unwrap_or(u32::MAX)
    }

    /// What counts from this place on, for a side whose entry before it has this hash; nothing if ours is another.
    pub fn since(&self, number: u32, before: &crate::Hash) -> &[Entry] {
        let at = number as usize;
        let same = at > 0
            && self
                .chain
                .get(at - 1)
                .is_some_and(|entry| entry.hash == *before);
        match self.chain.get(at..) {
            Some(rest) if same => rest,
            _ => &[],
        }
    }

    /// Whether what waits goes on from entries of ours that are not here: nobody can be ahead of what we said.
    pub fn lacks_ours(&self, entry: &Entry) -> bool {
        let len = self.chain.len();
        match (entry.number as usize).checked_sub(len) {
            None | Some(0) => false,
            // They accepted and moved, or moved and gave up.
            Some(1) => len != 1 && entry.step != Step::Resign,
            Some(_) => true,
        }
    }

    /// Takes over what the other side says was played, entries of both in a row. Gives how many are new here.
    ///
    /// # Errors
    /// [`Why`] it cannot be; nothing is changed.
    pub fn take_up(
        &mut self,
        me: Side,
        entries: &[Entry],
        is_ours: impl Fn(&Entry) -> bool,
    ) -> Result<usize, Why> {
        let Some(first) = entries.first() else {
            return Ok(0);
        };
        let at = first.number as usize;
        if at == 0 {
            return Err(Why::Fork);
        }
        let Some(before) = self.chain.get(at - 1) else {
            return Err(Why::Ahead);
        };
        if first.before != Some(before.hash) {
            return Err(Why::Fork);
        }
        let same = entries
            .iter()
            .zip(self.chain.iter().skip(at))
            .take_while(|(said, here)| said.hash == here.hash)
            .count();
        let (from, new) = (at + same, entries.get(same..).unwrap_or_default());
        if new.is_empty() {
            return Ok(0);
        }
        let dropped = self.chain.get(from..).unwrap_or_default();
        if !dropped.is_empty() {
            if dropped.iter().any(|entry| entry.side != me) {
                return Err(Why::Fork);
            }
            if new.iter().all(|entry| entry.side != me) {
                // Nothing of ours was lost: theirs crossed what we did, and the rules for that hold.
                let count = self.chain.clone();
                for entry in new {
                    self.hear(entry.clone());
                }
                return Ok(if self.chain == count { 0 } else { new.len() });
            }
        }
        if new.iter().any(|entry| entry.side == me && !is_ours(entry)) {
            return Err(Why::Unproven);
        }
        let mut next = self.clone();
        next.chain.truncate(from);
        let mut played = next.until(from);
        for entry in new {
            if next.chain.last().map(|last| last.hash) != entry.before {
                return Err(Why::Fork);
            }
            played.take(entry).map_err(Why::from)?;
            next.chain.push(entry.clone());
        }
        next.catch_up();
        *self = next;
        Ok(new.len())
    }
}
