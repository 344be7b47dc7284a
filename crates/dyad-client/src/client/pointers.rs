//! What points elsewhere: something shared, somebody who would like to be in contact.

use std::time::Duration;

use dyad_protocol::body::Payload;
use dyad_protocol::content::{
    ContactRequest, MAX_ADDRESS_LEN, MAX_NOTE_LEN, MAX_PERSON_LEN, MAX_SECRET_LEN, MAX_TITLE_LEN,
    MAX_WHAT_LEN, Said, Share,
};
use dyad_protocol::invitation;
use tokio::time::Instant;

use super::Client;
use super::accept::unusable;
use super::mails::has_room;
use super::messages::answered;
use super::people::find;
use crate::error::{ClientError, Result};
use crate::store::marks;
use crate::view::{ContactRequestView, MessageState, SendView, ShareView};

impl Client {
    /// Tells a contact where something is that is shared with them, and what opens it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, no title or address, or too long. Nothing is kept then.
    pub async fn share(&self, nick: &str, share: ShareView, wait: Duration) -> Result<SendView> {
        let said = Share {
            title: needed("title", &share.title, MAX_TITLE_LEN)?,
            address: needed("address", &share.address, MAX_ADDRESS_LEN)?,
            secret: given("secret", share.secret.as_deref(), MAX_SECRET_LEN)?,
            what: given("word for what it is", share.what.as_deref(), MAX_WHAT_LEN)?,
        };
        let long = format!("{}: {}", said.title, said.address);
        let short = format!("A link: {}", said.title);
        self.point(nick, &Said::Share(said), [&long, &short], wait)
            .await
    }

    /// Tells a contact that somebody would like to be in contact with them; with an invitation, it is passed on.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: unknown contact, no name, not an invitation, or too long. Nothing is kept then.
    pub async fn request_contact(
        &self,
        nick: &str,
        request: ContactRequestView,
        wait: Duration,
    ) -> Result<SendView> {
        let link = given("invitation", request.invitation.as_deref(), MAX_ADDRESS_LEN)?;
        if let Some(link) = &link {
            invitation::parse(link).map_err(|error| unusable(&error))?;
        }
        let said = ContactRequest {
            name: needed("name", &request.name, MAX_PERSON_LEN)?,
            invitation: link,
            note: given("note", request.note.as_deref(), MAX_NOTE_LEN)?,
        };
        let short = format!("{} would like to be in contact with you.", said.name);
        let long = match &said.invitation {
            Some(link) => format!("{short} {link}"),
            None => short.clone(),
        };
        self.point(nick, &Said::ContactRequest(said), [&long, &short], wait)
            .await
    }

    /// With the fullest sentence for other apps that there is room for.
    async fn point(
        &self,
        nick: &str,
        said: &Said,
        fallbacks: [&str; 2],
        wait: Duration,
    ) -> Result<SendView> {
        let end = Instant::now() + wait;
        for fallback in fallbacks {
            if let Some(sent) = self.send_if_fits(nick, said, fallback, None, end).await? {
                return Ok(sent);
            }
        }
        Err(ClientError::usage(
            "too-much",
            "All of it together is too long for one message. Nothing was sent: shorten it.",
        ))
    }

    /// Sends it, if it fits into a message.
    pub(super) async fn send_if_fits(
        &self,
        nick: &str,
        said: &Said,
        fallback: &str,
        reply_to: Option<u64>,
        end: Instant,
    ) -> Result<Option<SendView>> {
        let id = self.driver.engine(|stepper| {
            let to = find(stepper.tx, nick)?;
            let reply = reply_to
                .map(|id| answered(stepper.tx, &to, id))
                .transpose()?;
            let Some(made) = said.payload(Some(fallback)) else {
                return Ok(None);
            };
            let payload = Payload {
                reply,
                timer: marks::timer(stepper.tx, &to.id)?,
                ..made
            };
            if !has_room(&payload) {
                return Ok(None);
            }
            stepper.send(&to.id, payload).map(Some)
        })?;
        let Some(id) = id else {
            return Ok(None);
        };
        self.driver.nudge();
        let left = |state| state != MessageState::Waiting;
        let message = self
            .driver
            .submitting(self.driver.reach(id, left, end))
            .await?;
        let note = match message.state {
            MessageState::Waiting => Some(self.why_waiting()?),
            _ => None,
        };
        Ok(Some(SendView { message, note }))
    }
}

fn needed(what: &str, text: &str, most: usize) -> Result<String> {
    given(what, Some(text), most)?.ok_or_else(|| {
        ClientError::usage(
            "something-missing",
            format!("There is no {what}. Nothing was sent."),
        )
    })
}

fn given(what: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    match text {
        Some(text) if text.len() > most => Err(ClientError::usage(
            "too-much",
            format!(
                "The {what} has {} bytes; at most {most} can be sent. Nothing was sent.",
                text.len()
            ),
        )),
        text => Ok(text.map(str::to_owned)),
    }
}
