//! Looking after our providers: their documents, our accounts, tokens and mailboxes there.

use dyad_protocol::api::account::{AccountInfo, ENROL_PATH, EnrolRequest};
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use futures_util::future::join_all;
use tokio::time::Instant;

use super::exchange::{self, Answer};
use super::health::jitter;
use super::{Driver, Role, ServiceError, Vote, documents};
use crate::error::Result;
use crate::store::providers::{self, Provider};

impl Driver {
    /// Looks after all providers that are due. Gives when to come back.
    pub(super) async fn upkeep(&self) -> Result<Instant> {
        let _turn = self.turns.upkeep.lock().await;
        let mut next = Instant::now() + self.with_rng(|rng| jitter(self.timing.refresh, rng));
        let hosts: Vec<HostName> = self
            .store
            .read(providers::all)?
            .into_iter()
            .map(|provider| provider.host)
            .collect();
        // What is done with documents depends on the time, so that is learnt from all of them first.
        let mut votes = Vec::new();
        let documents = join_all(hosts.iter().map(|host| self.renew_document(host))).await;
        for (host, fresh) in hosts.iter().zip(documents) {
            votes.extend(fresh?.ok().flatten().map(|issued| Vote {
                host: host.clone(),
                issued,
            }));
        }
        self.learn_time(&votes)?;
        for outcome in join_all(hosts.iter().map(|host| self.tend(host))).await {
            outcome?.ok();
        }
        for host in &hosts {
            if let Some((at, _)) = self.health.waits(host, Role::Issuer) {
                next = next.min(at);
            }
        }
        Ok(next)
    }

    /// The same for whom the moment of the next time does not matter.
    pub(crate) async fn look_after_all(&self) -> Result<()> {
        self.upkeep().await.map(drop)
    }

    /// Looks after one provider now.
    pub(crate) async fn look_after(&self, host: &HostName) -> Result<Answer<()>> {
        match self.renew_document(host).await? {
            Ok(_) => self.tend(host).await,
            Err(error) => Ok(Err(error)),
        }
    }

    /// Fetches a provider's document if it is time. Gives when it was made, if it was fetched.
    async fn renew_document(&self, host: &HostName) -> Result<Answer<Option<Timestamp>>> {
        let waits = self.health.waits(host, Role::Issuer).is_some();
        let Some(provider) = self
            .store
            .read(|c| providers::get(c, host))?
            .filter(|_| !waits)
        else {
            return Ok(Ok(None));
        };
        let outcome = self.refresh(&provider).await?;
        if let Err(error) = &outcome {
            self.note(host, Role::Issuer, Some(error))?;
            if let ServiceError::KeyChanged { .. } = error {
                self.key_changed(host)?;
            }
        }
        Ok(outcome)
    }

    /// Account, tokens and mailboxes at a provider whose document is as fresh as can be had.
    async fn tend(&self, host: &HostName) -> Result<Answer<()>> {
        if let Some((_, why)) = self.health.waits(host, Role::Issuer) {
            tracing::debug!(%host, why, "not asked again yet");
            return Ok(Ok(()));
        }
        let outcome = self.tend_now(host).await?;
        self.note(host, Role::Issuer, outcome.as_ref().err())?;
        Ok(outcome)
    }

    async fn tend_now(&self, host: &HostName) -> Result<Answer<()>> {
        let Some(provider) = self
            .store
            .read(|c| providers::get(c, host))?
            .filter(|p| !p.key_changed)
        else {
            return Ok(Ok(()));
        };
        if provider.removed.is_none() {
            if let Err(error) = self.enrol(host).await? {
                return Ok(Err(error));
            }
            let enrolled = self
                .store
                .read(|c| providers::get(c, host))?
                .unwrap_or(provider);
            if let Err(error) = self.stock_up(&enrolled).await? {
                return Ok(Err(error));
            }
        }
        self.tend_mailboxes(host).await
    }

    /// Fetches its document unless it is fresh.
    async fn refresh(&self, provider: &Provider) -> Result<Answer<Option<Timestamp>>> {
        let now = self.now();
        let fresh = self.timing.refresh.as_secs() / 2;
        if now.distance(provider.document_at) < fresh
            && provider.enrolled
            && !provider.key_changed
            && provider.last_error.is_none()
            && !self.time_is_doubtful()
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

    /// When a provider that failed is asked again.
    pub(crate) fn next_attempt(&self, host: &HostName) -> Option<Timestamp> {
        let of = |role| self.health.waits(host, role).map(|(at, _)| at);
        let next = [Role::Issuer, Role::Sender, Role::Receiver]
            .into_iter()
            .filter_map(of)
            .min()?;
        Some(
            self.now()
                .plus(next.saturating_duration_since(Instant::now()).as_secs()),
        )
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
