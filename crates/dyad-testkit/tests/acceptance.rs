//! "Accepted" means on disk: what a provider says while its disks fill up and its power goes, at any write.
//!
//! Apps would hide a broken promise by sending again; so here plain requests are made, and what was answered is
//! held against what arrives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use dyad_net::{HttpClient, HttpLimits, NetError, Request, Response};
use dyad_protocol::address::{AddressKind, AddressPlaintext, mint, seal};
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
use dyad_protocol::id::HostName;
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::{AccessKey, AccountKey, AddressSigningKey};
use dyad_protocol::time::{Clock, Timestamp};
use dyad_protocol::token::{BatchSeed, PendingBatch, ProviderSeed, Token, TokenClass, TokenScope};
use dyad_testkit::{BEGIN, Chance, SimulatedClock, SimulatedProvider, Tape, World};
use rand_chacha::ChaCha20Rng;

/// Messages submitted in one run.
const MESSAGES: u16 = 60;
const JSON: &str = "application/json";
const HOSTS: [&str; 2] = ["one.example", "two.example"];

/// The best that was answered to each submission: `Some` status, or none at all.
type Answers = Rc<RefCell<BTreeMap<u16, Option<u16>>>>;

/// Somebody who speaks with services by hand.
struct Hand {
    http: HttpClient,
    account: AccountKey,
    rng: ChaCha20Rng,
}

struct Mailbox {
    info: MailboxInfo,
    address_key: AddressSigningKey,
    access_key: AccessKey,
}

fn host(number: usize) -> HostName {
    HOSTS[number].parse().unwrap()
}

fn now() -> Timestamp {
    SimulatedClock::new(BEGIN).now()
}

impl Hand {
    fn new(seed: u64) -> Self {
        let mut rng = Chance::new(seed, 7).into_rng();
        let dialer = Tape::default().dialer("hand");
        Self {
            http: HttpClient::new(dialer, HttpLimits::default()),
            account: AccountKey::random(&mut rng),
            rng,
        }
    }

    async fn try_ask(&self, request: Request) -> Result<Response, NetError> {
        let limit = Duration::from_secs(30);
        let request = request
            .with_timeout(limit)
            .with_max_response(MAX_FETCH_RESPONSE_LEN);
        self.http.send(request).await
    }

    /// Asks until there is a good answer.
    async fn ask(&self, request: Request) -> Response {
        loop {
            match self.try_ask(request.clone()).await {
                Ok(answer) if answer.is_success() => return answer,
                _ => tokio::time::sleep(Duration::from_secs(5)).await,
            }
        }
    }

    async fn post(&self, host: &HostName, path: &str, body: &impl serde::Serialize) -> Response {
        let body = serde_json::to_vec(body).unwrap();
        self.ask(Request::post(host.clone(), path, JSON, body))
            .await
    }

    async fn document(&self, host: &HostName) -> Document {
        let answer = self.ask(Request::get(host.clone(), WELL_KNOWN_PATH)).await;
        Document::verify(&answer.body, host).unwrap()
    }

    async fn tokens(&self, host: &HostName, class: TokenClass, count: u16) -> Vec<Token> {
        self.post(
            host,
            ENROL_PATH,
            &EnrolRequest::sign(host, &self.account, None),
        )
        .await;
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
        let batch = PendingBatch::new(&BatchSeed::new([3; 32]), &key.key, &scope, count).unwrap();
        let request = TokensRequest::sign(host, &self.account, class, key.epoch, batch.request());
        let request = Request::post(host.clone(), TOKENS_PATH, BINARY, request.encode());
        batch.finish(&self.ask(request).await.body).unwrap()
    }

    async fn mailbox(&mut self, host: &HostName) -> Mailbox {
        let token = self.tokens(host, TokenClass::Mailbox, 2).await[0];
        let address_key = AddressSigningKey::random(&mut self.rng);
        let access_key = AccessKey::random(&mut self.rng);
        let request = CreateMailbox {
            token,
            address_key: address_key.public(),
            access_key: access_key.public(),
        };
        let answer = self.post(host, MAILBOXES_PATH, &request).await;
        Mailbox {
            info: serde_json::from_slice(&answer.body).unwrap(),
            address_key,
            access_key,
        }
    }

    /// Message `number`, which says nothing but its number.
    fn submission(
        &mut self,
        number: u16,
        token: Token,
        to: &HostName,
        receiver: &Document,
        mailbox: &Mailbox,
    ) -> Vec<u8> {
        let mut sealed = [1; SEALED_LEN];
        sealed[1..3].copy_from_slice(&number.to_be_bytes());
        let sealed = SealedMessage::from_slice(&sealed).unwrap();
        let info = receiver.body().receiver.as_ref().unwrap();
        let plaintext = AddressPlaintext {
            root: mailbox.info.root,
            expiry: AddressKind::Ticket.expiry(now()),
            kind: AddressKind::Ticket,
        };
        let key = info.address_key(now()).unwrap().minting();
        let address = mint(to, &key, &plaintext, &mailbox.address_key, &mut self.rng).unwrap();
        let transit = info.transit_key(now()).unwrap();
        let (generation, public) = (transit.generation, &transit.public);
        let address = seal(
            to,
            generation,
            public,
            &address,
            &sealed.hash(),
            &mut self.rng,
        )
        .unwrap();
        let submission = Submission {
            token,
            class: TrafficClass::Prompt,
            receiver: to.clone(),
            dedup: None,
            item: Item { address, sealed },
        };
        submission.encode()
    }

    /// Submits everything, each message twice if the first answer was not clear, and notes what was answered.
    async fn submit_all(&mut self, answers: &Answers, mailbox: &Mailbox) {
        let (from, to) = (host(0), host(1));
        let tokens = self.tokens(&from, TokenClass::Message, MESSAGES).await;
        let receiver = self.document(&to).await;
        for (number, token) in (0..MESSAGES).zip(tokens) {
            let body = self.submission(number, token, &to, &receiver, mailbox);
            for _ in 0..2 {
                let request = Request::post(from.clone(), SUBMIT_PATH, BINARY, body.clone());
                let status = self.try_ask(request).await.ok().map(|answer| answer.status);
                answers.borrow_mut().insert(number, status);
                if status.is_some() {
                    break;
                }
            }
            tokio::time::sleep(Duration::from_secs(20)).await;
        }
    }

    /// The numbers of all messages in the mailbox.
    async fn fetch_all(&mut self, mailbox: &Mailbox) -> Vec<u16> {
        let (host, mut numbers, mut position) = (host(1), Vec::new(), Position(0));
        loop {
            let challenge = self.ask(Request::get(host.clone(), CHALLENGE_PATH)).await;
            let challenge: ChallengeResponse = serde_json::from_slice(&challenge.body).unwrap();
            let challenge = challenge.challenge;
            let (root, key) = (mailbox.info.root, &mailbox.access_key);
            let attachment = Attachment::sign(&host, &challenge, root, Consumer(0), position, key);
            let request = FetchRequest {
                version: FETCH_VERSION,
                challenge,
                wait: 0,
                mailboxes: vec![attachment],
            };
            let request = Request::post(host.clone(), FETCH_PATH, BINARY, request.encode());
            let response = FetchResponse::decode(&self.ask(request).await.body).unwrap();
            let Some(last) = response.entries.last() else {
                return numbers;
            };
            position = last.position;
            let number = |bytes: &[u8; SEALED_LEN]| u16::from_be_bytes([bytes[1], bytes[2]]);
            numbers.extend(
                response
                    .entries
                    .iter()
                    .map(|entry| number(entry.sealed.as_bytes())),
            );
        }
    }
}

fn world(seed: u64) -> World {
    let mut world = World::new(seed, Duration::from_millis(100));
    for (number, host) in HOSTS.iter().enumerate() {
        let secret = ProviderSeed::new([number as u8; 32]);
        let mut provider = SimulatedProvider::new(host.parse().unwrap(), secret, BEGIN);
        for tier in provider
            .config_mut()
            .issuer
            .as_mut()
            .unwrap()
            .tiers
            .values_mut()
        {
            (tier.message, tier.mailbox) = (MESSAGES, 2);
        }
        world.add_provider(provider);
    }
    world
}

/// One thing goes wrong, or is mended.
fn disturb(world: &mut World, chance: &mut Chance) {
    let provider = world.providers()[chance.below(2) as usize].clone();
    let service = ["sender", "receiver"][chance.below(2) as usize];
    match chance.below(4) {
        0 => provider
            .fuse()
            .arm(chance.below(6) as u32, chance.percent(50)),
        1 => provider.disk(service).faults().set_full(true),
        _ => provider.disk(service).faults().set_full(false),
    }
}

#[test]
fn what_was_accepted_arrives_once_though_disks_fill_up_and_power_goes() {
    let (mut taken, mut refused, mut unclear, mut crashes) = (0, 0, 0, 0);
    for seed in 0..4 {
        let mut world = world(seed);
        let mut chance = Chance::new(seed, 8);
        let answers = Answers::default();
        let hour = Duration::from_secs(3_600);
        let (mut hand, mailbox) = world
            .run_on("opening", hour, async move {
                let mut hand = Hand::new(seed);
                let mailbox = hand.mailbox(&host(1)).await;
                (hand, Rc::new(mailbox))
            })
            .unwrap();
        let done = Rc::new(RefCell::new(false));
        let (noted, ended, open) = (Rc::clone(&answers), Rc::clone(&done), Rc::clone(&mailbox));
        world.network().client("submitting", async move {
            // Connections belong to the machine that made them.
            hand.http = Hand::new(seed).http;
            hand.submit_all(&noted, &open).await;
            *ended.borrow_mut() = true;
            Ok(())
        });
        while !*done.borrow() {
            world
                .pass(chance.duration(Duration::from_secs(1), Duration::from_secs(60)))
                .unwrap();
            disturb(&mut world, &mut chance);
        }
        for provider in world.providers() {
            provider.fuse().renew();
            for service in ["sender", "receiver"] {
                provider.disk(service).faults().set_full(false);
            }
        }
        world.pass(3 * hour).unwrap();
        crashes += world.crashes();
        let mut arrived = world
            .run_on("fetching", hour, async move {
                let mut hand = Hand::new(seed);
                hand.fetch_all(&mailbox).await
            })
            .unwrap();
        arrived.sort_unstable();
        assert!(
            arrived.windows(2).all(|pair| pair[0] != pair[1]),
            "seed {seed}: twice: {arrived:?}"
        );
        for (number, answer) in answers.borrow().iter() {
            let is_there = arrived.binary_search(number).is_ok();
            match answer {
                Some(202) => {
                    taken += 1;
                    assert!(
                        is_there,
                        "seed {seed}: message {number} was accepted and is lost"
                    );
                }
                // The answer was about the first of two tries that both were made, perhaps.
                Some(status) => {
                    refused += 1;
                    assert!(
                        [429, 500, 503, 507].contains(status),
                        "seed {seed}: {status}"
                    );
                }
                None => unclear += 1,
            }
        }
    }
    // All of it did happen.
    assert!(
        taken > 40 && refused > 10 && unclear > 0 && crashes > 10,
        "{taken} {refused} {unclear} {crashes}"
    );
}
