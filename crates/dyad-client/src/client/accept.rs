//! Accepting somebody else's invitation.

use std::time::Duration;

use dyad_protocol::api::relay::{RELAY_INVITATION_PATH, RelayInvitation};
use dyad_protocol::body::Presentation;
use dyad_protocol::codec::DecodeError;
use dyad_protocol::id::RelationshipId;
use dyad_protocol::invitation::{
    self, Invitation, InvitationInput, InvitationLink, InvitationSecret,
};
use dyad_protocol::limits::HOSTED_INVITATION_LEN;
use dyad_protocol::time::Timestamp;
use tokio::time::Instant;

use super::Client;
use super::invitations::no_sender;
use super::people::valid_nick;
use super::profiles::valid_profile;
use crate::driver::{Role, ServiceError, Stepper, contact_view, printable, step_error};
use crate::error::{ClientError, Result};
use crate::store::invitations::{self, InvitationRow};
use crate::store::{outbox, profiles, relationships};
use crate::view::{AcceptView, InvitationPreview};

/// How long accepting waits for a sender service to take our answer.
const ANSWER_WAIT: Duration = Duration::from_secs(20);

impl Client {
    /// Accepts an invitation: a link, a URI, or the text of a file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: malformed, expired, substituted, our own, or accepted before. Those of
    /// the services if the invitation cannot be fetched. Nothing is changed then.
    pub async fn accept(&self, text: &str, nick: Option<&str>) -> Result<AcceptView> {
        self.accept_as(text, nick, None).await
    }

    /// The same, with another profile of ours than the default one.
    ///
    /// # Errors
    /// As [`Client::accept`]; [`crate::ErrorKind::Usage`] if there is no such profile.
    pub async fn accept_as(
        &self,
        text: &str,
        nick: Option<&str>,
        profile: Option<u64>,
    ) -> Result<AcceptView> {
        let nick = nick.map(valid_nick).transpose()?;
        let profile = self.driver.store.read(|c| valid_profile(c, profile))?;
        let input = invitation::parse(text).map_err(|error| unusable(&error))?;
        let (secret, commitment) = named(&input);
        if self.own(&secret)?.is_some() {
            return Err(ClientError::usage(
                "own-invitation",
                "This is your own invitation. Nothing was changed: pass it on to somebody else.",
            ));
        }
        self.check_new(&commitment)?;
        let invitation = self.whole(input).await?;
        if invitation.expires() <= self.driver.now() {
            return Err(expired());
        }
        let id = self
            .with_mailbox(|stepper| {
                stepper.accept(&invitation, &secret, nick.as_deref(), &commitment, profile)
            })
            .await?;
        self.driver.nudge();
        let sent = self.driver.submitting(self.answer_sent(&id)).await?;
        let contact = self.driver.store.read(|c| {
            relationships::get(c, &id)?
                .map(|contact| contact_view(c, contact))
                .transpose()
        })?;
        Ok(AcceptView {
            contact: contact.ok_or_else(|| {
                ClientError::other("contact-gone", "The contact is not there any more.")
            })?,
            sent,
            note: (!sent).then(|| {
                "No sender service has our answer yet. It is kept and will be sent.".to_owned()
            }),
        })
    }

    /// Shows whose invitation it is without answering it. Whoever made it does not learn of this.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: malformed, substituted, not there any more, or accepted before. Those of
    /// the services if it cannot be fetched.
    pub async fn look_at_invitation(&self, text: &str) -> Result<InvitationPreview> {
        let input = invitation::parse(text).map_err(|error| unusable(&error))?;
        let (secret, commitment) = named(&input);
        if let Some(row) = self.own(&secret)? {
            let name = self
                .driver
                .store
                .read(|c| profiles::shown(c, row.profile))?
                .name;
            return Ok(InvitationPreview {
                name: (!name.is_empty()).then_some(name),
                pronouns: None,
                reuse: row.reuse,
                expires: row.expires,
                hosts: Vec::new(),
                own: true,
                expired: row.expires <= self.driver.now(),
            });
        }
        self.check_new(&commitment)?;
        let invitation = self.whole(input).await?;
        Ok(preview(&invitation, self.driver.now()))
    }

    /// The whole invitation, fetched if need be.
    async fn whole(&self, input: InvitationInput) -> Result<Invitation> {
        match input {
            InvitationInput::Whole(_, invitation) => Ok(*invitation),
            InvitationInput::Link(link) => self.fetch_invitation(&link).await,
        }
    }

    /// The invitation of ours that has this secret, if it is one of ours.
    fn own(&self, secret: &InvitationSecret) -> Result<Option<InvitationRow>> {
        let locator = secret.locator();
        self.driver
            .store
            .read(|c| invitations::by_locator(c, &locator))
    }

    /// Refuses those accepted before.
    fn check_new(&self, commitment: &[u8; 32]) -> Result<()> {
        self.driver.store.read(|c| {
            match relationships::by_commitment(c, commitment)? {
                None => Ok(()),
                Some(contact) => Err(ClientError::usage(
                    "already-accepted",
                    format!("You accepted this invitation before; the contact is called {}. Nothing was changed.", contact.nick),
                )),
            }
        })
    }

    /// Fetches a hosted invitation through a sender service of ours, so that its host does not see who asks.
    async fn fetch_invitation(&self, link: &InvitationLink) -> Result<Invitation> {
        let mut all = self.senders()?;
        if all.is_empty() {
            return Err(no_sender());
        }
        all.sort_by_key(|provider| (provider.host == link.host, provider.last_error.is_some()));
        let request = RelayInvitation {
            host: link.host.clone(),
            locator: link.secret.locator(),
        };
        let mut last = None;
        for via in &all {
            match self
                .driver
                .relay(
                    &via.host,
                    RELAY_INVITATION_PATH,
                    &request,
                    HOSTED_INVITATION_LEN,
                )
                .await
            {
                Ok(hosted) => {
                    return link
                        .secret
                        .decrypt(&hosted, &link.commitment)
                        .map_err(|error| substituted(&error, link));
                }
                Err(error) => {
                    if let ServiceError::Net(_) = &error {
                        self.driver.note(&via.host, Role::Sender, Some(&error))?;
                    }
                    if let Some(gone) = gone(&error) {
                        return Err(gone);
                    }
                    last = Some(error);
                }
            }
        }
        let failed = last.map(|error| error.into_client("Nothing was changed; try again later."));
        Err(failed.unwrap_or_else(no_sender))
    }

    /// Waits for a while until our answer is with a sender service.
    async fn answer_sent(&self, id: &RelationshipId) -> Result<bool> {
        let end = Instant::now() + ANSWER_WAIT;
        loop {
            if !self.driver.store.read(|c| outbox::waits_for(c, id))? {
                return Ok(true);
            }
            if Instant::now() >= end {
                return Ok(false);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Stepper<'_> {
    fn accept(
        &mut self,
        invitation: &Invitation,
        secret: &InvitationSecret,
        nick: Option<&str>,
        commitment: &[u8; 32],
        profile: u64,
    ) -> Result<RelationshipId> {
        self.present(profile)?;
        let step = dyad_core::accept(&self.profile, invitation, secret, self.now, &mut self.rng)
            .map_err(step_error)?;
        self.adopt(step, nick, Some(commitment), profile)
    }
}

/// Its secret and the hash that names it.
fn named(input: &InvitationInput) -> (InvitationSecret, [u8; 32]) {
    match input {
        InvitationInput::Link(link) => (link.secret.clone(), link.commitment),
        InvitationInput::Whole(secret, invitation) => (secret.clone(), invitation.hash()),
    }
}

fn preview(invitation: &Invitation, now: Timestamp) -> InvitationPreview {
    let said = Presentation::decode(invitation.presentation()).ok();
    let clean = |text: &str| Some(printable(text)).filter(|text| !text.is_empty());
    let services = &invitation.bundle().body().services;
    InvitationPreview {
        name: said.as_ref().and_then(|said| clean(&said.name)),
        pronouns: said
            .as_ref()
            .and_then(|said| clean(said.pronouns.as_deref()?)),
        reuse: invitation.reuse(),
        expires: invitation.expires(),
        hosts: services
            .iter()
            .map(|service| service.host.clone())
            .collect(),
        own: false,
        expired: invitation.expires() <= now || invitation.bundle().has_expired(now),
    }
}

pub(super) fn unusable(error: &DecodeError) -> ClientError {
    match error {
        DecodeError::Version { .. } => ClientError::usage(
            "newer-invitation",
            format!("The invitation cannot be read: {error}. Nothing was changed."),
        ),
        DecodeError::Expired(_) => expired(),
        _ => ClientError::usage(
            "malformed-invitation",
            format!(
                "This is not a whole invitation ({error}). Nothing was changed: copy the whole link, or ask for it again."
            ),
        ),
    }
}

fn expired() -> ClientError {
    ClientError::usage(
        "expired",
        "The invitation has expired. Nothing was changed; ask for a new one.",
    )
}

fn substituted(error: &DecodeError, link: &InvitationLink) -> ClientError {
    match error {
        DecodeError::NotAuthentic(_) | DecodeError::Length(_) | DecodeError::Malformed(_) => {
            ClientError::usage(
                "substituted",
                format!(
                    "{} gave another invitation than the one the link was made for. Nothing was changed. Tell whoever invited you, over another channel.",
                    link.host
                ),
            )
        }
        other => unusable(other),
    }
}

/// The host does not have it.
fn gone(error: &ServiceError) -> Option<ClientError> {
    let refusal = error.definite()?;
    matches!(refusal.status, 404 | 410).then(|| {
        ClientError::usage(
            "gone",
            "The invitation is not there any more: it has expired, was withdrawn, or the link is not whole. Nothing was changed; ask for a new one.",
        )
    })
}
