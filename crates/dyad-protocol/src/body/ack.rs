//! Acknowledgements: which messages of a stream have arrived, as ranges.

use minicbor::Decoder;

use super::{CborEncoder, CborResult};
use crate::id::StreamId;

/// Ranges in one acknowledgement; older ones are left out first.
pub(super) const MAX_RANGES: usize = 64;

/// A set of sequence numbers, kept as ascending, disjoint, non-adjacent inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// The ranges, both ends included.
    pub fn as_slice(&self) -> &[(u64, u64)] {
        &self.0
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The largest number in it.
    pub fn max(&self) -> Option<u64> {
        self.0.last().map(|&(_, to)| to)
    }

    /// The last `most` ranges.
    pub fn newest(&self, most: usize) -> Self {
        Self(self.0[self.0.len().saturating_sub(most)..].to_vec())
    }

    /// Whether `seq` is in it.
    pub fn contains(&self, seq: u64) -> bool {
        let after = self.0.partition_point(|&(from, _)| from <= seq);
        after > 0 && self.0[after - 1].1 >= seq
    }

    /// Whether all numbers from `from` to `to` are in it, both included.
    pub fn covers(&self, from: u64, to: u64) -> bool {
        let after = self.0.partition_point(|&(first, _)| first <= from);
        from > to || after > 0 && self.0[after - 1].1 >= to
    }

    /// Adds one number; says whether it was new.
    pub fn insert(&mut self, seq: u64) -> bool {
        let after = self.0.partition_point(|&(from, _)| from <= seq);
        if after > 0 && self.0[after - 1].1 >= seq {
            return false;
        }
        let joins_before = after > 0 && self.0[after - 1].1.checked_add(1) == Some(seq);
        let joins_after = self
            .0
            .get(after)
            .is_some_and(|&(from, _)| seq.checked_add(1) == Some(from));
        match (joins_before, joins_after) {
            (true, true) => {
                self.0[after - 1].1 = self.0[after].1;
                self.0.remove(after);
            }
            (true, false) => self.0[after - 1].1 = seq,
            (false, true) => self.0[after].0 = seq,
            (false, false) => self.0.insert(after, (seq, seq)),
        }
        true
    }

    /// Adds all numbers of another set.
    pub fn extend(&mut self, other: &Self) {
        let mut all: Vec<_> = self.0.drain(..).chain(other.0.iter().copied()).collect();
        all.sort_unstable();
        for (from, to) in all {
            match self.0.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                _ => self.0.push((from, to)),
            }
        }
    }
}

/// What has arrived of one stream.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StreamAck {
    /// The stream.
    pub stream: StreamId,
    /// The sequence numbers.
    pub ranges: Ranges,
}

impl StreamAck {
    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        let ranges = self.ranges.as_slice();
        let ranges = &ranges[ranges.len().saturating_sub(MAX_RANGES)..];
        e.array(2)?
            .bytes(self.stream.as_bytes())?
            .array(2 * ranges.len() as u64)?;
        ranges
            .iter()
            .try_for_each(|&(from, to)| e.u64(from)?.u64(to).map(drop))
    }

    pub(super) fn decode(d: &mut Decoder<'_>) -> Result<Self, minicbor::decode::Error> {
        let bad = || minicbor::decode::Error::message("acknowledgement");
        if d.array()? != Some(2) {
            return Err(bad());
        }
        let stream = StreamId::from_slice(d.bytes()?).ok_or_else(bad)?;
        let len = d
            .array()?
            .filter(|len| len % 2 == 0 && *len <= 2 * MAX_RANGES as u64);
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for _ in 0..len.ok_or_else(bad)? / 2 {
            let (from, to) = (d.u64()?, d.u64()?);
            let ascending = ranges
                .last()
                .is_none_or(|&(_, last)| from > last.saturating_add(1));
            if from == 0 || from > to || !ascending {
                return Err(bad());
            }
            ranges.push((from, to));
        }
        Ok(Self {
            stream,
            ranges: Ranges(ranges),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_set_of_ranges_is_a_set_of_numbers(seqs in prop::collection::vec(1u64..60, 0..80), more in prop::collection::vec(1u64..60, 0..20)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for seq in seqs {
                prop_assert_eq!(ranges.insert(seq), set.insert(seq));
            }
            let mut other = Ranges::default();
            for seq in more {
                other.insert(seq);
                set.insert(seq);
            }
            ranges.extend(&other);
            for seq in 0..62 {
                prop_assert_eq!(ranges.contains(seq), set.contains(&seq));
            }
            prop_assert!(ranges.as_slice().windows(2).all(|w| w[0].1 + 1 < w[1].0));
        }
    }
}
