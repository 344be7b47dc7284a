//! Which addresses are public.
//!
//! Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), IANA
//! IPv6 Address Space (only `2000::/3` is given out as global unicast, RFC 4291 section 2.4). Blocks which
//! the registry calls globally reachable but where no host of a person can live (anycast
//! services, AS112 sinks) are refused as well. Every form that carries an IPv4 address inside an
//! IPv6 one is refused whole: there is no need to come that way, and it is the classic way around
//! such a table.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

struct Block4(Ipv4Addr, u32, &'static str);
struct Block6(Ipv6Addr, u32, &'static str);

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u32, name: &'static str) -> Block4 {
    Block4(Ipv4Addr::new(a, b, c, d), prefix, name)
}

const fn v6(head: [u16; 4], prefix: u32, name: &'static str) -> Block6 {
    let [a, b, c, d] = head;
    Block6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix, name)
}

/// IANA IPv4 Special-Purpose Address Registry, with multicast (RFC 5771).
const FORBIDDEN_V4: &[Block4] = &[
    v4(0, 0, 0, 0, 8, "this network (RFC 791)"),
    v4(10, 0, 0, 0, 8, "private use (RFC 1918)"),
    v4(100, 64, 0, 0, 10, "shared address space (RFC 6598)"),
    v4(127, 0, 0, 0, 8, "loopback (RFC 1122)"),
    v4(169, 254, 0, 0, 16, "link local (RFC 3927)"),
    v4(172, 16, 0, 0, 12, "private use (RFC 1918)"),
    v4(192, 0, 0, 0, 24, "IETF protocol assignments (RFC 6890)"),
    v4(192, 0, 2, 0, 24, "documentation (RFC 5737)"),
    v4(192, 31, 196, 0, 24, "AS112 (RFC 7535)"),
    v4(192, 52, 193, 0, 24, "AMT (RFC 7450)"),
    v4(192, 88, 99, 0, 24, "6to4 relay anycast (RFC 7526)"),
    v4(192, 168, 0, 0, 16, "private use (RFC 1918)"),
    v4(192, 175, 48, 0, 24, "AS112 (RFC 7534)"),
    v4(198, 18, 0, 0, 15, "benchmarking (RFC 2544)"),
    v4(198, 51, 100, 0, 24, "documentation (RFC 5737)"),
    v4(203, 0, 113, 0, 24, "documentation (RFC 5737)"),
    v4(224, 0, 0, 0, 4, "multicast (RFC 5771)"),
    v4(
        240,
        0,
        0,
        0,
        4,
        "reserved and broadcast (RFC 1112, RFC 919)",
    ),
];

/// IANA IPv6 Special-Purpose Address Registry, site-local (RFC 3879) and multicast. What is not
/// named here and not in `2000::/3` is refused as well.
const FORBIDDEN_V6: &[Block6] = &[
    Block6(Ipv6Addr::UNSPECIFIED, 128, "unspecified (RFC 4291)"),
    Block6(Ipv6Addr::LOCALHOST, 128, "loopback (RFC 4291)"),
    Block6(
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "IPv4 mapped (RFC 4291)",
    ),
    v6([0, 0, 0, 0], 96, "IPv4 compatible (RFC 4291)"),
    v6([0x64, 0xff9b, 0, 0], 96, "NAT64 (RFC 6052)"),
    v6([0x64, 0xff9b, 1, 0], 48, "local NAT64 (RFC 8215)"),
    v6([0x100, 0, 0, 0], 64, "discard only (RFC 6666)"),
    v6([0x100, 0, 0, 1], 64, "dummy prefix (RFC 9780)"),
    v6([0x2001, 0, 0, 0], 32, "Teredo (RFC 4380)"),
    v6([0x2001, 2, 0, 0], 48, "benchmarking (RFC 5180)"),
    v6([0x2001, 0xdb8, 0, 0], 32, "documentation (RFC 3849)"),
    v6(
        [0x2001, 0, 0, 0],
        23,
        "IETF protocol assignments (RFC 2928)",
    ),
    v6([0x2002, 0, 0, 0], 16, "6to4 (RFC 3056)"),
    v6([0x2620, 0x4f, 0x8000, 0], 48, "AS112 (RFC 7534)"),
    v6([0x3fff, 0, 0, 0], 20, "documentation (RFC 9637)"),
    v6([0x5f00, 0, 0, 0], 16, "segment routing (RFC 9602)"),
    v6([0xfc00, 0, 0, 0], 7, "unique local (RFC 4193)"),
    v6([0xfe80, 0, 0, 0], 10, "link local (RFC 4291)"),
    v6([0xfec0, 0, 0, 0], 10, "site local (RFC 3879)"),
    v6([0xff00, 0, 0, 0], 8, "multicast (RFC 4291)"),
];

/// The only part of the IPv6 space given out to hosts (IANA IPv6 Address Space).
const GLOBAL_UNICAST: Block6 = v6([0x2000, 0, 0, 0], 3, "global unicast");

impl Block4 {
    fn holds(&self, address: Ipv4Addr) -> bool {
        let Self(network, prefix, _) = self;
        (address.to_bits() ^ network.to_bits()).leading_zeros() >= *prefix
    }
}

impl Block6 {
    fn holds(&self, address: Ipv6Addr) -> bool {
        let Self(network, prefix, _) = self;
        (address.to_bits() ^ network.to_bits()).leading_zeros() >= *prefix
    }
}

/// Name of the special-purpose block an address lies in; `None` for a public address.
#[must_use]
pub fn forbidden_block(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => FORBIDDEN_V4.iter().find(|b| b.holds(v4)).map(|b| b.2),
        IpAddr::V6(v6) => FORBIDDEN_V6
            .iter()
            .find(|b| b.holds(v6))
            .map(|b| b.2)
            .or_else(|| {
                (!GLOBAL_UNICAST.holds(v6))
                    .then_some("not assigned to hosts (IANA IPv6 address space)")
            }),
    }
}

/// An address that passed the check. There is no other way to make one, so nothing unchecked can
/// be connected to by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicAddress(IpAddr);

impl PublicAddress {
    /// Checks an address.
    ///
    /// # Errors
    /// The name of the special-purpose block that it lies in.
    pub fn check(address: IpAddr) -> Result<Self, &'static str> {
        match forbidden_block(address) {
            None => Ok(Self(address)),
            Some(block) => Err(block),
        }
    }

    /// The address with a port, to connect to.
    #[must_use]
    pub fn with_port(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.0, port)
    }
}
