//! Alex and Blair, each with a provider of their own whose services run on hosts of their own, so that what
//! goes over a host's connections and lies on its disk is exactly what one service sees.

use std::time::Duration;

use dyad_client::view::{ContactStatus, InviteRequest, MessageState};
use dyad_protocol::api::fetch::{Entry, ServerFrame};
use dyad_protocol::batch::{self, Item};
use dyad_protocol::id::HostName;
use dyad_protocol::limits::ITEM_LEN;
use dyad_protocol::token::ProviderSeed;
use dyad_testkit::{BEGIN, Person, SimulatedProvider, Tape, World};

use crate::wire::{self, Exchange, Talk};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

/// What each person is called by the other: long enough not to occur by chance.
pub(crate) const NICKS: [&str; 2] = ["Alexandrina of Lisbon", "Blairwick of Aberdeen"];

/// The world with everything recorded.
pub(crate) struct Parties {
    pub(crate) world: World,
    pub(crate) tape: Tape,
    pub(crate) alex: Person,
    pub(crate) blair: Person,
    /// The invitation's link, by which they met.
    pub(crate) link: String,
}

/// One service of the provider of `a` or `b`.
pub(crate) fn host(service: &str, whose: char) -> String {
    format!("{service}.{whose}.example")
}

pub(crate) fn name(host: &str) -> HostName {
    host.parse().unwrap()
}

/// The secret of a person's provider.
pub(crate) fn seed(whose: char) -> ProviderSeed {
    ProviderSeed::new([whose as u8; 32])
}

impl Parties {
    /// Both have their providers and have never met.
    pub(crate) fn strangers(number: u64) -> Self {
        let tape = Tape::default();
        let mut world = World::new(number, Duration::from_millis(40));
        for whose in ['a', 'b'] {
            for service in ["issuer", "sender", "receiver"] {
                let mut part = part(service, whose);
                part.record(&tape);
                world.add_provider(part);
            }
        }
        let mut people = [("alex", 2 * number), ("blair", 2 * number + 1)].map(|(name, seed)| {
            let mut person = Person::new(name, seed, BEGIN, world.ledger()).unwrap();
            person.record(&tape);
            person
        });
        for (person, whose) in people.iter_mut().zip(['a', 'b']) {
            world.add_person(person.clone());
            for service in ["issuer", "sender", "receiver"] {
                let url = host(service, whose);
                let add = async move |c: dyad_client::Client| c.provider_add(&url, None).await;
                world
                    .must(person, "adding a provider", 10 * MINUTE, add)
                    .unwrap();
            }
        }
        let [alex, blair] = people;
        // Tokens and mailboxes that need a second round of looking after the providers.
        world.pass(90 * MINUTE).unwrap();
        Self {
            world,
            tape,
            alex,
            blair,
            link: String::new(),
        }
    }

    /// Alex has invited, Blair has answered by the link, and both can write.
    pub(crate) fn friends(number: u64) -> Self {
        let mut parties = Self::strangers(number);
        parties.meet();
        parties
    }

    fn meet(&mut self) {
        self.link = self.invite();
        let link = self.link.clone();
        let (world, limit) = (&mut self.world, 10 * MINUTE);
        world
            .must(&self.blair, "accepting", limit, async move |client| {
                client.accept(&link, Some(NICKS[0])).await
            })
            .unwrap();
        for (person, nick) in [(&self.alex, NICKS[1]), (&self.blair, NICKS[0])] {
            let end = world.elapsed() + limit;
            loop {
                let contacts = world
                    .must(person, "contacts", MINUTE, async |client| client.contacts())
                    .unwrap();
                let active = |contact: &dyad_client::view::ContactView| {
                    contact.nick == nick && contact.status == ContactStatus::Active
                };
                if contacts.iter().any(active) {
                    break;
                }
                assert!(world.elapsed() < end, "{nick} never became active");
                world.pass(Duration::from_secs(5)).unwrap();
            }
        }
    }

    pub(crate) fn invite(&mut self) -> String {
        let invite = async |client: dyad_client::Client| {
            let request = InviteRequest {
                name: Some(NICKS[1].to_owned()),
                ..InviteRequest::default()
            };
            client.invite(request).await
        };
        let created = self
            .world
            .must(&self.alex, "inviting", MINUTE, invite)
            .unwrap();
        assert!(created.hosted, "{:?}", created.note);
        created.link
    }

    /// Alex (or Blair) writes, and waits until the other's app has confirmed it.
    pub(crate) fn write(&mut self, from_alex: bool, text: &str) {
        let id = self.submit(from_alex, text);
        let from = self.person(from_alex);
        let end = self.world.elapsed() + 30 * MINUTE;
        loop {
            let message = self
                .world
                .must(&from, "looking", MINUTE, async move |client| {
                    client.wait_confirmed(id, Duration::from_millis(1)).await
                })
                .unwrap();
            if message.state == MessageState::Confirmed {
                return;
            }
            assert!(
                self.world.elapsed() < end,
                "{text:?} is {:?}",
                message.state
            );
            self.world.pass(Duration::from_secs(5)).unwrap();
        }
    }

    /// Alex (or Blair) writes, and waits until a sender service has it.
    pub(crate) fn submit(&mut self, from_alex: bool, text: &str) -> u64 {
        let (from, to) = (self.person(from_alex), self.person(!from_alex));
        let nick = NICKS[usize::from(from_alex)];
        let text = text.to_owned();
        // The other's app shows it under the nickname, which is not the name of the machine.
        let writer = NICKS[usize::from(!from_alex)];
        self.world.ledger().begin(writer, to.name(), &text);
        let sent = self
            .world
            .must(&from, "sending", 2 * MINUTE, async move |client| {
                client.send(nick, &text, MINUTE).await
            })
            .unwrap();
        assert_eq!(sent.note, None);
        sent.message.id
    }

    fn person(&self, alex: bool) -> Person {
        if alex { &self.alex } else { &self.blair }.clone()
    }

    /// A conversation of several messages both ways after the first ones, and everything quiet.
    pub(crate) fn converse(&mut self, texts: &[&str]) {
        for text in texts {
            self.write(true, &format!("Alex writes {text}"));
            self.write(false, &format!("Blair writes {text}"));
        }
        self.world.pass(10 * MINUTE).unwrap();
    }

    /// The service at a host.
    pub(crate) fn service(&self, host: &str) -> &SimulatedProvider {
        let mut all = self.world.providers().iter();
        all.find(|p| p.host().host() == host).unwrap()
    }

    /// What went over connections that somebody made to this host, or that it made.
    pub(crate) fn talks(&self, host: &str) -> Vec<Talk> {
        let connections = self.tape.connections();
        let its = connections
            .iter()
            .filter(|c| c.from == host || c.to == host);
        its.map(wire::read).collect()
    }

    /// Requests to a host whose line begins like this, with their answers.
    pub(crate) fn exchanges(&self, to: &str, what: &str) -> Vec<Exchange> {
        let talks = self.talks(to).into_iter();
        let all = talks.flat_map(|talk| talk.exchanges);
        all.filter(|e| e.to == to && e.what.starts_with(what))
            .collect()
    }

    /// Everything that the service at this host sees and has: all bytes of its connections, as sent and as
    /// understood, and its disk.
    pub(crate) fn view(&self, host: &str) -> Vec<u8> {
        let mut view = Vec::new();
        for connection in self.tape.connections() {
            if connection.from == host || connection.to == host {
                view.extend([&connection.sent[..], &connection.received, &[0; 16]].concat());
                let talk = wire::read(&connection);
                view.extend([talk.frames_sent.concat(), talk.frames_received.concat()].concat());
            }
        }
        view.extend(self.disk(host));
        view
    }

    /// Everything on the disk of the service at this host.
    pub(crate) fn disk(&self, host: &str) -> Vec<u8> {
        let (service, tables): (_, &[&'static str]) = match host.split_once('.').unwrap().0 {
            "issuer" => ("issuer", &["account", "issued", "enrol_code"]),
            "sender" => (
                "sender",
                &[
                    "queue",
                    "queue_hosts",
                    "submissions",
                    "dedup",
                    "spent",
                    "invitations",
                ],
            ),
            _ => (
                "receiver",
                &[
                    "spool",
                    "batch",
                    "quarantine",
                    "mailbox",
                    "mailbox_entry",
                    "address_use",
                    "address_revoked",
                    "replay",
                    "spent",
                    "sender_peer",
                ],
            ),
        };
        let contents = self.service(host).contents(service, tables).unwrap();
        let mut all = Vec::new();
        for (_, key, value) in contents {
            all.extend([key, value, vec![0; 16]].concat());
        }
        all
    }

    /// The items that arrived at a receiver, in their order.
    pub(crate) fn delivered(&self, receiver: &str) -> Vec<Item> {
        let batches = self.exchanges(receiver, "POST /v1/deliver");
        let items = batches.iter().flat_map(|exchange| {
            let parsed = batch::UnverifiedBatch::parse(&exchange.request).unwrap();
            let count = exchange.request.len() / ITEM_LEN;
            assert_eq!(parsed.sender().host().split_once('.').unwrap().0, "sender");
            let start = exchange.request.len() - count * ITEM_LEN;
            exchange.request[start..]
                .chunks(ITEM_LEN)
                .map(|item| Item::from_slice(item).unwrap())
                .collect::<Vec<_>>()
        });
        items.collect()
    }

    /// The messages that an app fetched, in their order.
    pub(crate) fn fetched(&self, receiver: &str) -> Vec<Entry> {
        let talks = self.talks(receiver).into_iter();
        let frames = talks.flat_map(|talk| talk.frames_received);
        let entries = frames.filter_map(|frame| match ServerFrame::decode(&frame).unwrap() {
            ServerFrame::Entry(entry) => Some(entry),
            _ => None,
        });
        entries.collect()
    }
}

fn part(service: &str, whose: char) -> SimulatedProvider {
    let mut part = SimulatedProvider::new(name(&host(service, whose)), seed(whose), BEGIN);
    let config = part.config_mut();
    let elsewhere = |other: &str| (other != service).then(|| name(&host(other, whose)));
    config.elsewhere.issuer = elsewhere("issuer");
    config.elsewhere.sender = elsewhere("sender");
    config.elsewhere.receiver = elsewhere("receiver");
    if let Some(issuer) = &mut config.issuer {
        for tier in issuer.tiers.values_mut() {
            (tier.message, tier.mailbox) = (120, 4);
        }
    }
    if service != "issuer" {
        config.issuer = None;
    }
    if service != "sender" {
        config.sender = None;
    }
    if service != "receiver" {
        config.receiver = None;
    }
    part
}
