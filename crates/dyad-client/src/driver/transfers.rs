//! Files on their way, in slices: after a few parts of one it is the next one's turn, so that no large file holds up a
//! small one.

use std::sync::atomic::Ordering;
use std::time::Duration;

use dyad_protocol::time::Timestamp;
use futures_util::StreamExt;
use futures_util::stream;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::Driver;
use super::health::pause;
use crate::error::{ClientError, Result};
use crate::store::files::{self, FileRow, Stage};
use crate::store::{DISK_FULL, history, is_store_trouble};
use crate::view::{ClientEvent, MessageView};

/// Files that move at the same moment; each holds a part or two in memory.
const AT_ONCE: usize = 3;
/// Files that get a slice in one round.
const ROUND: usize = 12;
/// Longest pause after a full disk: whoever makes room looks on.
const ROOM_AGAIN: Duration = Duration::from_secs(20);

/// What came of a slice.
#[derive(Debug)]
pub(super) enum Slice {
    /// There is more to do, at once.
    More,
    /// It has arrived, or is not wanted any more.
    Done,
    /// To be tried again.
    Trouble(String),
    /// It has come to an end that is none of the good ones.
    Over(Stage, String),
}

impl Driver {
    /// Moves everything that waits a little further. Gives when to come back.
    pub(crate) async fn move_files(&self) -> Result<Instant> {
        let _turn = self.turns.transfers.lock().await;
        self.say_portraits()?;
        self.clear_abandoned()?;
        let now = self.now();
        let all = self.hurry.swap(false, Ordering::Relaxed);
        let furthest = 2 * self.timing.retry_max.as_secs();
        // A time far ahead was written by a clock that was wrong.
        let due = |row: &FileRow| {
            all || row.next_attempt <= now || row.next_attempt.since(now) > furthest
        };
        let (mut ready, later): (Vec<FileRow>, Vec<FileRow>) =
            self.store.read(files::wanted)?.into_iter().partition(due);
        let left_out = ready.len() > ROUND;
        ready.truncate(ROUND);
        let slices: Vec<Result<Option<Timestamp>>> = stream::iter(ready)
            .map(|row| async move { self.slice(row).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut next = later.first().map(|row| row.next_attempt);
        for slice in slices {
            if let Some(at) = slice? {
                next = Some(next.map_or(at, |next| next.min(at)));
            }
        }
        Ok(match next {
            _ if left_out => Instant::now(),
            Some(at) => Instant::now() + Duration::from_secs(at.since(self.now())),
            None => Instant::now() + super::run::IDLE,
        })
    }

    /// Rounds as long as something moves, for a command that does everything once.
    pub(super) async fn move_all_files(&self) -> Result<()> {
        self.hurry.store(true, Ordering::Relaxed);
        while self.move_files().await? <= Instant::now() {}
        Ok(())
    }

    /// One slice of one file. Gives when it is to go on, if it is.
    async fn slice(&self, row: FileRow) -> Result<Option<Timestamp>> {
        let moved = if row.is_upload() {
            self.upload_some(row.clone()).await
        } else {
            self.fetch_some(row.clone()).await
        };
        match moved {
            Ok(Slice::More) => Ok(Some(self.now())),
            Ok(Slice::Done) => Ok(None),
            Ok(Slice::Over(stage, why)) => {
                self.end_file(&row, stage, &why)?;
                Ok(None)
            }
            Ok(Slice::Trouble(why)) => self.put_off(&row, &why, self.timing.retry_max),
            // Where a file finds no room there may be some for a note of that, and for a smaller one.
            Err(error) if error.code == DISK_FULL => {
                self.put_off(&row, &error.to_string(), ROOM_AGAIN)
            }
            Err(error) if is_store_trouble(&error) => Err(error),
            Err(error) => self.put_off(&row, &error.to_string(), self.timing.retry_max),
        }
    }

    fn put_off(&self, row: &FileRow, why: &str, longest: Duration) -> Result<Option<Timestamp>> {
        let attempts = row.attempts.saturating_add(1);
        let pause = self
            .with_rng(|rng| pause(attempts, &self.timing, rng))
            .min(longest);
        let next = self.now().plus(pause.as_secs().max(1));
        tracing::debug!(file = row.id, why, "a file has to wait");
        self.store
            .write(|tx| files::failed(tx, row.id, why, next))?;
        self.tell_file(row)?;
        Ok(Some(next))
    }

    fn end_file(&self, row: &FileRow, stage: Stage, why: &str) -> Result<()> {
        let now = self.now();
        if stage != Stage::Refused {
            self.folder.remove(&row.file.disk);
        }
        self.store.write(|tx| {
            if stage == Stage::Refused {
                // Of an edit the message went long ago.
                if let Some(message) = row.message.filter(|_| !row.edit) {
                    history::set_local_state(tx, message, crate::view::MessageState::Failed, now)?;
                }
            } else {
                files::set_done(tx, row.id, 0, now)?;
            }
            files::set_request(tx, row.id, None)?;
            files::set_stage(tx, row.id, stage, Some(why), now)
        })?;
        self.tell_file(row)
    }

    pub(super) fn tell_file(&self, row: &FileRow) -> Result<()> {
        let Some(message) = row.message else {
            return Ok(());
        };
        let view = self.store.read(|c| history::get(c, message))?;
        self.emit(view.map(ClientEvent::Changed));
        Ok(())
    }

    /// So many parts have gone or come. `false`: nobody wants the rest any more.
    pub(super) fn advance(&self, row: &FileRow, done: u32) -> Result<bool> {
        let now = self.now();
        let (goes_on, view) = self.store.write(|tx| {
            if !wanted(tx, row.id)? {
                return Ok((false, None));
            }
            files::set_done(tx, row.id, done, now)?;
            // What is not shown has nobody to tell.
            let view = row
                .message
                .map_or(Ok(None), |message| history::get(tx, message))?;
            Ok((true, view))
        })?;
        let file = |view: &MessageView| {
            if row.edit {
                view.edit.clone()
            } else {
                view.file.clone()
            }
        };
        if let Some((view, file)) = view.and_then(|view| file(&view).map(|file| (view, file))) {
            self.emit([ClientEvent::Progress {
                id: view.id,
                contact: view.contact,
                relationship: view.relationship,
                done: file.done,
                size: file.size,
            }]);
        }
        Ok(goes_on)
    }

    /// Removes what belongs to no message any more, and what a crash left.
    pub(crate) fn clear_abandoned(&self) -> Result<()> {
        for (id, disk) in self.store.read(files::abandoned)? {
            self.folder.remove(&disk);
            self.store.write(|tx| files::delete(tx, id))?;
        }
        Ok(())
    }

    /// Files on disk that nobody knows: a crash came between writing and remembering one.
    pub(crate) fn clear_strays(&self) -> Result<()> {
        for disk in self.folder.all() {
            if !self.store.read(|c| files::knows(c, &disk))? {
                self.folder.remove(&disk);
            }
        }
        self.clear_abandoned()
    }

    /// Does something with the disk, not on a thread that answers.
    pub(super) async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&crate::file::Folder) -> std::io::Result<T> + Send + 'static,
    ) -> Result<T> {
        let folder = self.folder.clone();
        spawn_blocking(move || work(&folder))
            .await
            .map_err(|error| ClientError::other("defect", error.to_string()))?
            .map_err(|error| crate::file::disk_trouble(&error, "The file waits."))
    }
}

/// Whether it is still to be moved.
pub(super) fn wanted(connection: &rusqlite::Connection, id: u64) -> Result<bool> {
    let row = files::get(connection, id)?;
    Ok(row.is_some_and(|row| row.stage == Stage::Wanted && row.message.is_some()))
}
