//! Whole providers on loopback, with real stores, as apps see them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request, Response};
use dyad_protocol::address::{AddressKind, AddressPlaintext, RecipientAddress, mint, seal};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::account::{
    AccountInfo, ENROL_PATH, EnrolRequest, TOKENS_PATH, TokensRequest,
};
use dyad_protocol::api::fetch::{
    Attachment, Consumer, Entry, FETCH_PATH, FETCH_VERSION, FetchRequest, FetchResponse,
    MAX_FETCH_RESPONSE_LEN, Position,
};
use dyad_protocol::api::mailbox::{
    CHALLENGE_PATH, ChallengeResponse, CreateMailbox, MAILBOXES_PATH, MailboxInfo,
};
use dyad_protocol::api::submit::{SUBMIT_PATH, Submission, TrafficClass};
use dyad_protocol::batch::Item;
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::HostName;
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::{AccessKey, AccountKey, AddressSigningKey};
use dyad_protocol::time::{Clock, SystemClock};
use dyad_protocol::token::{BatchSeed, PendingBatch, Token, TokenClass, TokenScope};
use dyad_provider::{Listeners, ProviderConfig, RunningProvider, start_provider_on};
use dyad_service::Shutdown;
use tempfile::TempDir;
use tokio::net::TcpListener;

const JSON: &str = "application/json";

/// A provider in a folder of its own, at a port of its own.
struct Provider {
    config: ProviderConfig,
    shutdown: Shutdown,
    running: RunningProvider,
    _folder: TempDir,
}

impl Provider {
    async fn begin() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = config(listener.local_addr().unwrap(), folder.path());
        Self::on(config, listener, folder).await
    }

    async fn on(config: ProviderConfig, listener: TcpListener, folder: TempDir) -> Self {
        let shutdown = Shutdown::new();
        let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listeners = Listeners {
            public: listener,
            admin: Some(admin),
        };
        let clock = Arc::new(SystemClock);
        let running = start_provider_on(&config, listeners, clock, shutdown.clone())
            .await
            .unwrap();
        Self {
            config,
            shutdown,
            running,
            _folder: folder,
        }
    }

    fn host(&self) -> HostName {
        self.running.host().clone()
    }

    fn admin(&self) -> HostName {
        let address = self.running.admin_address().unwrap();
        address.to_string().parse().unwrap()
    }

    async fn stop(self) -> (ProviderConfig, TempDir) {
        self.shutdown.drain();
        self.running.finished().await;
        (self.config, self._folder)
    }

    /// Stops it, and starts it again on the same data and port.
    async fn restart(self) -> Self {
        let (config, folder) = self.stop().await;
        let listener = TcpListener::bind(config.provider.listen).await.unwrap();
        Self::on(config, listener, folder).await
    }
}

fn config(address: SocketAddr, folder: &Path) -> ProviderConfig {
    let host = address.to_string().parse().unwrap();
    let mut config = ProviderConfig::embedded(host, address, &folder.join("data"));
    let quotas = &mut config.issuer.as_mut().unwrap().tiers;
    for tier in quotas.values_mut() {
        // Enough for these tests, and quick.
        (tier.message, tier.mailbox) = (8, 2);
    }
    config.provider.min_free_bytes = 0;
    config
}

/// An app, as far as services can see one.
struct App {
    http: HttpClient,
    account: AccountKey,
}

impl App {
    fn new() -> Self {
        let dialer = DirectDialer::new(DirectSettings {
            allow_loopback: true,
            ..DirectSettings::default()
        });
        Self {
            http: HttpClient::new(Arc::new(dialer), HttpLimits::default()),
            account: AccountKey::random(&mut rand::rng()),
        }
    }

    async fn ask(&self, request: Request) -> Response {
        let request = request.with_max_response(MAX_FETCH_RESPONSE_LEN);
        self.http.send(request).await.unwrap()
    }

    async fn get(&self, host: &HostName, path: &str) -> Response {
        self.ask(Request::get(host.clone(), path)).await
    }

    async fn post(&self, host: &HostName, path: &str, body: &impl serde::Serialize) -> Response {
        let body = serde_json::to_vec(body).unwrap();
        self.ask(Request::post(host.clone(), path, JSON, body))
            .await
    }

    async fn document(&self, host: &HostName) -> Document {
        let answer = self.get(host, WELL_KNOWN_PATH).await;
        assert!(answer.is_success());
        Document::verify(&answer.body, host).unwrap()
    }

    async fn enrol(&self, host: &HostName) -> AccountInfo {
        let request = EnrolRequest::sign(host, &self.account, None);
        let answer = self.post(host, ENROL_PATH, &request).await;
        assert_eq!(answer.status, 200);
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Fetches today's tokens of a class; the same seed gives the same ones again.
    async fn tokens(&self, host: &HostName, class: TokenClass, seed: u8) -> Vec<Token> {
        let info = self.enrol(host).await;
        let quota = info
            .quotas
            .iter()
            .find(|quota| quota.class == class)
            .unwrap();
        let document = self.document(host).await;
        let issuer = document.body().issuer.as_ref().unwrap();
        let class_info = issuer
            .classes
            .iter()
            .find(|info| info.class == class)
            .unwrap();
        let key = class_info.keys[0];
        let scope = TokenScope {
            issuer: host.clone(),
            redeemer: class_info.redeemer.clone(),
            class,
            epoch: key.epoch,
        };
        let seed = BatchSeed::new([seed; 32]);
        let batch = PendingBatch::new(&seed, &key.key, &scope, quota.per_day).unwrap();
        let request =
            TokensRequest::sign(host, &self.account, class, key.epoch, batch.request()).encode();
        let answer = self
            .ask(Request::post(host.clone(), TOKENS_PATH, BINARY, request))
            .await;
        assert_eq!(answer.status, 200);
        batch.finish(&answer.body).unwrap()
    }

    async fn mailbox(&self, host: &HostName) -> Mailbox {
        let token = self.tokens(host, TokenClass::Mailbox, 1).await[0];
        let mut rng = rand::rng();
        let (address_key, access_key) = (
            AddressSigningKey::random(&mut rng),
            AccessKey::random(&mut rng),
        );
        let request = CreateMailbox {
            token,
            address_key: address_key.public(),
            access_key: access_key.public(),
        };
        let answer = self.post(host, MAILBOXES_PATH, &request).await;
        assert!(answer.is_success(), "{}", answer.status);
        let info: MailboxInfo = serde_json::from_slice(&answer.body).unwrap();
        Mailbox {
            host: host.clone(),
            info,
            address_key,
            access_key,
        }
    }

    async fn address(&self, mailbox: &Mailbox) -> RecipientAddress {
        let now = SystemClock.now();
        let document = self.document(&mailbox.host).await;
        let receiver = document.body().receiver.as_ref().unwrap();
        let plaintext = AddressPlaintext {
            root: mailbox.info.root,
            expiry: AddressKind::Ticket.expiry(now),
            kind: AddressKind::Ticket,
        };
        let key = receiver.address_key(now).unwrap().minting();
        mint(
            &mailbox.host,
            &key,
            &plaintext,
            &mailbox.address_key,
            &mut rand::rng(),
        )
        .unwrap()
    }

    /// Submits a message through `sender` to an address at the receiver with this document.
    async fn submit(
        &self,
        sender: &HostName,
        token: Token,
        document: &Document,
        address: &RecipientAddress,
        fill: u8,
    ) -> u16 {
        let sealed = SealedMessage::from_slice(&[fill; SEALED_LEN]).unwrap();
        let info = document.body().receiver.as_ref().unwrap();
        let transit = info.transit_key(SystemClock.now()).unwrap();
        let receiver = &document.body().host;
        let address = seal(
            receiver,
            transit.generation,
            &transit.public,
            address,
            &sealed.hash(),
            &mut rand::rng(),
        )
        .unwrap();
        let submission = Submission {
            token,
            class: TrafficClass::Prompt,
            receiver: receiver.clone(),
            dedup: None,
            item: Item { address, sealed },
        };
        let body = submission.encode();
        let request = Request::post(sender.clone(), SUBMIT_PATH, BINARY, body);
        self.ask(request).await.status
    }

    /// Waits for a message.
    async fn fetch(&self, mailbox: &Mailbox, acknowledged: Position) -> Vec<Entry> {
        let host = &mailbox.host;
        let challenge: ChallengeResponse =
            serde_json::from_slice(&self.get(host, CHALLENGE_PATH).await.body).unwrap();
        let attachment = Attachment::sign(
            host,
            &challenge.challenge,
            mailbox.info.root,
            Consumer(0),
            acknowledged,
            &mailbox.access_key,
        );
        let request = FetchRequest {
            version: FETCH_VERSION,
            challenge: challenge.challenge,
            wait: 20,
            mailboxes: vec![attachment],
        };
        let answer = self
            .ask(Request::post(
                host.clone(),
                FETCH_PATH,
                BINARY,
                request.encode(),
            ))
            .await;
        assert_eq!(answer.status, 200);
        let response = FetchResponse::decode(&answer.body).unwrap();
        assert_eq!(response.refused, []);
        response.entries
    }
}

struct Mailbox {
    host: HostName,
    info: MailboxInfo,
    address_key: AddressSigningKey,
    access_key: AccessKey,
}

fn fills(entries: &[Entry]) -> Vec<u8> {
    entries
        .iter()
        .map(|entry| entry.sealed.as_bytes()[0])
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alex_at_one_provider_writes_to_blair_at_another_and_to_a_neighbour_at_the_same() {
    let (here, there) = (Provider::begin().await, Provider::begin().await);
    let (alex, blair) = (App::new(), App::new());
    let mailbox = blair.mailbox(&there.host()).await;
    let address = blair.address(&mailbox).await;
    let tokens = alex.tokens(&here.host(), TokenClass::Message, 2).await;
    assert_eq!(tokens.len(), 8);
    let receiver = alex.document(&there.host()).await;
    let status = alex
        .submit(&here.host(), tokens[0], &receiver, &address, 7)
        .await;
    assert_eq!(status, 202);
    let entries = blair.fetch(&mailbox, Position(0)).await;
    assert_eq!(fills(&entries), [7]);
    assert_eq!(entries[0].address, address.id());

    // The provider delivers to itself as well.
    let neighbour = App::new();
    let mailbox = neighbour.mailbox(&here.host()).await;
    let address = neighbour.address(&mailbox).await;
    let receiver = alex.document(&here.host()).await;
    let status = alex
        .submit(&here.host(), tokens[1], &receiver, &address, 8)
        .await;
    assert_eq!(status, 202);
    assert_eq!(fills(&neighbour.fetch(&mailbox, Position(0)).await), [8]);
    here.stop().await;
    there.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_while_the_receiver_was_away_arrives_after_restarts_of_both() {
    let (here, there) = (Provider::begin().await, Provider::begin().await);
    let (alex, blair) = (App::new(), App::new());
    let mailbox = blair.mailbox(&there.host()).await;
    let addresses = [blair.address(&mailbox).await, blair.address(&mailbox).await];
    let tokens = alex.tokens(&here.host(), TokenClass::Message, 2).await;
    let (sender, receiver) = (
        alex.document(&here.host()).await,
        alex.document(&there.host()).await,
    );
    let status = alex
        .submit(&here.host(), tokens[0], &receiver, &addresses[0], 1)
        .await;
    assert_eq!(status, 202);
    let first = blair.fetch(&mailbox, Position(0)).await;
    assert_eq!(fills(&first), [1]);

    let (away, folder) = there.stop().await;
    let status = alex
        .submit(&here.host(), tokens[1], &receiver, &addresses[1], 2)
        .await;
    assert_eq!(status, 202);
    let here = here.restart().await;
    let listener = TcpListener::bind(away.provider.listen).await.unwrap();
    let there = Provider::on(away, listener, folder).await;

    // Nobody's keys changed; the same tokens are there again, and those that were spent stay spent.
    let again = alex.document(&here.host()).await;
    assert_eq!(again.body().key, sender.body().key);
    let again = alex.document(&there.host()).await;
    assert_eq!(again.body().receiver, receiver.body().receiver);
    assert_eq!(
        alex.tokens(&here.host(), TokenClass::Message, 2).await,
        tokens
    );
    let status = alex
        .submit(&here.host(), tokens[1], &receiver, &addresses[1], 3)
        .await;
    assert_eq!(status, 409);
    let second = blair.fetch(&mailbox, first[0].position).await;
    assert_eq!(fills(&second), [2]);
    here.stop().await;
    there.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_has_a_listener_of_its_own() {
    let provider = Provider::begin().await;
    let (app, admin) = (App::new(), provider.admin());
    for (path, status) in [("/healthz", 200), ("/readyz", 200), ("/metrics", 200)] {
        assert_eq!(app.get(&admin, path).await.status, status, "{path}");
        assert_eq!(app.get(&provider.host(), path).await.status, 404, "{path}");
    }
    let new = serde_json::json!({ "uses": 1, "days": 7 });
    let made = app.post(&admin, dyad_issuer::admin::CODES_PATH, &new).await;
    assert_eq!(made.status, 201);
    let refused = app
        .post(&provider.host(), dyad_issuer::admin::CODES_PATH, &new)
        .await;
    assert_eq!(refused.status, 404);
    provider.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_is_answered_when_the_provider_stops() {
    let provider = Provider::begin().await;
    let app = Arc::new(App::new());
    let mailbox = app.mailbox(&provider.host()).await;
    let waiting = {
        let app = Arc::clone(&app);
        tokio::spawn(async move { app.fetch(&mailbox, Position(0)).await })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    let begun = std::time::Instant::now();
    provider.stop().await;
    assert_eq!(waiting.await.unwrap(), []);
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "{:?}",
        begun.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn one_provider_can_be_spread_over_two_hosts() {
    let (front, back) = (
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
        TcpListener::bind("127.0.0.1:0").await.unwrap(),
    );
    let (front_folder, back_folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut issuing = config(front.local_addr().unwrap(), front_folder.path());
    let mut carrying = config(back.local_addr().unwrap(), back_folder.path());
    issuing.sender = None;
    issuing.receiver = None;
    issuing.elsewhere.sender = Some(carrying.provider.host.clone());
    issuing.elsewhere.receiver = Some(carrying.provider.host.clone());
    carrying.issuer = None;
    carrying.elsewhere.issuer = Some(issuing.provider.host.clone());
    // The operator copies the secret.
    let seed = front_folder.path().join("seed");
    dyad_service::secrets::load_or_create(&seed).unwrap();
    issuing.provider.seed_file = Some(seed.clone());
    carrying.provider.seed_file = Some(seed);

    let front = Provider::on(issuing, front, front_folder).await;
    let back = Provider::on(carrying, back, back_folder).await;
    let app = App::new();
    let documents = (
        app.document(&front.host()).await,
        app.document(&back.host()).await,
    );
    assert!(documents.0.body().sender.is_none() && documents.1.body().issuer.is_none());
    assert_ne!(documents.0.body().key, documents.1.body().key);

    let token = app.tokens(&front.host(), TokenClass::Mailbox, 1).await[0];
    let mut rng = rand::rng();
    let request = CreateMailbox {
        token,
        address_key: AddressSigningKey::random(&mut rng).public(),
        access_key: AccessKey::random(&mut rng).public(),
    };
    let answer = app.post(&back.host(), MAILBOXES_PATH, &request).await;
    assert!(answer.is_success(), "{}", answer.status);
    front.stop().await;
    back.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_folder_are_refused_and_the_first_goes_on() {
    let provider = Provider::begin().await;
    let mut second = provider.config.clone();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    second.provider.host = listener.local_addr().unwrap().to_string().parse().unwrap();
    let listeners = Listeners {
        public: listener,
        admin: None,
    };
    let shutdown = Shutdown::new();
    let refused = start_provider_on(&second, listeners, Arc::new(SystemClock), shutdown).await;
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("in use by another process"), "{text}");
    App::new().document(&provider.host()).await;
    provider.stop().await;
}
