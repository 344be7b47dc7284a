//! Inviting and accepting.

use dyad_core::{Created, InvitationState, InviteOptions};
use dyad_protocol::api::relay::{RELAY_INVITATION_PATH, RelayInvitation};
use dyad_protocol::codec::{DecodeError, to_base64};
use dyad_protocol::id::RelationshipId;
use dyad_protocol::invitation::{
    self, Invitation, InvitationInput, InvitationLink, InvitationSecret,
};
use dyad_protocol::limits::{DAY, HOSTED_INVITATION_LEN};
use dyad_protocol::time::Timestamp;
use tokio::time::Instant;

use super::Client;
use super::people::valid_nick;
use crate::driver::{Role, ServiceError, Stepper, contact_view, step_error};
use crate::error::{ClientError, Result};
use crate::store::errands::{self, Errand};
use crate::store::invitations::{self, InvitationRow};
use crate::store::providers::{self, Provider};
use crate::store::{outbox, relationships};
use crate::view::{AcceptView, InvitationCreated, InvitationView, InviteRequest};

/// How long an invitation is good if the person does not say, seconds.
const DEFAULT_LIFETIME: u64 = 14 * DAY;
/// How long accepting waits for a sender service to take our answer.
const ANSWER_WAIT: std::time::Duration = std::time::Duration::from_secs(20);

impl Client {
    /// Makes an invitation and has a sender service of ours host it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] without a provider, [`crate::ErrorKind::Usage`] for a lifetime that
    /// the service does not grant. If the service only cannot be reached, the invitation is made, its
    /// file is good, and the link will be.
    pub async fn invite(&self, request: InviteRequest) -> Result<InvitationCreated> {
        let name = request.name.as_deref().map(valid_nick).transpose()?;
        let host = self.host_for_invitations()?;
        let lifetime = lifetime(&request, &host)?;
        let (row, secret, invitation) = self.driver.engine(|stepper| {
            let options = InviteOptions {
                reuse: request.reuse,
                expires: stepper.now.plus(lifetime),
                nickname: name.clone(),
                share_presentation: request.share_presentation,
            };
            stepper.invite(options, &host)
        })?;
        self.driver.nudge();
        self.driver.run_errands_now().await?;
        let hosted = self
            .driver
            .store
            .read(|c| invitations::get(c, &row.id))?
            .is_some_and(|row| row.hosted);
        let link = InvitationLink {
            host: host.host.clone(),
            secret: secret.clone(),
            commitment: invitation.hash(),
        };
        let now = self.driver.now();
        Ok(InvitationCreated {
            invitation: InvitationView { hosted, ..view(row, now) },
            link: link.to_https(),
            uri: link.to_uri(),
            file: invitation::to_file(&secret, &invitation),
            hosted,
            note: (!hosted).then(|| {
                format!("{} does not have it yet: the link works as soon as it does, which is tried until then. The file works at once.", host.host)
            }),
        })
    }

    /// The sender service to host an invitation: one that is well, if there is one.
    fn host_for_invitations(&self) -> Result<Provider> {
        let mut all = self.senders()?;
        all.sort_by_key(|provider| provider.last_error.is_some());
        all.into_iter().next().ok_or_else(no_sender)
    }

    fn senders(&self) -> Result<Vec<Provider>> {
        let mut all = self.driver.store.read(providers::all)?;
        all.retain(|provider| {
            provider.removed.is_none()
                && !provider.key_changed
                && provider.document.body().sender.is_some()
        });
        Ok(all)
    }

    /// Our invitations, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub fn invitations(&self) -> Result<Vec<InvitationView>> {
        let now = self.driver.now();
        Ok(self
            .driver
            .store
            .read(invitations::all)?
            .into_iter()
            .map(|row| view(row, now))
            .collect())
    }

    /// Withdraws an invitation, named by the beginning of its id or by the name given to it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: there is none such, or several.
    pub async fn withdraw_invitation(&self, id: &str) -> Result<InvitationView> {
        let row = self.find_invitation(id)?;
        self.driver.engine(|stepper| {
            let now = stepper.now;
            errands::drop_hosting(stepper.tx, &row.locator)?;
            let errand = Errand::WithdrawInvitation {
                host: row.host.clone(),
                locator: row.locator,
                withdraw_key: row.withdraw_key.clone(),
            };
            errands::insert(stepper.tx, &errand, row.expires.max(now.plus(DAY)), now)?;
            stepper.forget_invitation(&row)
        })?;
        self.driver.nudge();
        self.driver.run_errands_now().await?;
        Ok(InvitationView {
            open: false,
            ..view(row, self.driver.now())
        })
    }

    fn find_invitation(&self, id: &str) -> Result<InvitationRow> {
        let wanted = id.trim().to_lowercase();
        let mut found = self.driver.store.read(invitations::all)?;
        found.retain(|row| {
            let named = row
                .name
                .as_ref()
                .is_some_and(|name| name.to_lowercase() == wanted);
            // In hexadecimal as people are shown it, or as it stands in JSON.
            let json = to_base64(row.id.as_bytes());
            let has_id = row.id.to_string().starts_with(&wanted) || json.starts_with(id.trim());
            named || (wanted.len() >= 4 && has_id)
        });
        match (found.len(), found.pop()) {
            (1, Some(row)) => Ok(row),
            (0, _) => Err(ClientError::usage(
                "unknown-invitation",
                "There is no such invitation. Nothing was changed.",
            )),
            _ => Err(ClientError::usage(
                "ambiguous-invitation",
                "Several invitations fit. Give more of the id. Nothing was changed.",
            )),
        }
    }

    /// Accepts an invitation: a link, a URI, or the text of a file.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: malformed, expired, substituted, our own, or accepted before. Those of
    /// the services if the invitation cannot be fetched. Nothing is changed then.
    pub async fn accept(&self, text: &str, nick: Option<&str>) -> Result<AcceptView> {
        let nick = nick.map(valid_nick).transpose()?;
        let input = invitation::parse(text).map_err(|error| unusable(&error))?;
        let (secret, commitment) = match &input {
            InvitationInput::Link(link) => (link.secret.clone(), link.commitment),
            InvitationInput::Whole(secret, invitation) => (secret.clone(), invitation.hash()),
        };
        self.check_new(&secret, &commitment)?;
        let invitation = match input {
            InvitationInput::Whole(_, invitation) => *invitation,
            InvitationInput::Link(link) => self.fetch_invitation(&link).await?,
        };
        if invitation.expires() <= self.driver.now() {
            return Err(expired());
        }
        let id = self
            .driver
            .engine(|stepper| stepper.accept(&invitation, &secret, nick.as_deref(), &commitment))?;
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

    /// Refuses our own invitations and those accepted before.
    fn check_new(&self, secret: &InvitationSecret, commitment: &[u8; 32]) -> Result<()> {
        self.driver.store.read(|c| {
            if invitations::by_locator(c, &secret.locator())?.is_some() {
                return Err(ClientError::usage(
                    "own-invitation",
                    "This is your own invitation. Nothing was changed: pass it on to somebody else.",
                ));
            }
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
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    }
}

impl Stepper<'_> {
    fn invite(
        &mut self,
        options: InviteOptions,
        host: &Provider,
    ) -> Result<(InvitationRow, InvitationSecret, Invitation)> {
        let Created {
            state,
            invitation,
            secret,
            effects,
        } = InvitationState::create(&self.profile, options, self.now, &mut self.rng)
            .map_err(step_error)?;
        let row = InvitationRow {
            id: RelationshipId::new(state.id().0),
            state: state.encode(),
            name: state.nickname().map(str::to_owned),
            reuse: state.reuse(),
            created: self.now,
            expires: state.expires(),
            ends: state.ends(),
            uses: 0,
            open: true,
            locator: secret.locator(),
            withdraw_key: secret.withdraw_key(),
            host: host.host.clone(),
            hosted: false,
        };
        invitations::insert(self.tx, &row)?;
        for effect in effects {
            self.perform(crate::store::index::Owner::Invitation(row.id), effect)?;
        }
        let ciphertext = secret
            .encrypt(&invitation, &mut self.rng)
            .map_err(|error| {
                ClientError::other(
                    "invitation",
                    format!("The invitation cannot be hosted: {error}."),
                )
            })?;
        let errand = Errand::HostInvitation {
            host: host.host.clone(),
            token: None,
            locator: row.locator,
            withdraw_key: row.withdraw_key.clone(),
            expires: row.expires,
            ciphertext,
        };
        errands::insert(self.tx, &errand, row.expires, self.now)?;
        Ok((row, secret, invitation))
    }

    fn accept(
        &mut self,
        invitation: &Invitation,
        secret: &InvitationSecret,
        nick: Option<&str>,
        commitment: &[u8; 32],
    ) -> Result<RelationshipId> {
        let step = dyad_core::accept(&self.profile, invitation, secret, self.now, &mut self.rng)
            .map_err(step_error)?;
        self.adopt(step, nick, Some(commitment))
    }
}

fn lifetime(request: &InviteRequest, host: &Provider) -> Result<u64> {
    let most = host
        .document
        .body()
        .sender
        .as_ref()
        .map_or(DEFAULT_LIFETIME, |sender| sender.invitation_lifetime);
    match request.lifetime {
        None => Ok(DEFAULT_LIFETIME.min(most)),
        Some(wanted) if wanted == 0 || wanted > most => Err(ClientError::usage(
            "bad-lifetime",
            format!(
                "{} hosts invitations for at most {} days. Nothing was made.",
                host.host,
                most / DAY
            ),
        )),
        Some(wanted) => Ok(wanted),
    }
}

fn view(row: InvitationRow, now: Timestamp) -> InvitationView {
    InvitationView {
        id: row.id,
        name: row.name,
        reuse: row.reuse,
        created: row.created,
        expires: row.expires,
        uses: row.uses,
        open: row.open && now < row.expires,
        hosted: row.hosted,
    }
}

fn no_sender() -> ClientError {
    ClientError::config(
        "no-provider",
        "No provider with a sender service is in use. Add one first (`dyad provider add`), or run `dyad up`.",
    )
}

fn unusable(error: &DecodeError) -> ClientError {
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
