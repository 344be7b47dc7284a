//! Files, and texts that do not fit into a message.

use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use dyad_protocol::attachment::FileKey;
use dyad_protocol::body::{Body, MAX_TEXT_LEN, Payload};
use dyad_protocol::content::{File as SentFile, Link, MAX_LONG_LEN, Said};
use dyad_protocol::id::{BlobLocator, HostName, RelationshipId};
use dyad_protocol::time::Timestamp;
use rusqlite::Connection;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::Client;
use super::messages::answered;
use super::people::find;
use crate::driver::Stepper;
use crate::error::{ClientError, Result};
use crate::file::{
    Described, FileReader, MAX_CLEANED, SealedFile, Sealing, clean, clean_name, describe,
    disk_trouble, is_picture,
};
use crate::store::files::{self, FileRow, NewFile, Stage};
use crate::store::{history, marks, providers};
use crate::view::{
    ClientEvent, ContactStatus, FileRequest, FileState, MAX_TEXT, MessageState, MessageView,
    SendView,
};

const NOT_SENT: &str = "Nothing was sent.";
/// Bytes looked at to know a picture.
const BEGINNING: u64 = 16;

/// A file read and sealed, with what there is to say of it.
struct Prepared {
    file: SealedFile,
    media_type: Option<String>,
    described: Described,
}

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
        let (media_type, keep) = (request.media_type.clone(), request.keep_metadata);
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
        let file = File::open(path).map_err(trouble)?;
        let meta = file.metadata().map_err(trouble)?;
        if meta.is_dir() {
            return Err(trouble(io::ErrorKind::IsADirectory.into()));
        }
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
    pub(super) async fn send_long(
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
            let file = NewFile {
                disk,
                name: "text.txt".to_owned(),
                media_type: None,
                dimensions: None,
                preview: None,
                key: sealed.key.clone(),
                size: sealed.sealed.size,
                sha256: sealed.sealed.sha256,
            };
            let payload = Payload {
                kind: Said::LONG.to_owned(),
                content: Vec::new(),
                fallback: Some(beginning(&text)),
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

    fn begin(&self) -> Result<Sealing> {
        self.driver
            .with_rng(|rng| self.driver.folder.begin(rng))
            .map_err(|error| disk_trouble(&error, NOT_SENT))
    }

    async fn sent_file(&self, id: u64, end: Instant) -> Result<SendView> {
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

    /// Has a file brought here, or tries one of ours again that no service took. One that is here stays as it is.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is no such message, or no file in it.
    pub fn fetch(&self, id: u64) -> Result<MessageView> {
        let view = self.with_file(id, |stepper, file| {
            if file.stage == Stage::Refused {
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
        self.driver.submitting(moved).await
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
        let reader = self.open_file(id)?;
        let target = if to.is_dir() {
            to.join(&file.file.name)
        } else {
            to.to_owned()
        };
        let saved = target.clone();
        spawn_blocking(move || save(reader, &saved))
            .await
            .map_err(|error| ClientError::other("defect", error.to_string()))?
            .map_err(|error| {
                let mut told = disk_trouble(&error, "Nothing was written.");
                told.message = format!("{}: {}", target.display(), told.message);
                told
            })?;
        Ok(target)
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
            let file = files::of_message(stepper.tx, id)?.ok_or_else(|| no_file(id))?;
            work(stepper, &file)?;
            stepper.changes.files = true;
            stepper.tell_message(id, ClientEvent::Changed)?;
            history::get(stepper.tx, id)?.ok_or_else(|| no_file(id))
        })
    }
}

impl Stepper<'_> {
    /// Writes a message down that waits for its file.
    fn attach(
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

fn no_file(id: u64) -> ClientError {
    ClientError::usage("no-file", format!("There is no file in message {id}."))
}

pub(super) fn live(contact: &crate::store::relationships::Contact) -> Result<()> {
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

/// Reads, cleans and seals a file. Blocks.
fn prepare(
    sealing: Sealing,
    mut source: impl Read,
    media_type: Option<String>,
    keep_metadata: bool,
) -> Result<Prepared> {
    let trouble = |error: io::Error| disk_trouble(&error, NOT_SENT);
    let mut begins = Vec::new();
    let read = source.by_ref().take(BEGINNING).read_to_end(&mut begins);
    let Some(kind) = is_picture(&begins) else {
        let file = match read {
            Ok(_) => sealing.run(Cursor::new(begins).chain(source)),
            Err(error) => sealing.abandon(error),
        };
        return Ok(Prepared {
            file: file.map_err(trouble)?,
            media_type,
            described: Described::default(),
        });
    };
    let media_type = Some(kind.media_type().to_owned());
    let mut bytes = begins;
    let most = MAX_CLEANED - bytes.len() as u64 + 1;
    if let Err(error) = source.by_ref().take(most).read_to_end(&mut bytes) {
        return Err(trouble(
            sealing
                .abandon(error)
                .err()
                .unwrap_or_else(|| io::ErrorKind::Other.into()),
        ));
    }
    let too_large = bytes.len() as u64 > MAX_CLEANED;
    let (picture, described) = match (keep_metadata, too_large) {
        (true, true) => (bytes.into(), Described::default()),
        (true, false) => {
            let described = describe(&bytes);
            (bytes.into(), described)
        }
        (false, false) => match clean(kind, &bytes.into()) {
            Some(clean) => {
                let described = describe(&clean);
                (clean, described)
            }
            None => {
                drop(sealing.abandon(io::ErrorKind::InvalidData.into()));
                return Err(not_cleaned("it is damaged"));
            }
        },
        (false, true) => {
            drop(sealing.abandon(io::ErrorKind::InvalidData.into()));
            return Err(not_cleaned("it is larger than 64 MiB"));
        }
    };
    let file = sealing.run(Cursor::new(picture).chain(source));
    Ok(Prepared {
        file: file.map_err(trouble)?,
        media_type,
        described,
    })
}

fn not_cleaned(why: &str) -> ClientError {
    ClientError::usage(
        "picture-not-cleaned",
        format!(
            "What the camera noted in the picture, such as the place, cannot be taken out: {why}. {NOT_SENT} \
             Send it with what it notes if you want that (`--keep-metadata`)."
        ),
    )
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

pub(super) fn encoded_len(payload: Payload) -> usize {
    let body = Body {
        payload: Some(payload),
        ..Body::default()
    };
    body.encode().len()
}

/// As much of a text as stands beside a link in a message.
fn beginning(text: &str) -> String {
    let mut end = (MAX_TEXT / 2).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Blocks.
fn save(mut reader: FileReader, to: &Path) -> io::Result<()> {
    if to.exists() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    let mut unfinished = to.as_os_str().to_owned();
    unfinished.push(".part");
    let unfinished = PathBuf::from(unfinished);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    let written = io::copy(&mut reader, &mut file)
        .and_then(|_| file.sync_all())
        .and_then(|()| name_finally(&unfinished, to));
    let _ = std::fs::remove_file(&unfinished);
    written
}

/// Replaces nothing: a link fails where there is something. Not every file system has links.
fn name_finally(unfinished: &Path, to: &Path) -> io::Result<()> {
    match std::fs::hard_link(unfinished, to) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists && !to.exists() => {
            std::fs::rename(unfinished, to)
        }
        done => done,
    }
}
