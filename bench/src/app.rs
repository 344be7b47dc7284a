//! What an app does at its services, without an engine: enough to load a provider with real traffic.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyad_net::{DirectDialer, DirectSettings, HttpClient, HttpLimits, Request};
use dyad_protocol::address::{self, AddressKind, AddressPlaintext};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::account::{ENROL_PATH, EnrolRequest, TOKENS_PATH, TokensRequest};
use dyad_protocol::api::fetch::{
    Attachment, Consumer, FETCH_PATH, FETCH_VERSION, FetchRequest, FetchResponse,
    MAX_FETCH_RESPONSE_LEN, Position,
};
use dyad_protocol::api::mailbox::{
    CHALLENGE_PATH, ChallengeResponse, CreateMailbox, MAILBOXES_PATH, MailboxInfo,
};
use dyad_protocol::api::submit::{SUBMIT_PATH, Submission, TrafficClass};
use dyad_protocol::batch::Item;
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{HostName, RootAddress};
use dyad_protocol::limits::{MAX_DOCUMENT_LEN, SEALED_LEN};
use dyad_protocol::sign::{AccessKey, AccountKey, AddressSigningKey};
use dyad_protocol::time::{Clock, SystemClock};
use dyad_protocol::token::{BatchSeed, PendingBatch, Token, TokenClass, TokenScope};
use rand::Rng;

/// One client of one provider.
#[derive(Clone)]
pub struct App {
    http: HttpClient,
    host: HostName,
    document: Arc<Document>,
}

/// A mailbox with its keys.
pub struct Mailbox {
    root: RootAddress,
    owner: AddressSigningKey,
    access: AccessKey,
}

impl App {
    /// Reads the provider's document.
    ///
    /// # Errors
    /// If the provider does not answer as it should.
    pub async fn connect(host: &HostName) -> io::Result<Self> {
        let dialer = DirectDialer::new(DirectSettings {
            allow_loopback: true,
            ..DirectSettings::default()
        });
        let limits = HttpLimits {
            max_idle_per_host: 256,
            max_idle: 256,
            max_in_flight: 1024,
            ..HttpLimits::default()
        };
        let http = HttpClient::new(Arc::new(dialer), limits);
        let request =
            Request::get(host.clone(), WELL_KNOWN_PATH).with_max_response(MAX_DOCUMENT_LEN);
        let response = http.send(request).await.map_err(io::Error::other)?;
        let document = Document::verify(&response.body, host).map_err(io::Error::other)?;
        Ok(Self {
            http,
            host: host.clone(),
            document: Arc::new(document),
        })
    }

    /// A day's tokens of one class, on a new account.
    ///
    /// # Errors
    /// If the issuer refuses.
    pub async fn tokens(&self, class: TokenClass, count: u16) -> io::Result<Vec<Token>> {
        let mut rng = rand::rng();
        let key = AccountKey::random(&mut rng);
        let enrol = EnrolRequest::sign(&self.host, &key, None);
        self.post(ENROL_PATH, "application/json", serde_json::to_vec(&enrol)?)
            .await?;
        let issuer = self
            .document
            .body()
            .issuer
            .as_ref()
            .ok_or(io::Error::other("no issuer"))?;
        let info = issuer
            .classes
            .iter()
            .find(|info| info.class == class)
            .ok_or(io::Error::other("no such class"))?;
        let key_of_day = info.keys.first().ok_or(io::Error::other("no key"))?;
        let scope = TokenScope {
            issuer: self.host.clone(),
            redeemer: info.redeemer.clone(),
            class,
            epoch: key_of_day.epoch,
        };
        let seed = BatchSeed::random(&mut rng);
        let pending =
            PendingBatch::new(&seed, &key_of_day.key, &scope, count).map_err(io::Error::other)?;
        let request =
            TokensRequest::sign(&self.host, &key, class, key_of_day.epoch, pending.request());
        let response = self.post(TOKENS_PATH, BINARY, request.encode()).await?;
        pending.finish(&response).map_err(io::Error::other)
    }

    /// Makes a mailbox.
    ///
    /// # Errors
    /// If the receiver refuses.
    pub async fn mailbox(&self, token: Token) -> io::Result<Mailbox> {
        let (owner, access) = {
            let mut rng = rand::rng();
            (
                AddressSigningKey::random(&mut rng),
                AccessKey::random(&mut rng),
            )
        };
        let request = CreateMailbox {
            token,
            address_key: owner.public(),
            access_key: access.public(),
        };
        let response = self
            .post(
                MAILBOXES_PATH,
                "application/json",
                serde_json::to_vec(&request)?,
            )
            .await?;
        let info: MailboxInfo = serde_json::from_slice(&response)?;
        Ok(Mailbox {
            root: info.root,
            owner,
            access,
        })
    }

    /// A message of random bytes to a fresh address of a mailbox, encoded and ready to submit.
    ///
    /// # Errors
    /// If the receiver's keys are unusable.
    pub fn submission(&self, mailbox: &Mailbox, token: Token) -> io::Result<Vec<u8>> {
        let mut rng = rand::rng();
        let now = SystemClock.now();
        let receiver = self
            .document
            .body()
            .receiver
            .as_ref()
            .ok_or(io::Error::other("no receiver"))?;
        let (Some(minting), Some(transit)) = (receiver.address_key(now), receiver.transit_key(now))
        else {
            return Err(io::Error::other("no keys"));
        };
        let plaintext = AddressPlaintext {
            root: mailbox.root,
            expiry: AddressKind::Ticket.expiry(now),
            kind: AddressKind::Ticket,
        };
        let minted = address::mint(
            &self.host,
            &minting.minting(),
            &plaintext,
            &mailbox.owner,
            &mut rng,
        )
        .map_err(io::Error::other)?;
        let mut bytes = vec![0; SEALED_LEN];
        rng.fill_bytes(&mut bytes);
        let sealed = SealedMessage::from_slice(&bytes).ok_or(io::Error::other("length"))?;
        let address = address::seal(
            &self.host,
            transit.generation,
            &transit.public,
            &minted,
            &sealed.hash(),
            &mut rng,
        )
        .map_err(io::Error::other)?;
        let submission = Submission {
            token,
            class: TrafficClass::Prompt,
            receiver: self.host.clone(),
            dedup: None,
            item: Item { address, sealed },
        };
        Ok(submission.encode())
    }

    /// Submits; returns once the sender service has it on disk.
    ///
    /// # Errors
    /// If it is refused.
    pub async fn submit(&self, encoded: Vec<u8>) -> io::Result<()> {
        self.post(SUBMIT_PATH, BINARY, encoded).await.map(drop)
    }

    /// Fetches what waits after `acknowledged`, waiting up to `wait` seconds. Returns the hashes of the
    /// messages and the position to go on from.
    ///
    /// # Errors
    /// If the receiver refuses.
    pub async fn fetch(
        &self,
        mailbox: &Mailbox,
        acknowledged: Position,
        wait: u8,
    ) -> io::Result<(Vec<dyad_protocol::id::SealedHash>, Position)> {
        let request = Request::get(self.host.clone(), CHALLENGE_PATH);
        let response = self.http.send(request).await.map_err(io::Error::other)?;
        let ChallengeResponse { challenge } = serde_json::from_slice(&response.body)?;
        let attachment = self.attach(mailbox, &challenge, acknowledged);
        let request = FetchRequest {
            version: FETCH_VERSION,
            challenge,
            wait,
            mailboxes: vec![attachment],
        };
        let response = self.post(FETCH_PATH, BINARY, request.encode()).await?;
        let response = FetchResponse::decode(&response).map_err(io::Error::other)?;
        let last = response
            .entries
            .last()
            .map_or(acknowledged, |entry| entry.position);
        Ok((
            response
                .entries
                .iter()
                .map(|entry| entry.sealed.hash())
                .collect(),
            last,
        ))
    }

    /// Opens a mailbox: proof of ownership for a challenge.
    pub fn attach(
        &self,
        mailbox: &Mailbox,
        challenge: &dyad_protocol::id::Challenge,
        acknowledged: Position,
    ) -> Attachment {
        Attachment::sign(
            &self.host,
            challenge,
            mailbox.root,
            Consumer(0),
            acknowledged,
            &mailbox.access,
        )
    }

    /// The client underneath.
    pub fn http(&self) -> &HttpClient {
        &self.http
    }

    async fn post(&self, path: &str, kind: &'static str, body: Vec<u8>) -> io::Result<Bytes> {
        let request = Request::post(self.host.clone(), path, kind, body)
            .with_max_response(MAX_FETCH_RESPONSE_LEN)
            .with_timeout(Duration::from_secs(90));
        let response = self.http.send(request).await.map_err(io::Error::other)?;
        match response.status {
            200..=299 => Ok(response.body),
            status => Err(io::Error::other(format!(
                "{path}: {status} {}",
                String::from_utf8_lossy(&response.body)
            ))),
        }
    }
}
