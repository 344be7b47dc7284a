//! Fetching a contact's file through our own receiver, so that the host that keeps it never sees this machine.
//!
//! Every chunk is opened when it comes, and the hash of the whole is compared, before anything counts as here.

use std::io::Read;

use dyad_protocol::api::blob::{
    BLOB_FETCH_PATH, BlobFetch, BlobSize, FETCH_PARTS, PART_CHUNKS, PART_LEN, SEALED_CHUNK_LEN,
};
use dyad_protocol::attachment::Opener;
use dyad_protocol::content::{MAX_LONG_LEN, MAX_MAIL_LEN, Said};
use dyad_protocol::token::TokenClass;
use http::HeaderValue;
use http::header::RANGE;
use sha2::{Digest, Sha256};

use super::exchange;
use super::parcel::token_until;
use super::transfers::{Slice, wanted};
use super::upload::PART_TIMEOUT;
use super::{Driver, Role, ServiceError};
use crate::error::Result;
use crate::store::files::{self, FileRow, Stage, StoredRequest};
use crate::store::providers::{self, Provider};
use crate::store::tokens::fetchable;
use crate::store::{cards, history, portraits, tokens};
use crate::view::ClientEvent;

/// Tokens tried in one slice.
const TOKEN_TRIES: usize = 3;
const NOT_SENT: &str = "What its service keeps is not what was sent. Nothing of it was used; ask for it to be sent again.";

/// What came of asking a receiver for a part.
enum Fetched {
    Some(bytes::Bytes),
    TokenRefused(String),
    /// The service that kept it has it no longer.
    Gone(String),
    Trouble(String),
}

impl Driver {
    pub(super) async fn fetch_some(&self, row: FileRow) -> Result<Slice> {
        let Some(size) = BlobSize::for_plaintext(row.file.size) else {
            return Ok(Slice::Over(Stage::Changed, NOT_SENT.to_owned()));
        };
        let group = row.done / FETCH_PARTS * FETCH_PARTS;
        for part in row.done..(group + FETCH_PARTS).min(size.parts()) {
            let bytes = match self.part(&row, size, group, part).await? {
                Fetched::Some(bytes) => bytes,
                Fetched::Gone(why) => return Ok(Slice::Over(Stage::Expired, why)),
                Fetched::Trouble(why) | Fetched::TokenRefused(why) => {
                    return Ok(Slice::Trouble(why));
                }
            };
            if !self.keep_part(&row, part, bytes).await? {
                return Ok(Slice::Over(Stage::Changed, NOT_SENT.to_owned()));
            }
            if !self.advance(&row, part + 1)? {
                return Ok(Slice::Done);
            }
        }
        if group + FETCH_PARTS < size.parts() {
            return Ok(Slice::More);
        }
        self.arrived(row).await
    }

    /// Opens every chunk of a part, and keeps it if they are what was sealed.
    async fn keep_part(&self, row: &FileRow, part: u32, bytes: bytes::Bytes) -> Result<bool> {
        let (key, size, disk) = (row.file.key.clone(), row.file.size, row.file.disk);
        self.on_disk(move |folder| {
            let Some(opener) = Opener::new(&key, size) else {
                return Ok(false);
            };
            let mut chunk = zeroize::Zeroizing::new(Vec::with_capacity(SEALED_CHUNK_LEN));
            for (number, sealed) in (part * PART_CHUNKS..).zip(bytes.chunks(SEALED_CHUNK_LEN)) {
                chunk.clear();
                chunk.extend_from_slice(sealed);
                if opener.open(number, &mut chunk).is_err() {
                    return Ok(false);
                }
            }
            folder.write_at(&disk, u64::from(part) * PART_LEN as u64, &bytes)?;
            Ok(true)
        })
        .await
    }

    /// All of it is on disk: it is here if its hash is the one that was sent.
    async fn arrived(&self, row: FileRow) -> Result<Slice> {
        let (of_disk, message) = (row.clone(), row.message.unwrap_or_default());
        let hash = self
            .on_disk(move |folder| {
                let (mut reader, mut hash) = (folder.open(&of_disk)?, Sha256::new());
                let mut buffer = zeroize::Zeroizing::new(vec![0; 64 * 1024]);
                loop {
                    match reader.read(&mut buffer)? {
                        0 => return Ok(<[u8; 32]>::from(hash.finalize())),
                        count => hash.update(buffer.get(..count).unwrap_or_default()),
                    }
                }
            })
            .await?;
        if hash != row.file.sha256 {
            return Ok(Slice::Over(Stage::Changed, NOT_SENT.to_owned()));
        }
        if self.store.read(|c| portraits::whose(c, message))?.is_some() {
            return self.portrait_arrived(&row, message).await;
        }
        let carried = match self.store.read(|c| history::carries(c, message))? {
            Some(_) => Some(self.rest(&row).await?),
            None => None,
        };
        let text = match carried {
            Some(_) => None,
            None => match self.long_text(&row, message).await? {
                Ok(text) => text,
                Err(slice) => return Ok(slice),
            },
        };
        let mail = self.arrived_mail(&row, message).await?;
        self.engine(|stepper| {
            let (tx, now) = (stepper.tx, stepper.now);
            if !wanted(tx, row.id)? {
                return Ok(());
            }
            if let Some(bytes) = carried {
                // It stands with its message now; what lies on the disk is nobody's any more.
                history::unpack(tx, message, &bytes)?;
                files::detach(tx, message)?;
                stepper.changes.files = true;
                return stepper.tell_message(message, ClientEvent::Changed);
            }
            if let Some(text) = text {
                history::set_text(tx, message, &text)?;
            }
            if let Some(mail) = mail {
                cards::set_mail(tx, message, &mail)?;
            }
            files::set_request(tx, row.id, None)?;
            files::set_stage(tx, row.id, Stage::Here, None, now)?;
            stepper.tell_message(message, ClientEvent::Changed)
        })?;
        Ok(Slice::Done)
    }

    /// The mail, if it is one. Whatever the bytes are, they can be read as one.
    async fn arrived_mail(&self, row: &FileRow, message: u64) -> Result<Option<dyad_mail::Mail>> {
        let view = self.store.read(|c| history::get(c, message))?;
        if view.is_none_or(|view| view.mail.is_none()) {
            return Ok(None);
        }
        let of_disk = row.clone();
        let mail = self.on_disk(move |folder| {
            let mut bytes = Vec::new();
            let mut reader = folder.open(&of_disk)?.take(MAX_MAIL_LEN);
            reader.read_to_end(&mut bytes)?;
            Ok(dyad_mail::read(&bytes))
        });
        mail.await.map(Some)
    }

    /// The text, if it is one.
    async fn long_text(
        &self,
        row: &FileRow,
        message: u64,
    ) -> Result<std::result::Result<Option<String>, Slice>> {
        let view = self.store.read(|c| history::get(c, message))?;
        let long = view
            .and_then(|view| view.file)
            .is_some_and(|file| file.long_text);
        if !long {
            return Ok(Ok(None));
        }
        Ok(match String::from_utf8(self.rest(row).await?) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Slice::Over(
                Stage::Changed,
                format!("It was sent as a {} text, but is none.", Said::LONG),
            )),
        })
    }

    /// What did not fit into the message.
    async fn rest(&self, row: &FileRow) -> Result<Vec<u8>> {
        let of_disk = row.clone();
        self.on_disk(move |folder| {
            let mut bytes = Vec::new();
            folder
                .open(&of_disk)?
                .take(MAX_LONG_LEN)
                .read_to_end(&mut bytes)?;
            Ok(bytes)
        })
        .await
    }

    async fn part(&self, row: &FileRow, size: BlobSize, group: u32, part: u32) -> Result<Fetched> {
        let all = self.store.read(providers::all)?;
        let mut choice: Vec<&Provider> = all
            .iter()
            .filter(|provider| {
                provider.removed.is_none()
                    && !provider.key_changed
                    && provider.document.body().receiver.is_some()
            })
            .collect();
        self.shuffle(&mut choice);
        // The one that was paid first.
        choice.sort_by_key(|via| {
            row.request
                .as_ref()
                .is_none_or(|request| request.via != via.host)
        });
        let mut last =
            Fetched::Trouble("No provider in use receives. Add one that does.".to_owned());
        for via in choice {
            if let Some((_, why)) = self.health.waits(&via.host, Role::Files) {
                last = Fetched::Trouble(why);
                continue;
            }
            for _ in 0..TOKEN_TRIES {
                last = self.part_through(row, size, group, part, via).await?;
                if !matches!(last, Fetched::TokenRefused(_)) {
                    break;
                }
            }
            if matches!(last, Fetched::Some(_) | Fetched::Gone(_)) {
                break;
            }
        }
        Ok(last)
    }

    async fn part_through(
        &self,
        row: &FileRow,
        size: BlobSize,
        group: u32,
        part: u32,
        via: &Provider,
    ) -> Result<Fetched> {
        let mut body = self.paid_fetch(row, group, via)?;
        if body.is_none() {
            for payable in self.store.read(|c| fetchable(c, &via.host))? {
                self.fetch_tokens_for(&payable.redeemer, TokenClass::Blob)
                    .await?;
            }
            body = self.paid_fetch(row, group, via)?;
        }
        let Some(body) = body else {
            return Ok(Fetched::Trouble(self.not_payable(via)?));
        };
        let len = size.part_len(part).unwrap_or(0);
        let start = (part - group) as usize * PART_LEN;
        let range = format!("bytes={start}-{}", start + len.max(1) - 1);
        let mut request = dyad_net::Request::post(
            via.host.clone(),
            BLOB_FETCH_PATH,
            dyad_protocol::api::BINARY,
            body,
        )
        .with_max_response(PART_LEN)
        .with_timeout(PART_TIMEOUT);
        if let Ok(range) = HeaderValue::from_str(&range) {
            request = request.with_header(RANGE, range);
        }
        let error = match exchange::ask(&self.blob_http, request).await {
            Ok(bytes) if bytes.len() == len => return Ok(Fetched::Some(bytes)),
            Ok(_) => ServiceError::Nonsense {
                host: via.host.clone(),
                what: "not the part that was asked for",
            },
            Err(error) => error,
        };
        let why = error.person();
        Ok(match error.definite().map(|refusal| refusal.status) {
            Some(401 | 409) => {
                self.store
                    .write(|tx| files::set_request(tx, row.id, None))?;
                Fetched::TokenRefused(why)
            }
            Some(404 | 410) => Fetched::Gone(why),
            Some(_) => Fetched::Trouble(why),
            None => {
                // What it says about the other host is the other host's.
                if matches!(error, ServiceError::Net(_)) {
                    self.files_trouble(&via.host, &error);
                }
                Fetched::Trouble(why)
            }
        })
    }

    /// Why a receiver cannot be paid, and what the person can do.
    fn not_payable(&self, via: &Provider) -> Result<String> {
        Ok(
            match self.store.read(|c| fetchable(c, &via.host))?.is_empty() {
                true => format!(
                    "No provider in use issues tokens for files of {}. Add the host of its provider that issues tokens.",
                    via.host
                ),
                false => format!(
                    "No tokens for files of {} are left. It can be fetched later; new ones come every day.",
                    via.host
                ),
            },
        )
    }

    /// The request for these parts, paid for and stored before it is made.
    fn paid_fetch(&self, row: &FileRow, group: u32, via: &Provider) -> Result<Option<Vec<u8>>> {
        let now = self.now();
        self.store.write(|tx| {
            let Some(row) = files::get(tx, row.id)? else {
                return Ok(None);
            };
            let (Some(host), Some(locator)) = (row.host, row.locator) else {
                return Ok(None);
            };
            if let Some(request) = row.request.filter(|request| {
                request.first == group && request.via == via.host && request.good_until > now
            }) {
                return Ok(Some(request.body));
            }
            let mut found = None;
            for payable in fetchable(tx, &via.host)? {
                found = tokens::take_of(tx, &payable, TokenClass::Blob, now)?;
                if found.is_some() {
                    break;
                }
            }
            let Some((token, epoch)) = found else {
                return Ok(None);
            };
            let request = StoredRequest {
                body: BlobFetch {
                    token,
                    host,
                    locator,
                    first: group,
                }
                .encode(),
                via: via.host.clone(),
                first: group,
                good_until: token_until(epoch),
            };
            files::set_request(tx, row.id, Some(&request))?;
            Ok(Some(request.body))
        })
    }
}
