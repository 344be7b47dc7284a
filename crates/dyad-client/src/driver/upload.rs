//! Bringing a file of ours to a sender service, and its message on the way when it is there.

use dyad_core::{Input, LocalId};
use dyad_protocol::api::blob::{
    BLOBS_PATH, BlobCreate, BlobParts, BlobSecret, BlobSize, PART_LEN, authorization, part_path,
    parts_path,
};
use dyad_protocol::content::{Mail, MailHead, MailPlace, Picture, Said};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::DAY;
use dyad_protocol::token::TokenClass;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method};

use super::exchange;
use super::parcel::token_until;
use super::transfers::{Slice, wanted};
use super::{Driver, Role, ServiceError};
use crate::error::{ErrorKind, Result};
use crate::store::files::{self, FileRow, Stage, StoredRequest};
use crate::store::providers::{self, Provider};
use crate::store::{feed, history, tokens};
use crate::view::ClientEvent;

/// Parts in one slice.
const SLICE: usize = 8;
/// Days for which a file is kept, unless the service grants fewer: as long as a message may be on its way, twice.
const DAYS: u64 = 30;
/// Tokens tried for one file in one slice.
const TOKEN_TRIES: usize = 3;
/// Longest time for one part.
pub(super) const PART_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(600);
const OCTETS: &str = "application/octet-stream";

/// What came of asking a service to keep a file.
enum Placed {
    Yes,
    /// Another token may be taken.
    TokenRefused(String),
    /// This service will not have it.
    Refused(String),
    Trouble(String),
}

impl Driver {
    pub(super) async fn upload_some(&self, row: FileRow) -> Result<Slice> {
        let Some(size) = BlobSize::for_plaintext(row.file.size) else {
            return Ok(Slice::Over(Stage::Refused, "It is too large.".to_owned()));
        };
        if !row.created {
            return self.place(&row, size).await;
        }
        let (Some(host), Some(secret)) = (row.host.clone(), row.secret.clone()) else {
            self.store.write(|tx| files::displace(tx, row.id))?;
            return Ok(Slice::More);
        };
        let missing = match self.missing(&host, &secret).await {
            Ok(parts) => parts,
            Err(error) => return self.upload_trouble(&row, &host, &error),
        };
        let parts: Vec<u32> = missing
            .missing
            .iter()
            .flat_map(|(first, last)| *first..=*last)
            .filter(|part| *part < size.parts())
            .collect();
        if parts.is_empty() {
            self.store
                .write(|tx| files::set_created(tx, row.id, Some(missing.ends)))?;
            return self.sent(&row);
        }
        let there = size.parts().saturating_sub(parts.len() as u32);
        for (gone, part) in (0..).zip(parts.iter().take(SLICE)) {
            if !self.advance(&row, there + gone)? {
                return Ok(Slice::Done);
            }
            let Some(len) = size.part_len(*part) else {
                break;
            };
            let (disk, at) = (row.file.disk, u64::from(*part) * PART_LEN as u64);
            let bytes = self
                .on_disk(move |folder| folder.read_at(&disk, at, len))
                .await?;
            let path = part_path(&secret.locator(), *part);
            let request = dyad_net::Request {
                method: Method::PUT,
                content_type: Some(OCTETS),
                body: bytes.into(),
                timeout: PART_TIMEOUT,
                ..authorised(&host, path, &secret)
            };
            if let Err(error) = exchange::ask(&self.blob_http, request).await {
                return self.upload_trouble(&row, &host, &error);
            }
        }
        Ok(Slice::More)
    }

    async fn missing(&self, host: &HostName, secret: &BlobSecret) -> exchange::Answer<BlobParts> {
        let request = authorised(host, parts_path(&secret.locator()), secret);
        let bytes = exchange::ask(&self.blob_http, request).await?;
        exchange::read_json(host, &bytes)
    }

    fn upload_trouble(
        &self,
        row: &FileRow,
        host: &HostName,
        error: &ServiceError,
    ) -> Result<Slice> {
        let why = error.person();
        // It was not finished in time, or the service has lost it: elsewhere, or anew.
        if error
            .definite()
            .is_some_and(|refusal| matches!(refusal.status, 404 | 409 | 410))
        {
            self.store.write(|tx| files::displace(tx, row.id))?;
        } else {
            self.files_trouble(host, error);
        }
        Ok(Slice::Trouble(why))
    }

    /// This service is left alone with files for a while; messages go on.
    pub(super) fn files_trouble(&self, host: &HostName, error: &ServiceError) {
        self.with_rng(|rng| {
            self.health
                .failed(host, Role::Files, error, &self.timing, rng)
        });
    }

    /// Finds a service that keeps it.
    async fn place(&self, row: &FileRow, size: BlobSize) -> Result<Slice> {
        let (all, contact) = self.store.read(|c| {
            let to = row
                .message
                .map_or(Ok(None), |id| feed::relationship(c, id))?;
            let receivers = match to {
                Some(to) => super::engine::receivers(c, &to)?,
                None => Vec::new(),
            };
            Ok((providers::all(c)?, receivers))
        })?;
        let mut choice = keepers(&all, &contact);
        self.shuffle(&mut choice);
        if let Some(host) = row.host.as_ref().filter(|_| row.request.is_some()) {
            // It may have it on record already.
            choice.retain(|via| via.host == *host);
        }
        if choice.is_empty() {
            self.store.write(|tx| files::displace(tx, row.id))?;
            return Ok(Slice::Trouble(
                "No provider in use keeps files. Add one that does.".to_owned(),
            ));
        }
        let (mut trouble, mut refused) = (None, None);
        for via in choice {
            match self.place_at(row, size, via).await? {
                Placed::Yes => return Ok(Slice::More),
                Placed::Refused(why) => refused = Some(why),
                Placed::TokenRefused(why) | Placed::Trouble(why) => trouble = Some(why),
            }
        }
        Ok(match (trouble, refused) {
            (Some(why), _) => Slice::Trouble(why),
            (None, why) => Slice::Over(Stage::Refused, why.unwrap_or_default()),
        })
    }

    async fn place_at(&self, row: &FileRow, size: BlobSize, via: &Provider) -> Result<Placed> {
        if let Some((_, why)) = self.health.waits(&via.host, Role::Files) {
            return Ok(Placed::Trouble(why));
        }
        let mut last = String::new();
        for _ in 0..TOKEN_TRIES {
            match self.place_once(row, size, via).await? {
                Placed::TokenRefused(why) => last = why,
                other => return Ok(other),
            }
        }
        Ok(Placed::TokenRefused(last))
    }

    async fn place_once(&self, row: &FileRow, size: BlobSize, via: &Provider) -> Result<Placed> {
        let now = self.now();
        let stored = self.store.read(|c| files::get(c, row.id))?.filter(|row| {
            row.host.as_ref() == Some(&via.host)
                && row.request.as_ref().is_some_and(|r| r.good_until > now)
        });
        let body = match stored.and_then(|row| row.request) {
            Some(request) => request.body,
            None => {
                let mut paid = self.pay_for_blob(row, size, via)?;
                if paid.is_none() {
                    self.fetch_tokens_for(&via.host, TokenClass::Blob).await?;
                    paid = self.pay_for_blob(row, size, via)?;
                }
                match paid {
                    Some(body) => body,
                    None => return self.no_blob_tokens(size, via),
                }
            }
        };
        let answer =
            exchange::post_binary(&self.blob_http, &via.host, BLOBS_PATH, body, 1024, None).await;
        let error = match answer {
            Ok(_) => {
                self.health.went_well(&via.host, Role::Files);
                self.store
                    .write(|tx| files::set_created(tx, row.id, None))?;
                return Ok(Placed::Yes);
            }
            Err(error) => error,
        };
        let why = error.person();
        match error.definite().map(|refusal| refusal.status) {
            Some(status) => {
                self.store.write(|tx| files::displace(tx, row.id))?;
                Ok(match status {
                    401 | 409 => Placed::TokenRefused(why),
                    _ => Placed::Refused(why),
                })
            }
            None => {
                self.files_trouble(&via.host, &error);
                Ok(Placed::Trouble(why))
            }
        }
    }

    /// Takes the tokens and stores the request in one transaction.
    fn pay_for_blob(
        &self,
        row: &FileRow,
        size: BlobSize,
        via: &Provider,
    ) -> Result<Option<Vec<u8>>> {
        let now = self.now();
        let most = via
            .document
            .body()
            .sender
            .as_ref()
            .map_or(0, |s| s.blob_lifetime / DAY);
        let days = most.clamp(1, DAYS);
        let secret = self.with_rng(|mut rng| BlobSecret::random(&mut rng));
        self.store.write(|tx| {
            if !wanted(tx, row.id)?
                || tokens::usable(tx, &via.host, TokenClass::Blob, now)? < u64::from(size.tokens())
            {
                return Ok(None);
            }
            let (mut taken, mut good_until) = (Vec::new(), now.plus(2 * DAY));
            for _ in 0..size.tokens() {
                if let Some((token, epoch)) = tokens::take(tx, &via.host, TokenClass::Blob, now)? {
                    taken.push(token);
                    good_until = good_until.min(token_until(epoch));
                }
            }
            let request = StoredRequest {
                body: BlobCreate {
                    locator: secret.locator(),
                    size,
                    days: days as u16,
                    tokens: taken,
                }
                .encode(),
                via: via.host.clone(),
                first: 0,
                good_until,
            };
            files::place(tx, row.id, &via.host, &secret, now.plus(days * DAY))?;
            files::set_request(tx, row.id, Some(&request))?;
            Ok(Some(request.body))
        })
    }

    fn no_blob_tokens(&self, size: BlobSize, via: &Provider) -> Result<Placed> {
        let now = self.now();
        let left = self
            .store
            .read(|c| tokens::usable(c, &via.host, TokenClass::Blob, now))?;
        let needed = size.tokens();
        Ok(Placed::Trouble(format!(
            "It costs {needed} tokens for files of {}, and {left} are left. It is kept; new ones come every day.",
            via.host
        )))
    }

    /// The file is there: its message goes.
    fn sent(&self, row: &FileRow) -> Result<Slice> {
        if row.edit {
            return self.edit_is_there(row);
        }
        let outcome = self.engine(|stepper| {
            let (tx, now) = (stepper.tx, stepper.now);
            let Some(file) = files::get(tx, row.id)?.filter(|row| row.stage == Stage::Wanted)
            else {
                return Ok(());
            };
            let Some(message) = file.message else {
                return Ok(());
            };
            let (Some((draft, text)), Some(relationship)) = (
                history::waiting(tx, message)?,
                feed::relationship(tx, message)?,
            ) else {
                return Ok(());
            };
            let carried = history::carries(tx, message)?;
            let said = match (draft.kind.as_str(), carried) {
                (Said::LONG, Some(kind)) => file.link().map(|link| Said::Carried { link, kind }),
                (Said::LONG, None) => file.link().map(|link| Said::Long {
                    link,
                    beginning: draft.fallback.clone().unwrap_or_default(),
                }),
                (Said::PICTURE, _) => match Said::of(&draft) {
                    Ok(Said::Picture(picture)) => Some(Said::Picture(Picture {
                        link: file.link(),
                        ..picture
                    })),
                    _ => None,
                },
                (Said::MAIL, _) => {
                    file.link()
                        .zip(MailHead::decode(&draft.content).ok())
                        .map(|(link, head)| {
                            Said::Mail(Mail {
                                head,
                                place: MailPlace::Blob(link),
                            })
                        })
                }
                _ => file
                    .said(Some(text).filter(|text| !text.is_empty()))
                    .map(Said::File),
            };
            let Some(made) = said.and_then(|said| said.payload(draft.fallback.as_deref())) else {
                return Ok(());
            };
            let payload = dyad_protocol::body::Payload {
                reply: draft.reply,
                timer: draft.timer,
                ..made
            };
            history::set_content(tx, message, &payload.content, now)?;
            files::set_uploaded(tx, row.id, now)?;
            stepper.changes.deadlines |= payload.timer.is_some();
            stepper.give(
                &relationship,
                Input::Send {
                    local: LocalId(message),
                    payload,
                },
            )?;
            stepper.tell_message(message, ClientEvent::Changed)
        });
        match outcome {
            Ok(()) => Ok(Slice::Done),
            // Such as a relationship that has ended since.
            Err(error) if error.kind == ErrorKind::Usage => {
                Ok(Slice::Over(Stage::Refused, error.to_string()))
            }
            Err(error) => Err(error),
        }
    }
}

fn authorised(host: &HostName, path: String, secret: &BlobSecret) -> dyad_net::Request {
    let request = dyad_net::Request::get(host.clone(), path);
    match HeaderValue::from_str(&authorization(secret)) {
        Ok(mut value) => {
            value.set_sensitive(true);
            request.with_header(AUTHORIZATION, value)
        }
        // base64url is always a header.
        Err(_) => request,
    }
}

/// As an errand: a blob that nobody is to read any more.
pub(super) fn deletion(host: &HostName, secret: &BlobSecret) -> dyad_net::Request {
    let path = dyad_protocol::api::blob::blob_path(&secret.locator());
    dyad_net::Request {
        method: Method::DELETE,
        ..authorised(host, path, secret)
    }
}

/// The services that may keep a file for this contact: never one where the contact receives if there is another, since
/// it would see both ends.
fn keepers<'a>(all: &'a [Provider], receivers: &[HostName]) -> Vec<&'a Provider> {
    let usable = |provider: &&Provider| {
        let sender = provider.document.body().sender.as_ref();
        provider.removed.is_none()
            && !provider.key_changed
            && sender.is_some_and(|sender| sender.blob_lifetime >= DAY)
    };
    let (same, others): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(usable)
        .partition(|provider| receivers.contains(&provider.host));
    if others.is_empty() { same } else { others }
}
