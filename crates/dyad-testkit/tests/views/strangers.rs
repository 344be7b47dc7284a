//! What a stranger can learn and cause.

use std::sync::Arc;
use std::time::Duration;

use dyad_net::{Dial, HttpClient, HttpLimits, Request};
use dyad_protocol::address::{AddressKind, AddressPlaintext, RecipientAddress, mint, seal};
use dyad_protocol::api::BINARY;
use dyad_protocol::batch::{DELIVER_PATH, Item, sign};
use dyad_protocol::document::{Document, ReceiverInfo, WELL_KNOWN_PATH};
use dyad_protocol::envelope::SealedMessage;
use dyad_protocol::id::{BatchId, HostName, RootAddress};
use dyad_protocol::invitation::{InvitationInput, parse};
use dyad_protocol::limits::SEALED_LEN;
use dyad_protocol::sign::{AddressSigningKey, ServiceKey};
use dyad_protocol::time::{Clock, Timestamp};
use dyad_provider::ProviderKeys;
use dyad_testkit::{BEGIN, Chance, SimulatedClock, Tape};
use rand_core::Rng;

use crate::parties::{MINUTE, Parties, host, name, seed};
use crate::wire;

/// Somebody who has got hold of a sender service's key, and so can deliver what they like.
struct Prober {
    http: HttpClient,
    sender: HostName,
    key: ServiceKey,
    receiver: HostName,
    info: ReceiverInfo,
    chance: rand_chacha::ChaCha20Rng,
}

impl Prober {
    async fn new(dialer: Arc<dyn Dial>, receiver: &str) -> Self {
        let http = HttpClient::new(dialer, HttpLimits::default());
        let (sender, receiver) = (name(&host("sender", 'a')), name(receiver));
        let request = Request::get(receiver.clone(), WELL_KNOWN_PATH);
        let document = http.send(request).await.unwrap();
        let document = Document::verify(&document.body, &receiver).unwrap();
        Self {
            http,
            key: ProviderKeys::derive(&sender, seed('a'), &[]).service,
            sender,
            info: document.body().receiver.clone().unwrap(),
            receiver,
            chance: Chance::new(5, 5).into_rng(),
        }
    }

    fn now(&self) -> Timestamp {
        SimulatedClock::new(BEGIN).now()
    }

    fn garbage(&mut self) -> SealedMessage {
        let mut bytes = [0; SEALED_LEN];
        self.chance.fill_bytes(&mut bytes);
        bytes[0] = 1;
        SealedMessage::from_slice(&bytes).unwrap()
    }

    /// An address of this shape, properly minted, but of a mailbox that is not there.
    fn nowhere(&mut self) -> RecipientAddress {
        let mut root = [0; 16];
        self.chance.fill_bytes(&mut root);
        let now = self.now();
        let plaintext = AddressPlaintext {
            root: RootAddress::new(root),
            expiry: AddressKind::Ticket.expiry(now),
            kind: AddressKind::Ticket,
        };
        let owner = AddressSigningKey::random(&mut self.chance);
        let key = self.info.address_key(now).unwrap().minting();
        mint(&self.receiver, &key, &plaintext, &owner, &mut self.chance).unwrap()
    }

    fn item(&mut self, address: &RecipientAddress) -> Item {
        let sealed = self.garbage();
        let now = self.now();
        let transit = self.info.transit_key(now).unwrap();
        let address = seal(
            &self.receiver,
            transit.generation,
            &transit.public,
            address,
            &sealed.hash(),
            &mut self.chance,
        );
        Item {
            address: address.unwrap(),
            sealed,
        }
    }

    /// Delivers, again if the receiver has first to find out who this is.
    async fn deliver(&mut self, items: &[Item]) {
        for _ in 0..10 {
            match self.try_to_deliver(items).await {
                503 => tokio::time::sleep(MINUTE).await,
                status => return assert_eq!(status, 202),
            }
        }
        panic!("never accepted");
    }

    async fn try_to_deliver(&mut self, items: &[Item]) -> u16 {
        let mut bytes = Vec::new();
        for item in items {
            item.write(&mut bytes);
        }
        let mut id = [0; 16];
        self.chance.fill_bytes(&mut id);
        let batch = sign(
            &self.key,
            &self.sender,
            &self.receiver,
            self.now(),
            BatchId::new(id),
            &bytes,
        );
        let request = Request::post(self.receiver.clone(), DELIVER_PATH, BINARY, batch);
        self.http.send(request).await.unwrap().status
    }
}

/// The long-term addresses at Alex's receiver that an invitation of Alex's gives away, with the rights of
/// somebody who has the link, or once had it.
fn addresses(file: &str) -> Vec<RecipientAddress> {
    let InvitationInput::Whole(_, invitation) = parse(file).unwrap() else {
        panic!()
    };
    let tickets = &invitation.bundle().body().tickets;
    tickets.iter().map(|ticket| ticket.address).collect()
}

fn invitation_file(parties: &mut Parties) -> String {
    let alex = parties.alex.clone();
    let invited = parties.world.must(&alex, "inviting", MINUTE, async |c| {
        c.invite(Default::default()).await
    });
    invited.unwrap().file
}

/// How many messages to this address the app fetched.
fn arrived(parties: &Parties, receiver: &str, address: &RecipientAddress) -> usize {
    let fetched = parties.fetched(receiver);
    fetched
        .iter()
        .filter(|entry| entry.address == address.id())
        .count()
}

#[test]
fn a_receiver_answers_the_same_whether_an_address_exists_or_not() {
    let mut parties = Parties::friends(51);
    let real = addresses(&invitation_file(&mut parties))[0];
    let receiver = host("receiver", 'a');
    let tape = Tape::default();
    let dialer = tape.dialer("prober");
    let to = receiver.clone();
    let probing = async move {
        let mut prober = Prober::new(dialer, &to).await;
        for round in 0..20_u8 {
            let mut forged = *real.as_bytes();
            forged[120] ^= 1;
            let address = match round % 4 {
                0 => real,
                1 => prober.nowhere(),
                2 => RecipientAddress::from_slice(&forged).unwrap(),
                _ => RecipientAddress::from_slice(&[1; RecipientAddress::LEN]).unwrap(),
            };
            let items: Vec<Item> = (0..3).map(|_| prober.item(&address)).collect();
            prober.deliver(&items).await;
        }
    };
    parties
        .world
        .run_on("prober", 30 * MINUTE, probing)
        .unwrap();
    parties.world.pass(10 * MINUTE).unwrap();
    let talks: Vec<wire::Talk> = tape.connections().iter().map(wire::read).collect();
    let mut answers = talks
        .iter()
        .flat_map(|talk| &talk.exchanges)
        .filter(|e| e.what.starts_with("POST") && e.status != 503);
    let first = answers.next().unwrap();
    let mut count = 1;
    for answer in answers {
        assert_eq!(
            (&answer.answer_head, &answer.answer),
            (&first.answer_head, &first.answer)
        );
        count += 1;
    }
    assert_eq!(count, 20);
    // It was not all one to the receiver: what had a valid address is in the mailbox, the rest is not.
    assert_eq!(arrived(&parties, &receiver, &real), 5 * 3);
}

#[test]
fn an_app_answers_nothing_to_strangers_and_shows_nothing_of_theirs() {
    let mut parties = Parties::friends(52);
    let real = addresses(&invitation_file(&mut parties))[0];
    parties.world.pass(10 * MINUTE).unwrap();
    let (receiver, sender) = (host("receiver", 'a'), host("sender", 'a'));
    let submitted = |parties: &Parties| parties.exchanges(&sender, "POST /v1/submit").len();
    let before = submitted(&parties);
    let (dialer, to) = (Tape::default().dialer("prober"), receiver.clone());
    let probing = async move {
        let mut prober = Prober::new(dialer, &to).await;
        for _ in 0..10 {
            let items: Vec<Item> = (0..6).map(|_| prober.item(&real)).collect();
            prober.deliver(&items).await;
        }
    };
    parties
        .world
        .run_on("prober", 30 * MINUTE, probing)
        .unwrap();
    parties.world.pass(Duration::from_secs(6 * 3_600)).unwrap();
    // The probes reached the app, which did not say a word.
    assert_eq!(arrived(&parties, &receiver, &real), 60);
    assert_eq!(submitted(&parties), before);
    assert_eq!(parties.world.ledger().violations(), Vec::<String>::new());
    // A message of a contact is answered, by an acknowledgement.
    parties.write(false, "Blair writes to Alex");
    assert!(submitted(&parties) > before);
}
