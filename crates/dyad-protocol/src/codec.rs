//! Encoding helpers shared by all modules, and the one decoding error.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Error as _, Visitor};
use tls_codec::{DeserializeBytes, Serialize as TlsSerialize, Size};

/// Bytes from outside that are not a valid value of the expected kind.
///
/// Whoever sent them is at fault; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Too short, too long, or a length inside that does not add up.
    #[error("{0} has the wrong length")]
    Length(&'static str),
    /// A version or suite that this release does not know; a newer app may.
    #[error("{what} has version {found}, which this release does not know; update to read it")]
    Version {
        /// What was being read.
        what: &'static str,
        /// The version found.
        found: u8,
    },
    /// A field holds a value that it may not hold.
    #[error("{0} is malformed")]
    Malformed(&'static str),
    /// A signature does not verify, or a hash does not match.
    #[error("{0} was not made by whom it claims")]
    NotAuthentic(&'static str),
    /// Past its date.
    #[error("{0} has expired")]
    Expired(&'static str),
}

/// The fixed encoding (TLS presentation language, RFC 8446 section 3, vectors with the
/// variable-size length of RFC 9420 section 2.1.2).
pub fn encode(value: &impl TlsSerialize) -> Vec<u8> {
    // Serialising into memory fails only beyond 2^30 bytes, which no bounded type here reaches.
    value.tls_serialize_detached().unwrap_or_default()
}

/// Reads exactly one value; trailing bytes are an error. Allocates no more than the input holds.
///
/// A length that is written in more bytes than it needs is refused, as RFC 9420 section 2.1.2
/// demands and the library does not check: one value has one encoding.
pub fn decode<T: DeserializeBytes + Size>(
    bytes: &[u8],
    what: &'static str,
) -> Result<T, DecodeError> {
    let value = T::tls_deserialize_exact_bytes(bytes).map_err(|error| match error {
        tls_codec::Error::EndOfStream | tls_codec::Error::TrailingData => DecodeError::Length(what),
        _ => DecodeError::Malformed(what),
    })?;
    if value.tls_serialized_len() == bytes.len() {
        Ok(value)
    } else {
        Err(DecodeError::Malformed(what))
    }
}

/// base64url without padding (RFC 4648 section 5).
pub fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding.
pub fn from_base64(text: &str, what: &'static str) -> Result<Vec<u8>, DecodeError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| DecodeError::Malformed(what))
}

pub(crate) fn write_hex(f: &mut std::fmt::Formatter<'_>, bytes: &[u8]) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// Bytes in binary formats, base64url in text formats.
pub fn serialize_bytes<S: serde::Serializer>(bytes: &[u8], s: S) -> Result<S::Ok, S::Error> {
    if s.is_human_readable() {
        s.serialize_str(&to_base64(bytes))
    } else {
        s.serialize_bytes(bytes)
    }
}

/// The inverse of [`serialize_bytes`].
pub fn deserialize_bytes<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Vec<u8>, D::Error> {
    if d.is_human_readable() {
        d.deserialize_str(BytesVisitor)
    } else {
        d.deserialize_bytes(BytesVisitor)
    }
}

/// [`deserialize_bytes`] for an exact length.
pub fn deserialize_array<'de, D: serde::Deserializer<'de>, const N: usize>(
    d: D,
) -> Result<[u8; N], D::Error> {
    let bytes = deserialize_bytes(d)?;
    let found = bytes.len();
    bytes
        .try_into()
        .map_err(|_| D::Error::custom(format_args!("expected {N} bytes, found {found}")))
}

/// `#[serde(with = "dyad_protocol::codec::serde_bytes")]` for `Vec<u8>` fields.
pub mod serde_bytes {
    pub use super::{deserialize_bytes as deserialize, serialize_bytes as serialize};
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("bytes, or base64url without padding")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Vec<u8>, E> {
        URL_SAFE_NO_PAD.decode(text).map_err(E::custom)
    }

    fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }
}

/// A yes or no: one byte, 1 or 0, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flag(pub bool);

impl tls_codec::Size for Flag {
    fn tls_serialized_len(&self) -> usize {
        1
    }
}

impl TlsSerialize for Flag {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        u8::from(self.0).tls_serialize(writer)
    }
}

impl DeserializeBytes for Flag {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        match u8::tls_deserialize_bytes(bytes)? {
            (0, rest) => Ok((Self(false), rest)),
            (1, rest) => Ok((Self(true), rest)),
            _ => Err(tls_codec::Error::DecodingError("flag".into())),
        }
    }
}
