//! People, their engines, receivers with real addresses, and a network that loses, copies, delays and
//! reorders: all in virtual time, all from one seed.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

mod network;
mod person;

pub use network::{Faults, Network};
pub use person::Person;

use std::collections::BTreeMap;

use dyad_core::invitation::InviteOptions;
use dyad_core::{
    DeliveryState, Effect, Input, InvitationState, LocalId, Outgoing, RelationshipState, Status,
    StepError, SubmissionOutcome,
};
use dyad_protocol::body::Payload;
use dyad_protocol::id::{AddressId, RelationshipId};
use dyad_protocol::invitation::{Invitation, InvitationSecret, Reuse};
use dyad_protocol::limits::DAY;
use dyad_protocol::time::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub const MINUTE: u64 = 60;
pub const HOUR: u64 = 3_600;
pub const START: Timestamp = Timestamp::from_secs(1_790_000_000);

pub struct World {
    pub now: Timestamp,
    pub people: Vec<Person>,
    pub network: Network,
    pub rng: ChaCha20Rng,
}

impl World {
    /// People named in order, each with two receivers of their own.
    pub fn new(seed: u64, names: &[&str]) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut network = Network::default();
        let people = (0..names.len())
            .map(|n| Person::new(n, names[n], &mut network, START, &mut rng))
            .collect();
        Self {
            now: START,
            people,
            network,
            rng,
        }
    }

    /// Alex (0) has invited Blair (1), and both have written and confirmed what there is to say at first.
    pub fn pair(seed: u64) -> Self {
        let mut world = Self::new(seed, &["Alex", "Blair"]);
        let (invitation, secret) = world.invite(0, Reuse::Single);
        world.accept(1, &invitation, &secret).unwrap();
        world.run(HOUR);
        assert_eq!(world.state(0).status(), Status::Active);
        assert_eq!(world.state(1).status(), Status::Active);
        world
    }

    pub fn invite(&mut self, who: usize, reuse: Reuse) -> (Invitation, InvitationSecret) {
        self.invite_for(who, reuse, 7)
    }

    /// Good for so many days.
    pub fn invite_for(
        &mut self,
        who: usize,
        reuse: Reuse,
        days: u64,
    ) -> (Invitation, InvitationSecret) {
        let options = InviteOptions {
            reuse,
            expires: self.now.plus(days * DAY),
            nickname: None,
            share_presentation: true,
        };
        let person = &mut self.people[who];
        let created =
            InvitationState::create(&person.profile, options, self.now, &mut self.rng).unwrap();
        person.invitations.push(created.state);
        for effect in created.effects {
            let Effect::Register(address) = effect else {
                panic!("{effect:?}")
            };
            person.index.insert(
                address,
                person::Target::Invitation(person.invitations.len() - 1),
            );
        }
        (created.invitation, created.secret)
    }

    pub fn accept(
        &mut self,
        who: usize,
        invitation: &Invitation,
        secret: &InvitationSecret,
    ) -> Result<RelationshipId, StepError> {
        let profile = &self.people[who].profile;
        let step = dyad_core::accept(profile, invitation, secret, self.now, &mut self.rng)?;
        let id = step.next.id();
        self.people[who].relationships.insert(id, step.next);
        self.perform(who, id, step.effects);
        Ok(id)
    }

    /// The only relationship of somebody.
    pub fn only(&self, who: usize) -> RelationshipId {
        let relationships = &self.people[who].relationships;
        assert_eq!(relationships.len(), 1);
        *relationships.keys().next().unwrap()
    }

    pub fn state(&self, who: usize) -> &RelationshipState {
        &self.people[who].relationships[&self.only(who)]
    }

    pub fn send(&mut self, who: usize, text: &str) {
        let id = self.only(who);
        self.send_in(who, id, text).unwrap();
    }

    pub fn send_in(&mut self, who: usize, id: RelationshipId, text: &str) -> Result<(), StepError> {
        let person = &mut self.people[who];
        let local = LocalId(person.history.len() as u64);
        let payload = Payload::text(text);
        person.history.insert(local, payload.clone());
        let done = self.input(who, id, Input::Send { local, payload });
        if done.is_err() {
            self.people[who].history.remove(&local);
        }
        done
    }

    pub fn give(&mut self, who: usize, input: Input) {
        let id = self.only(who);
        self.input(who, id, input).unwrap();
    }

    pub fn input(&mut self, who: usize, id: RelationshipId, input: Input) -> Result<(), StepError> {
        let person = &self.people[who];
        let state = &person.relationships[&id];
        let step = dyad_core::step(&person.profile, state, input, self.now, &mut self.rng)?;
        // What is stored is what goes on.
        let stored = RelationshipState::decode(&step.next.encode()).unwrap();
        self.people[who].relationships.insert(id, stored);
        self.perform(who, id, step.effects);
        Ok(())
    }

    fn perform(&mut self, who: usize, id: RelationshipId, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Submit(outgoing) => self.submit(who, Some(id), outgoing),
                Effect::Register(address) => {
                    let target = person::Target::Relationship(id);
                    self.people[who].index.insert(address, target);
                }
                Effect::Unregister(address) => {
                    self.people[who].index.remove(&address);
                }
                Effect::Revoke {
                    receiver,
                    addresses,
                    ..
                } => {
                    self.network.revoke(&receiver, &addresses);
                }
                Effect::WantPayload { message } => {
                    let payload = self.people[who].payload_of(&message);
                    self.input(who, id, Input::Resend { message, payload })
                        .unwrap();
                }
                other => self.people[who].note(other),
            }
        }
    }

    fn submit(&mut self, who: usize, id: Option<RelationshipId>, outgoing: Outgoing) {
        let (out_id, message) = (outgoing.id, outgoing.message);
        self.people[who].submitted += 1;
        if self.network.closed {
            return;
        }
        self.network.submit(who, outgoing, self.now, &mut self.rng);
        if let (Some(id), Some(_)) = (id, message) {
            let outcome = SubmissionOutcome::Accepted;
            self.input(
                who,
                id,
                Input::Submission {
                    outgoing: out_id,
                    outcome,
                },
            )
            .unwrap();
        }
    }

    /// Lets `seconds` pass: everything that arrives arrives, every deadline is kept.
    pub fn run(&mut self, seconds: u64) {
        let end = self.now.plus(seconds);
        let mut steps = 0;
        loop {
            steps += 1;
            assert!(steps < 200_000, "the engines do not come to rest");
            let arrival = self.network.next_arrival();
            let deadline = self.next_deadline();
            let Some(next) = arrival.into_iter().chain(deadline.map(|(at, ..)| at)).min() else {
                break;
            };
            if next > end {
                break;
            }
            self.now = self.now.max(next);
            match deadline {
                Some((at, who, id)) if arrival.is_none_or(|arrival| at <= arrival) => {
                    let before = self.people[who].relationships[&id].deadline();
                    self.input(who, id, Input::Tick).unwrap();
                    let after = self.people[who].relationships[&id].deadline();
                    assert!(
                        after != before || after.is_none_or(|at| at > self.now),
                        "a tick must move the deadline"
                    );
                }
                _ => self.arrive(),
            }
        }
        self.now = end;
    }

    fn next_deadline(&self) -> Option<(Timestamp, usize, RelationshipId)> {
        let all = self
            .people
            .iter()
            .enumerate()
            .filter(|(_, person)| person.online);
        let all = all.flat_map(|(who, person)| {
            person
                .relationships
                .iter()
                .map(move |(id, state)| (state.deadline(), who, *id))
        });
        all.filter_map(|(at, who, id)| at.map(|at| (at, who, id)))
            .min_by_key(|(at, ..)| *at)
    }

    fn arrive(&mut self) {
        let Some((owner, address, sealed)) = self.network.take_arrival(self.now) else {
            return;
        };
        if !self.people[owner].online {
            self.network.keep(owner, address, sealed, self.now);
            return;
        }
        self.deliver(owner, &address, sealed);
    }

    pub fn deliver(
        &mut self,
        who: usize,
        address: &AddressId,
        sealed: dyad_protocol::envelope::SealedMessage,
    ) {
        match self.people[who].index.get(address).cloned() {
            None => {}
            Some(person::Target::Relationship(id)) => {
                self.input(
                    who,
                    id,
                    Input::Received {
                        address: *address,
                        sealed,
                    },
                )
                .unwrap();
            }
            Some(person::Target::Invitation(n)) => self.reach_invitation(who, n, address, &sealed),
        }
    }

    fn reach_invitation(
        &mut self,
        who: usize,
        n: usize,
        address: &AddressId,
        sealed: &dyad_protocol::envelope::SealedMessage,
    ) {
        let person = &self.people[who];
        let step = dyad_core::invitation_step(
            &person.profile,
            &person.invitations[n],
            address,
            sealed,
            self.now,
            &mut self.rng,
        )
        .unwrap();
        self.people[who].invitations[n] = InvitationState::decode(&step.next.encode()).unwrap();
        if let Some(made) = step.relationship {
            let id = made.next.id();
            self.people[who].relationships.insert(id, made.next);
            self.perform(who, id, made.effects);
        }
        if let Some((id, content)) = step.forward {
            self.input(who, id, Input::Forwarded(content)).unwrap();
        }
        for effect in step.effects {
            match effect {
                Effect::Submit(outgoing) => self.submit(who, None, outgoing),
                other => self.people[who].note(other),
            }
        }
    }

    /// Everything that `from` sent has been shown to `to`, once.
    pub fn assert_all_arrived(&self, from: usize, to: usize) {
        let sent: BTreeMap<String, usize> = count(self.people[from].history.values().map(text_of));
        let shown: BTreeMap<String, usize> = count(self.people[to].inbox.iter().cloned());
        assert_eq!(
            sent, shown,
            "{} to {}",
            self.people[from].name, self.people[to].name
        );
    }

    /// Everything that somebody sent is known to be confirmed.
    pub fn assert_all_confirmed(&self, who: usize) {
        let person = &self.people[who];
        for (local, message) in &person.numbers {
            let state = person.delivery.get(message);
            let confirmed = state.is_some_and(|state| *state >= DeliveryState::Confirmed);
            assert!(
                confirmed,
                "{}'s message {local:?} is {state:?}",
                person.name
            );
        }
    }
}

fn count(texts: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    texts.for_each(|text| *counts.entry(text).or_default() += 1);
    counts
}

pub fn text_of(payload: &Payload) -> String {
    payload.shown().unwrap().to_owned()
}
