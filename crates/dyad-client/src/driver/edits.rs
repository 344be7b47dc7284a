//! Edits that do not fit into a message. Ours goes when its text is at a service; theirs is fetched when it comes.

use dyad_core::Input;
use dyad_protocol::content::Said;

use super::transfers::Slice;
use super::{Driver, Stepper};
use crate::error::{ErrorKind, Result};
use crate::store::changes::Changeable;
use crate::store::files::{self, FileRow, NewFile, Stage};
use crate::store::{acts, changes, edits, history};
use crate::view::ClientEvent;

impl Driver {
    /// The text is at a service: now the contact is told.
    pub(super) fn edit_is_there(&self, row: &FileRow) -> Result<Slice> {
        match self.engine(|stepper| stepper.say_edit(row.id)) {
            Ok(()) => Ok(Slice::Done),
            // Such as a relationship that has ended since.
            Err(error) if error.kind == ErrorKind::Usage => {
                Ok(Slice::Over(Stage::Refused, error.to_string()))
            }
            Err(error) => Err(error),
        }
    }
}

impl Stepper<'_> {
    /// A message of ours gets a text that goes to a service first. Nobody is told before it is there; an earlier one that
    /// has not got there is not wanted any more.
    pub(crate) fn edit_long(
        &mut self,
        target: &Changeable,
        order: u64,
        text: &str,
        file: &NewFile,
    ) -> Result<()> {
        if let Some(earlier) = edits::on_its_way(self.tx, target.id)? {
            self.withdraw(earlier)?;
        }
        edits::begin(self.tx, target.id, order, text, file, self.now)?;
        self.changes.files = true;
        self.tell_message(target.id, ClientEvent::Changed)
    }

    /// A text of ours that waits for its file, and that nobody has heard of, is another one.
    pub(crate) fn rewrite(
        &mut self,
        target: &Changeable,
        text: &str,
        file: Option<(&NewFile, &str)>,
    ) -> Result<()> {
        self.withdraw_blob(target.id)?;
        files::detach(self.tx, target.id)?;
        let beginning = file.map(|(_, beginning)| beginning);
        edits::rewrite(self.tx, target.id, text, beginning, self.now)?;
        self.changes.files = true;
        match file {
            Some((file, _)) => files::insert_ours(self.tx, target.id, file, self.now)?,
            None => {
                if let Some((payload, _)) = history::unsent(self.tx, target.id)? {
                    self.changes.deadlines |= payload.timer.is_some();
                    let local = dyad_core::LocalId(target.id);
                    self.give(&target.relationship, Input::Send { local, payload })?;
                }
            }
        }
        self.tell_message(target.id, ClientEvent::Changed)
    }

    fn say_edit(&mut self, file: u64) -> Result<()> {
        let row = files::get(self.tx, file)?.filter(|row| row.edit && row.stage == Stage::Wanted);
        let Some((row, id)) = row.and_then(|row| row.message.map(|id| (row, id))) else {
            return Ok(());
        };
        let target = changes::get(self.tx, id)?.filter(|target| !target.deleted);
        let (Some(target), Some(link)) = (target, row.link()) else {
            return Ok(());
        };
        let (Some(message), Some(order)) = (target.message, target.edit_order) else {
            return Ok(());
        };
        let text = history::get(self.tx, id)?.map_or_else(String::new, |view| view.text);
        let beginning = beginning(&text);
        let Some(content) = edits::content(&link, beginning) else {
            return Ok(());
        };
        let said = Said::Edit {
            target: message,
            order,
            text: beginning.to_owned(),
            link: Some(link),
        };
        // Only now: whoever has not fetched the text before can do without it.
        if let Some(before) = files::of_message(self.tx, id)? {
            self.withdraw(before)?;
        }
        edits::finish(self.tx, id, file, &content, beginning)?;
        files::set_uploaded(self.tx, file, self.now)?;
        if let Some(payload) = said.payload(None) {
            let local = acts::insert(self.tx, &target.relationship, id, &payload)?;
            self.give(&target.relationship, Input::Send { local, payload })?;
        }
        self.tell_message(id, ClientEvent::Changed)
    }

    /// An edit made a text of theirs a long one: it is fetched as if it had been one from the beginning. `false` if there
    /// is none.
    pub(super) fn fetch_edit(&mut self, message: u64) -> Result<bool> {
        let Some(link) = edits::unfetched(self.tx, message)? else {
            return Ok(false);
        };
        let file = self.described(&link, None, "text.txt");
        files::insert_theirs(self.tx, message, &file, &link, Stage::Wanted, self.now)?;
        self.changes.files = true;
        Ok(true)
    }
}

/// As much of a text as stands beside a link in a message.
pub(crate) fn beginning(text: &str) -> &str {
    let mut end = (crate::view::MAX_TEXT / 2).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
