//! Files within transactions: one that a contact sent, one that is taken back.

use dyad_protocol::body::Payload;
use dyad_protocol::content::{File, Link, Mail, MailPlace, Said};
use dyad_protocol::id::{MessageId, RelationshipId};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use super::Stepper;
use crate::error::Result;
use crate::file::clean_name;
use crate::store::errands::{self, Errand};
use crate::store::files::{self, DiskName, FileRow, NewFile, Stage};
use crate::store::{edits, history, relationships, settings};
use crate::view::{ClientEvent, ContactStatus, SettingsView};

/// How long the deletion of a blob is tried, seconds: no service keeps one longer.
const DELETION_TRIED: u64 = 400 * DAY;

impl Stepper<'_> {
    /// A file, a long text, or content of another app has come: shown at once, fetched by itself if it is to be.
    pub(super) fn show_file(
        &mut self,
        from: &RelationshipId,
        message: &MessageId,
        sent: Timestamp,
        payload: &Payload,
        said: &Said,
    ) -> Result<()> {
        let (link, described, stage) = match said {
            Said::File(file) => (&file.link, Some(file), self.stage_of(from, &file.link)?),
            Said::Long { link, .. } | Said::Carried { link, .. } => (link, None, Stage::Wanted),
            Said::Mail(Mail {
                place: MailPlace::Blob(link),
                ..
            }) => (link, None, self.stage_of(from, link)?),
            _ => return Ok(()),
        };
        let unnamed = match said {
            Said::Mail(_) => "mail.eml",
            _ => "text.txt",
        };
        let Some(local) =
            history::insert_incoming(self.tx, from, message, sent, payload, self.now)?
        else {
            return Ok(());
        };
        // An edit or a deletion may have come before it.
        let edited = self.fetch_edit(local)?;
        let still = !edited && history::waits_for_file(self.tx, local)?;
        if still {
            let file = self.described(link, described, unnamed);
            files::insert_theirs(self.tx, local, &file, link, stage, self.now)?;
            self.changes.files |= stage == Stage::Wanted;
            if let Said::Carried { kind, .. } = said {
                history::set_carries(self.tx, local, kind)?;
            }
        }
        self.tell_message(local, ClientEvent::Message)
    }

    fn stage_of(&self, from: &RelationshipId, link: &Link) -> Result<Stage> {
        let settings: SettingsView = settings::get(self.tx, settings::APP)?.unwrap_or_default();
        let trusted = relationships::get(self.tx, from)?.is_some_and(|contact| {
            contact.status == ContactStatus::Active && contact.verified_at.is_some()
        });
        Ok(if trusted && link.size <= settings.fetch_up_to {
            Stage::Wanted
        } else {
            Stage::Offered
        })
    }

    pub(super) fn described(&mut self, link: &Link, file: Option<&File>, unnamed: &str) -> NewFile {
        let mut disk = DiskName::default();
        self.rng.fill_bytes(&mut disk);
        NewFile {
            disk,
            name: clean_name(file.map_or(unnamed, |file| &file.name)),
            media_type: file.and_then(|file| file.media_type.clone()),
            dimensions: file.and_then(|file| file.dimensions),
            preview: file.and_then(|file| file.preview.clone()),
            key: link.key.clone(),
            size: link.size,
            sha256: link.sha256,
        }
    }

    /// Nobody is to read the blobs of this message any more.
    pub(crate) fn withdraw_blob(&mut self, message: u64) -> Result<()> {
        let (its, next) = (
            files::of_message(self.tx, message)?,
            edits::on_its_way(self.tx, message)?,
        );
        for file in its.into_iter().chain(next) {
            self.withdraw(file)?;
        }
        Ok(())
    }

    /// Nobody is to read this blob any more.
    pub(super) fn withdraw(&mut self, file: FileRow) -> Result<()> {
        self.changes.files = true;
        if let (Some(host), Some(secret)) = (file.host, file.secret) {
            let errand = Errand::DeleteBlob { host, secret };
            self.changes.errands = true;
            let until = file
                .ends
                .unwrap_or(self.now)
                .max(self.now.plus(DAY))
                .min(self.now.plus(DELETION_TRIED));
            errands::insert(self.tx, &errand, until, self.now)?;
        }
        Ok(())
    }
}
