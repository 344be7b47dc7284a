//! Inviting, and withdrawing invitations.

use dyad_core::{Created, InvitationState, InviteOptions};
use dyad_protocol::codec::to_base64;
use dyad_protocol::id::RelationshipId;
use dyad_protocol::invitation::{self, Invitation, InvitationLink, InvitationSecret};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;

use super::Client;
use super::people::valid_nick;
use super::profiles::valid_profile;
use crate::driver::{Stepper, step_error};
use crate::error::{ClientError, Result};
use crate::store::errands::{self, Errand};
use crate::store::invitations::{self, InvitationRow};
use crate::store::providers::{self, Provider};
use crate::view::{InvitationCreated, InvitationView, InviteRequest};

/// How long an invitation is good if the person does not say, seconds.
const DEFAULT_LIFETIME: u64 = 14 * DAY;

impl Client {
    /// Makes an invitation and has a sender service of ours host it.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Config`] without a provider, [`crate::ErrorKind::Usage`] for a lifetime that
    /// the service does not grant. If the service only cannot be reached, the invitation is made, its
    /// file is good, and the link will be.
    pub async fn invite(&self, request: InviteRequest) -> Result<InvitationCreated> {
        let name = request.name.as_deref().map(valid_nick).transpose()?;
        let profile = self
            .driver
            .store
            .read(|c| valid_profile(c, request.profile))?;
        let host = self.host_for_invitations()?;
        let lifetime = lifetime(&request, &host)?;
        let (row, secret, invitation) = self
            .with_mailbox(|stepper| {
                let options = InviteOptions {
                    reuse: request.reuse,
                    expires: stepper.now.plus(lifetime),
                    nickname: name.clone(),
                    share_presentation: request.share_presentation,
                };
                stepper.invite(options, &host, profile)
            })
            .await?;
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

    pub(super) fn senders(&self) -> Result<Vec<Provider>> {
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
}

impl Stepper<'_> {
    fn invite(
        &mut self,
        options: InviteOptions,
        host: &Provider,
        profile: u64,
    ) -> Result<(InvitationRow, InvitationSecret, Invitation)> {
        self.present(profile)?;
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
            profile,
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
        profile: row.profile,
    }
}

pub(super) fn no_sender() -> ClientError {
    ClientError::config(
        "no-provider",
        "No provider with a sender service is in use. Add one first (`dyad provider add`), or run `dyad up`.",
    )
}
