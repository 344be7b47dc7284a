//! A machine that loses its power at a chosen moment: after so many writes, to its disk or to the network.

use std::ops::ControlFlow;
use std::sync::Arc;

use dyad_store::{Backend, MemoryBackend, StoreError, Table, Write};
use parking_lot::Mutex;

/// The fuse of one machine. Clones are the same fuse.
#[derive(Clone, Debug, Default)]
pub struct Fuse(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    armed: Option<Armed>,
    blown: bool,
}

#[derive(Debug)]
struct Armed {
    left: u32,
    keeps_last: bool,
}

/// What becomes of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Power {
    /// It is done, and whoever asked learns of it.
    On,
    /// It is done, and nobody learns of it.
    Fails,
    /// It is not done.
    Off,
}

impl Fuse {
    /// Blows at the write after the next `writes`; with `keeps_last` that one is still done, but nobody
    /// learns of it.
    pub fn arm(&self, writes: u32, keeps_last: bool) {
        self.0.lock().armed = Some(Armed {
            left: writes,
            keeps_last,
        });
    }

    /// Blows at once.
    pub fn blow(&self) {
        self.0.lock().blown = true;
    }

    /// Whether the machine is without power.
    #[must_use]
    pub fn is_blown(&self) -> bool {
        self.0.lock().blown
    }

    /// A new fuse, not armed.
    pub fn renew(&self) {
        *self.0.lock() = State::default();
    }

    /// One write is about to be done.
    pub(crate) fn spend(&self) -> Power {
        let mut state = self.0.lock();
        if state.blown {
            return Power::Off;
        }
        match &mut state.armed {
            None => Power::On,
            Some(armed) if armed.left > 0 => {
                armed.left -= 1;
                Power::On
            }
            Some(armed) => {
                let power = if armed.keeps_last {
                    Power::Fails
                } else {
                    Power::Off
                };
                state.blown = true;
                power
            }
        }
    }
}

/// A store on a machine with a fuse: what is written after it has blown never happened.
#[derive(Debug)]
pub(crate) struct FusedBackend {
    disk: MemoryBackend,
    fuse: Fuse,
}

impl FusedBackend {
    pub(crate) fn new(disk: MemoryBackend, fuse: Fuse) -> Self {
        Self { disk, fuse }
    }
}

impl Backend for FusedBackend {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.disk.get(table, key)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        self.disk.scan(table, from, to, visit)
    }

    fn write(&self, batch: &[Write]) -> Result<(), StoreError> {
        let power = self.fuse.spend();
        if power != Power::Off {
            self.disk.write(batch)?;
        }
        match power {
            Power::On => Ok(()),
            Power::Fails | Power::Off => Err(StoreError::Io("the power is off".to_owned())),
        }
    }

    fn periods(&self, name: &'static str) -> Result<Vec<u32>, StoreError> {
        self.disk.periods(name)
    }

    fn disk_bytes(&self) -> Result<u64, StoreError> {
        self.disk.disk_bytes()
    }

    fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        self.disk.free_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: Table = Table::new("table");

    fn put(backend: &impl Backend, key: u8) -> bool {
        let put = Write::Put {
            table: TABLE,
            key: vec![key],
            value: vec![key],
        };
        backend.write(&[put]).is_ok()
    }

    #[test]
    fn what_is_written_without_power_never_happened() {
        for keeps_last in [false, true] {
            let (disk, fuse) = (MemoryBackend::new(), Fuse::default());
            let backend = FusedBackend::new(disk.clone(), fuse.clone());
            fuse.arm(1, keeps_last);
            assert!(put(&backend, 1));
            assert!(!put(&backend, 2));
            assert!(fuse.is_blown());
            assert!(!put(&backend, 3));
            let there = |key: u8| disk.get(TABLE, &[key]).unwrap().is_some();
            assert_eq!([1, 2, 3].map(there), [true, keeps_last, false]);
        }
    }
}
