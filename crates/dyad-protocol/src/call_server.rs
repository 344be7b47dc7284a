//! Servers that help the browsers of two people to find a way to one another: STUN (RFC 8489) and TURN (RFC 8656).
//!
//! They stand at the end of a service document and are left out where there are none, so that documents from before
//! there were calls are read as they are.

use std::str::FromStr;

use tls_codec::{TlsDeserializeBytes, TlsSerialize, TlsSize};

use crate::codec::DecodeError;
use crate::id::HostName;

/// Most servers of each kind of one provider: a browser asks them all.
pub const MAX_CALL_SERVERS: usize = 4;
/// Longest name or password for a relay, bytes.
pub const MAX_LOGIN_LEN: usize = 128;

const WHAT: &str = "server for calls";

/// Where a server is: `stun:`, `stuns:` (RFC 7064), `turn:` or `turns:` (RFC 7065), a host, perhaps a port, and for a
/// relay perhaps `?transport=udp` or `tcp`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CallServerUrl(String);

impl CallServerUrl {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a relay, which passes on what both say without being able to hear it.
    #[must_use]
    pub fn is_relay(&self) -> bool {
        self.0.starts_with("turn")
    }
}

impl FromStr for CallServerUrl {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, DecodeError> {
        const BAD: DecodeError = DecodeError::Malformed(WHAT);
        let (scheme, rest) = text.split_once(':').ok_or(BAD)?;
        let (place, transport) = match rest.split_once('?') {
            Some((place, transport)) => (place, Some(transport)),
            None => (rest, None),
        };
        let relay = match scheme {
            "stun" | "stuns" => false,
            "turn" | "turns" => true,
            _ => return Err(BAD),
        };
        let fits = match transport {
            None => true,
            Some(transport) => relay && matches!(transport, "transport=udp" | "transport=tcp"),
        };
        let host: HostName = place.parse().map_err(|_| BAD)?;
        if fits && host.as_str() == place {
            Ok(Self(text.to_owned()))
        } else {
            Err(BAD)
        }
    }
}

impl TryFrom<String> for CallServerUrl {
    type Error = DecodeError;

    fn try_from(text: String) -> Result<Self, DecodeError> {
        text.parse()
    }
}

impl From<CallServerUrl> for String {
    fn from(url: CallServerUrl) -> Self {
        url.0
    }
}

/// A relay, and what it wants to be told. Whoever reads the document reads that too.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// Where it is.
    pub url: CallServerUrl,
    /// Name.
    pub username: String,
    /// Password.
    pub credential: String,
}

/// What a provider offers to those who call.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallServers {
    /// Servers that tell a browser how it is seen from outside.
    pub stun: Vec<CallServerUrl>,
    /// Relays.
    pub turn: Vec<Relay>,
}

impl CallServers {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stun.is_empty() && self.turn.is_empty()
    }

    /// Whether each stands where it belongs and says what it must, within the limits.
    #[must_use]
    pub fn are_sane(&self) -> bool {
        let login = |text: &str| {
            (1..=MAX_LOGIN_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
        };
        self.stun.len() <= MAX_CALL_SERVERS
            && self.turn.len() <= MAX_CALL_SERVERS
            && self.stun.iter().all(|url| !url.is_relay())
            && self.turn.iter().all(|relay| {
                relay.url.is_relay() && login(&relay.username) && login(&relay.credential)
            })
    }

    fn written(&self) -> Written {
        let bytes = |text: &str| text.as_bytes().to_vec();
        Written {
            stun: self.stun.iter().map(|url| bytes(url.as_str())).collect(),
            turn: self
                .turn
                .iter()
                .map(|relay| WrittenRelay {
                    url: bytes(relay.url.as_str()),
                    username: bytes(&relay.username),
                    credential: bytes(&relay.credential),
                })
                .collect(),
        }
    }
}

#[derive(Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct Written {
    stun: Vec<Vec<u8>>,
    turn: Vec<WrittenRelay>,
}

#[derive(Debug, TlsSize, TlsSerialize, TlsDeserializeBytes)]
struct WrittenRelay {
    url: Vec<u8>,
    username: Vec<u8>,
    credential: Vec<u8>,
}

impl tls_codec::Size for CallServers {
    fn tls_serialized_len(&self) -> usize {
        if self.is_empty() {
            0
        } else {
            self.written().tls_serialized_len()
        }
    }
}

impl tls_codec::Serialize for CallServers {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        if self.is_empty() {
            Ok(0)
        } else {
            self.written().tls_serialize(writer)
        }
    }
}

impl tls_codec::DeserializeBytes for CallServers {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        if bytes.is_empty() {
            return Ok((Self::default(), bytes));
        }
        let bad = || tls_codec::Error::DecodingError(WHAT.into());
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| bad());
        let url = |bytes: Vec<u8>| text(bytes)?.parse().map_err(|_| bad());
        let (written, rest) = Written::tls_deserialize_bytes(bytes)?;
        let servers = Self {
            stun: written
                .stun
                .into_iter()
                .map(url)
                .collect::<Result<_, tls_codec::Error>>()?,
            turn: written
                .turn
                .into_iter()
                .map(|relay| {
                    Ok(Relay {
                        url: url(relay.url)?,
                        username: text(relay.username)?,
                        credential: text(relay.credential)?,
                    })
                })
                .collect::<Result<_, tls_codec::Error>>()?,
        };
        // None at all has one encoding: none.
        if servers.is_empty() || !servers.are_sane() {
            return Err(bad());
        }
        Ok((servers, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{decode, encode};

    fn servers() -> CallServers {
        CallServers {
            stun: vec!["stun:stun.example:3478".parse().unwrap()],
            turn: vec![Relay {
                url: "turns:turn.example:5349?transport=tcp".parse().unwrap(),
                username: "dyad".into(),
                credential: "secret".into(),
            }],
        }
    }

    #[test]
    fn what_is_written_is_read_and_nothing_is_written_for_none() {
        assert!(encode(&CallServers::default()).is_empty());
        let bytes = encode(&servers());
        assert_eq!(decode::<CallServers>(&bytes, WHAT).unwrap(), servers());
        for cut in 1..bytes.len() {
            assert!(decode::<CallServers>(&bytes[..cut], WHAT).is_err(), "{cut}");
        }
        assert!(decode::<CallServers>(&[0, 0], WHAT).is_err());
    }

    #[test]
    fn only_addresses_of_such_servers_are_taken() {
        for good in [
            "stun:stun.example",
            "stuns:[2001:db8::1]:5349",
            "turn:192.0.2.1:3478?transport=udp",
        ] {
            assert!(good.parse::<CallServerUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "stun",
            "https://stun.example",
            "stun:a b",
            "stun:stun.example?transport=udp",
            "turn:turn.example?transport=dtls",
            "turn:user@turn.example",
            "STUN:stun.example",
        ] {
            assert!(bad.parse::<CallServerUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_relay_without_a_login_and_too_many_servers_are_refused() {
        let mut nameless = servers();
        nameless.turn[0].username.clear();
        let mut crowd = servers();
        crowd.stun = vec![crowd.stun[0].clone(); MAX_CALL_SERVERS + 1];
        let mut misplaced = servers();
        misplaced.stun[0] = misplaced.turn[0].url.clone();
        for bad in [nameless, crowd, misplaced] {
            assert!(!bad.are_sane());
            assert!(decode::<CallServers>(&encode(&bad), WHAT).is_err());
        }
    }
}
