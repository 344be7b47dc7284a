//! Blobs: files that an app has encrypted, kept by its sender service, fetched through the reader's receiver.
//!
//! This module knows sizes and requests; how a file is encrypted is for apps alone.

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::codec::{DecodeError, decode, encode};
use crate::hash::hash;
use crate::id::{BlobLocator, HostName};
use crate::label;
use crate::limits::{MAX_HOST_LEN, TAG_LEN, TOKEN_LEN};
use crate::time::Timestamp;
use crate::token::Token;

/// `POST`: a [`BlobCreate`], answered `201` after it is on record. Everything about one blob is below it.
pub const BLOBS_PATH: &str = "/v1/blobs";
/// `POST` to a receiver: a [`BlobFetch`], answered with bytes of the blob.
pub const BLOB_FETCH_PATH: &str = "/v1/blobs/fetch";
/// Header of a receiver's answer: bytes of the whole blob, in decimal.
pub const BLOB_LENGTH_HEADER: &str = "dyad-blob-length";
/// Version of both requests.
pub const BLOB_VERSION: u8 = 1;

/// Plaintext of a chunk, bytes.
pub const CHUNK_LEN: usize = 65_536;
/// A chunk as it is kept: with its ChaCha20-Poly1305 tag.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;
/// Chunks in every part but a blob's last.
pub const PART_CHUNKS: u32 = 64;
/// Bytes of every part but a blob's last.
pub const PART_LEN: usize = PART_CHUNKS as usize * SEALED_CHUNK_LEN;
/// Parts that one fetch may ask for.
pub const FETCH_PARTS: u32 = 4;
/// Chunks for which one token pays.
pub const CHUNKS_PER_TOKEN: u32 = 256;
/// Most chunks of a blob: 2^31 bytes of plaintext.
pub const MAX_CHUNKS: u32 = 32_768;
/// Largest [`BlobCreate`]: version 1, locator 16, chunks 4, days 2, length 4, 128 tokens.
pub const MAX_BLOB_CREATE_LEN: usize = 27 + (MAX_CHUNKS / CHUNKS_PER_TOKEN) as usize * TOKEN_LEN;
/// Largest [`BlobFetch`]: version 1, token, host with its length, locator 16, part 4.
pub const MAX_BLOB_FETCH_LEN: usize = 1 + TOKEN_LEN + 1 + MAX_HOST_LEN + 16 + 4;

const _: () = assert!(PART_LEN == 4_195_328);

secret_bytes!(
    /// Whoever knows it may write a blob's parts and delete it.
    BlobSecret, 32
);

impl BlobSecret {
    /// The name of the blob that this secret may write.
    pub fn locator(&self) -> BlobLocator {
        let digest = hash(label::BLOB_LOCATOR, &[self.expose()]);
        let mut locator = [0; BlobLocator::LEN];
        locator.copy_from_slice(&digest[..BlobLocator::LEN]);
        BlobLocator::new(locator)
    }
}

/// The size of a blob: one of 56, so that it says little about what is inside.
///
/// A number of chunks `m × 2^e`: `m` = 1, 2, 3 with `e` = 0, or `m` = 4 to 7 with `e` = 0 to 12, or 32,768.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobSize(u32);

impl BlobSize {
    /// The smallest: one chunk.
    pub const MIN: Self = Self(1);
    /// The largest: 2^31 bytes of plaintext.
    pub const MAX: Self = Self(MAX_CHUNKS);

    /// The class of exactly so many chunks; `None` if there is none.
    pub const fn of_chunks(chunks: u32) -> Option<Self> {
        match Self::holding(chunks) {
            Some(size) if size.0 == chunks && chunks > 0 => Some(size),
            _ => None,
        }
    }

    /// The class of a blob of exactly so many bytes; `None` if there is none.
    pub fn of_len(bytes: u64) -> Option<Self> {
        if !bytes.is_multiple_of(SEALED_CHUNK_LEN as u64) {
            return None;
        }
        let chunks = bytes / SEALED_CHUNK_LEN as u64;
        Self::of_chunks(u32::try_from(chunks).ok()?)
    }

    /// The smallest class that holds so many chunks; `None` beyond the largest.
    pub const fn holding(chunks: u32) -> Option<Self> {
        if chunks > MAX_CHUNKS {
            return None;
        }
        if chunks <= 4 {
            return Some(Self(if chunks == 0 { 1 } else { chunks }));
        }
        // The first three bits, rounded up; rounding 7 up gives 4 of the next power.
        let step = 1 << (chunks.ilog2() - 2);
        Some(Self(chunks.div_ceil(step) * step))
    }

    /// The smallest class that holds so many bytes of plaintext; `None` beyond the largest.
    pub fn for_plaintext(bytes: u64) -> Option<Self> {
        Self::holding(u32::try_from(bytes.div_ceil(CHUNK_LEN as u64)).ok()?)
    }

    /// Chunks.
    pub const fn chunks(self) -> u32 {
        self.0
    }

    /// Bytes of the whole blob.
    pub const fn bytes(self) -> u64 {
        self.0 as u64 * SEALED_CHUNK_LEN as u64
    }

    /// Parts, 1 to 512.
    pub const fn parts(self) -> u32 {
        self.0.div_ceil(PART_CHUNKS)
    }

    /// Bytes of a part, counted from 0; `None` if there is no such part.
    pub const fn part_len(self, part: u32) -> Option<usize> {
        if part >= self.parts() {
            return None;
        }
        let rest = self.0 - part * PART_CHUNKS;
        let chunks = if rest < PART_CHUNKS {
            rest
        } else {
            PART_CHUNKS
        };
        Some(chunks as usize * SEALED_CHUNK_LEN)
    }

    /// Bytes of up to [`FETCH_PARTS`] parts from `first` on; `None` if there is no such part.
    pub const fn fetch_len(self, first: u32) -> Option<u64> {
        if first >= self.parts() {
            return None;
        }
        let rest = self.bytes() - first as u64 * PART_LEN as u64;
        let most = FETCH_PARTS as u64 * PART_LEN as u64;
        Some(if rest < most { rest } else { most })
    }

    /// Tokens that pay for it, 1 to 128.
    pub const fn tokens(self) -> u32 {
        self.0.div_ceil(CHUNKS_PER_TOKEN)
    }
}

/// Asks a sender service to keep a blob.
///
/// ```text
/// version 1 | locator 16 | chunks 4 | days 2 | tokens <V> 162 each
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobCreate {
    /// The name of the blob.
    pub locator: BlobLocator,
    /// How large it will be.
    pub size: BlobSize,
    /// Days to keep it, at least 1.
    pub days: u16,
    /// [`BlobSize::tokens`] of class `blob`, no two alike.
    pub tokens: Vec<Token>,
}

#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct CreateWire {
    version: u8,
    locator: BlobLocator,
    chunks: u32,
    days: u16,
    tokens: Vec<Token>,
}

impl BlobCreate {
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        encode(&CreateWire {
            version: BLOB_VERSION,
            locator: self.locator,
            chunks: self.size.chunks(),
            days: self.days,
            tokens: self.tokens.clone(),
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong: a size that is no class, no days, more or fewer tokens than it
    /// costs, or one twice, is malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "request to keep a blob";
        known_version(bytes, WHAT)?;
        let malformed = || DecodeError::Malformed(WHAT);
        let wire: CreateWire = decode(bytes, WHAT)?;
        let size = BlobSize::of_chunks(wire.chunks).ok_or_else(malformed)?;
        let mut sorted: Vec<_> = wire.tokens.iter().map(Token::as_bytes).collect();
        sorted.sort_unstable();
        let twice = sorted.windows(2).any(|pair| pair[0] == pair[1]);
        if wire.days == 0 || twice || wire.tokens.len() != size.tokens() as usize {
            return Err(malformed());
        }
        Ok(Self {
            locator: wire.locator,
            size,
            days: wire.days,
            tokens: wire.tokens,
        })
    }

    /// By which the same request is recognised: over all its bytes.
    pub fn request_hash(&self) -> [u8; 32] {
        hash(label::BLOB_CREATE, &[&self.encode()])
    }
}

/// Asks a receiver service to fetch up to [`FETCH_PARTS`] parts of a blob.
///
/// ```text
/// version 1 | token 162 | host <1> | locator 16 | first 4
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlobFetch {
    /// Of class `blob`, for the receiver.
    pub token: Token,
    /// Who keeps the blob.
    pub host: HostName,
    /// The name of the blob.
    pub locator: BlobLocator,
    /// Number of the first part, a multiple of [`FETCH_PARTS`].
    pub first: u32,
}

#[derive(TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct FetchWire {
    version: u8,
    token: Token,
    host: HostName,
    locator: BlobLocator,
    first: u32,
}

impl BlobFetch {
    /// Encodes it.
    pub fn encode(&self) -> Vec<u8> {
        encode(&FetchWire {
            version: BLOB_VERSION,
            token: self.token,
            host: self.host.clone(),
            locator: self.locator,
            first: self.first,
        })
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`DecodeError`] saying what is wrong: a part that no fetch begins with, or that no blob has, is malformed.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "request to fetch a blob";
        known_version(bytes, WHAT)?;
        let wire: FetchWire = decode(bytes, WHAT)?;
        if !wire.first.is_multiple_of(FETCH_PARTS) || wire.first >= BlobSize::MAX.parts() {
            return Err(DecodeError::Malformed(WHAT));
        }
        Ok(Self {
            token: wire.token,
            host: wire.host,
            locator: wire.locator,
            first: wire.first,
        })
    }

    /// By which the same request is recognised: over all its bytes.
    pub fn request_hash(&self) -> [u8; 32] {
        hash(label::BLOB_FETCH, &[&self.encode()])
    }
}

fn known_version(bytes: &[u8], what: &'static str) -> Result<(), DecodeError> {
    match bytes.first() {
        None => Err(DecodeError::Length(what)),
        Some(&BLOB_VERSION) => Ok(()),
        Some(&found) => Err(DecodeError::Version { what, found }),
    }
}

/// What has come of a blob and what has not: the answer to `GET` of [`parts_path`], as JSON.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlobParts {
    /// Its size in chunks.
    pub chunks: u32,
    /// Until when it is kept.
    pub ends: Timestamp,
    /// The parts that have not come, in ascending inclusive ranges.
    pub missing: Vec<(u32, u32)>,
}

/// `GET` and `DELETE`: one blob.
pub fn blob_path(locator: &BlobLocator) -> String {
    format!("{BLOBS_PATH}/{locator}")
}

/// `GET`: a [`BlobParts`].
pub fn parts_path(locator: &BlobLocator) -> String {
    format!("{BLOBS_PATH}/{locator}/parts")
}

/// `PUT`: the bytes of one part.
pub fn part_path(locator: &BlobLocator, part: u32) -> String {
    format!("{BLOBS_PATH}/{locator}/parts/{part}")
}

/// Value of the `Authorization` header of whoever may write.
pub fn authorization(secret: &BlobSecret) -> String {
    format!("Bearer {}", crate::codec::to_base64(secret.expose()))
}

/// The secret in an `Authorization` header; `None` if there is none (RFC 6750 section 2.1).
pub fn from_authorization(value: &str) -> Option<BlobSecret> {
    let (scheme, secret) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let bytes = crate::codec::from_base64(secret, "write secret").ok()?;
    bytes.try_into().ok().map(BlobSecret::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_56_classes_and_padding_costs_at_most_a_quarter() {
        let classes: Vec<_> = (0..=MAX_CHUNKS + 1)
            .filter_map(BlobSize::of_chunks)
            .map(BlobSize::chunks)
            .collect();
        assert_eq!(classes.len(), 56);
        assert_eq!(classes[..13], [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20]);
        assert_eq!(classes[54..], [28_672, 32_768]);
        for chunks in 1..=MAX_CHUNKS {
            let size = BlobSize::holding(chunks).unwrap();
            assert!(size.chunks() >= chunks && 4 * (size.chunks() - chunks) <= chunks);
            assert_eq!(BlobSize::of_chunks(size.chunks()), Some(size));
            assert!(classes.iter().all(|c| *c < chunks || *c >= size.chunks()));
        }
        assert_eq!(BlobSize::holding(MAX_CHUNKS + 1), None);
        assert_eq!(BlobSize::holding(0), Some(BlobSize::MIN));
    }

    #[test]
    fn parts_make_up_the_blob() {
        for size in (0..=MAX_CHUNKS).filter_map(BlobSize::of_chunks) {
            let lens: Vec<_> = (0..size.parts())
                .map(|p| size.part_len(p).unwrap())
                .collect();
            assert_eq!(
                lens.iter().map(|len| *len as u64).sum::<u64>(),
                size.bytes()
            );
            assert!(lens[..lens.len() - 1].iter().all(|len| *len == PART_LEN));
            assert_eq!(size.part_len(size.parts()), None);
            let groups: u64 = (0..size.parts())
                .step_by(FETCH_PARTS as usize)
                .map(|first| size.fetch_len(first).unwrap())
                .sum();
            assert_eq!(groups, size.bytes());
            assert_eq!(size.fetch_len(size.parts()), None);
            assert_eq!(BlobSize::of_len(size.bytes()), Some(size));
            assert_eq!(BlobSize::of_len(size.bytes() - 1), None);
            assert!((1..=128).contains(&size.tokens()));
        }
        assert_eq!(BlobSize::MAX.parts(), 512);
        assert_eq!(BlobSize::of_len(0), None);
        assert_eq!(BlobSize::for_plaintext(1 << 31), Some(BlobSize::MAX));
        assert_eq!(BlobSize::for_plaintext((1 << 31) + 1), None);
        assert_eq!(BlobSize::for_plaintext(0), Some(BlobSize::MIN));
        assert_eq!(BlobSize::for_plaintext(65_537).unwrap().chunks(), 2);
    }

    #[test]
    fn a_secret_survives_its_header_and_nothing_else_is_one() {
        let secret = BlobSecret::new([7; 32]);
        let header = authorization(&secret);
        assert_eq!(from_authorization(&header), Some(secret.clone()));
        assert_eq!(
            from_authorization(&header.replace("Bearer", "bearer")),
            Some(secret)
        );
        for wrong in [
            "",
            "Bearer",
            "Bearer ",
            "Basic AAAA",
            "Bearer AAAA",
            &format!("{header}A"),
        ] {
            assert_eq!(from_authorization(wrong), None, "{wrong}");
        }
    }
}
