//! What other apps send and receive over the relationships that they were granted.

use std::io::{Cursor, Read};

use dyad_protocol::body::Payload;
use dyad_protocol::content::{MessageRef, Said, Whose};
use dyad_protocol::hash::sha256;
use dyad_protocol::id::RelationshipId;
use rusqlite::Connection;

use super::Client;
use super::apps::may_see;
use super::files::{encoded_len, live};
use crate::driver::{Stepper, printable};
use crate::error::{ClientError, Result};
use crate::file::{SealedFile, disk_trouble};
use crate::store::apps::{self, Hash};
use crate::store::feed::{self, Wanted};
use crate::store::files::{self, NewFile};
use crate::store::relationships::{self, Contact};
use crate::store::{history, marks};
use crate::view::{
    AppPass, ClientEvent, Direction, MAX_FALLBACK, MAX_PAYLOAD, PayloadRequest, PayloadView,
};

const NOT_SENT: &str = "Nothing was sent.";
/// Longest key under which something is sent once, bytes.
const MAX_KEY: usize = 128;
/// Payloads in one answer.
pub(super) const MAX_PAGE: u32 = 100;
/// Content in one answer after which the rest comes in the next, bytes: an answer stays bounded, and each payload fits.
pub(super) const PAGE_BYTES: usize = 1 << 20;

impl Client {
    /// Sends a payload of one of the app's types, and says whether it is new: one that was sent under the same key before
    /// is given as it now stands. It is kept when this returns, and goes by itself.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: not one of the app's types (`type-not-registered`) or relationships
    /// (`unknown-relationship`), too large, nobody can be written to, or the key was used for something else. Nothing is
    /// kept then.
    pub fn payload_send(
        &self,
        app: &AppPass,
        to: &RelationshipId,
        request: &PayloadRequest,
    ) -> Result<(PayloadView, bool)> {
        check(app, request)?;
        let digest = digest(to, request);
        if let Some(before) = self.sent_before(app, request, &digest)? {
            return Ok((before, false));
        }
        let sealed = self.sealed(request)?;
        let sent = self.driver.engine(|stepper| {
            live(&contact(stepper.tx, app, to)?)?;
            let key = request.key.as_deref();
            // Said twice at the same moment.
            let before = key.map_or(Ok(None), |key| apps::sent(stepper.tx, app.id, key))?;
            if let Some((_, id)) = before {
                return Ok((id, false));
            }
            let id = write(stepper, app, to, request, sealed.as_ref())?;
            if let Some(key) = key {
                apps::note_sent(stepper.tx, app.id, key, &digest, id, stepper.now)?;
            }
            Ok((id, true))
        });
        let unused = !matches!(sent, Ok((_, true)));
        if let Some(sealed) = sealed.filter(|_| unused) {
            self.driver.folder.remove(&sealed.disk);
        }
        let (id, new) = sent?;
        self.driver.nudge();
        Ok((self.payload(app, id)?, new))
    }

    /// The content of one that does not fit. Before the transaction: it is slow, and forgotten if it comes to nothing.
    fn sealed(&self, request: &PayloadRequest) -> Result<Option<SealedFile>> {
        if fits(&payload(request)) {
            return Ok(None);
        }
        let sealing = self.driver.with_rng(|rng| self.driver.folder.begin(rng));
        let sealed = sealing.and_then(|sealing| sealing.run(Cursor::new(&request.content)));
        sealed
            .map(Some)
            .map_err(|error| disk_trouble(&error, NOT_SENT))
    }

    fn sent_before(
        &self,
        app: &AppPass,
        request: &PayloadRequest,
        digest: &Hash,
    ) -> Result<Option<PayloadView>> {
        let Some(key) = &request.key else {
            return Ok(None);
        };
        match self.driver.store.read(|c| apps::sent(c, app.id, key))? {
            None => Ok(None),
            Some((known, id)) if known == *digest => self.payload(app, id).map(Some),
            Some(_) => Err(ClientError::usage(
                "key-reused",
                format!("This key was used for something else. {NOT_SENT}"),
            )),
        }
    }

    /// One payload.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none of this number that the app may see.
    pub fn payload(&self, app: &AppPass, id: u64) -> Result<PayloadView> {
        let found = self.driver.store.read(|c| feed::get(c, id))?;
        let found = found.filter(|payload| {
            may_see(app, &payload.relationship) && app.types.contains(&payload.kind)
        });
        match found {
            Some(payload) => self.with_content(payload),
            None => Err(ClientError::usage(
                "unknown-payload",
                "There is no such payload that this app may see.",
            )),
        }
    }

    /// Payloads of the app's types after a place, in the order of their places, and whether there are more. 0 is the
    /// greatest limit.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: a relationship that the app was not granted.
    pub fn payloads(
        &self,
        app: &AppPass,
        of: Option<&RelationshipId>,
        after: u64,
        limit: u32,
    ) -> Result<(Vec<PayloadView>, bool)> {
        let limit = if limit == 0 {
            MAX_PAGE
        } else {
            limit.min(MAX_PAGE)
        };
        let found = self.driver.store.read(|c| {
            let wanted = match of {
                Some(of) => Wanted {
                    relationships: Some(vec![contact(c, app, of)?.id]),
                    ..wanted(app)
                },
                None => wanted(app),
            };
            feed::payloads(c, &wanted, after, limit + 1)
        })?;
        let (mut page, mut bytes) = (Vec::new(), 0);
        let mut more = found.len() > limit as usize;
        for payload in found.into_iter().take(limit as usize) {
            let payload = self.with_content(payload)?;
            bytes += payload.content.as_ref().map_or(0, Vec::len);
            if bytes > PAGE_BYTES && !page.is_empty() {
                more = true;
                break;
            }
            page.push(payload);
        }
        Ok((page, more))
    }

    /// With the content of one that did not fit, which lies beside.
    pub(super) fn with_content(&self, payload: PayloadView) -> Result<PayloadView> {
        let ours = payload.direction == Direction::Out;
        if payload.content.is_some() || payload.deleted || !ours {
            return Ok(payload);
        }
        let file = self
            .driver
            .store
            .read(|c| files::of_message(c, payload.id))?;
        let content = file.and_then(|file| {
            let mut bytes = Vec::new();
            let reader = self.driver.folder.open(&file).ok()?;
            reader.take(MAX_PAYLOAD).read_to_end(&mut bytes).ok()?;
            Some(bytes)
        });
        Ok(PayloadView { content, ..payload })
    }
}

/// Writes one down that goes at once, or when its content is at a service.
fn write(
    stepper: &mut Stepper<'_>,
    app: &AppPass,
    to: &RelationshipId,
    request: &PayloadRequest,
    sealed: Option<&SealedFile>,
) -> Result<u64> {
    let whole = Payload {
        reply: request
            .reply_to
            .map(|id| answered(stepper.tx, app, to, id))
            .transpose()?,
        timer: marks::timer(stepper.tx, to)?,
        ..payload(request)
    };
    let Some(sealed) = sealed else {
        return stepper.send(to, whole);
    };
    let file = NewFile {
        disk: sealed.disk,
        name: "payload".to_owned(),
        media_type: None,
        dimensions: None,
        preview: None,
        key: sealed.key.clone(),
        size: sealed.sealed.size,
        sha256: sealed.sealed.sha256,
    };
    carry(stepper, to, whole, &file)
}

/// Writes one down that waits for its content to be brought to a service.
fn carry(
    stepper: &mut Stepper<'_>,
    to: &RelationshipId,
    payload: Payload,
    file: &NewFile,
) -> Result<u64> {
    let waiting = Payload {
        kind: Said::LONG.to_owned(),
        content: Vec::new(),
        ..payload.clone()
    };
    let shown = payload.fallback.as_deref().unwrap_or_default();
    let id = history::insert_waiting(stepper.tx, to, &waiting, shown, stepper.now)?;
    history::set_carries(stepper.tx, id, &payload.kind)?;
    files::insert_ours(stepper.tx, id, file, stepper.now)?;
    stepper.changes.files = true;
    stepper.tell_message(id, ClientEvent::Message)?;
    Ok(id)
}

pub(super) fn wanted(app: &AppPass) -> Wanted {
    Wanted {
        relationships: app.contacts.clone(),
        kinds: app.types.clone(),
        messages: app.messages,
    }
}

fn contact(connection: &Connection, app: &AppPass, id: &RelationshipId) -> Result<Contact> {
    let found = if may_see(app, id) {
        relationships::get(connection, id)?
    } else {
        None
    };
    found.ok_or_else(|| {
        ClientError::usage(
            "unknown-relationship",
            "There is no such relationship that this app was granted.",
        )
    })
}

/// What a payload answers: one of the same relationship that the app may see, and that both know.
fn answered(
    connection: &Connection,
    app: &AppPass,
    of: &RelationshipId,
    id: u64,
) -> Result<MessageRef> {
    let seen = feed::get(connection, id)?
        .filter(|payload| payload.relationship == *of && app.types.contains(&payload.kind));
    let named = feed::name(connection, id)?;
    match (seen, named) {
        (Some(payload), Some(message)) => Ok(MessageRef {
            whose: match payload.direction {
                Direction::Out => Whose::Writer,
                Direction::In => Whose::Reader,
            },
            message,
        }),
        _ => Err(ClientError::usage(
            "unknown-payload",
            format!(
                "There is no such payload in this relationship that could be answered. {NOT_SENT}"
            ),
        )),
    }
}

fn check(app: &AppPass, request: &PayloadRequest) -> Result<()> {
    if !app.types.contains(&request.kind) {
        return Err(ClientError::usage(
            "type-not-registered",
            format!(
                "{} is not one of the types that this app registered. {NOT_SENT}",
                printable(&request.kind)
            ),
        ));
    }
    if request.content.len() as u64 > MAX_PAYLOAD {
        return Err(ClientError::usage(
            "too-large",
            format!(
                "The content has {} bytes; a payload has at most {MAX_PAYLOAD}. {NOT_SENT}",
                request.content.len()
            ),
        ));
    }
    let fallback = request.fallback.as_deref();
    if fallback.is_some_and(|text| text.trim().is_empty() || text.len() > MAX_FALLBACK) {
        return Err(ClientError::usage(
            "bad-fallback",
            format!("A fallback has 1 to {MAX_FALLBACK} bytes, or is left out. {NOT_SENT}"),
        ));
    }
    let key = request.key.as_deref();
    if key.is_some_and(|key| key.is_empty() || key.len() > MAX_KEY) {
        return Err(ClientError::usage(
            "bad-key",
            format!("A key has 1 to {MAX_KEY} bytes. {NOT_SENT}"),
        ));
    }
    Ok(())
}

fn payload(request: &PayloadRequest) -> Payload {
    Payload {
        kind: request.kind.clone(),
        content: request.content.clone(),
        fallback: request.fallback.clone(),
        reply: None,
        timer: None,
    }
}

/// Whether it fits into one message, with a reference and a timer beside it.
fn fits(payload: &Payload) -> bool {
    encoded_len(payload.clone())
        <= encoded_len(Payload::text(
            "x".repeat(dyad_protocol::content::MAX_WRITTEN_LEN),
        ))
}

/// Tells one thing that was sent from another.
fn digest(to: &RelationshipId, request: &PayloadRequest) -> Hash {
    let parts: [&[u8]; 5] = [
        to.as_bytes(),
        request.kind.as_bytes(),
        request.fallback.as_deref().unwrap_or_default().as_bytes(),
        &request.reply_to.unwrap_or_default().to_be_bytes(),
        &request.content,
    ];
    let mut framed = Vec::new();
    for part in parts {
        framed.extend_from_slice(&(part.len() as u64).to_be_bytes());
        framed.extend_from_slice(part);
    }
    sha256(&framed)
}
