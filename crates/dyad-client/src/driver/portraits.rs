//! Pictures beside names, both ways: saying to every contact what their profile of ours shows, and taking in what they
//! show.

use std::io::{Cursor, Read};
use std::time::Duration;

use dyad_core::{Input, LocalId};
use dyad_protocol::body::Payload;
use dyad_protocol::content::{MAX_PICTURE_LEN, Picture, Said, next_order};
use dyad_protocol::id::{MessageId, RelationshipId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use tokio::time::Instant;

use super::transfers::{Slice, wanted};
use super::{Driver, Stepper};
use crate::error::Result;
use crate::file::{Portrait, SealedFile, disk_trouble};
use crate::store::files::{self, DiskName, FileRow, NewFile, Stage};
use crate::store::{history, is_store_trouble, notices, portraits};
use crate::view::ClientEvent;

/// Without a reason they are looked at so often, for those that were lost on the way.
const LOOK_AGAIN: Duration = Duration::from_secs(DAY);

impl Driver {
    /// Says what contacts do not know yet, and says anew what was lost. What cannot be said now is said later.
    pub(super) fn say_portraits(&self) -> Result<()> {
        if *self.portraits.lock() > Instant::now() {
            return Ok(());
        }
        // Before looking: what changes meanwhile is looked at again.
        *self.portraits.lock() = Instant::now() + LOOK_AGAIN;
        match self.say_all_portraits() {
            Ok(true) => Ok(()),
            outcome => {
                *self.portraits.lock() = Instant::now() + self.timing.retry_max;
                outcome.map(drop)
            }
        }
    }

    /// Something may be to be said.
    pub(super) fn portraits_changed(&self) {
        *self.portraits.lock() = Instant::now();
        self.wake.transfers.notify_one();
    }

    /// `false`: not to all that there is to say.
    fn say_all_portraits(&self) -> Result<bool> {
        let now = self.now();
        for id in self.store.read(|c| portraits::lost(c, now))? {
            self.engine(|stepper| stepper.unsay_portrait(&id))?;
        }
        let mut all = true;
        for id in self.store.read(portraits::due)? {
            match self.say_portrait(&id) {
                Ok(()) => {}
                Err(error) if is_store_trouble(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(code = %error.code, "a picture could not be said: {error}");
                    all = false;
                }
            }
        }
        Ok(all)
    }

    fn say_portrait(&self, to: &RelationshipId) -> Result<()> {
        let Some(picture) = self.store.read(|c| portraits::wanted(c, to))? else {
            return Ok(());
        };
        // A key and a blob of its own: one for two contacts would show that they know the same person.
        let sealed = picture.as_ref().map(|p| self.seal(p)).transpose()?;
        let disk = sealed.as_ref().map(|sealed| sealed.disk);
        let said = self.engine(|stepper| {
            if portraits::wanted(stepper.tx, to)? != Some(picture.clone()) {
                // Changed just now; there will be another look.
                return Ok(false);
            }
            stepper.say_portrait(to, picture.as_ref().zip(sealed))?;
            Ok(true)
        });
        if let (Some(disk), Err(_) | Ok(false)) = (disk, &said) {
            self.folder.remove(&disk);
        }
        said.map(drop)
    }

    fn seal(&self, picture: &Portrait) -> Result<SealedFile> {
        self.with_rng(|rng| self.folder.begin(rng))
            .and_then(|sealing| sealing.run(Cursor::new(picture.jpeg())))
            .map_err(|error| disk_trouble(&error, "Your picture waits."))
    }

    /// A picture is here, with the hash that was said. What cannot be shown is passed over, and the old one stays.
    pub(super) async fn portrait_arrived(&self, row: &FileRow, message: u64) -> Result<Slice> {
        let of_disk = row.clone();
        let made = self
            .on_disk(move |folder| {
                let mut bytes = Vec::new();
                let reader = folder.open(&of_disk)?;
                reader.take(MAX_PICTURE_LEN + 1).read_to_end(&mut bytes)?;
                Ok(Portrait::received(&bytes))
            })
            .await?;
        self.engine(|stepper| {
            let Some(whose) = portraits::whose(stepper.tx, message)? else {
                return Ok(());
            };
            if !wanted(stepper.tx, row.id)? {
                return Ok(());
            }
            match &made {
                Some(picture) => stepper.shows(&whose, Some(picture))?,
                None => tracing::debug!("a contact's picture was none that can be shown"),
            }
            stepper.drop_portrait(message)
        })?;
        Ok(Slice::Done)
    }
}

impl Stepper<'_> {
    /// Says what a profile of ours shows now. What was said before is withdrawn at once: nobody is to see it any more.
    fn say_portrait(
        &mut self,
        to: &RelationshipId,
        picture: Option<(&Portrait, SealedFile)>,
    ) -> Result<()> {
        let before = portraits::said(self.tx, to)?;
        if let Some(message) = before.message {
            self.withdraw_blob(message)?;
            self.drop_portrait(message)?;
        }
        let order = next_order(before.order, self.now);
        let said = Said::Picture(Picture { order, link: None });
        let Some(payload) = said.payload(None) else {
            return Ok(());
        };
        let message = match &picture {
            Some((_, sealed)) => {
                let id = history::insert_waiting(self.tx, to, &payload, "", self.now)?;
                files::insert_ours(self.tx, id, &ours(sealed), self.now)?;
                self.changes.files = true;
                id
            }
            None => {
                let id = history::insert_outgoing(self.tx, to, &payload, self.now)?;
                let local = LocalId(id);
                self.give(to, Input::Send { local, payload })?;
                id
            }
        };
        let picture = picture.map(|(picture, _)| picture);
        portraits::set_said(self.tx, to, order, picture, message)
    }

    /// What was to be said has not been, or is gone.
    fn unsay_portrait(&mut self, to: &RelationshipId) -> Result<()> {
        if let Some(message) = portraits::said(self.tx, to)?.message {
            self.withdraw_blob(message)?;
            self.drop_portrait(message)?;
        }
        portraits::set_unsaid(self.tx, to)
    }

    /// A contact shows another picture, or none: shown when it is here. The newest counts, in whatever order they come.
    pub(super) fn heard_portrait(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        picture: &Picture,
    ) -> Result<()> {
        let before = portraits::heard(self.tx, from)?;
        if before.order.is_some_and(|order| picture.order <= order) {
            return Ok(());
        }
        if let Some(old) = before.message {
            self.drop_portrait(old)?;
        }
        let Some(link) = &picture.link else {
            portraits::set_heard(self.tx, from, picture.order, None)?;
            return self.shows(from, None);
        };
        // Whatever stands beside it, nothing of it is shown, and it does not vanish.
        let bare = Payload {
            fallback: None,
            reply: None,
            timer: None,
            ..payload.clone()
        };
        let local = history::insert_incoming(self.tx, from, message, sent, &bare, self.now)?;
        portraits::set_heard(self.tx, from, picture.order, local)?;
        if let Some(local) = local
            && history::waits_for_file(self.tx, local)?
        {
            let mut disk = DiskName::default();
            self.rng.fill_bytes(&mut disk);
            let file = NewFile {
                disk,
                name: String::new(),
                media_type: None,
                dimensions: None,
                preview: None,
                key: link.key.clone(),
                size: link.size,
                sha256: link.sha256,
            };
            files::insert_theirs(self.tx, local, &file, link, Stage::Wanted, self.now)?;
            self.changes.files = true;
        }
        Ok(())
    }

    /// Shows it beside their name from now on. Where another was shown before, that is noted: it may be somebody else.
    fn shows(&mut self, whose: &RelationshipId, picture: Option<&Portrait>) -> Result<()> {
        let had_one = portraits::has_one(self.tx, whose)?;
        if !portraits::set_of_contact(self.tx, whose, picture)? {
            return Ok(());
        }
        if had_one {
            let (kind, text) = match picture {
                Some(_) => ("picture-changed", "They show another picture now."),
                None => ("picture-removed", "They show no picture any more."),
            };
            let notice = notices::insert(self.tx, Some(whose), kind, text, self.now)?;
            self.changes.events.push(ClientEvent::Notice(notice));
        }
        self.tell_contact(whose)
    }

    fn drop_portrait(&mut self, message: u64) -> Result<()> {
        files::detach(self.tx, message)?;
        portraits::forget_message(self.tx, message)?;
        self.changes.files = true;
        Ok(())
    }
}

fn ours(sealed: &SealedFile) -> NewFile {
    NewFile {
        disk: sealed.disk,
        name: String::new(),
        media_type: None,
        dimensions: None,
        preview: None,
        key: sealed.key.clone(),
        size: sealed.sealed.size,
        sha256: sealed.sealed.sha256,
    }
}

#[cfg(test)]
mod tests;
