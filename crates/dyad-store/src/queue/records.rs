//! What the queue's values look like. Every record begins with a version byte; numbers are big-endian.

use dyad_protocol::api::submit::DeliveryFailure;
use dyad_protocol::id::HostName;
use dyad_protocol::time::Timestamp;

use crate::StoreError;

/// Version byte of every record of the queue.
pub(super) const VERSION: u8 = 1;

const WAITING: u8 = 1;
const DELIVERED: u8 = 2;
const GIVEN_UP: u8 = 3;

/// What is known of a host that something waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HostState {
    /// Messages that wait.
    pub waiting: u64,
    /// Attempts that failed since something waits, in all.
    pub attempts: u32,
    /// Attempts that failed, in a row.
    pub failures: u32,
    /// Not to be tried before.
    pub next_attempt: Timestamp,
    /// Why the last attempt failed; `None` if it succeeded or there was none.
    pub last_failure: Option<DeliveryFailure>,
}

/// How much waits in all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Messages.
    pub messages: u64,
    /// Hosts that they are for.
    pub hosts: u64,
}

/// A message in the queue.
pub(super) struct MessageRecord {
    pub(super) enqueued: Timestamp,
    pub(super) refusals: u8,
    pub(super) item: Vec<u8>,
}

/// What a submission ticket leads to.
pub(super) enum Fate {
    Waiting {
        due: Timestamp,
        /// The host's failed attempts before this message came: the rest are this message's.
        attempts_before: u32,
        /// Whether the receiver refused it when it was sent alone.
        refused: bool,
        host: HostName,
    },
    Delivered {
        at: Timestamp,
    },
    GivenUp {
        at: Timestamp,
        reason: DeliveryFailure,
    },
}

pub(super) fn damaged(what: &str) -> StoreError {
    StoreError::Damaged {
        what: what.to_owned(),
    }
}

impl HostState {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(26);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.waiting.to_be_bytes());
        bytes.extend_from_slice(&self.attempts.to_be_bytes());
        bytes.extend_from_slice(&self.failures.to_be_bytes());
        bytes.extend_from_slice(&self.next_attempt.as_secs().to_be_bytes());
        bytes.push(self.last_failure.map_or(0, failure_number));
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes);
        let parsed = (|| {
            Some(Self {
                waiting: reader.u64()?,
                attempts: reader.u32()?,
                failures: reader.u32()?,
                next_attempt: reader.moment()?,
                last_failure: match reader.u8()? {
                    0 => None,
                    number => Some(failure_from(number)?),
                },
            })
        })();
        parsed
            .filter(|_| reader.is_at_end())
            .ok_or_else(|| damaged("a host of the queue"))
    }
}

impl Totals {
    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(17);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.messages.to_be_bytes());
        bytes.extend_from_slice(&self.hosts.to_be_bytes());
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes);
        let parsed = (|| {
            Some(Self {
                messages: reader.u64()?,
                hosts: reader.u64()?,
            })
        })();
        parsed
            .filter(|_| reader.is_at_end())
            .ok_or_else(|| damaged("the totals of the queue"))
    }
}

impl MessageRecord {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(10 + self.item.len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.enqueued.as_secs().to_be_bytes());
        bytes.push(self.refusals);
        bytes.extend_from_slice(&self.item);
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes);
        let parsed = (|| {
            Some(Self {
                enqueued: reader.moment()?,
                refusals: reader.u8()?,
                item: reader.rest()?.to_vec(),
            })
        })();
        parsed.ok_or_else(|| damaged("a message of the queue"))
    }
}

impl Fate {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        match self {
            Self::Waiting {
                due,
                attempts_before,
                refused,
                host,
            } => {
                bytes.push(WAITING);
                bytes.extend_from_slice(&due.as_secs().to_be_bytes());
                bytes.extend_from_slice(&attempts_before.to_be_bytes());
                bytes.push(u8::from(*refused));
                bytes.extend_from_slice(host.as_str().as_bytes());
            }
            Self::Delivered { at } => {
                bytes.push(DELIVERED);
                bytes.extend_from_slice(&at.as_secs().to_be_bytes());
            }
            Self::GivenUp { at, reason } => {
                bytes.push(GIVEN_UP);
                bytes.extend_from_slice(&at.as_secs().to_be_bytes());
                bytes.push(failure_number(*reason));
            }
        }
        bytes
    }

    pub(super) fn parse(bytes: &[u8]) -> Result<Self, StoreError> {
        let mut reader = Reader::new(bytes);
        let parsed = (|| {
            Some(match reader.u8()? {
                WAITING => Self::Waiting {
                    due: reader.moment()?,
                    attempts_before: reader.u32()?,
                    refused: reader.u8()? != 0,
                    host: std::str::from_utf8(reader.rest()?).ok()?.parse().ok()?,
                },
                DELIVERED => Self::Delivered {
                    at: reader.moment()?,
                },
                GIVEN_UP => Self::GivenUp {
                    at: reader.moment()?,
                    reason: failure_from(reader.u8()?)?,
                },
                _ => return None,
            })
        })();
        parsed
            .filter(|_| reader.is_at_end())
            .ok_or_else(|| damaged("the fate of a submission"))
    }
}

/// The numbers are on disk.
const fn failure_number(failure: DeliveryFailure) -> u8 {
    match failure {
        DeliveryFailure::Unreachable => 1,
        DeliveryFailure::Forbidden => 2,
        DeliveryFailure::Timeout => 3,
        DeliveryFailure::Tls => 4,
        DeliveryFailure::Busy => 5,
        DeliveryFailure::Rejected => 6,
        DeliveryFailure::Nonsense => 7,
    }
}

const fn failure_from(number: u8) -> Option<DeliveryFailure> {
    Some(match number {
        1 => DeliveryFailure::Unreachable,
        2 => DeliveryFailure::Forbidden,
        3 => DeliveryFailure::Timeout,
        4 => DeliveryFailure::Tls,
        5 => DeliveryFailure::Busy,
        6 => DeliveryFailure::Rejected,
        7 => DeliveryFailure::Nonsense,
        _ => return None,
    })
}

/// Takes a record apart from the front; every step gives `None` where it is too short.
struct Reader<'a> {
    bytes: Option<&'a [u8]>,
}

impl<'a> Reader<'a> {
    fn new(record: &'a [u8]) -> Self {
        let bytes = match record.split_first() {
            Some((&VERSION, rest)) => Some(rest),
            _ => None,
        };
        Self { bytes }
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.bytes?.split_first_chunk()?;
        self.bytes = Some(rest);
        Some(*taken)
    }

    fn u8(&mut self) -> Option<u8> {
        self.take().map(|[byte]| byte)
    }

    fn u32(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn moment(&mut self) -> Option<Timestamp> {
        self.u64().map(Timestamp::from_secs)
    }

    fn rest(&mut self) -> Option<&'a [u8]> {
        self.bytes.replace(&[])
    }

    fn is_at_end(&self) -> bool {
        self.bytes.is_some_and(<[u8]>::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written_and_not_when_cut_or_of_another_version() {
        let host = HostState {
            waiting: 3,
            attempts: 9,
            failures: 2,
            next_attempt: Timestamp::from_secs(77),
            last_failure: Some(DeliveryFailure::Tls),
        };
        let bytes = host.encode();
        assert_eq!(HostState::parse(&bytes), Ok(host));
        for cut in 0..bytes.len() {
            assert!(HostState::parse(&bytes[..cut]).is_err(), "{cut}");
        }
        let mut other = bytes.clone();
        other[0] = 2;
        assert!(HostState::parse(&other).is_err());
        assert!(HostState::parse(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn every_reason_has_a_number_of_its_own() {
        for number in 1..=7 {
            assert_eq!(failure_from(number).map(failure_number), Some(number));
        }
        assert_eq!((failure_from(0), failure_from(8)), (None, None));
    }
}
