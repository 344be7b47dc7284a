//! A provider on a simulated machine, with disks that outlive the machine's crashes.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;
use dyad_protocol::token::ProviderSeed;
use dyad_provider::{
    Environment, Listeners, OpenStores, ProviderConfig, ProviderKeys, RunningProvider, start,
};
use dyad_sender::{BlobStorage, Reads, StorageError};
use dyad_service::Shutdown;
use dyad_store::{
    Backend, CommitterOptions, MemoryBackend, Store, StoreError, Table, check_version,
};
use parking_lot::Mutex;

use crate::clock::MachineClock;
use crate::fuse::{Fuse, FusedBackend};
use crate::line::{FusedDialer, FusedListener, Tape};
use crate::net::SimulatedListener;

/// A provider, or a part of one, with everything of it that outlives a crash.
#[derive(Clone, Debug)]
pub struct SimulatedProvider {
    config: ProviderConfig,
    seed: ProviderSeed,
    disks: Disks,
    clock: MachineClock,
    fuse: Fuse,
    tape: Option<Tape>,
    machine: Option<String>,
    token_seed: Option<ProviderSeed>,
}

impl SimulatedProvider {
    /// A new one at `host` with empty disks: issuer, sender and receiver in one process, open to
    /// everybody, on no threads. `begin` is when the simulation begins.
    #[must_use]
    pub fn new(host: HostName, seed: ProviderSeed, begin: Timestamp) -> Self {
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, crate::PORT));
        let mut config = ProviderConfig::embedded(host, everywhere, Path::new("/nowhere"));
        config.provider.allow_loopback = false;
        if let Some(issuer) = &mut config.issuer {
            issuer.threads = 0;
        }
        if let Some(receiver) = &mut config.receiver {
            receiver.threads = 0;
        }
        Self {
            config,
            seed,
            disks: Disks::default(),
            clock: MachineClock::new(begin),
            fuse: Fuse::default(),
            tape: None,
            machine: None,
            token_seed: None,
        }
    }

    /// A second face of the provider, with other token keys, on a machine of its own: whoever is led
    /// there sees the same host, signed by the same key.
    pub fn hide(&mut self, machine: &HostName, token_seed: ProviderSeed) {
        self.machine = Some(machine.host().to_owned());
        self.token_seed = Some(token_seed);
    }

    /// The machine that it runs on.
    #[must_use]
    pub fn machine(&self) -> &str {
        self.machine.as_deref().unwrap_or(self.host().host())
    }

    /// The operator's settings.
    pub fn config_mut(&mut self) -> &mut ProviderConfig {
        &mut self.config
    }

    /// Records what it says to other hosts.
    pub fn record(&mut self, tape: &Tape) {
        self.tape = Some(tape.clone());
    }

    /// Its name.
    #[must_use]
    pub fn host(&self) -> &HostName {
        &self.config.provider.host
    }

    /// What blows when its power goes.
    #[must_use]
    pub fn fuse(&self) -> &Fuse {
        &self.fuse
    }

    /// Its clock.
    #[must_use]
    pub fn clock(&self) -> &MachineClock {
        &self.clock
    }

    /// The disk of a service: `issuer`, `sender` or `receiver`.
    #[must_use]
    pub fn disk(&self, service: &'static str) -> MemoryBackend {
        self.disks.of(service)
    }

    /// Everything on the disk of a service: the table, the key, the value.
    ///
    /// # Errors
    /// Those of the disk.
    #[allow(
        clippy::type_complexity,
        reason = "rows as they are: nothing to name in them"
    )]
    pub fn contents(
        &self,
        service: &'static str,
        tables: &[&'static str],
    ) -> Result<Vec<(Table, Vec<u8>, Vec<u8>)>, StoreError> {
        let disk = self.disks.of(service);
        let mut all = Vec::new();
        for name in tables {
            let periods = disk.periods(name)?;
            let of_period = periods.iter().map(|period| Table::in_period(name, *period));
            for table in of_period.chain([Table::new(name)]) {
                disk.scan(table, &[], None, &mut |key, value| {
                    all.push((table, key.to_vec(), value.to_vec()));
                    ControlFlow::Continue(())
                })?;
            }
        }
        Ok(all)
    }

    /// What is left of its disks after the machine has crashed: what was synced.
    pub fn crash(&self) {
        self.disks.crash();
    }

    /// What runs on the machine: given to the simulation, which runs it anew at each start.
    pub fn software(
        &self,
    ) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = turmoil::Result>>> + use<> {
        let provider = self.clone();
        move || {
            let provider = provider.clone();
            Box::pin(async move {
                provider.run().await?.finished().await;
                Ok(())
            })
        }
    }

    async fn run(&self) -> Result<RunningProvider, Box<dyn std::error::Error>> {
        let listener = FusedListener {
            listener: SimulatedListener::bind().await?,
            fuse: self.fuse.clone(),
        };
        let dialer = FusedDialer {
            from: self.host().as_str().to_owned(),
            fuse: self.fuse.clone(),
            counts: false,
            tape: self.tape.clone(),
            detours: BTreeMap::new(),
        };
        let mut keys = ProviderKeys::derive(self.host(), self.seed.clone(), &[]);
        if let Some(seed) = &self.token_seed {
            keys.seed = seed.clone();
        }
        let environment = Environment {
            listeners: Listeners {
                public: listener,
                admin: None,
            },
            tls: None,
            clock: Arc::new(self.clock.clone()),
            stores: Arc::new(FusedDisks {
                disks: self.disks.clone(),
                fuse: self.fuse.clone(),
            }),
            reads: Reads::Inline,
            disk: None,
            strangers: Arc::new(dialer),
            keys,
            shutdown: Shutdown::new(),
        };
        Ok(start(&self.config, environment).await?)
    }
}

/// The disks of one machine by service. Clones are the same disks.
#[derive(Clone, Debug)]
struct Disks {
    stores: Arc<Mutex<BTreeMap<&'static str, MemoryBackend>>>,
    /// What was put is synced at once, so a crash takes nothing of it.
    blobs: BlobStorage,
}

impl Default for Disks {
    fn default() -> Self {
        Self {
            stores: Arc::default(),
            blobs: BlobStorage::memory(),
        }
    }
}

impl Disks {
    fn of(&self, service: &'static str) -> MemoryBackend {
        self.stores.lock().entry(service).or_default().clone()
    }

    fn crash(&self) {
        for disk in self.stores.lock().values_mut() {
            *disk = disk.crash_copy();
        }
    }
}

#[derive(Debug)]
struct FusedDisks {
    disks: Disks,
    fuse: Fuse,
}

impl OpenStores for FusedDisks {
    fn open(&self, service: &'static str) -> Result<Store, StoreError> {
        let disk = self.disks.of(service);
        check_version(&disk)?;
        let backend = FusedBackend::new(disk, self.fuse.clone());
        Ok(Store::open_task(
            Arc::new(backend),
            CommitterOptions::default(),
        ))
    }

    fn blobs(&self) -> Result<BlobStorage, StorageError> {
        Ok(self.disks.blobs.clone())
    }

    fn cache(&self) -> Option<PathBuf> {
        None
    }
}
