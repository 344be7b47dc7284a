//! People with profiles of their own, and providers on loopback with real services and stores.
#![allow(dead_code, unreachable_pub)]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dyad_client::view::{InboxQuery, InviteRequest, MessageView, ProfileView};
use dyad_client::{Client, ClientOptions, KdfCost, Timing, Unlock};
use dyad_net::{Dial, DirectDialer, DirectSettings};
use dyad_protocol::time::{Clock, SystemClock, Timestamp};
use dyad_provider::{Listeners, ProviderConfig, RunningProvider, start_provider_on};
use dyad_service::Shutdown;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// Time for what should happen at once.
pub const SOON: Duration = Duration::from_secs(20);

/// A provider in a folder and at a port of its own.
pub struct Provider {
    pub config: ProviderConfig,
    folder: TempDir,
    running: Option<(RunningProvider, Shutdown)>,
}

impl Provider {
    /// One that anybody may use, with `message` tokens a day.
    pub async fn begin(message: u16) -> Self {
        Self::with(message, |_| {}).await
    }

    pub async fn with(message: u16, adjust: impl FnOnce(&mut ProviderConfig)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::on(listener, message, adjust).await
    }

    /// One provider on three hosts: its issuer, its sender and its receiver.
    pub async fn spread(message: u16) -> [Self; 3] {
        let kept = tempfile::tempdir().unwrap();
        let seed = kept.path().join("seed");
        dyad_service::secrets::load_or_create(&seed).unwrap();
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let hosts: Vec<dyad_protocol::id::HostName> = listeners
            .iter()
            .map(|listener| listener.local_addr().unwrap().to_string().parse().unwrap())
            .collect();
        let mut parts = Vec::new();
        for (number, listener) in listeners.into_iter().enumerate() {
            let adjust = |config: &mut ProviderConfig| {
                let elsewhere = |other: usize| (other != number).then(|| hosts[other].clone());
                config.elsewhere.issuer = elsewhere(0);
                config.elsewhere.sender = elsewhere(1);
                config.elsewhere.receiver = elsewhere(2);
                config.issuer = config.issuer.take().filter(|_| number == 0);
                config.sender = config.sender.take().filter(|_| number == 1);
                config.receiver = config.receiver.take().filter(|_| number == 2);
                // The operator copies the secret.
                config.provider.seed_file = Some(seed.clone());
            };
            parts.push(Self::on(listener, message, adjust).await);
        }
        parts.try_into().ok().unwrap()
    }

    async fn on(
        listener: TcpListener,
        message: u16,
        adjust: impl FnOnce(&mut ProviderConfig),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = listener.local_addr().unwrap();
        let mut config = ProviderConfig::embedded(
            address.to_string().parse().unwrap(),
            address,
            &folder.path().join("data"),
        );
        for tier in config.issuer.as_mut().unwrap().tiers.values_mut() {
            (tier.message, tier.mailbox) = (message, 2);
        }
        let delivery = &mut config.sender.as_mut().unwrap().delivery;
        (delivery.relaxed_delay, delivery.retry_after_max) = (0, 1);
        (delivery.backoff_first, delivery.backoff_last) = (1, 2);
        config.provider.min_free_bytes = 0;
        adjust(&mut config);
        let mut provider = Self {
            config,
            folder,
            running: None,
        };
        provider.run(listener).await;
        provider
    }

    async fn run(&mut self, public: TcpListener) {
        let shutdown = Shutdown::new();
        let listeners = Listeners {
            public,
            admin: None,
        };
        let running = start_provider_on(
            &self.config,
            listeners,
            Arc::new(SystemClock),
            shutdown.clone(),
        )
        .await
        .unwrap();
        self.running = Some((running, shutdown));
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.config.provider.host)
    }

    pub fn host(&self) -> String {
        self.config.provider.host.to_string()
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub async fn stop(&mut self) {
        if let Some((running, shutdown)) = self.running.take() {
            shutdown.drain();
            running.finished().await;
        }
    }

    pub async fn start(&mut self) {
        let address: SocketAddr = self.config.provider.listen;
        self.run(TcpListener::bind(address).await.unwrap()).await;
    }

    /// Puts the secret of before aside; the next start makes another.
    pub fn lose_seed(&self) -> PathBuf {
        let kept = self.folder.path().join("old-seed");
        std::fs::rename(self.config.provider.seed_file(), &kept).unwrap();
        kept
    }
}

/// A person whose app runs only when told to.
pub struct Person {
    pub client: Client,
    home: TempDir,
    clock: Arc<dyn Clock>,
    dialer: Arc<dyn Dial>,
}

/// A clock that is off by so many seconds.
#[derive(Debug)]
pub struct WrongClock(pub i64);

impl Clock for WrongClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(SystemClock.now().as_secs().saturating_add_signed(self.0))
    }
}

pub fn timing() -> Timing {
    Timing {
        retry_first: Duration::from_millis(100),
        retry_max: Duration::from_secs(1),
        status_first: Duration::from_secs(1),
        poll_wait: 5,
        ..Timing::default()
    }
}

/// To hosts on this machine.
pub fn direct() -> Arc<dyn Dial> {
    Arc::new(DirectDialer::new(DirectSettings {
        allow_loopback: true,
        ..DirectSettings::default()
    }))
}

fn options(clock: &Arc<dyn Clock>, dialer: &Arc<dyn Dial>) -> ClientOptions {
    ClientOptions {
        clock: Arc::clone(clock),
        kdf: KdfCost::MINIMAL,
        timing: timing(),
        ..ClientOptions::new(Arc::clone(dialer))
    }
}

fn unlock() -> Unlock {
    Unlock::Passphrase("a passphrase".to_owned().into())
}

impl Person {
    pub async fn new(name: &str) -> Self {
        Self::with_clock(name, Arc::new(SystemClock)).await
    }

    pub async fn with_clock(name: &str, clock: Arc<dyn Clock>) -> Self {
        Self::with(name, clock, direct()).await
    }

    pub async fn with(name: &str, clock: Arc<dyn Clock>, dialer: Arc<dyn Dial>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let client = Client::create(home.path(), unlock(), options(&clock, &dialer))
            .await
            .unwrap();
        let profile = ProfileView {
            name: name.to_owned(),
            ..ProfileView::default()
        };
        client.set_profile(profile).unwrap();
        Self {
            client,
            home,
            clock,
            dialer,
        }
    }

    /// A person who uses these providers.
    pub async fn at(name: &str, providers: &[&Provider]) -> Self {
        let person = Self::new(name).await;
        for provider in providers {
            person
                .client
                .provider_add(&provider.url(), None)
                .await
                .unwrap();
        }
        person
    }

    /// Closes the profile and opens it again.
    pub async fn reopen(self) -> Self {
        let Self {
            client,
            home,
            clock,
            dialer,
        } = self;
        drop(client);
        let client = Client::open(home.path(), unlock(), options(&clock, &dialer))
            .await
            .unwrap();
        Self {
            client,
            home,
            clock,
            dialer,
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub async fn sync(&self) {
        self.client.sync_once().await.unwrap();
    }

    pub fn texts(&self) -> Vec<String> {
        self.messages()
            .into_iter()
            .map(|message| message.text)
            .collect()
    }

    pub fn messages(&self) -> Vec<MessageView> {
        self.client
            .inbox(&InboxQuery {
                since: Some(0),
                limit: 10_000,
                ..InboxQuery::default()
            })
            .unwrap()
    }

    /// Works in the background until the guard is dropped.
    pub fn online(&self) -> Online {
        let client = self.client.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            client.run(async { drop(stopped.await) }).await.unwrap();
        });
        Online {
            stop: Some(stop),
            task,
        }
    }
}

/// Somebody's background work.
pub struct Online {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    task: tokio::task::JoinHandle<()>,
}

impl Online {
    pub async fn end(mut self) {
        drop(self.stop.take());
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Online {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Looks again and again until it is so.
pub async fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = tokio::time::Instant::now() + 3 * SOON;
    while !is_so() {
        assert!(tokio::time::Instant::now() < end, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Makes contacts of two people: `a` invites, `b` accepts, both have answered.
pub async fn meet(a: &Person, b: &Person) {
    let invitation = a.client.invite(InviteRequest::default()).await.unwrap();
    assert!(invitation.hosted, "{:?}", invitation.note);
    let accepted = b.client.accept(&invitation.link, None).await.unwrap();
    assert!(accepted.sent, "{:?}", accepted.note);
    for _ in 0..100 {
        a.sync().await;
        b.sync().await;
        let active = |p: &Person| {
            p.client
                .contacts()
                .unwrap()
                .iter()
                .any(|c| c.status == dyad_client::view::ContactStatus::Active)
        };
        if active(a) && active(b) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!(
        "they did not meet: {:#?} {:#?}",
        a.client.status().unwrap(),
        b.client.status().unwrap()
    );
}
