//! Looking after our providers: their documents, our accounts, tokens and mailboxes there.

use dyad_protocol::api::account::{AccountInfo, ENROL_PATH, EnrolRequest};
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::exchange::{self, Answer};
use super::health::jitter;
use super::{Driver, Role, ServiceError, documents};
use crate::error::Result;
use crate::store::providers::{self, Provider};

impl Driver {
    /// Looks after all providers that are due. Gives when to come back.
    pub(super) async fn upkeep(&self) -> Result<Instant> {
        let _turn = self.turns.upkeep.lock().await;
        let all = self.store.read(providers::all)?;
        let checks = all.iter().map(|provider| self.look_after(&provider.host));
        let mut issued = Vec::new();
        let mut next = Instant::now() + self.with_rng(|rng| jitter(self.timing.refresh, rng));
        for (provider, outcome) in all.iter().zip(join_all(checks).await) {
            match outcome? {
                Ok(fresh) => issued.extend(fresh),
                Err(_) => {
                    if let Some((at, _)) = self.health.waits(&provider.host, Role::Issuer) {
                        next = next.min(at);
                    }
                }
            }
        }
        self.learn_time(&issued)?;
        Ok(next)
    }

    /// Looks after one provider now. Gives when its document was made, if it was fetched this time.
    pub(crate) async fn look_after(&self, host: &HostName) -> Result<Answer<Option<Timestamp>>> {
        if let Some((_, why)) = self.health.waits(host, Role::Issuer) {
            tracing::debug!(%host, why, "not asked again yet");
            return Ok(Ok(None));
        }
        let outcome = self.tend(host).await?;
        self.note(host, Role::Issuer, outcome.as_ref().err())?;
        if let Err(ServiceError::KeyChanged { .. }) = &outcome {
            self.key_changed(host)?;
        }
        Ok(outcome)
    }

    async fn tend(&self, host: &HostName) -> Result<Answer<Option<Timestamp>>> {
        let Some(provider) = self.store.read(|c| providers::get(c, host))? else {
            return Ok(Ok(None));
        };
        let issued = match self.refresh(&provider).await? {
            Ok(issued) => issued,
            Err(error) => return Ok(Err(error)),
        };
        if provider.removed.is_none() {
            if let Err(error) = self.enrol(host).await? {
                return Ok(Err(error));
            }
            let Some(provider) = self.store.read(|c| providers::get(c, host))? else {
                return Ok(Ok(issued));
            };
            if let Err(error) = self.stock_up(&provider).await? {
                return Ok(Err(error));
            }
        }
        match self.tend_mailboxes(host).await? {
            Ok(()) => Ok(Ok(issued)),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Fetches its document unless it is fresh.
    async fn refresh(&self, provider: &Provider) -> Result<Answer<Option<Timestamp>>> {
        let now = self.now();
        let fresh = self.timing.refresh.as_secs() / 2;
        if now.distance(provider.document_at) < fresh
            && provider.enrolled
            && !provider.key_changed
            && provider.last_error.is_none()
        {
            return Ok(Ok(None));
        }
        let (document, json) = match self.fetch_own_document(&provider.host).await {
            Ok(fetched) => fetched,
            Err(error) => return Ok(Err(error)),
        };
        if !documents::is_known(&document, &provider.key_hash) {
            return Ok(Err(ServiceError::KeyChanged {
                host: provider.host.clone(),
            }));
        }
        self.store
            .write(|tx| providers::set_document(tx, &document, &json, now))?;
        Ok(Ok(Some(document.body().issued)))
    }

    /// Makes our account there, or learns its quotas again.
    pub(crate) async fn enrol(&self, host: &HostName) -> Result<Answer<()>> {
        let Some(provider) = self.store.read(|c| providers::get(c, host))? else {
            return Ok(Ok(()));
        };
        if provider.enrolled || provider.document.body().issuer.is_none() {
            return Ok(Ok(()));
        }
        let request = EnrolRequest::sign(host, &provider.account_key, provider.code.clone());
        let info: Answer<AccountInfo> =
            exchange::post_for_json(&self.account_http, host, ENROL_PATH, &request).await;
        match info {
            Ok(info) => {
                self.store
                    .write(|tx| providers::set_enrolled(tx, host, &info.quotas))?;
                Ok(Ok(()))
            }
            Err(error) => Ok(Err(error)),
        }
    }

    /// Remembers how an exchange with a provider went.
    pub(crate) fn note(
        &self,
        host: &HostName,
        role: Role,
        error: Option<&ServiceError>,
    ) -> Result<Option<Instant>> {
        let now = self.now();
        let text = error.map(ServiceError::person);
        let next = match error {
            None => {
                self.health.went_well(host, role);
                None
            }
            Some(error) => {
                Some(self.with_rng(|rng| self.health.failed(host, role, error, &self.timing, rng)))
            }
        };
        self.store
            .write(|tx| providers::set_health(tx, host, text.as_deref(), now))?;
        Ok(next)
    }

    fn key_changed(&self, host: &HostName) -> Result<()> {
        if self
            .store
            .write(|tx| providers::set_key_changed(tx, host))?
        {
            self.notice(
                "provider-key-changed",
                &format!(
                    "{host} shows another key than the one it was added with, and nothing proves that the new one follows. \
                     It is not used until the old key is back. Ask its operator over another channel."
                ),
            )?;
        }
        Ok(())
    }
}
