//! Files and long texts: what a message says of a blob.

use minicbor::Decoder;

use super::{Said, is_app_kind};
use crate::attachment::{FileKey, MAX_FILE_LEN};
use crate::body::map::{MapReader, MapWriter, Unknown};
use crate::body::{CborEncoder, CborResult, Payload};
use crate::codec::DecodeError;
use crate::id::{BlobLocator, HostName};
use crate::time::Timestamp;

/// Longest name of a file, bytes of UTF-8.
pub const MAX_FILE_NAME_LEN: usize = 255;
/// Longest media type, bytes (RFC 6838 section 4.2).
pub const MAX_MEDIA_TYPE_LEN: usize = 127;
/// Longest preview, bytes: more than a ThumbHash takes.
pub const MAX_PREVIEW_LEN: usize = 64;
/// Longest text, bytes of UTF-8; longest content of another app's payload, bytes.
pub const MAX_LONG_LEN: u64 = 1 << 20;

/// Where a file is, and how it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The sender service that keeps it.
    pub host: HostName,
    /// Its name there.
    pub locator: BlobLocator,
    /// Opens it.
    pub key: FileKey,
    /// Bytes, without padding.
    pub size: u64,
    /// SHA-256 of them.
    pub sha256: [u8; 32],
    /// Until when it is kept.
    pub ends: Timestamp,
}

/// A file as its sender describes it. Name and type are claims: clean the one, do not believe the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where it is.
    pub link: Link,
    /// Its name, not cleaned.
    pub name: String,
    /// Its media type.
    pub media_type: Option<String>,
    /// Words that go with it.
    pub words: Option<String>,
    /// Width and height of a picture, pixels.
    pub dimensions: Option<(u32, u32)>,
    /// ThumbHash of a picture.
    pub preview: Option<Vec<u8>>,
}

impl Link {
    pub(super) fn encode(&self, e: &mut CborEncoder<'_>) -> CborResult {
        let mut map = MapWriter::new();
        map.put(0, |e| e.str(self.host.as_str()).map(drop));
        map.put(1, |e| e.bytes(self.locator.as_bytes()).map(drop));
        map.put(2, |e| e.bytes(self.key.expose()).map(drop));
        map.put(3, |e| e.u64(self.size).map(drop));
        map.put(4, |e| e.bytes(&self.sha256).map(drop));
        map.put(5, |e| e.u64(self.ends.as_secs()).map(drop));
        e.writer_mut()
            .extend_from_slice(&map.finish(&Unknown::default()));
        Ok(())
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "link to a file";
        let (mut host, mut locator, mut key) = (None, None, None);
        let (mut size, mut sha256, mut ends) = (None, None, None);
        let mut reader = MapReader::new(bytes, WHAT)?;
        while let Some(number) = reader.next_key()? {
            match number {
                0 => host = reader.value(|d| d.str())?.parse().ok(),
                1 => locator = BlobLocator::from_slice(reader.bytes()?),
                2 => key = reader.bytes()?.try_into().ok().map(FileKey::new),
                3 => size = Some(reader.value(|d| d.u64())?),
                4 => sha256 = reader.bytes()?.try_into().ok(),
                5 => ends = Some(reader.value(|d| d.u64())?),
                _ => drop(reader.raw(number)?),
            }
        }
        let ends = ends.filter(|ends| *ends <= i64::MAX as u64);
        match (host, locator, key, size, sha256, ends) {
            (Some(host), Some(locator), Some(key), Some(size), Some(sha256), Some(ends))
                if size <= MAX_FILE_LEN =>
            {
                Ok(Self {
                    host,
                    locator,
                    key,
                    size,
                    sha256,
                    ends: Timestamp::from_secs(ends),
                })
            }
            _ => Err(DecodeError::Malformed(WHAT)),
        }
    }
}

impl File {
    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| self.link.encode(e));
        map.put(1, |e| e.str(&self.name).map(drop));
        map.some(2, &self.media_type, |text, e| e.str(text).map(drop));
        map.some(3, &self.words, |text, e| e.str(text).map(drop));
        map.some(4, &self.dimensions, |(width, height), e| {
            e.array(2)?.u32(*width)?.u32(*height).map(drop)
        });
        map.some(5, &self.preview, |bytes, e| e.bytes(bytes).map(drop));
    }

    pub(super) fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "file";
        let (mut link, mut name, mut media_type) = (None, None, None);
        let (mut words, mut dimensions, mut preview) = (None, None, None);
        let text = |d: &mut Decoder<'_>| d.str().map(str::to_owned);
        let mut reader = MapReader::new(content, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => link = Some(reader.nested(Link::decode)?),
                1 => name = Some(reader.value(text)?),
                2 => media_type = Some(reader.value(text)?),
                3 => words = Some(reader.value(text)?),
                4 => dimensions = Some(reader.value(pixels)?),
                5 => preview = Some(reader.bytes()?.to_vec()),
                _ => drop(reader.raw(key)?),
            }
        }
        let name = name.filter(|name| (1..=MAX_FILE_NAME_LEN).contains(&name.len()));
        let fits = media_type
            .as_ref()
            .is_none_or(|text| text.len() <= MAX_MEDIA_TYPE_LEN)
            && preview
                .as_ref()
                .is_none_or(|bytes| bytes.len() <= MAX_PREVIEW_LEN);
        match (link, name) {
            (Some(link), Some(name)) if fits => Ok(Self {
                link,
                name,
                media_type,
                words,
                dimensions,
                preview,
            }),
            _ => Err(DecodeError::Malformed(WHAT)),
        }
    }
}

pub(super) fn long(payload: &Payload) -> Result<Said, DecodeError> {
    const WHAT: &str = "long text";
    let (mut link, mut kind) = (None, None);
    let mut reader = MapReader::new(&payload.content, WHAT)?;
    while let Some(key) = reader.next_key()? {
        match key {
            0 => link = Some(reader.nested(Link::decode)?),
            1 => kind = Some(reader.value(|d| d.str().map(str::to_owned))?),
            _ => drop(reader.raw(key)?),
        }
    }
    let link = link.filter(|link| link.size <= MAX_LONG_LEN);
    match (link, kind, &payload.fallback) {
        (Some(link), None, Some(beginning)) if !beginning.is_empty() => Ok(Said::Long {
            link,
            beginning: beginning.clone(),
        }),
        (Some(link), Some(kind), _) if is_app_kind(&kind) => Ok(Said::Carried { link, kind }),
        _ => Err(DecodeError::Malformed(WHAT)),
    }
}

fn pixels(d: &mut Decoder<'_>) -> Result<(u32, u32), minicbor::decode::Error> {
    match d.array()? {
        Some(2) => Ok((d.u32()?, d.u32()?)),
        _ => Err(minicbor::decode::Error::message("width and height")),
    }
}
