//! What a transaction sees and changes.
//!
//! Owns: the changes of a transaction that is running, and the view of them over the changes of the
//! group it belongs to, over the back end. Does not know: when and how they are written.

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::fmt;
use std::iter::Peekable;
use std::ops::{Bound, ControlFlow};

use crate::{Backend, StoreError, Table, Write};

/// One key and its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A running transaction: reads see its own writes first, then those of the group it shares a batch
/// with, then what is on disk. Nothing is kept unless its closure returns `Ok`.
///
/// A rule broken by a write (an empty key, a write to a period it has just dropped) does not show at
/// that call; the transaction then fails with [`StoreError::Misuse`] as a whole.
pub struct Transaction<'a> {
    backend: &'a dyn Backend,
    group: &'a Overlay,
    own: Overlay,
    misuse: Option<StoreError>,
}

impl<'a> Transaction<'a> {
    pub(crate) fn new(backend: &'a dyn Backend, group: &'a Overlay) -> Self {
        Self {
            backend,
            group,
            own: Overlay::default(),
            misuse: None,
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// When the back end cannot be read.
    pub fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.own.find(table, key).or(self.group.find(table, key)) {
            Some(changed) => Ok(changed.map(<[u8]>::to_vec)),
            None => self.backend.get(table, key),
        }
    }

    /// Whether a key is there.
    ///
    /// # Errors
    /// When the back end cannot be read.
    pub fn contains(&self, table: Table, key: &[u8]) -> Result<bool, StoreError> {
        Ok(self.get(table, key)?.is_some())
    }

    /// The first `limit` entries with `from <= key < to`, ascending. `to` of `None` is unbounded.
    ///
    /// # Errors
    /// When the back end cannot be read.
    pub fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        if limit == 0 || to.is_some_and(|to| to <= from) {
            return Ok(found);
        }
        let mut changes = MergedChanges {
            upper: self.own.range(table, from, to).peekable(),
            lower: self.group.range(table, from, to).peekable(),
        }
        .peekable();
        if !self.own.has_dropped(table) && !self.group.has_dropped(table) {
            self.backend.scan(table, from, to, &mut |key, value| {
                while let Some((changed, new)) = changes.next_if(|(c, _)| *c < key) {
                    push(&mut found, changed, new);
                    if found.len() == limit {
                        return ControlFlow::Break(());
                    }
                }
                match changes.next_if(|(c, _)| *c == key) {
                    Some((changed, new)) => push(&mut found, changed, new),
                    None => found.push((key.to_vec(), value.to_vec())),
                }
                if found.len() == limit {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
        }
        for (changed, new) in changes {
            if found.len() == limit {
                break;
            }
            push(&mut found, changed, new);
        }
        Ok(found)
    }

    /// The periods of a table that may hold keys, ascending.
    ///
    /// # Errors
    /// When the back end cannot be read.
    pub fn periods(&self, name: &'static str) -> Result<Vec<u32>, StoreError> {
        let mut periods = self.backend.periods(name)?;
        for overlay in [self.group, &self.own] {
            for (table, change) in &overlay.tables {
                let Some(period) = table.period.filter(|_| table.name == name) else {
                    continue;
                };
                match change {
                    Change::Dropped => periods.retain(|p| *p != period),
                    Change::Keys(_) if !periods.contains(&period) => periods.push(period),
                    Change::Keys(_) => {}
                }
            }
        }
        periods.sort_unstable();
        Ok(periods)
    }

    /// Sets a key.
    pub fn put(&mut self, table: Table, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.apply(Write::Put {
            table,
            key: key.into(),
            value: value.into(),
        });
    }

    /// Removes a key; fine when it is not there.
    pub fn delete(&mut self, table: Table, key: impl Into<Vec<u8>>) {
        self.apply(Write::Delete {
            table,
            key: key.into(),
        });
    }

    /// Removes a whole period. The same transaction must not write to it again.
    pub fn drop_period(&mut self, table: Table) {
        self.apply(Write::DropPeriod { table });
    }

    fn apply(&mut self, write: Write) {
        let applied = write.check().and_then(|()| self.own.apply(write));
        if let Err(error) = applied {
            self.misuse.get_or_insert(error);
        }
    }

    /// The first rule that was broken, if any.
    pub(crate) fn misuse(&self) -> Option<&StoreError> {
        self.misuse.as_ref()
    }

    pub(crate) fn into_changes(self) -> Overlay {
        self.own
    }
}

impl fmt::Debug for Transaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("changed_bytes", &self.own.bytes)
            .field("misuse", &self.misuse)
            .finish_non_exhaustive()
    }
}

fn push(found: &mut Vec<Entry>, key: &[u8], value: Option<&[u8]>) {
    if let Some(value) = value {
        found.push((key.to_vec(), value.to_vec()));
    }
}

type KeyChanges = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// Changes not yet written, at most one per key.
#[derive(Default)]
pub(crate) struct Overlay {
    tables: BTreeMap<Table, Change>,
    /// Key and value bytes put in, never reduced: bounds a group, does not measure it.
    bytes: usize,
    has_drop: bool,
}

enum Change {
    /// `None` is a deleted key.
    Keys(KeyChanges),
    Dropped,
}

impl Overlay {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether a period is dropped. Such a transaction ends its group, so that no later transaction of
    /// the group can write into a period that the same batch drops.
    pub(crate) fn has_drop(&self) -> bool {
        self.has_drop
    }

    /// Puts the changes of a transaction, which saw these, on top of these.
    pub(crate) fn absorb(&mut self, later: Self) {
        self.bytes += later.bytes;
        self.has_drop |= later.has_drop;
        for (table, change) in later.tables {
            match (self.tables.get_mut(&table), change) {
                (Some(Change::Keys(keys)), Change::Keys(more)) => keys.extend(more),
                (_, change) => {
                    self.tables.insert(table, change);
                }
            }
        }
    }

    /// The batch that makes these changes: at most one write per key, in the order of tables and keys.
    pub(crate) fn into_writes(self) -> Vec<Write> {
        let mut writes = Vec::new();
        for (table, change) in self.tables {
            match change {
                Change::Dropped => writes.push(Write::DropPeriod { table }),
                Change::Keys(keys) => writes.extend(keys.into_iter().map(|(key, new)| match new {
                    Some(value) => Write::Put { table, key, value },
                    None => Write::Delete { table, key },
                })),
            }
        }
        writes
    }

    fn apply(&mut self, write: Write) -> Result<(), StoreError> {
        let (table, key, new) = match write {
            Write::DropPeriod { table } => {
                self.tables.insert(table, Change::Dropped);
                self.has_drop = true;
                return Ok(());
            }
            Write::Put { table, key, value } => (table, key, Some(value)),
            Write::Delete { table, key } => (table, key, None),
        };
        self.bytes += key.len() + new.as_ref().map_or(0, Vec::len);
        let change = self
            .tables
            .entry(table)
            .or_insert_with(|| Change::Keys(KeyChanges::new()));
        match change {
            Change::Keys(keys) => {
                keys.insert(key, new);
                Ok(())
            }
            Change::Dropped => Err(StoreError::Misuse {
                what: "a transaction writes to a period that it has dropped",
            }),
        }
    }

    fn has_dropped(&self, table: Table) -> bool {
        matches!(self.tables.get(&table), Some(Change::Dropped))
    }

    /// `None`: no change here. `Some(None)`: removed here.
    fn find(&self, table: Table, key: &[u8]) -> Option<Option<&[u8]>> {
        match self.tables.get(&table)? {
            Change::Keys(keys) => keys.get(key).map(Option::as_deref),
            Change::Dropped => Some(None),
        }
    }

    fn range(&self, table: Table, from: &[u8], to: Option<&[u8]>) -> OverlayRange<'_> {
        let bounds = (
            Bound::Included(from),
            to.map_or(Bound::Unbounded, Bound::Excluded),
        );
        OverlayRange(match self.tables.get(&table) {
            Some(Change::Keys(keys)) => Some(keys.range::<[u8], _>(bounds)),
            Some(Change::Dropped) | None => None,
        })
    }
}

struct OverlayRange<'o>(Option<Range<'o, Vec<u8>, Option<Vec<u8>>>>);

impl<'o> Iterator for OverlayRange<'o> {
    type Item = (&'o [u8], Option<&'o [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (key, new) = self.0.as_mut()?.next()?;
        Some((key, new.as_deref()))
    }
}

/// Two ranges of changes as one; `upper` hides `lower` where both changed a key.
struct MergedChanges<'o> {
    upper: Peekable<OverlayRange<'o>>,
    lower: Peekable<OverlayRange<'o>>,
}

impl<'o> Iterator for MergedChanges<'o> {
    type Item = (&'o [u8], Option<&'o [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        match (self.upper.peek(), self.lower.peek()) {
            (Some((upper, _)), Some((lower, _))) if lower < upper => self.lower.next(),
            (Some((upper, _)), Some((lower, _))) => {
                if upper == lower {
                    self.lower.next();
                }
                self.upper.next()
            }
            (Some(_), None) => self.upper.next(),
            (None, _) => self.lower.next(),
        }
    }
}
