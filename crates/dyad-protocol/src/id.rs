//! Names and numbers that identify things.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use tls_codec::{DeserializeBytes, Serialize, Size};

use crate::codec::DecodeError;
use crate::limits::MAX_HOST_LEN;

public_bytes!(
    /// Names a mailbox to its receiver and its owner; nobody else ever sees it.
    RootAddress, 16
);
public_bytes!(
    /// Names a recipient address to the receiver (use counts) and to its minter (ticket look-up).
    AddressId, 16
);
public_bytes!(
    /// SHA-256 of a sealed message.
    SealedHash, 32
);
public_bytes!(
    /// Names one delivery batch; drawn anew for every attempt.
    BatchId, 16
);
public_bytes!(
    /// Unguessable name under which a submission's fate can be asked for.
    SubmissionTicket, 32
);
public_bytes!(
    /// Chosen by a person's own devices so that several of them submit one message once.
    DedupId, 16
);
public_bytes!(
    /// A message stream of one device in one relationship.
    StreamId, 8
);
public_bytes!(
    /// Name under which an encrypted invitation is hosted.
    InvitationLocator, 16
);
public_bytes!(
    /// Name under which a blob is kept: whoever knows it may read.
    BlobLocator, 16
);
public_bytes!(
    /// A game that two people play; drawn by whoever begins it.
    GameId, 16
);
public_bytes!(
    /// Names a relationship in the local store; never leaves the device.
    RelationshipId, 16
);
public_bytes!(
    /// Names a call; drawn by whoever calls.
    CallId, 16
);
public_bytes!(
    /// An unpredictable value that a receiver wants signed.
    Challenge, 32
);

impl SealedHash {
    /// Hash of a sealed message.
    pub fn of(sealed: &[u8]) -> Self {
        Self::new(crate::hash::sha256(sealed))
    }
}

/// Identity of one message, constant through every resend.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct MessageId {
    /// The stream.
    pub stream: StreamId,
    /// Place in the stream, from 1.
    pub seq: u64,
}

/// Host of a service: a DNS name or IP address in lower case, with a port if it is not 443.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without port and without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        split_port(&self.0).0
    }

    /// The port, if one is written.
    pub fn port(&self) -> Option<u16> {
        split_port(&self.0).1.and_then(|port| port.parse().ok())
    }

    /// The address, if the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    /// Whether this is an IP address of the machine itself. A name never is, whatever it resolves to.
    pub fn is_loopback_ip(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_loopback())
    }
}

impl FromStr for HostName {
    type Err = DecodeError;

    fn from_str(text: &str) -> Result<Self, DecodeError> {
        let malformed = DecodeError::Malformed("host name");
        if text.is_empty() || text.len() > MAX_HOST_LEN {
            return Err(DecodeError::Length("host name"));
        }
        let text = text.to_ascii_lowercase();
        let (host, port) = split_port(&text);
        if let Some(port) = port {
            let canonical = port
                .parse::<u16>()
                .is_ok_and(|p| p != 0 && p.to_string() == port);
            if !canonical {
                return Err(malformed);
            }
        }
        let valid = if text.starts_with('[') {
            host.parse::<Ipv6Addr>()
                .is_ok_and(|ip| ip.to_string() == host)
        } else {
            is_dns_name(host) || host.parse::<std::net::Ipv4Addr>().is_ok()
        };
        if valid {
            Ok(Self(text))
        } else {
            Err(malformed)
        }
    }
}

/// Host and port of `name:port`, `[v6]:port` or either without a port.
fn split_port(text: &str) -> (&str, Option<&str>) {
    if let Some(rest) = text.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, tail)) => (host, Some(tail.strip_prefix(':').unwrap_or("bad"))),
            None => ("", Some("bad")),
        };
    }
    match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    }
}

/// Letters, digits and hyphens in labels of 1 to 63 (RFC 1123 section 2.1), the last not a number.
fn is_dns_name(host: &str) -> bool {
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.len() <= 253
        && host.split('.').all(label_ok)
        && host
            .rsplit('.')
            .next()
            .is_some_and(|last| !last.bytes().all(|b| b.is_ascii_digit()))
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HostName({})", self.0)
    }
}

impl serde::Serialize for HostName {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for HostName {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

// On the wire: one byte of length, then the text.
impl Size for HostName {
    fn tls_serialized_len(&self) -> usize {
        1 + self.0.len()
    }
}

impl Serialize for HostName {
    fn tls_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<usize, tls_codec::Error> {
        writer.write_all(&[self.0.len() as u8])?;
        writer.write_all(self.0.as_bytes())?;
        Ok(1 + self.0.len())
    }
}

impl DeserializeBytes for HostName {
    fn tls_deserialize_bytes(bytes: &[u8]) -> Result<(Self, &[u8]), tls_codec::Error> {
        let (&len, rest) = bytes.split_first().ok_or(tls_codec::Error::EndOfStream)?;
        let (text, rest) = rest
            .split_at_checked(len as usize)
            .ok_or(tls_codec::Error::EndOfStream)?;
        let bad = |_| tls_codec::Error::DecodingError("host name".into());
        let name = std::str::from_utf8(text)
            .map_err(|_| tls_codec::Error::DecodingError("host name".into()))?;
        let host: Self = name.parse().map_err(bad)?;
        // One host, one encoding: a name that is not already in canonical form is refused.
        if host.as_str() != name {
            return Err(tls_codec::Error::DecodingError("host name".into()));
        }
        Ok((host, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_with_and_without_port_are_hosts() {
        for text in [
            "dyad.example",
            "a.b-c.example:8443",
            "127.0.0.1:7411",
            "[::1]:7411",
            "[2001:db8::1]",
            "localhost",
        ] {
            let host: HostName = text.parse().unwrap();
            assert_eq!(host.as_str(), text);
        }
        let host: HostName = "[::1]:7411".parse().unwrap();
        assert_eq!(
            (host.host(), host.port(), host.is_loopback_ip()),
            ("::1", Some(7411), true)
        );
        assert!(!"localhost".parse::<HostName>().unwrap().is_loopback_ip());
        assert_eq!(
            "DYAD.Example".parse::<HostName>().unwrap().as_str(),
            "dyad.example"
        );
    }

    #[test]
    fn what_is_not_a_host_is_refused() {
        for text in [
            "",
            "-a.example",
            "a..b",
            "a b",
            "user@host",
            "host/path",
            "host:",
            "host:0",
            "host:65536",
            "host:080",
            "::1",
            "[::1",
            "[::1]x",
            "[fe80::1%eth0]",
            "1.2.3",
            "1.2.3.4.5",
            "0x7f.1",
            "exämple",
            "a:1:2",
            "127.1",
            "[0::1]",
        ] {
            assert!(text.parse::<HostName>().is_err(), "{text}");
        }
    }
}
