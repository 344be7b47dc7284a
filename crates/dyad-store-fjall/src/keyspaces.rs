//! Which keyspace holds which table.
//!
//! A table's keyspace has its name; a period's has `name#period`. Neither `#` nor `-` is in a table's
//! name, so [`DROPS`] is nobody's.

use std::collections::BTreeMap;
use std::fmt;

use dyad_store::Table;
use fjall::Keyspace;

/// Names the keyspaces whose deletion is committed but perhaps not carried out.
pub(crate) const DROPS: &str = "-drops";

/// The name of the keyspace that holds a table.
pub(crate) fn name_of(table: Table) -> String {
    match table.period {
        None => table.name.to_owned(),
        Some(period) => format!("{}#{period}", table.name),
    }
}

/// The keyspaces there are.
#[derive(Default)]
pub(crate) struct Keyspaces {
    by_name: BTreeMap<Box<str>, BTreeMap<Option<u32>, Keyspace>>,
}

impl Keyspaces {
    /// Adds a keyspace found on disk. Says whether its name is one of ours.
    pub(crate) fn insert_named(&mut self, full_name: &str, keyspace: Keyspace) -> bool {
        let (name, period) = match full_name.split_once('#') {
            None => (full_name, None),
            Some((name, period)) => match period.parse() {
                Ok(period) => (name, Some(period)),
                Err(_) => return false,
            },
        };
        let periods = self.by_name.entry(name.into()).or_default();
        periods.insert(period, keyspace);
        true
    }

    pub(crate) fn insert(&mut self, table: Table, keyspace: Keyspace) {
        let periods = self.by_name.entry(table.name.into()).or_default();
        periods.insert(table.period, keyspace);
    }

    pub(crate) fn get(&self, table: Table) -> Option<&Keyspace> {
        self.by_name.get(table.name)?.get(&table.period)
    }

    pub(crate) fn remove(&mut self, table: Table) -> Option<Keyspace> {
        self.by_name.get_mut(table.name)?.remove(&table.period)
    }

    /// Ascending.
    pub(crate) fn periods(&self, name: &str) -> Vec<u32> {
        let periods = self.by_name.get(name).into_iter().flat_map(BTreeMap::keys);
        periods.filter_map(|period| *period).collect()
    }
}

impl fmt::Debug for Keyspaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count: usize = self.by_name.values().map(BTreeMap::len).sum();
        write!(f, "{count} keyspaces")
    }
}
