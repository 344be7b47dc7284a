//! What an app does at its services, without an engine: enough to load a provider with real traffic.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use dyad_net::{
    DirectDialer, DirectSettings, HttpClient, HttpLimits, Request, WebSocket, WebSocketLimits,
    websocket,
};
use dyad_protocol::address::{self, AddressKind, AddressPlaintext};
use dyad_protocol::api::BINARY;
use dyad_protocol::api::account::{ENROL_PATH, EnrolRequest, TOKENS_PATH, TokensRequest};
use dyad_protocol::api::fetch::{
    Acknowledgement, Attachment, ClientFrame, Consumer, MAX_FETCH_RESPONSE_LEN, Position,
    STREAM_PATH, ServerFrame,
};
use dyad_protocol::api::mailbox::{CreateMailbox, MAILBOXES_PATH, MailboxInfo};
use dyad_protocol::api::submit::{SUBMIT_PATH, Submission, TrafficClass};
use dyad_protocol::batch::Item;
use dyad_protocol::document::{Document, WELL_KNOWN_PATH};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{HostName, RootAddress, SealedHash};
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

    /// Opens the mailbox over a WebSocket of its own, as an app does that is running.
    ///
    /// # Errors
    /// If the receiver refuses.
    pub async fn listen(&self, mailbox: &Mailbox) -> io::Result<Listener> {
        let limits = WebSocketLimits {
            idle: Duration::from_secs(600),
            ..WebSocketLimits::default()
        };
        let dialer = self.http.dialer().as_ref();
        let mut socket = websocket(dialer, &self.host, STREAM_PATH, limits)
            .await
            .map_err(io::Error::other)?;
        let hello = socket.recv().await.map_err(io::Error::other)?;
        let Ok(ServerFrame::Hello(challenge)) = ServerFrame::decode(&hello.unwrap_or_default())
        else {
            return Err(io::Error::other("no greeting"));
        };
        let attach = ClientFrame::Attach(self.attach(mailbox, &challenge, Position(0)));
        socket
            .send(Bytes::from(attach.encode()))
            .await
            .map_err(io::Error::other)?;
        Ok(Listener {
            socket,
            root: mailbox.root,
            unacknowledged: None,
        })
    }

    /// Opens a mailbox: proof of ownership for a challenge.
    fn attach(
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

/// An open mailbox.
pub struct Listener {
    socket: WebSocket,
    root: RootAddress,
    unacknowledged: Option<Position>,
}

impl Listener {
    /// The next message, by its hash. What came is acknowledged whenever nothing more waits.
    ///
    /// # Errors
    /// If the connection ends.
    pub async fn next(&mut self) -> io::Result<SealedHash> {
        loop {
            let frame = self.socket.recv().await.map_err(io::Error::other)?;
            let frame = frame.ok_or(io::Error::other("the connection ended"))?;
            match ServerFrame::decode(&frame).map_err(io::Error::other)? {
                ServerFrame::Entry(entry) => {
                    self.unacknowledged = Some(entry.position);
                    return Ok(entry.sealed.hash());
                }
                ServerFrame::CaughtUp(_) => self.acknowledge().await?,
                ServerFrame::Refused(_) => return Err(io::Error::other("refused")),
                _ => {}
            }
        }
    }

    async fn acknowledge(&mut self) -> io::Result<()> {
        let Some(position) = self.unacknowledged.take() else {
            return Ok(());
        };
        let frame = ClientFrame::Acknowledge(Acknowledgement {
            root: self.root,
            position,
        });
        self.socket
            .send(Bytes::from(frame.encode()))
            .await
            .map_err(io::Error::other)
    }
}
