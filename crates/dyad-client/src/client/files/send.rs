//! Sending: what is sealed waits with its message until a service has it.

use std::io::{self, Cursor, Read};
use std::path::Path;
use std::time::Duration;

use dyad_protocol::attachment::FileKey;
use dyad_protocol::body::{Body, MAX_TEXT_LEN, Payload};
use dyad_protocol::content::{File as SentFile, Link, MAX_LONG_LEN, MAX_MEDIA_TYPE_LEN, Said};
use dyad_protocol::id::{BlobLocator, HostName, RelationshipId};
use dyad_protocol::time::Timestamp;
use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::prepare::prepare;
use super::{Client, NOT_SENT};
use crate::client::messages::answered;
use crate::client::people::find;
use crate::driver::{Stepper, beginning};
use crate::error::{ClientError, Result};
use crate::file::{SealedFile, Sealing, clean_name, disk_trouble, open_path};
use crate::store::files::{self, NewFile};
use crate::store::relationships::Contact;
use crate::store::{history, marks, providers};
use crate::view::{ClientEvent, ContactStatus, FileRequest, FileState, MessageState, SendView};

impl Client {
    /// Sends a file. It is read once, here and now, and kept encrypted; the message goes when a service has the file,
    /// also after a restart. Returns when it has gone, or after `wait` with a note that it is kept and goes on. Words
    /// that do not fit beside it go in a message of their own.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, a file that cannot be read or is too large, a picture that cannot
    /// be cleaned; [`crate::ErrorKind::TryLater`]: the disk is full. Nothing is kept then.
    pub async fn send_file(
        &self,
        nick: &str,
        request: FileRequest,
        source: impl Read + Send + 'static,
        wait: Duration,
    ) -> Result<SendView> {
        let end = Instant::now() + wait;
        // Before anything is read.
        self.driver.store.read(|c| {
            let to = find(c, nick)?;
            live(&to)?;
            request.reply_to.map(|id| answered(c, &to, id)).transpose()
        })?;
        let name = clean_name(&request.name);
        let sealing = self.begin()?;
        // What no contact's app would read is not said.
        let media_type = request
            .media_type
            .filter(|text| (1..=MAX_MEDIA_TYPE_LEN).contains(&text.len()));
        let keep = request.keep_metadata;
        let prepared = spawn_blocking(move || prepare(sealing, source, media_type, keep))
            .await
            .map_err(|error| ClientError::other("defect", error.to_string()))??;
        let folder = self.driver.folder.clone();
        let disk = prepared.file.disk;
        let kept = self.driver.engine(|stepper| {
            let to = find(stepper.tx, nick)?;
            live(&to)?;
            let file = NewFile {
                disk,
                name: name.clone(),
                media_type: prepared.media_type.clone(),
                dimensions: prepared.described.dimensions,
                preview: prepared.described.preview.clone(),
                key: prepared.file.key.clone(),
                size: prepared.file.sealed.size,
                sha256: prepared.file.sealed.sha256,
            };
            let fallback = format!("A file: {name}, {} bytes", file.size);
            let reply = request
                .reply_to
                .map(|id| answered(stepper.tx, &to, id))
                .transpose()?;
            let payload = Payload {
                kind: Said::FILE.to_owned(),
                content: Vec::new(),
                fallback: Some(fallback),
                reply,
                timer: marks::timer(stepper.tx, &to.id)?,
            };
            let words = request.text.trim();
            let beside = fits(stepper.tx, &payload, &file, words)?;
            let beside_words = if beside { words } else { "" };
            let id = stepper.attach(&to.id, &payload, &file, beside_words)?;
            Ok((id, (!beside).then(|| words.to_owned())))
        });
        if kept.is_err() {
            folder.remove(&disk);
        }
        let (id, words) = kept?;
        if let Some(words) = words {
            Box::pin(self.send(nick, words, Duration::ZERO)).await?;
        }
        self.sent_file(id, end).await
    }

    /// Sends the file at this path, under its name there if `request` has none.
    ///
    /// # Errors
    /// Those of [`Client::send_file`].
    pub async fn send_path(
        &self,
        nick: &str,
        mut request: FileRequest,
        path: &Path,
        wait: Duration,
    ) -> Result<SendView> {
        let trouble = |error: io::Error| {
            let mut told = disk_trouble(&error, NOT_SENT);
            told.message = format!("{}: {}", path.display(), told.message);
            told
        };
        let file = open_path(path).map_err(trouble)?;
        let meta = file.metadata().map_err(trouble)?;
        if meta.len() > dyad_protocol::attachment::MAX_FILE_LEN {
            return Err(trouble(io::ErrorKind::FileTooLarge.into()));
        }
        if request.name.is_empty() {
            request.name = path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default();
        }
        self.send_file(nick, request, file, wait).await
    }

    /// A text that does not fit into a message.
    pub(in crate::client) async fn send_long(
        &self,
        nick: &str,
        text: String,
        reply_to: Option<u64>,
        wait: Duration,
    ) -> Result<SendView> {
        if text.len() as u64 > MAX_LONG_LEN {
            return Err(ClientError::usage(
                "too-long",
                format!(
                    "The text has {} bytes; at most {MAX_LONG_LEN} can be sent as a text. Nothing was sent: send it as a file.",
                    text.len()
                ),
            ));
        }
        let end = Instant::now() + wait;
        self.driver.store.read(|c| live(&find(c, nick)?))?;
        let sealed = self
            .begin()?
            .run(Cursor::new(text.as_bytes()))
            .map_err(|error| disk_trouble(&error, NOT_SENT))?;
        let (folder, disk) = (self.driver.folder.clone(), sealed.disk);
        let kept = self.driver.engine(|stepper| {
            let to = find(stepper.tx, nick)?;
            let reply = reply_to
                .map(|id| answered(stepper.tx, &to, id))
                .transpose()?;
            let file = text_file(&sealed);
            let payload = Payload {
                kind: Said::LONG.to_owned(),
                content: Vec::new(),
                fallback: Some(beginning(&text).to_owned()),
                reply,
                timer: marks::timer(stepper.tx, &to.id)?,
            };
            stepper.attach(&to.id, &payload, &file, &text)
        });
        if kept.is_err() {
            folder.remove(&disk);
        }
        self.sent_file(kept?, end).await
    }

    pub(in crate::client) fn begin(&self) -> Result<Sealing> {
        self.driver
            .with_rng(|rng| self.driver.folder.begin(rng))
            .map_err(|error| disk_trouble(&error, NOT_SENT))
    }

    pub(in crate::client) async fn sent_file(&self, id: u64, end: Instant) -> Result<SendView> {
        self.driver.nudge();
        let left = |state| state != MessageState::Waiting;
        let message = self
            .driver
            .submitting(self.driver.reach(id, left, end))
            .await?;
        let note = match (message.state, &message.file) {
            (MessageState::Waiting, Some(file)) if file.state == FileState::Uploading => {
                Some(self.why(id)?.text)
            }
            (MessageState::Waiting, _) => Some(self.why_waiting()?),
            (MessageState::Failed, _) => Some(self.why(id)?.text),
            _ => None,
        };
        Ok(SendView { message, note })
    }
}

/// The rest of a long text.
pub(in crate::client) fn text_file(sealed: &SealedFile) -> NewFile {
    NewFile {
        disk: sealed.disk,
        name: "text.txt".to_owned(),
        media_type: None,
        dimensions: None,
        preview: None,
        key: sealed.key.clone(),
        size: sealed.sealed.size,
        sha256: sealed.sealed.sha256,
    }
}

impl Stepper<'_> {
    /// Writes a message down that waits for its file.
    pub(in crate::client) fn attach(
        &mut self,
        to: &RelationshipId,
        payload: &Payload,
        file: &NewFile,
        text: &str,
    ) -> Result<u64> {
        let id = history::insert_waiting(self.tx, to, payload, text, self.now)?;
        files::insert_ours(self.tx, id, file, self.now)?;
        self.changes.files = true;
        self.tell_message(id, ClientEvent::Message)?;
        Ok(id)
    }
}
pub(in crate::client) fn live(contact: &Contact) -> Result<()> {
    match contact.status {
        ContactStatus::Requested | ContactStatus::Active => Ok(()),
        _ => Err(ClientError::usage(
            "wrong-status",
            format!(
                "Nothing can be sent to {}: the relationship is over, or they are blocked. {NOT_SENT}",
                contact.nick
            ),
        )),
    }
}

/// Whether the words fit beside the file, whichever service of ours keeps it.
fn fits(connection: &Connection, payload: &Payload, file: &NewFile, words: &str) -> Result<bool> {
    if words.is_empty() {
        return Ok(true);
    }
    let longest = providers::all(connection)?
        .into_iter()
        .map(|provider| provider.host)
        .max_by_key(|host| host.as_str().len());
    let Some(host): Option<HostName> = longest else {
        return Ok(false);
    };
    let said = Said::File(SentFile {
        link: Link {
            host,
            locator: BlobLocator::new([0xff; 16]),
            key: FileKey::new([0; 32]),
            size: u64::MAX >> 33,
            sha256: [0; 32],
            ends: Timestamp::from_secs(u64::MAX >> 1),
        },
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        words: Some(words.to_owned()),
        dimensions: file.dimensions,
        preview: file.preview.clone(),
    });
    let Some(made) = said.payload(payload.fallback.as_deref()) else {
        return Ok(false);
    };
    let whole = Payload {
        reply: payload.reply,
        timer: payload.timer,
        ..made
    };
    let longest = Payload::text("x".repeat(MAX_TEXT_LEN));
    Ok(encoded_len(whole) <= encoded_len(longest))
}

pub(in crate::client) fn encoded_len(payload: Payload) -> usize {
    let body = Body {
        payload: Some(payload),
        ..Body::default()
    };
    body.encode().len()
}
