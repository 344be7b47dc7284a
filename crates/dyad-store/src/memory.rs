//! A back end in memory: for tests, simulations, and services that may forget.
//!
//! A batch is applied under one lock, so a crash finds it wholly there or not at all; what
//! [`Backend::write`] has returned survives a simulated crash ([`MemoryBackend::crash_copy`]).

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::{Backend, StoreError, Table, Write};

/// An ordered byte store in memory. Clones are handles to the same store.
#[derive(Clone, Default)]
pub struct MemoryBackend {
    state: Arc<RwLock<State>>,
}

#[derive(Default)]
struct State {
    tables: BTreeMap<Table, BTreeMap<Vec<u8>, Vec<u8>>>,
    used: u64,
    limit: Option<u64>,
    full: bool,
    failures: VecDeque<StoreError>,
}

impl MemoryBackend {
    /// An empty store without a bound.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty store that is full at `limit` bytes of keys and values.
    #[must_use]
    pub fn with_limit(limit: u64) -> Self {
        let backend = Self::default();
        backend.state.write().limit = Some(limit);
        backend
    }

    /// A store of its own as a crash at this moment would leave this one: each batch whose write has
    /// returned, and nothing of a batch under way. Faults are not copied.
    #[must_use]
    pub fn crash_copy(&self) -> Self {
        let state = self.state.read();
        Self {
            state: Arc::new(RwLock::new(State {
                tables: state.tables.clone(),
                used: state.used,
                limit: state.limit,
                ..State::default()
            })),
        }
    }

    /// The handle by which a test or a simulation makes this store misbehave.
    #[must_use]
    pub fn faults(&self) -> Faults {
        Faults {
            backend: self.clone(),
        }
    }
}

/// Makes a [`MemoryBackend`] misbehave as disks do.
#[derive(Clone, Debug)]
pub struct Faults {
    backend: MemoryBackend,
}

impl Faults {
    /// While set, batches that put anything fail with [`StoreError::Full`]; deleting still works.
    pub fn set_full(&self, full: bool) {
        self.backend.state.write().full = full;
    }

    /// The next `n` batches fail with `error` and leave nothing behind.
    pub fn fail_next_writes(&self, n: usize, error: StoreError) {
        let mut state = self.backend.state.write();
        state.failures.extend(std::iter::repeat_n(error, n));
    }
}

impl State {
    /// Bytes used after the batch; nothing is changed.
    fn used_after(&self, batch: &[Write]) -> u64 {
        // The size of every key touched, as of the last write to it within the batch.
        let mut touched: BTreeMap<(Table, &[u8]), u64> = BTreeMap::new();
        let mut used = self.used;
        for write in batch {
            let (table, key, new) = match write {
                Write::Put { table, key, value } => (*table, key, entry_len(key, value)),
                Write::Delete { table, key } => (*table, key, 0),
                Write::DropPeriod { table } => {
                    used -= self.table_len(*table);
                    continue;
                }
            };
            let before = touched.insert((table, key), new).unwrap_or_else(|| {
                let value = self.tables.get(&table).and_then(|keys| keys.get(key));
                value.map_or(0, |value| entry_len(key, value))
            });
            used = used - before + new;
        }
        used
    }

    fn table_len(&self, table: Table) -> u64 {
        self.tables.get(&table).map_or(0, |keys| {
            keys.iter().map(|(key, value)| entry_len(key, value)).sum()
        })
    }

    fn apply(&mut self, batch: &[Write]) {
        for write in batch {
            match write {
                Write::Put { table, key, value } => {
                    let keys = self.tables.entry(*table).or_default();
                    keys.insert(key.clone(), value.clone());
                }
                Write::Delete { table, key } => {
                    if let Some(keys) = self.tables.get_mut(table) {
                        keys.remove(key);
                    }
                }
                Write::DropPeriod { table } => {
                    self.tables.remove(table);
                }
            }
        }
    }
}

fn entry_len(key: &[u8], value: &[u8]) -> u64 {
    (key.len() + value.len()) as u64
}

impl Backend for MemoryBackend {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state.read();
        Ok(state
            .tables
            .get(&table)
            .and_then(|keys| keys.get(key))
            .cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        visit: &mut dyn FnMut(&[u8], &[u8]) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if to.is_some_and(|to| to <= from) {
            return Ok(());
        }
        let bounds = (
            Bound::Included(from),
            to.map_or(Bound::Unbounded, Bound::Excluded),
        );
        let state = self.state.read();
        let Some(keys) = state.tables.get(&table) else {
            return Ok(());
        };
        for (key, value) in keys.range::<[u8], _>(bounds) {
            if visit(key, value).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn write(&self, batch: &[Write]) -> Result<(), StoreError> {
        batch.iter().try_for_each(Write::check)?;
        let mut state = self.state.write();
        if let Some(error) = state.failures.pop_front() {
            return Err(error);
        }
        let used = state.used_after(batch);
        let grows = used > state.used;
        let puts = batch.iter().any(|w| matches!(w, Write::Put { .. }));
        if (state.full && puts) || (grows && state.limit.is_some_and(|limit| used > limit)) {
            return Err(StoreError::Full);
        }
        state.apply(batch);
        state.used = used;
        Ok(())
    }

    fn periods(&self, name: &'static str) -> Result<Vec<u32>, StoreError> {
        let state = self.state.read();
        let named = state.tables.keys().filter(|table| table.name == name);
        Ok(named.filter_map(|table| table.period).collect())
    }

    fn disk_bytes(&self) -> Result<u64, StoreError> {
        Ok(self.state.read().used)
    }

    fn free_bytes(&self) -> Result<Option<u64>, StoreError> {
        let state = self.state.read();
        if state.full {
            return Ok(Some(0));
        }
        Ok(state.limit.map(|limit| limit.saturating_sub(state.used)))
    }
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state.read();
        f.debug_struct("MemoryBackend")
            .field("used", &state.used)
            .field("limit", &state.limit)
            .finish_non_exhaustive()
    }
}
