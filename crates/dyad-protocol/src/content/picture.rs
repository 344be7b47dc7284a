//! The picture that somebody shows beside their name.

use super::{Link, MAX_ORDER};
use crate::body::map::{MapReader, MapWriter};
use crate::codec::DecodeError;

/// Largest picture of a presentation, bytes.
pub const MAX_PICTURE_LEN: u64 = 64 * 1024;
/// Greatest width or height of one, pixels.
pub const MAX_PICTURE_SIDE: u32 = 512;

/// The writer shows another picture from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Of two the greater counts.
    pub order: u64,
    /// Where it is; without it they show none any more.
    pub link: Option<Link>,
}

impl Picture {
    /// The content of the payload.
    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.u64(self.order).map(drop));
        map.some(1, &self.link, Link::encode);
    }

    pub(super) fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        const WHAT: &str = "picture";
        let (mut order, mut link) = (None, None);
        let mut reader = MapReader::new(content, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => order = Some(reader.value(|d| d.u64())?),
                1 => link = Some(reader.nested(Link::decode)?),
                _ => drop(reader.raw(key)?),
            }
        }
        let fits = |link: &Link| (1..=MAX_PICTURE_LEN).contains(&link.size);
        match order {
            Some(order) if order <= MAX_ORDER && link.as_ref().is_none_or(fits) => {
                Ok(Self { order, link })
            }
            _ => Err(DecodeError::Malformed(WHAT)),
        }
    }
}
