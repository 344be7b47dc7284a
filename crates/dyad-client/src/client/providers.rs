//! Adding, listing and removing providers.

use std::time::Duration;

use dyad_protocol::id::HostName;
use dyad_protocol::sign::AccountKey;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::TokenClass;
use rusqlite::Connection;
use tokio::time::timeout;

use super::Client;
use crate::driver::{
    Driver, NO_RECEIVER, ServiceError, Stepper, USED, Vote, close_mailbox, used_until,
};
use crate::error::{ClientError, Result};
use crate::store::mailboxes::{self, Mailbox};
use crate::store::providers::{self, Provider};
use crate::store::tokens;
use crate::view::{HealthView, MailboxView, ProviderView, RemovedView, TokenStockView};

/// How long somebody waits at most for the first mailbox.
const FIRST_MAILBOX: Duration = Duration::from_secs(20);

impl Client {
    /// Uses a provider: pins its key, makes an account, gets tokens and a mailbox.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: no host, or in use already. Those of the provider if it cannot be
    /// reached or refuses the account. Nothing is changed then.
    pub async fn provider_add(&self, url: &str, code: Option<&str>) -> Result<ProviderView> {
        let host = parse_host(url)?;
        let code = code.map(str::trim).filter(|code| !code.is_empty());
        let known = self.driver.store.read(|c| providers::get(c, &host))?;
        match &known {
            Some(provider) if provider.removed.is_none() && provider.enrolled => {
                return Err(ClientError::usage(
                    "already-added",
                    format!("{host} is in use already. Nothing was changed."),
                ));
            }
            Some(_) => self
                .driver
                .store
                .write(|tx| providers::restore(tx, &host, code))?,
            None => self.pin(&host, code).await?,
        }
        self.driver.health.forgive();
        if let Err(error) = self.driver.enrol(&host).await? {
            return Err(self.not_enrolled(&host, known.is_none(), error)?);
        }
        // What does not work yet shows in its health and is tried again.
        if let Err(error) = self.driver.look_after(&host).await? {
            tracing::info!(%host, why = error.person(), "the new provider is not fully usable yet");
        }
        self.driver.wake.receive.notify_one();
        self.provider(&host)
    }

    /// A step that needs a mailbox of ours. The first one may still be on its way, and is waited for then.
    pub(super) async fn with_mailbox<T>(
        &self,
        step: impl Fn(&mut Stepper<'_>) -> Result<T>,
    ) -> Result<T> {
        match self.driver.engine(&step) {
            Err(error) if error.code == NO_RECEIVER => {}
            done => return done,
        }
        self.driver.health.forgive();
        if let Ok(looked) = timeout(FIRST_MAILBOX, self.driver.look_after_all()).await {
            looked?;
        }
        self.driver
            .engine(step)
            .map_err(|error| self.or_no_mailbox_yet(error))
    }

    /// What went wrong, if it was that there is no mailbox yet at a provider who is to give one.
    fn or_no_mailbox_yet(&self, error: ClientError) -> ClientError {
        if error.code != NO_RECEIVER {
            return error;
        }
        let receives = |provider: &Provider| {
            provider.removed.is_none() && provider.document.body().receiver.is_some()
        };
        let all = self.driver.store.read(providers::all).unwrap_or_default();
        let Some(provider) = all.into_iter().find(receives) else {
            return error;
        };
        let why = provider.last_error.map(|why| format!(" {why}"));
        ClientError::later(
            "no-mailbox-yet",
            format!(
                "{} has not given this app a mailbox yet. Nothing was changed; it is asked again by itself, so try again in a moment.{}",
                provider.host,
                why.unwrap_or_default()
            ),
        )
    }

    /// Fetches a new provider's document and pins its key.
    async fn pin(&self, host: &HostName, code: Option<&str>) -> Result<()> {
        let (document, json) = self
            .driver
            .fetch_own_document(host)
            .await
            .map_err(|error| error.into_client("Nothing was changed."))?;
        let body = document.body();
        if body.issuer.is_none() && body.sender.is_none() && body.receiver.is_none() {
            return Err(ClientError::unavailable(
                "no-services",
                format!("{host} runs none of the services that the app uses. Nothing was changed."),
            ));
        }
        let closed = body
            .issuer
            .as_ref()
            .is_some_and(|issuer| !issuer.open_registration.0);
        if closed && code.is_none() {
            return Err(ClientError::usage(
                "code-needed",
                format!(
                    "{host} takes new accounts only with a code. Ask its operator for one and give it with --code. Nothing was changed."
                ),
            ));
        }
        if self.driver.store.read(providers::all)?.is_empty() {
            // Without any other provider, this one's time is the best there is.
            self.driver.learn_time(&[Vote {
                host: host.clone(),
                issued: body.issued,
            }])?;
        }
        let account = self.driver.with_rng(|mut rng| AccountKey::random(&mut rng));
        let now = self.driver.now();
        self.driver
            .store
            .write(|tx| providers::insert(tx, &document, &json, &account, code, now))
    }

    /// A definite no leaves no trace of a new provider; otherwise it is kept, since the account may exist.
    fn not_enrolled(&self, host: &HostName, new: bool, error: ServiceError) -> Result<ClientError> {
        if error.definite().is_none() {
            return Ok(error.into_client(
                "The provider was added; the account is asked for again until it answers.",
            ));
        }
        if new {
            self.driver.store.write(|tx| providers::delete(tx, host))?;
        }
        let usage = error
            .definite()
            .is_some_and(|refusal| refusal.status == 403);
        let error = error.into_client("Nothing was changed.");
        Ok(if usage {
            ClientError {
                kind: crate::ErrorKind::Usage,
                ..error
            }
        } else {
            error
        })
    }

    /// All providers, removed ones as long as they are still fetched from.
    ///
    /// # Errors
    /// Those of the store.
    pub fn provider_list(&self) -> Result<Vec<ProviderView>> {
        self.driver.store.read(|c| {
            providers::all(c)?
                .iter()
                .map(|provider| view(c, provider, &self.driver))
                .collect()
        })
    }

    fn provider(&self, host: &HostName) -> Result<ProviderView> {
        self.driver.store.read(|c| match providers::get(c, host)? {
            Some(provider) => view(c, &provider, &self.driver),
            None => Err(unknown(host.as_str())),
        })
    }

    /// Looks at every provider now, also at those whose document is fresh.
    ///
    /// # Errors
    /// Those of the store. What a provider does wrong shows in its health.
    pub async fn refresh_providers(&self) -> Result<Vec<ProviderView>> {
        self.driver.health.forgive();
        self.driver.store.write(providers::outdate)?;
        self.driver.look_after_all().await?;
        self.provider_list()
    }

    /// Stops using a provider. Its mailboxes are still fetched until no contact holds an address there;
    /// with `force` they are closed at once.
    ///
    /// # Errors
    /// [`crate::ErrorKind::Usage`]: not in use.
    pub async fn provider_remove(&self, host: &str, force: bool) -> Result<RemovedView> {
        let host = parse_host(host)?;
        let fetched_until = self.driver.engine(|stepper| {
            let (tx, now) = (stepper.tx, stepper.now);
            if providers::get(tx, &host)?.is_none() {
                return Err(unknown(host.as_str()));
            }
            providers::set_removed(tx, &host, now)?;
            mailboxes::retire(tx, &host, None, now)?;
            let mut all = mailboxes::at(tx, &host)?;
            if force {
                all.drain(..)
                    .try_for_each(|mailbox| close_mailbox(tx, &mailbox, now))?;
            }
            if all.is_empty() {
                providers::delete(tx, &host)?;
            }
            stepper.profile_changed()?;
            Ok(all.iter().filter_map(used_until).max())
        })?;
        self.driver.nudge();
        self.driver.wake.receive.notify_one();
        if force {
            self.driver.run_errands_now().await?;
        }
        let text = match (fetched_until, force) {
            (Some(_), _) => {
                "No new addresses are made there. It is still fetched from until the last old one has expired."
            }
            (None, true) => {
                "Its mailboxes are closed. What contacts still send there is sent again by their apps elsewhere."
            }
            (None, false) => "It is not used any more.",
        };
        Ok(RemovedView {
            host,
            fetched_until,
            text: text.to_owned(),
        })
    }
}

fn unknown(host: &str) -> ClientError {
    ClientError::usage(
        "unknown-provider",
        format!("{host} is not in use. `dyad provider list` shows those that are."),
    )
}

/// `https://host`, `http://127.0.0.1:7411`, or the host alone.
fn parse_host(url: &str) -> Result<HostName> {
    let bad = || {
        ClientError::usage(
            "bad-url",
            format!(
                "{} is not a provider's address. Give it as https://HOST.",
                crate::driver::printable(url)
            ),
        )
    };
    let url = url.trim();
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let host: HostName = rest
        .strip_suffix('/')
        .unwrap_or(rest)
        .parse()
        .map_err(|_| bad())?;
    match scheme {
        "https" => Ok(host),
        "http" if host.is_loopback_ip() => Ok(host),
        "http" => Err(ClientError::usage(
            "plain-http",
            format!("http is used on this machine only; {host} needs https. Nothing was changed."),
        )),
        _ => Err(bad()),
    }
}

pub(super) fn view(
    connection: &Connection,
    provider: &Provider,
    driver: &Driver,
) -> Result<ProviderView> {
    let now = driver.now();
    let body = provider.document.body();
    let classes: Vec<TokenClass> = match (&body.issuer, provider.removed) {
        (Some(issuer), None) => issuer.classes.iter().map(|info| info.class).collect(),
        _ => Vec::new(),
    };
    let tokens = classes
        .into_iter()
        .filter(|class| USED.contains(class))
        .map(|class| stock(connection, provider, class, now))
        .collect::<Result<_>>()?;
    Ok(ProviderView {
        host: provider.host.clone(),
        issuer: body.issuer.is_some(),
        sender: body.sender.is_some(),
        receiver: body.receiver.is_some(),
        enrolled: provider.enrolled,
        added: provider.added,
        removed: provider.removed,
        key: provider.key_hash.to_string().chars().take(16).collect(),
        key_changed: provider.key_changed,
        health: health(connection, driver, provider)?,
        tokens,
        mailboxes: mailboxes::at(connection, &provider.host)?
            .iter()
            .filter(|m| m.root.is_some())
            .map(mailbox)
            .collect(),
    })
}

fn stock(
    connection: &Connection,
    provider: &Provider,
    class: TokenClass,
    now: Timestamp,
) -> Result<TokenStockView> {
    let (usable, later) = tokens::stock(connection, &provider.host, class, now)?;
    Ok(TokenStockView {
        class,
        usable,
        later,
        per_day: provider
            .quotas
            .iter()
            .find(|quota| quota.class == class)
            .map(|quota| quota.per_day),
        problem: tokens::problem(connection, &provider.host, class)?,
    })
}

fn health(connection: &Connection, driver: &Driver, provider: &Provider) -> Result<HealthView> {
    let unpaid = unpaid(connection, provider)?;
    let ok = provider.last_error.is_none() && !provider.key_changed && unpaid.is_none();
    let text = match (&provider.last_error, provider.key_changed) {
        (_, true) => format!(
            "{} shows another key than the one it was added with. It is not used until the old key is back.",
            provider.host
        ),
        (Some(error), false) => error.clone(),
        (None, false) => unpaid.unwrap_or_else(|| "in order".to_owned()),
    };
    Ok(HealthView {
        ok,
        text,
        last_ok: provider.last_ok,
        next_attempt: driver.next_attempt(&provider.host),
    })
}

/// A provider may be spread over several hosts, and one of them issues what the others take.
fn unpaid(connection: &Connection, provider: &Provider) -> Result<Option<String>> {
    let body = provider.document.body();
    if provider.removed.is_some() {
        return Ok(None);
    }
    for (runs, class, what) in [
        (body.sender.is_some(), TokenClass::Message, "sender"),
        (body.receiver.is_some(), TokenClass::Mailbox, "receiver"),
    ] {
        if runs && !tokens::issued_for(connection, &provider.host, class)? {
            return Ok(Some(format!(
                "No provider in use issues tokens for its {what}, which cannot be used without. Add the host of the same \
                 provider that issues them; its operator knows it."
            )));
        }
    }
    Ok(None)
}

fn mailbox(mailbox: &Mailbox) -> MailboxView {
    MailboxView {
        created: mailbox.created,
        ends: mailbox.ends,
        current: mailbox.retired.is_none() && mailbox.refused.is_none(),
        refused: mailbox.refused.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_named_by_url_or_host() {
        for text in [
            "https://dyad.example",
            "dyad.example",
            " https://DYAD.example/ ",
        ] {
            assert_eq!(parse_host(text).unwrap().as_str(), "dyad.example");
        }
        assert_eq!(
            parse_host("http://127.0.0.1:7411").unwrap().as_str(),
            "127.0.0.1:7411"
        );
        for text in [
            "http://dyad.example",
            "ftp://dyad.example",
            "https://dyad.example/path",
            "",
            "https://",
        ] {
            assert_eq!(
                parse_host(text).unwrap_err().kind,
                crate::ErrorKind::Usage,
                "{text}"
            );
        }
    }
}
