//! Files, and texts that do not fit into a message.

mod prepare;
mod save;
mod send;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::Instant;

use super::Client;
use crate::driver::Stepper;
use crate::error::{ClientError, Result};
use crate::file::{FileReader, disk_trouble};
use crate::store::files::{self, FileRow, Stage};
use crate::store::{edits, history};
use crate::view::{ClientEvent, FileState, MessageState, MessageView};

pub(super) use prepare::{not_cleaned, other_format};
pub(super) use save::{not_written, write_at, write_new};
pub(super) use send::{encoded_len, live, text_file};

const NOT_SENT: &str = "Nothing was sent.";

impl Client {
    /// Has a file brought here, or tries one of ours again that no service took. One that is here stays as it is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message, or no file in it.
    pub fn fetch(&self, id: u64) -> Result<MessageView> {
        let view = self.with_file(id, |stepper, file| {
            // A new text that no service took may still be there, beside what the message has now.
            let file = &edits::on_its_way(stepper.tx, id)?.unwrap_or_else(|| file.clone());
            if file.stage == Stage::Refused && !file.edit {
                history::set_local_state(stepper.tx, id, MessageState::Waiting, stepper.now)?;
            }
            if matches!(file.stage, Stage::Here | Stage::Wanted) {
                return Ok(());
            }
            files::set_stage(stepper.tx, file.id, Stage::Wanted, None, stepper.now)
        })?;
        self.driver.nudge();
        Ok(view)
    }

    /// The same, and waits until it is here or cannot be had, at most `wait`. Gives the message as it then is.
    ///
    /// # Errors
    /// Those of [`Client::fetch`].
    pub async fn fetch_wait(&self, id: u64, wait: Duration) -> Result<MessageView> {
        let end = Instant::now() + wait;
        let mut events = self.driver.subscribe();
        self.fetch(id)?;
        let moved = async {
            loop {
                let message = self.message(id)?;
                let moving = message.file.as_ref().is_some_and(|file| {
                    matches!(file.state, FileState::Fetching | FileState::Uploading)
                });
                if !moving {
                    return Ok(message);
                }
                if tokio::time::timeout_at(end, events.recv()).await.is_err() {
                    return self.message(id);
                }
            }
        };
        let mut message = self.driver.submitting(moved).await?;
        if let Some(file) = message.file.as_mut().filter(|file| file.why.is_none())
            && file.state == FileState::Fetching
        {
            file.why = self.driver.hindrances.longest().map(|(_, why)| why);
        }
        Ok(message)
    }

    /// Stops a file: of ours that has not gone, the message goes with it, and what a service has of it; of theirs,
    /// what has come is removed. Gives the message if there still is one.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message, or nothing of it is on the way.
    pub fn cancel_file(&self, id: u64) -> Result<Option<MessageView>> {
        let (file, view) = self.file(id)?;
        let unsent = self
            .driver
            .store
            .read(|c| history::waiting(c, id))?
            .is_some();
        if !unsent {
            if file.stage != Stage::Wanted {
                return Err(ClientError::usage(
                    "not-moving",
                    format!("The file of message {id} is not on its way. Nothing was changed."),
                ));
            }
            return self.remove_file(id).map(Some);
        }
        self.driver.engine(|stepper| {
            stepper.withdraw_blob(id)?;
            files::detach(stepper.tx, id)?;
            history::forget_waiting(stepper.tx, id)?;
            stepper.changes.erased = true;
            stepper.changes.events.push(ClientEvent::Removed {
                id,
                contact: view.contact.clone(),
                relationship: view.relationship,
            });
            Ok(())
        })?;
        self.driver.nudge();
        Ok(None)
    }

    /// Removes what is here of a file; it can be fetched again as long as a service keeps it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message, no file in it, or it has not gone yet.
    pub fn remove_file(&self, id: u64) -> Result<MessageView> {
        let folder = self.driver.folder.clone();
        self.with_file(id, |stepper, file| {
            if file.edit {
                return Err(ClientError::usage(
                    "not-sent",
                    format!("The new text of message {id} has not gone yet. Change or delete the message instead."),
                ));
            }
            if file.is_upload() {
                return Err(ClientError::usage(
                    "not-sent",
                    format!("The file of message {id} has not gone yet. Cancel it instead."),
                ));
            }
            files::set_done(stepper.tx, file.id, 0, stepper.now)?;
            files::set_request(stepper.tx, file.id, None)?;
            if matches!(file.stage, Stage::Here | Stage::Wanted) {
                files::set_stage(stepper.tx, file.id, Stage::Offered, None, stepper.now)?;
            }
            folder.remove(&file.file.disk);
            Ok(())
        })
    }

    /// The file of a message, to be read from any place. Nothing of it is written to disk in the clear.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none, or not all of it is here: then fetch it first.
    pub fn open_file(&self, id: u64) -> Result<FileReader> {
        let (file, _) = self.file(id)?;
        if file.stage != Stage::Here && !file.is_upload() {
            return Err(ClientError::usage(
                "not-here",
                format!("The file of message {id} is not here. `dyad fetch {id}` brings it."),
            ));
        }
        self.driver
            .folder
            .open(&file)
            .map_err(|error| disk_trouble(&error, "It cannot be opened."))
    }

    /// Writes the file of a message to a place of the person's, under its final name only when all of it is there.
    /// A folder takes it under its own name. Nothing is overwritten. Gives where it is.
    ///
    /// # Errors
    /// Those of [`Client::open_file`]; [`crate::ErrorKind::Usage`]: there is something of that name;
    /// [`crate::ErrorKind::TryLater`]: the disk is full.
    pub async fn save_file(&self, id: u64, to: &Path) -> Result<PathBuf> {
        let (file, _) = self.file(id)?;
        let mut reader = self.open_file(id)?;
        write_at(to, &file.file.name, move |to| {
            std::io::copy(&mut reader, to).map(drop)
        })
        .await
    }

    fn file(&self, id: u64) -> Result<(FileRow, MessageView)> {
        let view = self.message(id)?;
        let file = self.driver.store.read(|c| files::of_message(c, id))?;
        file.map(|file| (file, view)).ok_or_else(|| no_file(id))
    }

    fn with_file(
        &self,
        id: u64,
        work: impl FnOnce(&mut Stepper<'_>, &FileRow) -> Result<()>,
    ) -> Result<MessageView> {
        self.message(id)?;
        self.driver.engine(|stepper| {
            let file = match files::of_message(stepper.tx, id)? {
                Some(file) => file,
                None => edits::on_its_way(stepper.tx, id)?.ok_or_else(|| no_file(id))?,
            };
            work(stepper, &file)?;
            stepper.changes.files = true;
            stepper.tell_message(id, ClientEvent::Changed)?;
            history::get(stepper.tx, id)?.ok_or_else(|| no_file(id))
        })
    }
}

fn no_file(id: u64) -> ClientError {
    ClientError::usage("no-file", format!("There is no file in message {id}."))
}
