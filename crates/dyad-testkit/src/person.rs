//! A person with an app on a simulated machine, and a database that outlives the app's crashes.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use dyad_client::view::{ClientEvent, Direction};
use dyad_client::{
    Client, ClientError, ClientOptions, ClientRng, Database, Follow, KdfCost, MemoryDatabase,
    Timing, Unlock,
};
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use tokio::time::sleep;

use crate::clock::MachineClock;
use crate::fuse::Fuse;
use crate::ledger::Ledger;
use crate::line::{FusedDialer, Tape};
use crate::rng::Chance;

/// How often an app looks whether its person wants something.
const ATTENTION: Duration = Duration::from_millis(1_000);

/// Something that a person does with the app.
type Deed = Box<dyn FnOnce(Client) -> Pin<Box<dyn Future<Output = ()>>>>;

/// A person, with everything of theirs that outlives a crash of the app. Clones are the same person.
#[derive(Clone)]
pub struct Person {
    name: String,
    seed: u64,
    database: MemoryDatabase,
    clock: MachineClock,
    fuse: Fuse,
    ledger: Ledger,
    tape: Option<Tape>,
    detours: BTreeMap<HostName, HostName>,
    deeds: Rc<RefCell<VecDeque<Deed>>>,
    starts: Rc<Cell<u64>>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Person {
    /// Somebody with a new app. What the app shows goes into the ledger.
    ///
    /// # Errors
    /// Those of the database.
    pub fn new(
        name: &str,
        seed: u64,
        begin: Timestamp,
        ledger: &Ledger,
    ) -> Result<Self, ClientError> {
        Ok(Self {
            name: name.to_owned(),
            seed,
            database: MemoryDatabase::new()?,
            clock: MachineClock::new(begin),
            fuse: Fuse::default(),
            ledger: ledger.clone(),
            tape: None,
            detours: BTreeMap::new(),
            deeds: Rc::default(),
            starts: Rc::default(),
        })
    }

    /// Records what the app says to services.
    pub fn record(&mut self, tape: &Tape) {
        self.tape = Some(tape.clone());
    }

    /// Leads the app to another machine when it calls `host`.
    pub fn mislead(&mut self, host: HostName, machine: HostName) {
        self.detours.insert(host, machine);
    }

    /// The name, also of the machine.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What blows when the machine's power goes.
    #[must_use]
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// The machine's clock.
    #[must_use]
    pub fn clock(&self) -> &MachineClock {
        &self.clock
    }

    /// Has the person do something, as soon as the app runs. A crash of the app ends it.
    pub fn does<F>(&self, deed: impl FnOnce(Client) -> F + 'static)
    where
        F: Future<Output = ()> + 'static,
    {
        let deed: Deed = Box::new(|client| Box::pin(deed(client)));
        self.deeds.borrow_mut().push_back(deed);
    }

    /// Has the person write to somebody.
    pub fn writes(&self, to: &str, text: String, wait: Duration) {
        let (ledger, from, to) = (self.ledger.clone(), self.name.clone(), to.to_owned());
        self.does(async move |client| {
            ledger.begin(&from, &to, &text);
            let answer = client.send(&to, &text, wait).await;
            if let Err(error) = &answer {
                tracing::debug!(%from, %to, %error, "not sent");
            }
            ledger.answered(&text, answer.is_ok());
        });
    }

    /// What runs on the machine: given to the simulation, which runs it anew at each start.
    pub fn software(&self) -> impl Fn() -> Pin<Box<dyn Future<Output = turmoil::Result>>> + use<> {
        let person = self.clone();
        move || {
            let person = person.clone();
            Box::pin(async move { Ok(person.run().await?) })
        }
    }

    async fn run(&self) -> Result<(), ClientError> {
        let start = self.starts.replace(self.starts.get() + 1);
        let dialer = FusedDialer {
            from: self.name.clone(),
            fuse: self.fuse.clone(),
            counts: true,
            tape: self.tape.clone(),
            detours: self.detours.clone(),
        };
        let options = ClientOptions {
            clock: Arc::new(self.clock.clone()),
            dialer: Arc::new(dialer),
            rng: ClientRng::new(Chance::new(self.seed, start).into_rng()),
            database: Database::Memory(self.database.clone()),
            kdf: KdfCost::MINIMAL,
            timing: Timing::default(),
        };
        let unlock = Unlock::Passphrase("correct horse".into());
        let nowhere = Path::new("");
        let client = if start == 0 {
            Client::create(nowhere, unlock, options).await?
        } else {
            Client::open(nowhere, unlock, options).await?
        };
        tokio::task::spawn_local(look_on(
            client.follow(),
            self.name.clone(),
            self.ledger.clone(),
        ));
        tokio::select! {
            ended = client.run(std::future::pending()) => ended,
            never = self.obey(&client) => match never {},
        }
    }

    async fn obey(&self, client: &Client) -> std::convert::Infallible {
        loop {
            let next = self.deeds.borrow_mut().pop_front();
            match next {
                Some(deed) => drop(tokio::task::spawn_local(deed(client.clone()))),
                None => sleep(ATTENTION).await,
            }
        }
    }
}

/// Enters into the ledger what the app shows.
async fn look_on(mut events: Follow, name: String, ledger: Ledger) {
    while let Some(event) = events.next().await {
        match event {
            ClientEvent::Message(message) if message.direction == Direction::In => {
                ledger.shown(&name, &message.contact, &message.text);
            }
            ClientEvent::Missed { count } => {
                ledger.complain(format!("{name} was too slow to see {count} events"));
            }
            _ => {}
        }
    }
}
