//! CBOR maps with integer keys that keep what they do not know.

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::{CborEncoder, CborResult};
use crate::codec::DecodeError;

/// Most entries of one map, and deepest nesting of what is kept unread.
const MAX_ENTRIES: u64 = 64;
const MAX_DEPTH: usize = 8;

/// A key that this release does not know, with its value as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownKey {
    /// The key.
    pub key: u64,
    /// The value, one CBOR item.
    pub value: Vec<u8>,
}

/// All unknown keys of a map, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Unknown(Vec<UnknownKey>);

impl Unknown {
    /// The entries.
    pub fn entries(&self) -> &[UnknownKey] {
        &self.0
    }

    pub(crate) fn push(&mut self, entry: UnknownKey) {
        self.0.push(entry);
    }
}

/// Writes keys in ascending order.
pub(crate) struct MapWriter {
    bytes: Vec<u8>,
    entries: u64,
}

impl MapWriter {
    pub(crate) fn new() -> Self {
        Self {
            bytes: Vec::with_capacity(256),
            entries: 0,
        }
    }

    pub(crate) fn put(&mut self, key: u64, value: impl FnOnce(&mut CborEncoder<'_>) -> CborResult) {
        let mut encoder = Encoder::new(&mut self.bytes);
        // Writing to memory cannot fail.
        let _ = encoder
            .u64(key)
            .map(drop)
            .and_then(|()| value(&mut encoder));
        self.entries += 1;
    }

    pub(crate) fn some<T>(
        &mut self,
        key: u64,
        value: &Option<T>,
        write: impl FnOnce(&T, &mut CborEncoder<'_>) -> CborResult,
    ) {
        if let Some(value) = value {
            self.put(key, |e| write(value, e));
        }
    }

    /// A list; an empty one is left out.
    pub(crate) fn list<T>(
        &mut self,
        key: u64,
        values: &[T],
        write: impl Fn(&T, &mut CborEncoder<'_>) -> CborResult,
    ) {
        if !values.is_empty() {
            self.put(key, |e| {
                e.array(values.len() as u64)?;
                values.iter().try_for_each(|value| write(value, e))
            });
        }
    }

    pub(crate) fn finish(mut self, unknown: &Unknown) -> Vec<u8> {
        for entry in unknown.entries() {
            self.put(entry.key, |e| {
                e.writer_mut().extend_from_slice(&entry.value);
                Ok(())
            });
        }
        let mut whole = Vec::with_capacity(self.bytes.len() + 2);
        let _ = Encoder::new(&mut whole).map(self.entries);
        whole.append(&mut self.bytes);
        whole
    }
}

/// Reads one map that fills its input; keys must ascend, so that none stands twice.
pub(crate) struct MapReader<'b> {
    decoder: Decoder<'b>,
    left: u64,
    last: Option<u64>,
    what: &'static str,
}

impl<'b> MapReader<'b> {
    pub(crate) fn new(bytes: &'b [u8], what: &'static str) -> Result<Self, DecodeError> {
        let mut decoder = Decoder::new(bytes);
        match decoder.map() {
            Ok(Some(left)) if left <= MAX_ENTRIES => Ok(Self {
                decoder,
                left,
                last: None,
                what,
            }),
            _ => Err(DecodeError::Malformed(what)),
        }
    }

    pub(crate) fn next_key(&mut self) -> Result<Option<u64>, DecodeError> {
        if self.left == 0 {
            let end = self.decoder.position() == self.decoder.input().len();
            return if end {
                Ok(None)
            } else {
                Err(DecodeError::Length(self.what))
            };
        }
        self.left -= 1;
        let key = self.value(|d| d.u64())?;
        if self.last.is_some_and(|last| key <= last) {
            return Err(DecodeError::Malformed(self.what));
        }
        self.last = Some(key);
        Ok(Some(key))
    }

    pub(crate) fn value<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
    ) -> Result<T, DecodeError> {
        read(&mut self.decoder).map_err(|_| DecodeError::Malformed(self.what))
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        self.value(|d| d.bytes())
    }

    pub(crate) fn list<T>(
        &mut self,
        most: usize,
        read: impl Fn(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
    ) -> Result<Vec<T>, DecodeError> {
        let len = self.value(|d| d.array())?;
        match len {
            Some(len) if len <= most as u64 => (0..len).map(|_| self.value(&read)).collect(),
            _ => Err(DecodeError::Malformed(self.what)),
        }
    }

    /// A nested map, given to `read` as its own input.
    pub(crate) fn nested<T>(
        &mut self,
        read: impl FnOnce(&'b [u8]) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        read(self.skip_one()?)
    }

    /// A value of which newer forms may exist: `read` gets it alone and may answer that it does not know it.
    pub(crate) fn optional<T>(
        &mut self,
        read: impl FnOnce(&mut Decoder<'b>) -> Result<Option<T>, minicbor::decode::Error>,
    ) -> Result<Option<T>, DecodeError> {
        let what = self.what;
        let item = self.skip_one()?;
        read(&mut Decoder::new(item)).map_err(|_| DecodeError::Malformed(what))
    }

    pub(crate) fn raw(&mut self, key: u64) -> Result<UnknownKey, DecodeError> {
        Ok(UnknownKey {
            key,
            value: self.skip_one()?.to_vec(),
        })
    }

    /// The bytes of the next item, which must be of definite length and not too deep.
    fn skip_one(&mut self) -> Result<&'b [u8], DecodeError> {
        let start = self.decoder.position();
        skip(&mut self.decoder, MAX_DEPTH).ok_or(DecodeError::Malformed(self.what))?;
        self.decoder
            .input()
            .get(start..self.decoder.position())
            .ok_or(DecodeError::Length(self.what))
    }
}

fn skip(d: &mut Decoder<'_>, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match d.datatype().ok()? {
        Type::Array => {
            let len = d.array().ok()??;
            (0..len).try_for_each(|_| skip(d, depth))
        }
        Type::Map => {
            let len = d.map().ok()??;
            (0..len).try_for_each(|_| skip(d, depth).and_then(|()| skip(d, depth)))
        }
        Type::Tag => {
            d.tag().ok()?;
            skip(d, depth)
        }
        Type::ArrayIndef | Type::MapIndef | Type::BytesIndef | Type::StringIndef | Type::Break => {
            None
        }
        _ => d.skip().ok(),
    }
}
