//! The simulated world: machines, the network between them, and time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use dyad_client::{Client, ClientError};
use dyad_protocol::time::Timestamp;
use turmoil::Sim;

use crate::fuse::Fuse;
use crate::ledger::Ledger;
use crate::person::Person;
use crate::provider::SimulatedProvider;

/// When simulations begin: 15 November 2026, midnight UTC, so that a few days later is another day of
/// tokens, and a fortnight later another month of addresses.
pub const BEGIN: Timestamp = Timestamp::from_secs(1_794_700_800);

/// Virtual time that passes in one step. Larger is faster; a request takes at least four steps.
const STEP: Duration = Duration::from_millis(250);

/// Segments that wait in a simulated socket at most; more than any exchange has.
const SOCKET: usize = 8_192;

/// Nothing in a simulation is waited for longer, in virtual time.
const FOREVER: Duration = Duration::from_secs(400 * 86_400);

/// Why a simulation could not go on. Never what it is about: that is a violation.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A machine's software ended or panicked.
    #[error("the software of a machine ended: {0}")]
    Software(String),
    /// An app said no where it must not.
    #[error("{who}: {error}")]
    App {
        /// Whose app.
        who: String,
        /// What it said.
        error: ClientError,
    },
    /// Something did not happen in time.
    #[error("waited in vain: {0}")]
    Waited(String),
    /// A disk could not be read.
    #[error(transparent)]
    Disk(#[from] dyad_store::StoreError),
}

/// Everything there is.
pub struct World {
    sim: Sim<'static>,
    providers: Vec<SimulatedProvider>,
    people: Vec<Person>,
    ledger: Ledger,
    /// Machines that are off, and when they are switched on again.
    off: BTreeMap<String, Duration>,
    /// Crashes so far.
    crashes: u64,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World")
            .field("providers", &self.providers)
            .field("people", &self.people)
            .finish_non_exhaustive()
    }
}

impl World {
    /// An empty world whose network's chances come from a seed; a message between machines takes `latency`
    /// at most.
    #[must_use]
    pub fn new(seed: u64, latency: Duration) -> Self {
        let sim = turmoil::Builder::new()
            .rng_seed(seed)
            .simulation_duration(FOREVER)
            .tick_duration(STEP)
            .tcp_capacity(SOCKET)
            .min_message_latency(Duration::from_millis(5))
            .max_message_latency(latency)
            .repair_rate(0.2)
            .enable_random_order()
            .build();
        Self {
            sim,
            providers: Vec::new(),
            people: Vec::new(),
            ledger: Ledger::default(),
            off: BTreeMap::new(),
            crashes: 0,
        }
    }

    /// What people wrote and were shown.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The providers.
    #[must_use]
    pub fn providers(&self) -> &[SimulatedProvider] {
        &self.providers
    }

    /// The people.
    #[must_use]
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// How often a machine has crashed.
    #[must_use]
    pub fn crashes(&self) -> u64 {
        self.crashes
    }

    /// Virtual time since the beginning.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.sim.elapsed()
    }

    /// The network, for whoever wants to disturb it.
    pub fn network(&mut self) -> &mut Sim<'static> {
        &mut self.sim
    }

    /// Switches a provider on.
    pub fn add_provider(&mut self, provider: SimulatedProvider) {
        self.sim.host(provider.machine(), provider.software());
        self.providers.push(provider);
    }

    /// Gives a person a machine and switches it on.
    pub fn add_person(&mut self, person: Person) {
        self.sim.host(person.name(), person.software());
        self.people.push(person);
    }

    /// Runs something else on a machine of its own, once, and waits until it has ended.
    ///
    /// # Errors
    /// It did not end in time; or as [`World::step`].
    pub fn run_on<T: 'static>(
        &mut self,
        machine: &str,
        limit: Duration,
        software: impl Future<Output = T> + 'static,
    ) -> Result<T, WorldError> {
        let answer = Rc::new(RefCell::new(None));
        let inner = Rc::clone(&answer);
        self.sim.client(machine, async move {
            let value = software.await;
            *inner.borrow_mut() = Some(value);
            Ok(())
        });
        self.wait_for(&answer, machine, limit)
    }

    /// All machines.
    #[must_use]
    pub fn machines(&self) -> Vec<String> {
        let providers = self.providers.iter().map(|p| p.machine().to_owned());
        let people = self.people.iter().map(|person| person.name().to_owned());
        providers.chain(people).collect()
    }

    /// One step of time.
    ///
    /// # Errors
    /// A machine's software ended.
    pub fn step(&mut self) -> Result<(), WorldError> {
        self.sim
            .step()
            .map_err(|error| WorldError::Software(error.to_string()))?;
        let dark: Vec<String> = self
            .fuses()
            .into_iter()
            .filter(|(name, fuse)| fuse.is_blown() && !self.off.contains_key(name))
            .map(|(name, _)| name)
            .collect();
        for name in dark {
            // Back as soon as somebody has changed the fuse.
            self.crash(&name, Duration::from_secs(5));
        }
        let now = self.elapsed();
        let back: Vec<String> = self
            .off
            .iter()
            .filter(|(_, until)| **until <= now)
            .map(|(name, _)| name.clone())
            .collect();
        for name in back {
            self.switch_on(&name);
        }
        Ok(())
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// As [`World::step`].
    pub fn pass(&mut self, time: Duration) -> Result<(), WorldError> {
        let end = self.elapsed() + time;
        while self.elapsed() < end {
            self.step()?;
        }
        Ok(())
    }

    /// A machine crashes, and stays off for so long. What was not synced is gone.
    pub fn crash(&mut self, name: &str, off_for: Duration) {
        let until = self.elapsed() + off_for;
        if let Some(other) = self.off.get_mut(name) {
            *other = until.max(*other);
            return;
        }
        self.sim.crash(name);
        self.crashes += 1;
        let provider = self.providers.iter().find(|p| p.machine() == name);
        if let Some(provider) = provider {
            provider.crash();
        }
        self.off.insert(name.to_owned(), until);
    }

    /// Whether a machine is off.
    #[must_use]
    pub fn is_off(&self, name: &str) -> bool {
        self.off.contains_key(name)
    }

    /// Switches on what is off.
    pub fn switch_all_on(&mut self) {
        let off: Vec<String> = self.off.keys().cloned().collect();
        for name in off {
            self.switch_on(&name);
        }
    }

    fn switch_on(&mut self, name: &str) {
        if self.off.remove(name).is_none() {
            return;
        }
        for (of, fuse) in self.fuses() {
            if of == name {
                fuse.renew();
            }
        }
        self.sim.bounce(name);
    }

    fn fuses(&self) -> Vec<(String, Fuse)> {
        let providers = self.providers.iter();
        let providers = providers.map(|p| (p.machine().to_owned(), p.fuse().clone()));
        let people = self.people.iter();
        let people = people.map(|person| (person.name().to_owned(), person.fuse().clone()));
        providers.chain(people).collect()
    }

    /// Has a person do something and waits for what comes of it, at most `limit`.
    ///
    /// # Errors
    /// It did not come about in time; or as [`World::step`].
    pub fn ask<T, F>(
        &mut self,
        who: &Person,
        what: &str,
        limit: Duration,
        deed: impl FnOnce(Client) -> F + 'static,
    ) -> Result<T, WorldError>
    where
        F: Future<Output = T> + 'static,
        T: 'static,
    {
        let answer = Rc::new(RefCell::new(None));
        let inner = Rc::clone(&answer);
        who.does(async move |client| {
            let value = deed(client).await;
            *inner.borrow_mut() = Some(value);
        });
        self.wait_for(&answer, &format!("{}: {what}", who.name()), limit)
    }

    fn wait_for<T>(
        &mut self,
        answer: &RefCell<Option<T>>,
        what: &str,
        limit: Duration,
    ) -> Result<T, WorldError> {
        let end = self.elapsed() + limit;
        while self.elapsed() < end {
            self.step()?;
            if let Some(value) = answer.borrow_mut().take() {
                return Ok(value);
            }
        }
        Err(WorldError::Waited(what.to_owned()))
    }

    /// The same for what an app can refuse.
    ///
    /// # Errors
    /// It refused; or as [`World::ask`].
    pub fn must<T, F>(
        &mut self,
        who: &Person,
        what: &str,
        limit: Duration,
        deed: impl FnOnce(Client) -> F + 'static,
    ) -> Result<T, WorldError>
    where
        F: Future<Output = Result<T, ClientError>> + 'static,
        T: 'static,
    {
        self.ask(who, what, limit, deed)?
            .map_err(|error| WorldError::App {
                who: format!("{}: {what}", who.name()),
                error,
            })
    }
}
