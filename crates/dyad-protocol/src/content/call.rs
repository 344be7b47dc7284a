//! Calls: what the apps of two people say to arrange a session between them. Sound and pictures never travel this way.

use minicbor::Decoder;

use crate::body::map::{MapReader, MapWriter};
use crate::codec::DecodeError;
use crate::id::CallId;
use crate::time::Timestamp;

/// A call rings so long at most, seconds.
pub const RING_TIME: u64 = 60;
/// Longest session description, bytes, once it is inflated.
pub const MAX_DESCRIPTION_LEN: usize = 64 << 10;
/// Most parts into which a description is divided.
pub const MAX_CALL_PARTS: u8 = 8;
/// Longest piece of a compressed description in one message, bytes: what else an offer says fits beside it.
pub const CALL_PIECE_LEN: usize = 960;
/// Most candidates in one message.
pub const MAX_CANDIDATES: usize = 16;
/// Longest candidate, bytes.
pub const MAX_CANDIDATE_LEN: usize = 255;

const WHAT: &str = "call";
const AUDIO: u8 = 1;
const VIDEO: u8 = 2;

/// What somebody says about a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStep {
    /// The caller would like to talk, or, in a later round, to connect anew.
    Offer,
    /// It is taken.
    Answer,
    /// Ways by which the writer may be reached.
    Candidates,
    /// An app page shows it to the person called.
    Ringing,
    /// It is not taken.
    Decline,
    /// The person called is in another call.
    Busy,
    /// It is over, or taken back.
    HangUp,
}

impl CallStep {
    const ALL: [Self; 7] = [
        Self::Offer,
        Self::Answer,
        Self::Candidates,
        Self::Ringing,
        Self::Decline,
        Self::Busy,
        Self::HangUp,
    ];

    /// As it is written.
    #[must_use]
    pub const fn number(self) -> u8 {
        self as u8
    }

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    const fn is_described(self) -> bool {
        matches!(self, Self::Offer | Self::Answer)
    }
}

/// What the writer means to send; it may be switched on and off during the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct CallMedia {
    /// Sound.
    pub audio: bool,
    /// Pictures.
    pub video: bool,
}

/// One thing said about a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which call.
    pub id: CallId,
    /// What is said.
    pub step: CallStep,
    /// With an offer or an answer: a piece of the session description (RFC 8866), compressed (RFC 1951).
    pub piece: Vec<u8>,
    /// Which piece, from 0, of how many.
    pub part: (u8, u8),
    /// With an offer or an answer: what the writer means to send.
    pub media: Option<CallMedia>,
    /// With an offer: when it stops ringing, by the caller's clock.
    pub expires: Option<Timestamp>,
    /// With candidates: as in the attribute `candidate` (RFC 8839), not checked.
    pub candidates: Vec<String>,
    /// With an offer or an answer: 0, and one more each time that the connection is made anew.
    pub round: u8,
}

impl Call {
    /// One that says nothing but its step.
    #[must_use]
    pub const fn plain(id: CallId, step: CallStep) -> Self {
        Self {
            id,
            step,
            piece: Vec::new(),
            part: (0, 1),
            media: None,
            expires: None,
            candidates: Vec::new(),
            round: 0,
        }
    }

    pub(super) fn encode(&self, map: &mut MapWriter) {
        map.put(0, |e| e.bytes(self.id.as_bytes()).map(drop));
        map.put(1, |e| e.u8(self.step.number()).map(drop));
        if !self.piece.is_empty() {
            map.put(2, |e| e.bytes(&self.piece).map(drop));
        }
        if self.part != (0, 1) {
            map.put(3, |e| {
                e.array(2)?.u8(self.part.0)?.u8(self.part.1).map(drop)
            });
        }
        map.some(4, &self.media, |media, e| {
            let bits = if media.audio { AUDIO } else { 0 } | if media.video { VIDEO } else { 0 };
            e.u8(bits).map(drop)
        });
        map.some(5, &self.expires, |at, e| e.u64(at.as_secs()).map(drop));
        map.list(6, &self.candidates, |line, e| e.str(line).map(drop));
        if self.round != 0 {
            map.put(7, |e| e.u8(self.round).map(drop));
        }
    }

    pub(super) fn decode(content: &[u8]) -> Result<Self, DecodeError> {
        let (mut id, mut step, mut piece, mut part) = (None, None, None, None);
        let (mut media, mut expires, mut candidates, mut round) = (None, None, Vec::new(), 0);
        let mut reader = MapReader::new(content, WHAT)?;
        while let Some(key) = reader.next_key()? {
            match key {
                0 => id = CallId::from_slice(reader.bytes()?),
                1 => step = CallStep::from_number(reader.value(|d| d.u8())?),
                2 => piece = Some(reader.bytes()?.to_vec()),
                3 => part = Some(reader.value(pair)?),
                4 => media = Some(reader.value(|d| d.u8())?),
                5 => expires = Some(reader.value(|d| d.u64())?),
                6 => candidates = reader.list(MAX_CANDIDATES, |d| d.str().map(str::to_owned))?,
                7 => round = reader.value(|d| d.u8())?,
                _ => drop(reader.raw(key)?),
            }
        }
        let (Some(id), Some(step)) = (id, step) else {
            return Err(DecodeError::Malformed(WHAT));
        };
        let call = Self {
            id,
            step,
            piece: piece.unwrap_or_default(),
            part: part.unwrap_or((0, 1)),
            media: media.map(|bits| CallMedia {
                audio: bits & AUDIO != 0,
                video: bits & VIDEO != 0,
            }),
            expires: expires.map(Timestamp::from_secs),
            candidates,
            round,
        };
        if call.is_whole() {
            Ok(call)
        } else {
            Err(DecodeError::Malformed(WHAT))
        }
    }

    /// Whether it says what its step needs, within the limits.
    fn is_whole(&self) -> bool {
        let (part, parts) = self.part;
        let divided = part < parts && parts <= MAX_CALL_PARTS;
        let described = !self.step.is_described()
            || (!self.piece.is_empty()
                && self.piece.len() <= CALL_PIECE_LEN
                && self.media.is_some());
        let dated = self.step != CallStep::Offer
            || self
                .expires
                .is_some_and(|at| at.as_secs() <= i64::MAX as u64);
        let reachable = self.step != CallStep::Candidates
            || (!self.candidates.is_empty()
                && self.candidates.iter().all(|c| c.len() <= MAX_CANDIDATE_LEN));
        divided && described && dated && reachable
    }
}

fn pair(d: &mut Decoder<'_>) -> Result<(u8, u8), minicbor::decode::Error> {
    match d.array()? {
        Some(2) => Ok((d.u8()?, d.u8()?)),
        _ => Err(minicbor::decode::Error::message("part of parts")),
    }
}
